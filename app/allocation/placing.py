"""The organiser's side: offers, approvals, refusals, who goes on the waiting list. Callers open the transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from app.allocation import letters
from app.allocation.applying import list_is_used
from app.allocation.errors import ApplicationClosed
from app.allocation.matching import Match, match
from app.allocation.models import Application, ApplicationState, Offer, Way, Wish
from app.allocation.offers import close, end_hold, end_open_offers, locked, make_offer, offer_what_is_held
from app.allocation.wanted import floor_of, in_turn, to_be_placed, wanted_of, wishes_of
from app.audit import Actor, record
from app.booths.claims import look_at
from app.booths.floorplan import booths_by_id
from app.booths.models import HoldState
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_

REASON_LENGTH = 500
PROPOSED_AT_MOST = 400
NEEDS_REASON = N_("Say why: the exhibitor reads it.")
TOO_LONG = N_("Say it in at most %(characters)s characters.")


@dataclass(frozen=True)
class Proposal:
    """What an application would be offered if all were placed now in the order in which they were sent."""

    application: Application
    match: Match | None


def offer_booths(
    actor: Actor, fair: Fair, application_id: int, numbers: Iterable[str], seen: int, now: datetime
) -> Offer:
    """Offer an application these booths, all or none; several offers may wait at once, one can be accepted.

    `seen`: the application's revision. Raises ApplicationClosed when it changed since, BoothNotAvailable,
    UnknownBooth, NotForLetting, BookingClosed.
    """
    booths = look_at(fair, [number.strip().upper() for number in numbers if number.strip()], now)
    application = _as_seen(fair, application_id, seen)
    ids = {booth.id for booth in booths}
    ranks = wishes_of([application.id]).get(application.id, {})
    rank = next((rank for rank, rows in ranks.items() if {row.booth_id for row in rows} == ids), None)
    return make_offer(actor, fair, application, booths, now, rank=rank, why=explained(ranks, rank, now))


def approve(actor: Actor, fair: Fair, application_id: int, seen: int, now: datetime) -> Offer:
    """Let the exhibitor order what it asked for and holds. Raises ApplicationClosed."""
    application = _as_seen(fair, application_id, seen)
    if application.way != Way.REQUEST:
        raise ApplicationClosed()
    rows = wishes_of([application.id])[application.id][1]
    return offer_what_is_held(actor, fair, application, booths_by_id(row.booth_id for row in rows), now)


def refuse(actor: Actor, fair: Fair, application_id: int, reason: str, seen: int, now: datetime) -> None:
    """Say no, and why; what it holds or is offered is free. The exhibitor is told by mail.

    Raises ApplicationClosed, FieldErrors (`reason`).
    """
    said = " ".join(reason.split())
    if not said:
        raise FieldErrors({"reason": NEEDS_REASON})
    if len(said) > REASON_LENGTH:
        raise FieldErrors({"reason": TOO_LONG}, characters=REASON_LENGTH)
    application = _as_seen(fair, application_id, seen)
    if application.state not in (ApplicationState.SENT, ApplicationState.OFFERED):
        raise ApplicationClosed()
    application.reason = said
    close(application, ApplicationState.REFUSED, now)
    db.session.flush()
    end_open_offers(application, now)
    if application.hold_id is not None:
        end_hold(application.hold_id, HoldState.RELEASED, now, "refused")
    record(actor, "application.refused", "application", application.id, fair.id, reason=said)
    letters.tell_refusal(fair, db.session.get_one(Exhibitor, application.exhibitor_id), said)


def put_on_list(actor: Actor, fair: Fair, ids: Sequence[int] | None = None) -> list[int]:
    """Put sent applications on the waiting list, in the turn in which they were sent; those who agreed to wait.

    `ids`: these alone; None: all. Answers which.
    """
    which = [to_be_placed(), Application.fair_id == fair.id, Application.may_wait.is_(True)]
    if ids is not None:
        which.append(Application.id.in_(ids))
    put = db.session.scalars(
        update(Application)
        .where(*which)
        .values(waits=True, revision=Application.revision + 1)
        .returning(Application.id)
        .execution_options(synchronize_session=False)
    ).all()
    for application_id in sorted(put):
        record(actor, "application.waits", "application", application_id, fair.id)
    if put:
        list_is_used(fair)
    return sorted(put)


def take_off_list(actor: Actor, fair: Fair, application_id: int, seen: int) -> None:
    """Back to those that the organiser places by hand. Raises ApplicationClosed."""
    application = _as_seen(fair, application_id, seen)
    if not application.waits:
        raise ApplicationClosed()
    application.waits, application.revision = False, application.revision + 1
    record(actor, "application.off_list", "application", application_id, fair.id)


def propose(fair: Fair, now: datetime) -> list[Proposal]:
    """One after the other in the order in which they were sent: what each would be offered, none twice."""
    applications = list(db.session.scalars(in_turn(fair.id, to_be_placed()).limit(PROPOSED_AT_MOST)))
    wanted = wanted_of(applications)
    floor = floor_of(fair, now, wished=[one for each in wanted for ids in each.wishes for one in ids])
    free = dict(floor.free)
    proposals = []
    for application, asked in zip(applications, wanted, strict=True):
        found = match(asked, free, floor.at)
        for spot in found.spots if found is not None else ():
            del free[spot.id]
        proposals.append(Proposal(application, found))
    return proposals


def forget_wishes(fair_id: int, booths: Any, zones: Any) -> bool:
    """Take booths and zones that go for good out of drafts and of what is over; True if an open application has one.

    `booths`, `zones`: selects of their ids.
    """
    touched = or_(
        Application.zone_id.in_(zones),
        Application.id.in_(select(Wish.application_id).where(Wish.fair_id == fair_id, Wish.booth_id.in_(booths))),
    )
    waiting = Application.state.in_((ApplicationState.SENT, ApplicationState.OFFERED))
    if db.session.scalar(select(exists().where(Application.fair_id == fair_id, touched, waiting))):
        return True
    steps = (
        delete(Wish).where(Wish.fair_id == fair_id, Wish.booth_id.in_(booths)),
        update(Application)
        .where(Application.fair_id == fair_id, Application.zone_id.in_(zones))
        .values(zone_id=None, revision=Application.revision + 1),
    )
    for step in steps:
        db.session.execute(step.execution_options(synchronize_session=False))
    return False


def explained(ranks: dict[int, list[Any]], rank: int | None, now: datetime) -> dict[str, Any]:
    """Why it is not a better wish: {"before": [{"rank", "booths", "gone": [numbers]}]}, of the wishes before it."""
    before = []
    for place, rows in ranks.items():
        if rank is not None and place >= rank:
            break
        gone = [row.number for row in rows if not _is_free(row, now)]
        before.append({"rank": place, "booths": [row.number for row in rows], "gone": gone})
    return {"before": before}


def _is_free(row: Any, now: datetime) -> bool:
    ran_out = row.state in ("held", "reserved") and row.held_until is not None and row.held_until <= now
    return row.state == "free" or ran_out


def _as_seen(fair: Fair, application_id: int, seen: int) -> Application:
    application = locked(fair.id, application_id)
    if application.revision != seen:
        raise ApplicationClosed()
    return application
