"""The ground under the booths as SVG: floor, walls with their openings, pillars and stages, zones and their names."""

import textwrap
from collections.abc import Callable, Collection
from typing import Any

from markupsafe import escape

from app.fairs.models import Hall, Zone
from app.formats import local_name

ZONE_LETTERS = 15


def zone_svg(zone: Zone) -> str:
    """Letter and name in the aisle; a long name goes on two lines, for the next row is near."""
    x, y = zone.label_x_cm / 10, zone.label_y_cm / 10
    name = local_name(zone) if zone.name != zone.code else ""  # a letter that nobody has named yet
    lines = [name] if len(name) <= ZONE_LETTERS else textwrap.wrap(name, ZONE_LETTERS)[:2]
    y -= 4 * (len(lines) - 1)
    words = "".join(
        f'<text class="zone-name" x="{x:g}" y="{y + 13 + 11 * n:g}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    return f'<text class="zone" x="{x:g}" y="{y - 2:g}">{escape(zone.code)}</text>{words}'


def floor_svg(hall: Hall, width: float, depth: float, ground: str = "") -> str:
    """The floor, its walls with their openings, and what stands on it that is no booth; `ground` lies under those."""
    parts = [f'<rect class="floor" x="0" y="0" width="{width:g}" height="{depth:g}"/>']
    gaps: dict[str, list[tuple[float, float]]] = {"north": [], "south": [], "west": [], "east": []}
    for feature in hall.features:
        name = escape(local_name(feature))
        if feature["kind"] == "entrance":
            at, opening = feature["at_cm"] / 10, feature["width_cm"] / 10
            gaps[feature.get("side", "south")].append((at - opening / 2, at + opening / 2))
            parts.append(_entrance(feature.get("side", "south"), at, width, depth, str(name)))
        else:
            parts.append(_piece(feature, str(name)))
    walls = [
        _wall(gaps["north"], width, lambda a, b: f"M{a:g} 0H{b:g}"),
        _wall(gaps["south"], width, lambda a, b: f"M{a:g} {depth:g}H{b:g}"),
        _wall(gaps["west"], depth, lambda a, b: f"M0 {a:g}V{b:g}"),
        _wall(gaps["east"], depth, lambda a, b: f"M{width:g} {a:g}V{b:g}"),
    ]
    return parts[0] + ground + f'<path class="wall" d="{"".join(walls)}"/>' + "".join(parts[1:])


def _piece(feature: dict[str, Any], name: str) -> str:
    """Pillars, walls, exits; what people look for by its name has it written: texts, stages, toilets."""
    x, y, w, h = (feature.get(key, 0) / 10 for key in ("x_cm", "y_cm", "width_cm", "depth_cm"))
    said = f'<text class="nm-floor" x="{x + w / 2:g}" y="{y + (h / 2 + 3.5 if h else 0):g}">{name}</text>'
    if feature["kind"] == "text":
        return said
    box = (
        f'<rect class="feature is-{escape(feature["kind"])}" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}">'
        f"<title>{name}</title></rect>"
    )
    return box + said if feature["kind"] in ("stage", "wc") else box


def _wall(gaps: Collection[tuple[float, float]], length: float, draw: Callable[[float, float], str]) -> str:
    path, at = "", 0.0
    for start, end in sorted(gaps):
        path += draw(at, start)
        at = end
    return path + draw(at, length)


def _entrance(side: str, at: float, width: float, depth: float, name: str) -> str:
    if side in ("north", "south"):
        y = depth if side == "south" else 0
        tip, foot, text_y = (y + 3, y + 13, y + 26) if side == "south" else (y - 3, y - 13, y - 16)
        return (
            f'<path class="door" d="M{at - 7:g} {foot:g}L{at:g} {tip:g}L{at + 7:g} {foot:g}z"/>'
            f'<text class="door-name" x="{at:g}" y="{text_y:g}">{name}</text>'
        )
    x, sign = (0.0, -1) if side == "west" else (width, 1)
    return (
        f'<path class="door" d="M{x + sign * 13:g} {at - 7:g}L{x + sign * 3:g} {at:g}L{x + sign * 13:g} {at + 7:g}z"/>'
    )
