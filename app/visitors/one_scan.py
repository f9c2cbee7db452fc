"""One scan in one statement (on SQLite: in one short transaction): for the entries that make a gate's queue.

The rules stay in `checkin.py`: what they say is worked out ahead for each situation that a badge can be in, and the
statement only finds the situation. The visit's unique key decides races: of eight connections with one badge, the one
that makes the visit row is told `admitted`. Whatever is not such a plain entry goes through `recording.py`.
"""

import json
from contextlib import suppress
from datetime import datetime
from itertools import combinations
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import namedtuple_row

from app.audit import Actor
from app.db import db
from app.visitors.checkin import (
    ASKED_AT_DOOR,
    BADGE_REFUSALS,
    BadgeFacts,
    Category,
    Passage,
    State,
    Verdict,
    day_of,
    decide,
    in_hours,
)
from app.visitors.gate_facts import GateFacts
from app.visitors.occupancy import entering
from app.visitors.one_scan_sqlite import run_on_sqlite
from app.visitors.recording import FUTURE_AFTER, Answer, Person, record_scans
from app.visitors.submission import Submitted

LACKS = "lacks:"  # with what is not known of the person, in the order of ASKED_AT_DOOR
_NO_RULES = Category("")


class Outcomes:
    """What each situation would be answered, and the same as the statement takes it."""

    def __init__(self, verdicts: dict[str, Verdict]) -> None:
        self.verdicts = verdicts
        shown = {name: [v.code, v.colour, v.counts, v.detail or None] for name, v in verdicts.items()}
        self.written = json.dumps(shown, default=lambda value: value.isoformat())


def record_one(facts: GateFacts, one: Submitted, actor: Actor, received_at: datetime) -> Answer:
    """As `record_scans`, for one scan."""
    if not _is_plain(facts, one, received_at):
        return record_scans(facts, [one], actor, received_at)[0]
    outcomes, row = _outcomes(facts, one), None
    with entering(facts, one.scan) as entry:
        if entry.full is None:
            with suppress(UniqueViolation):  # the same id at the same time: the first answer is there now
                row = _run(facts, one, outcomes, actor, received_at)
        entry.came = row is not None and row.situation is not None and outcomes.verdicts[row.situation].admits
    if row is None or row.situation is None:  # full, unless this person is inside; or the id is known already
        return record_scans(facts, [one], actor, received_at)[0]
    verdict = outcomes.verdicts[row.situation]
    if row.situation == "again" and verdict.code == "admitted_again":
        first = {"at": row.first_at, "gate": facts.gate_codes.get(row.first_gate, "")} if row.first_at else {}
        verdict = Verdict(verdict.code, verdict.counts, verdict.refused, first)
    elif row.situation in BADGE_REFUSALS:
        detail = {"changed_at": row.changed_at} | ({"reason": row.reason} if row.situation == "revoked" else {})
        verdict = Verdict(verdict.code, verdict.counts, verdict.refused, detail)
    if row.badge_id is None:
        return Answer(one.scan.id, verdict)
    category = facts.category_numbers.get(row.category_id, 0)
    return Answer(one.scan.id, verdict, Person(row.badge_id, row.registration_id, category, row.name, row.company))


def _is_plain(facts: GateFacts, one: Submitted, received_at: datetime) -> bool:
    scan = one.scan
    if scan.gate in facts.rules.sessions:  # its seats are given under a lock
        return False
    entry = scan.direction == "in" and not (scan.rehearsal or scan.annuls or scan.forced or scan.answers)
    at_once = scan.device_verdict is None or not scan.late
    sound = scan.at - received_at <= FUTURE_AFTER and day_of(scan.at, facts.rules) >= facts.rules.starts_on
    return entry and at_once and sound and scan.reading.kind != "number" and facts.rules.entry_rule == "free_reentry"


def _outcomes(facts: GateFacts, one: Submitted) -> Outcomes:
    """What each situation would be answered; "fixed" where the code alone decides."""
    reading, rules = one.scan.reading, facts.rules
    if one.find is None:
        return Outcomes({"fixed": decide(State(), one.scan, rules)})
    day = day_of(one.scan.at, rules)
    within = in_hours(_category(facts, one), one.scan.at, rules)
    key = (reading.category, reading.first_day, reading.days_mask, one.scan.gate, day, within)
    found = facts.outcomes.get(key)
    if found is None:
        found = facts.outcomes[key] = Outcomes(_worked_out(facts, one))
        if len(facts.outcomes) > 5000:
            facts.outcomes.clear()
    return found


def _worked_out(facts: GateFacts, one: Submitted) -> dict[str, Verdict]:
    reading, scan, rules = one.scan.reading, one.scan, facts.rules

    def badge(state: str, **more: Any) -> BadgeFacts:
        return BadgeFacts(state, reading.category, reading.first_day, reading.days_mask, **more)

    asks = _category(facts, one).asks
    lacking = [some for n in range(1, len(asks) + 1) for some in combinations(asks, n)]
    inside = (Passage("", scan.at, scan.gate, "in", visit=True),)
    return (
        {
            "missing": decide(State(badge("cancelled")), scan, rules),
            "first": decide(State(badge("valid")), scan, rules),
            "again": decide(State(badge("valid"), inside), scan, rules),
            "unpaid": decide(State(badge("valid", paid=False)), scan, rules),
        }
        | {LACKS + ",".join(some): decide(State(badge("valid", lacks=some)), scan, rules) for some in lacking}
        | {state: decide(State(badge(state)), scan, rules) for state in BADGE_REFUSALS}
    )


def _category(facts: GateFacts, one: Submitted) -> Category:
    return facts.rules.categories.get(one.scan.reading.category, _NO_RULES)


def _run(facts: GateFacts, one: Submitted, outcomes: Outcomes, actor: Actor, received_at: datetime) -> Any:
    scan, first, category = one.scan, outcomes.verdicts.get("first"), _category(facts, one)
    values = {
        "fair": facts.fair_id,
        "id": scan.id,
        "code_id": one.find,
        "fixed": "fixed" if one.find is None else None,
        "visit": first is not None and first.counts == "visit",
        "outcomes": outcomes.written,
        "gate": one.gate_id,
        "direction": scan.direction,
        "digest": one.code_digest,
        "scanned_at": one.scanned_at,
        "drift": one.drift_ms,
        "at": scan.at,
        "received_at": received_at,
        "day": day_of(scan.at, facts.rules),
        "device_verdict": scan.device_verdict,
        "reason": one.forced_reason,
        "device": one.device_key,
        "actor": actor.key,
        "fee": category.fee and facts.rules.unpaid == "desk",
    } | {name: name in category.asks for name in ASKED_AT_DOOR}
    if db.engine.dialect.name == "sqlite":
        return run_on_sqlite(values, outcomes.verdicts, facts.gate_codes)
    pooled = db.engine.raw_connection()
    connection: Any = pooled.driver_connection
    try:
        connection.autocommit = True  # one statement is a transaction of its own: one round trip
        try:
            with connection.cursor(row_factory=namedtuple_row) as cursor:
                return cursor.execute(_STATEMENT, values, prepare=True).fetchone()
        finally:
            connection.autocommit = False
    finally:
        pooled.close()


_STATEMENT = """
WITH old AS (
    SELECT 1 FROM scan WHERE fair_id = %(fair)s AND id = %(id)s
), b AS (
    SELECT b.id, b.registration_id, b.category_id, b.state, b.reason, b.changed_at, r.name, r.company, CASE
        WHEN b.state <> 'valid' THEN b.state
        WHEN %(fee)s AND r.fee_received_at IS NULL THEN 'unpaid'
        WHEN %(company)s AND r.company = '' OR %(country)s AND r.country = '' OR %(phone)s AND r.phone = ''
        THEN 'lacks:' || concat_ws(',', CASE WHEN %(company)s AND r.company = '' THEN 'company' END,
            CASE WHEN %(country)s AND r.country = '' THEN 'country' END,
            CASE WHEN %(phone)s AND r.phone = '' THEN 'phone' END)
    END AS bar
    FROM badge b JOIN registration r ON r.id = b.registration_id
    WHERE b.fair_id = %(fair)s AND b.code_id = %(code_id)s
), seen AS (
    SELECT v.first_at, v.gate_id FROM visit v JOIN b ON v.registration_id = b.registration_id
    WHERE v.fair_id = %(fair)s AND v.day = %(day)s
), made AS (
    INSERT INTO visit AS kept (fair_id, registration_id, day, badge_id, scan_id, gate_id, category_id, first_at)
    SELECT %(fair)s, b.registration_id, %(day)s, b.id, %(id)s, %(gate)s, b.category_id, %(at)s
    FROM b WHERE b.bar IS NULL AND %(visit)s AND NOT EXISTS (SELECT 1 FROM old)
    ON CONFLICT (fair_id, registration_id, day) DO UPDATE
    SET badge_id = excluded.badge_id, scan_id = excluded.scan_id, gate_id = excluded.gate_id,
        category_id = excluded.category_id, first_at = excluded.first_at
    WHERE (excluded.first_at, excluded.scan_id) < (kept.first_at, kept.scan_id)
    RETURNING (xmax = 0) AS fresh
), found AS (
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM old) THEN NULL
        WHEN %(fixed)s::text IS NOT NULL THEN %(fixed)s::text
        WHEN b.id IS NULL THEN 'missing'
        WHEN b.bar IS NOT NULL THEN b.bar
        WHEN EXISTS (SELECT 1 FROM made WHERE fresh) THEN 'first'
        ELSE 'again'
    END AS situation, b.*
    FROM (SELECT 1) AS one LEFT JOIN b ON true
), kept AS (
    INSERT INTO scan (fair_id, id, gate_id, badge_id, direction, code_digest, scanned_at, drift_ms, counted_at,
        received_at, day, verdict, colour, counts, device_verdict, forced_reason, detail, device_key, actor)
    SELECT %(fair)s, %(id)s, %(gate)s, found.id, %(direction)s, %(digest)s, %(scanned_at)s, %(drift)s, %(at)s,
        %(received_at)s, %(day)s, said ->> 0, said ->> 1, said ->> 2, %(device_verdict)s, %(reason)s,
        CASE
            WHEN found.situation = 'revoked'
            THEN json_build_object('changed_at', found.changed_at, 'reason', found.reason)
            WHEN found.situation = 'again' AND said ->> 0 = 'admitted_again'
            THEN (SELECT json_build_object('at', seen.first_at, 'gate', gate.code)
                  FROM seen JOIN gate ON gate.id = seen.gate_id)
            WHEN json_typeof(said -> 3) = 'object' THEN said -> 3
        END, %(device)s, %(actor)s
    FROM found, LATERAL (SELECT %(outcomes)s::json -> found.situation AS said) AS outcome
    WHERE found.situation IS NOT NULL
    RETURNING 1
)
SELECT found.situation, found.id AS badge_id, found.registration_id, found.category_id, found.name, found.company,
    found.reason, found.changed_at, seen.first_at, seen.gate_id AS first_gate
FROM found LEFT JOIN seen ON true
"""
