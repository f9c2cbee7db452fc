"""Who chooses when: the order of a draw, and windows within working hours. Pure: no database, no clock."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Hours:
    """Working hours of some days, local to the fair's time zone."""

    days: Sequence[date]
    from_time: time
    to_time: time
    zone: ZoneInfo


class TooFewSlots(Exception):
    """`companies` have no window within the days; `days` more would do."""

    def __init__(self, companies: int, days: int) -> None:
        super().__init__(companies, days)
        self.companies, self.days = companies, days


def draw_key(seed: str, number: int) -> str:
    """SHA-256 of the seed and the exhibitor's public number, written one after the other, as 64 hex digits."""
    return hashlib.sha256(f"{seed}{number}".encode()).hexdigest()


def in_order(seed: str, points: dict[int, int]) -> list[tuple[int, str]]:
    """Public numbers with their keys: most points first, then by key. `points`: public number → points."""
    keys = {number: draw_key(seed, number) for number in points}
    ranked = sorted(points, key=lambda number: (-points[number], keys[number], number))
    return [(number, keys[number]) for number in ranked]


def list_file(points: dict[int, int]) -> str:
    """The participants as they are published, by number: what the digest is of, to the byte."""
    return "number,points\n" + "".join(f"{number},{points[number]}\n" for number in sorted(points))


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def windows(points: Sequence[int], bands: Sequence[int], hours: Hours, minutes: int, per_slot: int) -> list[Window]:
    """A window for each of the points, which stand in order.

    `per_slot` companies begin together, every `minutes`. Each band begins on a day of its own. Raises TooFewSlots.
    """
    slots = [_slots_of(hours, day, minutes) for day in hours.days]
    found: list[Window] = []
    day, slot, lacking = 0, 0, 0
    for band in _in_bands(points, bands):
        if found and slot:
            day, slot = day + 1, 0  # a new round, a new day
        for first in range(0, band, per_slot):
            if day < len(slots) and slot >= len(slots[day]):
                day, slot = day + 1, 0
            together = min(per_slot, band - first)
            if day >= len(slots) or not slots[day]:
                lacking += together
                continue
            found += [slots[day][slot]] * together
            slot += 1
    if lacking:
        a_day = max((len(one) for one in slots), default=0) * per_slot
        raise TooFewSlots(lacking, -(-lacking // a_day) if a_day else 0)
    return found


def _in_bands(points: Sequence[int], bands: Sequence[int]) -> Iterable[int]:
    """How many of the points lie in each band, the highest first; bands that nobody is in are left out."""
    edges = [None, *bands, None]
    for above, least in pairwise(edges):
        inside = sum((above is None or one < above) and (least is None or one >= least) for one in points)
        if inside:
            yield inside


def _slots_of(hours: Hours, day: date, minutes: int) -> list[Window]:
    at = datetime.combine(day, hours.from_time, hours.zone).astimezone(ZoneInfo("UTC"))
    closes = datetime.combine(day, hours.to_time, hours.zone).astimezone(ZoneInfo("UTC"))
    found = []
    while at + timedelta(minutes=minutes) <= closes:
        found.append((at, at + timedelta(minutes=minutes)))
        at += timedelta(minutes=minutes)
    return found
