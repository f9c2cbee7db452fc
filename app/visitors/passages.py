"""Who came through which gate when: what the organiser watches while the fair is open."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app import clock
from app.db import db
from app.fairs.models import Fair
from app.kept import KeptUntilWritten
from app.visitors.gate_facts import GateFacts
from app.visitors.models import FIRST_ENTRIES, Badge, Device, Gate, Registration, Scan, ScanFault, Visit

QUARTER = 900
Entries = tuple[dict[int, dict[int, int]], int]  # entries by quarter since 1970 and gate; the day's visits
_entries: KeptUntilWritten[Entries] = KeptUntilWritten(16)
_doubled: KeptUntilWritten[Sequence[int]] = KeptUntilWritten(16)


def in_the_fair(fair: Fair, day: InstrumentedAttribute[date]) -> ColumnElement[bool]:
    """What every count of visits asks of the day: what was recorded outside the fair is kept, and counts nowhere."""
    return day.between(fair.starts_on, fair.ends_on)


def is_entry() -> ColumnElement[bool]:
    """An accepted entry that stands: the first of the day or a later one."""
    return and_(Scan.counts.in_(("visit", "entry")), Scan.annulled_by.is_(None))


@dataclass(frozen=True)
class Quarters:
    """Entries by quarter of an hour (rows, local time) and gate (columns)."""

    gates: list[str]
    rows: list[tuple[datetime, list[int], int]]  # start, entries a gate, all
    totals: list[int]
    entries: int
    visits: int
    running: bool  # the last row is still being counted


def entries_by_quarter(fair: Fair, facts: GateFacts, day: date) -> Quarters:
    """Accepted entries that stand; visits are of the visit rows."""
    counted, visits = _entries.get((fair.id, day), lambda: _counted(fair.id, day))
    gates = list(facts.gates)
    rows = []
    for quarter in range(min(counted, default=0), max(counted, default=-1) + 1):
        line = [counted.get(quarter, {}).get(facts.gates[code], 0) for code in gates]
        rows.append((datetime.fromtimestamp(quarter * QUARTER, UTC), line, sum(line)))
    totals = [sum(line[n] for _at, line, _all in rows) for n in range(len(gates))]
    now = int(clock.now().timestamp()) // QUARTER
    return Quarters(gates, rows, totals, sum(totals), visits, bool(counted) and max(counted) == now)


def _counted(fair_id: int, day: date) -> Entries:
    counted: dict[int, dict[int, int]] = defaultdict(dict)
    wanted = (
        select(func.min(Scan.counted_at), Scan.gate_id, func.count())
        .where(Scan.fair_id == fair_id, Scan.day == day, is_entry())
        .group_by(quarter_of(Scan.counted_at), Scan.gate_id)
    )
    for at, gate_id, n in db.session.execute(wanted).all():
        counted[int(at.timestamp()) // QUARTER][gate_id] = n
    visits = db.session.scalar(select(func.count()).where(Visit.fair_id == fair_id, Visit.day == day)) or 0
    return dict(counted), visits


def quarter_of(column: Any) -> ColumnElement[int]:
    """What is the same for all times of one quarter of an hour within a month: to group by first, not to show."""
    if db.engine.dialect.name == "postgresql":
        return func.floor(func.extract("epoch", column) / QUARTER)
    day, hour, minute = (
        cast(func.substr(column, at, 2), Integer) for at in (9, 12, 15)
    )  # strftime is slow, and rounds
    return day * 96 + hour * 4 + minute // 15


def busy_days(fair: Fair) -> list[date]:
    """The fair's days with visits, in order."""
    wanted = select(Visit.day).where(Visit.fair_id == fair.id, in_the_fair(fair, Visit.day))
    return list(db.session.scalars(wanted.distinct().order_by(Visit.day)))


def devices_heard(fair_id: int) -> list[Any]:
    """Each device with its gate, the one that was silent longest first."""
    wanted = select(Device, Gate).outerjoin(Gate, Gate.id == Device.gate_id).where(Device.fair_id == fair_id)
    return list(db.session.execute(wanted.order_by(Device.last_seen_at).limit(200)))


def doubled(fair_id: int, day: date) -> Sequence[int]:
    """The registrations of people whom two gates both let in as the first of the day, exactly."""
    firsts = (
        select(Badge.registration_id)
        .join(Scan, Scan.badge_id == Badge.id)
        .where(Scan.fair_id == fair_id, Scan.day == day, FIRST_ENTRIES)
        .group_by(Badge.registration_id)
        .having(func.count() > 1)
        .order_by(Badge.registration_id)
    )
    return _doubled.get((fair_id, day), lambda: db.session.scalars(firsts).all())


def double_entries(fair_id: int, day: date) -> list[Any]:
    """The same people: (name, badge, entries)."""
    registrations = doubled(fair_id, day)
    if not registrations:
        return []
    wanted = (
        select(Scan, Badge, Registration)
        .join(Badge, Badge.id == Scan.badge_id)
        .join(Registration, Registration.id == Badge.registration_id)
        .where(Scan.fair_id == fair_id, Scan.day == day, FIRST_ENTRIES, Badge.registration_id.in_(registrations[:500]))
        .order_by(Registration.id, Scan.counted_at)
        .limit(500)
    )
    people: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(wanted):
        people[row.Registration.id].append(row)
    return [{"person": rows[0].Registration, "badge": rows[0].Badge, "scans": rows} for rows in people.values()]


def scan_faults(fair_id: int) -> list[ScanFault]:
    """Scans that came under another scan's id: faults of a device, newest first."""
    wanted = select(ScanFault).where(ScanFault.fair_id == fair_id).order_by(ScanFault.received_at.desc())
    return list(db.session.scalars(wanted.limit(50)))
