"""Who gets a booth: the guard of every claim, and the statements that take booths, all of those wanted or none."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    update,
)

from app import clock
from app.booths.errors import BookingClosed, BoothNotAvailable, HeldBack, NotForLetting, UnknownBooth
from app.booths.floorplan import free_nearby, on_plan
from app.booths.group_models import PriceGroup, PriceGroupMember
from app.booths.models import Allocation, Booth, BoothState
from app.db import db, glancing
from app.errors import FieldErrors
from app.fairs.models import Fair, Zone
from app.i18n_marks import N_
from app.live import publish

WAITING = (BoothState.HELD, BoothState.RESERVED)
Seen = Row[*tuple[Any, ...]]  # a booth as `look_at` read it: its id, number, place and state


def can_be_had(now: Any) -> ColumnElement[bool]:
    """The guard of every claim. It reads `held_until`: a hold that ran out is free, whether swept or not."""
    return or_(Booth.state == BoothState.FREE, and_(Booth.state.in_(WAITING), Booth.held_until <= now))


def is_open_to(exhibitor_id: Any, now: Any) -> ColumnElement[bool]:
    """Not held back for a group that the exhibitor is not of. Once its day is over the booth is everybody's."""
    member = exists().where(
        PriceGroupMember.group_id == Booth.held_back_group_id,
        PriceGroupMember.exhibitor_id == exhibitor_id,
        PriceGroupMember.removed_at.is_(None),
    )
    return or_(Booth.held_back_group_id.is_(None), Booth.held_back_until <= now, member.correlate(Booth))


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
        _refuse_at_a_glance(connection, fair, booths, now)
    return booths


def claim(fair: Fair, booths: Sequence[Booth | Seen], now: datetime, **values: Any) -> list[int]:
    """Take all of these booths for an exhibitor in one guarded statement, or raise BoothNotAvailable, HeldBack.

    Rows are locked in the order of their ids, so that two claims never wait for each other; PostgreSQL
    checks the guard again once it has the lock, SQLite has one writer at a time.
    """
    ids = [booth.id for booth in booths]
    to = {f"to_{name}": value for name, value in values.items()}
    taken = run(claiming(tuple(values)), ids=ids, now=now, **to).scalars().all()
    require_all(fair, booths, taken, values["exhibitor_id"], now)
    if any(booth.state in WAITING for booth in booths):  # a free one has no row that could be stale
        _end_stale_allocations(ids, now)
    return sorted(taken)


def require_all(
    fair: Fair, booths: Sequence[Booth | Seen], taken: Sequence[int], exhibitor_id: int, now: datetime
) -> None:
    """BoothNotAvailable, with what is free nearby, unless all of the booths were taken; HeldBack, if that is why."""
    if len(taken) == len(booths):
        return
    require_open_to(fair, [booth.id for booth in booths], exhibitor_id, now)
    gone = [booth for booth in booths if booth.id not in taken]
    besides = {booth.number for booth in booths}
    raise BoothNotAvailable(
        booths=[booth.number for booth in gone],
        free_nearby=free_nearby(db.session.connection(), fair.id, gone[0], now, besides),
    )


def require_open_to(fair: Fair, booth_ids: Sequence[int], exhibitor_id: int, now: datetime) -> None:
    """HeldBack, if one of the booths is for a group that the exhibitor is not of."""
    held_back = (
        select(Booth.number, Booth.held_back_until, PriceGroup.name, PriceGroup.name_en)
        .join(PriceGroup, PriceGroup.id == Booth.held_back_group_id)
        .where(Booth.id.in_(booth_ids), ~is_open_to(exhibitor_id, now))
        .order_by(Booth.number)
    )
    rows = run(held_back).all()
    if rows:
        numbers = [row.number for row in rows if row.name == rows[0].name]
        raise HeldBack.of(fair, numbers, rows[0], rows[0].held_back_until)


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


def require_open(fair: Fair, now: datetime, promised: bool = False) -> None:
    """BookingClosed once the organiser has ended booking, or the fair is over; what was `promised`, only then."""
    closed = fair.booking_closed_at is not None and fair.booking_closed_at <= now and not promised
    if closed or fair.frozen_at is not None or clock.fair_day(fair, now) > fair.ends_on:
        raise BookingClosed()


def is_open(fair: Fair, now: datetime) -> bool:
    """Whether booths can be booked: what `require_open` refuses, as a question."""
    try:
        require_open(fair, now)
    except BookingClosed:
        return False
    return True


def tell(fair_id: int, numbers: Iterable[str], state: str) -> None:
    """Say it to every open plan."""
    publish(fair_id, "booths", news(numbers, state))


def tell_of_new_plan(fair_id: int) -> None:
    """Booths were drawn, moved or taken off: every open plan reads its hall again."""
    publish(fair_id, "booths", {"booths": [], "state": "", "plan": True})


def news(numbers: Iterable[str], state: str) -> dict[str, Any]:
    """What open plans are told: numbers and states only, for strangers watch too."""
    shown = BoothState.HELD if state == BoothState.RESERVED else state
    return {"booths": sorted(numbers), "state": str(shown)}


def run(statement: Executable, **values: Any) -> CursorResult[Any]:
    """A statement of its own on the transaction's connection: in a rush the session's bookkeeping is what costs."""
    return db.session.connection().execute(statement, values)


def _refuse_at_a_glance(connection: Connection, fair: Fair, booths: Sequence[Seen], now: datetime) -> None:
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
        nearby = free_nearby(connection, fair.id, gone[0], now, {booth.number for booth in booths})
        raise BoothNotAvailable(booths=[booth.number for booth in gone], free_nearby=nearby)


def _end_stale_allocations(booth_ids: list[int], now: datetime) -> None:
    """What a claim took over had run out: its rows end here, before the sweep comes by."""
    db.session.execute(
        update(Allocation)
        .where(Allocation.booth_id.in_(booth_ids), Allocation.ended_at.is_(None))
        .values(ended_at=now, end_reason="expired")
        .execution_options(synchronize_session=False)
    )


# Many want booths in the same minute: the statements of a claim are put together once, not for each of them.
_ALLOCATE = insert(Allocation)
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
        Booth.held_back_until,
        Zone.workflow.label("zone_workflow"),
    )
    .outerjoin(Zone, Zone.id == Booth.zone_id)
    .where(Booth.fair_id == bindparam("fair"), on_plan(), Booth.number.in_(bindparam("numbers", expanding=True)))
    .order_by(Booth.id)
)


@cache
def claiming(names: tuple[str, ...]) -> Update:
    """The guarded statement that sets these columns, each to the parameter to_NAME; exhibitor_id is one of them."""
    ids: Any = bindparam("ids", expanding=True)
    now: Any = bindparam("now")
    guard = and_(can_be_had(now), is_open_to(bindparam("to_exhibitor_id"), now))
    free = select(Booth.id).where(Booth.id.in_(ids), guard).order_by(Booth.id).with_for_update()
    return (
        update(Booth)
        .where(Booth.id.in_(free), guard)
        .values({name: bindparam(f"to_{name}") for name in names} | {"changed_at": now})
        .returning(Booth.id)
        .execution_options(synchronize_session=False)
    )
