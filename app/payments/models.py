"""Orders and the money for them. Every amount is an integer of the currency's minor unit."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.chain import seals
from app.db import db


class OrderState(StrEnum):
    AWAITING = "awaiting"  # payment is expected until due_at
    DEPOSITED = "deposited"  # the deposit is paid and the booths are let; the balance is open until balance_due_at
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNDELIVERABLE = "undeliverable"  # paid after the booths went: another booth is offered, or the money goes back
    REFUNDED = "refunded"
    CALLED_OFF = "called_off"  # cancelled after its booths were let, for the fee of that day


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
    deposit_minor: Mapped[int | None] = mapped_column(
        BigInteger
    )  # None: due whole; the rest of the total is the balance
    deposit_paid_at: Mapped[datetime | None]
    balance_due_at: Mapped[datetime | None]
    checkout_ends_at: Mapped[datetime | None]  # of the Checkout Session for the balance

    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", lazy="selectin")

    @property
    def booth_labels(self) -> list[str]:
        """How its booths are called on its papers; what was bought with them left out."""
        return [line.label for line in self.lines if line.kind == "booth"]

    @property
    def booth_ids(self) -> list[int]:
        """Its booths, without those that extras are for."""
        return [line.booth_id for line in self.lines if line.kind == "booth" and line.booth_id is not None]

    @property
    def labels(self) -> list[str]:
        """What its mails and the card page call it: its booths, or else the extras that were ordered alone."""
        return self.booth_labels or [f"{line.label} × {line.quantity}" for line in self.lines]

    @property
    def is_of_extras(self) -> bool:
        """Extras for a booth that was let before (app/booths/more_extras.py)."""
        return bool(self.lines) and all(line.kind == "extra" for line in self.lines)


class OrderLine(db.Model):
    """One thing bought. `kind` chooses what its payment sets going (app/fulfilment.py)."""

    __tablename__ = "order_line"
    __table_args__ = (Index("ix_order_line_fair_id_order_id", "fair_id", "order_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    kind: Mapped[str] = mapped_column(String(12), default="booth")
    booth_id: Mapped[int | None] = mapped_column(ForeignKey("booth.id"))  # of extras ordered alone: whose they are
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


seals(  # what changes afterwards (order, state) is in the log; who paid is personal
    "payment",
    Payment,
    "received_at",
    ("id", "fair_id", "method", "external_id", "amount_minor", "currency", "received_at"),
)


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


class SalesTerms(db.Model):
    """When orders placed from now on are due, and whether a cancellation needs the organiser. Orders keep theirs."""

    __tablename__ = "sales_terms"
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"), primary_key=True)
    deposit_bp: Mapped[int | None]  # basis points of the total, due at order; None: the whole is
    balance_on: Mapped[date | None]  # either a day, or so many days before the fair's first
    balance_days_before: Mapped[int | None]
    cancels_at_once: Mapped[bool] = mapped_column(default=False)


class BalanceReminder(db.Model):
    """Who was reminded of a balance, and for which day: so that nobody is twice."""

    __tablename__ = "balance_reminder"
    __table_args__ = (UniqueConstraint("fair_id", "order_id", "days_before"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    days_before: Mapped[int]  # -1: the day after
    sent_at: Mapped[datetime]


class CancellationStep(db.Model):
    """Until this day at the fair, midnight, cancelling an order costs this share of its total."""

    __tablename__ = "cancellation_step"
    __table_args__ = (UniqueConstraint("fair_id", "until_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    until_on: Mapped[date]
    fee_bp: Mapped[int]  # basis points of the order's total, VAT included


class CancellationState(StrEnum):
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Cancellation(db.Model):
    """An exhibitor's wish to cancel an order whose booths are let, at the fee of the day, and what came of it."""

    __tablename__ = "cancellation"
    __table_args__ = (
        Index(
            "uq_cancellation_live",
            "fair_id",
            "order_id",
            unique=True,
            sqlite_where=text("state IN ('asked', 'done')"),
            postgresql_where=text("state IN ('asked', 'done')"),
        ),
        Index("ix_cancellation_fair_id_state", "fair_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    state: Mapped[str] = mapped_column(String(10), default=CancellationState.ASKED)
    reason: Mapped[str] = mapped_column(Text, default="")  # the exhibitor's, or the organiser's who acts unasked
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(120), default="")
    fee_bp: Mapped[int]
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(120), default="")
    answer: Mapped[str] = mapped_column(Text, default="")  # the organiser's reason
    kept_minor: Mapped[int | None] = mapped_column(BigInteger)  # of what had come; less than the fee if less had come
    refund_minor: Mapped[int | None] = mapped_column(BigInteger)
