"""What only true shapes tell: whether one crosses itself, whether two share floor, which sides an aisle leaves open.

Shapely reckons; it is imported at first use, so that a fair of rectangles never needs it.
"""

import re
from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from math import atan2, floor, hypot, pi
from typing import Any

from app.booths.outline import Corner, Outline

ROUNDING_CM = 1  # shared floor no wider than this is how drawings are rounded
REACH_CM = 15  # neighbours may be drawn a hand's breadth apart
AT = re.compile(r"\[(-?[\d.e+]+) (-?[\d.e+]+)\]")


def crossing(corners: Outline) -> tuple[float, float] | None:
    """Where the edges of a shape cross or touch each other, in centimetres; None for one that is whole."""
    from shapely import Polygon, is_valid_reason

    found = AT.search(is_valid_reason(Polygon(corners)))
    return (float(found[1]), float(found[2])) if found else None


def share_floor(one: Outline, other: Outline) -> bool:
    """Whether two shapes lie on each other, more than a centimetre wide. Edges and corners may touch."""
    shared = _polygon(one).intersection(_polygon(other))
    return bool(shared.area > ROUNDING_CM / 2) and not shared.buffer(-ROUNDING_CM / 2, join_style="mitre").is_empty


def open_sides(corners: Outline, near: Collection[Outline]) -> int:
    """From 1 to 4. Edges that face the same way, square to the longest edge, are one side.

    A side is open where neighbours, a hand's breadth away at most, line less than half of its length.
    """
    neighbours = [(_polygon(one), _polygon(one).bounds) for one in near]
    edges = list(pairwise((*corners, corners[0])))
    ahead = _direction(max(edges, key=_length))
    whole: defaultdict[int, float] = defaultdict(float)
    lined: defaultdict[int, float] = defaultdict(float)
    for edge in edges:
        side = floor((_direction(edge) - ahead) / (pi / 2) + 0.5) % 4
        whole[side] += _length(edge)
        lined[side] += _lined(edge, neighbours)
    return max(1, sum(2 * lined[side] < whole[side] for side in whole))


@lru_cache(maxsize=2048)  # neighbours are met again and again
def _polygon(corners: Outline) -> Any:
    from shapely import Polygon, prepare

    polygon = Polygon(corners)
    prepare(polygon)
    return polygon


def _lined(edge: tuple[Corner, Corner], neighbours: list[tuple[Any, Any]]) -> float:
    """How much of an edge neighbours lie along: their floor in the strip before it, seen square to the edge."""
    from shapely import Polygon, get_coordinates, get_parts

    (ax, ay), (bx, by) = edge
    length = _length(edge)
    dx, dy = (bx - ax) / length, (by - ay) / length
    out_x, out_y, in_x, in_y = dy * REACH_CM, -dx * REACH_CM, -dy * ROUNDING_CM, dx * ROUNDING_CM
    ends = [(ax + in_x, ay + in_y), (ax + out_x, ay + out_y), (bx + out_x, by + out_y), (bx + in_x, by + in_y)]
    left, top, right, bottom = (pick(end[axis] for end in ends) for pick in (min, max) for axis in (0, 1))
    near = [one for one, (a, b, c, d) in neighbours if a < right and c > left and b < bottom and d > top]
    if not near:
        return 0.0
    strip = Polygon(ends)
    spans: list[tuple[float, float]] = []
    for neighbour in near:
        if neighbour.intersects(strip):
            for piece in get_parts(strip.intersection(neighbour)):
                along = [(x - ax) * dx + (y - ay) * dy for x, y in get_coordinates(piece)]
                spans.append((max(0.0, min(along)), min(length, max(along))))
    covered, end = 0.0, 0.0
    for start, stop in sorted(spans):
        covered += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return covered


def _length(edge: tuple[Corner, Corner]) -> float:
    (ax, ay), (bx, by) = edge
    return hypot(bx - ax, by - ay)


def _direction(edge: tuple[Corner, Corner]) -> float:
    (ax, ay), (bx, by) = edge
    return atan2(by - ay, bx - ax)
