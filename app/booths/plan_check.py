"""A plan from a table, judged row by row before anything is written. No database here: what stands already is told."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from app.booths.models import BoothState
from app.booths.outline import Outline, shaped
from app.booths.plan_file import BOX, ROW, SHAPE, Raw
from app.booths.plan_geometry import Floor, Place, complete_sides
from app.booths.plan_lengths import shape_fault, shape_in
from app.i18n_marks import N_
from app.money import NotMoney, parse_money
from app.search import fold

# What a kind or a state may be called, folded; the first two are what we write, in English and in Vietnamese.
KINDS = {
    "row": (
        "row",
        "thuong",
        "gian thuong",
        "hang",
        "day",
        "chuan",
        "gian chuan",
        "tieu chuan",
        "gian tieu chuan",
        "standard",
    ),
    "corner": ("corner", "goc", "gian goc"),
    "island": ("island", "dao", "gian dao"),
    "pavilion": ("pavilion", "khu tinh", "gian tinh"),
    "show": ("show", "trung bay", "theme show", "trinh dien", "trung bay chu de"),
}
STATES = {
    BoothState.FREE: ("free", "con trong", "trong", "", "cho thue"),
    BoothState.NOT_LET: ("not let", "khong cho thue", "not_let", "blocked", "khoa", "da khoa", "giu lai"),
    BoothState.SHOW: ("show", "trung bay"),
}
NUMBER = re.compile(r"[^\W_][\w.-]{0,11}")  # it stands in addresses
MOST_NEW_HALLS, MOST_NEW_ZONES, HALL_MARGIN_CM = 20, 300, 400

NO_NUMBER = N_("Give the booth a number.")
BAD_NUMBER = N_("A number has at most 12 letters, digits, dots and hyphens, without spaces.")
TWICE = N_("Row %(other)s has this number too.")
TWICE_DRAWN = N_("Element %(other)s has this number too.")
ALSO = N_("Another booth of this hall has this number too.")
IN_OTHER_HALL = N_("Booth %(number)s stands in another hall.")
NO_HALL = N_("Name the hall.")
LONG_HALL = N_("A hall's name has at most 80 characters.")
MANY_HALLS = N_("A table brings at most %(most)s new halls: is the hall's column right?")
MANY_ZONES = N_("A table brings at most %(most)s new zones: is the zone's column right?")
OUTSIDE = N_("It stands outside the hall, which measures %(width)s × %(depth)s m.")
OVERLAPS = N_("It overlaps with %(other)s.")
NO_KIND = N_("Kinds are row, corner, island, pavilion and show.")
NO_SIDES = N_("Open sides are 1, 2, 3 or 4.")
NO_STATE = N_("States are free, not let and show; holds and lettings come from bookings.")
LONG_ZONE = N_("A zone's code has at most 12 characters; its name stands in a column of its own.")
ZONE_ELSEWHERE = N_("Zone %(zone)s is in another hall.")
NO_PRICE = N_("Write the price before VAT in %(currency)s, or leave it empty: the list price is taken.")
UNREAD_BECAUSE = "!"  # of a drawing's element without an outline: a key of what follows
UNREAD = {
    "open": N_("It is an open line. Close it in the drawing, or type the booth's place and size here."),
    "area": N_("It has no area. Draw it anew, or type the booth's place and size here."),
    "outline": N_(
        "It has no outline that can be read. Draw it as a rectangle or closed line, or type its place and size here."
    ),
    "parts": N_("It has several outlines, or a hole. Draw one closed line a booth, or type its place and size here."),
    "copy": N_("It is a linked copy. Unlink it in the drawing program, or type the booth's place and size here."),
    "corners": N_("It has more than 200 corners. Draw it simpler, or type the booth's place and size here."),
}
KEPT = N_("%(number)s is held or let: it stays as it is. Leave this row out, or take over its place and size.")


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row (counted from 0), at which column, in an English msgid with its values."""

    row: int
    column: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """A booth that is on the plan already. `kept`: somebody holds or has it, or had it."""

    number: str
    hall: str  # folded name
    x_cm: int
    y_cm: int
    width_cm: int
    depth_cm: int
    kept: bool
    outline: Outline = ()


@dataclass(frozen=True)
class Ground:
    """What the plan holds already: halls by folded code and name, booths by folded number, zones by folded code."""

    halls: dict[str, tuple[str, int, int]] = field(default_factory=dict)  # → (folded name, width, depth in cm)
    booths: dict[str, Standing] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)  # → its hall's folded name
    currency: str = "VND"
    unit: str = "m"  # of lengths that name none

    def hall_of(self, place: Place) -> str:
        """The folded name of its hall, which the table may call by its code."""
        known = self.halls.get(fold(place.hall))
        return known[0] if known else fold(place.hall)


@dataclass
class Checked:
    """The rows that could be read, and every fault of every row, in the order of the rows."""

    places: list[Place]
    faults: list[Fault]

    @property
    def rows_with_faults(self) -> list[int]:
        return sorted({fault.row for fault in self.faults})

    def sound(self) -> list[Place]:
        wrong = set(self.rows_with_faults)
        return [place for place in self.places if place.row not in wrong]


def checked(rows: list[Raw], ground: Ground) -> Checked:
    """Read and judge all rows; nothing is given up at the first fault."""
    faults: list[Fault] = []
    places = [place for n, row in enumerate(rows) if (place := _read(n, row, ground, faults)) is not None]
    faults += _twice(rows)
    faults += _misplaced(places, ground)
    faults += _overlaps(places, ground)
    faults.sort(key=lambda fault: fault.row)
    found = Checked(places, faults)
    complete_sides(found.sound())
    return found


def checked_places(places: list[Place], ground: Ground) -> Checked:
    """The same for booths that were drawn: the ground is without the hall that they fill, but for its size."""
    faults = [Fault(place.row, "number", sentence) for place in places if (sentence := _number_fault(place.number))]
    numbers = Counter(place.number.casefold() for place in places if place.number)
    for place in places:
        if numbers[place.number.casefold()] > 1:
            faults.append(Fault(place.row, "number", ALSO))
        elif place.number.casefold() in ground.booths:
            faults.append(Fault(place.row, "number", IN_OTHER_HALL, {"number": place.number}))
    alone = replace(ground, booths={})
    faults += _misplaced(places, alone)
    unshaped = list(_unshaped(places))
    faults += unshaped
    odd = {fault.row for fault in unshaped}
    faults += _overlaps([place for place in places if place.row not in odd], alone)
    found = Checked(places, sorted(faults, key=lambda fault: fault.row))
    complete_sides(found.sound())  # of booths that lie on each other none has neighbours
    return found


def hall_sizes(places: Iterable[Place]) -> dict[str, tuple[str, int, int]]:
    """Folded name → (name, width, depth) that a hall needs for its booths, with an aisle around."""
    found: dict[str, tuple[str, int, int]] = {}
    for place in places:
        name, width, depth = found.get(fold(place.hall), (place.hall, 0, 0))
        found[fold(place.hall)] = name, max(width, place.right), max(depth, place.bottom)
    return {key: (name, w + HALL_MARGIN_CM, d + HALL_MARGIN_CM) for key, (name, w, d) in found.items()}


def _read(n: int, row: Raw, ground: Ground, faults: list[Fault]) -> Place | None:
    """A row's cells as values; None where its place cannot be told."""
    mine: list[Fault] = []

    def wrong(column: str, message: str, **params: Any) -> None:
        mine.append(Fault(n, column, message, params))

    number, hall = row.get("number", ""), row.get("hall", "")
    if unfit := _number_fault(number):
        wrong("number", unfit)
    if not fold(hall):
        wrong("hall", NO_HALL)
    elif len(hall) > 80:
        wrong("hall", LONG_HALL)
    unread = UNREAD.get(row.get(UNREAD_BECAUSE, "")) if not any(map(row.get, (*BOX, "polygon"))) else None
    outline, lengths = ((), None) if unread else shape_in(row, ground.unit, wrong)
    if unread:
        wrong("x", unread)
    kind = _one_of(row.get("kind", ""), KINDS)
    if row.get("kind") and kind is None:
        wrong("kind", NO_KIND)
    state = BoothState.SHOW if kind == "show" and not row.get("state") else _one_of(row.get("state", ""), STATES)
    if state is None:
        wrong("state", NO_STATE)
    sides = row.get("sides", "")
    if sides and sides not in ("1", "2", "3", "4"):
        wrong("sides", NO_SIDES)
    if len(row.get("zone", "")) > 12:
        wrong("zone", LONG_ZONE)
    price = None
    if row.get("price"):
        try:
            price = parse_money(row["price"], ground.currency).minor
        except NotMoney:
            wrong("price", NO_PRICE, currency=ground.currency)
    faults += mine
    if not number or not fold(hall) or lengths is None:
        return None
    return Place(
        n, number, hall, *lengths, outline=outline, by_corners="polygon" in row,
        zone=row.get("zone", ""), zone_name=row.get("zone_name", "")[:80], kind=kind or "",
        sides=int(sides) if sides in ("1", "2", "3", "4") else None, state=state or BoothState.FREE,
        name=row.get("name", "")[:80], price_minor=price,
    )  # fmt: skip


def _number_fault(number: str) -> str:
    if not number:
        return NO_NUMBER
    return "" if NUMBER.fullmatch(number) else BAD_NUMBER


def row_of(rows: list[Raw], n: int) -> str:
    """Where a row stands in its sheet; rows that came without one are counted from 1."""
    return rows[n].get(ROW, str(n + 1))


def _one_of(text: str, words: dict[Any, tuple[str, ...]]) -> Any:
    said = fold(text)
    return next((value for value, others in words.items() if said in others), None)


def _twice(rows: list[Raw]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for n, row in enumerate(rows):
        key = row.get("number", "").casefold()
        if not key:
            continue
        if key in first:
            message = TWICE_DRAWN if SHAPE in row else TWICE
            yield Fault(n, "number", message, {"other": row_of(rows, first[key])})
        first.setdefault(key, n)


def _misplaced(places: list[Place], ground: Ground) -> Iterator[Fault]:
    """Outside its hall, in a zone of another hall, or where somebody's booth would be moved."""
    zones, halls = dict(ground.zones), set(ground.halls)
    for place in places:
        halls.add(fold(place.hall))
        if len(halls) - len(ground.halls) > MOST_NEW_HALLS:
            yield Fault(place.row, "hall", MANY_HALLS, {"most": MOST_NEW_HALLS})
        known, hall = ground.halls.get(fold(place.hall)), ground.hall_of(place)
        standing = ground.booths.get(place.number.casefold())
        if standing is not None and standing.kept:
            same = (hall, place.x_cm, place.y_cm, place.width_cm, place.depth_cm, place.outline)
            one = standing
            if same != (one.hall, one.x_cm, one.y_cm, one.width_cm, one.depth_cm, one.outline):
                yield Fault(place.row, "number", KEPT, {"number": standing.number})
        if known and (place.right > known[1] or place.bottom > known[2]):
            size = {"width": f"{known[1] / 100:g}", "depth": f"{known[2] / 100:g}"}
            yield Fault(place.row, _at(place, "x" if place.right > known[1] else "y"), OUTSIDE, size)
        if fold(place.zone) and fold(place.zone) not in zones and len(zones) - len(ground.zones) >= MOST_NEW_ZONES:
            yield Fault(place.row, "zone", MANY_ZONES, {"most": MOST_NEW_ZONES})
        elif place.zone and zones.setdefault(fold(place.zone), hall) != hall:
            yield Fault(place.row, "zone", ZONE_ELSEWHERE, {"zone": place.zone})


def _unshaped(places: list[Place]) -> Iterator[Fault]:
    for place in places:
        if place.outline and (fault := shape_fault(place.outline, *shaped(place.outline))) is not None:
            yield Fault(place.row, "polygon", *fault)


def _overlaps(places: list[Place], ground: Ground) -> Iterator[Fault]:
    """Each row that covers floor of another, or of a booth that the table does not name."""
    mine, floor = {place.number.casefold() for place in places}, Floor()
    for number, one in ground.booths.items():
        if number not in mine:
            right, bottom = one.x_cm + one.width_cm, one.y_cm + one.depth_cm
            floor.put(one.hall, (one.number, one.x_cm, one.y_cm, right, bottom, one.outline))
    known: dict[str, list[Place]] = {}  # more than one where a number is there twice
    for place in places:
        hall = ground.hall_of(place)
        met = floor.covers(hall, place.box)
        floor.put(hall, place.box)
        if met is not None:
            yield Fault(place.row, _at(place, "x"), OVERLAPS, {"other": met})
            for other in known.get(met, ()):  # either of the two may be the one that was mistyped
                if _meet(hall, place, other, ground):
                    yield Fault(other.row, _at(other, "x"), OVERLAPS, {"other": place.number})
        known.setdefault(place.number, []).append(place)


def _meet(hall: str, place: Place, other: Place, ground: Ground) -> bool:
    floor = Floor()
    floor.put(ground.hall_of(other), other.box)
    return floor.covers(hall, place.box) is not None


def _at(place: Place, column: str) -> str:
    """Where its row says it."""
    return "polygon" if place.by_corners else column
