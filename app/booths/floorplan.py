"""What stands on the floor, and how it stands with each booth right now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, case, func, or_, select

from app.booths.models import Booth, BoothState, PlanVersion, PriceList
from app.db import db
from app.fairs.models import Exhibitor, Hall, Zone

NEARBY = 3
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


def halls(fair_id: int) -> list[Hall]:
    return list(db.session.scalars(select(Hall).where(Hall.fair_id == fair_id).order_by(Hall.position, Hall.id)))


def zones(fair_id: int) -> list[Zone]:
    return list(db.session.scalars(select(Zone).where(Zone.fair_id == fair_id).order_by(Zone.code)))


def hall_counts(fair_id: int, now: datetime) -> list[HallCount]:
    """Every hall in its order, with how many booths can be let and how many are free."""
    is_free = or_(
        Booth.state == BoothState.FREE,
        and_(Booth.state.in_((BoothState.HELD, BoothState.RESERVED)), Booth.held_until <= now),
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
    """Changes whenever a booth of the fair looks different from before: by a deed, or because a hold ran out."""
    ran_out = case((and_(Booth.state.in_((BoothState.HELD, BoothState.RESERVED)), Booth.held_until <= now), 1), else_=0)
    # a publication may change walls, texts or the hall's size alone
    drawn = select(func.count()).where(PlanVersion.fair_id == fair_id).scalar_subquery()
    prices = (  # they are added and removed, never changed
        select(func.count() + func.count(PriceList.removed_at)).where(PriceList.fair_id == fair_id).scalar_subquery()
    )
    row = db.session.execute(
        select(func.count(), func.max(Booth.changed_at), func.sum(ran_out), drawn, prices).where(
            Booth.fair_id == fair_id
        )
    ).one()
    return f"{row[0]}-{row[1].timestamp() if row[1] else 0:.6f}-{row[2] or 0}-{row[3]}-{row[4]}"


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
    """Numbers of the nearest free booths in the same hall, those of the same size first."""
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
    free = or_(Booth.state == BoothState.FREE, and_(waiting, Booth.held_until <= bindparam("now")))
    return (
        select(Booth.number)
        .where(
            Booth.fair_id == bindparam("fair"),
            Booth.hall_id == bindparam("hall"),
            free,
            Booth.number.not_in(bindparam("besides", expanding=True)),
        )
        .order_by(same_size, across * across + down * down, Booth.id)
        .limit(bindparam("most"))
    )


def line_label(booth: Booth) -> str:
    """How a booth stands on an order and its papers, in both of their languages."""
    hall = db.session.get_one(Hall, booth.hall_id)
    name = f"{hall.name} / {hall.name_en}" if hall.name_en and hall.name_en != hall.name else hall.name
    return f"Gian hàng / Booth {booth.number}, {name}, {booth.area_m2:g} m²"


def booths_by_id(ids: Iterable[int]) -> list[Booth]:
    return list(db.session.scalars(select(Booth).where(Booth.id.in_(list(ids))).order_by(Booth.number)))
