"""Shapes of booths: corners in whole centimetres, clockwise from the northernmost (of several, the westernmost).

A booth keeps an outline only if it is no upright rectangle; its box is kept beside it in any case.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from math import floor, hypot

from app.booths.polygons import bounds_of, edges, encloses, twice_area

Corner = tuple[int, int]
Outline = tuple[Corner, ...]  # empty: the box itself
Box = tuple[int, int, int, int]  # x, y, width, depth
ROUNDED_CM = 0.9  # how far rounding takes a corner from where the others say that it is
BANDS = 8  # how finely the room for words is looked for


def outline_of(kept: Iterable[Sequence[int]] | None) -> Outline:
    """What a booth or a document keeps as lists, to be compared and hashed."""
    return tuple((x, y) for x, y in kept or ())


def kept_as(outline: Outline) -> list[list[int]] | None:
    """As `Booth.outline` keeps it."""
    return [[x, y] for x, y in outline] or None


def shaped(corners: Iterable[Sequence[int]]) -> tuple[Outline, Box]:
    """Drawn corners, tidied, and the box around them; no outline where they are just their box.

    They may come in either direction, begin anywhere, name the first corner again at the end, and have corners in the
    middle of an edge. What crosses itself or has no floor is left as it is, for whoever judges it.
    """
    tidy = _tidied(corners)
    box = box_of(tidy)
    return (() if tidy == rectangle(*box) else tidy), box


def rectangle(x: int, y: int, width: int, depth: int) -> Outline:
    return (x, y), (x + width, y), (x + width, y + depth), (x, y + depth)


def box_of(corners: Outline) -> Box:
    left, top, right, bottom = map(int, bounds_of(corners))
    return left, top, right - left, bottom - top


def area_cm2(corners: Outline) -> int:
    """Of a shape that does not cross itself; half a square centimetre is rounded up.

    A rectangle that was turned keeps its width by its depth, whatever the rounding of its corners made of it.
    """
    sides = _turned_sides(corners) if len(corners) == 4 else None
    return sides[0] * sides[1] if sides else (abs(int(twice_area(corners))) + 1) // 2


def form_of(corners: Outline, x: int, y: int) -> Outline:
    """The shape without its place: two of the same form differ by where they stand."""
    return tuple((cx - x, cy - y) for cx, cy in corners)


@lru_cache(maxsize=8192)
def room_in(corners: Outline) -> tuple[float, float, float, float]:
    """The largest upright rectangle that is found within a shape, for its words: x, y, width, depth.

    Its top and bottom are looked for at corners and at an eighth of the depth each; of a shape so thin that none is
    found, the middle of its box.
    """
    left, top, width, depth = box_of(corners)
    lines = sorted({top + depth * n / BANDS for n in range(BANDS + 1)} | {float(y) for _x, y in corners[:BANDS]})
    best = left + width / 2, top + depth / 2, 0.0, 0.0
    for a, b in combinations(lines, 2):
        blocked = sorted(_spans(corners, a, b))
        end = blocked[0][1]
        for start, stop in blocked[1:]:
            if (start - end) * (b - a) > best[2] * best[3] and encloses(corners, (start + end) / 2, (a + b) / 2):
                best = end, a, start - end, b - a
            end = max(end, stop)
    return best


@lru_cache(maxsize=8192)
def inset(corners: Outline, by: float) -> tuple[tuple[float, float], ...]:
    """The shape with every edge moved inwards; its corners themselves where it is too narrow for that."""
    found = []
    for n, (x, y) in enumerate(corners):
        (ax, ay), (bx, by_) = corners[n - 1], corners[(n + 1) % len(corners)]
        one, other = hypot(x - ax, y - ay), hypot(bx - x, by_ - y)
        ux, uy, vx, vy = (x - ax) / one, (y - ay) / one, (bx - x) / other, (by_ - y) / other
        sharp = max(1 + ux * vx + uy * vy, 0.1)  # an edge of a needle does not run far along it
        found.append((x - (uy + vy) * by / sharp, y + (ux + vx) * by / sharp))
    return tuple(found) if twice_area(tuple(found)) > 0 else tuple((float(x), float(y)) for x, y in corners)


def path_of(points: Iterable[tuple[float, float]], unit: int = 10) -> str:
    """The `d` of a path, in units of so many centimetres."""
    return f"M{'L'.join(f'{x / unit:.5g} {y / unit:.5g}' for x, y in points)}z"


def _turned_sides(corners: Outline) -> tuple[int, int] | None:
    """Width and depth of the rectangle whose corners, rounded to centimetres, these are: whole decimetres if they fit.

    static/js/drawing_polygons.js says the same.
    """
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    across, down = (bx - ax + cx - dx, by - ay + cy - dy), (dx - ax + cx - bx, dy - ay + cy - by)
    one = (across[0] + down[1], across[1] - down[0])
    far = hypot(*one)
    if not far:
        return None
    ux, uy, mx, my = one[0] / far, one[1] / far, (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4
    for step in (10, 1):
        w, d = (floor(hypot(*side) / 2 / step + 0.5) * step for side in (across, down))
        ends = ((-w, -d), (w, -d), (w, d), (-w, d))
        fitting = ((mx + (p * ux - q * uy) / 2, my + (p * uy + q * ux) / 2) for p, q in ends)
        if all(hypot(x - fx, y - fy) < ROUNDED_CM for (x, y), (fx, fy) in zip(corners, fitting, strict=True)):
            return w, d
    return None


def _spans(corners: Outline, top: float, bottom: float) -> Iterable[tuple[float, float]]:
    """What the edges take of the band between two levels, from left to right."""
    for (ax, ay), (bx, by) in edges(corners):
        (ax, ay), (bx, by) = sorted(((ax, ay), (bx, by)), key=lambda corner: corner[1])
        if by <= top or ay >= bottom:
            continue
        if ay == by:
            yield min(ax, bx), max(ax, bx)
            continue
        ends = [ax + (bx - ax) * (min(max(level, ay), by) - ay) / (by - ay) for level in (top, bottom)]
        yield min(ends), max(ends)


def _tidied(corners: Iterable[Sequence[int]]) -> Outline:
    found = [(x, y) for x, y in corners]
    again = True
    while again and len(found) > 2:
        kept = [one for n, one in enumerate(found) if not _is_idle(found[n - 1], one, found[(n + 1) % len(found)])]
        again, found = len(kept) < len(found) and len(kept) > 0, kept or found[:1]
    if twice_area(tuple(found)) < 0:
        found.reverse()
    first = min(range(len(found)), key=lambda n: (found[n][1], found[n][0]))
    return tuple(found[first:] + found[:first])


def _is_idle(before: Corner, one: Corner, after: Corner) -> bool:
    """The same place as the one before, or on the way straight on; who turns back on an edge is seen to."""
    (ax, ay), (bx, by) = (one[0] - before[0], one[1] - before[1]), (after[0] - one[0], after[1] - one[1])
    return (ax, ay) == (0, 0) or (ax * by == ay * bx and ax * bx + ay * by > 0)
