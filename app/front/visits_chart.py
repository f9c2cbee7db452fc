"""Visits of the organiser's day by quarter of an hour and gate, and their chart."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select

from app import clock
from app.db import db
from app.fairs.models import Fair
from app.kept import KeptUntilWritten
from app.visitors.models import Gate, Visit
from app.visitors.passages import quarter_of
from app.visitors.quarter_chart import QuarterChart, quarter_chart

Counted = dict[date, dict[int, dict[int, int]]]  # visits by day, quarter of an hour since 1970, and gate
_visits: KeptUntilWritten[Counted] = KeptUntilWritten(16)


@dataclass(frozen=True)
class Quarters:
    """Visits of one day by quarter of an hour (rows) and gate (columns)."""

    gates: list[Gate]
    rows: list[tuple[datetime, list[int], int]]
    totals: list[int]
    running: bool  # the last row is still being counted


def visits_chart(fair: Fair, day: date, gates: list[Gate]) -> QuarterChart:
    """Of one day, with the day before beside it."""
    yesterday = day - timedelta(days=1)
    days = [day, yesterday] if yesterday >= fair.starts_on else [day]
    quarters, *rest = visits_by_quarter(fair, days, gates)
    return quarter_chart(fair, day, quarters, [(at, n) for one in rest for at, _line, n in one.rows])


def visits_by_quarter(fair: Fair, days: list[date], gates: list[Gate]) -> list[Quarters]:
    """Each day's, in one statement."""
    counted = _visits.get((fair.id, *days), lambda: _counted(fair.id, days))
    return [_quarters(counted[day], gates) for day in days]


def _counted(fair_id: int, days: list[date]) -> Counted:
    found: Counted = {day: {} for day in days}
    for day, at, gate_id, n in db.session.execute(
        select(Visit.day, func.min(Visit.first_at), Visit.gate_id, func.count())
        .where(Visit.fair_id == fair_id, Visit.day.in_(days))
        .group_by(quarter_of(Visit.first_at), Visit.gate_id, Visit.day)
    ).all():
        found[day].setdefault(int(at.timestamp()) // 900, {})[gate_id] = n
    return found


def _quarters(counted: dict[int, dict[int, int]], gates: list[Gate]) -> Quarters:
    rows = []
    for number in range(min(counted, default=0), max(counted, default=-1) + 1):
        line = [counted.get(number, {}).get(gate.id, 0) for gate in gates]
        rows.append((datetime.fromtimestamp(number * 900, UTC), line, sum(line)))
    totals = [sum(line[n] for _at, line, _all in rows) for n in range(len(gates))]
    return Quarters(gates, rows, totals, bool(counted) and max(counted) == int(clock.now().timestamp()) // 900)
