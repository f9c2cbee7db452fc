"""The order in which exhibitors choose: what points count, rounds of windows, and who stands where in them."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class SelectionState(StrEnum):
    DRAFT = "draft"  # the organiser sets it up; nobody else sees it
    FIXED = "fixed"  # the list is published with its digest, the seed is not known yet
    DRAWN = "drawn"  # the seed is published, and the order and the windows with it
    REPLACED = "replaced"  # by a new draw, with the reason
    CALLED_OFF = "called_off"  # booking is as without windows


class Basis(StrEnum):
    POINTS = "points"  # most points first; who has as many is drawn
    DRAW = "draw"  # the whole order is drawn


class PointsRule(db.Model):
    """What earlier editions count for at this fair; a fair without a row has the usual weights (`points.USUAL`)."""

    __tablename__ = "points_rule"
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"), primary_key=True)
    edition: Mapped[int]  # for each edition with a let booth of one's own
    per_9_m2: Mapped[int]  # for every whole 9 m² had there
    on_time: Mapped[int]  # if all that was paid for it came by its due date
    late: Mapped[int]  # taken off if something came late or is still open
    released: Mapped[int]  # taken off if a booth was released: no show, withdrawn, not paid


class PointsCorrection(db.Model):
    """Points that the organiser gave or took by hand, with the reason that the exhibitor reads."""

    __tablename__ = "points_correction"
    __table_args__ = (
        Index(
            "uq_points_correction_live",
            "fair_id",
            "exhibitor_id",
            "points",
            "reason",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    points: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))
    withdrawn_at: Mapped[datetime | None]


class Selection(db.Model):
    """One draw with its windows, of the whole fair or of a zone. One that was published is never changed again."""

    __tablename__ = "selection"
    __table_args__ = (
        UniqueConstraint("fair_id", "number"),
        Index(
            "uq_selection_live",
            "fair_id",
            "scope",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    number: Mapped[int]  # of the draw, at this fair
    scope: Mapped[int]  # the zone's id, 0: the whole fair (an empty zone_id would not be unique)
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zone.id"))
    state: Mapped[str] = mapped_column(String(10), default=SelectionState.DRAFT)
    revision: Mapped[int] = mapped_column(default=1)  # counts the saves of a draft: what is fixed is what was seen
    binds: Mapped[bool] = mapped_column(default=False)  # nobody books before its window: from the fixed list on
    basis: Mapped[str] = mapped_column(String(10), default=Basis.POINTS)
    bands: Mapped[list[Any]] = mapped_column(default=list)  # least points of each round, falling; the rest comes last
    days: Mapped[list[Any]]  # ISO days, local to the fair
    from_time: Mapped[time]  # working hours of those days, local to the fair
    to_time: Mapped[time]
    slot_minutes: Mapped[int]
    per_slot: Mapped[int]  # so many companies begin together
    general_at: Mapped[datetime]  # from then on anybody books
    seed_source: Mapped[str] = mapped_column(String(200))  # what the seed will be, said before anybody can know it
    draw_at: Mapped[datetime]  # no seed is taken before
    created_at: Mapped[datetime]
    fixed_at: Mapped[datetime | None]
    list_text: Mapped[str] = mapped_column(Text, default="")  # the published file, to the byte
    digest: Mapped[str] = mapped_column(String(64), default="")  # SHA-256 of it
    seed: Mapped[str] = mapped_column(String(100), default="")
    drawn_at: Mapped[datetime | None]
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("selection.id"))  # the draw that it replaced
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(300), default="")


class SelectionEntry(db.Model):
    """An exhibitor in a draw: its points as they were when the list was fixed, its place and window once drawn."""

    __tablename__ = "selection_entry"
    __table_args__ = (
        UniqueConstraint("fair_id", "selection_id", "exhibitor_id"),
        UniqueConstraint("fair_id", "selection_id", "place"),
        Index("ix_selection_entry_fair_id_exhibitor_id", "fair_id", "exhibitor_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    selection_id: Mapped[int] = mapped_column(ForeignKey("selection.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    points: Mapped[int]
    explained: Mapped[list[Any]]  # as app/allocation/points.py explains them
    place: Mapped[int | None]  # from 1
    draw_key: Mapped[str] = mapped_column(String(64), default="")  # SHA-256 of seed and public number
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
