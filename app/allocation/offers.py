"""An offer's life: booths kept for an application until a deadline; ordered, declined, run out, or taken back.

Callers open the transaction. The booths' hold is what keeps them, so that nothing here can give a booth twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from app import clock
from app.allocation import letters
from app.allocation.errors import ApplicationClosed, OfferClosed
from app.allocation.models import Application, ApplicationState, Offer, OfferState, Way
from app.audit import SYSTEM, Actor, record
from app.booths.claims import Seen, require_open
from app.booths.holds import ON_FREED, ON_ORDERED, free_booths_of_hold, hold_for_offer, keep_booths
from app.booths.models import BoothState, Hold, HoldState
from app.booths.workflows import KeptFor
from app.db import db
from app.fairs.models import Exhibitor, Fair

SHORT_NOTICE = timedelta(hours=1)  # the least time to answer, on the last day too
OFFERABLE = (ApplicationState.SENT, ApplicationState.OFFERED)


def answer_until(fair: Fair, now: datetime) -> datetime:
    """So many hours on; before the fair, not after it opens, and on its days not after its last closing.

    Never less than an hour, nor than a hold's own time.
    """
    zone = ZoneInfo(fair.time_zone)
    opens = datetime.combine(fair.starts_on, fair.opens_at_time, zone)
    ends = opens if now < opens else datetime.combine(fair.ends_on, fair.closes_at_time, zone)
    least = max(SHORT_NOTICE, timedelta(minutes=fair.hold_minutes))
    return max(min(now + timedelta(hours=fair.offer_hours), ends.astimezone(clock.UTC)), now + least)


def make_offer(
    actor: Actor, fair: Fair, application: Application, booths: Sequence[Seen], now: datetime, **told: Any
) -> Offer:
    """Keep the booths for the application's exhibitor and tell it. `told`: rank, by_list, why.

    Raises ApplicationClosed, BoothNotAvailable, HeldBack.
    """
    if application.state not in OFFERABLE or application.way != Way.WISHES:
        raise ApplicationClosed()
    until = answer_until(fair, now)
    hold = hold_for_offer(actor, fair, application.exhibitor_id, booths, until, now)
    return _kept(actor, fair, application, hold, booths, until, now, **told)


def offer_what_is_held(
    actor: Actor, fair: Fair, application: Application, booths: Sequence[Any], now: datetime
) -> Offer:
    """Approve a request: what is held for it can be ordered. Raises ApplicationClosed, BookingClosed."""
    require_open(fair, now)
    hold = db.session.scalar(
        select(Hold).where(Hold.id == application.hold_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if application.state != ApplicationState.SENT or hold is None:
        raise ApplicationClosed()
    if hold.state != HoldState.LIVE or hold.held_until <= now:
        raise ApplicationClosed()
    until = answer_until(fair, now)
    hold.held_until, hold.kept_for = until, KeptFor.OFFER
    keep_booths(hold, BoothState.HELD, until, now)
    return _kept(actor, fair, application, hold, booths, until, now, rank=1)


def take_back(actor: Actor, fair: Fair, offer_id: int, now: datetime) -> Offer:
    """The organiser withdraws an offer that waits; its booths are free. Raises OfferClosed."""
    offer = db.session.scalar(
        update(Offer)
        .where(Offer.id == offer_id, Offer.fair_id == fair.id, Offer.state == OfferState.OPEN)
        .values(state=OfferState.WITHDRAWN, ended_at=now)
        .returning(Offer)
        .execution_options(populate_existing=True)
    )
    if offer is None:
        raise OfferClosed()
    end_hold(offer.hold_id, HoldState.RELEASED, now, "taken_back")
    application = locked(fair.id, offer.application_id)
    _back_in_line(application, now)
    letters.tell_taken_back(fair, db.session.get_one(Exhibitor, application.exhibitor_id), offer)
    record(actor, "offer.withdrawn", "application", application.id, fair.id, booths=offer.numbers)
    return offer


def end_open_offers(application: Application, now: datetime, besides: str = "") -> None:
    """Let go of what is offered to it, but for one hold."""
    ended = db.session.execute(
        update(Offer)
        .where(Offer.application_id == application.id, Offer.state == OfferState.OPEN, Offer.hold_id != besides)
        .values(state=OfferState.WITHDRAWN, ended_at=now)
        .returning(Offer.hold_id)
        .execution_options(synchronize_session=False)
    )
    for hold_id in sorted(ended.scalars()):
        end_hold(hold_id, HoldState.RELEASED, now, "taken_back")


def end_hold(hold_id: str, state: HoldState, now: datetime, reason: str) -> None:
    """End a hold that was not ordered, and free its booths."""
    ended = db.session.execute(
        update(Hold)
        .where(Hold.id == hold_id, Hold.state == HoldState.LIVE)
        .values(state=state, ended_at=now)
        .returning(Hold.fair_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if ended is not None:
        free_booths_of_hold(ended, hold_id, now, reason)


def locked(fair_id: int, application_id: int) -> Application:
    """The application as it stands, closed to others until the transaction ends; ApplicationClosed where none is."""
    application = db.session.scalar(
        select(Application).where(Application.id == application_id, Application.fair_id == fair_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if application is None:
        raise ApplicationClosed()
    return application


def close(application: Application, state: ApplicationState, now: datetime) -> None:
    application.state, application.ended_at, application.waits = state.value, now, False
    application.revision += 1


def _kept(
    actor: Actor, fair: Fair, application: Application, hold: Hold, booths: Sequence[Any], until: datetime,
    now: datetime, rank: int | None = None, by_list: bool = False, why: dict[str, Any] | None = None,
) -> Offer:  # fmt: skip
    booths = sorted(booths, key=lambda booth: booth.number)
    offer = Offer(
        fair_id=fair.id, application_id=application.id, exhibitor_id=application.exhibitor_id, hold_id=hold.id,
        state=OfferState.OPEN.value, rank=rank, numbers=[booth.number for booth in booths],
        booth_ids=sorted(booth.id for booth in booths), answer_until=until, by_list=by_list, why=why or {},
        made_by=actor.name, made_at=now,
    )  # fmt: skip
    db.session.add(offer)
    application.state = ApplicationState.OFFERED.value
    application.revision += 1
    db.session.flush()
    record(
        actor, "offer.made", "application", application.id, fair.id,
        booths=offer.numbers, exhibitor=application.exhibitor_id, answer_until=until.isoformat(), by_list=by_list,
    )  # fmt: skip
    exhibitor = db.session.get_one(Exhibitor, application.exhibitor_id)
    letters.tell_offer(fair, exhibitor, offer, application.way)
    return offer


def _back_in_line(application: Application, now: datetime) -> None:
    """Nothing is offered to it any more: a request is over, wishes are as they were before, in their old turn."""
    if _has_open_offer(application.id) or application.state != ApplicationState.OFFERED:
        return
    if application.way == Way.REQUEST:
        close(application, ApplicationState.WITHDRAWN, now)
    else:
        application.state = ApplicationState.SENT.value
        application.revision += 1


def _has_open_offer(application_id: int) -> bool:
    open_ones = select(Offer.id).where(Offer.application_id == application_id, Offer.state == OfferState.OPEN)
    return db.session.scalar(open_ones.limit(1)) is not None


def _ordered(hold: Hold, now: datetime) -> None:
    """An offer is accepted by ordering it; what else is offered to the same application is free again."""
    accepted = db.session.scalar(
        update(Offer)
        .where(Offer.hold_id == hold.id, Offer.fair_id == hold.fair_id, Offer.state == OfferState.OPEN)
        .values(state=OfferState.ACCEPTED, ended_at=now)
        .returning(Offer)
        .execution_options(populate_existing=True)
    )
    if accepted is None:
        return
    application = locked(hold.fair_id, accepted.application_id)
    end_open_offers(application, now, besides=hold.id)
    close(application, ApplicationState.PLACED, now)
    record(SYSTEM, "offer.accepted", "application", application.id, hold.fair_id, booths=accepted.numbers)


def _freed(fair_id: int, hold_id: str, now: datetime, reason: str) -> None:
    """The hold of an offer or a request ended without an order: let go by its exhibitor, or its time ran out."""
    ran_out = reason == "expired"
    offer = db.session.scalar(
        update(Offer)
        .where(Offer.fair_id == fair_id, Offer.hold_id == hold_id, Offer.state == OfferState.OPEN)
        .values(state=OfferState.LAPSED if ran_out else OfferState.DECLINED, ended_at=now)
        .returning(Offer)
        .execution_options(populate_existing=True)
    )
    if offer is not None:
        application = locked(fair_id, offer.application_id)
        if not ran_out:
            _back_in_line(application, now)
            record(SYSTEM, "offer.declined", "application", application.id, fair_id, booths=offer.numbers)
            return
        if not _has_open_offer(application.id) and application.state == ApplicationState.OFFERED:
            close(application, ApplicationState.LAPSED, now)
        record(SYSTEM, "offer.lapsed", "application", application.id, fair_id, booths=offer.numbers)
        _tell_of_lapse(application, offer.numbers)
        return
    request = db.session.scalar(
        select(Application)
        .where(
            Application.fair_id == fair_id, Application.hold_id == hold_id, Application.state == ApplicationState.SENT
        )
        .with_for_update(),
        execution_options={"populate_existing": True},
    )
    if request is not None:
        close(request, ApplicationState.LAPSED if ran_out else ApplicationState.WITHDRAWN, now)
        action = "application.unanswered" if ran_out else "application.withdrawn"
        record(SYSTEM, action, "application", request.id, fair_id)
        if ran_out:
            _tell_of_lapse(request, [])


def _tell_of_lapse(application: Application, numbers: list[str]) -> None:
    fair = db.session.get_one(Fair, application.fair_id)
    letters.tell_lapse(fair, db.session.get_one(Exhibitor, application.exhibitor_id), numbers)


ON_ORDERED.append(_ordered)
ON_FREED.append(_freed)
