"""How a drawing lies in the plan: which of its layers are booths, how long its unit is, in which hall and where."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from math import dist, floor
from typing import Any

from app.booths.plan_check import HALL_MARGIN_CM, KINDS, UNREAD_BECAUSE
from app.booths.plan_elements import Corners, Drawing, Point, Shape, layers_of, likely_layers, usual_sides
from app.booths.plan_file import ROW, SHAPE, Raw
from app.booths.plan_lengths import CM_IN, LONGEST_SIDE_CM, MOST_CORNERS, SMALLEST_SIDE_CM
from app.booths.polygons import bounds_of
from app.search import fold

LENGTHS = ("x", "y", "width", "depth", "polygon")
DRAWN = (*LENGTHS, ROW, SHAPE, UNREAD_BECAUSE)  # what a row has from the drawing; the rest may be mended
USUAL_CM, USUAL_M = (200, 600), Decimal(3)  # a booth's shorter side
FAR_CM, SAME_CM = 50_000, 1.0
STRAIGHT_CM = (0.5, 1.0, 2.0, 5.0)  # a corner so little off its line is none; further, where there are many
ZONE_WORDS = re.compile(r"(?:zone|khu|day) ([^\W_][\w.-]{0,11})")


@dataclass(frozen=True)
class Placing:
    """What the organiser chose. `one` × `unit` is how long one unit of the drawing is; empty: not said yet.

    `left_cm`, `top_cm`: where the drawing's box begins in the hall; None: where it fits.
    """

    one: str = ""
    unit: str = "m"
    hall: str = ""
    left_cm: int | None = None
    top_cm: int | None = None
    layers: list[str] = field(default_factory=list)
    numbered_only: bool = False

    @property
    def unit_cm(self) -> float | None:
        return float(Decimal(self.one) * CM_IN[self.unit]) if self.one else None

    def takes(self, shape: Shape, number: str = "") -> bool:
        """`number`: as it was mended, if it was."""
        has_one = shape.is_numbered or (number and number != shape.words.get("number"))
        return shape.layer in self.layers and (bool(has_one) or not self.numbered_only)


@dataclass(frozen=True)
class Known:
    """What the fair has already: halls by folded name and code → name, width, depth; zones by folded name → code."""

    halls: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)

    def size_of(self, hall: str) -> tuple[int, int] | None:
        known = self.halls.get(fold(hall))
        return known[1:] if known else None


def name_by_groups(drawing: Drawing, known: Known) -> None:
    """Hall, zone and kind of each shape from what its groups and its layer are called, where it says none itself."""
    for shape in drawing.shapes:
        for label in [*shape.groups, shape.layer]:
            for column, text in _meant(label, known).items():
                shape.words.setdefault(column, text)


def _meant(label: str, known: Known) -> Raw:
    said = fold(label)
    if not said:
        return {}
    if said in known.zones:  # first: a hall's code may be a zone's too, and zones are what groups are made for
        return {"zone": known.zones[said]}
    if said in known.halls:
        return {"hall": known.halls[said][0]}
    if any(said in words for words in KINDS.values()):
        return {"kind": label}
    zone = ZONE_WORDS.fullmatch(said)
    return {"zone": label.split()[-1]} if zone else {}


def first_placing(drawing: Drawing, known: Known, unit: str) -> Placing:
    """As the file says it. A unit that would make booths of a hand's breadth is not believed: it is asked for.

    `unit`: of GeoJSON, which is in units of the plan.
    """
    layers = likely_layers(layers_of(drawing.shapes))
    halls = {name for name, _w, _d in known.halls.values()}
    hall = next(iter(halls)) if len(halls) == 1 else ""
    if drawing.kind == "geojson":
        return Placing("1", unit, hall, layers=layers)
    said, sides = drawing.unit_cm, usual_sides(one for one in drawing.shapes if one.layer in layers)
    if said is None or sides is None or not (
        2 * sides[0] * said >= SMALLEST_SIDE_CM and sides[1] * said <= LONGEST_SIDE_CM
    ):  # fmt: skip
        return Placing(hall=hall, layers=layers)
    named = next((name for name, cm in CM_IN.items() if abs(float(cm) - said) < 1e-9), "")
    return Placing("1" if named else f"{said:.10g}", named or "cm", hall, layers=layers)


def guessed_unit(sides: tuple[float, float]) -> tuple[str, str]:
    """How many of which unit one unit of the drawing may be, so that its usual booth is about 3 m: to be looked at."""
    for name, cm in CM_IN.items():
        if USUAL_CM[0] <= sides[0] * float(cm) <= USUAL_CM[1]:
            return "1", name
    return f"{float(USUAL_M) / sides[0]:.2g}", "m"


def box_cm(shapes: Iterable[Shape], placing: Placing) -> tuple[float, float, float, float] | None:
    """Around all chosen shapes that do not count from a hall's corner; None where there are none."""
    points = [
        point for shape in shapes if not shape.anchored and placing.takes(shape)
        for point in shape.corners
    ]  # fmt: skip
    unit = placing.unit_cm
    if not points or unit is None:
        return None
    left, top, right, bottom = bounds_of(points)
    return left * unit, top * unit, right * unit, bottom * unit


def fitted(box: tuple[float, float, float, float], hall: tuple[int, int] | None, y_up: bool) -> tuple[int, int]:
    """Where a box goes: as it is drawn if it stands in the hall so, else in the hall's middle."""
    width, depth = box[2] - box[0], box[3] - box[1]
    if hall is None:
        stays = not y_up and 0 <= box[0] <= FAR_CM and 0 <= box[1] <= FAR_CM
        return (_whole(box[0]), _whole(box[1])) if stays else (HALL_MARGIN_CM, HALL_MARGIN_CM)
    left, top = box[0], box[1] + (hall[1] if y_up else 0)
    if left >= 0 and top >= 0 and left + width <= hall[0] + 1 and top + depth <= hall[1] + 1:
        return _whole(left), _whole(top)
    return max(0, int(hall[0] - width) // 2), max(0, int(hall[1] - depth) // 2)


def placed_rows(drawing: Drawing, placing: Placing, known: Known, rows: list[Raw], before: Placing | None) -> list[Raw]:
    """The rows of a table, one a shape. What was mended in `rows` stays, but for places and sizes: they are drawn.

    `before`: the placing that made `rows`; what it took and is in none of them was left out by hand.
    """
    mended = {int(row[SHAPE]): row for row in rows if SHAPE in row}
    box = box_cm(drawing.shapes, placing)
    corner = fitted(box, known.size_of(placing.hall), drawing.y_up) if box else (0, 0)
    left = corner[0] if placing.left_cm is None else placing.left_cm
    top = corner[1] if placing.top_cm is None else placing.top_cm
    shift = (left - box[0], top - box[1]) if box else (0.0, 0.0)
    found = []
    for n, shape in enumerate(drawing.shapes):
        mine = mended.get(n)
        if not placing.takes(shape, (mine or {}).get("number", "")):
            continue
        if mine is None and before is not None and before.takes(shape):
            continue
        words = {column: text for column, text in (mine or shape.words).items() if column not in DRAWN}
        if mine is not None and before is not None and words.get("hall") == before.hall != shape.words.get("hall"):
            del words["hall"]
        row = {"hall": placing.hall} | words | _drawn(shape, placing.unit_cm, (0.0, 0.0) if shape.anchored else shift)
        found.append({column: text for column, text in row.items() if text} | {ROW: shape.element, SHAPE: str(n)})
    return found


def _drawn(shape: Shape, unit_cm: float | None, shift: tuple[float, float]) -> Raw:
    """Place and size of an upright rectangle; of any other shape its corners. Metres, to the centimetre."""
    if not shape.corners:
        return {UNREAD_BECAUSE: shape.problem or "outline"}
    if unit_cm is None:
        return {}
    corners = straight([(x * unit_cm + shift[0], y * unit_cm + shift[1]) for x, y in shape.corners])
    box = bounds_of(corners)
    if is_upright(corners, box):
        x, y, width, depth = _whole(box[0]), _whole(box[1]), _whole(box[2] - box[0]), _whole(box[3] - box[1])
        return {"x": metres(x), "y": metres(y), "width": metres(width), "depth": metres(depth)}
    return {"polygon": "; ".join(f"{metres(_whole(x))} {metres(_whole(y))}" for x, y in corners)}


def straight(corners: Corners) -> Corners:
    """Without corners in the middle of a straight edge; a curve keeps as many as a booth may have, if that is near."""
    found = list(corners)
    for most_off in STRAIGHT_CM:
        n = 0
        while n < len(found) and len(found) > 3:
            if _is_idle(found[n - 1], found[n], found[(n + 1) % len(found)], most_off):
                del found[n]
            else:
                n += 1
        if len(found) <= MOST_CORNERS:
            break
    return found


def _is_idle(before: Point, one: Point, after: Point, most_off: float) -> bool:
    long = dist(before, after)
    off = abs((after[0] - before[0]) * (one[1] - before[1]) - (after[1] - before[1]) * (one[0] - before[0]))
    return max(dist(before, one), dist(one, after)) <= long and off < most_off * long


def is_upright(corners: Corners, box: tuple[float, float, float, float]) -> bool:
    """Whether they are their own box, within a centimetre."""
    ends = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
    met = {n for one in corners for n, end in enumerate(ends) if dist(one, end) <= SAME_CM}
    return len(corners) == 4 and len(met) == 4


def metres(cm: int) -> str:
    return f"{cm / 100:.2f}".rstrip("0").rstrip(".")


def _whole(cm: float) -> int:
    return floor(cm + 0.5)


def as_kept(drawing: Drawing) -> list[list[Any]]:
    """Shapes as a column of the database keeps them."""
    return [
        [one.element, one.corners, one.words, one.layer, one.problem, one.anchored] for one in drawing.shapes
    ]  # fmt: skip


def shapes_kept(kept: list[list[Any]]) -> list[Shape]:
    return [
        Shape(element, [(x, y) for x, y in corners], words, layer, [], problem, anchored)
        for element, corners, words, layer, problem, anchored in kept
    ]
