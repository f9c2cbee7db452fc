"""The demonstration's scans: arrivals, re-entries, exits, and what the gates refused; with the visits that count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.demo.edition import CLOSES, Edition
from app.demo.people import local_day

GATES = (
    ("C1", "Cổng 1", "Gate 1", 0.30),
    ("C2", "Cổng 2", "Gate 2", 0.22),
    ("C3", "Cổng 3", "Gate 3", 0.20),
    ("C4", "Cổng 4", "Gate 4", 0.13),
    ("C5", "Cổng 5", "Gate 5", 0.15),
    ("NV", "Cổng nhân viên", "Staff gate", 0.0),
)
COLOURS = {
    "admitted": "green",
    "admitted_again": "green",
    "admitted_staff": "green",
    "admitted_forced": "green",
    "goodbye": "blue",
    "not_known_here": "amber",
}  # every other verdict is red
ACCEPTED = ("admitted", "admitted_again", "admitted_staff", "admitted_forced")
REFUSALS = ("unknown", "forged", "wrong_fair", "not_known_here")


@dataclass(frozen=True)
class Bearer:
    """A badge as the gates see it."""

    badge_id: int
    registration_id: int
    category_id: int
    counts: bool
    token: str
    comes: tuple[datetime, ...]


@dataclass(frozen=True)
class _Reading:
    at: datetime
    direction: str
    bearer: Bearer | None
    verdict: str | None = None  # said already; otherwise the rule says it


class GateLog:
    """Turns readings into scan and visit rows, in the order of time, by the counting rule with free re-entry."""

    def __init__(self, random: Random, edition: Edition, fair_id: int, gate_ids: dict[str, int]) -> None:
        self.random, self.edition, self.fair_id, self.gate_ids = random, edition, fair_id, gate_ids
        self.scans: list[dict[str, Any]] = []
        self.visits: list[dict[str, Any]] = []
        self._first: dict[tuple[int, Any], tuple[datetime, str]] = {}

    def keep(self, readings: Iterable[_Reading]) -> None:
        for reading in sorted(readings, key=lambda one: one.at):
            self._keep(reading)

    def _keep(self, reading: _Reading) -> None:
        random, day, bearer = self.random, local_day(reading.at), reading.bearer
        gate = self._gate(bearer)
        scan_id = str(UUID(int=random.getrandbits(128), version=4))
        verdict, counts, detail = reading.verdict, "no", None
        if reading.direction == "out":
            verdict, counts = "goodbye", "exit"
        elif verdict is None:
            assert bearer is not None
            key = (bearer.registration_id, day)
            if not bearer.counts:
                verdict, counts = "admitted_staff", "entry"
            elif key in self._first:
                first_at, first_gate = self._first[key]
                verdict, counts = "admitted_again", "entry"
                detail = {"at": first_at.isoformat(), "gate": first_gate}
            else:
                verdict, counts = "admitted", "visit"
                self._first[key] = (reading.at, gate)
                self.visits.append(
                    {
                        "registration_id": bearer.registration_id,
                        "day": day,
                        "badge_id": bearer.badge_id,
                        "scan_id": scan_id,
                        "gate_id": self.gate_ids[gate],
                        "category_id": bearer.category_id,
                        "first_at": reading.at,
                    }
                )
        code = bearer.token if bearer else f"{random.getrandbits(200):060d}"
        late = timedelta(seconds=random.randint(900, 5400)) if random.random() < 0.01 else timedelta(milliseconds=180)
        self.scans.append(
            {
                "id": scan_id,
                "gate_id": self.gate_ids[gate],
                "badge_id": bearer.badge_id if bearer else None,
                "direction": reading.direction,
                "code_digest": hashlib.sha256(code.encode()).hexdigest(),
                "scanned_at": reading.at,
                "drift_ms": 0,
                "counted_at": reading.at,
                "day": day,
                "received_at": min(reading.at + late, max(self.edition.now, reading.at)),
                "verdict": verdict,
                "colour": COLOURS.get(verdict or "", "red"),
                "counts": counts,
                "device_verdict": verdict,
                "detail": detail,
                "device_key": f"demo-{gate}",
                "actor": "token:demo",
            }
        )

    def _gate(self, bearer: Bearer | None) -> str:
        if bearer is not None and not bearer.counts and self.random.random() < 0.7:
            return "NV"
        codes = [gate for gate in self.gate_ids if gate != "NV"]
        return self.random.choices(codes, [share for code, _, _, share in GATES if code in codes])[0]


def readings_of(random: Random, edition: Edition, bearers: list[Bearer]) -> list[_Reading]:
    """What the gates read: who comes, goes for lunch and comes again, goes home; and a few codes nobody knows."""
    found: list[_Reading] = []
    for bearer in bearers:
        for first in bearer.comes:
            found.append(_Reading(first, "in", bearer))
            closing = edition.at(local_day(first), CLOSES.hour)
            at = first
            while random.random() < (0.23 if bearer.counts else 0.45):
                left = at + timedelta(minutes=random.randint(25, 150))
                at = left + timedelta(minutes=random.randint(8, 75))
                if at >= closing:
                    break
                found += [_Reading(left, "out", bearer), _Reading(at, "in", bearer)]
            leaves = at + timedelta(minutes=random.randint(35, 240), seconds=random.randrange(60))
            if random.random() < 0.72 and leaves <= closing + timedelta(minutes=20):
                found.append(_Reading(leaves, "out", bearer))
    strangers = max(len(bearers) // 90, 3)
    for _ in range(strangers):
        day = random.choice([day for day in edition.days if edition.at(day, 9) <= edition.now] or edition.days[:1])
        at = edition.at(day, random.randint(9, 16), random.randrange(60), random.randrange(60))
        found.append(_Reading(at, "in", None, random.choices(REFUSALS, (5, 1, 3, 2))[0]))
    return [reading for reading in found if reading.at <= edition.now]


def refused_readings(edition: Edition, bearer: Bearer, verdict: str, times: Iterable[datetime]) -> list[_Reading]:
    """A badge that a gate refused, at these moments."""
    return [_Reading(at, "in", bearer, verdict) for at in times if at <= edition.now]


def doubled_upload(random: Random, scans: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The same readings again under ids of their own: a device that was set up anew uploaded its queue twice.

    They are entries like any second reading of that day, and no visits.
    """
    firsts = [scan for scan in scans if scan["verdict"] == "admitted"]
    again = []
    for scan in random.sample(firsts, min(number, len(firsts))):
        copy = dict(
            scan, id=str(UUID(int=random.getrandbits(128), version=4)), verdict="admitted_again", counts="entry"
        )
        copy["counted_at"] = copy["scanned_at"] = scan["counted_at"] + timedelta(milliseconds=1)
        copy["received_at"] = scan["received_at"] + timedelta(minutes=37)
        gate = scan["device_key"].removeprefix("demo-")
        copy["detail"] = {"at": scan["counted_at"].isoformat(), "gate": gate}
        again.append(copy)
    return again
