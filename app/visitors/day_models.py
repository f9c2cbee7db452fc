"""Days of a fair that somebody has closed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db

_LIVE = text("reopened_at IS NULL")


class DayClosing(db.Model):
    """Who closed a day when, what was counted then, and what was accepted as missing."""

    __tablename__ = "day_closing"
    __table_args__ = (
        Index("uq_day_closing_live", "fair_id", "day", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    day: Mapped[date]
    closed_at: Mapped[datetime]
    closed_by: Mapped[str] = mapped_column(String(120), default="")  # the name, as it was then
    actor: Mapped[str] = mapped_column(String(40), default="")  # person:12, token:3
    accepted: Mapped[list[Any]] = mapped_column(JSON)  # [{"key", "name", "gate", "last_seen_at", "unsent"}]
    reason: Mapped[str] = mapped_column(Text, default="")
    visits: Mapped[int]
    entries: Mapped[int]
    doubles: Mapped[int]  # people whom gates let in once more than the rule allows
    reopened_at: Mapped[datetime | None]
    reopened_why: Mapped[str] = mapped_column(Text, default="")
