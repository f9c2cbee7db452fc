"""A floor plan as a drawing: what GeoJSON, SVG and DXF files show, element by element, before anybody judges it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from math import dist, isfinite
from statistics import median

from app.booths.plan_check import NUMBER
from app.booths.plan_file import LONGEST_CELL, MOST_ROWS, Raw
from app.booths.polygons import bounds_of, encloses, twice_area
from app.errors import FieldErrors
from app.i18n_marks import N_

Point = tuple[float, float]
Corners = list[Point]

MOST_SHAPES, MOST_CORNERS, MOST_TEXTS, MOST_HALLS, MOST_LAYERS = MOST_ROWS, 200, 40_000, 50, 60
LOOKS_AT_MOST = 2_000_000  # for words in shapes: a drawing with so many on each other is no plan
CELLS_OF_A_BOOTH = 20  # what is wider than so many usual booths is none, and no words are looked for in it
TOO_MANY = N_("The drawing is too large: 20,000 shapes at most. Save the layer of the booths alone and send that.")
NO_SHAPES = N_("The drawing holds no closed shape that could be a booth.")
# What words may stand before a number, and what looks like a number and is a size.
BEFORE_A_NUMBER = re.compile(r"(gian hàng|gian hang|gian|booth|stand|lô|lo)[\s._:-]*(?=[\w.-]*\d)", re.IGNORECASE)
SIZE = re.compile(
    r"[\d.,]+\s*(m|cm|mm|ft)?\s*([x×*]\s*[\d.,]+\s*(m|cm|mm|ft)?|m2|m²|sqm|sq\.?\s?ft|ft2)", re.IGNORECASE
)


@dataclass
class Shape:
    """One element that may be a booth: corners in the drawing's own units, y counted down, the last not repeated.

    Without corners it cannot be read, and `problem` is a key of plan_check.UNREAD. `words`: what it says of itself, by
    the columns of a table. `groups`: what its groups are called, the innermost first. `anchored`: its corners count
    from its hall's north-west corner.
    """

    element: str
    corners: Corners
    words: Raw = field(default_factory=dict)
    layer: str = ""
    groups: list[str] = field(default_factory=list)
    problem: str = ""
    anchored: bool = False

    @property
    def is_numbered(self) -> bool:
        return looks_like_a_number(self.words.get("number", ""))


@dataclass
class Drawing:
    """A file's shapes. `unit_cm`: how long one of its units is, None where the file does not say.

    `y_up`: y counted up before, so the floor's south-west corner is its origin.
    """

    kind: str  # geojson, svg, dxf
    shapes: list[Shape]
    unit_cm: float | None
    y_up: bool = False
    aside: int = 0  # open lines and other elements without a number, which are no booths

    def __post_init__(self) -> None:
        if len(self.shapes) > MOST_SHAPES:
            raise FieldErrors({"file": TOO_MANY})
        if not self.shapes:
            raise FieldErrors({"file": NO_SHAPES})
        a_choice = len({shape.layer for shape in self.shapes}) <= MOST_LAYERS
        for shape in self.shapes:
            if len(shape.corners) > MOST_CORNERS:
                shape.corners, shape.problem = [], "corners"
            shape.element, shape.layer = clean(shape.element), clean(shape.layer)[:80] if a_choice else ""
            shape.words = {name: said for name, text in shape.words.items() if (said := clean(text).strip())}


@dataclass(frozen=True)
class Text:
    """Words on a drawing, where they begin, and how high their letters are."""

    words: str
    at: Point
    height: float = 0.0


def clean(text: str) -> str:
    """Without what no text of a page or a database can hold, and no longer than a cell."""
    return "".join(c for c in text[:LONGEST_CELL] if c.isprintable())


def looks_like_a_number(text: str) -> bool:
    return bool(NUMBER.fullmatch(text)) and any(c.isdigit() for c in text) and not SIZE.fullmatch(text)


def number_among(candidates: Iterable[str]) -> str:
    """The first that looks like a booth's number, else the first that could be one, else the first there is."""
    said = [BEFORE_A_NUMBER.sub("", text.strip()) if text else "" for text in candidates]
    said = [text for text in said if text]
    fitting = (looks_like_a_number, lambda text: bool(NUMBER.fullmatch(text)) and not SIZE.fullmatch(text), bool)
    return next((text for fits in fitting for text in said if fits(text)), "")


def tidy(corners: Iterable[Point]) -> Corners:
    """Without repeated corners; empty where a corner is no number or fewer than three are left."""
    found: Corners = []
    for x, y in corners:
        if not (isfinite(x) and isfinite(y)):
            return []
        if not found or (x, y) != found[-1]:
            found.append((x, y))
    if len(found) > 1 and found[0] == found[-1]:
        found.pop()
    return found if len(found) > 2 else []


def floor_of(corners: Corners) -> float:
    """The area of a shape that does not cross itself, in square units."""
    return abs(twice_area(corners)) / 2


def sides_of(corners: Corners) -> tuple[float, float]:
    """The shorter and the longer side of a quadrangle; of other shapes, of the box around it."""
    if len(corners) == 4:
        first, second = dist(corners[0], corners[1]), dist(corners[1], corners[2])
    else:
        left, top, right, bottom = bounds_of(corners)
        first, second = right - left, bottom - top
    return min(first, second), max(first, second)


def is_closed(corners: Corners) -> bool:
    """Whether an open line comes back to where it began, within a thousandth of its length."""
    if len(corners) < 4:
        return False
    length = sum(dist(a, b) for a, b in pairwise(corners))
    return dist(corners[0], corners[-1]) <= length / 1000


def texts_inside(shapes: list[Shape], texts: list[Text]) -> dict[int, list[str]]:
    """Shape (counted from 0) → the words in it, the largest letters first. Each stands in the smallest shape around.

    What is much larger than the others is no booth: no words are looked for in it, so that a hall's outline costs
    nothing.
    """
    outlined = [(n, shape.corners, bounds_of(shape.corners)) for n, shape in enumerate(shapes) if shape.corners]
    if not outlined or not texts:
        return {}
    if len(texts) > MOST_TEXTS:
        raise FieldErrors({"file": TOO_MANY})
    cell = median(max(box[2] - box[0], box[3] - box[1]) for _n, _corners, box in outlined) or 1.0
    grid: dict[tuple[int, int], list[int]] = defaultdict(list)
    for m, text in enumerate(texts):
        if all(isfinite(at // cell) for at in text.at):
            grid[int(text.at[0] // cell), int(text.at[1] // cell)].append(m)
    around: dict[int, tuple[float, int]] = {}  # text → (floor, shape)
    looks = 0
    for n, corners, (left, top, right, bottom) in outlined:
        if max(right - left, bottom - top) > CELLS_OF_A_BOOTH * cell:
            continue
        if not all(isfinite(edge // cell) for edge in (left, top, right, bottom)):
            continue
        floor = floor_of(corners)
        near = _near(grid, int(left // cell), int(top // cell), int(right // cell), int(bottom // cell))
        looks += len(near)
        if looks > LOOKS_AT_MOST:
            raise FieldErrors({"file": TOO_MANY})
        for m in near:
            if (m not in around or floor < around[m][0]) and encloses(corners, *texts[m].at):
                around[m] = floor, n
    found: dict[int, list[str]] = defaultdict(list)
    for m in sorted(around, key=lambda m: -texts[m].height):
        found[around[m][1]].append(texts[m].words)
    return found


def _near(grid: dict[tuple[int, int], list[int]], left: int, top: int, right: int, bottom: int) -> list[int]:
    cells = (grid.get((column, line), ()) for column in range(left, right + 1) for line in range(top, bottom + 1))
    return [m for cell in cells for m in cell]


def into_halls(shapes: list[Shape], halls: list[tuple[str, Corners]]) -> None:
    """Shapes that stand in a hall's drawn outline say which one, and count from its north-west corner."""
    boxes = [(name, bounds_of(corners)) for name, corners in halls[:MOST_HALLS]]
    for shape in shapes:
        if not shape.corners or shape.anchored:
            continue
        left, top, right, bottom = bounds_of(shape.corners)
        x, y = (left + right) / 2, (top + bottom) / 2
        for name, box in boxes:
            if box[0] <= x <= box[2] and box[1] <= y <= box[3]:
                shape.corners = [(a - box[0], b - box[1]) for a, b in shape.corners]
                shape.words.setdefault("hall", name)
                shape.anchored = True
                break


@dataclass(frozen=True)
class Layer:
    """A layer or group of a drawing: how many shapes it has, and how many of them with a number."""

    name: str
    shapes: int
    numbered: int


def layers_of(shapes: Iterable[Shape]) -> list[Layer]:
    """The fullest first."""
    all_of, numbered = Counter[str](), Counter[str]()
    for shape in shapes:
        all_of[shape.layer] += 1
        numbered[shape.layer] += shape.is_numbered
    return [Layer(name, n, numbered[name]) for name, n in sorted(all_of.items(), key=lambda one: (-one[1], one[0]))]


def likely_layers(layers: list[Layer]) -> list[str]:
    """Those where at least half of the shapes have a number; where none has, all of them."""
    likely = [layer.name for layer in layers if layer.numbered and 2 * layer.numbered >= layer.shapes]
    return likely or [layer.name for layer in layers]


def usual_sides(shapes: Iterable[Shape]) -> tuple[float, float] | None:
    """The shorter and the longer side of the booth in the middle of all, in the drawing's units."""
    sides = [sides_of(shape.corners) for shape in shapes if shape.corners]
    return (median(a for a, _b in sides), median(b for _a, b in sides)) if sides else None
