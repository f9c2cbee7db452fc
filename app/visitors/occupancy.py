"""Whether a hall, or the fair, holds another visitor: what the verdict `full` goes by.

Nothing is counted in the database for it, so scans never wait for each other. Each process keeps how many are inside,
reads it anew at most once a second, and adds what it lets in meanwhile. Only fairs with a capacity pay for that.
How far several processes can go beyond a capacity: docs/decisions/0036-inside-now.md.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date

from app.db import db
from app.kept import Kept
from app.visitors.checkin import Passage, Scan, day_of
from app.visitors.gate_facts import GateFacts
from app.visitors.inside import inside_on

LIFE_SECONDS = 1.0
SHARE = 20  # reading takes a twentieth of the time at most, however many are inside
WHOLE_FAIR = ""


class Occupancy:
    """How many are in each limited place on one day, as this process knows it."""

    def __init__(self, day: date) -> None:
        self.lock, self.reading = threading.Lock(), threading.Lock()
        self.day, self.known = day, False
        self.read_until = 0.0
        self.inside: Counter[str] = Counter()
        self.since: Counter[str] = Counter()  # came since the last reading began: it may have missed them
        self.coming: Counter[str] = Counter()  # their scans are being kept just now

    def read(self, facts: GateFacts) -> None:
        """Read anew where what is known is too old; while another reads, it serves on.

        Who comes meanwhile may be counted twice until the next reading: rather one too many than too few.
        """
        if not self._is_old() or not self.reading.acquire(blocking=not self.known):
            return
        try:
            if self._is_old():
                self._read(facts)
        finally:
            self.reading.release()

    def enter(self, places: dict[str, int]) -> str | None:
        """The first of the places (code → capacity) that holds nobody more; or None, and then somebody is coming."""
        with self.lock:
            full = next((p for p, most in places.items() if self.inside[p] + self.coming[p] >= most), None)
            if full is None:
                self.coming.update(places.keys())
            return full

    def arrive(self, places: dict[str, int], expected: bool, came: bool) -> None:
        """`expected`: a place was kept for them. Staff and who is forced come without."""
        with self.lock:
            if expected:
                self.coming.subtract(places.keys())
            if came:
                self.inside.update(places.keys())
                self.since.update(places.keys())

    def _is_old(self) -> bool:
        return not self.known or time.monotonic() >= self.read_until

    def _read(self, facts: GateFacts) -> None:
        with self.lock:
            self.since = Counter()
        began = time.monotonic()
        with db.engine.connect() as connection:
            found = inside_on(facts, self.day, connection)
        ended = time.monotonic()
        inside = Counter({code: one.people for code, one in found.halls.items() if code})
        inside[WHOLE_FAIR] = found.all.people
        with self.lock:
            inside.update(self.since)
            self.inside, self.known = inside, True
            self.read_until = ended + max(LIFE_SECONDS, SHARE * (ended - began))


class Entering:
    """One scan on its way in: `full` as in `checkin.State`; `came` is told once it is answered."""

    def __init__(self, full: str | None = None) -> None:
        self.full, self.came = full, False


_kept: Kept[Occupancy] = Kept(most=64)
_one_at_a_time = threading.Lock()


def occupancy_of(facts: GateFacts, day: date) -> Occupancy:
    """One a day: a phone whose clock is a day ahead asks about tomorrow, and today's count stays."""
    with _one_at_a_time:
        return _kept.get((id(db.engine), facts.fair_id, day), lambda: Occupancy(day))


@contextmanager
def entering(facts: GateFacts, scan: Scan) -> Iterator[Entering]:
    """Around the statement that keeps a scan. One that comes late is judged by its gate alone."""
    places = limited_places(facts, scan)
    if not places:
        yield Entering()
        return
    known = occupancy_of(facts, day_of(scan.at, facts.rules))
    known.read(facts)
    one = Entering(known.enter(places))
    try:
        yield one
    finally:
        known.arrive(places, one.full is None, one.came)


def full_for(facts: GateFacts, place: str | None, passages: Iterable[Passage], day: date) -> str | None:
    """The place that is full, but for somebody who is in it already: that is nobody more."""
    today = [passage for passage in passages if day_of(passage.at, facts.rules) == day]
    if place is None or not today or today[-1].way != "in":
        return place
    here = place in (WHOLE_FAIR, facts.rules.gate_halls.get(today[-1].gate))
    return None if here else place


def limited_places(facts: GateFacts, scan: Scan) -> dict[str, int]:
    """What the scan would take room in: code → capacity. Empty for exits, late scans, and where nothing is limited."""
    if not facts.rules.counts_exits or scan.direction != "in" or scan.late or scan.rehearsal or scan.annuls:
        return {}
    if scan.gate in facts.rules.sessions:  # who comes to its door is in the fair already
        return {}
    hall = facts.halls.get(facts.rules.gate_halls.get(scan.gate, ""))
    places = {hall.code: hall.capacity} if hall is not None and hall.capacity is not None else {}
    return places | ({WHOLE_FAIR: facts.capacity} if facts.capacity is not None else {})
