"""A hall's plan for paper: floor, patterns and classes of the page's drawing, no links, names where they fit."""

from collections.abc import Callable
from datetime import datetime

from markupsafe import Markup, escape

from app.booths.floorplan import shown_state
from app.booths.models import Booth, BoothState
from app.booths.plan_colours import PAINTED, Colouring
from app.booths.plan_floor_svg import floor_svg, zone_svg
from app.booths.plan_ground_svg import ground_svg
from app.booths.plan_sheet import Sheet, text_width
from app.booths.plan_svg import CLASSES, MARGIN
from app.fairs.models import Exhibitor, Hall, Zone
from app.formats import local_name

UNDER_MARGIN = 24  # room for the entrances' names
LINE = 1.2
WIDE, MARK_ROOM = 45.0, 8.0
NUMBER, LARGEST_NUMBER = 9.0, 14.0  # type of a number; larger where paper makes it too small, and there is room
LARGEST, LARGEST_SHOW = 6.0, 9.0  # type of a company's name; of a show's or a province's
GROUNDS = {
    "let": "#4C6699",
    "held": "#FFF3D2",
    "off": "#C9C7BD",
    "show": "#DDECE4",
    "kept": "#E3E9F3",
}  # no seam between a pattern's tiles


def paper_units(hall: Hall) -> tuple[float, float]:
    """How wide and deep the drawing is, in its units of ten centimetres."""
    return hall.width_cm / 10 + 2 * MARGIN, hall.depth_cm / 10 + 2 * MARGIN + UNDER_MARGIN


def paper_svg(
    hall: Hall,
    booths: list[Booth],
    floor_zones: list[Zone],
    holders: dict[int, Exhibitor],
    colours: Colouring,
    sheet: Sheet,
    price: Callable[[Booth], str],
    now: datetime,
    picture: str = "",
) -> Markup:
    """The inside of an `<svg>` of `paper_units`.

    `price` says what a free booth costs, or nothing; `picture` is the background picture's address, if it is shown.
    """
    parts = [floor_svg(hall, hall.width_cm / 10, hall.depth_cm / 10, ground_svg(hall, floor_zones, booths, picture))]
    parts += [zone_svg(zone) for zone in floor_zones if zone.label_x_cm]
    for booth in booths:
        state = shown_state(booth, now)
        holder = holders.get(booth.exhibitor_id or 0) if state == BoothState.LET else None
        name = local_name(booth) if booth.name else local_name(holder) if holder is not None else ""
        said = name or (price(booth) if state == BoothState.FREE else "")
        parts.append(_booth(booth, CLASSES[state], said, colours, sheet))
    return Markup("".join(parts))  # noqa: S704  every word in it was escaped where it was put in


def _booth(booth: Booth, shape: str, name: str, colours: Colouring, sheet: Sheet) -> str:
    x, y, w, h = booth.x_cm / 10, booth.y_cm / 10, booth.width_cm / 10, booth.depth_cm / 10
    group = colours.of.get(booth.id)
    painted = group is not None and shape in PAINTED[colours.view]
    place = f'x="{x + 0.8:g}" y="{y + 0.8:g}" width="{w - 1.6:g}" height="{h - 1.6:g}"'
    fill = "" if shape == "free" or painted else f' fill="url(#s-{shape})"'
    ground = f'<rect {place} fill="{GROUNDS[shape]}"/>' if fill and shape in GROUNDS else ""
    drawn = f'{ground}<rect class="f" {place}{fill}/>'
    if painted and shape in ("held", "let"):
        drawn += f'<rect class="o" {place} fill="url(#o-{shape})"/>'
    middle = x + w / 2
    number = "" if shape == "show" else booth.number
    largest = LARGEST_SHOW if booth.name else LARGEST
    size_no = min(max(NUMBER, sheet.number_least), LARGEST_NUMBER, max((w - 3) / text_width(number or "0"), 1))
    room_no = size_no if number else 0.0
    above = MARK_ROOM if painted and w < WIDE else 0.0  # in a narrow booth the mark stands over the number
    size, lines = fitted(name, w - 3, h - above - room_no - 3, sheet.name_least, largest)
    block = len(lines) * size * LINE + room_no
    top = y + (above if lines else 0) + (h - (above if lines else 0) - block) / 2
    if shape in ("held", "off", "show", "kept"):
        widest = max((text_width(line) * size for line in lines), default=0)
        plate = min(max(widest, text_width(number) * size_no) + 3, w - 3)
        deep = block + 2
        drawn += f'<rect class="plate" x="{middle - plate / 2:g}" y="{top - 1:g}" width="{plate:g}" height="{deep:g}"/>'
    if number:
        drawn += (
            f'<text class="no" font-size="{size_no:.2f}" x="{middle:g}" y="{top + size_no * 0.86:.2f}">'
            f"{escape(number)}</text>"
        )
        top += room_no
    drawn += "".join(
        f'<text class="nm" font-size="{size:g}" x="{middle:g}" y="{top + size * (LINE * n + 0.95):.2f}">'
        f"{escape(line)}</text>"
        for n, line in enumerate(lines)
    )
    if painted and group is not None:
        drawn += f'<text class="mk" x="{x + 2.6:g}" y="{y + 7.6:g}">{escape(group.mark)}</text>'
    return f'<g class="b {shape}{f" in {group.tone}" if painted and group else ""}">{drawn}</g>'


def fitted(name: str, width: float, height: float, least: float, largest: float) -> tuple[float, list[str]]:
    """The largest type, in units, in which a name fits on lines of whole words, and those lines; none where none is."""
    size = largest
    while name and size >= least:
        lines = _wrapped(name, width / size)
        if lines and len(lines) * size * LINE <= height:
            return size, lines
        size -= 0.25
    return 0.0, []


def _wrapped(name: str, width: float) -> list[str]:
    """Lines no wider than `width`, in heights of the type; none where a word is wider than that."""
    lines: list[str] = []
    for word in name.split(" "):
        if text_width(word) > width:
            return []
        if lines and text_width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
