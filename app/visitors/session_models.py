"""Sessions of a fair (seminars, talks, finals), and who has a seat in them. The door is a gate: `Gate.session_id`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class FairSession(db.Model):
    """Something with a beginning, an end and perhaps seats. `code` is its door's gate code too."""

    __tablename__ = "fair_session"
    __table_args__ = (UniqueConstraint("fair_id", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"))
    code: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(160))
    title_en: Mapped[str] = mapped_column(String(160), default="")
    room: Mapped[str] = mapped_column(String(80), default="")
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # on the same day of the fair
    seats: Mapped[int | None]  # None: no limit
    held_minutes: Mapped[int] = mapped_column(default=10)  # after the beginning, for those who signed up
    needs_sign_up: Mapped[bool] = mapped_column(default=False)
    categories: Mapped[list[Any]] = mapped_column(default=list)  # codes; empty: every visitor
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]


class SessionSignup(db.Model):
    """A visitor's seat in a session, until it is taken back. Fair-scoped by its key, as devices ask for changes."""

    __tablename__ = "session_signup"
    __table_args__ = (
        Index("ix_session_signup_fair_id_changed_at", "fair_id", "changed_at"),
        Index("ix_session_signup_fair_id_registration_id", "fair_id", "registration_id"),
    )
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("fair_session.id"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    signed_up_at: Mapped[datetime]
    changed_at: Mapped[datetime]  # the last sign-up or taking back: devices fetch it again
    ended_at: Mapped[datetime | None]  # the seat was given back
