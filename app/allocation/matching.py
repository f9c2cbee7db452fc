"""Which free booths meet an application, and why an earlier one is passed by. Nothing here reads the database."""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

TOUCH_CM = 2  # plans drawn by hand leave a finger's breadth between neighbours


@dataclass(frozen=True)
class Spot:
    """A booth that can be had. Lengths in centimetres; the total is with VAT, in the currency's minor unit."""

    id: int
    number: str
    hall_id: int
    zone_id: int | None
    x_cm: int
    y_cm: int
    width_cm: int
    depth_cm: int
    area_cm2: int
    total_minor: int
    upright: bool = True  # a rectangle along the walls: only those stand in rows

    @property
    def m2(self) -> float:
        return self.area_cm2 / 10_000

    @property
    def middle(self) -> tuple[float, float]:
        return self.x_cm + self.width_cm / 2, self.y_cm + self.depth_cm / 2


@dataclass(frozen=True)
class Wanted:
    """What an application asks for: ranked sets of booths, then booths of a kind."""

    application_id: int
    wishes: tuple[frozenset[int], ...] = ()  # booths' ids, the first wish first
    similar: bool = False
    booths: int = 1
    zone_id: int | None = None
    least_m2: int | None = None
    budget_minor: int | None = None
    declined: frozenset[frozenset[int]] = field(default_factory=frozenset)  # sets that were offered before, in vain


@dataclass(frozen=True)
class Match:
    spots: tuple[Spot, ...]
    rank: int | None  # the wish that is met, from 1; none: booths of the kind

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(spot.id for spot in self.spots)


class PassedBy(StrEnum):
    """Why booths do not go to an application that came earlier."""

    DECLINED = "declined"  # it said no to just these, or the organiser took them back
    OTHERS = "others"  # it wants certain booths, and none but those
    ZONE = "zone"
    AREA = "area"
    ROW = "row"  # it wants several next to each other
    BUDGET = "budget"


def match(wanted: Wanted, free: Mapping[int, Spot], at: Mapping[int, Spot] | None = None) -> Match | None:
    """The best that can be offered: the first wish that is free as a whole, else booths of the kind.

    `at`: where wished booths are, free or not; the nearest to them are better, else the cheapest, then by number.
    """
    for rank, ids in enumerate(wanted.wishes, start=1):
        if ids not in wanted.declined and all(one in free for one in ids):
            return Match(tuple(sorted((free[one] for one in ids), key=_in_order)), rank)
    if not wanted.similar:
        return None
    near = next((at[one] for ids in wanted.wishes for one in sorted(ids) if at and one in at), None)
    found = [run for run in rows_of(_of_kind(wanted, free.values()), wanted.booths) if _takes(wanted, run)]
    if not found:
        return None
    return Match(min(found, key=lambda run: (*_distance(run, near), _total(run), _in_order(run[0]))), None)


def passed_by(wanted: Wanted, spots: Collection[Spot], free: Mapping[int, Spot]) -> PassedBy:
    """Why an earlier application was not offered these booths."""
    if frozenset(spot.id for spot in spots) in wanted.declined:
        return PassedBy.DECLINED
    if not wanted.similar:
        return PassedBy.OTHERS
    if wanted.zone_id is not None and not any(spot.zone_id == wanted.zone_id for spot in spots):
        return PassedBy.ZONE
    if wanted.least_m2 is not None and all(spot.m2 < wanted.least_m2 for spot in spots):
        return PassedBy.AREA
    runs = list(rows_of(_of_kind(wanted, free.values()), wanted.booths))
    return PassedBy.BUDGET if runs and wanted.budget_minor is not None else PassedBy.ROW


def rows_of(spots: Iterable[Spot], number: int) -> Iterator[tuple[Spot, ...]]:
    """Every so many booths that stand next to each other in one line, side by side or one behind the other."""
    spots = list(spots)
    if number == 1:
        yield from ((spot,) for spot in spots)
        return
    spots = [spot for spot in spots if spot.upright]
    for along, line in (("x", _lines(spots, "y")), ("y", _lines(spots, "x"))):
        start, length = (f"{along}_cm", "width_cm" if along == "x" else "depth_cm")
        for row in line:
            row.sort(key=lambda spot: getattr(spot, start))
            for n in range(len(row) - number + 1):
                run = row[n : n + number]
                if all(
                    abs(getattr(one, start) + getattr(one, length) - getattr(following, start)) <= TOUCH_CM
                    for one, following in itertools.pairwise(run)
                ):
                    yield tuple(run)


def _lines(spots: list[Spot], across: str) -> list[list[Spot]]:
    """Booths by the line that they stand in: the same hall, edge and depth across it."""
    size = "depth_cm" if across == "y" else "width_cm"
    lines: dict[Any, list[Spot]] = defaultdict(list)
    for spot in spots:
        lines[spot.hall_id, getattr(spot, f"{across}_cm"), getattr(spot, size)].append(spot)
    return list(lines.values())


def _of_kind(wanted: Wanted, spots: Iterable[Spot]) -> list[Spot]:
    return [
        spot
        for spot in spots
        if (wanted.zone_id is None or spot.zone_id == wanted.zone_id)
        and (wanted.least_m2 is None or spot.m2 >= wanted.least_m2)
    ]


def _takes(wanted: Wanted, run: tuple[Spot, ...]) -> bool:
    if frozenset(spot.id for spot in run) in wanted.declined:
        return False
    return wanted.budget_minor is None or _total(run) <= wanted.budget_minor


def _distance(run: tuple[Spot, ...], near: Spot | None) -> tuple[int, float]:
    if near is None:
        return 0, 0.0
    if run[0].hall_id != near.hall_id:
        return 1, 0.0
    (x, y), (to_x, to_y) = run[0].middle, near.middle
    return 0, (x - to_x) ** 2 + (y - to_y) ** 2


def _total(run: Iterable[Spot]) -> int:
    return sum(spot.total_minor for spot in run)


def _in_order(spot: Spot) -> tuple[int, str]:
    return spot.hall_id, spot.number
