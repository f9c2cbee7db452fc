"""The board of the gates: what the organiser watches while the fair is open, in figures."""

import threading
import time
from dataclasses import dataclass
from datetime import date, datetime

from app import clock
from app.db import db
from app.fairs.models import Fair
from app.kept import Kept
from app.visitors.gate_facts import GateFacts
from app.visitors.inside import Inside, Within, inside_on
from app.visitors.passages import Quarters, Refusals, entries_by_quarter, refusals

AMBER = 0.9  # of a capacity
LIFE_SECONDS = 1.0


@dataclass(frozen=True)
class PlaceNow:
    """A hall, or the whole fair, against what it holds."""

    code: str  # "" for the whole fair, and for gates that lead to no hall
    name: str
    name_en: str
    within: Within
    capacity: int | None

    @property
    def level(self) -> str:
        """`red` when it holds nobody more, `amber` from nine tenths on."""
        if self.capacity is None or self.within.people < AMBER * self.capacity:
            return ""
        return "red" if self.within.people >= self.capacity else "amber"


@dataclass(frozen=True)
class Counts:
    """What is counted from scans, for all who look at once."""

    quarters: Quarters
    refused: Refusals
    inside: Inside | None


@dataclass(frozen=True)
class Board:
    day: date
    at: datetime
    running: bool  # the day is today
    quarters: Quarters
    refused: list[tuple[str, int]]  # verdict, scans
    takings_back: int  # of them, those that found nothing to take back
    whole: PlaceNow | None  # None on other days, and where exits are not scanned
    halls: list[PlaceNow]
    left: int
    at_most: bool  # exits are scanned since the alarm alone: who left before is still among them

    @property
    def change(self) -> int | None:
        """Entries against the day before until the same time, in per cent; None where that says nothing."""
        before = self.quarters.before_so_far
        return round((self.quarters.entries - before) * 100 / before) if before and before >= 20 else None

    @property
    def refusals(self) -> int:
        return sum(n for _verdict, n in self.refused)


_kept: Kept[tuple[float, Counts]] = Kept(most=16)
_one_counts = threading.Lock()


def board_of(fair: Fair, facts: GateFacts, day: date, now: datetime, fresh: bool = False) -> Board:
    """The board of that day. Whoever looks within a second of another shares its count, unless `fresh`."""
    running = clock.fair_day(fair, now) == day
    shown = running and (facts.rules.counts_exits or facts.alarm is not None)
    counts = _counted(fair, facts, day, shown, fresh)
    halls, whole = [], None
    if counts.inside is not None:
        limits = facts.rules.counts_exits  # what is no count of who is inside is held against nothing
        for code, within in counts.inside.halls.items():
            hall = facts.halls.get(code)
            if hall is not None:
                capacity = hall.capacity if limits else None
                halls.append(PlaceNow(code, hall.name, hall.name_en, within, capacity))
            elif within.people:
                halls.append(PlaceNow("", "", "", within, None))
        whole = PlaceNow("", "", "", counts.inside.all, facts.capacity if limits else None)
    return Board(
        day=day,
        at=now,
        running=running,
        quarters=counts.quarters,
        refused=counts.refused.by_verdict,
        takings_back=counts.refused.takings_back,
        whole=whole,
        halls=halls,
        left=counts.inside.left if counts.inside else 0,
        at_most=not facts.rules.counts_exits,
    )


def _counted(fair: Fair, facts: GateFacts, day: date, inside: bool, fresh: bool) -> Counts:
    def count() -> tuple[float, Counts]:
        found = inside_on(facts, day) if inside else None
        counts = Counts(entries_by_quarter(fair, facts, day), refusals(fair.id, day), found)
        return time.monotonic() + LIFE_SECONDS, counts

    if fresh:
        return count()[1]
    key = (id(db.engine), fair.id, day, inside, tuple(facts.gates))
    with _one_counts:
        until, counts = _kept.get(key, count)
        if time.monotonic() >= until:
            until, counts = count()
            _kept.put(key, (until, counts))
    return counts
