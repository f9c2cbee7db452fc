"""What stands on the floor, and how it stands with each booth right now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, case, func, not_, or_, select, true

from app.booths.group_models import PriceGroup, QuantityStep
from app.booths.models import Booth, BoothState, PlanVersion, PriceList
from app.db import db
from app.fairs.models import Exhibitor, Hall, Zone

NEARBY = 3
PRIME = 997  # keeps the sum of a plan well inside a database's integers
HELD_BACK = "held_back"  # how a free booth shows to whom it is not for; a state of no row
FOR_SALE = (BoothState.FREE, BoothState.HELD, BoothState.RESERVED)


@dataclass(frozen=True)
class HallCount:
    """A hall's tab: what can be let in it, and what is free. One with nothing drawn is nobody's to see yet."""

    hall: Hall
    booths: int
    free: int
    drawn: int


def state_now(booth: Booth, now: datetime) -> BoothState:
    """A booth's state as it holds: a hold or reservation that ran out is free."""
    if booth.state in (BoothState.HELD, BoothState.RESERVED) and booth.held_until and booth.held_until <= now:
        return BoothState.FREE
    return BoothState(booth.state)


def is_held_back(booth: Booth, now: datetime, group_ids: Collection[int] = ()) -> bool:
    """For a group other than these, free or not. Its day decides, no sweep."""
    until = booth.held_back_until
    return until is not None and until > now and booth.held_back_group_id not in group_ids


def shown_state(booth: Booth, now: datetime, group_ids: Collection[int] = ()) -> str:
    """A booth's state as a member of these groups sees it: free ones that are held back for others are no more free."""
    state = state_now(booth, now)
    return HELD_BACK if state == BoothState.FREE and is_held_back(booth, now, group_ids) else state


def held_back(now: Any, group_ids: Collection[int] = ()) -> ColumnElement[bool]:
    """The same in SQL."""
    theirs = Booth.held_back_group_id.not_in(group_ids) if group_ids else true()
    return and_(Booth.held_back_group_id.is_not(None), Booth.held_back_until > now, theirs)


def groups_named(fair_id: int, booths: Iterable[Booth], now: datetime) -> dict[int, PriceGroup]:
    """The groups that booths are held back for, by id; no query where none is."""
    ids = {booth.held_back_group_id for booth in booths if is_held_back(booth, now)}
    if not ids:
        return {}
    found = select(PriceGroup).where(PriceGroup.fair_id == fair_id, PriceGroup.id.in_(ids))
    return {group.id: group for group in db.session.scalars(found)}


def halls(fair_id: int) -> list[Hall]:
    return list(db.session.scalars(select(Hall).where(Hall.fair_id == fair_id).order_by(Hall.position, Hall.id)))


def zones(fair_id: int) -> list[Zone]:
    return list(db.session.scalars(select(Zone).where(Zone.fair_id == fair_id).order_by(Zone.code)))


def hall_counts(fair_id: int, now: datetime, group_ids: Collection[int] = ()) -> list[HallCount]:
    """Every hall in its order, with how many booths can be let and how many are free for a member of these groups."""
    is_free = and_(
        or_(
            Booth.state == BoothState.FREE,
            and_(Booth.state.in_((BoothState.HELD, BoothState.RESERVED)), Booth.held_until <= now),
        ),
        not_(held_back(now, group_ids)),
    )
    lettable = Booth.state.not_in((BoothState.NOT_LET, BoothState.SHOW, BoothState.GONE))
    rows = db.session.execute(
        select(
            Booth.hall_id, func.sum(case((lettable, 1), else_=0)), func.sum(case((is_free, 1), else_=0)), func.count()
        )
        .where(Booth.fair_id == fair_id, on_plan())
        .group_by(Booth.hall_id)
    )
    counts = {hall_id: (int(total), int(free), drawn) for hall_id, total, free, drawn in rows}
    return [HallCount(hall, *counts.get(hall.id, (0, 0, 0))) for hall in halls(fair_id)]


def plan_version(fair_id: int, now: datetime) -> str:
    """Changes whenever a booth of the fair looks different from before: by a deed, or because a hold ran out.

    And with each minute, for what it does not read: names of companies and zones, rates. Its sum says who has what:
    of two deeds the later one may carry the earlier time.
    """
    row = db.session.connection().execute(_plan_version(), {"fair": fair_id, "now": now}).one()
    changed = f"{row[1].timestamp() if row[1] else 0:.6f}"
    counted = (row[0], changed, *(number or 0 for number in row[2:]), int(now.timestamp()) // 60)
    return "-".join(map(str, counted))


@cache
def _plan_version() -> Select[Any]:
    """Put together once: whoever looks at a plan again asks it."""
    fair_id: Any = bindparam("fair")
    now: Any = bindparam("now")
    ran_out = case((and_(Booth.state.in_((BoothState.HELD, BoothState.RESERVED)), Booth.held_until <= now), 1), else_=0)
    back = case((Booth.held_back_until > now, 1), else_=0)  # until its day is over
    # a publication may change walls, texts or the hall's size alone
    drawn = select(func.count()).where(PlanVersion.fair_id == fair_id).scalar_subquery()
    prices = (  # they are added and removed, never changed
        select(func.count() + func.count(PriceList.removed_at)).where(PriceList.fair_id == fair_id).scalar_subquery()
    )
    steps = (
        select(func.count() + func.count(QuantityStep.removed_at))
        .where(QuantityStep.fair_id == fair_id)
        .scalar_subquery()
    )
    states = case({state: n for n, state in enumerate(BoothState)}, value=Booth.state)
    who_has = func.sum((Booth.id % PRIME) * (states + PRIME * (func.coalesce(Booth.exhibitor_id, 0) % PRIME)))
    return select(
        func.count(), func.max(Booth.changed_at), func.sum(ran_out), drawn, prices + steps, who_has, func.sum(back)
    ).where(Booth.fair_id == fair_id)


def on_plan() -> ColumnElement[bool]:
    """What every list of a plan's booths asks: those that left it are kept for their history alone."""
    return Booth.state != BoothState.GONE


def is_for_sale() -> ColumnElement[bool]:
    """Free, or held and perhaps free again soon."""
    return Booth.state.in_(FOR_SALE)


def booths_of_hall(hall_id: int) -> list[Booth]:
    found = select(Booth).where(Booth.hall_id == hall_id, on_plan())
    return list(db.session.scalars(found.order_by(Booth.y_cm, Booth.x_cm)))


def booths_by_number(fair_id: int, numbers: Iterable[str]) -> list[Booth]:
    """Those that exist, in the order of their numbers; unknown ones are left out."""
    wanted = sorted(set(numbers))
    if not wanted:
        return []
    return list(
        db.session.scalars(
            select(Booth).where(Booth.fair_id == fair_id, on_plan(), Booth.number.in_(wanted)).order_by(Booth.number)
        )
    )


def holders(booths: Iterable[Booth]) -> dict[int, Exhibitor]:
    """The exhibitors that booths are held by or let to, by id."""
    ids = {booth.exhibitor_id for booth in booths if booth.exhibitor_id}
    if not ids:
        return {}
    return {one.id: one for one in db.session.scalars(select(Exhibitor).where(Exhibitor.id.in_(ids)))}


def free_nearby(
    connection: Connection,
    fair_id: int,
    booth: Booth | Row[*tuple[Any, ...]],
    now: datetime,
    besides: set[str],
    at_most: int = NEARBY,
) -> list[str]:
    """Numbers of the nearest booths in the same hall that anybody can have, those of the same size first."""
    asked = {
        "fair": fair_id,
        "hall": booth.hall_id,
        "x": booth.x_cm,
        "y": booth.y_cm,
        "area": booth.area_cm2,
        "now": now,
        "besides": sorted(besides) or [""],
        "most": at_most,
    }
    return list(connection.execute(_free_nearby(), asked).scalars())


@cache
def _free_nearby() -> Select[str]:
    """Put together once: in a rush it is asked hundreds of times a second."""
    across, down = Booth.x_cm - bindparam("x"), Booth.y_cm - bindparam("y")
    same_size = case((Booth.area_cm2 == bindparam("area"), 0), else_=1)
    waiting = Booth.state.in_((BoothState.HELD, BoothState.RESERVED))
    now: Any = bindparam("now")
    free = or_(Booth.state == BoothState.FREE, and_(waiting, Booth.held_until <= now))
    return (
        select(Booth.number)
        .where(
            Booth.fair_id == bindparam("fair"),
            Booth.hall_id == bindparam("hall"),
            free,
            or_(Booth.held_back_until.is_(None), Booth.held_back_until <= now),
            Booth.number.not_in(bindparam("besides", expanding=True)),
        )
        .order_by(same_size, across * across + down * down, Booth.id)
        .limit(bindparam("most"))
    )


def line_label(booth: Booth) -> str:
    """How a booth stands on an order and its papers, in both of their languages."""
    hall = db.session.get_one(Hall, booth.hall_id)
    name = f"{hall.name} / {hall.name_en}" if hall.name_en and hall.name_en != hall.name else hall.name
    return f"Gian hàng / Booth {booth.number}, {name}, {round(booth.area_m2, 2):g} m²"


def booths_by_id(ids: Iterable[int]) -> list[Booth]:
    return list(db.session.scalars(select(Booth).where(Booth.id.in_(list(ids))).order_by(Booth.number)))
