"""Keeping booths for an exhibitor for some minutes: all of those wanted, or none."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from app.audit import Actor, record
from app.booths.choosing import BEFORE_TURN, chooses_in_turn
from app.booths.claims import WAITING, Seen, allocate, claim, is_open, require_open, require_open_to, run, tell
from app.booths.errors import ForWaitingList, HoldEnded, OfAnApplication
from app.booths.models import Allocation, Booth, BoothState, Hold, HoldState
from app.booths.standing import STANDING, TURN, asked_standing, refuse_by_standing
from app.booths.workflows import KeptFor, kept_for
from app.db import db
from app.fairs.models import Fair

# What applications and the waiting list do around a hold (app/allocation).
BEFORE_HOLD: list[Callable[[Fair, Sequence[Seen], datetime], None]] = []
ON_ORDERED: list[Callable[[Hold, datetime], None]] = []  # of a hold that was kept for a request or an offer
ON_FREED: list[Callable[[int, str, datetime, str], None]] = []  # fair's id, hold's id, now, reason


def hold_booths(
    actor: Actor,
    fair: Fair,
    exhibitor_id: int,
    booths: Sequence[Seen],
    now: datetime,
    by_organiser: bool = False,
    currency: str | None = None,
) -> Hold:
    """Keep booths for `fair.hold_minutes`, as `look_at` has seen them at `now` or later.

    The organiser books for a company without the wait that gives others a chance. `currency`: as `require_buyable`
    found it; None: chosen with the order.
    Raises BoothNotAvailable (with what is free nearby), HeldBack, TooManyHeld, HeldTooRecently, BookingClosed,
    GivenByApplication, NotTogether, ForWaitingList, NotYourTurn. The hold that it answers stands outside the session.
    """
    require_open(fair, now)
    if any(booth.held_back_until is not None and booth.held_back_until > now for booth in booths):
        require_open_to(fair, [booth.id for booth in booths], exhibitor_id, now)
    keeps_for = KeptFor.BUYING if by_organiser else kept_for(fair, booths)
    run(TURN, fair=fair.id, exhibitor=exhibitor_id)
    standing = run(STANDING, **asked_standing(fair, exhibitor_id, now)).all()
    if chooses_in_turn(fair, now) and not by_organiser:
        for whose in BEFORE_TURN:
            whose(fair, exhibitor_id, booths, now)
    refuse_by_standing(fair, standing, booths, now, by_organiser)
    if fair.has_waiting and not by_organiser:
        for guard in BEFORE_HOLD:
            guard(fair, booths, now)
    hold = hold_row(actor, fair, exhibitor_id, keeps_for, now, currency)
    _keep(actor, fair, booths, hold)
    return Hold(**hold)


def hold_for_offer(
    actor: Actor, fair: Fair, exhibitor_id: int, booths: Sequence[Seen], until: datetime, now: datetime
) -> Hold:
    """Keep booths that an exhibitor is offered, until its answer is due: the limits of its own holds do not count.

    Raises BoothNotAvailable, HeldBack, BookingClosed. The hold that it answers stands outside the session.
    """
    require_open(fair, now)
    hold = hold_row(actor, fair, exhibitor_id, KeptFor.OFFER, now) | {"held_until": until}
    _keep(actor, fair, booths, hold)
    return Hold(**hold)


def hold_row(
    actor: Actor, fair: Fair, exhibitor_id: int, keeps_for: KeptFor, now: datetime, currency: str | None = None
) -> dict[str, Any]:
    """A new hold as it is kept, for `fair.hold_minutes`. `currency`: None where it is chosen with the order."""
    return {
        "id": str(uuid.uuid4()),
        "fair_id": fair.id,
        "exhibitor_id": exhibitor_id,
        "person_id": actor.person_id,
        "state": HoldState.LIVE,
        "kept_for": keeps_for.value,
        "currency": currency,
        "held_until": now + timedelta(minutes=fair.hold_minutes),
        "created_at": now,
    }


def is_promised(fair: Fair, booth: Any, now: datetime) -> bool:
    """Whether the waiting list is offered this booth before anybody else can hold it."""
    if not fair.has_waiting or not is_open(fair, now):
        return False
    try:
        for guard in BEFORE_HOLD:
            guard(fair, [booth], now)
    except ForWaitingList:
        return True
    return False


def release_hold(actor: Actor, fair: Fair, hold: Hold, now: datetime, by_organiser: bool = False) -> None:
    """Let a hold's booths go. Repeated, or after its time: nothing more happens. An ordered hold is not released.

    The organiser answers applications where they stand. Raises HoldEnded, OfAnApplication.
    """
    if by_organiser and hold.kept_for and hold.state == HoldState.LIVE:
        raise OfAnApplication()
    ended = db.session.execute(
        update(Hold)
        .where(Hold.id == hold.id, Hold.state == HoldState.LIVE)
        .values(state=HoldState.RELEASED, ended_at=now)
        .execution_options(synchronize_session=False)
    )
    if ended.rowcount:  # type: ignore[attr-defined]
        free_booths_of_hold(fair.id, hold.id, now, "released")
        record(actor, "hold.released", "hold", hold.id, fair.id)
        return
    state = db.session.scalar(select(Hold.state).where(Hold.id == hold.id))
    if state == HoldState.ORDERED:
        raise HoldEnded()


def keep_for_order(hold: Hold, state: BoothState, until: datetime, now: datetime) -> list[Booth]:
    """Turn a live hold into an ordered one, once, with its booths kept in `state` until then; HoldEnded otherwise."""
    kept = db.session.execute(
        update(Hold)
        .where(Hold.id == hold.id, Hold.state == HoldState.LIVE, Hold.held_until > now)
        .values(state=HoldState.ORDERED, held_until=until, extended_at=now)
        .execution_options(synchronize_session=False)
    )
    if not kept.rowcount:  # type: ignore[attr-defined]
        raise HoldEnded()
    if hold.kept_for:
        for told in ON_ORDERED:
            told(hold, now)
    return keep_booths(hold, state, until, now)


def keep_booths(hold: Hold, state: BoothState, until: datetime, now: datetime) -> list[Booth]:
    """Keep a hold's booths until a new time. All are still its own, or HoldEnded."""
    ids = (
        select(Booth.id)
        .where(Booth.fair_id == hold.fair_id, Booth.hold_id == hold.id, Booth.state.in_(WAITING))
        .order_by(Booth.id)
        .with_for_update()
    )
    kept = db.session.scalars(
        update(Booth)
        .where(Booth.id.in_(ids), Booth.hold_id == hold.id)
        .values(state=state, held_until=until, changed_at=now)
        .returning(Booth.id)
        .execution_options(synchronize_session=False)
    ).all()
    allocated = db.session.execute(
        update(Allocation)
        .where(Allocation.fair_id == hold.fair_id, Allocation.hold_id == hold.id, Allocation.ended_at.is_(None))
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
    if not kept or allocated.rowcount != len(kept):  # type: ignore[attr-defined]
        raise HoldEnded()
    booths = list(
        db.session.scalars(
            select(Booth).where(Booth.id.in_(kept)).order_by(Booth.number),
            execution_options={"populate_existing": True},
        )
    )
    tell(hold.fair_id, [booth.number for booth in booths], state)
    return booths


def free_booths_of_hold(fair_id: int, hold_id: str, now: datetime, reason: str) -> list[str]:
    """Free the booths that are still this hold's own, and only those; returns their numbers."""
    ids = (
        select(Booth.id)
        .where(Booth.fair_id == fair_id, Booth.hold_id == hold_id, Booth.state.in_(WAITING))
        .order_by(Booth.id)
        .with_for_update()
    )
    freed = list(
        db.session.scalars(
            update(Booth)
            .where(Booth.id.in_(ids), Booth.hold_id == hold_id, Booth.state.in_(WAITING))
            .values(state=BoothState.FREE, held_until=None, hold_id=None, exhibitor_id=None, changed_at=now)
            .returning(Booth.number)
            .execution_options(synchronize_session=False)
        )
    )
    db.session.execute(
        update(Allocation)
        .where(Allocation.fair_id == fair_id, Allocation.hold_id == hold_id, Allocation.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
        .execution_options(synchronize_session=False)
    )
    for told in ON_FREED:
        told(fair_id, hold_id, now, reason)
    if freed:
        tell(fair_id, sorted(freed), BoothState.FREE)
    return sorted(freed)


def _keep(actor: Actor, fair: Fair, booths: Sequence[Seen], hold: dict[str, Any]) -> None:
    run(insert(Hold), **hold)
    now, numbers = hold["created_at"], [booth.number for booth in booths]
    ids = claim(fair, booths, now, **_booth_values(hold))
    allocate(fair, ids, hold["exhibitor_id"], BoothState.HELD, now, hold_id=hold["id"])
    tell(fair.id, numbers, BoothState.HELD)
    record(actor, "hold.made", "hold", hold["id"], fair.id, booths=numbers, exhibitor=hold["exhibitor_id"])


def _booth_values(hold: dict[str, Any]) -> dict[str, Any]:
    return {
        "state": BoothState.HELD,
        "held_until": hold["held_until"],
        "hold_id": hold["id"],
        "exhibitor_id": hold["exhibitor_id"],
    }
