"""Scans as devices send them: read by hand, since a gate waits for the answer."""

import hashlib
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.errors import FieldErrors
from app.i18n_marks import N_
from app.visitors.checkin import COLOURS, Reading, Scan, State
from app.visitors.door_answers import read_answers
from app.visitors.gate_facts import GateFacts
from app.visitors.rehearsal import sample_reading, sample_state

AT_MOST = 1000
LATE_AFTER = timedelta(seconds=30)
DRIFT_AT_MOST_MS = 400 * 24 * 3600 * 1000
_NOT_A_LIST = N_('Send {"scans": [...]} with 1 to 1,000 scans.')
_BAD = {
    "id": N_("Each scan needs an id of its own: a UUID."),
    "code": N_("The code is what was read: text of at most 4,000 characters."),
    "gate": N_("There is no gate with this code."),
    "direction": N_('The direction is "in" or "out".'),
    "scanned_at": N_("The time is RFC 3339, with its zone: 2026-12-11T09:47:03.120+07:00."),
    "drift_ms": N_("The drift is a whole number of milliseconds."),
    "annuls": N_("What is taken back is named by the id of its scan: a UUID."),
    "answers": N_("Answers are texts by the name of what was asked: company, country as VN or JP, phone in digits."),
    "other": N_("This value cannot be taken."),
}


@dataclass(frozen=True)
class Submitted:
    """One scan as it arrived, with what its code said and where it belongs in time."""

    scan: Scan
    gate_id: int
    find: str | None  # the badge's code_id (hex), or a 20-digit number
    code_digest: str
    scanned_at: datetime
    drift_ms: int | None
    forced_reason: str | None
    device_key: str | None
    answers: dict[str, str] = field(default_factory=dict)  # what the gate was told of the person
    sample: State | None = None  # what is known of a sample badge, in rehearsal

    def content(self) -> dict[str, Any]:
        """What was sent, for the record of a fault or a rehearsal."""
        return {
            "code_digest": self.code_digest,
            "gate": self.scan.gate,
            "direction": self.scan.direction,
            "scanned_at": self.scanned_at.isoformat(),
            "drift_ms": self.drift_ms,
            "device": self.device_key,
            "device_verdict": self.scan.device_verdict,
        }


def read_scans(
    body: Any, facts: GateFacts, received_at: datetime, may_force: bool, secret: str = ""
) -> list[Submitted]:
    """The scans of a request, in the order sent; FieldErrors names the first fault of each, by "scans.0.gate".

    Sample badges are known in rehearsal alone, and only with the server's `secret`.
    """
    scans = body.get("scans") if isinstance(body, dict) else None
    if not isinstance(scans, list) or not 1 <= len(scans) <= AT_MOST:
        raise FieldErrors({"scans": _NOT_A_LIST})
    device = body.get("device")
    device_key = _clean(device)[:36] or None if isinstance(device, str) else None
    read, faults = [], {}
    for index, raw in enumerate(scans):
        try:
            one = _read(raw, facts, received_at, may_force, device_key)
            read.append(_with_sample(one, raw["code"], facts, secret) if one.scan.rehearsal and secret else one)
        except _Fault as fault:
            faults[f"scans.{index}.{fault.name}" if fault.name != "other" else f"scans.{index}"] = _BAD[fault.name]
    if faults:
        raise FieldErrors(faults)
    return read


class _Fault(Exception):
    def __init__(self, name: str) -> None:
        self.name = name


def _read(raw: Any, facts: GateFacts, received_at: datetime, may_force: bool, device_key: str | None) -> Submitted:
    if not isinstance(raw, dict):
        raise _Fault("other")
    scan_id = _uuid(raw.get("id"), "id")
    code, gate, direction = raw.get("code"), raw.get("gate"), raw.get("direction")
    if not isinstance(code, str) or len(code) > 4000:
        raise _Fault("code")
    if not isinstance(gate, str) or gate not in facts.gates:
        raise _Fault("gate")
    if direction not in ("in", "out"):
        raise _Fault("direction")
    scanned_at, drift_ms = _instant(raw.get("scanned_at")), raw.get("drift_ms")
    if drift_ms is not None and (type(drift_ms) is not int or abs(drift_ms) > DRIFT_AT_MOST_MS):
        raise _Fault("drift_ms")
    annuls = raw.get("annuls")
    reason = raw.get("forced_reason")
    verdict = raw.get("device_verdict")
    if any(value is not None and not isinstance(value, str) for value in (reason, verdict)):
        raise _Fault("other")
    answers = read_answers(raw["answers"]) if raw.get("answers") is not None else {}
    if answers is None:
        raise _Fault("answers")
    at = scanned_at - timedelta(milliseconds=drift_ms) if drift_ms else scanned_at
    reason = _clean(reason)[:200] or None if reason else None
    reading, find = facts.reading(code) if code else (Reading("none"), None)
    scan = Scan(
        id=scan_id,
        reading=reading,
        gate=gate,
        direction=direction,
        at=at,
        rehearsal=raw.get("rehearsal") is True,
        annuls=_uuid(annuls, "annuls") if annuls is not None else None,
        forced=bool(reason) and may_force,
        late=received_at - at > LATE_AFTER,
        received_at=received_at,
        device_verdict=verdict if verdict in COLOURS else None,
        answers=tuple(answers),
    )
    digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
    return Submitted(scan, facts.gates[gate], find, digest, scanned_at, drift_ms, reason, device_key, answers)


def _with_sample(one: Submitted, code: str, facts: GateFacts, secret: str) -> Submitted:
    found = sample_reading(facts, secret, code)
    if found is None:
        return one
    reading, sample = found
    known = sample_state(sample, one.scan.at, one.scan.gate, facts.rules)
    return replace(one, scan=replace(one.scan, reading=reading), find=None, sample=known)


def _clean(text: str) -> str:
    """Without what databases refuse: NUL and lone surrogates."""
    return text.encode("utf-8", "ignore").decode().replace("\x00", "").strip()


def _uuid(value: Any, name: str) -> str:
    if not isinstance(value, str) or len(value) > 45:
        raise _Fault(name)
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise _Fault(name) from None


def _instant(value: Any) -> datetime:
    if not isinstance(value, str) or len(value) > 40 or "T" not in value.upper():
        raise _Fault("scanned_at")
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None or not 2000 <= instant.year <= 2100:
            raise _Fault("scanned_at")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Fault("scanned_at") from None
