"""Counts a fair again from its scans and corrections alone, and compares with what is kept beside them.

Read are the rows that nobody changes: scans, and the corrections of the organiser. Kept beside them, so that figures
need no counting, are the visits, and on a scan its day, what its answer counts as and what took it back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import select, update

from app import audit, clock
from app.audit import Actor
from app.db import db, retrying
from app.fairs.models import Fair
from app.visitors.checkin import ADMISSIONS
from app.visitors.corrections import RECORDED, lock_days, settle_day
from app.visitors.counting import Day, Entry, entry_of, first_entries, scans_with_person, visit_values
from app.visitors.models import Badge, Correction, CorrectionKind, Scan, Visit


class What(StrEnum):
    """What of the kept differs from the rows."""

    VISIT_MISSING = "visit missing"
    VISIT_NOT_DUE = "visit without an entry"
    VISIT_DIFFERS = "visit of another entry"
    TAKEN_BACK = "taken back"
    DAY = "day of the fair"
    COUNTS = "counts as"


NOBODY = 0  # whose scans no badge row of ours is behind
RAW = (What.DAY, What.COUNTS)  # written with the scan and sealed with it: a backup mends them, nothing else


@dataclass(frozen=True)
class Difference:
    """A scan, or the visit of a person (registration) and day, that is kept otherwise than the rule says."""

    what: What
    kept: str
    by_rule: str
    scan_id: str = ""
    visit: Day | None = None


@dataclass(frozen=True)
class Totals:
    """Within the fair's days. Entries of staff, press and crew are among the entries, and never make a visit."""

    entries: int
    staff_entries: int
    visits: int
    unique_visitors: int


@dataclass(frozen=True)
class Recount:
    by_rule: Totals
    kept: Totals
    differences: list[Difference]


@dataclass
class _Rows:
    """What one reading found, of a whole fair or of one person."""

    scans: list[tuple[Any, date, str | None]]  # the row, its day by rule, what took it back by rule
    visits: dict[Day, dict[str, Any]]
    entries: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.entries = [
            entry_of(row, day) for row, day, by in self.scans if row.registration_id and not by and _is_entry(row)
        ]


def recount(fair: Fair) -> Recount:
    """Both countings, of one moment. The same rows give the same result, in whatever order they arrived."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":  # SQLite's transactions see one moment anyhow
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    rows = _read(fair)
    db.session.rollback()
    firsts = first_entries(rows.entries)
    within = [row for row, day, by in rows.scans if not by and _is_entry(row) and _within(fair, day)]
    kept = [row for row, _day, _by in rows.scans if row.counts in ("visit", "entry") and not row.annulled_by]
    kept = [row for row in kept if _within(fair, row.day)]
    differences = [one for scan in rows.scans for one in _of_a_scan(*scan)] + _of_visits(fair.id, firsts, rows.visits)
    return Recount(_totals(fair, within, firsts), _totals(fair, kept, rows.visits), differences)


def mend(fair: Fair, differences: Iterable[Difference], actor: Actor) -> int:
    """Write what follows from the rows where it is kept otherwise; answers how many rows were written.

    A person at a time, read again under the locks that gates take: what a gate put right meanwhile is left alone.
    """
    marks = {one.scan_id for one in differences if one.what == What.TAKEN_BACK}
    people = {one.visit[0] for one in differences if one.visit is not None}
    owners = (
        select(Badge.registration_id)
        .select_from(Scan)
        .outerjoin(Badge, Badge.id == Scan.badge_id)
        .where(Scan.fair_id == fair.id)
    )
    if marks:
        people |= {owner or NOBODY for owner in db.session.scalars(owners.where(Scan.id.in_(marks)))}
    db.session.rollback()
    return sum(retrying(partial(_mend_person, fair, person, actor)) for person in sorted(people))


def _mend_person(fair: Fair, person: int, actor: Actor) -> int:
    lock_days(fair.id, [person])
    rows, written = _read(fair, person), []
    firsts = first_entries(rows.entries)
    for _person, day in sorted(rows.visits.keys() | firsts.keys()):
        if settle_day(fair.id, rows.entries, person, day):
            written.append(f"visit {day.isoformat()}")
    for row, _day, by in rows.scans:
        if row.annulled_by != by:
            same = Scan.annulled_by == row.annulled_by if row.annulled_by else Scan.annulled_by.is_(None)
            mine = update(Scan.__table__).where(Scan.fair_id == fair.id, Scan.id == row.id, same)
            db.session.execute(mine.values(annulled_by=by))
            written.append(f"scan {row.id}")
    if written:
        audit.record(actor, "visits.mended", "registration", person, fair.id, rows=written)
    return len(written)


def _read(fair: Fair, person: int | None = None) -> _Rows:
    taken_back = _taken_back(fair.id)
    scans, visits = scans_with_person(fair.id), select(Visit.__table__).where(Visit.fair_id == fair.id)
    if person is not None:
        theirs = Badge.registration_id == person if person != NOBODY else Badge.registration_id.is_(None)
        scans, visits = scans.where(theirs), visits.where(Visit.registration_id == person)
    return _Rows(
        [(row, clock.fair_day(fair, row.counted_at), taken_back.get(row.id)) for row in db.session.execute(scans)],
        {(row.registration_id, row.day): dict(row._mapping) for row in db.session.execute(visits)},
    )


def _taken_back(fair_id: int) -> dict[str, str]:
    """Scan → what took it back: a later scan at its gate, or a correction that stands."""
    annulling = select(Scan.annuls, Scan.id).where(
        Scan.fair_id == fair_id, Scan.verdict == "annulled", Scan.annuls.is_not(None)
    )
    found = {target: by for target, by in db.session.execute(annulling) if target}
    corrections = {one.id: one for one in db.session.scalars(select(Correction).where(Correction.fair_id == fair_id))}
    undone = {one.undoes: one for one in corrections.values() if one.undoes}
    for one in corrections.values():
        by = undone.get(one.id)
        if one.kind == CorrectionKind.WRONG_ENTRY and by is None:
            found[one.scan_id] = one.id
        elif one.kind == CorrectionKind.MISSED_ENTRY and by is not None:
            found[one.scan_id] = by.id
    return found


def _is_entry(row: Any) -> bool:
    return not row.at_session and (row.verdict in ADMISSIONS or row.verdict == RECORDED)


def _within(fair: Fair, day: date) -> bool:
    return fair.starts_on <= day <= fair.ends_on


def _totals(fair: Fair, entries: list[Any], visits: Iterable[Day]) -> Totals:
    days = [(person, day) for person, day in visits if _within(fair, day)]
    staff = sum(1 for row in entries if row.visitor is not None and not row.visitor)
    return Totals(len(entries), staff, len(days), len({person for person, _day in days}))


def _of_a_scan(row: Any, day: date, by: str | None) -> list[Difference]:
    """Whether an entry was the day's first is what its gate knew then; the visits say it for good."""
    counts = "entry" if _is_entry(row) else {"goodbye": "exit", "annulled": "undone"}.get(row.verdict, "no")
    if row.at_session and (counts == "exit" or row.verdict in ADMISSIONS):
        counts = "session"
    found = []
    if (row.counts or "no").replace("visit", "entry") != counts:
        found.append(Difference(What.COUNTS, row.counts, counts, row.id))
    if row.day != day:
        found.append(Difference(What.DAY, row.day.isoformat(), day.isoformat(), row.id))
    if row.annulled_by != by:
        found.append(Difference(What.TAKEN_BACK, row.annulled_by or "no", by or "no", row.id))
    return found


def _of_visits(fair_id: int, firsts: dict[Day, Entry], kept: dict[Day, dict[str, Any]]) -> list[Difference]:
    found = []
    for key in sorted(firsts.keys() | kept.keys()):
        first, visit = firsts.get(key), kept.get(key)
        if visit is None and first is not None:
            found.append(Difference(What.VISIT_MISSING, "none", first.scan_id, visit=key))
        elif first is None and visit is not None:
            found.append(Difference(What.VISIT_NOT_DUE, visit["scan_id"], "none", visit=key))
        elif first is not None and visit is not None and visit_values(fair_id, first) != visit:
            told = "" if visit["scan_id"] == first.scan_id else visit["scan_id"]
            found.append(Difference(What.VISIT_DIFFERS, told or "other details", first.scan_id, visit=key))
    return found
