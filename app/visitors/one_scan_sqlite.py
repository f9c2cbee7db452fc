"""One scan on SQLite: read, decide, write under the process's write lock, by the driver itself."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from app.db import as_sqlite, db, sqlite_write_lock


def run_on_sqlite(values: dict[str, Any], verdicts: dict[str, Any], gate_codes: dict[int, str]) -> Any:
    """As the statement of `one_scan.py`: the situation, and what belongs to it."""
    values = {name: as_sqlite(value) for name, value in values.items()}
    pooled = db.engine.raw_connection()
    try:
        connection: Any = pooled.driver_connection
        with sqlite_write_lock():
            connection.execute("BEGIN IMMEDIATE")
            try:
                found = _record(connection, values, verdicts, gate_codes)
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
        return found
    finally:
        pooled.close()


def _record(connection: Any, values: dict[str, Any], verdicts: dict[str, Any], gate_codes: dict[int, str]) -> Any:
    old, *badge = connection.execute(_READ, values).fetchone()
    found = SimpleNamespace(**dict(zip(_NAMES, badge, strict=True)), situation=None)
    lacking = [name for name in ("company", "country", "phone") if values[name] and not getattr(found, name)]
    found.first_at, found.changed_at = _instant(found.first_at), _instant(found.changed_at)
    if old:
        return found
    if values["fixed"]:
        found.situation = "fixed"
    elif found.badge_id is None:
        found.situation = "missing"
    elif found.state != "valid":
        found.situation = found.state
    elif values["fee"] and found.fee_received_at is None:
        found.situation = "unpaid"
    elif lacking:
        found.situation = "lacks:" + ",".join(lacking)
    else:
        found.situation = "again" if found.first_at and values["visit"] else "first"
    verdict = verdicts[found.situation]
    detail = dict(verdict.detail)
    if found.situation == "again":
        detail = {"at": found.first_at.isoformat(), "gate": gate_codes.get(found.first_gate, "")}
    elif found.situation == "revoked":
        detail = {"changed_at": found.changed_at and found.changed_at.isoformat(), "reason": found.reason}
    said = {
        "badge": found.badge_id, "person": found.registration_id, "category": found.category_id,
        "verdict": verdict.code, "colour": verdict.colour, "counts": verdict.counts,
        "detail": json.dumps(detail, default=lambda value: value.isoformat()) if detail else None,
    }  # fmt: skip
    connection.execute(_KEEP, values | said)
    if values["visit"] and found.situation in ("first", "again"):
        connection.execute(_VISIT, values | said)
    return found


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


_NAMES = (
    "badge_id", "registration_id", "category_id", "state", "reason", "changed_at", "name", "company", "country",
    "phone", "fee_received_at", "first_at", "first_gate",
)  # fmt: skip
_READ = """
SELECT EXISTS (SELECT 1 FROM scan WHERE fair_id = :fair AND id = :id), b.id, b.registration_id, b.category_id, b.state,
    b.reason, b.changed_at, r.name, r.company, r.country, r.phone, r.fee_received_at, v.first_at, v.gate_id
FROM (SELECT 1) AS one
LEFT JOIN badge b ON b.fair_id = :fair AND b.code_id = :code_id
LEFT JOIN registration r ON r.id = b.registration_id
LEFT JOIN visit v ON v.fair_id = :fair AND v.registration_id = b.registration_id AND v.day = :day
"""
_KEEP = """
INSERT INTO scan (fair_id, id, gate_id, badge_id, direction, code_digest, scanned_at, drift_ms, counted_at,
    received_at, day, verdict, colour, counts, device_verdict, forced_reason, detail, device_key, actor)
VALUES (:fair, :id, :gate, :badge, :direction, :digest, :scanned_at, :drift, :at,
    :received_at, :day, :verdict, :colour, :counts, :device_verdict, :reason, :detail, :device, :actor)
"""
_VISIT = """
INSERT INTO visit (fair_id, registration_id, day, badge_id, scan_id, gate_id, category_id, first_at)
VALUES (:fair, :person, :day, :badge, :id, :gate, :category, :at)
ON CONFLICT (fair_id, registration_id, day) DO UPDATE
SET badge_id = excluded.badge_id, scan_id = excluded.scan_id, gate_id = excluded.gate_id,
    category_id = excluded.category_id, first_at = excluded.first_at
WHERE (excluded.first_at, excluded.scan_id) < (visit.first_at, visit.scan_id)
"""
