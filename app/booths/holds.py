"""Keeping booths for an exhibitor for some minutes: all of those wanted, or none."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from app import clock
from app.audit import Actor, record
from app.booths.errors import (
    BookingClosed,
    BoothNotAvailable,
    HeldTooRecently,
    HoldEnded,
    NotForLetting,
    TooManyHeld,
    UnknownBooth,
)
from app.booths.floorplan import free_nearby
from app.booths.models import Allocation, Booth, BoothState, Hold, HoldState
from app.db import db, glancing
from app.errors import FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.live import publish

WAITING = (BoothState.HELD, BoothState.RESERVED)
Seen = Row[*tuple[Any, ...]]  # a booth as `look_at` read it: its id, number, place and state


def can_be_had(now: Any) -> ColumnElement[bool]:
    """The guard of every claim. It reads `held_until`: a hold that ran out is free, whether swept or not."""
    return or_(Booth.state == BoothState.FREE, and_(Booth.state.in_(WAITING), Booth.held_until <= now))


def look_at(fair: Fair, numbers: Iterable[str], now: datetime) -> Sequence[Seen]:
    """The booths of these numbers, or a no to what is plainly gone, without a lock: in a rush most come too late.

    Raises BookingClosed, BoothNotAvailable (with what is free nearby), NotForLetting, UnknownBooth.
    """
    wanted = sorted(set(numbers))
    if not wanted:
        raise FieldErrors({"booths": N_("Choose at least one booth.")})
    require_open(fair, now)
    with glancing() as connection:
        booths = connection.execute(_BOOTHS, {"fair": fair.id, "numbers": wanted}).all()
    unknown = sorted(set(wanted) - {booth.number for booth in booths})
    if unknown:
        raise UnknownBooth(booths=unknown)
    _refuse_at_a_glance(fair, booths, now)
    return booths


def hold_booths(actor: Actor, fair: Fair, exhibitor_id: int, booths: Sequence[Seen], now: datetime) -> Hold:
    """Keep booths for `fair.hold_minutes`, as `look_at` has seen them at `now` or later.

    Raises BoothNotAvailable (with what is free nearby), TooManyHeld, HeldTooRecently, BookingClosed. The hold that it
    answers stands outside the session.
    """
    wanted = [booth.number for booth in booths]
    require_open(fair, now)
    if _run(_EXHIBITOR, fair=fair.id, exhibitor=exhibitor_id).first() is None:
        raise FieldErrors({"exhibitor": N_("This fair has no such exhibitor.")})
    _refuse_too_many(fair, exhibitor_id, len(wanted), now)
    _refuse_rehold(fair, exhibitor_id, booths, now)
    hold: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "fair_id": fair.id,
        "exhibitor_id": exhibitor_id,
        "person_id": actor.person_id,
        "state": HoldState.LIVE,
        "held_until": now + timedelta(minutes=fair.hold_minutes),
        "created_at": now,
    }
    _run(_HOLD, **hold)
    ids = claim(
        fair,
        booths,
        now,
        state=BoothState.HELD,
        held_until=hold["held_until"],
        hold_id=hold["id"],
        exhibitor_id=exhibitor_id,
    )
    allocate(fair, ids, exhibitor_id, BoothState.HELD, now, hold_id=hold["id"])
    tell(fair.id, wanted, BoothState.HELD)
    record(actor, "hold.made", "hold", hold["id"], fair.id, booths=wanted, exhibitor=exhibitor_id)
    return Hold(**hold)


def claim(fair: Fair, booths: Sequence[Booth | Seen], now: datetime, **values: Any) -> list[int]:
    """Take all of these booths in one guarded statement, or raise BoothNotAvailable.

    Rows are locked in the order of their ids, so that two claims never wait for each other; PostgreSQL
    checks the guard again once it has the lock, SQLite has one writer at a time.
    """
    ids = [booth.id for booth in booths]
    to = {f"to_{name}": value for name, value in values.items()}
    taken = _run(_claim(tuple(values)), ids=ids, now=now, **to).scalars().all()
    if len(taken) != len(ids):
        gone = [booth for booth in booths if booth.id not in taken]
        raise BoothNotAvailable(
            booths=[booth.number for booth in gone],
            free_nearby=free_nearby(fair.id, gone[0], now, {booth.number for booth in booths}),
        )
    if any(booth.state in WAITING for booth in booths):  # a free one has no row that could be stale
        _end_stale_allocations(ids, now)
    return sorted(taken)


def allocate(
    fair: Fair, booth_ids: list[int], exhibitor_id: int, state: BoothState, now: datetime, **values: Any
) -> None:
    """Write who has the booths now; the partial unique index refuses a second live row for any of them."""
    rows = [
        {
            "fair_id": fair.id,
            "booth_id": booth_id,
            "exhibitor_id": exhibitor_id,
            "state": state,
            "created_at": now,
            **values,
        }
        for booth_id in booth_ids
    ]
    db.session.connection().execute(_ALLOCATE, rows)


def release_hold(actor: Actor, fair: Fair, hold: Hold, now: datetime) -> None:
    """Let a hold's booths go. Repeated, or after its time: nothing more happens. An ordered hold is not released."""
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
    if freed:
        tell(fair_id, sorted(freed), BoothState.FREE)
    return sorted(freed)


def require_open(fair: Fair, now: datetime) -> None:
    """BookingClosed once the organiser has ended booking, or the fair is over."""
    closed = fair.booking_closed_at is not None and fair.booking_closed_at <= now
    if closed or fair.frozen_at is not None or clock.fair_day(fair, now) > fair.ends_on:
        raise BookingClosed()


def tell(fair_id: int, numbers: Iterable[str], state: str) -> None:
    """Say it to every open plan: numbers and states only, for strangers watch too."""
    shown = BoothState.HELD if state == BoothState.RESERVED else state
    publish(fair_id, "booths", {"booths": sorted(numbers), "state": str(shown)})


def _run(statement: Executable, **values: Any) -> CursorResult[Any]:
    """A statement of its own on the transaction's connection: in a rush the session's bookkeeping is what costs."""
    return db.session.connection().execute(statement, values)


def _refuse_at_a_glance(fair: Fair, booths: Sequence[Seen], now: datetime) -> None:
    """An early no, without a lock, for what is plainly gone; only the guarded claim says yes."""
    never = [booth.number for booth in booths if booth.state in (BoothState.NOT_LET, BoothState.SHOW)]
    if never:
        raise NotForLetting(booths=never)
    gone = [
        booth
        for booth in booths
        if booth.state == BoothState.LET or (booth.state in WAITING and booth.held_until and booth.held_until > now)
    ]
    if gone:
        nearby = free_nearby(fair.id, gone[0], now, {booth.number for booth in booths})
        raise BoothNotAvailable(booths=[booth.number for booth in gone], free_nearby=nearby)


def _refuse_too_many(fair: Fair, exhibitor_id: int, more: int, now: datetime) -> None:
    waiting = _run(_WAITING_FOR, fair=fair.id, exhibitor=exhibitor_id, now=now).scalar()
    if (waiting or 0) + more > fair.booths_held_at_most:
        raise TooManyHeld(most=fair.booths_held_at_most)


def _refuse_rehold(fair: Fair, exhibitor_id: int, booths: Sequence[Seen], now: datetime) -> None:
    """Who let a hold run out gives others some minutes. Holds that were released do not count."""
    pause = timedelta(minutes=fair.rehold_minutes)
    ids = [booth.id for booth in booths]
    rows = _run(_RAN_OUT, fair=fair.id, exhibitor=exhibitor_id, ids=ids, now=now, since=now - pause).all()
    if rows:
        again_at = max(row.held_until for row in rows) + pause
        raise HeldTooRecently(
            booths=sorted({row.number for row in rows}),
            again_at=again_at.isoformat(),
            at=clock.local(fair, again_at).strftime("%H:%M"),
        )


def _end_stale_allocations(booth_ids: list[int], now: datetime) -> None:
    """What a claim took over had run out: its rows end here, before the sweep comes by."""
    db.session.execute(
        update(Allocation)
        .where(Allocation.booth_id.in_(booth_ids), Allocation.ended_at.is_(None))
        .values(ended_at=now, end_reason="expired")
        .execution_options(synchronize_session=False)
    )


# Many want booths in the same minute: the statements of a claim are put together once, not for each of them.
_HOLD, _ALLOCATE = insert(Hold), insert(Allocation)
_BOOTHS: Select[*tuple[Any, ...]] = (
    select(
        Booth.id,
        Booth.number,
        Booth.state,
        Booth.held_until,
        Booth.hall_id,
        Booth.x_cm,
        Booth.y_cm,
        Booth.width_cm,
        Booth.depth_cm,
    )
    .where(Booth.fair_id == bindparam("fair"), Booth.number.in_(bindparam("numbers", expanding=True)))
    .order_by(Booth.id)
)
_EXHIBITOR = (
    select(Exhibitor.id)
    .where(
        Exhibitor.fair_id == bindparam("fair"), Exhibitor.id == bindparam("exhibitor"), Exhibitor.withdrawn_at.is_(None)
    )
    .with_for_update(key_share=True)  # one exhibitor's claims queue up, so that the count of its holds stays true
)
_WAITING_FOR = (
    select(func.count())
    .select_from(Allocation)
    .join(Booth, Booth.id == Allocation.booth_id)
    .where(
        Allocation.fair_id == bindparam("fair"),
        Allocation.exhibitor_id == bindparam("exhibitor"),
        Allocation.ended_at.is_(None),
        Allocation.state.in_(WAITING),
        Booth.held_until > bindparam("now"),
    )
)
_RAN_OUT = (
    select(Booth.number, Hold.held_until)
    .join(Allocation, Allocation.booth_id == Booth.id)
    .join(Hold, Hold.id == Allocation.hold_id)
    .where(
        Allocation.fair_id == bindparam("fair"),
        Allocation.exhibitor_id == bindparam("exhibitor"),
        Allocation.booth_id.in_(bindparam("ids", expanding=True)),
        or_(Allocation.ended_at.is_(None), Allocation.end_reason == "expired"),
        Hold.held_until <= bindparam("now"),
        Hold.held_until > bindparam("since"),
    )
    .order_by(Booth.number)
)


@cache
def _claim(names: tuple[str, ...]) -> Update:
    """The guarded statement that sets these columns, each to the parameter to_NAME."""
    ids: Any = bindparam("ids", expanding=True)
    now: Any = bindparam("now")
    free = select(Booth.id).where(Booth.id.in_(ids), can_be_had(now)).order_by(Booth.id).with_for_update()
    return (
        update(Booth)
        .where(Booth.id.in_(free), can_be_had(now))
        .values({name: bindparam(f"to_{name}") for name in names} | {"changed_at": now})
        .returning(Booth.id)
        .execution_options(synchronize_session=False)
    )
