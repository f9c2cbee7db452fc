"""A hall drawn as SVG: one unit is ten centimetres. Strings, not a template: 10,000 booths are drawn in a blink."""

import textwrap
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.booths.floorplan import booths_of_hall, holders, state_now, zones
from app.booths.models import Booth, BoothState
from app.fairs.models import Exhibitor, Fair, Hall, Zone
from app.formats import area, language, local_name

MARGIN = 14
CLASSES = {
    BoothState.FREE: "free",
    BoothState.HELD: "held",
    BoothState.RESERVED: "held",
    BoothState.LET: "let",
    BoothState.NOT_LET: "off",
    BoothState.SHOW: "show",
}
KEPT = 96
ZONE_LETTERS = 15
_drawn: OrderedDict[tuple[object, ...], Markup] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Look:
    """What one reader sees differently: own booths, chosen ones, and which booths a filter leaves bright."""

    mine: frozenset[str] = frozenset()
    picked: frozenset[str] = frozenset()
    key: str = ""
    shown: str = ""  # the booth whose card is open
    bright: Callable[[Booth, BoothState], bool] | None = None


def hall_svg(fair: Fair, hall: Hall, now: datetime, version: str, look: Look) -> Markup:
    """The hall's plan. Kept by everything that it depends on, so that a plan nobody changed is drawn once."""
    key = (hall.id, version, language(), look.mine, look.picked, look.key)
    with _lock:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    svg = _draw(fair, hall, now, look)
    with _lock:
        _drawn[key] = svg
        while len(_drawn) > KEPT:
            _drawn.popitem(last=False)
    return svg


def state_words() -> dict[str, str]:
    """A state's class on the plan in words, for labels and for the script that follows changes."""
    return {
        "free": _("free"),
        "held": _("held by someone else"),
        "let": _("let"),
        "off": _("not let"),
        "show": _("theme show"),
        "mine": _("yours"),
    }


def _draw(fair: Fair, hall: Hall, now: datetime, look: Look) -> Markup:
    booths = booths_of_hall(hall.id)
    names = holders(booth for booth in booths if booth.state == BoothState.LET)
    width, depth = hall.width_cm / 10, hall.depth_cm / 10
    words = state_words()
    parts = [_floor(hall, width, depth)]
    parts += [_zone(zone) for zone in zones(fair.id) if zone.hall_id == hall.id and zone.label_x_cm]
    parts += [_booth(hall, booth, state_now(booth, now), names, words, look) for booth in booths]
    box = f"{-MARGIN} {-MARGIN} {width + 2 * MARGIN:g} {depth + 2 * MARGIN + 24:g}"
    label = escape(_("Plan of %(hall)s", hall=local_name(hall)))
    return Markup(  # noqa: S704  every word in it was escaped where it was put in
        f'<svg id="hall" class="hall" viewBox="{box}" preserveAspectRatio="xMidYMid" role="group" aria-label="{label}" '
        f'data-width="{width + 2 * MARGIN:g}">{"".join(parts)}<g id="marks" aria-hidden="true"></g></svg>'
    )


def _booth(
    hall: Hall, booth: Booth, state: BoothState, names: dict[int, Exhibitor], words: dict[str, str], look: Look
) -> str:
    x, y, w, h = booth.x_cm / 10, booth.y_cm / 10, booth.width_cm / 10, booth.depth_cm / 10
    mine = booth.number in look.mine
    shape = "mine" if mine else CLASSES[state]
    holder = names.get(booth.exhibitor_id or 0) if state == BoothState.LET else None
    said = words[shape]
    if holder is not None:
        said = f"{said}: {local_name(holder)}"
    if booth.name:
        said = f"{said}, {local_name(booth)}"
    dim = " dim" if look.bright is not None and not look.bright(booth, state) else ""
    picked = ' aria-pressed="true"' if booth.number in look.picked else ""
    here = " here" if booth.number == look.shown else ""
    fill = "" if shape in ("free", "mine") else f' fill="url(#s-{shape})"'
    frame = (
        f'<rect class="frame" x="{x + 3.6:g}" y="{y + 3.6:g}" width="{w - 7.2:g}" height="{h - 7.2:g}"/>'
        if mine
        else ""
    )
    number = escape(booth.number)
    text = _text(booth, shape, x, y, w, h, holder)
    return (
        f'<a class="b {shape}{dim}{here}" id="b-{number}" role="button" href="{_href(hall, booth, state, look)}" '
        f'data-n="{number}" data-at="{x:g} {y:g} {w:g} {h:g}"'
        f'{picked} aria-label="{number}, {escape(said)}, {area(booth.area_m2)}">'
        f'<rect class="f" x="{x + 0.8:g}" y="{y + 0.8:g}" width="{w - 1.6:g}" height="{h - 1.6:g}"{fill}/>'
        f"{frame}{text}</a>"
    )


def _href(hall: Hall, booth: Booth, state: BoothState, look: Look) -> str:
    """Where a touch leads while no script runs (yet): this booth is chosen besides the others, or let go again."""
    if not look.picked or state != BoothState.FREE:
        return f"?booth={quote(booth.number)}"
    return f"?hall={quote(hall.code)}&amp;pick={quote(','.join(sorted(look.picked ^ {booth.number})))}"


def _text(booth: Booth, shape: str, x: float, y: float, w: float, h: float, holder: Exhibitor | None) -> str:
    """The number, on a plate where the pattern would spoil it; below it a name where there is room."""
    name = local_name(booth) if booth.name else ""
    if not name and holder is not None and w >= 54:
        name = local_name(holder, "name")
    middle_x, middle_y = x + w / 2, y + h / 2
    shown = shape == "show" or (name and w >= 54)
    fits = len(name) * 4.7 < w - 6 or (shape == "show" and w >= 54)
    name = name if fits else name[: int((w - 10) / 4.7)].rstrip() + "…"
    plate = ""
    if shape in ("held", "off", "show"):
        plate_w = max(23.0, len(name) * 4.9 + 8) if shown else 23.0
        plate_h = 26 if shown else 13
        plate_w = min(plate_w, w - 3)
        plate = (
            f'<rect class="plate" x="{middle_x - plate_w / 2:g}" y="{middle_y - plate_h / 2:g}" '
            f'width="{plate_w:g}" height="{plate_h:g}"/>'
        )
    base = middle_y - 1 if shown else middle_y + 3.2
    number = escape("" if shape == "show" else booth.number)
    lines = f'<text class="no" x="{middle_x:g}" y="{base:g}">{number}</text>'
    if shown:
        lines += (
            f'<text class="nm" x="{middle_x:g}" y="{middle_y + (3 if shape == "show" else 10):g}">{escape(name)}</text>'
        )
    return plate + lines


def _zone(zone: Zone) -> str:
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


def _floor(hall: Hall, width: float, depth: float) -> str:
    """The floor, its walls with their openings, and what stands on it that is no booth."""
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
    return "".join(parts[:1]) + f'<path class="wall" d="{"".join(walls)}"/>' + "".join(parts[1:])


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
