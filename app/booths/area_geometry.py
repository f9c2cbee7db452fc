"""Areas as polygons, corners in whole centimetres: what lies in one, whether two share floor, where its name fits.

drawing_polygons.js decides the same while an area is drawn; both are tested on tests/front/areas.json.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, pairwise
from math import hypot

Corners = Sequence[Sequence[int]]
Segment = tuple[tuple[float, float], tuple[float, float]]
Box = tuple[float, float, float, float]  # left, top, right, bottom
SLACK_CM = 1.0  # floor shared no deeper than this is how drawings are rounded
CELL_CM = 600
STEPS = 24  # places across and down where a name is tried


def encloses(corners: Corners, x: float, y: float) -> bool:
    """Whether a point lies inside; of one on an edge nothing is promised."""
    within = False
    for (ax, ay), (bx, by) in edges(corners):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            within = not within
    return within


def share_floor(one: Corners, other: Corners) -> bool:
    """Whether two areas lie on each other, deeper than a centimetre. Edges and corners may touch."""
    a, b = box_of(one), box_of(other)
    if min(a[2], b[2]) - max(a[0], b[0]) <= SLACK_CM or min(a[3], b[3]) - max(a[1], b[1]) <= SLACK_CM:
        return False
    return (
        any(_deep(other, x, y) for x, y in _between(one, other))
        or any(_deep(one, x, y) for x, y in _between(other, one))
        or _deep(other, *_middle(one))
        or _deep(one, *_middle(other))
    )


def crosses_itself(corners: Corners) -> bool:
    """Whether edges cross or touch each other, run back on themselves, or have no length."""
    sides = list(edges(corners))
    if any(a == b for a, b in sides):
        return True
    for (a, b), (_same, c) in zip(sides, sides[1:] + sides[:1], strict=True):
        if _turn(a, b, c) == 0 and (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0:
            return True
    return any(_meet(sides[n], sides[m]) for n, m in combinations(range(len(sides)), 2) if 1 < m - n < len(sides) - 1)


def area_m2(corners: Corners) -> float:
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in edges(corners))) / 20_000


def box_of(corners: Corners) -> Box:
    across, down = [x for x, _y in corners], [y for _x, y in corners]
    return min(across), min(down), max(across), max(down)


def edges(corners: Corners) -> Iterator[Segment]:
    points = [(x, y) for x, y in corners]
    yield from pairwise((*points, points[0]))


class Taken:
    """Floor that nothing more is written on, found again by where it lies: a full hall has thousands of booths."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self.cells: dict[tuple[int, int], list[Box]] = defaultdict(list)
        for box in boxes:
            self.put(box)

    def put(self, box: Box) -> None:
        for cell in _cells(box):
            self.cells[cell].append(box)

    def meets(self, box: Box) -> bool:
        left, top, right, bottom = box
        return any(
            one[0] < right and one[2] > left and one[1] < bottom and one[3] > top
            for cell in _cells(box)
            for one in self.cells.get(cell, ())
        )


def room_for(corners: Corners, width: float, height: float, taken: Taken) -> tuple[float, float] | None:
    """The left upper corner of a box within the area that meets nothing taken, from the top; None without room.

    Where booths fill the area, the aisle above it or under it is as good.
    """
    left, top, right, bottom = box_of(corners)
    across = _steps(left, right - width)
    inside = ((x, y) for y in _steps(top, bottom - height) for x in across if _holds(corners, x, y, width, height))
    beside = ((x, y) for y in (top - height, bottom) for x in across if y >= 0)
    return next(((x, y) for x, y in chain(inside, beside) if not taken.meets((x, y, x + width, y + height))), None)


def _between(one: Corners, other: Corners) -> Iterator[tuple[float, float]]:
    """Middles of the pieces that the other's edges and corners cut from the edges of this one."""
    for (ax, ay), (bx, by) in edges(one):
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        if not length:
            continue
        cuts = {0.0, 1.0}
        for (cx, cy), (ex, ey) in edges(other):
            cuts.add(((cx - ax) * dx + (cy - ay) * dy) / length)
            across = dx * (ey - cy) - dy * (ex - cx)
            if across:
                cuts.add(((cx - ax) * (ey - cy) - (cy - ay) * (ex - cx)) / across)
        for start, end in pairwise(sorted(cut for cut in cuts if 0 <= cut <= 1)):
            yield ax + (start + end) / 2 * dx, ay + (start + end) / 2 * dy


def _middle(corners: Corners) -> tuple[float, float]:
    """A point well inside: in the middle of the widest line across, halfway between two corners' heights."""
    best, point = -1.0, (float(corners[0][0]), float(corners[0][1]))
    for top, bottom in pairwise(sorted({y for _x, y in corners})):
        y = (top + bottom) / 2
        at = sorted(
            ax + (y - ay) * (bx - ax) / (by - ay) for (ax, ay), (bx, by) in edges(corners) if (ay > y) != (by > y)
        )
        for left, right in zip(at[::2], at[1::2], strict=False):
            if min(right - left, bottom - top) > best:
                best, point = min(right - left, bottom - top), ((left + right) / 2, y)
    return point


def _deep(corners: Corners, x: float, y: float) -> bool:
    """Inside, and further from every edge than drawings are rounded."""
    return encloses(corners, x, y) and all(_distance(edge, x, y) > SLACK_CM for edge in edges(corners))


def _distance(edge: Segment, x: float, y: float) -> float:
    (ax, ay), (bx, by) = edge
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    at = max(0.0, min(1.0, ((x - ax) * dx + (y - ay) * dy) / length)) if length else 0.0
    return hypot(x - ax - at * dx, y - ay - at * dy)


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _meet(one: Segment, other: Segment) -> bool:
    (a, b), (c, d) = one, other
    apart = max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0])
    apart = apart or max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1])
    return not apart and _turn(a, b, c) * _turn(a, b, d) <= 0 and _turn(c, d, a) * _turn(c, d, b) <= 0


def _steps(start: float, end: float) -> list[float]:
    return [start + (end - start) * n / STEPS for n in range(STEPS + 1)] if end > start else []


def _holds(corners: Corners, x: float, y: float, width: float, height: float) -> bool:
    tried = ((x + 1, y + 1), (x + width - 1, y + 1), (x + width - 1, y + height - 1), (x + 1, y + height - 1))
    return all(encloses(corners, *point) for point in (*tried, (x + width / 2, y + height / 2)))


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = (int(side // CELL_CM) for side in box)
    for column in range(left, right + 1):
        for line in range(top, bottom + 1):
            yield column, line
