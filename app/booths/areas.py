"""Areas of a hall that belong to zones: judged without a database, told apart, and what lies in them.

An area: {"zone": a zone's code, "corners": [[x_cm, y_cm], …]}; a zone may have several.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.booths.area_geometry import area_m2, box_of, crosses_itself, encloses, share_floor
from app.i18n_marks import N_
from app.search import fold

Area = dict[str, Any]
LEAST_M2 = 1
MOST_AREAS, MOST_CORNERS = 200, 60
NO_ZONE = N_("Say which zone this area belongs to.")
ZONE_ELSEWHERE = N_("Zone %(zone)s is in another hall.")
CROSSES = N_("The edges of this area cross or touch each other: move a corner.")
SMALL = N_("An area measures 1 m² at least.")
OUTSIDE = N_("It stands beyond the hall's walls.")
OVERLAPS = N_("It lies on an area of zone %(zone)s. Areas of two zones share no floor.")


@dataclass(frozen=True)
class AreaFault:
    """What is wrong with an area (counted from 0), in an English msgid with its values."""

    area: int
    message: str
    params: dict[str, Any] = field(default_factory=dict)


def area_faults(
    areas: list[Area], width_cm: int, depth_cm: int, hall: str, zones: Mapping[str, str]
) -> list[AreaFault]:
    """Everything wrong with a hall's areas. `zones`: folded code → the key of its hall; one that is new is in none."""
    found: list[AreaFault] = []
    sound: list[int] = []
    for n, area in enumerate(areas):
        left, top, right, bottom = box_of(area["corners"])
        if not fold(area["zone"]):
            found.append(AreaFault(n, NO_ZONE))
        elif zones.get(fold(area["zone"]), hall) != hall:
            found.append(AreaFault(n, ZONE_ELSEWHERE, {"zone": area["zone"]}))
        if left < 0 or top < 0 or right > width_cm or bottom > depth_cm:
            found.append(AreaFault(n, OUTSIDE))
        if crosses_itself(area["corners"]):
            found.append(AreaFault(n, CROSSES))
        elif area_m2(area["corners"]) < LEAST_M2:
            found.append(AreaFault(n, SMALL))
        else:
            sound.append(n)
    for n in sound:
        mine = fold(areas[n]["zone"])
        others = (m for m in sound if m != n and fold(areas[m]["zone"]) != mine)
        met = next((m for m in others if share_floor(areas[n]["corners"], areas[m]["corners"])), None)
        if met is not None:
            found.append(AreaFault(n, OVERLAPS, {"zone": areas[met]["zone"] or "–"}))
    return sorted(found, key=lambda fault: fault.area)


class Floor:
    """A hall's areas, to be asked for many places: each is looked at only where its box is."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self.areas = [(box_of(area["corners"]), area) for area in areas if area["zone"]]

    def zone_at(self, x_cm: float, y_cm: float) -> str:
        """The code of the zone in whose area a place lies; empty for one in none."""
        for (left, top, right, bottom), area in self.areas:
            if left <= x_cm <= right and top <= y_cm <= bottom and encloses(area["corners"], x_cm, y_cm):
                return str(area["zone"])
        return ""


def differing_zones(before: list[Area], after: list[Area]) -> list[str]:
    """Codes of the zones whose areas are others than before."""

    def shapes(areas: list[Area], code: str) -> list[Any]:
        return sorted(list(map(list, area["corners"])) for area in areas if area["zone"] == code)

    codes = sorted({area["zone"] for area in (*before, *after)})
    return [code for code in codes if shapes(before, code) != shapes(after, code)]
