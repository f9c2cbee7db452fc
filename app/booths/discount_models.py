"""Codes that take something off the price of booths, and who used which."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class DiscountCode(db.Model):
    """What is typed with an order, in capitals; `taken` counts the orders that have it, and never passes `most`."""

    __tablename__ = "discount_code"
    __table_args__ = (
        Index(
            "uq_discount_code_live",
            "fair_id",
            "code",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    code: Mapped[str] = mapped_column(String(20))
    off_bp: Mapped[int | None]  # either basis points of the booths' price before VAT, or an amount
    off_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))  # of the amount, which holds in no other; None: the fair's
    from_on: Mapped[date]
    to_on: Mapped[date]  # the last day
    most: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class DiscountUse(db.Model):
    """One order's use of a code; a company has at most one that stands."""

    __tablename__ = "discount_use"
    __table_args__ = (
        Index(
            "uq_discount_use_live",
            "fair_id",
            "code_id",
            "exhibitor_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_discount_use_fair_id_order_id", "fair_id", "order_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    code_id: Mapped[int] = mapped_column(ForeignKey("discount_code.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    used_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
