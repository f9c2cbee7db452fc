"""Scans kept: each with its verdict, the refused too, and the visits that follow from them.

Scans are taken in the order of their time, under a lock on the people concerned and on their visits (on SQLite under
the process's write lock), so that of eight gates with one badge exactly one admits it first. What is unique in the
database (a scan's id, one visit a person and day) guards it once more: who meets it reads again and decides again.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.audit import Actor
from app.db import writing
from app.visitors import scan_sql as sql
from app.visitors.checkin import (
    Annullable,
    BadgeFacts,
    Earlier,
    Passage,
    State,
    Verdict,
    day_of,
    decide,
    passages_after,
)
from app.visitors.door_answers import keep_answers, lacks
from app.visitors.gate_facts import GateFacts
from app.visitors.models import RehearsalScan, Scan, ScanFault, Visit
from app.visitors.occupancy import entering, full_for
from app.visitors.rehearsal import sample_rules
from app.visitors.session_room import Room, room_of
from app.visitors.submission import Submitted

ATTEMPTS = 8
CHUNK = 250  # scans a transaction: on SQLite single scans wait no longer than one of these takes
FUTURE_AFTER = timedelta(minutes=2)
FUTURE, BEFORE_FAIR = "future", "before_fair"  # noted on the row for a person; no gate is told
_RETRIED = {"40001", "40P01"}


@dataclass(frozen=True)
class Person:
    """Who a badge belongs to: the least that a gate needs."""

    badge_id: int
    registration_id: int
    category: int
    name: str
    company: str


@dataclass(frozen=True)
class Answer:
    """What a gate is told."""

    scan_id: str
    verdict: Verdict
    person: Person | None = None


def record_scans(facts: GateFacts, submitted: Sequence[Submitted], actor: Actor, received_at: datetime) -> list[Answer]:
    """Keep the scans and say what each was answered, in the order given.

    Each transaction's scans are received when it begins: of a large upload, what comes after a day was closed says so.
    """
    answers: dict[int, Answer] = {}
    began = monotonic()
    in_time = sorted(range(len(submitted)), key=lambda n: submitted[n].scan.at)
    for start in range(0, len(in_time), CHUNK):
        chunk = in_time[start : start + CHUNK]
        at = received_at + timedelta(seconds=monotonic() - began) if start else received_at
        for n, answer in zip(chunk, _entered(facts, [submitted[n] for n in chunk], actor, at), strict=True):
            answers[n] = answer
    return [answers[n] for n in range(len(submitted))]


def _entered(facts: GateFacts, chunk: list[Submitted], actor: Actor, received_at: datetime) -> list[Answer]:
    with ExitStack() as doors:
        entries = [doors.enter_context(entering(facts, one.scan)) for one in chunk]
        answers = _kept(facts, chunk, [entry.full for entry in entries], actor, received_at)
        for entry, answer in zip(entries, answers, strict=True):
            entry.came = answer.verdict.admits and not answer.verdict.repeat
    return answers


def _kept(
    facts: GateFacts, chunk: list[Submitted], full: list[str | None], actor: Actor, received_at: datetime
) -> list[Answer]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with writing() as connection:
                return _Chunk(connection, facts, chunk, actor, received_at).record(full)
        except _Raced:
            if attempt == ATTEMPTS:
                raise
        except DBAPIError as error:
            timing = isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", "") in _RETRIED
            timing = timing or (isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig))
            if not timing or attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


class _Raced(Exception):
    """Somebody else changed what was decided upon: read again, decide again."""


class _Chunk:
    """One transaction's worth: read what is known, decide one after the other, write it all."""

    def __init__(
        self, connection: Connection, facts: GateFacts, chunk: list[Submitted], actor: Actor, received_at: datetime
    ) -> None:
        self.connection, self.facts, self.chunk = connection, facts, chunk
        self.actor, self.received_at = actor, received_at
        self.on_postgres = connection.dialect.name == "postgresql"
        self.rows: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []
        self.rehearsed: list[dict[str, Any]] = []
        self.annulled: list[dict[str, str]] = []
        self.told: dict[int, set[str]] = {}  # what this chunk's earlier scans brought, by person
        self.answered: list[tuple[int, Submitted]] = []

    def record(self, full: list[str | None]) -> list[Answer]:
        """`full` says of each scan which place holds nobody more, as `checkin.State` has it."""
        self._read()
        answers = [self._decide(one, place) for one, place in zip(self.chunk, full, strict=True)]
        self._write()
        return answers

    def _read(self) -> None:
        fair, rules = self.facts.fair_id, self.facts.rules
        ids = {s.scan.id for s in self.chunk} | {s.scan.annuls for s in self.chunk if s.scan.annuls}
        rows = self.connection.execute(sql.SCANS, {"fair": fair, "ids": sorted(ids)})
        self.known: dict[str, Any] = {row.id: row for row in rows}
        self.played: dict[str, Any] = {}
        if any(s.scan.rehearsal for s in self.chunk):
            played = self.connection.execute(sql.REHEARSED, {"fair": fair, "ids": sorted(ids)})
            self.played = {row.id: row.content for row in played}
        found = self._badges({s.find for s in self.chunk if s.find} | self._codes_of_the_annulled())
        self.badges = {key: row for row in found for key in (row.code_id, row.number)}
        self.badge_rows = {row.id: row for row in found}
        people = sorted({row.registration_id for row in found})
        if self.on_postgres and people:
            self.connection.execute(sql.LOCK_PEOPLE, {"people": people})
        taken_back = [self.known[s.scan.annuls].counted_at for s in self.chunk if s.scan.annuls in self.known]
        days = sorted({day_of(at, rules) for at in (*(s.scan.at for s in self.chunk), *taken_back)})
        self.passages: dict[int, tuple[Passage, ...]] = {}
        self.visits: dict[tuple[int, date], str] = {}
        if people:
            edition = rules.starts_on - timedelta(days=30)
            since = min(days[0], edition) if rules.entry_rule == "once_per_edition" else days[0]
            span = {"fair": fair, "people": people, "since": _midnight(since, rules.time_zone)}
            # First the visits, then the entries: `one_scan.py` waits for a visit that is locked here, and what it has
            # kept before is seen below. The other way round an entry would come between, and its visit would be lost.
            visits = sql.VISITS_LOCKED if self.on_postgres else sql.VISITS
            for row in self.connection.execute(visits, {"fair": fair, "people": people, "since": since}):
                self.visits[row.registration_id, row.day] = row.scan_id
            holders = set(self.visits.values())
            for row in self.connection.execute(sql.PASSAGES, span):
                gate = self.facts.gate_codes.get(row.gate_id, "")
                made = Passage(row.id, row.counted_at, gate, row.direction, row.id in holders)
                self.passages[row.registration_id] = (*self.passages.get(row.registration_id, ()), made)
        self.visits_before = dict(self.visits)
        doors = sorted({s.scan.gate for s in self.chunk} & rules.sessions.keys()) if rules.sessions else []
        self.rooms = {gate: self._room(gate) for gate in doors}

    def _room(self, gate: str) -> Room:
        """A session's, with its lock: after those of people and visits, and in the order of their codes."""
        facts = self.facts
        days = {day_of(facts.rules.sessions[gate].begins_at, facts.rules)} | {
            day_of(s.scan.at, facts.rules) for s in self.chunk if s.scan.gate == gate
        }
        return room_of(self.connection, facts.fair_id, facts.session_ids[gate], facts.gates[gate], gate, days)

    def _badges(self, wanted: set[str]) -> list[Any]:
        if not wanted:
            return []
        codes, numbers = [w for w in wanted if len(w) == 16] or [""], [w for w in wanted if len(w) == 20] or [""]
        return list(
            self.connection.execute(sql.BADGES, {"fair": self.facts.fair_id, "codes": codes, "numbers": numbers})
        )

    def _codes_of_the_annulled(self) -> set[str]:
        """The badges of scans that are taken back: the code sent along need not be theirs."""
        badge_ids = [self.known[s.scan.annuls].badge_id for s in self.chunk if s.scan.annuls in self.known]
        if not any(badge_ids):
            return set()
        rows = self.connection.execute(sql.CODES, {"ids": sorted({b for b in badge_ids if b})})
        self.code_of = {row.id: row.code_id for row in rows}
        return set(self.code_of.values())

    def _decide(self, one: Submitted, full: str | None) -> Answer:
        facts, scan = self.facts, one.scan
        row = self.badges.get(one.find) if one.find else None
        target = self.known.get(scan.annuls) if scan.annuls else None
        if target is not None and target.badge_id:
            row = self.badge_rows.get(target.badge_id, row)
        person = _person(row, facts) if row else None
        passages = self.passages.get(row.registration_id, ()) if row else ()
        room = self.rooms.get(scan.gate)
        state = State(
            badge=_badge_facts(row, facts, self.told.get(row.registration_id, set())) if row else _missing(one),
            passages=passages,
            earlier=self._earlier(one),
            target=_annullable(target, facts) if target is not None else None,
            full=full_for(facts, full, passages, day_of(scan.at, facts.rules)),
        )
        if room is not None:
            state = replace(state, **room.seen_by(row.registration_id if row else None))
        rules = facts.rules
        if one.sample is not None:
            state, rules = replace(one.sample, earlier=state.earlier), sample_rules(scan.at, rules)
        verdict = decide(state, scan, rules)
        if verdict.code == "id_conflict":
            self.faults.append({"scan_id": scan.id, "content": one.content()})
        if not verdict.stored:
            return Answer(scan.id, verdict, person)
        if scan.rehearsal:
            content = one.content() | {"verdict": _as_json(verdict)}
            self.played[scan.id] = content
            self.rehearsed.append({"id": scan.id, "content": content})
            return Answer(scan.id, verdict, person)
        if row:
            after = passages_after(state, scan, facts.rules, verdict)
            if room is not None:
                room.passages[row.registration_id] = after
            else:
                self._move_visits(row, after, day_of(target.counted_at if target is not None else scan.at, facts.rules))
                self.passages[row.registration_id] = after
            if one.answers and not scan.annuls:
                self.told.setdefault(row.registration_id, set()).update(one.answers)
                self.answered.append((row.registration_id, one))
        if verdict.code == "annulled":
            self.annulled.append({"scan": scan.annuls or "", "by": scan.id})
        kept = self._row(one, row, verdict)
        self.rows.append(kept)
        self.known[scan.id] = _Known(kept)
        if verdict.code == "annulled":
            self.known[scan.annuls or ""] = _Known(vars(_Known.of(target)) | {"annulled_by": scan.id})
        return Answer(scan.id, verdict, person)

    def _earlier(self, one: Submitted) -> Earlier | None:
        if one.scan.rehearsal and (content := self.played.get(one.scan.id)):
            same = {k: v for k, v in content.items() if k != "verdict"} == one.content()
            return Earlier(Verdict(**content["verdict"]), same)
        row = self.known.get(one.scan.id)
        if row is None:
            return None
        same = (row.code_digest, row.gate_id, row.direction, row.scanned_at, row.annuls) == (
            one.code_digest,
            one.gate_id,
            one.scan.direction,
            one.scanned_at,
            one.scan.annuls,
        )
        return Earlier(Verdict(row.verdict, row.counts, row.refused, _as_answered(row.detail or {})), same)

    def _move_visits(self, badge: Any, after: Iterable[Passage], day: date) -> None:
        holder = next((p for p in after if p.visit and day_of(p.at, self.facts.rules) == day), None)
        key = (badge.registration_id, day)
        if holder is None:
            self.visits.pop(key, None)
        else:
            self.visits[key] = holder.id

    def _row(self, one: Submitted, badge: Any, verdict: Verdict) -> dict[str, Any]:
        scan, marks = one.scan, list(verdict.detail.get("marks", ()))
        day = day_of(scan.at, self.facts.rules)
        if scan.at - self.received_at > FUTURE_AFTER:
            marks.append(FUTURE)
        if day < self.facts.rules.starts_on:
            marks.append(BEFORE_FAIR)
        detail = _as_json(verdict)["detail"] | ({"marks": marks} if marks else {})
        return {
            "fair_id": self.facts.fair_id,
            "id": scan.id,
            "gate_id": one.gate_id,
            "badge_id": badge.id if badge else None,
            "direction": scan.direction,
            "code_digest": one.code_digest,
            "scanned_at": one.scanned_at,
            "drift_ms": one.drift_ms,
            "counted_at": scan.at,
            "received_at": self.received_at,
            "day": day,
            "verdict": verdict.code,
            "colour": verdict.colour,
            "counts": verdict.counts,
            "refused": verdict.refused,
            "device_verdict": scan.device_verdict,
            "detail": detail or None,
            "forced_reason": one.forced_reason,
            "annuls": scan.annuls,
            "annulled_by": None,
            "device_key": one.device_key,
            "actor": self.actor.key,
            "answers": one.answers or None,
        }

    def _write(self) -> None:
        """The visits before the scans, as `one_scan.py` does: in another order the two could wait for each other."""
        run, fair = self.connection.execute, {"fair_id": self.facts.fair_id}
        gone = [key for key in self.visits_before if self.visits.get(key) != self.visits_before[key]]
        made = [key for key in self.visits if self.visits_before.get(key) != self.visits[key]]
        for registration_id, day in gone:
            held = {"person": registration_id, "day": day, "scan": self.visits_before[registration_id, day]}
            if run(sql.FORGET_VISIT, {"fair": self.facts.fair_id} | held).rowcount != 1:
                raise _Raced
        if made:
            run(insert(Visit.__table__), [self._visit(*key) for key in sorted(made)])
        if self.rows:
            run(insert(Scan.__table__), self.rows)
        for pair in self.annulled:
            if run(sql.MARK_ANNULLED, {"fair": self.facts.fair_id} | pair).rowcount != 1:
                raise _Raced
        for registration_id, one in self.answered:
            keep_answers(
                self.connection, self.facts.fair_id, registration_id, one.answers, one.scan.id, self.actor,
                self.received_at,
            )  # fmt: skip
        if self.faults:
            rows = [fair | fault | {"received_at": self.received_at} for fault in self.faults]
            run(insert(ScanFault.__table__), rows)
        if self.rehearsed:
            rows = [fair | row | {"received_at": self.received_at} for row in self.rehearsed]
            run(insert(RehearsalScan.__table__), rows)

    def _visit(self, registration_id: int, day: date) -> dict[str, Any]:
        scan_id = self.visits[registration_id, day]
        made = self.known.get(scan_id)
        row: Any = vars(made) if isinstance(made, _Known) else None
        if row is None:  # an earlier scan inherits the day
            found = self.connection.execute(sql.ONE_SCAN, {"fair": self.facts.fair_id, "id": scan_id}).one()
            row = {"badge_id": found.badge_id, "gate_id": found.gate_id, "counted_at": found.counted_at}
        badge = self.badge_rows.get(row["badge_id"]) or next(
            b for b in self.badges.values() if b.registration_id == registration_id
        )
        return {
            "fair_id": self.facts.fair_id,
            "registration_id": registration_id,
            "day": day,
            "badge_id": row["badge_id"],
            "scan_id": scan_id,
            "gate_id": row["gate_id"],
            "category_id": badge.category_id,
            "first_at": row["counted_at"],
        }


class _Known:
    """A scan that this very chunk has made, as the rows read from the database look."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.__dict__.update(row)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    @classmethod
    def of(cls, row: Any) -> "_Known":
        return row if isinstance(row, cls) else cls(dict(row._mapping))


def _badge_facts(row: Any, facts: GateFacts, told: set[str]) -> BadgeFacts:
    number = facts.category_numbers.get(row.category_id, 0)
    lacking = tuple(name for name in lacks(row) if name not in told)
    paid = row.fee_received_at is not None
    return BadgeFacts(row.state, number, row.first_day, row.days_mask, row.reason, row.changed_at, paid, lacking)


def _missing(one: Submitted) -> BadgeFacts | None:
    """A code that we signed and no longer know was erased."""
    reading = one.scan.reading
    if reading.kind != "token" or not reading.genuine:
        return None
    return BadgeFacts("cancelled", reading.category, reading.first_day, reading.days_mask)


def _person(row: Any, facts: GateFacts) -> Person:
    number = facts.category_numbers.get(row.category_id, 0)
    return Person(row.id, row.registration_id, number, row.name, row.company)


def _annullable(row: Any, facts: GateFacts) -> Annullable:
    gate, gone = facts.gate_codes.get(row.gate_id, ""), row.annulled_by is not None
    return Annullable(gate, row.counted_at, row.verdict, gone, row.received_at)


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def _as_answered(detail: dict[str, Any]) -> dict[str, Any]:
    """The kept detail as the gate was answered: without what was noted beside it."""
    marks = [mark for mark in detail.get("marks", ()) if mark not in (FUTURE, BEFORE_FAIR)]
    rest = {name: value for name, value in detail.items() if name != "marks"}
    return rest | ({"marks": marks} if marks else {})


def _as_json(verdict: Verdict) -> dict[str, Any]:
    plain = {"code": verdict.code, "counts": verdict.counts, "refused": verdict.refused, "detail": verdict.detail}
    return json.loads(json.dumps(plain, default=lambda value: value.isoformat()))  # type: ignore[no-any-return]
