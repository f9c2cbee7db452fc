"""What areas do to a hall's drawing: booths that lie in another zone's, and zones that only areas name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select, update

from app.booths.areas import Floor
from app.booths.models import Booth, BoothState
from app.booths.plan_geometry import Place
from app.booths.workflows import Workflow, workflow_for
from app.db import db
from app.fairs.models import Fair, Hall, Zone
from app.front.plan_import import TAKEN
from app.i18n_marks import N_
from app.search import fold

HELD = N_("It is held, and booths of that zone are let in another way.")
LET = N_("It is let, and booths of that zone are let in another way.")


@dataclass(frozen=True)
class Stray:
    """A booth (counted from 0) whose middle lies in an area of another zone; `why` it keeps its own, or empty."""

    booth: int
    number: str
    zone: str
    why: str


class Ways:
    """How booths of each zone are let; read when first asked."""

    def __init__(self, fair: Fair) -> None:
        self.fair = fair

    @cached_property
    def of(self) -> dict[str, Workflow]:
        rows = db.session.execute(select(Zone.code, Zone.workflow).where(Zone.fair_id == self.fair.id))
        return {fold(code): workflow_for(self.fair, workflow) for code, workflow in rows}

    def are_one(self, zone: str, other: str) -> bool:
        """A zone that is not there yet, and none at all, are let as the fair's booths are."""
        usual = workflow_for(self.fair, None)
        return fold(zone) == fold(other) or self.of.get(fold(zone), usual) == self.of.get(fold(other), usual)


def strays_of(document: dict[str, Any], standing: Mapping[str, Booth], ways: Ways) -> list[Stray]:
    """`standing`: by folded number; one that is held or let keeps a zone that says how it is let."""
    found, floor = [], Floor(document["areas"])
    for n, entry in enumerate(document["booths"]) if document["areas"] else ():
        x, y = entry["x_cm"] + entry["width_cm"] / 2, entry["y_cm"] + entry["depth_cm"] / 2
        zone = floor.zone_at(x, y)
        if not zone or fold(zone) == fold(entry["zone"]):
            continue
        booth, why = standing.get(entry["number"].casefold()), ""
        if booth is not None and booth.state in TAKEN and not ways.are_one(entry["zone"], zone):
            why = LET if booth.state == BoothState.LET else HELD
        found.append(Stray(n, entry["number"], zone, why))
    return found


def rezone_taken(hall: Hall, places: list[Place], zones: Mapping[str, int], now: datetime) -> int:
    """What is held or let follows its judged zone, and nothing else of it; how many did. `zones`: folded code → id."""
    taken = select(Booth).where(Booth.fair_id == hall.fair_id, Booth.hall_id == hall.id, Booth.state.in_(TAKEN))
    standing = {booth.number.casefold(): booth for booth in db.session.scalars(taken)}
    moved = [
        (booth, zones.get(fold(place.zone)))
        for place in places
        if (booth := standing.get(place.number.casefold())) is not None and booth.zone_id != zones.get(fold(place.zone))
    ]
    for booth, zone_id in sorted(moved, key=lambda one: one[0].id):  # as holds lock them
        db.session.execute(
            update(Booth)
            .where(Booth.id == booth.id)
            .values(zone_id=zone_id, changed_at=now)
            .execution_options(synchronize_session=False)
        )
    return len(moved)


def add_zones(fair: Fair, hall: Hall, areas: list[dict[str, Any]], known: Mapping[str, int]) -> None:
    """Zones that only areas name; `known`: folded code → id of those that booths name."""
    codes = {fold(area["zone"]): area["zone"] for area in areas if fold(area["zone"]) not in known}
    for code in codes.values():
        db.session.add(Zone(fair_id=fair.id, hall_id=hall.id, code=code, name=code, name_en=code))
    if codes:
        db.session.flush()


def changed_background(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """added, changed, removed; empty where the picture lies as it lay."""
    if before == after:
        return ""
    return "changed" if before and after else "added" if after else "removed"
