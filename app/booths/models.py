"""Booths, and who has one: held, reserved, let; what they cost when, and what is sold with them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.booths.outline import outline_of, rectangle
from app.db import db


class BoothState(StrEnum):
    """`held` is only as good as `held_until`: a hold that ran out is free, swept or not."""

    FREE = "free"
    HELD = "held"
    RESERVED = "reserved"  # waits for a bank transfer until held_until
    LET = "let"
    NOT_LET = "not_let"
    SHOW = "show"
    GONE = "gone"  # off the plan, kept for what was held, let or paid under its number


class HoldState(StrEnum):
    LIVE = "live"
    ORDERED = "ordered"
    RELEASED = "released"
    EXPIRED = "expired"


def _of_its_box(context: Any) -> int:
    """The floor of a booth that is written without saying so: a rectangle."""
    values = context.get_current_parameters()
    return int(values["width_cm"] * values["depth_cm"])


class Booth(db.Model):
    """One numbered piece of floor that can be let. Lengths in centimetres, from the hall's north-west corner.

    `outline`: the corners [x, y] of one that is no upright rectangle, as app/booths/outline.py orders them; x, y,
    width and depth are then the box around it. Prices and figures are by `area_cm2`.
    """

    __tablename__ = "booth"
    __table_args__ = (
        UniqueConstraint("fair_id", "number"),
        Index("ix_booth_fair_id_hall_id", "fair_id", "hall_id"),
        Index("ix_booth_fair_id_hold_id", "fair_id", "hold_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    hall_id: Mapped[int] = mapped_column(ForeignKey("hall.id"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zone.id"))
    number: Mapped[str] = mapped_column(String(12))
    x_cm: Mapped[int]
    y_cm: Mapped[int]
    width_cm: Mapped[int]
    depth_cm: Mapped[int]
    outline: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    area_cm2: Mapped[int] = mapped_column(default=_of_its_box, server_default="0")
    open_sides: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(12), default="row")  # row, corner, island, pavilion, show
    category: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(80), default="")  # of a show, or a pavilion's province
    name_en: Mapped[str] = mapped_column(String(80), default="")
    price_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # before VAT, in the fair's currency
    state: Mapped[str] = mapped_column(String(10), default=BoothState.FREE)
    held_until: Mapped[datetime | None]  # of a hold or a reservation
    hold_id: Mapped[str | None] = mapped_column(String(36))
    exhibitor_id: Mapped[int | None] = mapped_column(ForeignKey("exhibitor.id"))
    held_back_group_id: Mapped[int | None] = mapped_column(ForeignKey("price_group.id"))  # nobody else books it until
    held_back_until: Mapped[datetime | None]  # midnight after its last day at the fair
    changed_at: Mapped[datetime | None]

    @property
    def polygon(self) -> list[list[float]]:
        """Corners in metres, clockwise from the north-west."""
        corners = outline_of(self.outline) or rectangle(self.x_cm, self.y_cm, self.width_cm, self.depth_cm)
        return [[x / 100, y / 100] for x, y in corners]

    @property
    def area_m2(self) -> float:
        return self.area_cm2 / 10_000


class Hold(db.Model):
    """Booths kept together for one exhibitor for some minutes: all of them, or none."""

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_fair_id_exhibitor_id", "fair_id", "exhibitor_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(10), default=HoldState.LIVE)
    kept_for: Mapped[str] = mapped_column(String(10), default="")  # request, offer; else to be bought at once
    currency: Mapped[str | None] = mapped_column(String(3))  # chosen for it; None: not yet
    held_until: Mapped[datetime]
    extended_at: Mapped[datetime | None]  # when it was ordered, or the organiser was asked
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Allocation(db.Model):
    """One booth given to one exhibitor: a hold, a reservation, or a letting. Ended rows are its history."""

    __tablename__ = "allocation"
    __table_args__ = (
        Index(
            "uq_allocation_live",
            "fair_id",
            "booth_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_allocation_fair_id_exhibitor_id", "fair_id", "exhibitor_id"),
        Index("ix_allocation_fair_id_hold_id", "fair_id", "hold_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    booth_id: Mapped[int] = mapped_column(ForeignKey("booth.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    hold_id: Mapped[str | None] = mapped_column(ForeignKey("hold.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("order.id"))
    state: Mapped[str] = mapped_column(String(10))  # held, reserved, let
    free_of_charge: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    let_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(20), default="")
    end_note: Mapped[str] = mapped_column(String(300), default="", server_default="")  # the organiser's words
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("allocation.id"))  # moved, swapped or transferred from


class PriceList(db.Model):
    """What booths cost within some days instead of their list price: an early-bird price, a late one.

    Either so much off every booth's price, or another price of a square metre for booths that follow the list.
    """

    __tablename__ = "price_list"
    __table_args__ = (Index("ix_price_list_fair_id_from_on", "fair_id", "from_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    name: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60), default="")
    from_on: Mapped[date]
    to_on: Mapped[date]  # its last day
    off_bp: Mapped[int | None]  # basis points off: 1500 is 15 %
    per_m2_minor: Mapped[int | None] = mapped_column(BigInteger)  # before VAT
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]  # what was held before keeps its price


class Extra(db.Model):
    """Something that is sold with a booth: power, furniture, internet. Its price is before VAT."""

    __tablename__ = "extra"
    __table_args__ = (Index("ix_extra_fair_id", "fair_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    unit: Mapped[str] = mapped_column(String(20), default="")  # piece, kW, m²: what one of it is
    unit_en: Mapped[str] = mapped_column(String(20), default="")
    about: Mapped[str] = mapped_column(String(300), default="")
    about_en: Mapped[str] = mapped_column(String(300), default="")
    price_minor: Mapped[int] = mapped_column(BigInteger)
    stock: Mapped[int | None]  # None: as many as are wanted
    taken: Mapped[int] = mapped_column(default=0)  # in orders that wait for their payment or are paid
    order_until: Mapped[date | None]  # the last day on which it can be ordered
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class PlanImport(db.Model):
    """A floor plan that somebody sent as a table: kept with every mend until it is written or thrown away."""

    __tablename__ = "plan_import"
    __table_args__ = (Index("ix_plan_import_fair_id", "fair_id"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    filename: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(2))  # of lengths that name none: m, ft, ...
    rows: Mapped[list[Any]]  # column -> text, as app/booths/plan_file.py reads them
    drawing: Mapped[dict[str, Any] | None]  # of a drawing: its kind, layers and how it lies, app/front/plan_placed.py
    shapes: Mapped[list[Any] | None] = mapped_column(deferred=True)  # and its outlines, app/booths/plan_placing.py
    removes: Mapped[bool] = mapped_column(default=False)  # booths of its halls that it leaves out go
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PlanPicture(db.Model):
    """A picture to draw a hall's plan over: the architect's, as it is kept. Drafts and versions say where it lies.

    {"picture": key, "x_cm", "y_cm", "width_cm", "depth_cm": as the picture's sides say, "opacity": percent,
    "public": whether everybody sees it}, from the hall's north-west corner, is `Hall.background`.
    """

    __tablename__ = "plan_picture"
    __table_args__ = (UniqueConstraint("fair_id", "key"), Index("ix_plan_picture_hall_id", "hall_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    hall_id: Mapped[int] = mapped_column(ForeignKey("hall.id"))
    key: Mapped[str] = mapped_column(String(32))  # unguessable; its file has this name
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]  # pixels
    height: Mapped[int]
    used_at: Mapped[datetime]  # when it came, or a draft left it: whoever undoes that finds it for a day
    created_at: Mapped[datetime]


class PlanDraft(db.Model):
    """A hall's plan that an organiser draws: kept as they go, seen by nobody else until it is published."""

    __tablename__ = "plan_draft"
    hall_id: Mapped[int] = mapped_column(ForeignKey("hall.id"), primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    document: Mapped[dict[str, Any]]  # as app/front/plan_document.py describes it
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("plan_picture.id"))  # of its background
    revision: Mapped[int] = mapped_column(default=1)  # counts the saves: who saves says which one was seen
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PlanVersion(db.Model):
    """A hall's plan as it was published, numbered from 1; the first is the plan before the first publication."""

    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("hall_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    hall_id: Mapped[int] = mapped_column(ForeignKey("hall.id"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("plan_picture.id"))  # of its background
    done: Mapped[dict[str, Any]]  # {"added": [numbers], "changed": …, "removed": …, "areas": [codes], "background": …}
    actor: Mapped[str] = mapped_column(String(120), default="")
    published_at: Mapped[datetime]
