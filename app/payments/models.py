"""Orders and the money for them. Every amount is an integer of the currency's minor unit."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import db


class OrderState(StrEnum):
    AWAITING = "awaiting"  # payment is expected until due_at
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNDELIVERABLE = "undeliverable"  # paid after the booths went: another booth is offered, or the money goes back
    REFUNDED = "refunded"


class PaymentState(StrEnum):
    SETTLED = "settled"  # counted towards its order
    UNMATCHED = "unmatched"  # a person must decide: wrong amount, second payment, came too late
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"


class Order(db.Model):
    """What an exhibitor buys, with prices, VAT and currency as they were when it was placed."""

    __tablename__ = "order"
    __table_args__ = (
        UniqueConstraint("fair_id", "reference"),
        Index("uq_order_fair_id_hold_id", "fair_id", "hold_id", unique=True),
        Index("ix_order_fair_id_exhibitor_id", "fair_id", "exhibitor_id"),
        Index("ix_order_fair_id_state", "fair_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hold_id: Mapped[str | None] = mapped_column(ForeignKey("hold.id"))
    reference: Mapped[str] = mapped_column(String(24))  # capitals and digits: what a payer writes on a transfer
    pay_by: Mapped[str] = mapped_column(String(10))  # card, transfer
    state: Mapped[str] = mapped_column(String(14), default=OrderState.AWAITING)
    currency: Mapped[str] = mapped_column(String(3))
    net_minor: Mapped[int] = mapped_column(BigInteger)
    vat_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    stripe_session_id: Mapped[str | None] = mapped_column(String(120))
    stripe_session_url: Mapped[str | None] = mapped_column(String(500))
    contract_number: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[str] = mapped_column(String(300), default="")

    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", lazy="selectin")

    @property
    def booth_labels(self) -> list[str]:
        """How its booths are called on its papers; what was bought with them left out."""
        return [line.label for line in self.lines if line.booth_id is not None]


class OrderLine(db.Model):
    """One thing bought. `kind` chooses what its payment sets going (app/fulfilment.py)."""

    __tablename__ = "order_line"
    __table_args__ = (Index("ix_order_line_fair_id_order_id", "fair_id", "order_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    kind: Mapped[str] = mapped_column(String(12), default="booth")
    booth_id: Mapped[int | None] = mapped_column(ForeignKey("booth.id"))
    extra_id: Mapped[int | None] = mapped_column(ForeignKey("extra.id"))
    kept: Mapped[bool] = mapped_column(default=False)  # an extra's: its quantity counts in Extra.taken
    label: Mapped[str] = mapped_column(String(200))
    price_note: Mapped[str] = mapped_column(String(130), default="")  # the price list's name, in both languages
    listed_minor: Mapped[int | None] = mapped_column(BigInteger)  # a booth's list price, where another was asked
    quantity: Mapped[int] = mapped_column(default=1)
    unit_minor: Mapped[int] = mapped_column(BigInteger)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    vat_bp: Mapped[int]
    vat_minor: Mapped[int] = mapped_column(BigInteger)


class Payment(db.Model):
    """Money that came. None is ever without an order or a person's task to find one."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("fair_id", "method", "external_id"),
        Index("ix_payment_fair_id_state", "fair_id", "state"),
        Index("ix_payment_fair_id_order_id", "fair_id", "order_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("order.id"))
    method: Mapped[str] = mapped_column(String(10))  # card, transfer
    external_id: Mapped[str] = mapped_column(String(120))  # Stripe's payment intent, the bank's reference
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(30), default="")  # why unmatched: wrong_amount, twice, too_late, …
    payer: Mapped[str] = mapped_column(String(200), default="")
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Refund(db.Model):
    """Money that goes back, asked for in a transaction and carried out after it."""

    __tablename__ = "refund"
    __table_args__ = (Index("ix_refund_fair_id_state", "fair_id", "state"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(10), default="due")  # due, sent, done, failed
    stripe_refund_id: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Invoice(db.Model):
    """A numbered invoice document or credit note; its content is what was printed, never recomputed."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("fair_id", "kind", "serial"),
        Index("ix_invoice_fair_id_order_id", "fair_id", "order_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    kind: Mapped[str] = mapped_column(String(12), default="invoice")  # invoice, credit_note
    serial: Mapped[int]  # without gaps within a fair and kind
    number: Mapped[str] = mapped_column(String(30))
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))


class StripeEvent(db.Model):
    """An event as Stripe sent it. Its id is the key: a second delivery finds it here."""

    __tablename__ = "stripe_event"
    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(40), default="")
