"""Where booths of a plan meet: shared floor, and sides that neighbours close. Rectangles, in whole centimetres."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.booths.models import BoothState
from app.booths.outline import Outline, area_cm2
from app.search import fold

TOUCHING_CM, CELL_CM = 15, 600  # neighbours may be drawn a hand's breadth apart
BY_SIDES = ("row", "corner", "corner", "island")
Box = tuple[str, int, int, int, int]  # number, left, top, right, bottom


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
        return self.number, self.x_cm, self.y_cm, self.right, self.bottom


class Floor:
    """Boxes by hall, found again by where they lie: ten thousand booths meet only their neighbours."""

    def __init__(self) -> None:
        self.grid: dict[tuple[str, int, int], list[Box]] = defaultdict(list)

    def put(self, hall: str, box: Box) -> None:
        for cell in _cells(hall, *box[1:]):
            self.grid[cell].append(box)

    def covers(self, hall: str, box: Box) -> str | None:
        """The number of a box that shares floor with this one, more than a centimetre both ways: drawings round."""
        for cell in _cells(hall, *box[1:]):
            for other in self.grid.get(cell, ()):
                across = min(box[3], other[3]) - max(box[1], other[1])
                down = min(box[4], other[4]) - max(box[2], other[2])
                if across > 1 and down > 1:
                    return other[0]
        return None

    def near(self, hall: str, box: Box) -> set[Box]:
        """Boxes within a hand's breadth, without this one."""
        wide = box[1] - TOUCHING_CM, box[2] - TOUCHING_CM, box[3] + TOUCHING_CM, box[4] + TOUCHING_CM
        return {other for cell in _cells(hall, *wide) for other in self.grid.get(cell, ()) if other != box}


def complete_sides(places: Iterable[Place]) -> None:
    """Open sides and kind where the table is silent: a side is closed when neighbours cover half of it."""
    places, floor = list(places), Floor()
    for place in places:
        floor.put(fold(place.hall), place.box)
    for place in places:
        if place.sides is None:
            near = floor.near(fold(place.hall), place.box)
            place.sides = max(1, sum(not _is_closed(place.box, near, side) for side in range(4)))
        if not place.kind:
            place.kind = "show" if place.state == BoothState.SHOW else BY_SIDES[place.sides - 1]


def _is_closed(box: Box, near: Iterable[Box], side: int) -> bool:
    """North, south, west or east: whether neighbours cover at least half of it."""
    _number, left, top, right, bottom = box
    shared = 0
    for _other, a, b, c, d in near:
        meets = (top - d, bottom - b, left - c, right - a)[side]
        if abs(meets) <= TOUCHING_CM:
            shared += max(0, min(right, c) - max(left, a) if side < 2 else min(bottom, d) - max(top, b))
    return 2 * shared >= (right - left if side < 2 else bottom - top)


def _cells(hall: str, left: int, top: int, right: int, bottom: int) -> Iterator[tuple[str, int, int]]:
    for column in range(left // CELL_CM, right // CELL_CM + 1):
        for line in range(top // CELL_CM, bottom // CELL_CM + 1):
            yield hall, column, line
