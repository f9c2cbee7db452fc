"""Groups of exhibitors with a price of their own, who is in them and what orders had of it; and prices by quantity."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class PriceGroup(db.Model):
    """A province's, an association's, a country's pavilion: a price for its members, and booths held back for them.

    At most one of the three prices; none where members pay what everybody does. `taken_*` is what orders that stand had
    at the price, never more than `most_*`.
    """

    __tablename__ = "price_group"
    __table_args__ = (Index("ix_price_group_fair_id", "fair_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zone.id"))  # None: the price is for every zone
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60), default="")
    off_bp: Mapped[int | None]  # basis points off the price of the day
    per_m2_minor: Mapped[int | None] = mapped_column(BigInteger)  # before VAT, open sides added
    per_booth_minor: Mapped[int | None] = mapped_column(BigInteger)  # before VAT, open sides and all
    from_on: Mapped[date]
    to_on: Mapped[date]  # the last day
    most_booths: Mapped[int | None]
    most_m2: Mapped[int | None]
    taken_booths: Mapped[int] = mapped_column(default=0)
    taken_cm2: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class PriceGroupMember(db.Model):
    """An exhibitor of a group; one that left keeps its row."""

    __tablename__ = "price_group_member"
    __table_args__ = (
        Index(
            "uq_price_group_member_live",
            "fair_id",
            "group_id",
            "exhibitor_id",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_price_group_member_fair_id_exhibitor_id", "fair_id", "exhibitor_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("price_group.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(120), default="")
    removed_at: Mapped[datetime | None]


class PriceGroupUse(db.Model):
    """What an order had at a group's price: so many booths and so much floor of the limit."""

    __tablename__ = "price_group_use"
    __table_args__ = (
        Index(
            "uq_price_group_use_live",
            "fair_id",
            "order_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_price_group_use_fair_id_group_id", "fair_id", "group_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("price_group.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    booths: Mapped[int]
    area_cm2: Mapped[int] = mapped_column(BigInteger)
    off_minor: Mapped[int] = mapped_column(BigInteger)  # before VAT, in the order's currency
    used_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class QuantityStep(db.Model):
    """From so many booths, or so many m², together in one order, all of them cost so much less."""

    __tablename__ = "quantity_step"
    __table_args__ = (Index("ix_quantity_step_fair_id", "fair_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    from_booths: Mapped[int | None]  # either of the two
    from_m2: Mapped[int | None]
    off_bp: Mapped[int]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]  # what was held before keeps its price
