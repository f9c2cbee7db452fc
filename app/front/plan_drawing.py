"""Drawing a table's booths: what it would do, and doing all of it or nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, ClassVar

from sqlalchemy import delete, exists, insert, select, update

from app.allocation.models import Wish
from app.audit import Actor, record
from app.booths.claims import tell_of_new_plan
from app.booths.currency_lists import forget_amounts
from app.booths.models import Allocation, Booth, BoothState, PlanImport
from app.booths.outline import kept_as
from app.booths.plan_check import Checked, Ground, hall_sizes
from app.booths.plan_geometry import Floor, Place
from app.booths.pricing import list_price_minor
from app.db import db
from app.errors import DomainError
from app.fairs.models import Fair, Hall, Zone
from app.front.beginning import add_gates
from app.front.plan_import import TAKEN, called, import_by_id, judged, leaving_booths
from app.i18n_marks import N_
from app.payments.models import OrderLine
from app.search import fold

LABEL_ABOVE_CM, LABEL_UNDER_CM, LABEL_ROOM_CM = 165, 142, 280  # its letter stands on that line, its name under it


class PlanHasFaults(DomainError):
    code: ClassVar[str] = "plan_has_faults"
    message: ClassVar[str] = N_("Nothing was written: %(rows)s rows still need a look, or changed a moment ago.")
    extra: ClassVar[tuple[str, ...]] = ("rows",)


class PlanFrozen(DomainError):
    code: ClassVar[str] = "plan_frozen"
    message: ClassVar[str] = N_("The report of this fair is final: its plan stays as it is.")


@dataclass(frozen=True)
class Written:
    """What an import did to the plan, in booths; `same` ones stood so already."""

    added: int
    changed: int
    same: int
    removed: int
    halls: list[str]


@dataclass(frozen=True)
class Effect:
    """What drawing a judged table would do: rows (counted from 0) and, of booths that it leaves out, numbers."""

    added: set[int]
    changed: set[int]
    same: set[int]
    removed: list[str]


def effect_of(fair: Fair, kept: PlanImport, found: Checked, ground: Ground) -> Effect:
    """Without writing anything. `ground`: the plan as it stands."""
    halls = {h.id: fold(h.name) for h in db.session.scalars(select(Hall).where(Hall.fair_id == fair.id))}
    zones = {z.id: fold(z.code) for z in db.session.scalars(select(Zone).where(Zone.fair_id == fair.id))}
    standing = {b.number.casefold(): b for b in db.session.scalars(select(Booth).where(Booth.fair_id == fair.id))}
    effect = Effect(set(), set(), set(), [])
    for place in found.sound():
        booth = standing.get(place.number.casefold())
        where = {"hall_id": ground.hall_of(place), "zone_id": fold(place.zone) or None}
        if booth is None or booth.state == BoothState.GONE:
            effect.added.add(place.row)
        elif booth.state in TAKEN or all(
            {"hall_id": halls.get(booth.hall_id), "zone_id": zones.get(booth.zone_id or 0)}.get(
                name, getattr(booth, name)
            )
            == value
            for name, value in (values_of(fair, place) | where).items()
        ):
            effect.same.add(place.row)
        else:
            effect.changed.add(place.row)
    if kept.removes:
        effect.removed.extend(booth.number for booth in leaving_booths(fair, kept))
    return effect


def write_plan(actor: Actor, fair: Fair, import_id: str, gates: int, now: datetime) -> Written:
    """Draw every booth of the table, all or none; halls and zones that are not there yet are made.

    Booths that the table does not name stay as they are, or leave the plan where that was asked and nobody ever had
    them. One that is held or let never moves: raises PlanHasFaults, as for any row that cannot stand, and NotFound
    once it is drawn. `gates`: entrances of each new hall.
    """
    lock_plan(fair)
    kept = import_by_id(fair, import_id)
    if db.session.get_one(Fair, fair.id).frozen_at is not None:
        raise PlanFrozen()
    found = judged(fair, kept)
    if found.faults or not found.places:
        raise PlanHasFaults(rows=len(found.rows_with_faults) or len(kept.rows))
    halls, new = _halls(fair, found.places, gates)
    zones = zones_for(fair, found.places, halls)
    leaving = leaving_booths(fair, kept) if kept.removes else []
    for booth in leaving:
        take_off(booth, now)
    added, changed, same = draw_places(fair, found.places, halls, zones, now)
    tell_of_new_plan(fair.id)
    written = Written(added, len(changed), same, len(leaving), new)
    gone = [booth.number for booth in leaving]
    record(actor, "plan.written", "plan", kept.id, fair.id, added=added, changed=len(changed), removed=gone, halls=new)
    db.session.delete(kept)
    return written


def lock_plan(fair: Fair) -> None:
    """One plan is written at a time, while holds go on; whoever waited sees what the one before has drawn."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update(key_share=True))
    db.session.expire_all()


def draw_places(
    fair: Fair, places: list[Place], halls: dict[str, Hall], zones: dict[str, int], now: datetime
) -> tuple[int, list[str], int]:
    """Write judged booths: how many came new, the numbers that changed, and how many stood so already.

    A number that was on the plan once comes back with its history.
    """
    standing = {b.number.casefold(): b for b in db.session.scalars(select(Booth).where(Booth.fair_id == fair.id))}
    rows: list[dict[str, Any]] = []
    redrawn: list[tuple[Booth, dict[str, Any]]] = []
    same = 0
    for place in places:
        where = {"hall_id": halls[fold(place.hall)].id, "zone_id": zones.get(fold(place.zone))}
        values = where | values_of(fair, place)
        booth = standing.get(place.number.casefold())
        if booth is None:
            rows.append({"fair_id": fair.id, "number": place.number, "changed_at": now} | values)
        elif booth.state in TAKEN or all(getattr(booth, name) == value for name, value in values.items()):
            same += 1
        elif booth.name != place.name:
            redrawn.append((booth, values | {"name_en": ""}))  # of another name it was the English
        else:
            redrawn.append((booth, values))
    again = [booth.number for booth, _values in redrawn if booth.state == BoothState.GONE]
    for booth, values in sorted(redrawn, key=lambda one: one[0].id):  # as holds lock them: none waits in a circle
        _redraw(booth, values, now)
    if rows:
        db.session.execute(insert(Booth), rows)
    changed = [booth.number for booth, _values in redrawn if booth.number not in again]
    return len(rows) + len(again), changed, same


def _halls(fair: Fair, places: Iterable[Place], gates: int) -> tuple[dict[str, Hall], list[str]]:
    """Folded name or code → hall; those that were not there are drawn as large as their booths need."""
    present = list(db.session.scalars(select(Hall).where(Hall.fair_id == fair.id)))
    halls = called(present)
    codes, new = {hall.code for hall in present}, []
    for key, (name, width, depth) in hall_sizes(places).items():
        if key in halls:
            continue
        code = next(f"H{n}" for n in count(1) if f"H{n}" not in codes)
        codes.add(code)
        hall = Hall(
            fair_id=fair.id, code=code, name=name, name_en="", position=len(codes) - 1, width_cm=width, depth_cm=depth,
            features=[],
        )  # fmt: skip
        db.session.add(hall)
        db.session.flush()
        add_gates(fair, hall, gates)
        halls[key] = hall
        new.append(name)
    return halls, new


def zones_for(fair: Fair, places: list[Place], halls: dict[str, Hall], moved: Collection[str] = ()) -> dict[str, int]:
    """Folded code → id; a new zone gets its name on the floor, and so does one that moved, by its folded code."""
    zones = {fold(zone.code): zone for zone in db.session.scalars(select(Zone).where(Zone.fair_id == fair.id))}
    of_zone: dict[str, list[Place]] = defaultdict(list)
    floor = Floor()
    for place in places:
        floor.put(fold(place.hall), place.box)
        if fold(place.zone):
            of_zone[fold(place.zone)].append(place)
    for key, mine in of_zone.items():
        named = next((place.zone_name for place in mine if place.zone_name), "")
        if key not in zones:
            zones[key] = Zone(
                fair_id=fair.id, hall_id=halls[fold(mine[0].hall)].id, code=mine[0].zone, name=named or mine[0].zone,
                name_en=named or mine[0].zone, **_label(mine, floor),
            )  # fmt: skip
            db.session.add(zones[key])
        elif named and zones[key].name != named:
            zones[key].name = named
        elif key in moved:
            label = _label(mine, floor)
            zones[key].label_x_cm, zones[key].label_y_cm = label["label_x_cm"], label["label_y_cm"]
    db.session.flush()
    return {key: zone.id for key, zone in zones.items()}


def _label(places: list[Place], floor: Floor) -> dict[str, int]:
    """In the aisle above the zone's booths, else in the one under them, further east: two never meet."""
    left, right = min(place.x_cm for place in places), max(place.right for place in places)
    top, bottom = min(place.y_cm for place in places), max(place.bottom for place in places)
    above = "", left, max(0, top - LABEL_ROOM_CM), right, top - 1, ()
    if top >= LABEL_ROOM_CM and floor.covers(fold(places[0].hall), above) is None:
        return {"label_x_cm": left + (right - left) // 3, "label_y_cm": top - LABEL_ABOVE_CM}
    return {"label_x_cm": left + 2 * (right - left) // 3, "label_y_cm": bottom + LABEL_UNDER_CM}


def values_of(fair: Fair, place: Place) -> dict[str, Any]:
    """A judged booth's columns, but for where it stands; without a price of its own it costs the list price."""
    sides = place.sides or 1
    price = place.price_minor
    if price is None:
        price = list_price_minor(fair, place.area_cm2, sides)
    return {
        "x_cm": place.x_cm,
        "y_cm": place.y_cm,
        "width_cm": place.width_cm,
        "depth_cm": place.depth_cm,
        "outline": kept_as(place.outline),
        "area_cm2": place.area_cm2,
        "open_sides": sides,
        "kind": place.kind,
        "name": place.name,
        "price_minor": price,
        "state": str(place.state),
    }


def _redraw(booth: Booth, values: dict[str, Any], now: datetime) -> None:
    """Only while nobody has it: the guard is in the statement, for a buyer may be faster."""
    done = db.session.execute(
        update(Booth)
        .where(Booth.id == booth.id, Booth.state.not_in(TAKEN))
        .values(**values, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise PlanHasFaults(rows=1)


def take_off(booth: Booth, now: datetime) -> None:
    """Only while nobody has it. What anybody held, ordered or wished for is kept off the plan, the rest deleted."""
    had = exists().where(Allocation.fair_id == booth.fair_id, Allocation.booth_id == Booth.id)
    ordered = exists().where(OrderLine.fair_id == booth.fair_id, OrderLine.booth_id == Booth.id)
    wished = exists().where(Wish.fair_id == booth.fair_id, Wish.booth_id == Booth.id)
    nobodys = Booth.id == booth.id, Booth.state.not_in(TAKEN)
    forget_amounts(booth.fair_id, select(Booth.id).where(*nobodys, ~had, ~ordered, ~wished))
    steps = (
        delete(Booth).where(*nobodys, ~had, ~ordered, ~wished),
        update(Booth).where(*nobodys).values(state=BoothState.GONE, changed_at=now),
    )
    if not any(db.session.execute(step.execution_options(synchronize_session=False)).rowcount for step in steps):  # type: ignore[attr-defined]
        raise PlanHasFaults(rows=1)
