"""Keeping booths for an exhibitor for some minutes: all of those wanted, or none."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, and_, bindparam, case, false, func, insert, literal, or_, select, true, update

from app import clock
from app.audit import Actor, AuditEntry, entry_of, record
from app.booths.claims import WAITING, Seen, allocate, claim, claiming, news, require_all, require_open, run, tell
from app.booths.errors import HeldTooRecently, HoldEnded, OfAnApplication, TooManyHeld
from app.booths.models import Allocation, Booth, BoothState, Hold, HoldState
from app.booths.workflows import KeptFor, kept_for
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import is_shown
from app.i18n_marks import N_
from app.live import Event, event_of

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
    Raises BoothNotAvailable (with what is free nearby), TooManyHeld, HeldTooRecently, BookingClosed,
    GivenByApplication, NotTogether, ForWaitingList. The hold that it answers stands outside the session.
    """
    require_open(fair, now)
    keeps_for = KeptFor.BUYING if by_organiser else kept_for(fair, booths)
    if run(_EXHIBITOR, fair=fair.id, exhibitor=exhibitor_id).first() is None:
        raise FieldErrors({"exhibitor": N_("This fair has no such exhibitor.")})
    _refuse_by_standing(fair, exhibitor_id, booths, now, by_organiser)
    if fair.has_waiting and not by_organiser:
        for guard in BEFORE_HOLD:
            guard(fair, booths, now)
    hold: dict[str, Any] = {
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
    free = all(booth.state == BoothState.FREE for booth in booths)  # then no stale row stands in the way
    keep = _keep_at_once if free and db.engine.dialect.name == "postgresql" else _keep
    keep(actor, fair, booths, hold)
    return Hold(**hold)


def hold_for_offer(
    actor: Actor, fair: Fair, exhibitor_id: int, booths: Sequence[Seen], until: datetime, now: datetime
) -> Hold:
    """Keep booths that an exhibitor is offered, until its answer is due: the limits of its own holds do not count.

    Raises BoothNotAvailable, BookingClosed. The hold that it answers stands outside the session.
    """
    require_open(fair, now)
    hold: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "fair_id": fair.id,
        "exhibitor_id": exhibitor_id,
        "person_id": actor.person_id,
        "state": HoldState.LIVE,
        "kept_for": KeptFor.OFFER.value,
        "currency": None,
        "held_until": until,
        "created_at": now,
    }
    _keep(actor, fair, booths, hold)
    return Hold(**hold)


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


def _keep_at_once(actor: Actor, fair: Fair, booths: Sequence[Seen], hold: dict[str, Any]) -> None:
    """The same in one statement, on PostgreSQL: in a rush it is the round trips that buyers wait for."""
    now, numbers = hold["created_at"], [booth.number for booth in booths]
    event = event_of(fair.id, "booths", news(numbers, BoothState.HELD))
    entry = entry_of(actor, "hold.made", "hold", hold["id"], fair.id, booths=numbers, exhibitor=hold["exhibitor_id"])
    values = {f"to_{name}": value for name, value in _booth_values(hold).items()}
    for table, row in (("hold", hold), ("event", event), ("entry", entry)):
        values |= {f"{table}_{name}": value for name, value in row.items()}
    taken = run(_at_once(), ids=[booth.id for booth in booths], now=now, **values).scalars().all()
    require_all(fair, booths, taken, now)


def _booth_values(hold: dict[str, Any]) -> dict[str, Any]:
    return {
        "state": BoothState.HELD,
        "held_until": hold["held_until"],
        "hold_id": hold["id"],
        "exhibitor_id": hold["exhibitor_id"],
    }


def _refuse_by_standing(
    fair: Fair, exhibitor_id: int, booths: Sequence[Seen], now: datetime, by_organiser: bool
) -> None:
    """No more than the fair lets one exhibitor keep; and who had a booth as long as one may gives others some minutes.

    As long as a hold lasts, in one piece or let go and taken again just before its end.
    """
    pause, longest = timedelta(minutes=fair.rehold_minutes), timedelta(minutes=fair.hold_minutes)
    since = now - pause - longest
    ids = [booth.id for booth in booths]
    rows = run(_STANDING, fair=fair.id, exhibitor=exhibitor_id, ids=ids, now=now, since=since).all()
    if sum(row.waits for row in rows) + len(booths) > fair.booths_held_at_most:
        raise TooManyHeld(most=fair.booths_held_at_most)
    if by_organiser:
        return
    had: defaultdict[str, timedelta] = defaultdict(timedelta)
    until: dict[str, datetime] = {}
    for row in rows:
        if row.had:
            ended = min(row.ended_at or row.held_until, row.held_until)
            ran_out = ended >= row.held_until
            had[row.number] += longest if ran_out and ended > now - pause else ended - max(row.created_at, since)
            until[row.number] = max(ended, until.get(row.number, ended))
    too_long = sorted(number for number, time in had.items() if time >= longest and until[number] + pause > now)
    if too_long:
        again_at = max(until[number] for number in too_long) + pause
        raise HeldTooRecently(
            booths=too_long, again_at=again_at.isoformat(), at=clock.local(fair, again_at).strftime("%H:%M")
        )


# Many want booths in the same minute: the statements of a hold are put together once, not for each of them.
_EXHIBITOR = (
    select(Exhibitor.id)
    .where(Exhibitor.fair_id == bindparam("fair"), Exhibitor.id == bindparam("exhibitor"), is_shown())
    .with_for_update(key_share=True)  # one exhibitor's claims queue up, so that the count of its holds stays true
)
_waits = and_(  # what is offered was not its own doing
    Allocation.ended_at.is_(None),
    Allocation.state.in_(WAITING),
    Booth.held_until > bindparam("now"),
    func.coalesce(Hold.kept_for, "") != KeptFor.OFFER.value,
)
_had = and_(  # it ended not long ago, whether swept or not
    Allocation.booth_id.in_(bindparam("ids", expanding=True)),
    Allocation.state.in_(WAITING),
    or_(
        and_(Allocation.ended_at.is_(None), Hold.held_until <= bindparam("now"), Hold.held_until > bindparam("since")),
        and_(Allocation.ended_at > bindparam("since"), Hold.held_until.is_not(None)),
    ),
)
_STANDING = (
    select(
        Booth.number,
        Allocation.created_at,
        Allocation.ended_at,
        Hold.held_until,
        case((_waits, 1), else_=0).label("waits"),
        case((_had, 1), else_=0).label("had"),
    )
    .select_from(Allocation)
    .join(Booth, Booth.id == Allocation.booth_id)
    .outerjoin(Hold, Hold.id == Allocation.hold_id)
    .where(
        Allocation.fair_id == bindparam("fair"),
        Allocation.exhibitor_id == bindparam("exhibitor"),
        or_(_waits, _had),
    )
)


@cache
def _at_once() -> Select[Any]:
    """Claim, hold, allocations, event and audit entry; it answers the ids of the booths that were taken."""
    free_ones = claiming(("state", "held_until", "hold_id", "exhibitor_id"), run_out_too=False)  # no stale row to end
    taken = free_ones.cte("taken")
    hold_columns = (
        "id",
        "fair_id",
        "exhibitor_id",
        "person_id",
        "state",
        "kept_for",
        "currency",
        "held_until",
        "created_at",
    )
    made = _inserting(Hold, "hold", hold_columns).returning(Hold).cte("made")
    values = {
        "fair_id": made.c.fair_id,
        "booth_id": taken.c.id,
        "exhibitor_id": made.c.exhibitor_id,
        "hold_id": made.c.id,
        "state": literal(BoothState.HELD.value),
        "free_of_charge": false(),
        "created_at": made.c.created_at,
        "end_reason": literal(""),
    }
    rows = select(*values.values()).select_from(made.join(taken, true()))
    allocated = insert(Allocation).from_select(list(values), rows, include_defaults=False).cte("allocated")
    told = _inserting(Event, "event", ("fair_id", "topic", "payload", "at")).cte("told")
    entry_columns = ("fair_id", "at", "actor", "action", "subject_kind", "subject_id", "details")
    written = _inserting(AuditEntry, "entry", entry_columns).cte("written")
    return select(taken.c.id).add_cte(made, allocated, told, written)


def _inserting(table: type[Any], prefix: str, columns: Iterable[str]) -> Insert:
    return insert(table).values({column: bindparam(f"{prefix}_{column}") for column in columns})
