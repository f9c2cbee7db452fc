"""Where booths of a plan meet: shared floor, and sides that neighbours close. In whole centimetres.

Rectangles are met here, shapes in app/booths/plan_shapes.py, by the same rules.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.booths.models import BoothState
from app.booths.outline import Outline, area_cm2, rectangle
from app.booths.plan_shapes import REACH_CM, ROUNDING_CM, open_sides, share_floor
from app.search import fold

CELL_CM = 600
BY_SIDES = ("row", "corner", "corner", "island")
Box = tuple[str, int, int, int, int, Outline]  # number, left, top, right, bottom; corners of what is no rectangle


@dataclass
class Place:
    """A row that could be read, lengths in centimetres. None where the table says nothing of price or sides."""

    row: int
    number: str
    hall: str
    x_cm: int
    y_cm: int
    width_cm: int
    depth_cm: int
    zone: str = ""
    zone_name: str = ""
    kind: str = ""
    sides: int | None = None
    state: str = BoothState.FREE
    name: str = ""
    price_minor: int | None = None
    outline: Outline = ()
    by_corners: bool = False  # its row names them, be it a rectangle or not

    @property
    def area_cm2(self) -> int:
        return area_cm2(self.outline) if self.outline else self.width_cm * self.depth_cm

    @property
    def right(self) -> int:
        return self.x_cm + self.width_cm

    @property
    def bottom(self) -> int:
        return self.y_cm + self.depth_cm

    @property
    def box(self) -> Box:
        return self.number, self.x_cm, self.y_cm, self.right, self.bottom, self.outline


class Floor:
    """Boxes by hall, found again by where they lie: ten thousand booths meet only their neighbours."""

    def __init__(self) -> None:
        self.grid: dict[tuple[str, int, int], list[Box]] = defaultdict(list)

    def put(self, hall: str, box: Box) -> None:
        for cell in _cells(hall, *box[1:5]):
            self.grid[cell].append(box)

    def covers(self, hall: str, box: Box) -> str | None:
        """The number of a booth that shares floor with this one, more than a centimetre both ways: drawings round."""
        asked: set[int] = set()  # large shapes meet in hundreds of cells: whether they share floor is reckoned once
        for cell in _cells(hall, *box[1:5]):
            for other in self.grid.get(cell, ()):
                if id(other) in asked:
                    continue
                asked.add(id(other))
                across = min(box[3], other[3]) - max(box[1], other[1])
                down = min(box[4], other[4]) - max(box[2], other[2])
                meets = across > ROUNDING_CM and down > ROUNDING_CM
                if meets and (not (box[5] or other[5]) or share_floor(corners_of(box), corners_of(other))):
                    return other[0]
        return None

    def near(self, hall: str, box: Box) -> set[Box]:
        """Boxes within a hand's breadth, without this one."""
        left, top, right, bottom = box[1] - REACH_CM, box[2] - REACH_CM, box[3] + REACH_CM, box[4] + REACH_CM
        return {
            other
            for cell in _cells(hall, left, top, right, bottom)
            for other in self.grid.get(cell, ())
            if other[1] <= right and other[3] >= left and other[2] <= bottom and other[4] >= top and other != box
        }


def corners_of(box: Box) -> Outline:
    _number, left, top, right, bottom, outline = box
    return outline or rectangle(left, top, right - left, bottom - top)


def complete_sides(places: Iterable[Place]) -> None:
    """Open sides and kind where the table is silent: a side is closed when neighbours cover half of it."""
    places, floor = list(places), Floor()
    for place in places:
        floor.put(fold(place.hall), place.box)
    for place in places:
        if place.sides is None:
            near = floor.near(fold(place.hall), place.box)
            if place.outline or any(other[5] for other in near):
                place.sides = open_sides(corners_of(place.box), [corners_of(other) for other in near])
            else:
                place.sides = max(1, sum(not _is_closed(place.box, near, side) for side in range(4)))
        if not place.kind:
            place.kind = "show" if place.state == BoothState.SHOW else BY_SIDES[place.sides - 1]


def _is_closed(box: Box, near: Iterable[Box], side: int) -> bool:
    """North, south, west or east: whether neighbours cover at least half of it."""
    _number, left, top, right, bottom, _outline = box
    shared = 0
    for _other, a, b, c, d, _shape in near:
        meets = (top - d, bottom - b, left - c, right - a)[side]
        if abs(meets) <= REACH_CM:
            shared += max(0, min(right, c) - max(left, a) if side < 2 else min(bottom, d) - max(top, b))
    return 2 * shared >= (right - left if side < 2 else bottom - top)


def _cells(hall: str, left: int, top: int, right: int, bottom: int) -> Iterator[tuple[str, int, int]]:
    for column in range(left // CELL_CM, right // CELL_CM + 1):
        for line in range(top // CELL_CM, bottom // CELL_CM + 1):
            yield hall, column, line
