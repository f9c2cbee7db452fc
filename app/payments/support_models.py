"""Public money for booths: who gives it, under which decision, to whom, for which order, and what has been paid."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class Funder(db.Model):
    """Who pays a share of some exhibitors' booths: a promotion centre, a province. Invoices name it as the buyer."""

    __tablename__ = "funder"
    __table_args__ = (Index("ix_funder_fair_id", "fair_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    tax_code: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class SupportProgramme(db.Model):
    """What a funder's decision grants. Ceilings and budget are money that the funder pays, VAT included.

    `taken_minor` counts what orders that stand have of the budget, and never passes it.
    """

    __tablename__ = "support_programme"
    __table_args__ = (Index("ix_support_programme_fair_id_funder_id", "fair_id", "funder_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    funder_id: Mapped[int] = mapped_column(ForeignKey("funder.id"))
    name: Mapped[str] = mapped_column(String(120))
    decision_number: Mapped[str] = mapped_column(String(60))
    decision_on: Mapped[date]
    rate_bp: Mapped[int]  # basis points of the booth's price before VAT
    per_exhibitor_minor: Mapped[int | None] = mapped_column(BigInteger)
    per_booth_minor: Mapped[int | None] = mapped_column(BigInteger)
    budget_minor: Mapped[int] = mapped_column(BigInteger)
    taken_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    from_on: Mapped[date]
    to_on: Mapped[date]  # the last day on which an order gets it
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class SupportGrant(db.Model):
    """An exhibitor that gets support, why, and the paper that proves it. One at a time in a fair."""

    __tablename__ = "support_grant"
    __table_args__ = (
        Index(
            "uq_support_grant_live",
            "fair_id",
            "exhibitor_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_support_grant_fair_id_programme_id", "fair_id", "programme_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("support_programme.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    reason: Mapped[str] = mapped_column(String(300))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    taken_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # by its orders that stand, with VAT
    granted_at: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(String(120), default="")
    withdrawn_at: Mapped[datetime | None]


class Support(db.Model):
    """What one order has of a grant; its line below zero says the same. Released when the order ends."""

    __tablename__ = "support"
    __table_args__ = (
        Index(
            "uq_support_live",
            "fair_id",
            "order_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_support_fair_id_funder_id", "fair_id", "funder_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    grant_id: Mapped[int] = mapped_column(ForeignKey("support_grant.id"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("support_programme.id"))
    funder_id: Mapped[int] = mapped_column(ForeignKey("funder.id"))
    rate_bp: Mapped[int]
    base_minor: Mapped[int] = mapped_column(BigInteger)  # of the booths before VAT, a discount taken off
    net_minor: Mapped[int] = mapped_column(BigInteger)
    vat_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    taken_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))  # the funder's
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))  # what took it back

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.vat_minor


class FunderPayment(db.Model):
    """Money of a funder, noted from the bank's statement. One that was noted by mistake is taken back, and stays."""

    __tablename__ = "funder_payment"
    __table_args__ = (
        Index(
            "uq_funder_payment_live",
            "fair_id",
            "external_id",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
        Index("ix_funder_payment_fair_id_funder_id", "fair_id", "funder_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    funder_id: Mapped[int] = mapped_column(ForeignKey("funder.id"))
    external_id: Mapped[str] = mapped_column(String(120))  # the bank's own number
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    received_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(120), default="")
    taken_back_at: Mapped[datetime | None]
