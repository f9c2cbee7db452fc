"""The statements that record scans, on both databases. Kept as text: their compiled form is cached once."""

from sqlalchemy import JSON, Date, bindparam, text

from app.db import UTCDateTime

SCANS = (
    text(
        "SELECT id, gate_id, badge_id, direction, code_digest, scanned_at, counted_at, received_at, verdict,"
        " counts, refused, detail, annuls, annulled_by FROM scan WHERE fair_id = :fair AND id IN :ids"
    )
    .bindparams(bindparam("ids", expanding=True))
    .columns(scanned_at=UTCDateTime, counted_at=UTCDateTime, received_at=UTCDateTime, detail=JSON)
)
REHEARSED = (
    text("SELECT id, content FROM rehearsal_scan WHERE fair_id = :fair AND id IN :ids")
    .bindparams(bindparam("ids", expanding=True))
    .columns(content=JSON)
)
BADGES = (
    text(
        "SELECT b.id, b.registration_id, b.category_id, b.number, b.code_id, b.first_day, b.days_mask, b.state,"
        " b.reason, b.changed_at, r.name, r.company, r.country, r.phone, r.fee_received_at"
        " FROM badge b JOIN registration r ON r.id = b.registration_id"
        " WHERE b.fair_id = :fair AND b.code_id IN :codes UNION "
        "SELECT b.id, b.registration_id, b.category_id, b.number, b.code_id, b.first_day, b.days_mask, b.state,"
        " b.reason, b.changed_at, r.name, r.company, r.country, r.phone, r.fee_received_at"
        " FROM badge b JOIN registration r ON r.id = b.registration_id"
        " WHERE b.fair_id = :fair AND b.number IN :numbers"
    )
    .bindparams(bindparam("codes", expanding=True), bindparam("numbers", expanding=True))
    .columns(changed_at=UTCDateTime)
)
CODES = text("SELECT id, code_id FROM badge WHERE id IN :ids").bindparams(bindparam("ids", expanding=True))
LOCK_PEOPLE = text("SELECT id FROM registration WHERE id IN :people ORDER BY id FOR NO KEY UPDATE").bindparams(
    bindparam("people", expanding=True)
)
PASSAGES = (
    text(
        # CROSS JOIN: from the people to their scans; SQLite would else walk through all scans of the days
        "SELECT s.id, s.counted_at, s.gate_id, s.direction, b.registration_id FROM badge b CROSS JOIN scan s"
        " WHERE b.fair_id = :fair AND b.registration_id IN :people"
        " AND s.fair_id = b.fair_id AND s.badge_id = b.id AND s.counted_at >= :since"
        " AND s.counts IN ('visit', 'entry', 'exit') AND s.annulled_by IS NULL ORDER BY s.counted_at, s.id"
    )
    .bindparams(bindparam("people", expanding=True), bindparam("since", type_=UTCDateTime))
    .columns(counted_at=UTCDateTime)
)
_VISITS = "SELECT registration_id, day, scan_id FROM visit WHERE fair_id = :fair AND registration_id IN :people"
VISITS, VISITS_LOCKED = (
    text(f"{_VISITS} AND day >= :since{lock}")
    .bindparams(bindparam("people", expanding=True), bindparam("since", type_=Date))
    .columns(day=Date)
    for lock in ("", " FOR UPDATE")
)
ONE_SCAN = text("SELECT badge_id, gate_id, counted_at FROM scan WHERE fair_id = :fair AND id = :id").columns(
    counted_at=UTCDateTime
)
MARK_ANNULLED = text("UPDATE scan SET annulled_by = :by WHERE fair_id = :fair AND id = :scan AND annulled_by IS NULL")
FORGET_VISIT = text(
    "DELETE FROM visit WHERE fair_id = :fair AND registration_id = :person AND day = :day AND scan_id = :scan"
).bindparams(bindparam("day", type_=Date))
