"""An exhibitor's side: wishes, a request for what it holds, taking either back. Callers open the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import delete, select, update

from app import clock
from app.allocation.errors import ApplicationClosed, ChangedMeanwhile, NothingToSend, OfferWaits
from app.allocation.matching import Wanted, match
from app.allocation.models import OPEN, Application, ApplicationState, Way, Wish
from app.allocation.offers import close, end_hold, end_open_offers, locked
from app.allocation.wanted import floor_of, wanted_of
from app.audit import Actor, record
from app.booths.choosing import BEFORE_TURN, chooses_in_turn
from app.booths.claims import require_open
from app.booths.errors import NotYourTurn
from app.booths.floorplan import booths_by_number
from app.booths.holds import keep_booths
from app.booths.models import Booth, BoothState, Hold, HoldState
from app.booths.workflows import KeptFor, Workflow, workflow_for, workflows_of
from app.db import after_commit, db
from app.errors import FieldErrors
from app.fairs.models import Exhibitor, Fair, Zone
from app.fairs.queries import is_shown
from app.i18n_marks import N_
from app.jobs import hurry

WISHES_AT_MOST = 5
TOGETHER_AT_MOST = 10  # booths of one wish, or next to each other
NOTE_LENGTH = 500
LARGEST_M2 = 10_000
LARGEST_BUDGET = 10**13
NO_WISH = N_("Name at least one booth, or tick that any booth of a kind will do.")
UNKNOWN = N_("This fair has no booth %(numbers)s. Look at the number on the plan.")
NEVER_LET = N_("%(numbers)s is not let at this fair.")
TOO_MANY_TOGETHER = N_("A wish has at most %(booths)s booths.")
TWICE = N_("This is wish %(rank)s already.")
NO_SUCH_ZONE = N_("This fair has no such zone.")
NUMBER_OF_BOOTHS = N_("From 1 to %(booths)s booths.")
NO_M2 = N_("Write whole square metres, from 1 to %(m2)s.")
NO_BUDGET = N_("Write an amount above zero, or leave it empty.")
FREE_IN_TURN = N_(
    "%(numbers)s is free, and companies choose in turn: you can hold it on the plan from %(at)s on. Wait only for what "
    "is not to be had."
)
FREE_NOW = N_("%(numbers)s is free at this moment: hold it on the plan. Wait only for what is not to be had.")
KIND = ("similar", "booths", "zone_id", "least_m2", "budget_minor")
NOTE_TOO_LONG = N_("Say it in at most %(characters)s characters.")


@dataclass(frozen=True)
class Asked:
    """What an exhibitor wishes for: sets of booth numbers by rank, then booths of a kind."""

    wishes: Sequence[Sequence[str]] = ()
    similar: bool = False
    booths: int = 1
    zone_id: int | None = None
    least_m2: int | None = None
    budget_minor: int | None = None
    may_wait: bool = True
    note: str = ""


def keep_wishes(
    actor: Actor, fair: Fair, exhibitor_id: int, asked: Asked, seen: int, now: datetime, send: bool = True
) -> Application:
    """Keep an exhibitor's wishes over the revision that was `seen` (0: none), and send them unless they were sent.

    Sent wishes keep their turn when they are changed. Raises FieldErrors (`wish-1` and so on, `similar`, `booths`,
    `zone`, `least_m2`, `budget`, `note`), BookingClosed, ChangedMeanwhile, OfferWaits.
    """
    require_open(fair, now)
    ranked = _checked(fair, asked, send)
    _lock_exhibitor(fair, exhibitor_id)
    application = open_wishes(fair.id, exhibitor_id)
    if (application.revision if application is not None else 0) != seen:
        raise ChangedMeanwhile(revision=application.revision if application is not None else 0)
    if application is None:
        application = Application(
            fair_id=fair.id, exhibitor_id=exhibitor_id, way=Way.WISHES.value, state=ApplicationState.DRAFT.value,
            revision=0, created_at=now,
        )  # fmt: skip
        db.session.add(application)
    if application.state == ApplicationState.OFFERED:
        raise OfferWaits()
    same = _asks_the_same(application, asked, ranked)
    for name in (*KIND, "may_wait"):
        setattr(application, name, getattr(asked, name))
    application.note = " ".join(asked.note.split())
    application.person_id, application.revision = actor.person_id, application.revision + 1
    new = application.state == ApplicationState.DRAFT
    if new and send:
        application.state, application.sent_at = ApplicationState.SENT.value, now
    by_list = not _is_placed_by_hand(fair, asked, ranked)  # else the organiser looks at every change
    application.waits = bool(
        application.state == ApplicationState.SENT and asked.may_wait and (by_list or (application.waits and same))
    )
    if application.waits and by_list and not same:
        _refuse_what_is_free(fair, exhibitor_id, asked, ranked, now)
    db.session.flush()
    db.session.execute(delete(Wish).where(Wish.application_id == application.id))
    db.session.add_all(
        Wish(fair_id=fair.id, application_id=application.id, rank=rank, booth_id=booth.id)
        for rank, booths in enumerate(ranked, start=1)
        for booth in booths
    )
    db.session.flush()
    if application.state != ApplicationState.DRAFT:
        numbers = [[booth.number for booth in booths] for booths in ranked]
        action = "application.sent" if new else "application.changed"
        record(actor, action, "application", application.id, fair.id, exhibitor=exhibitor_id, wishes=numbers)
    if application.waits:
        list_is_used(fair)
    return application


def withdraw(actor: Actor, fair: Fair, application_id: int, now: datetime) -> None:
    """Take an application back; what it was offered, or holds, is free. Repeated, nothing more happens.

    Raises ApplicationClosed when it was answered before.
    """
    application = locked(fair.id, application_id)
    if application.state == ApplicationState.WITHDRAWN:
        return
    if application.state not in OPEN:
        raise ApplicationClosed()
    if application.state == ApplicationState.DRAFT:
        db.session.execute(delete(Wish).where(Wish.application_id == application.id))
        db.session.delete(application)
        return
    close(application, ApplicationState.WITHDRAWN, now)
    db.session.flush()
    end_open_offers(application, now)
    if application.hold_id is not None:
        end_hold(application.hold_id, HoldState.RELEASED, now, "released")
    record(actor, "application.withdrawn", "application", application.id, fair.id)


def send_request(actor: Actor, fair: Fair, hold: Hold, note: str, now: datetime) -> Application:
    """Ask the organiser for what is held; it is kept until the answer is due. Sent twice it is one.

    Raises BookingClosed, FieldErrors (`note`), NothingToSend.
    """
    require_open(fair, now)
    said = " ".join(note.split())
    if len(said) > NOTE_LENGTH:
        raise FieldErrors({"note": NOTE_TOO_LONG}, characters=NOTE_LENGTH)
    hold = db.session.scalars(
        select(Hold).where(Hold.id == hold.id).with_for_update(), execution_options={"populate_existing": True}
    ).one()
    there = db.session.scalar(select(Application).where(Application.fair_id == fair.id, Application.hold_id == hold.id))
    if there is not None:
        return there
    if hold.kept_for != KeptFor.REQUEST or hold.state != HoldState.LIVE or hold.held_until <= now:
        raise NothingToSend()
    hold.held_until, hold.extended_at = answer_due(fair, now), now
    booths = keep_booths(hold, BoothState.HELD, hold.held_until, now)
    application = Application(
        fair_id=fair.id, exhibitor_id=hold.exhibitor_id, person_id=actor.person_id, way=Way.REQUEST.value,
        state=ApplicationState.SENT.value, hold_id=hold.id, note=said, booths=len(booths), may_wait=False,
        created_at=now, sent_at=now,
    )  # fmt: skip
    db.session.add(application)
    db.session.flush()
    db.session.add_all(
        Wish(fair_id=fair.id, application_id=application.id, rank=1, booth_id=booth.id) for booth in booths
    )
    numbers = [booth.number for booth in booths]
    record(
        actor, "application.sent", "application", application.id, fair.id,
        exhibitor=hold.exhibitor_id, wishes=[numbers],
    )  # fmt: skip
    return application


def answer_due(fair: Fair, now: datetime) -> datetime:
    """When a request's time is over: some days on, not after the fair's last closing."""
    ends = datetime.combine(fair.ends_on, fair.closes_at_time, ZoneInfo(fair.time_zone))
    latest = min(now + timedelta(days=fair.request_days), ends.astimezone(clock.UTC))
    return max(latest, now + timedelta(minutes=fair.hold_minutes))


def open_wishes(fair_id: int, exhibitor_id: int) -> Application | None:
    """The application with wishes that an exhibitor has open, if any."""
    return db.session.scalar(
        select(Application)
        .where(
            Application.fair_id == fair_id,
            Application.exhibitor_id == exhibitor_id,
            Application.way == Way.WISHES,
            Application.ended_at.is_(None),
        )
        .with_for_update(),
        execution_options={"populate_existing": True},
    )


def list_is_used(fair: Fair) -> None:
    """From now on nobody takes a booth past the waiting list; it is served at once."""
    db.session.execute(
        update(Fair)
        .where(Fair.id == fair.id, Fair.has_waiting.is_(False))
        .values(has_waiting=True)
        .execution_options(synchronize_session=False)
    )
    after_commit(hurry, current_app._get_current_object(), "serve_waiting_lists")  # type: ignore[attr-defined]


def _checked(fair: Fair, asked: Asked, send: bool) -> list[list[Booth]]:
    """The booths of each wish, by rank. Raises FieldErrors with all that is wrong."""
    numbers = [sorted({number.strip().upper() for number in wish if number.strip()}) for wish in asked.wishes]
    known = {booth.number: booth for booth in booths_by_number(fair.id, [one for wish in numbers for one in wish])}
    faults: dict[str, str] = {}
    said: dict[str, Any] = {
        "booths": TOGETHER_AT_MOST, "m2": LARGEST_M2, "characters": NOTE_LENGTH, "numbers": "", "rank": ""
    }  # fmt: skip
    ranked: list[list[str]] = []
    for place, wish in enumerate(numbers, start=1):
        unknown = [number for number in wish if number not in known]
        never = [n for n in wish if n in known and known[n].state in (BoothState.NOT_LET, BoothState.SHOW)]
        if unknown or never:
            if not said["numbers"]:  # one sentence, with the numbers of the first field that has some
                faults[f"wish-{place}"] = UNKNOWN if unknown else NEVER_LET
                said["numbers"] = ", ".join(unknown or never)
        elif len(wish) > TOGETHER_AT_MOST:
            faults[f"wish-{place}"] = TOO_MANY_TOGETHER
        elif wish and wish in ranked:
            faults[f"wish-{place}"] = TWICE
            said["rank"] = ranked.index(wish) + 1
        if wish:
            ranked.append(wish)
    if send and not ranked and not asked.similar:
        faults.setdefault("wish-1", NO_WISH)
    if not 1 <= asked.booths <= TOGETHER_AT_MOST:
        faults["booths"] = NUMBER_OF_BOOTHS
    if asked.least_m2 is not None and not 1 <= asked.least_m2 <= LARGEST_M2:
        faults["least_m2"] = NO_M2
    if asked.budget_minor is not None and not 1 <= asked.budget_minor <= LARGEST_BUDGET:
        faults["budget"] = NO_BUDGET
    if len(" ".join(asked.note.split())) > NOTE_LENGTH:
        faults["note"] = NOTE_TOO_LONG
    if asked.zone_id is not None:
        zone = db.session.get(Zone, asked.zone_id)
        if zone is None or zone.fair_id != fair.id:
            faults["zone"] = NO_SUCH_ZONE
    if faults:
        raise FieldErrors(faults, **said)
    return [[known[number] for number in wish] for wish in ranked]


def _asks_the_same(application: Application, asked: Asked, ranked: list[list[Booth]]) -> bool:
    """Whether nothing changes but the words to the organiser."""
    if application.id is None or any(getattr(application, name) != getattr(asked, name) for name in KIND):
        return False
    before = wanted_of([application])[0].wishes
    return before == tuple(frozenset(booth.id for booth in booths) for booths in ranked)


def _refuse_what_is_free(fair: Fair, exhibitor_id: int, asked: Asked, ranked: list[list[Booth]], now: datetime) -> None:
    """The list is for what is not to be had: who wants a free booth holds it like everybody, in its turn.

    Raises FieldErrors.
    """
    wishes = tuple(frozenset(booth.id for booth in booths) for booths in ranked)
    wanted = Wanted(0, wishes, asked.similar, asked.booths, asked.zone_id, asked.least_m2, asked.budget_minor)
    floor = floor_of(fair, now, wished=[one for ids in wishes for one in ids])
    found = match(wanted, floor.free, floor.at)
    if found is not None:
        field = f"wish-{found.rank}" if found.rank else "similar"
        numbers = [spot.number for spot in found.spots]
        waits = _waits_for_turn(fair, exhibitor_id, numbers, now)
        if waits is not None:
            raise FieldErrors({field: FREE_IN_TURN}, numbers=", ".join(numbers), at=waits.params["at"])
        raise FieldErrors({field: FREE_NOW}, numbers=", ".join(numbers))


def _waits_for_turn(fair: Fair, exhibitor_id: int, numbers: list[str], now: datetime) -> NotYourTurn | None:
    """Why these free booths could not be held at this moment."""
    if not chooses_in_turn(fair, now):
        return None
    booths = list(db.session.scalars(select(Booth).where(Booth.fair_id == fair.id, Booth.number.in_(numbers))))
    try:
        for whose in BEFORE_TURN:
            whose(fair, exhibitor_id, booths, now)
    except NotYourTurn as error:
        return error
    return None


def _is_placed_by_hand(fair: Fair, asked: Asked, ranked: list[list[Booth]]) -> bool:
    """Whether anything of this needs the organiser's yes: then it is looked at first, and may be sent on."""
    if any(way is not Workflow.BUY for way in workflows_of(fair, (one for wish in ranked for one in wish)).values()):
        return True
    if not asked.similar:
        return False
    zones = select(Zone.workflow).where(Zone.fair_id == fair.id)
    if asked.zone_id is not None:
        zones = zones.where(Zone.id == asked.zone_id)
    own = list(db.session.scalars(zones)) or [None]
    return any(workflow_for(fair, one) is not Workflow.BUY for one in own)


def _lock_exhibitor(fair: Fair, exhibitor_id: int) -> None:
    """One at a time changes an exhibitor's applications; FieldErrors where this fair has no such exhibitor."""
    found = db.session.scalar(
        select(Exhibitor.id)
        .where(Exhibitor.id == exhibitor_id, Exhibitor.fair_id == fair.id, is_shown())
        .with_for_update(key_share=True)
    )
    if found is None:
        raise FieldErrors({"exhibitor": N_("This fair has no such exhibitor.")})
