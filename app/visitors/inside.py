"""Who is inside now: entries minus exits of the day, each person once.

A person is inside the hall whose gate read the badge last today, if that was on the way in. So an entry that is read
twice is one person, an exit at any gate ends every hall, and the list of people has as many rows as the figure says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Subquery, func, select

from app.db import db
from app.visitors.gate_facts import GateFacts
from app.visitors.models import Badge, Registration, Scan


@dataclass(frozen=True)
class Within:
    """People in one place: visitors, and apart from them staff, press and crew."""

    visitors: int = 0
    others: int = 0

    @property
    def people(self) -> int:
        return self.visitors + self.others

    def __add__(self, other: "Within") -> "Within":
        return Within(self.visitors + other.visitors, self.others + other.others)


@dataclass(frozen=True)
class Inside:
    """The fair's people by hall code; "" holds who came through a gate that leads to no hall."""

    halls: Mapping[str, Within]
    left: int  # people whose last scan of the day was an exit

    @property
    def all(self) -> Within:
        return sum(self.halls.values(), Within())


@dataclass(frozen=True)
class PersonInside:
    """One line of the list: the least that a roll-call needs."""

    hall: str
    counts: bool  # a visitor; false for staff, press and crew
    category: int  # its number
    number: str
    name: str
    company: str
    folded: str
    gate: str
    at: datetime


def inside_on(facts: GateFacts, day: date, connection: Connection | None = None) -> Inside:
    """The people inside by the scans of that day: today's are now."""
    last = _last_passages(facts.fair_id, day)
    wanted = select(last.c.gate_id, last.c.category_id, last.c.counts == "exit", func.count()).where(last.c.place == 1)
    rows = (connection or db.session).execute(wanted.group_by(last.c.gate_id, last.c.category_id, last.c.counts))
    halls: dict[str, Within] = dict.fromkeys(facts.halls, Within())
    left = 0
    for gate_id, category_id, out, n in rows:
        if out:
            left += n
            continue
        hall = facts.rules.gate_halls.get(facts.gate_codes.get(gate_id, ""), "")
        came = Within(visitors=n) if _counts(facts, category_id) else Within(others=n)
        halls[hall] = halls.get(hall, Within()) + came
    return Inside(halls, left)


def people_inside(facts: GateFacts, day: date) -> list[PersonInside]:
    """Everybody who is inside, by hall, visitors first, by name."""
    last = _last_passages(facts.fair_id, day)
    wanted = (
        select(last, Badge.number, Registration.name, Registration.company, Registration.folded)
        .join(Badge, Badge.id == last.c.badge_id)
        .join(Registration, Registration.id == last.c.registration_id)
        .where(last.c.place == 1, last.c.counts != "exit")
    )
    found = [_person(facts, row) for row in db.session.execute(wanted)]
    place = {code: n for n, code in enumerate(facts.halls)}
    return sorted(found, key=lambda one: (place.get(one.hall, len(place)), not one.counts, one.folded, one.number))


def _last_passages(fair_id: int, day: date) -> Subquery:
    """Each person's passages of the day that stand, the last with `place` 1."""
    latest = func.row_number().over(
        partition_by=Badge.registration_id, order_by=(Scan.counted_at.desc(), Scan.counts)
    )  # at one instant an entry goes before an exit: rather looked for than forgotten
    return (
        select(
            Badge.registration_id, Badge.category_id, Scan.badge_id, Scan.gate_id, Scan.counts, Scan.counted_at,
            latest.label("place"),
        )
        .join(Badge, Badge.id == Scan.badge_id)
        .where(
            Scan.fair_id == fair_id,
            Scan.day == day,
            Scan.counts.in_(("visit", "entry", "exit")),
            Scan.annulled_by.is_(None),
        )
        .subquery()
    )  # fmt: skip


def _person(facts: GateFacts, row: Any) -> PersonInside:
    gate = facts.gate_codes.get(row.gate_id, "")
    return PersonInside(
        hall=facts.rules.gate_halls.get(gate, ""),
        counts=_counts(facts, row.category_id),
        category=facts.category_numbers.get(row.category_id, 0),
        number=row.number,
        name=row.name,
        company=row.company,
        folded=row.folded,
        gate=gate,
        at=row.counted_at,
    )


def _counts(facts: GateFacts, category_id: int) -> bool:
    category = facts.rules.categories.get(facts.category_numbers.get(category_id, 0))
    return category is None or category.counts
