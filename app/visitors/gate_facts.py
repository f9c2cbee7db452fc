"""What every scan of a fair needs and what seldom changes: rules, keys, gates, categories. Kept for two seconds.

A badge's own state is never kept: it is read by the statement that records the scan, so a revocation holds at once.
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from app import badge_token
from app.db import db
from app.fairs.models import Fair, Hall
from app.visitors.checkin import ASKED_AT_DOOR, Category, Reading, Rules, Session
from app.visitors.models import BadgeKey, FireAlarm, Gate, VisitorCategory
from app.visitors.session_models import FairSession

LIFE_SECONDS = 2.0


@dataclass(frozen=True)
class Place:
    """A hall that gates lead to."""

    code: str
    name: str
    name_en: str
    capacity: int | None  # people at once


@dataclass(frozen=True)
class Alarm:
    """A fire alarm that is on."""

    id: int
    raised_at: datetime


@dataclass(frozen=True)
class GateFacts:
    """One fair as its gates see it. `outcomes` keeps verdicts that were worked out ahead, see `one_scan.py`."""

    fair_id: int
    rules: Rules
    keys: dict[int, bytes]
    gates: dict[str, int]
    gate_codes: dict[int, str]
    gate_names: dict[str, tuple[str, str]]
    retired_gates: frozenset[str]  # offered no more; what was scanned there still comes in
    hall_names: dict[str, tuple[str, str]]
    category_numbers: dict[int, int]
    category_ids: dict[int, int]
    category_names: dict[int, tuple[str, str]]
    names_at_gate: bool
    frozen_at: datetime | None
    outcomes: dict[Any, Any] = field(default_factory=dict)
    halls: dict[str, Place] = field(default_factory=dict)
    capacity: int | None = None  # of the whole fair
    alarm: Alarm | None = None
    session_ids: dict[str, int] = field(default_factory=dict)  # by the code of the door

    def reading(self, code: str) -> tuple[Reading, str | None]:
        """What a code says, its signature checked, and the badge id or number to look for."""
        if len(code) == 20:
            return (Reading("number"), code) if badge_token.is_number(code) else (Reading("none"), None)
        try:
            token = badge_token.decode(code)
        except badge_token.Unreadable:
            return Reading("none"), None
        said = token.payload
        ours = said.fair == self.rules.fair
        key = (self.keys.get(said.key) or _new_key(self, said.key)) if ours else None
        genuine = key is not None and badge_token.is_genuine(token, key)
        sample = said.key == badge_token.SAMPLE_KEY
        genuine = genuine and not sample
        reading = Reading("token", said.fair, genuine, said.category, said.first_day, said.days_mask, sample)
        return reading, said.code_id.hex() if genuine else None


def _new_key(facts: GateFacts, number: int) -> bytes | None:
    """A key that was made within the last two seconds: its badges must not look forged."""
    wanted = select(BadgeKey.public_key).where(BadgeKey.fair_id == facts.fair_id, BadgeKey.number == number)
    with db.engine.connect() as connection:
        found = connection.scalar(wanted)
    if found is not None:
        facts.keys[number] = bytes(found)
    return facts.keys.get(number)


_kept: dict[tuple[int, int], tuple[float, GateFacts]] = {}
_lock = threading.Lock()


def gate_facts(fair_id: int, fresh: bool = False) -> GateFacts:
    """The fair's facts, at most two seconds old."""
    key = (id(db.engine), fair_id)
    kept = _kept.get(key)
    if kept is not None and not fresh and time.monotonic() - kept[0] < LIFE_SECONDS:
        return kept[1]
    with _lock:
        found = _load(fair_id)
        if kept is not None and _same(kept[1], found):
            found = kept[1]  # with what it has worked out
        _kept[key] = (time.monotonic(), found)
    return found


def _same(one: GateFacts, other: GateFacts) -> bool:
    names = [name for name in one.__dataclass_fields__ if name != "outcomes"]
    return all(getattr(one, name) == getattr(other, name) for name in names)


_FAIR = select(
    Fair.__table__, FireAlarm.id.label("alarm_id"), FireAlarm.raised_at.label("alarm_raised_at")
).outerjoin_from(Fair, FireAlarm, and_(FireAlarm.fair_id == Fair.id, FireAlarm.ended_at.is_(None)))


_OF_SESSION = [
    getattr(FairSession, name).label(f"of_session_{name}")
    for name in (
        "title", "title_en", "begins_at", "ends_at", "seats", "held_minutes", "needs_sign_up", "categories",
        "published_at", "cancelled_at",
    )
]  # fmt: skip


def _load(fair_id: int) -> GateFacts:
    with db.engine.connect() as connection:
        fair = connection.execute(_FAIR.where(Fair.id == fair_id)).one()
        categories = connection.execute(
            select(VisitorCategory.__table__).where(VisitorCategory.fair_id == fair_id)
        ).all()
        gates = connection.execute(
            select(Gate.__table__, *_OF_SESSION)
            .outerjoin(FairSession, FairSession.id == Gate.session_id)
            .where(Gate.fair_id == fair_id)
            .order_by(Gate.position, Gate.code)
        ).all()
        halls = connection.execute(
            select(Hall.id, Hall.code, Hall.name, Hall.name_en, Hall.capacity)
            .where(Hall.fair_id == fair_id)
            .order_by(Hall.position, Hall.code)
        ).all()
        keys = connection.execute(select(BadgeKey.number, BadgeKey.public_key).where(BadgeKey.fair_id == fair_id)).all()
    numbers = {c.code: c.number for c in categories}
    hall_codes, led_to = {hall.id: hall.code for hall in halls}, {gate.hall_id for gate in gates}
    return GateFacts(
        fair_id=fair_id,
        rules=Rules(
            fair=fair.number,
            starts_on=fair.starts_on,
            time_zone=fair.time_zone,
            categories={c.number: _category(c) for c in categories},
            entry_rule=fair.entry_rule,
            ends_on=fair.ends_on,
            counts_exits=bool(fair.counts_exits),
            unpaid=fair.unpaid_at_gate,
            gate_halls={gate.code: hall_codes.get(gate.hall_id, "") for gate in gates},
            sessions={gate.code: _session(gate, numbers) for gate in gates if gate.session_id},
        ),
        keys={k.number: bytes(k.public_key) for k in keys},
        gates={gate.code: gate.id for gate in gates},
        gate_codes={gate.id: gate.code for gate in gates},
        gate_names={gate.code: _names(gate) for gate in gates},
        retired_gates=frozenset(gate.code for gate in gates if gate.retired_at is not None),
        hall_names={hall.code: (hall.name, hall.name_en) for hall in halls},
        category_numbers={c.id: c.number for c in categories},
        category_ids={c.number: c.id for c in categories},
        category_names={c.number: (c.name, c.name_en) for c in categories},
        names_at_gate=bool(fair.names_at_gate),
        frozen_at=fair.frozen_at,
        halls={
            hall.code: Place(hall.code, hall.name, hall.name_en, hall.capacity) for hall in halls if hall.id in led_to
        },
        capacity=fair.capacity,
        alarm=Alarm(fair.alarm_id, fair.alarm_raised_at) if fair.alarm_id else None,
        session_ids={gate.code: gate.session_id for gate in gates if gate.session_id},
    )


def _names(gate: Any) -> tuple[str, str]:
    return (gate.of_session_title, gate.of_session_title_en) if gate.session_id else (gate.name, gate.name_en)


def _session(gate: Any, numbers: dict[str, int]) -> Session:
    return Session(
        gate.of_session_begins_at,
        gate.of_session_ends_at,
        gate.of_session_seats,
        gate.of_session_held_minutes,
        bool(gate.of_session_needs_sign_up),
        tuple(numbers.get(code, -1) for code in gate.of_session_categories),
        gate.of_session_published_at is None or gate.of_session_cancelled_at is not None,
    )


def _category(row: Any) -> Category:
    return Category(
        row.code,
        bool(row.counts),
        tuple(row.gates),
        tuple(row.halls),
        {int(day): (span[0], span[1]) for day, span in row.hours.items()},
        bool(row.has_fee),
        tuple(name for name in ASKED_AT_DOOR if name in row.asks),
    )
