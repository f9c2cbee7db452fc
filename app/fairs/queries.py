"""Which fairs there are, who has a part in them, and their exhibitors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from app import clock
from app.access import Role
from app.db import db
from app.fairs.models import Approval, Buyer, Exhibitor, ExhibitorMember, Fair, Membership
from app.formats import language
from app.search import words


@dataclass(frozen=True)
class Editions:
    """Published fairs by their time: open today, coming (the next first), past (the last first)."""

    open: list[Fair]
    coming: list[Fair]
    past: list[Fair]

    @property
    def main(self) -> Fair | None:
        """What the start page offers: the next fair to come, else the one that is open, else the last one."""
        return next(iter([*self.coming, *self.open, *self.past]), None)


def editions(at: datetime) -> Editions:
    fairs = db.session.scalars(select(Fair).where(Fair.published_at.is_not(None)).order_by(Fair.starts_on)).all()
    by_time: dict[str, list[Fair]] = {"open": [], "coming": [], "past": []}
    for fair in fairs:
        by_time[time_of(fair, at)].append(fair)
    return Editions(by_time["open"], by_time["coming"], by_time["past"][::-1])


def time_of(fair: Fair, at: datetime) -> str:
    """coming, open or past, by the calendar of the fair's own place."""
    today = clock.fair_day(fair, at)
    return "coming" if today < fair.starts_on else "past" if today > fair.ends_on else "open"


def demo_exists() -> bool:
    """Whether this database holds the demonstration: only then are its outbox and the desk that plays Stripe open."""
    return db.session.scalar(select(Fair.id).where(Fair.is_demo).limit(1)) is not None


def roles_of(person_id: int) -> dict[int, set[Role]]:
    """Every fair in which a person has a part, with their roles there."""
    roles: dict[int, set[Role]] = {}
    for fair_id, role in db.session.execute(
        select(Membership.fair_id, Membership.role).where(Membership.person_id == person_id)
    ):
        roles.setdefault(fair_id, set()).add(Role(role))
    for table, role in ((ExhibitorMember, Role.EXHIBITOR), (Buyer, Role.BUYER)):
        for fair_id in db.session.scalars(select(table.fair_id).where(table.person_id == person_id)):
            roles.setdefault(fair_id, set()).add(role)
    return roles


def places_to_work(person_id: int, at: datetime) -> list[tuple[Fair, set[Role]]]:
    """Fairs in which somebody has a part, the likeliest first: the one open today, then the next, then the last."""
    roles = roles_of(person_id)
    fairs = db.session.scalars(select(Fair).where(Fair.id.in_(roles))).all() if roles else []

    def nearness(fair: Fair) -> tuple[int, int]:
        today = clock.fair_day(fair, at)
        rank = {"open": 0, "coming": 1, "past": 2}[time_of(fair, at)]
        return rank, (today - fair.ends_on).days if rank == 2 else (fair.starts_on - today).days

    return [(fair, roles[fair.id]) for fair in sorted(fairs, key=nearness)]


def is_shown() -> ColumnElement[bool]:
    """Who is on lists and in counts: it did not withdraw, and the organiser lets it onto the booth where it stands."""
    return and_(Exhibitor.withdrawn_at.is_(None), Exhibitor.approval == Approval.APPROVED)


def exhibitors_matching(
    fair_id: int, q: str = "", province: str = "", country: str = "", category: str = ""
) -> Select[Exhibitor]:
    """Exhibitors of a fair that are shown; `q` is found with or without accents, each word anywhere."""
    found = select(Exhibitor).where(Exhibitor.fair_id == fair_id, is_shown())
    for word in words(q):
        found = found.where(Exhibitor.folded.contains(word, autoescape=True))
    if province:
        found = found.where(Exhibitor.province == province)
    if country:
        found = found.where(Exhibitor.country == country)
    if category:
        found = found.where(Exhibitor.category == category)
    return found


def how_many(matching: Select[Exhibitor]) -> tuple[int, int]:
    """How many exhibitors were found, main and co-, and how many represented companies, which never count as such."""
    found = matching.subquery()
    represented = func.count().filter(found.c.kind == "represented")
    total, guests = db.session.execute(select(func.count(), represented).select_from(found)).one()
    return total - guests, guests


def hosts_of(rows: Iterable[Exhibitor]) -> dict[int, Exhibitor]:
    """Whose booth co-exhibitors and represented companies are found on, by the guest's id; one query."""
    mains = {row.id: row.main_id for row in rows if row.main_id is not None}
    if not mains:
        return {}
    known = {one.id: one for one in db.session.scalars(select(Exhibitor).where(Exhibitor.id.in_(set(mains.values()))))}
    return {guest_id: known[main_id] for guest_id, main_id in mains.items()}


def counts_by(fair_id: int, column: Any) -> list[tuple[str, int]]:
    """How many exhibitors share a value of a column, the most frequent first; those without a value left out."""
    rows = db.session.execute(
        select(column, func.count())
        .where(Exhibitor.fair_id == fair_id, is_shown(), column.is_not(None), column != "")
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    return [(value, count) for value, count in rows]


def last_day_so_far(fair: Fair, at: datetime) -> date:
    """Today during the fair; its first day before, its last day afterwards."""
    return min(max(clock.fair_day(fair, at), fair.starts_on), fair.ends_on)


def by_shown_name() -> tuple[Any, ...]:
    """The order of a list of exhibitors as its reader sees their names."""
    if language() == "vi":
        return Exhibitor.folded, Exhibitor.id
    shown = case((Exhibitor.name_en != "", Exhibitor.name_en), else_=Exhibitor.name)
    return func.lower(shown), Exhibitor.id
