"""A hall drawn as SVG: one unit is ten centimetres. Strings, not a template: 10,000 booths are drawn in a blink."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import quote

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.booths.floorplan import booths_of_hall, holders, state_now, zones
from app.booths.models import Booth, BoothState
from app.booths.plan_booth_svg import FRAME, floor_of, words_at
from app.booths.plan_colours import PAINTED, Colouring, View, colouring
from app.booths.plan_floor_svg import floor_svg, zone_svg
from app.booths.pricing import PriceTerms, price_terms
from app.fairs.models import Exhibitor, Fair, Hall
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
NUMBER_ROOM = 23.0  # units that a booth's number takes on its plate
_drawn: OrderedDict[tuple[object, ...], "Drawing"] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Look:
    """What one reader sees differently: own booths, chosen ones, and which booths a filter leaves bright."""

    mine: frozenset[str] = frozenset()
    picked: frozenset[str] = frozenset()
    key: str = ""
    shown: str = ""  # the booth whose card is open
    bright: Callable[[Booth, BoothState], bool] | None = None
    view: View = View.STATE
    page: str = ""  # where a booth leads in a new tab, "/fairs/x/plan?"; empty: to its card on this very page


@dataclass(frozen=True)
class Drawing:
    """A hall's plan, and by what its booths are coloured."""

    svg: Markup
    colouring: Colouring


def hall_drawing(fair: Fair, hall: Hall, now: datetime, version: str, look: Look) -> Drawing:
    """The hall's plan. Kept by everything that it depends on, so that a plan nobody changed is drawn once."""
    terms = price_terms(fair, now) if look.view == View.PRICE else None
    prices = terms.key(fair) if terms is not None else ()
    key = (hall.id, version, language(), look.mine, look.picked, look.key, look.view, look.page, prices)
    with _lock:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    drawing = _draw(fair, hall, now, look, terms)
    with _lock:
        _drawn[key] = drawing
        while len(_drawn) > KEPT:
            _drawn.popitem(last=False)
    return drawing


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


def _draw(fair: Fair, hall: Hall, now: datetime, look: Look, terms: PriceTerms | None) -> Drawing:
    booths = booths_of_hall(hall.id)
    names = holders(booth for booth in booths if booth.state == BoothState.LET)
    colours = colouring(look.view, fair, hall, booths, names, now, terms)
    width, depth = hall.width_cm / 10, hall.depth_cm / 10
    words = state_words()
    parts = [floor_svg(hall, width, depth)]
    parts += [zone_svg(zone) for zone in zones(fair.id) if zone.hall_id == hall.id and zone.label_x_cm]
    parts += [_booth(hall, booth, state_now(booth, now), names, words, look, colours) for booth in booths]
    box = f"{-MARGIN} {-MARGIN} {width + 2 * MARGIN:g} {depth + 2 * MARGIN + 24:g}"
    label = escape(_("Plan of %(hall)s", hall=local_name(hall)))
    paints = f' data-paints="{" ".join(sorted(PAINTED[look.view]))}"' if look.view != View.STATE else ""
    svg = Markup(  # noqa: S704  every word in it was escaped where it was put in
        f'<svg id="hall" class="hall" viewBox="{box}" preserveAspectRatio="xMidYMid" role="group" aria-label="{label}" '
        f'data-width="{width + 2 * MARGIN:g}"{paints}>{"".join(parts)}<g id="marks" aria-hidden="true"></g></svg>'
    )
    return Drawing(svg, colours)


def _booth(
    hall: Hall,
    booth: Booth,
    state: BoothState,
    names: dict[int, Exhibitor],
    words: dict[str, str],
    look: Look,
    colours: Colouring,
) -> str:
    x, y, w, h = words_at(booth)
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
    frame = floor_of(booth, "frame", within=FRAME) if mine else ""
    number = escape(booth.number)
    text = _text(booth, shape, x, y, w, h, holder)
    tone = mark = ""
    if colours.of and booth.id in colours.of:
        group = colours.of[booth.id]
        if shape in PAINTED[look.view]:
            tone, fill = f" in {group.tone}", ""
            said = f"{said}, {group.mark if look.view == View.ZONE else ''} {group.words}".replace(",  ", ", ")
            if shape in ("held", "let"):
                mark = floor_of(booth, "o", f' fill="url(#o-{shape})"')
        else:
            tone = f" {group.tone}"
        text += f'<text class="mk" x="{x + 3:g}" y="{y + 9:g}">{escape(group.mark)}</text>'
    return (
        f'<a class="b {shape}{dim}{here}{tone}" id="b-{number}" {_leads(hall, booth, state, look)} '
        f'data-n="{number}" data-at="{x:g} {y:g} {w:g} {h:g}"'
        f'{picked} aria-label="{number}, {escape(said)}, {area(booth.area_m2)}">'
        f"{floor_of(booth, 'f', fill)}{mark}{frame}{text}</a>"
    )


def _leads(hall: Hall, booth: Booth, state: BoothState, look: Look) -> str:
    if look.page:
        return f'href="{escape(look.page)}booth={quote(booth.number)}" target="_blank" rel="noopener"'
    return f'role="button" href="{_href(hall, booth, state, look)}"'


def _href(hall: Hall, booth: Booth, state: BoothState, look: Look) -> str:
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
    if shape in ("held", "off", "show"):
        plate_w = max(NUMBER_ROOM, len(name) * 4.9 + 8) if shown else NUMBER_ROOM
        plate_h = 26 if shown else 13
        plate_w = max(0, min(plate_w, w - 3))
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
