"""Shapes of booths: corners in whole centimetres, clockwise from the northernmost (of several, the westernmost).

A booth keeps an outline only if it is no upright rectangle; its box is kept beside it in any case.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

Corner = tuple[int, int]
Outline = tuple[Corner, ...]  # empty: the box itself
Box = tuple[int, int, int, int]  # x, y, width, depth


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
    left, top = min(x for x, _y in corners), min(y for _x, y in corners)
    return left, top, max(x for x, _y in corners) - left, max(y for _x, y in corners) - top


def area_cm2(corners: Outline) -> int:
    """Of a shape that does not cross itself; half a square centimetre is rounded up."""
    return (abs(_twice_area(corners)) + 1) // 2


def _tidied(corners: Iterable[Sequence[int]]) -> Outline:
    found = [(x, y) for x, y in corners]
    again = True
    while again and len(found) > 2:
        kept = [one for n, one in enumerate(found) if not _is_idle(found[n - 1], one, found[(n + 1) % len(found)])]
        again, found = len(kept) < len(found) and len(kept) > 0, kept or found[:1]
    if _twice_area(tuple(found)) < 0:
        found.reverse()
    first = min(range(len(found)), key=lambda n: (found[n][1], found[n][0]))
    return tuple(found[first:] + found[:first])


def _is_idle(before: Corner, one: Corner, after: Corner) -> bool:
    """The same place as the one before, or on the way straight on; who turns back on an edge is seen to."""
    (ax, ay), (bx, by) = (one[0] - before[0], one[1] - before[1]), (after[0] - one[0], after[1] - one[1])
    return (ax, ay) == (0, 0) or (ax * by == ay * bx and ax * bx + ay * by > 0)


def _twice_area(corners: Outline) -> int:
    """Above zero if clockwise as seen on the plan, where y runs down."""
    closed = (*corners, corners[0])
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(closed))
