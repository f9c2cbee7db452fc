"""A fair's own amounts in its further currencies: what has none here cannot be bought in that currency."""

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class CurrencyRate(db.Model):
    """What a square metre costs in a currency: everywhere, in a zone, of a kind, or of a kind in a zone."""

    __tablename__ = "currency_rate"
    __table_args__ = (
        Index(
            "uq_currency_rate_zone",
            "fair_id",
            "currency",
            "zone_id",
            "kind",
            unique=True,
            sqlite_where=text("zone_id IS NOT NULL"),
            postgresql_where=text("zone_id IS NOT NULL"),
        ),
        Index(
            "uq_currency_rate_everywhere",
            "fair_id",
            "currency",
            "kind",
            unique=True,
            sqlite_where=text("zone_id IS NULL"),
            postgresql_where=text("zone_id IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    currency: Mapped[str] = mapped_column(String(3))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zone.id"))
    kind: Mapped[str] = mapped_column(String(12), default="")  # a booth's; empty: any
    per_m2_minor: Mapped[int] = mapped_column(BigInteger)  # before VAT


class CurrencyAmount(db.Model):
    """What one thing costs in a currency, before VAT: a booth, an extra, or a square metre under a price list."""

    __tablename__ = "currency_amount"
    __table_args__ = (
        UniqueConstraint("fair_id", "currency", "booth_id"),
        UniqueConstraint("fair_id", "currency", "extra_id"),
        UniqueConstraint("fair_id", "currency", "price_list_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    currency: Mapped[str] = mapped_column(String(3))
    booth_id: Mapped[int | None] = mapped_column(ForeignKey("booth.id"))
    extra_id: Mapped[int | None] = mapped_column(ForeignKey("extra.id"))
    price_list_id: Mapped[int | None] = mapped_column(ForeignKey("price_list.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
