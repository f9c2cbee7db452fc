"""Counts a fair in a few grouped queries. Everything that the report prints is added up from these groups."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import and_, case, exists, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Subquery

from app.booths.models import Allocation, Booth, BoothState
from app.db import database_state, db
from app.deals.models import Deal
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import is_shown
from app.kept import KeptUntilWritten
from app.visitors.models import Badge, Registration, Scan, Visit, VisitorCategory
from app.visitors.passages import in_the_fair

COUNTED_KINDS = ("main", "co")
Counted = TypeVar("Counted")
_counted: KeptUntilWritten[Any] = KeptUntilWritten(64)


class BoothGroup(NamedTuple):
    hall_id: int
    free_of_charge: bool
    country: str
    province: str | None
    number: int
    area_cm2: int


class ExhibitorGroup(NamedTuple):
    kind: str
    country: str
    province: str | None
    number: int


class VisitGroup(NamedTuple):
    day: date
    gate_id: int
    category_id: int
    country: str
    number: int


class VisitorGroup(NamedTuple):
    category_id: int
    country: str
    number: int


class DealGroup(NamedTuple):
    state: str
    currency: str
    kind: str
    number: int
    amount_minor: int


@dataclass
class Tally:
    """What there is in a fair, grouped; each group is counted when it is first asked for, and then once."""

    fair: Fair

    @cached_property
    def booths(self) -> list[BoothGroup]:
        return self._kept(_booths)

    @cached_property
    def show_area_cm2(self) -> int:
        return self._kept(_show_area_cm2)

    @cached_property
    def exhibitors(self) -> list[ExhibitorGroup]:
        return self._kept(_exhibitors)

    @cached_property
    def visits(self) -> list[VisitGroup]:
        return self._kept(_visits)

    @cached_property
    def visitors(self) -> list[VisitorGroup]:
        return self._kept(_visitors)

    @cached_property
    def visitors_by_gate(self) -> dict[int, int]:
        """Persons by the gate of a day's first entry: who came through two on two days is one at each."""
        return self._kept(_visitors_by_gate)

    @cached_property
    def deals(self) -> list[DealGroup]:
        return self._kept(_deals)

    @cached_property
    def staff_days(self) -> int:
        return self._kept(_exhibitor_staff_days)

    @cached_property
    def version(self) -> str:
        """Eight hexadecimal digits of the groups' canonical JSON: it changes with these numbers, with nothing else."""
        groups = (self.booths, self.show_area_cm2, self.exhibitors, self.visits, self.visitors, self.deals)
        text = json.dumps(groups, default=str, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return f"{digest[:4]}-{digest[4:8]}"

    @cached_property
    def _state(self) -> Hashable:
        return database_state()

    def _kept(self, count: Callable[[Fair], Counted]) -> Counted:
        """Of the fair, which was read before, the functions below read no more than the key names."""
        fair = self.fair
        key = (count.__name__, fair.id, fair.country, fair.starts_on, fair.ends_on)
        found: Counted = _counted.get_as_of(self._state, key, lambda: count(fair))
        return found


def is_let() -> ColumnElement[bool]:
    """What makes an allocation a letting: it stands, and it is neither a hold nor a reservation."""
    return and_(Allocation.ended_at.is_(None), Allocation.state == BoothState.LET)


def is_exhibitor(fair_id: int) -> ColumnElement[bool]:
    """Main exhibitors with a booth, and approved guests on one; who is only registered does not exhibit yet."""
    let: Subquery = select(Allocation.exhibitor_id).where(Allocation.fair_id == fair_id, is_let()).subquery()
    ids = select(let.c.exhibitor_id)
    return and_(
        Exhibitor.fair_id == fair_id,
        is_shown(),
        or_(Exhibitor.id.in_(ids), and_(Exhibitor.kind != "main", Exhibitor.main_id.in_(ids))),
    )


def _booths(fair: Fair) -> list[BoothGroup]:
    keys = (Booth.hall_id, Allocation.free_of_charge, Exhibitor.country, Exhibitor.province)
    area = func.sum(Booth.area_cm2)
    found = db.session.execute(
        select(*keys, func.count(), area)
        .join(Allocation, and_(Allocation.booth_id == Booth.id, Allocation.fair_id == fair.id, is_let()))
        .join(Exhibitor, Exhibitor.id == Allocation.exhibitor_id)
        .where(Booth.fair_id == fair.id)
        .group_by(*keys)
    )
    return _sorted([BoothGroup(*row[:5], int(row[5])) for row in found.all()])


def _show_area_cm2(fair: Fair) -> int:
    area = func.coalesce(func.sum(Booth.area_cm2), 0)
    return int(db.session.scalar(select(area).where(Booth.fair_id == fair.id, Booth.state == BoothState.SHOW)) or 0)


def _exhibitors(fair: Fair) -> list[ExhibitorGroup]:
    keys = (Exhibitor.kind, Exhibitor.country, Exhibitor.province)
    found = db.session.execute(select(*keys, func.count()).where(is_exhibitor(fair.id)).group_by(*keys))
    return _sorted([ExhibitorGroup(*row) for row in found.all()])


def _visits(fair: Fair) -> list[VisitGroup]:
    """By country too, though a visit has none: the few from abroad are looked up, the others are what is left.

    One statement, so that both counts are of the same moment.
    """
    keys = (Visit.day, Visit.gate_id, Visit.category_id)
    during = and_(Visit.fair_id == fair.id, in_the_fair(fair, Visit.day))
    foreigners = select(Registration.id).where(Registration.fair_id == fair.id, Registration.country != fair.country)
    everybody = select(*keys, literal(fair.country), func.count()).where(during).group_by(*keys)
    abroad = (
        select(*keys, Registration.country, func.count())
        .join(Registration, Registration.id == Visit.registration_id)
        .where(during, Visit.registration_id.in_(foreigners))
        .group_by(*keys, Registration.country)
    )
    groups = [VisitGroup(*row) for row in db.session.execute(everybody.union_all(abroad)).all()]
    home = Counter({group[:3]: group.number for group in groups if group.country == fair.country})
    foreign = [group for group in groups if group.country != fair.country]
    for group in foreign:
        home[group[:3]] -= group.number
    return sorted(foreign + [VisitGroup(*key, fair.country, number) for key, number in home.items() if number])


def _visitors(fair: Fair) -> list[VisitorGroup]:
    """Looked for person by person: a list of those who came would be sorted first."""
    keys = (Registration.category_id, Registration.country)
    came = exists().where(
        Visit.fair_id == fair.id, Visit.registration_id == Registration.id, in_the_fair(fair, Visit.day)
    )
    found = db.session.execute(select(*keys, func.count()).where(Registration.fair_id == fair.id, came).group_by(*keys))
    return _sorted([VisitorGroup(*row) for row in found.all()])


def _visitors_by_gate(fair: Fair) -> dict[int, int]:
    persons = func.count(Visit.registration_id.distinct())
    found = select(Visit.gate_id, persons).where(Visit.fair_id == fair.id, in_the_fair(fair, Visit.day))
    return {gate_id: number for gate_id, number in db.session.execute(found.group_by(Visit.gate_id))}


def _deals(fair: Fair) -> list[DealGroup]:
    keys = (Deal.state, Deal.currency, Deal.kind)
    amount = func.coalesce(func.sum(case((Deal.amount_minor.is_(None), 0), else_=Deal.amount_minor)), 0)
    found = db.session.execute(select(*keys, func.count(), amount).where(Deal.fair_id == fair.id).group_by(*keys))
    return _sorted([DealGroup(row[0], row[1], row[2], row[3], int(row[4])) for row in found.all()])


def _exhibitor_staff_days(fair: Fair) -> int:
    """Days on which each of the exhibitors' staff came in, once per person and day."""
    days = (
        select(Badge.registration_id, Scan.day)
        .join(Badge, Badge.id == Scan.badge_id)
        .join(VisitorCategory, VisitorCategory.id == Badge.category_id)
        .where(
            Scan.fair_id == fair.id,
            in_the_fair(fair, Scan.day),
            VisitorCategory.code == "exhibitor",
            Scan.counts == "entry",
            Scan.annulled_by.is_(None),
        )
        .distinct()
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(days)) or 0


def _sorted(groups: list[Any]) -> list[Any]:
    """In an order that does not depend on the database, so that equal data give an equal version."""
    return sorted(groups, key=lambda group: tuple(str(value) for value in group))
