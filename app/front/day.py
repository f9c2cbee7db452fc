"""One day of a fair in figures, for the organiser. Reads only; every figure names the page with its rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Integer, ScalarSelect, bindparam, func, select

from app import clock
from app.booths.models import Booth, BoothState
from app.db import db
from app.deals.models import Deal
from app.fairs.models import Exhibitor, Fair, Zone
from app.fairs.queries import is_shown
from app.kept import KeptUntilWritten
from app.money import Money
from app.reports.breakdowns import DealCell, hide_few
from app.visitors.gate_facts import gate_facts
from app.visitors.inside import inside_on
from app.visitors.models import Gate, Registration, Visit

LEVELS = ("declared", "confirmed", "verified")
_counted: KeptUntilWritten[Any] = KeptUntilWritten(8)


def _count(table: Any, *conditions: Any) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(table.fair_id == _FAIR, *conditions).scalar_subquery()


# Put together once: this page is asked for again and again, and putting them together takes longer than counting.
_FAIR: BindParameter[int] = bindparam("fair", type_=Integer)
_KEPT = Booth.state.in_((BoothState.HELD, BoothState.RESERVED)) & (Booth.held_until > bindparam("now"))
_BOOTHS = (
    select(Booth.zone_id, func.count(), func.count().filter(Booth.state == BoothState.LET), func.count().filter(_KEPT))
    .where(Booth.fair_id == _FAIR, Booth.state.not_in((BoothState.NOT_LET, BoothState.SHOW, BoothState.GONE)))
    .group_by(Booth.zone_id)
)
_COUNTS = select(
    _count(Exhibitor, is_shown()),
    _count(Registration, Registration.cancelled_at.is_(None), Registration.exhibitor_id.is_(None)),
    _count(Visit, Visit.day.between(bindparam("starts_on"), bindparam("ends_on"))),
)
_DEALS = (
    select(Deal.state, Deal.currency, func.count(), func.sum(Deal.amount_minor))
    .where(Deal.fair_id == _FAIR, Deal.state.in_(LEVELS))
    .group_by(Deal.state, Deal.currency)
    .order_by(Deal.state, func.count().desc())
)


@dataclass(frozen=True)
class DayFigures:
    """Visits by the counting rule; `before` is the same stretch of the day before, None on the first day."""

    day: date
    until: datetime  # now, or when the gates closed
    running: bool
    visits: int
    before: int | None
    inside: int | None  # None where nobody is scanned on the way out
    deals: int
    deals_of_both: int
    by_gate: list[tuple[Gate, int]]

    @property
    def change(self) -> int | None:
        """In per cent against the day before; None where that says nothing."""
        return round((self.visits - self.before) * 100 / self.before) if self.before and self.before >= 20 else None


@dataclass(frozen=True)
class FairFigures:
    """What holds for the whole fair on this day."""

    exhibitors: int
    registrations: int
    visits: int
    zones: list[tuple[Zone | None, int, int]]  # booths that can be let, and let; zones of one name together
    booths: int
    booths_let: int
    booths_kept: int  # held or waiting for money
    levels: dict[str, tuple[int, list[DealCell]]]  # declared, confirmed, verified; values per currency


def day_figures(fair: Fair, day: date, now: datetime) -> DayFigures:
    zone = ZoneInfo(fair.time_zone)
    closed = datetime.combine(day, fair.closes_at_time, tzinfo=zone)
    running = clock.fair_day(fair, now) == day and now < closed
    until = now if running else closed
    yesterday = day - timedelta(days=1)
    begin = datetime.combine(day, time(), tzinfo=zone)
    deals, both = db.session.execute(
        select(func.count(), func.count().filter(Deal.state.in_(("confirmed", "verified")))).where(
            Deal.fair_id == fair.id,
            Deal.recorded_at >= begin,
            Deal.recorded_at < begin + timedelta(days=1),
            Deal.state.in_(LEVELS),
        )
    ).one()
    by_gate, before = _visits(fair, day, until - timedelta(days=1) if running else None)
    of_fair = (Gate.fair_id == fair.id, Gate.session_id.is_(None))
    gates = db.session.scalars(select(Gate).where(*of_fair).order_by(Gate.position, Gate.id))
    return DayFigures(
        day=day,
        until=until,
        running=running,
        visits=sum(by_gate.values()),
        before=before if yesterday >= fair.starts_on else None,
        inside=_inside(fair, day) if running and fair.counts_exits else None,
        deals=deals,
        deals_of_both=both,
        by_gate=[(gate, by_gate.get(gate.id, 0)) for gate in gates if gate.id in by_gate or gate.retired_at is None],
    )


def fair_figures(fair: Fair, now: datetime) -> FairFigures:
    asked = {"fair": fair.id, "now": now, "starts_on": fair.starts_on, "ends_on": fair.ends_on}
    rows = db.session.execute(_BOOTHS, asked).all()
    zones = {zone.id: zone for zone in db.session.scalars(select(Zone).where(Zone.fair_id == fair.id))}
    shown: dict[str, tuple[Zone | None, int, int]] = {}
    for zone_id, n, let, _kept in rows:
        zone = zones.get(zone_id or 0)
        first, booths, so_far = shown.get(zone.name if zone else "", (zone, 0, 0))
        shown[zone.name if zone else ""] = (first, booths + n, so_far + let)
    exhibitors, registrations, visits = _counted.get(
        (fair.id, fair.starts_on, fair.ends_on), lambda: db.session.execute(_COUNTS, asked).one()
    )
    return FairFigures(
        exhibitors=exhibitors,
        registrations=registrations,
        visits=visits,
        zones=sorted(shown.values(), key=lambda row: row[0].code if row[0] else "~"),
        booths=sum(row[1] for row in rows),
        booths_let=sum(row[2] for row in rows),
        booths_kept=sum(row[3] for row in rows),
        levels=_levels(fair),
    )


def _visits(fair: Fair, day: date, until: datetime | None) -> tuple[dict[int, int], int]:
    """The day's visits by gate, and how many came the day before, until that moment of it."""
    so_far = func.count().filter(Visit.first_at <= until) if until else func.count()
    rows = db.session.execute(
        select(Visit.day, Visit.gate_id, func.count(), so_far)
        .where(Visit.fair_id == fair.id, Visit.day.in_((day, day - timedelta(days=1))))
        .group_by(Visit.day, Visit.gate_id)
    ).all()
    return {row[1]: row[2] for row in rows if row[0] == day}, sum(row[3] for row in rows if row[0] != day)


def _inside(fair: Fair, day: date) -> int | None:
    """Visitors who are inside, as the board of the gates has it; None where nobody was scanned on the way out."""
    found = inside_on(gate_facts(fair.id), day)
    return found.all.visitors if found.left else None


def _levels(fair: Fair) -> dict[str, tuple[int, list[DealCell]]]:
    """Hidden where the report hides them: who may not read deals would read a firm's value in a sum of one."""
    cells: dict[str, dict[str, DealCell]] = {level: {} for level in LEVELS}
    rows = db.session.execute(_DEALS, {"fair": fair.id}).all()
    for state, currency, n, total in rows:
        cells[state][currency] = DealCell(n, Money(int(total or 0), currency))
    return {
        level: (sum(cell.number for cell in found.values()), list(hide_few(found).values()))
        for level, found in cells.items()
    }
