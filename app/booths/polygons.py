"""Polygons, whatever they stand for: corners [x, y] in their order around, in any unit, y down."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

Corners = Sequence[Sequence[float]]
Segment = tuple[tuple[float, float], tuple[float, float]]
Box = tuple[float, float, float, float]  # left, top, right, bottom


def edges(corners: Corners) -> Iterator[Segment]:
    points = [(x, y) for x, y in corners]
    yield from pairwise((*points, *points[:1]))


def bounds_of(corners: Iterable[Sequence[float]]) -> Box:
    across, down = zip(*corners, strict=True)
    return min(across), min(down), max(across), max(down)


def twice_area(corners: Corners) -> float:
    """Of a shape that does not cross itself; above zero if its corners run clockwise as seen."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in edges(corners))


def encloses(corners: Corners, x: float, y: float) -> bool:
    """Whether a point lies inside; of one on an edge nothing is promised."""
    within = False
    for (ax, ay), (bx, by) in edges(corners):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            within = not within
    return within
