"""Who came through which gate when: what the organiser watches while the fair is open."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, and_, case, cast, exists, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app import clock
from app.db import db
from app.fairs.models import Fair
from app.fairs.queries import last_day_so_far
from app.kept import KeptUntilWritten
from app.visitors.device_models import GateDevice
from app.visitors.gate_facts import GateFacts
from app.visitors.models import FIRST_ENTRIES, Badge, Device, Gate, Registration, Scan, ScanFault, Visit

QUARTER = 900
SAMPLE = "sample"  # beside the verdicts
LIMIT = timedelta(minutes=15)  # in which a gate takes a scan back: checkin.Rules
SHOWN_AT_MOST = 250  # people of the list of double entries
_doubled: KeptUntilWritten[Sequence[int]] = KeptUntilWritten(16)


def in_the_fair(fair: Fair, day: InstrumentedAttribute[date]) -> ColumnElement[bool]:
    """What every count of visits asks of the day: what was recorded outside the fair is kept, and counts nowhere."""
    return day.between(fair.starts_on, fair.ends_on)


def is_entry() -> ColumnElement[bool]:
    """An accepted entry that stands: the first of the day or a later one."""
    return and_(Scan.counts.in_(("visit", "entry")), Scan.annulled_by.is_(None))


def is_refusal() -> ColumnElement[bool]:
    """A scan inwards that let nobody in."""
    return and_(Scan.counts == "no", Scan.direction == "in")


def is_sample() -> ColumnElement[bool]:
    """A badge for rehearsals, read outside one: refused as forged, though nobody forged it."""
    return and_(Scan.verdict == "forged", cast(Scan.detail, String).contains('"sample"'))


def holds_a_visit() -> ColumnElement[bool]:
    """The entry that made somebody's visit of the day."""
    return exists().where(Visit.fair_id == Scan.fair_id, Visit.day == Scan.day, Visit.scan_id == Scan.id)


@dataclass(frozen=True)
class Quarters:
    """Entries by quarter of an hour (rows, local time) and gate (columns)."""

    gates: list[str]
    rows: list[tuple[datetime, list[int], int]]  # start, entries a gate, all
    totals: list[int]
    entries: int
    visits: int
    running: bool  # the last row is still being counted
    before: list[tuple[datetime, int]]  # the day before, by quarter
    before_so_far: int | None  # the day before until the same time; None on the first day
    day_before: date
    before_until: datetime


def entries_by_quarter(fair: Fair, facts: GateFacts, day: date) -> Quarters:
    """Accepted entries that stand, and those of the day before; visits are of the visit rows."""
    counted: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    before: dict[int, int] = defaultdict(int)
    so_far, yesterday, moment = 0, day - timedelta(days=1), clock.now()
    until = moment - timedelta(days=1) if clock.fair_day(fair, moment) == day else moment
    of_the_day = select(func.count()).select_from(Visit).where(Visit.fair_id == fair.id, Visit.day == day)
    wanted = (
        select(
            Scan.day, func.min(Scan.counted_at), Scan.gate_id, func.count(),
            func.count().filter(Scan.counted_at <= until), of_the_day.scalar_subquery(),
        )
        .where(Scan.fair_id == fair.id, Scan.day.in_((day, yesterday)), is_entry())
        .group_by(Scan.day, quarter_of(Scan.counted_at), Scan.gate_id)
    )  # fmt: skip
    found = db.session.execute(wanted).all()
    for of_day, at, gate_id, n, n_so_far, _visits in found:
        quarter = int(at.timestamp()) // QUARTER
        if of_day == day:
            counted[quarter][gate_id] += n
        elif yesterday >= fair.starts_on:
            before[quarter], so_far = before[quarter] + n, so_far + n_so_far
    read = {gate_id for line in counted.values() for gate_id in line}
    ways_in = [(code, gate_id) for code, gate_id in facts.gates.items() if code not in facts.rules.sessions]
    gates = [code for code, gate_id in ways_in if code not in facts.retired_gates or gate_id in read]
    rows = []
    for quarter in range(min(counted, default=0), max(counted, default=-1) + 1):
        line = [counted[quarter].get(facts.gates[code], 0) for code in gates]
        rows.append((datetime.fromtimestamp(quarter * QUARTER, UTC), line, sum(line)))
    totals = [sum(line[n] for _at, line, _all in rows) for n in range(len(gates))]
    return Quarters(
        gates=gates,
        rows=rows,
        totals=totals,
        entries=sum(totals),
        visits=found[0][5] if found else 0,
        running=bool(counted) and max(counted) == int(moment.timestamp()) // QUARTER,
        before=[(datetime.fromtimestamp(quarter * QUARTER, UTC), n) for quarter, n in sorted(before.items())],
        before_so_far=so_far if yesterday >= fair.starts_on else None,
        day_before=yesterday,
        before_until=until,
    )


@dataclass(frozen=True)
class Refusals:
    by_verdict: list[tuple[str, int]]  # the most frequent first
    takings_back: int  # of them, those that found nothing to take back


def refusals(fair_id: int, day: date) -> Refusals:
    """Scans inwards that let nobody in, by verdict; sample badges apart from forged ones."""
    verdict = case((is_sample(), SAMPLE), else_=Scan.verdict).label("said")
    wanted = (
        select(verdict, func.count(), func.count(Scan.annuls))
        .where(Scan.fair_id == fair_id, Scan.day == day, is_refusal())
        .group_by("said")
    )
    found = db.session.execute(wanted).all()
    by_verdict = sorted(((row[0], row[1]) for row in found), key=lambda one: (-one[1], one[0]))
    return Refusals(by_verdict, sum(row[2] for row in found))


def quarter_of(column: Any) -> ColumnElement[int]:
    """What is the same for all times of one quarter of an hour within a month: to group by first, not to show."""
    if db.engine.dialect.name == "postgresql":
        return func.floor(func.extract("epoch", column) / QUARTER)
    day, hour, minute = (
        cast(func.substr(column, at, 2), Integer) for at in (9, 12, 15)
    )  # strftime is slow, and rounds
    return day * 96 + hour * 4 + minute // 15


def day_to_show(fair: Fair, now: datetime) -> date:
    """The day that pages open on: the last so far, but the one before until today has opened or somebody came."""
    latest = last_day_so_far(fair, now)
    opened = clock.local(fair, now).time() >= fair.opens_at_time
    if opened or latest != clock.fair_day(fair, now) or latest == fair.starts_on:
        return latest
    came = exists().where(Visit.fair_id == fair.id, Visit.day == latest)
    return latest if db.session.scalar(select(came)) else latest - timedelta(days=1)  # the day before tells more


def busy_days(fair: Fair) -> list[date]:
    """The fair's days with visits, in order."""
    wanted = select(Visit.day).where(Visit.fair_id == fair.id, in_the_fair(fair, Visit.day))
    return list(db.session.scalars(wanted.distinct().order_by(Visit.day)))


def devices_heard(fair_id: int) -> list[Any]:
    """Each device with its gate and the version of its app, the one that was silent longest first.

    The version is None where nobody set the device up.
    """
    own = (GateDevice.fair_id == Device.fair_id) & (Device.key == "set-up-" + cast(GateDevice.id, String))
    wanted = (
        select(Device, Gate, GateDevice.app_version)
        .outerjoin(Gate, Gate.id == Device.gate_id)
        .outerjoin(GateDevice, own)
        .where(Device.fair_id == fair_id)
    )
    return list(db.session.execute(wanted.order_by(Device.last_seen_at).limit(200)))


def doubled(fair: Fair, day: date) -> Sequence[int]:
    """The registrations of people whom the gates let in once more than the fair's rule allows, exactly.

    Under each rule: two gates both let them in as the first of the day. Besides, `single_entry`: in again without an
    exit between; `once_per_edition`: in on this day, and on an earlier one. Who was let in by hand is not meant.
    """
    twice = (
        select(Badge.registration_id)
        .join(Scan, Scan.badge_id == Badge.id)
        .where(Scan.fair_id == fair.id, Scan.day == day, FIRST_ENTRIES)
        .group_by(Badge.registration_id)
        .having(func.count() > 1)
    )
    found = [twice]
    if fair.entry_rule == "single_entry":
        found.append(_in_without_an_exit(fair, day))
    elif fair.entry_rule == "once_per_edition":
        found.append(_in_on_an_earlier_day(fair, day))
    key = (fair.id, day, fair.entry_rule, fair.counts_exits)
    return _doubled.get(key, lambda: db.session.scalars(union(*found).order_by("registration_id")).all())


def _in_without_an_exit(fair: Fair, day: date) -> Select[int]:
    before = func.lag(Scan.direction).over(partition_by=Badge.registration_id, order_by=(Scan.counted_at, Scan.id))
    ways = (
        select(Badge.registration_id, Scan.verdict, before.label("before"))
        .join(Scan, Scan.badge_id == Badge.id)
        .where(Scan.fair_id == fair.id, Scan.day == day, Scan.counts.in_(("visit", "entry", "exit")))
        .where(Scan.annulled_by.is_(None))
    )
    if not fair.counts_exits:
        ways = ways.where(Scan.direction == "in")
    passed = ways.subquery()
    wanted = select(passed.c.registration_id).where(passed.c.before == "in")
    return wanted.where(passed.c.verdict.in_(("admitted", "admitted_again"))).distinct()


def _in_on_an_earlier_day(fair: Fair, day: date) -> Select[int]:
    earlier = exists().where(
        Visit.fair_id == fair.id, Visit.registration_id == Badge.registration_id, Visit.day < day
    )  # fmt: skip
    firsts = select(Badge.registration_id).join(Scan, Scan.badge_id == Badge.id)
    return firsts.where(Scan.fair_id == fair.id, Scan.day == day, FIRST_ENTRIES, earlier).distinct()


def double_entries(fair: Fair, day: date, registrations: Sequence[int]) -> list[Any]:
    """The first of the people whom `doubled` found, to be shown, each with the entries that came to it."""
    if not registrations:
        return []
    wanted = (
        select(Scan, Badge, Registration)
        .join(Badge, Badge.id == Scan.badge_id)
        .join(Registration, Registration.id == Badge.registration_id)
        .where(Scan.fair_id == fair.id, Badge.registration_id.in_(registrations[:SHOWN_AT_MOST]))
        .order_by(Registration.id, Scan.counted_at)
        .limit(4 * SHOWN_AT_MOST)
    )
    if fair.entry_rule == "single_entry":
        wanted = wanted.where(Scan.day == day, is_entry())
    elif fair.entry_rule == "once_per_edition":
        wanted = wanted.where(Scan.day <= day, FIRST_ENTRIES)
    else:
        wanted = wanted.where(Scan.day == day, FIRST_ENTRIES)
    people: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(wanted):
        people[row.Registration.id].append(row)
    return [{"person": rows[0].Registration, "badge": rows[0].Badge, "scans": rows} for rows in people.values()]


def scan_faults(fair_id: int) -> list[ScanFault]:
    """Scans that came under another scan's id: faults of a device, newest first."""
    wanted = select(ScanFault).where(ScanFault.fair_id == fair_id).order_by(ScanFault.received_at.desc())
    return list(db.session.scalars(wanted.limit(50)))


def taken_back_too_early(fair_id: int, day: date) -> list[Any]:
    """Entries of the day that stand although their gate took them back: the taking back arrived first.

    (Scan, Registration) in the order of time. A gate's answer is final, so a person takes the entry out.
    """
    back = aliased(Scan)
    wanted = (
        select(Scan, Registration, back.counted_at.label("back_at"))
        .join(Badge, Badge.id == Scan.badge_id)
        .join(Registration, Registration.id == Badge.registration_id)
        .join(back, and_(back.fair_id == Scan.fair_id, back.annuls == Scan.id, back.gate_id == Scan.gate_id))
        .where(back.fair_id == fair_id, back.day == day, back.verdict == "unknown", back.annuls.is_not(None))
        .where(is_entry(), Scan.received_at >= back.received_at)
        .order_by(Scan.counted_at, Scan.id)
        .limit(50)
    )
    found = {row.Scan.id: row for row in db.session.execute(wanted) if abs(row.back_at - row.Scan.counted_at) <= LIMIT}
    return list(found.values())
