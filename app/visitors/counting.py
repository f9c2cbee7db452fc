"""How visits follow from entries: the rule itself, and the rows that it reads.

A visit is an entry, at most one a person and day of the fair: the earliest that stands, whatever came in first over
the network. Staff, press and crew make entries and never visits. A person without a badge row of ours is nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select

from app.visitors.models import Badge, Gate, Scan, VisitorCategory

Day = tuple[int, date]  # registration, day of the fair


@dataclass(frozen=True)
class Entry:
    """An accepted entry of somebody known; `visitor` is False for staff, press and crew."""

    scan_id: str
    registration_id: int
    badge_id: int
    category_id: int
    visitor: bool
    gate_id: int
    day: date
    at: datetime

    @property
    def order(self) -> tuple[datetime, str]:
        return self.at, self.scan_id


def first_entries(entries: Iterable[Entry]) -> dict[Day, Entry]:
    """The entry that makes the visit, by person and day."""
    firsts: dict[Day, Entry] = {}
    for entry in entries:
        key = (entry.registration_id, entry.day)
        if entry.visitor and (key not in firsts or entry.order < firsts[key].order):
            firsts[key] = entry
    return firsts


def scans_with_person(fair_id: int) -> Select[*tuple[Any, ...]]:
    """Every scan with whose it is: `registration_id`, `category_id`, and `visitor`, whether its entries are visits.

    `at_session`: it was read at a session's door, which is no way into the fair.
    """
    doors = select(Gate.id).where(Gate.fair_id == fair_id, Gate.session_id.is_not(None))
    return (
        select(
            Scan.id, Scan.badge_id, Scan.gate_id, Scan.day, Scan.counted_at, Scan.verdict, Scan.counts,
            Scan.annulled_by, Badge.registration_id, Badge.category_id, VisitorCategory.counts.label("visitor"),
            Scan.gate_id.in_(doors).label("at_session"),
        )
        .outerjoin(Badge, Badge.id == Scan.badge_id)
        .outerjoin(VisitorCategory, VisitorCategory.id == Badge.category_id)
        .where(Scan.fair_id == fair_id)
    )  # fmt: skip


def entry_of(row: Any, day: date | None = None) -> Entry:
    """A row of `scans_with_person`, on its kept day unless told another."""
    return Entry(
        row.id, row.registration_id, row.badge_id, row.category_id, bool(row.visitor), row.gate_id, day or row.day,
        row.counted_at,
    )  # fmt: skip


def visit_values(fair_id: int, entry: Entry) -> dict[str, Any]:
    """The visit row that an entry makes."""
    return {
        "fair_id": fair_id,
        "registration_id": entry.registration_id,
        "day": entry.day,
        "badge_id": entry.badge_id,
        "scan_id": entry.scan_id,
        "gate_id": entry.gate_id,
        "category_id": entry.category_id,
        "first_at": entry.at,
    }
