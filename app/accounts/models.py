"""People who sign in, and the tokens of programs that act for them."""

from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class Person(UserMixin, db.Model):
    """Somebody with an address and a password. What they may do follows from their roles in a fair."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(8), default="vi")
    theme: Mapped[str] = mapped_column(String(8), default="light")  # light, dark
    created_at: Mapped[datetime]
    email_verified_at: Mapped[datetime | None]
    session_epoch: Mapped[int] = mapped_column(default=0)  # raised by a new password: older sessions end
    blocked_at: Mapped[datetime | None]

    def get_id(self) -> str:
        return f"{self.id}.{self.session_epoch}"


class EndedSession(db.Model):
    """A session that was signed out of, by the SHA-256 of its key: a copy of its cookie opens nothing any more."""

    __tablename__ = "ended_session"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    ended_at: Mapped[datetime]


class ApiToken(db.Model):
    """A program's key to one fair in one role. Only its SHA-256 is kept."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_fair_id", "fair_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    exhibitor_id: Mapped[int | None] = mapped_column(ForeignKey("exhibitor.id"))
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("buyer.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    label: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
