"""What a device needs to decide alone: rules, public keys, badges without names, who is in."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select

from app import clock
from app.db import db
from app.fairs.models import Fair
from app.visitors.checkin import Session
from app.visitors.door_answers import knows
from app.visitors.gate_facts import GateFacts
from app.visitors.models import Badge, BadgeState, Correction, Registration, Scan, Visit
from app.visitors.session_models import FairSession, SessionSignup

OVERLAP = timedelta(seconds=60)  # what was being written while the last snapshot was read


def number_key(fair_number: int, number: str) -> str:
    """What stands for a badge's 20 digits in a snapshot: a device that is lost gives no numbers away."""
    return hashlib.sha256(f"{fair_number}:{number}".encode()).hexdigest()[:20]


def snapshot(fair: Fair, facts: GateFacts, after: datetime | None, now: datetime) -> dict[str, Any]:
    """The whole, or what changed since `after` (the `at` of the snapshot before)."""
    since = after - OVERLAP if after else None
    rules = facts.rules
    return {
        "at": now.isoformat(),
        "whole": after is None,
        "rules": {
            "fair": rules.fair,
            "starts_on": rules.starts_on.isoformat(),
            "ends_on": rules.ends_on.isoformat() if rules.ends_on else None,
            "time_zone": rules.time_zone,
            "entry_rule": rules.entry_rule,
            "annul_minutes": rules.annul_minutes,
            "dwell_ms": rules.dwell_ms,
            "categories": {
                number: {
                    "code": c.code,
                    "counts": c.counts,
                    "gates": list(c.gates),
                    "halls": list(c.halls),
                    "hours": {day: list(span) for day, span in c.hours.items()},
                    "fee": c.fee,
                    "asks": list(c.asks),
                }
                for number, c in rules.categories.items()
            },
            "counts_exits": rules.counts_exits,
            "unpaid": rules.unpaid,
            "gate_halls": rules.gate_halls,
            "sessions": {gate: _session(one) for gate, one in rules.sessions.items()},
        },
        "keys": {number: key.hex() for number, key in facts.keys.items()},
        "categories": {n: {"name": name, "name_en": name_en} for n, (name, name_en) in facts.category_names.items()},
        "gates": [
            {"code": c, "name": n, "name_en": e, "hall": facts.rules.gate_halls.get(c, "")}
            for c, (n, e) in facts.gate_names.items()
        ],
        "halls": [
            {"code": c, "name": n, "name_en": e, "capacity": _capacity(facts, c)}
            for c, (n, e) in facts.hall_names.items()
        ],
        "capacity": facts.capacity if facts.rules.counts_exits else None,
        "alarm": {"id": facts.alarm.id, "raised_at": facts.alarm.raised_at.isoformat()} if facts.alarm else None,
        "fairs": {number: {"name": name, "name_en": en} for number, name, en in db.session.execute(_named_fairs(fair))},
        "badges": _badges(fair, facts, since),
        "passages": _passages(fair, facts, since, now),
        "seats": _seats(fair, since, now) if rules.sessions else [],
        "session_passages": _passages(fair, facts, since, now, at_sessions=True) if rules.sessions else [],
    }


def _capacity(facts: GateFacts, hall: str) -> int | None:
    return facts.halls[hall].capacity if hall in facts.halls and facts.rules.counts_exits else None


def _named_fairs(fair: Fair) -> Any:
    return (
        select(Fair.number, Fair.name, Fair.name_en).where(Fair.id != fair.id, Fair.published_at.is_not(None)).limit(50)
    )


def _badges(fair: Fair, facts: GateFacts, since: datetime | None) -> list[list[Any]]:
    """[code_id, number key, person, category, first day, days, state, reason, changed at, known], one a badge.

    `known` says in bits what is known of the person (`door_answers.knows`), not what it is.
    """
    wanted = select(
        Badge.code_id, Badge.number, Badge.registration_id, Badge.category_id, Badge.first_day, Badge.days_mask,
        Badge.state, Badge.reason, Badge.changed_at, Registration.fee_received_at, Registration.company,
        Registration.country, Registration.phone,
    ).join(Registration, Registration.id == Badge.registration_id).where(Badge.fair_id == fair.id)  # fmt: skip
    if since is not None:
        told = select(Registration.id).where(Registration.fair_id == fair.id, Registration.gate_changed_at > since)
        changed = or_(Badge.created_at > since, Badge.changed_at > since, Badge.registration_id.in_(told))
        wanted = wanted.where(changed)
    return [
        [
            row.code_id,
            number_key(fair.number, row.number),
            row.registration_id,
            facts.category_numbers.get(row.category_id, 0),
            row.first_day,
            row.days_mask,
            row.state,
            row.reason if row.state == BadgeState.REVOKED else "",  # all that a rule shows
            row.changed_at.isoformat() if row.changed_at and row.state != BadgeState.VALID else None,
            knows(row),
        ]
        for row in db.session.execute(wanted)
    ]


def _session(one: Session) -> dict[str, Any]:
    return {
        "begins_at": one.begins_at.isoformat(),
        "ends_at": one.ends_at.isoformat(),
        "seats": one.seats,
        "held_minutes": one.held_minutes,
        "sign_up": one.sign_up,
        "categories": list(one.categories),
        "off": one.off,
    }


def _seats(fair: Fair, since: datetime | None, now: datetime) -> list[list[Any]]:
    """[gate, person, whether the seat stands], of the sessions that end today or later."""
    wanted = (
        select(FairSession.code, SessionSignup.registration_id, SessionSignup.ended_at)
        .join(FairSession, FairSession.id == SessionSignup.session_id)
        .where(SessionSignup.fair_id == fair.id, FairSession.ends_at >= _midnight(fair, now))
    )
    stands = SessionSignup.ended_at.is_(None)
    wanted = wanted.where(stands if since is None else SessionSignup.changed_at > since)
    return [[gate, person, ended_at is None] for gate, person, ended_at in db.session.execute(wanted)]


def _midnight(fair: Fair, now: datetime) -> datetime:
    return datetime.combine(clock.fair_day(fair, now), time(), ZoneInfo(fair.time_zone)).astimezone(UTC)


def _passages(
    fair: Fair, facts: GateFacts, since: datetime | None, now: datetime, at_sessions: bool = False
) -> list[list[Any]]:
    """[person, scan, at, gate, way, visit, annulled], of today; of the whole edition where a badge holds once.

    `at_sessions`: of the sessions' doors instead, and only of those who take a seat.
    """
    counts: ColumnElement[bool] = Scan.counts.in_(("visit", "entry", "exit"))
    if at_sessions:
        counts = (Scan.counts == "session") & (Scan.verdict != "admitted_staff")
    wanted = (
        select(
            Badge.registration_id, Scan.id, Scan.counted_at, Scan.gate_id, Scan.direction, Visit.scan_id.label("visit"),
            Scan.annulled_by,
        )
        .join(Badge, Badge.id == Scan.badge_id)
        .outerjoin(
            Visit,
            (Visit.fair_id == Scan.fair_id)
            & (Visit.registration_id == Badge.registration_id)
            & (Visit.day == Scan.day)
            & (Visit.scan_id == Scan.id),
        )
        .where(Scan.fair_id == fair.id, counts)
        .order_by(Scan.counted_at)
    )  # fmt: skip
    if facts.rules.entry_rule != "once_per_edition" or at_sessions:
        wanted = wanted.where(Scan.counted_at >= _midnight(fair, now))
    if since is None:  # what was taken back is nobody's business; later, a device that has it is told
        wanted = wanted.where(Scan.annulled_by.is_(None))
    else:
        annulled_since = select(Scan.annuls).where(
            Scan.fair_id == fair.id, Scan.received_at > since, Scan.annuls.is_not(None)
        )
        corrected = select(Correction.scan_id).where(Correction.fair_id == fair.id, Correction.made_at > since)
        changed = or_(Scan.id.in_(annulled_since), Scan.id.in_(corrected))
        wanted = wanted.where(or_(Scan.received_at > since, changed))
    return [
        [
            row.registration_id,
            row.id,
            row.counted_at.isoformat(),
            facts.gate_codes.get(row.gate_id, ""),
            row.direction,
            row.visit is not None,
            row.annulled_by is not None,
        ]
        for row in db.session.execute(wanted)
    ]
