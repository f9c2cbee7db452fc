"""A hall drawn as SVG: one unit is ten centimetres. Strings, not a template: 10,000 booths are drawn in a blink."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.booths.floorplan import HELD_BACK, booths_of_hall, groups_named, holders, is_held_back, shown_state, zones
from app.booths.group_models import PriceGroup
from app.booths.models import Booth, BoothState
from app.booths.plan_colours import PAINTED, Colouring, View, colouring
from app.booths.plan_floor_svg import floor_svg, zone_svg
from app.booths.plan_ground_svg import ground_svg
from app.booths.plan_pictures import shown_background
from app.booths.pricing import PriceTerms, price_terms
from app.fairs.models import Exhibitor, Fair, Hall
from app.formats import area, language, local_name
from app.kept import Kept

MARGIN = 14
CLASSES = {
    BoothState.FREE: "free",
    BoothState.HELD: "held",
    BoothState.RESERVED: "held",
    BoothState.LET: "let",
    BoothState.NOT_LET: "off",
    BoothState.SHOW: "show",
    HELD_BACK: "kept",
}
NUMBER_ROOM = 23.0  # units that a booth's number takes on its plate
_drawn: Kept["Drawing"] = Kept(96)


@dataclass(frozen=True)
class Look:
    """What one reader sees differently: own booths, chosen ones, and which booths a filter leaves bright."""

    mine: frozenset[str] = frozenset()
    picked: frozenset[str] = frozenset()
    key: str = ""
    shown: str = ""  # the booth whose card is open
    bright: Callable[[Booth, str], bool] | None = None
    view: View = View.STATE
    groups: frozenset[int] = frozenset()  # of which the reader is: what is held back for them is free
    page: str = ""  # where a booth leads in a new tab, "/fairs/x/plan?"; empty: to its card on this very page


@dataclass(frozen=True)
class Drawing:
    """A hall's plan, and by what its booths are coloured."""

    svg: Markup
    colouring: Colouring
    held_back: frozenset[str] = frozenset()  # "others", "own": for whom some of its booths are


def hall_drawing(fair: Fair, hall: Hall, now: datetime, version: str, look: Look) -> Drawing:
    """The hall's plan. Kept by everything that it depends on, so that a plan nobody changed is drawn once."""
    terms = price_terms(fair, now) if look.view == View.PRICE else None
    prices = terms.key(fair) if terms is not None else ()
    key = (hall.id, version, language(), look.mine, look.picked, look.key, look.view, look.page, prices, look.groups)
    return _drawn.get(key, lambda: _draw(fair, hall, now, look, terms))


def state_words() -> dict[str, str]:
    """A state's class on the plan in words, for labels and for the script that follows changes."""
    return {
        "free": _("free"),
        "held": _("held by someone else"),
        "let": _("let"),
        "off": _("not let"),
        "show": _("theme show"),
        "mine": _("yours"),
        "kept": _("held back for a group"),
    }


def _draw(fair: Fair, hall: Hall, now: datetime, look: Look, terms: PriceTerms | None) -> Drawing:
    booths = booths_of_hall(hall.id)
    names = holders(booth for booth in booths if booth.state == BoothState.LET)
    groups = groups_named(fair.id, booths, now)
    backs = {booth.id: groups[booth.held_back_group_id or 0] for booth in booths if is_held_back(booth, now)}
    colours = colouring(look.view, fair, hall, booths, names, now, terms)
    width, depth = hall.width_cm / 10, hall.depth_cm / 10
    words = state_words()
    zones_here = [zone for zone in zones(fair.id) if zone.hall_id == hall.id]
    background = shown_background(hall)
    picture = url_for("booths.plan_picture", picture_key=background["picture"]) if background else ""
    parts = [floor_svg(hall, width, depth, ground_svg(hall, zones_here, booths, picture))]
    parts += [zone_svg(zone) for zone in zones_here if zone.label_x_cm]
    parts += [
        _booth(hall, booth, shown_state(booth, now, look.groups), names, words, look, colours, backs.get(booth.id))
        for booth in booths
    ]
    box = f"{-MARGIN} {-MARGIN} {width + 2 * MARGIN:g} {depth + 2 * MARGIN + 24:g}"
    label = escape(_("Plan of %(hall)s", hall=local_name(hall)))
    paints = f' data-paints="{" ".join(sorted(PAINTED[look.view]))}"' if look.view != View.STATE else ""
    svg = Markup(  # noqa: S704  every word in it was escaped where it was put in
        f'<svg id="hall" class="hall" viewBox="{box}" preserveAspectRatio="xMidYMid" role="group" aria-label="{label}" '
        f'data-width="{width + 2 * MARGIN:g}"{paints}>{"".join(parts)}<g id="marks" aria-hidden="true"></g></svg>'
    )
    return Drawing(svg, colours, frozenset("own" if one.id in look.groups else "others" for one in backs.values()))


def _booth(
    hall: Hall,
    booth: Booth,
    state: str,
    names: dict[int, Exhibitor],
    words: dict[str, str],
    look: Look,
    colours: Colouring,
    back: PriceGroup | None,
) -> str:
    x, y, w, h = booth.x_cm / 10, booth.y_cm / 10, booth.width_cm / 10, booth.depth_cm / 10
    mine = booth.number in look.mine
    shape = "mine" if mine else CLASSES[state]
    holder = names.get(booth.exhibitor_id or 0) if state == BoothState.LET else None
    said = words[shape]
    if holder is not None:
        said = f"{said}: {local_name(holder)}"
    if back is not None and shape in ("free", "kept"):
        held_back = _("held back for %(group)s", group=local_name(back))
        said = held_back if shape == "kept" else f"{said}, {held_back}"
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
    tone = mark = ""
    if colours.of and booth.id in colours.of:
        group = colours.of[booth.id]
        if shape in PAINTED[look.view]:
            tone, fill = f" in {group.tone}", ""
            said = f"{said}, {group.mark if look.view == View.ZONE else ''} {group.words}".replace(",  ", ", ")
            if shape in ("held", "let"):
                mark = (
                    f'<rect class="o" x="{x + 0.8:g}" y="{y + 0.8:g}" width="{w - 1.6:g}" height="{h - 1.6:g}" '
                    f'fill="url(#o-{shape})"/>'
                )
        else:
            tone = f" {group.tone}"
        text += f'<text class="mk" x="{x + 3:g}" y="{y + 9:g}">{escape(group.mark)}</text>'
    if back is not None and back.id in look.groups:
        text += f'<path class="ours" d="M{x + w - 0.8:g} {y + 0.8:g}v9l-9-9z"/>'
    kept = " data-kept" if back is not None and back.id not in look.groups else ""  # free again, it is still not
    return (
        f'<a class="b {shape}{dim}{here}{tone}" id="b-{number}" {_leads(hall, booth, state, look)} '
        f'data-n="{number}" data-at="{x:g} {y:g} {w:g} {h:g}"{kept}'
        f'{picked} aria-label="{number}, {escape(said)}, {area(booth.area_m2)}">'
        f'<rect class="f" x="{x + 0.8:g}" y="{y + 0.8:g}" width="{w - 1.6:g}" height="{h - 1.6:g}"{fill}/>'
        f"{mark}{frame}{text}</a>"
    )


def _leads(hall: Hall, booth: Booth, state: str, look: Look) -> str:
    if look.page:
        return f'href="{escape(look.page)}booth={quote(booth.number)}" target="_blank" rel="noopener"'
    return f'role="button" href="{_href(hall, booth, state, look)}"'


def _href(hall: Hall, booth: Booth, state: str, look: Look) -> str:
    """Where a touch leads while no script runs (yet): this booth is chosen besides the others, or let go again."""
    view = f"&amp;view={look.view}" if look.view != View.STATE else ""
    if not look.picked or state != BoothState.FREE:
        return f"?booth={quote(booth.number)}{view}"
    return f"?hall={quote(hall.code)}&amp;pick={quote(','.join(sorted(look.picked ^ {booth.number})))}{view}"


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
    if shape in ("held", "off", "show", "kept"):
        plate_w = max(NUMBER_ROOM, len(name) * 4.9 + 8) if shown else NUMBER_ROOM
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
