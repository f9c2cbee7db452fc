"""Visitors, their badges, the gates, and every scan."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.chain import seals
from app.db import db


class BadgeState(StrEnum):
    VALID = "valid"
    REPLACED = "replaced"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    NOT_APPROVED = "not_approved"


class VisitorCategory(db.Model):
    """What a badge says about its bearer; `counts` tells a visitor from staff, press and crew."""

    __tablename__ = "visitor_category"
    __table_args__ = (UniqueConstraint("fair_id", "code"), UniqueConstraint("fair_id", "number"))
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    code: Mapped[str] = mapped_column(String(20))  # trade, importer, public, press, exhibitor, organiser, crew
    number: Mapped[int]  # one byte in the badge code
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    counts: Mapped[bool] = mapped_column(default=True)  # an entry can be a visit
    online: Mapped[bool] = mapped_column(default=True)  # offered in the public form
    is_trade: Mapped[bool] = mapped_column(default=False)  # becomes a buyer
    colour: Mapped[str] = mapped_column(String(12), default="ink")  # ink, white, indigo, celadon, turmeric
    gates: Mapped[list[Any]] = mapped_column(default=list)  # codes; empty: every gate
    hours: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # {"0": ["09:00", "12:00"]}
    halls: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # codes; empty: every hall
    has_fee: Mapped[bool] = mapped_column(default=False, server_default=false())
    asks: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # at the door: company, country, phone


class Registration(db.Model):
    """A person who asked to come. Pre-registration is not a visit."""

    __tablename__ = "registration"
    __table_args__ = (
        Index("ix_registration_fair_id_folded", "fair_id", "folded"),
        Index("ix_registration_fair_id_email", "fair_id", "email"),
        Index("ix_registration_fair_id_country", "fair_id", "country", "category_id", "cancelled_at", "exhibitor_id"),
        Index("ix_registration_badge_mail_due_at", "badge_mail_due_at"),
        Index("ix_registration_fair_id_gate_changed_at", "fair_id", "gate_changed_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("visitor_category.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    exhibitor_id: Mapped[int | None] = mapped_column(ForeignKey("exhibitor.id"))  # staff of
    name: Mapped[str] = mapped_column(String(120))
    company: Mapped[str] = mapped_column(String(200), default="")
    folded: Mapped[str] = mapped_column(String(400), default="")
    country: Mapped[str] = mapped_column(String(2), default="VN")
    province: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    locale: Mapped[str] = mapped_column(String(8), default="vi")
    consents: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {"news": {"given": true, "at": "…", "text": …}}
    source: Mapped[str] = mapped_column(String(12), default="online")  # online, desk, import, exhibitor
    created_at: Mapped[datetime]
    email_verified_at: Mapped[datetime | None]  # the mailed badge was opened
    badge_mail_due_at: Mapped[datetime | None]  # the badge waits to be mailed
    cancelled_at: Mapped[datetime | None]
    fee_received_at: Mapped[datetime | None]
    fee_minor: Mapped[int | None] = mapped_column(BigInteger)  # in the fair's currency
    fee_actor: Mapped[str] = mapped_column(String(40), default="", server_default="")  # who took it: person:12, token:3
    gate_changed_at: Mapped[datetime | None]  # fee, company, country or phone: devices fetch it again


class BadgeKey(db.Model):
    """The pair that signs a fair's badge codes; the private half is encrypted under a key outside the database."""

    __tablename__ = "badge_key"
    __table_args__ = (UniqueConstraint("fair_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    number: Mapped[int]  # key id inside the code
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # 32 bytes, raw Ed25519
    private_key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Badge(db.Model):
    """A pass with a signed code. A reissue makes a new one; the older says `replaced`."""

    __tablename__ = "badge"
    __table_args__ = (
        UniqueConstraint("fair_id", "number"),
        UniqueConstraint("fair_id", "code_id"),
        Index("ix_badge_fair_id_registration_id", "fair_id", "registration_id"),
        Index("ix_badge_fair_id_id", "fair_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("visitor_category.id"))
    number: Mapped[str] = mapped_column(String(20))  # 18 random digits and 2 check digits (ISO 7064 MOD 97-10)
    code_id: Mapped[str] = mapped_column(String(16))  # the code's 8 random bytes, hex
    token: Mapped[str] = mapped_column(String(200))  # 193 or 196 digits, as in the QR
    first_day: Mapped[int] = mapped_column(default=0)  # 0 is the fair's first
    days_mask: Mapped[int]  # bit 0 is first_day
    reissue: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(14), default=BadgeState.VALID)
    reason: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]


class Gate(db.Model):
    """A place where badges are read."""

    __tablename__ = "gate"
    __table_args__ = (UniqueConstraint("fair_id", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"))
    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60), default="")
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]  # offered no more; its scans stay, and late ones are taken
    session_id: Mapped[int | None] = mapped_column(ForeignKey("fair_session.id"))  # whose door it is: no way in


class Device(db.Model):
    """A phone or laptop at a gate: what it last said of itself."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("fair_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    key: Mapped[str] = mapped_column(String(36))  # made by the device
    name: Mapped[str] = mapped_column(String(80), default="")
    gate_id: Mapped[int | None] = mapped_column(ForeignKey("gate.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    last_seen_at: Mapped[datetime]
    unsent: Mapped[int] = mapped_column(default=0)
    alarm_id: Mapped[int | None] = mapped_column(ForeignKey("fire_alarm.id"))  # that it scans out for


class FireAlarm(db.Model):
    """Everybody leaves: from `raised_at` until `ended_at` the gates scan out."""

    __tablename__ = "fire_alarm"
    __table_args__ = (
        Index(
            "uq_fire_alarm_fair_id_open", "fair_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    raised_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


FIRST_ENTRIES = text("verdict = 'admitted' AND annulled_by IS NULL")  # once a person and day, or at two gates


class Scan(db.Model):
    """One reading of a badge, whatever the answer. Written once; it is its own log.

    Fair and gate carry no foreign key here: checking one locks its row, and every scan of a fair would share the
    same two. Both are looked up before; gates are never deleted.
    """

    __tablename__ = "scan"
    __table_args__ = (
        Index("ix_scan_fair_id_counted_at", "fair_id", "counted_at"),
        Index("ix_scan_fair_id_badge_id_counted_at", "fair_id", "badge_id", "counted_at"),
        Index(
            "ix_scan_fair_id_day_gate_id",
            "fair_id",
            "day",
            "gate_id",
            "counts",
            "annulled_by",
            "counted_at",
            "badge_id",
        ),
        Index(
            "ix_scan_first_entries",
            "fair_id",
            "day",
            "badge_id",
            sqlite_where=FIRST_ENTRIES,
            postgresql_where=FIRST_ENTRIES,
        ),
    )
    fair_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)  # UUID made by the device
    gate_id: Mapped[int]
    badge_id: Mapped[int | None] = mapped_column(ForeignKey("badge.id"))
    direction: Mapped[str] = mapped_column(String(3))  # in, out
    code_digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of what was read
    scanned_at: Mapped[datetime]  # as the device sent it
    drift_ms: Mapped[int | None] = mapped_column(BigInteger)
    counted_at: Mapped[datetime]  # scanned_at corrected by the drift
    received_at: Mapped[datetime]
    day: Mapped[date]  # the fair day of counted_at
    verdict: Mapped[str] = mapped_column(String(20))
    colour: Mapped[str] = mapped_column(String(8))
    counts: Mapped[str] = mapped_column(String(8), default="no")  # visit, entry, exit, session, undone, no
    refused: Mapped[str | None] = mapped_column(String(20))  # the verdict that a force or an exit overrode
    device_verdict: Mapped[str | None] = mapped_column(String(20))
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # first_at, first_gate, marks
    forced_reason: Mapped[str | None] = mapped_column(Text)
    annuls: Mapped[str | None] = mapped_column(String(36))
    annulled_by: Mapped[str | None] = mapped_column(String(36))
    device_key: Mapped[str | None] = mapped_column(String(36))
    actor: Mapped[str] = mapped_column(String(40), default="")  # person:12, token:3
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # said at the door, as typed there


seals(  # all but the words of whoever forced it, and `annulled_by`, which follows from other rows: see recount.py
    "scan",
    Scan,
    "received_at",
    (
        "id", "fair_id", "gate_id", "badge_id", "direction", "code_digest", "scanned_at", "drift_ms", "counted_at",
        "received_at", "day", "verdict", "colour", "counts", "refused", "device_verdict", "detail", "annuls",
        "device_key", "actor",
    ),
)  # fmt: skip


class RehearsalScan(db.Model):
    """A scan made in rehearsal mode: shown, never counted."""

    __tablename__ = "rehearsal_scan"
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    received_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]


class ScanFault(db.Model):
    """What a device sent under an id that belongs to another scan: kept and shown, never answered as the first."""

    __tablename__ = "scan_fault"
    __table_args__ = (Index("ix_scan_fault_fair_id_received_at", "fair_id", "received_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    scan_id: Mapped[str] = mapped_column(String(36))
    received_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]


class Visit(db.Model):
    """An entry, at most one per person and fair day. Who the person is, the registration says. Keys: as in Scan."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_fair_id_day", "fair_id", "day", "gate_id", "category_id", "registration_id", "first_at"),
        Index("ix_visit_fair_id_first_at", "fair_id", "first_at"),
        Index("ix_visit_fair_id_badge_id", "fair_id", "badge_id"),
    )
    fair_id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    badge_id: Mapped[int] = mapped_column(ForeignKey("badge.id"))
    scan_id: Mapped[str] = mapped_column(String(36))
    gate_id: Mapped[int]
    category_id: Mapped[int]
    first_at: Mapped[datetime]


class CorrectionKind(StrEnum):
    MISSED_ENTRY = "missed_entry"  # somebody came in and no gate kept it
    WRONG_ENTRY = "wrong_entry"  # an entry that was kept and is none
    UNDO = "undo"  # of an earlier correction


class Correction(db.Model):
    """What the organiser puts right of a gate: written once, with its reason; undone only by another one.

    A missed entry is a scan too (`scan_id`, with the correction's own id), so that whatever counts entries counts it;
    a wrong entry stays as it was read, and its `annulled_by` names the correction.
    """

    __tablename__ = "correction"
    __table_args__ = (
        UniqueConstraint("fair_id", "undoes"),  # a correction is undone once
        Index("ix_correction_fair_id_made_at", "fair_id", "made_at"),
        Index("ix_correction_fair_id_scan_id", "fair_id", "scan_id"),
    )
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)  # UUID made by who asks: the same is done once
    kind: Mapped[str] = mapped_column(String(14))
    scan_id: Mapped[str] = mapped_column(String(36))  # the scan that it is about, or made
    undoes: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(String(20))  # corrections.REASONS
    note: Mapped[str] = mapped_column(String(300), default="")
    actor: Mapped[str] = mapped_column(String(40))  # person:12, token:3
    made_at: Mapped[datetime]


seals(  # all but the note: words may name somebody
    "correction",
    Correction,
    "made_at",
    ("id", "fair_id", "kind", "scan_id", "undoes", "reason", "actor", "made_at"),
)
