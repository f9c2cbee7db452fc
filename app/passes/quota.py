"""How many passes exhibitors have, and who holds them. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from app.access import Principal
from app.booths.models import Booth, BoothState
from app.db import db
from app.errors import NotFound
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import is_shown
from app.kept import KeptUntilWritten
from app.passes.models import PER_9_M2, PassAllowance, PassRule
from app.visitors.models import Badge, BadgeState, Registration

UNIT_CM2 = 90_000  # 9 m², the standard booth that the quota is told in
CATEGORY = "exhibitor"
_counted: KeptUntilWritten[dict[int, int]] = KeptUntilWritten(8)
SOURCE = "exhibitor"  # of a registration: handed out by an exhibitor, so it counts


@dataclass(frozen=True)
class Quota:
    """Passes of a main exhibitor: its let area, what follows from it, what was granted besides, how many are given."""

    exhibitor: Any  # its id, name and name_en
    area_m2: float
    ruled: int
    extra: int
    given: int

    @property
    def total(self) -> int:
        return self.ruled + self.extra

    @property
    def left(self) -> int:
        return max(self.total - self.given, 0)


@dataclass(frozen=True)
class Pass:
    """A pass that stands, with its newest badge."""

    registration: Registration
    badge: Badge


def per_9_m2(fair_id: int) -> int:
    rule = db.session.get(PassRule, fair_id, populate_existing=True)
    return rule.per_9_m2 if rule is not None else PER_9_M2


def quotas_of(fair: Fair, exhibitor_ids: Collection[int] | None = None) -> list[Quota]:
    """Of main exhibitors with let booths (or of those named, with or without), by name; five queries."""
    areas, given, extra = _areas(fair.id), _given(fair.id), _granted(fair.id)
    rate = per_9_m2(fair.id)
    mains = _NAMED.where(Exhibitor.fair_id == fair.id, Exhibitor.main_id.is_(None))
    mains = mains.where(Exhibitor.id.in_(areas if exhibitor_ids is None else exhibitor_ids))
    return [
        Quota(
            one, areas.get(one.id, 0) / 10_000, areas.get(one.id, 0) * rate // UNIT_CM2, extra.get(one.id, 0),
            given.get(one.id, 0),
        )
        for one in db.session.execute(mains).all()
    ]  # fmt: skip


def without_booth(fair: Fair) -> list[tuple[Any, int]]:
    """Main exhibitors (id, name, name_en) without a let booth (any more) whose passes stand, and how many; by name.

    Those that the organiser granted so many besides any booth are left out.
    """
    areas, given, extra = _areas(fair.id), _given(fair.id), _granted(fair.id)
    found = [company for company, n in given.items() if company not in areas and n > extra.get(company, 0)]
    named = db.session.execute(_NAMED.where(Exhibitor.id.in_(found))).all() if found else ()
    return [(one, given[one.id]) for one in named]


_NAMED = select(Exhibitor.id, Exhibitor.name, Exhibitor.name_en).order_by(Exhibitor.folded, Exhibitor.id)


def _areas(fair_id: int) -> dict[int, int]:
    """Let floor in cm² by who has it."""
    holder = Booth.exhibitor_id
    let = select(holder, func.sum(Booth.area_cm2)).where(
        Booth.fair_id == fair_id, Booth.state == BoothState.LET, holder.is_not(None)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(let.group_by(holder)).all()}


def _given(fair_id: int) -> dict[int, int]:
    """Passes that stand by main exhibitor: every registration is looked at, so it is counted once after a change."""
    company = func.coalesce(Exhibitor.main_id, Exhibitor.id)
    counted = (
        select(company, func.count())
        .select_from(Registration)
        .join(Exhibitor, Exhibitor.id == Registration.exhibitor_id)
        .where(Registration.fair_id == fair_id, Registration.source == SOURCE, Registration.cancelled_at.is_(None))
        .group_by(company)
    )
    return _counted.get(fair_id, lambda: {row[0]: row[1] for row in db.session.execute(counted).all()})


def _granted(fair_id: int) -> dict[int, int]:
    granted = select(PassAllowance.exhibitor_id, PassAllowance.extra).where(PassAllowance.fair_id == fair_id)
    return {row[0]: row[1] for row in db.session.execute(granted).all()}


def quota_of(fair: Fair, exhibitor_id: int) -> Quota:
    """Of one main exhibitor. Raises NotFound for a guest, or nobody of this fair."""
    found = quotas_of(fair, [exhibitor_id])
    if not found:
        raise NotFound()
    return found[0]


def passes_of(fair_id: int, exhibitor_id: int) -> list[Pass]:
    """The passes of a main exhibitor and of the companies on its booth, by name."""
    newest = (
        select(func.max(Badge.id)).where(Badge.registration_id == Registration.id).correlate(Registration)
        .scalar_subquery()
    )  # fmt: skip
    rows = db.session.execute(
        select(Registration, Badge)
        .join(Exhibitor, Exhibitor.id == Registration.exhibitor_id)
        .join(Badge, Badge.id == newest)
        .where(
            Registration.fair_id == fair_id,
            Registration.source == SOURCE,
            Registration.cancelled_at.is_(None),
            or_(Exhibitor.id == exhibitor_id, Exhibitor.main_id == exhibitor_id),
        )
        .order_by(Registration.folded, Registration.id)
    )
    return [Pass(registration, badge) for registration, badge in rows]


def companies_on_booth(fair: Fair, exhibitor_id: int) -> list[Exhibitor]:
    """For whom a main exhibitor gives passes: itself, and co-exhibitors; represented companies send nobody."""
    mine = or_(Exhibitor.id == exhibitor_id, (Exhibitor.main_id == exhibitor_id) & (Exhibitor.kind == "co"))
    rows = select(Exhibitor).where(Exhibitor.fair_id == fair.id, is_shown(), mine)
    return list(db.session.scalars(rows.order_by(Exhibitor.main_id.is_not(None), Exhibitor.folded, Exhibitor.id)))


def own_mains(fair: Fair, who: Principal) -> list[Exhibitor]:
    """The main exhibitors that this person speaks for."""
    rows = select(Exhibitor).where(
        Exhibitor.fair_id == fair.id, Exhibitor.id.in_(who.exhibitor_ids), Exhibitor.main_id.is_(None),
        Exhibitor.withdrawn_at.is_(None),
    )  # fmt: skip
    return list(db.session.scalars(rows.order_by(Exhibitor.folded, Exhibitor.id)))


def is_in_force(one: Pass) -> bool:
    return one.badge.state == BadgeState.VALID
