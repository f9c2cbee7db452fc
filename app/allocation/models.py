"""Applications for booths, what they wish for, and what they are offered."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class Way(StrEnum):
    REQUEST = "request"  # for booths that are held meanwhile
    WISHES = "wishes"  # ranked, or of a kind


class ApplicationState(StrEnum):
    DRAFT = "draft"  # nobody but its exhibitor sees it
    SENT = "sent"
    OFFERED = "offered"  # with an offer at least that waits for its answer
    PLACED = "placed"  # an offer was accepted: its booths are ordered
    REFUSED = "refused"  # by the organiser, with a reason
    LAPSED = "lapsed"  # nobody answered an offer, or a request, in its time
    WITHDRAWN = "withdrawn"  # by its exhibitor


OPEN = (ApplicationState.DRAFT, ApplicationState.SENT, ApplicationState.OFFERED)


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"  # by the organiser, or because another one was accepted


class Application(db.Model):
    """What one exhibitor asks for. Open ones: one request for each hold, and one with wishes, at most."""

    __tablename__ = "application"
    __table_args__ = (
        Index(
            "uq_application_open_wishes",
            "fair_id",
            "exhibitor_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND way = 'wishes'"),
            postgresql_where=text("ended_at IS NULL AND way = 'wishes'"),
        ),
        Index("ix_application_fair_id_state", "fair_id", "state"),
        Index("ix_application_fair_id_exhibitor_id", "fair_id", "exhibitor_id"),
        UniqueConstraint("fair_id", "hold_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    way: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int] = mapped_column(default=1)  # counts its changes: who changes it says which one was seen
    hold_id: Mapped[str | None] = mapped_column(ForeignKey("hold.id"))  # of a request
    note: Mapped[str] = mapped_column(String(500), default="")
    similar: Mapped[bool] = mapped_column(default=False)  # any booths of this kind do too:
    booths: Mapped[int] = mapped_column(default=1)  # so many, next to each other in a row
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("zone.id"))
    least_m2: Mapped[int | None]  # each of them
    budget_minor: Mapped[int | None] = mapped_column(BigInteger)  # all together at most, with VAT
    may_wait: Mapped[bool] = mapped_column(default=True)  # goes on the waiting list if nothing can be offered at once
    waits: Mapped[bool] = mapped_column(default=False)  # is on the waiting list: served by itself, in its turn
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]  # its turn on the waiting list; changing wishes does not move it
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")  # of a refusal


class Wish(db.Model):
    """A booth of a ranked wish: those of one rank are wanted together."""

    __tablename__ = "application_wish"
    __table_args__ = (UniqueConstraint("fair_id", "application_id", "rank", "booth_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    rank: Mapped[int]  # from 1
    booth_id: Mapped[int] = mapped_column(ForeignKey("booth.id"))


class Offer(db.Model):
    """Booths that an application is offered until a deadline; its hold keeps them so long. An order accepts it."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("fair_id", "hold_id"),
        Index("ix_offer_fair_id_application_id", "fair_id", "application_id"),
        Index("ix_offer_fair_id_state", "fair_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    hold_id: Mapped[str] = mapped_column(ForeignKey("hold.id"))
    state: Mapped[str] = mapped_column(String(10))
    rank: Mapped[int | None]  # the wish that it meets; none: booths of the wished kind, or others
    numbers: Mapped[list[Any]]  # of the booths, as they were offered
    booth_ids: Mapped[list[Any]]
    answer_until: Mapped[datetime]
    by_list: Mapped[bool] = mapped_column(default=False)  # by the waiting list, not by a person
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)  # as app/allocation/matching.py explains it
    made_by: Mapped[str] = mapped_column(String(120), default="")
    made_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]  # that its deadline is near
    ended_at: Mapped[datetime | None]
