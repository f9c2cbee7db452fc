"""What lies under a plan's walls and booths, as SVG: the background picture, and the zones' areas with their names.

An area is a tint with a dashed edge, alike for every zone: its name tells it, and colours are left to the booths.
"""

from collections.abc import Iterable
from typing import Any

from markupsafe import escape

from app.booths.area_geometry import Box, Corners, Taken, encloses, room_for
from app.booths.models import Booth
from app.fairs.models import Hall, Zone
from app.formats import local_name
from app.search import fold

LETTER_CM, LINE_CM = 62, 150  # how wide a letter of an area's name is, and how high its line
REACH_CM = 320  # a zone's own name in the aisle beside an area names it
CODE_CM, NAME_CM, UP_CM, DOWN_CM = 100, 400, 170, 270  # what the zone's own name covers


def ground_svg(hall: Hall, zones: Iterable[Zone], booths: Iterable[Booth], picture: str) -> str:
    """For `floor_svg`; `picture` is the address of the background picture, empty where it is not shown."""
    return (_picture(hall, picture) if picture and hall.background else "") + _areas(hall, list(zones), booths)


def _picture(hall: Hall, address: str) -> str:
    """Within the hall's walls, whatever else is on it."""
    lies: dict[str, Any] = hall.background or {}
    x, y, width, depth = (lies[name] / 10 for name in ("x_cm", "y_cm", "width_cm", "depth_cm"))
    return (
        f'<clipPath id="within"><rect x="0" y="0" width="{hall.width_cm / 10:g}" height="{hall.depth_cm / 10:g}"/>'
        f'</clipPath><g clip-path="url(#within)"><image class="backdrop" x="{x:g}" y="{y:g}" width="{width:g}" '
        f'height="{depth:g}" preserveAspectRatio="none" opacity="{lies["opacity"] / 100:g}" '
        f'href="{escape(address)}"/></g>'
    )


def _areas(hall: Hall, zones: list[Zone], booths: Iterable[Booth]) -> str:
    if not hall.areas:
        return ""
    named = {fold(zone.code): zone for zone in zones}
    shapes, names, taken = "", "", _taken(hall, zones, booths)
    for area in hall.areas:
        zone = named.get(fold(area["zone"]))
        name = local_name(zone) if zone is not None and zone.name != zone.code else ""
        said = " · ".join(part for part in (area["zone"], name) if part)
        path = "M" + "L".join(f"{x / 10:g} {y / 10:g}" for x, y in area["corners"]) + "z"
        shapes += f'<path class="area" d="{path}"><title>{escape(said)}</title></path>'
        if zone is None or not zone.label_x_cm or not _is_beside(area["corners"], zone):
            names += _name(area["corners"], said, taken)
    return shapes + names


def _taken(hall: Hall, zones: list[Zone], booths: Iterable[Booth]) -> Taken:
    """Booths, what else stands in the hall, and the zones' own names."""
    pieces = [one for one in hall.features if "x_cm" in one and "width_cm" in one]
    return Taken(
        [(b.x_cm, b.y_cm, b.x_cm + b.width_cm, b.y_cm + b.depth_cm) for b in booths]
        + [(p["x_cm"], p["y_cm"], p["x_cm"] + p["width_cm"], p["y_cm"] + p["depth_cm"]) for p in pieces]
        + [_own_name(zone) for zone in zones if zone.label_x_cm]
    )


def _own_name(zone: Zone) -> Box:
    """What the letter and the name of a zone cover in its aisle."""
    half = NAME_CM if zone.name != zone.code else CODE_CM
    return zone.label_x_cm - half, zone.label_y_cm - UP_CM, zone.label_x_cm + half, zone.label_y_cm + DOWN_CM


def _is_beside(corners: Corners, zone: Zone) -> bool:
    x, y = zone.label_x_cm, zone.label_y_cm
    return any(encloses(corners, x, at) for at in (y, y - REACH_CM, y + REACH_CM))


def _name(corners: Corners, said: str, taken: Taken) -> str:
    """Where there is room; booths and other names are never written over."""
    for words in (said, said.split(" · ")[0]):
        width = len(words) * LETTER_CM + 40
        place = room_for(corners, width, LINE_CM, taken)
        if place is not None:
            x, y = place
            taken.put((x, y, x + width, y + LINE_CM))
            return f'<text class="zone-name" x="{(x + width / 2) / 10:g}" y="{(y + 115) / 10:g}">{escape(words)}</text>'
    return ""
