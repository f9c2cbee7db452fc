"""Deals: what two sides say they agreed, revision by revision."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.chain import seals
from app.db import db


class DealState(StrEnum):
    DECLARED = "declared"  # one side says so
    CONFIRMED = "confirmed"  # both sides stand behind this revision
    VERIFIED = "verified"  # and the organiser saw the document
    DISPUTED = "disputed"
    CANCELLED = "cancelled"


class Deal(db.Model):
    """An agreed sale between a buyer and an exhibitor: order, contract or memorandum."""

    __tablename__ = "deal"
    __table_args__ = (
        UniqueConstraint("fair_id", "number"),
        UniqueConstraint("fair_id", "form_key"),
        Index("ix_deal_fair_id_state", "fair_id", "state"),
        Index("ix_deal_fair_id_exhibitor_id", "fair_id", "exhibitor_id"),
        Index("ix_deal_fair_id_buyer_id", "fair_id", "buyer_id"),
        Index("ix_deal_fair_id_recorded_at", "fair_id", "recorded_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    number: Mapped[str] = mapped_column(String(16))  # GD-0001
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyer.id"))
    kind: Mapped[str] = mapped_column(String(12))  # order, contract, memorandum
    category: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")  # what and how many
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)  # none: a memorandum without a value
    currency: Mapped[str] = mapped_column(String(3))
    signed_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), default=DealState.DECLARED)
    revision: Mapped[int] = mapped_column(default=1)
    recorded_at: Mapped[datetime]
    recorded_side: Mapped[str] = mapped_column(String(12))  # exhibitor, buyer, organiser
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    shared_address: Mapped[bool] = mapped_column(default=False)  # the buyer's was the exhibitor's too, when recorded
    form_key: Mapped[str | None] = mapped_column(String(36))  # of the form it came by: sent twice, recorded once
    confirmed_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    state_reason: Mapped[str] = mapped_column(Text, default="")
    folded: Mapped[str] = mapped_column(String(800), default="")  # number, both names, subject


class DealRevision(db.Model):
    """What the deal said at one revision: terms as they were agreed or changed, and by whom."""

    __tablename__ = "deal_revision"
    __table_args__ = (UniqueConstraint("fair_id", "deal_id", "revision"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    revision: Mapped[int]
    terms: Mapped[dict[str, Any]]  # kind, category, subject, amount_minor, currency, signed_on, note
    side: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(120), default="")
    made_at: Mapped[datetime]


class DealConfirmation(db.Model):
    """One side's answer to one revision, with what proves that it was that side. Kept when it is void."""

    __tablename__ = "deal_confirmation"
    __table_args__ = (
        Index(
            "uq_deal_confirmation_standing",
            "fair_id",
            "deal_id",
            "revision",
            "side",
            unique=True,
            sqlite_where=text("voided_at IS NULL AND proves = 1"),
            postgresql_where=text("voided_at IS NULL AND proves"),
        ),
        Index("ix_deal_confirmation_fair_id_deal_id", "fair_id", "deal_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    revision: Mapped[int]
    side: Mapped[str] = mapped_column(String(12))  # exhibitor, buyer
    answer: Mapped[str] = mapped_column(String(10))  # confirm, dispute
    means: Mapped[str] = mapped_column(String(16))  # signed_in, verified_link, … (proof.Means)
    proves: Mapped[bool]  # whether the means shows that it was that side
    reason: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(120), default="")
    identified_by: Mapped[str] = mapped_column(String(120), default="")  # at the deal desk: what the person showed
    answered_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


seals(  # voided is what an amendment of the log made it; names and what was shown at the desk are personal
    "deal_confirmation",
    DealConfirmation,
    "answered_at",
    ("id", "fair_id", "deal_id", "revision", "side", "answer", "means", "proves", "person_id", "answered_at"),
)


class DealDocument(db.Model):
    """A scan of what was signed, belonging to one revision."""

    __tablename__ = "deal_document"
    __table_args__ = (Index("ix_deal_document_fair_id_deal_id", "fair_id", "deal_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    revision: Mapped[int]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    side: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]


class DealVerification(db.Model):
    """The organiser saw the document of a revision."""

    __tablename__ = "deal_verification"
    __table_args__ = (UniqueConstraint("fair_id", "deal_id", "revision"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    deal_id: Mapped[int] = mapped_column(ForeignKey("deal.id"))
    revision: Mapped[int]
    deal_document_id: Mapped[int] = mapped_column(ForeignKey("deal_document.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(120), default="")
    verified_at: Mapped[datetime]
