"""Who did what to which thing, when. Details hold numbers and codes, never personal data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, insert
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import db


@dataclass(frozen=True)
class Actor:
    """Who acts: a person, a program's token, or the system itself."""

    kind: str  # person, token, link, system
    id: int | None = None
    name: str = ""
    made_by: int | None = None  # the person who made the token in Settings

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}" if self.id is not None else self.kind

    @property
    def person_id(self) -> int | None:
        """The person whose own hand it was, as rows keep it: a program's deeds lead to its maker by `token:ID`."""
        return self.id if self.kind == "person" else None

    @property
    def answerable_id(self) -> int | None:
        """The person behind the deed: who does it, or made the token that does. For rules about one's own affairs.

        None for tokens of the command line: who has that has the database too, so a rule would bind nobody.
        """
        return self.made_by if self.kind == "token" else self.person_id


SYSTEM = Actor("system")


class AuditEntry(db.Model):
    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_fair_id_at", "fair_id", "at"),
        Index("ix_audit_entry_fair_id_subject", "fair_id", "subject_kind", "subject_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int | None] = mapped_column(ForeignKey("fair.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(60))
    details: Mapped[dict[str, Any]]


_WRITE = insert(AuditEntry)


def record(
    actor: Actor, action: str, subject_kind: str, subject_id: int | str, fair_id: int | None = None, **details: Any
) -> None:
    """Write down a deed inside the transaction that does it: both are kept, or neither."""
    db.session.connection().execute(_WRITE, entry_of(actor, action, subject_kind, subject_id, fair_id, **details))


def entry_of(
    actor: Actor, action: str, subject_kind: str, subject_id: int | str, fair_id: int | None = None, **details: Any
) -> dict[str, Any]:
    """The row that `record` keeps, for statements that write more than it."""
    return {
        "fair_id": fair_id,
        "at": clock.now(),
        "actor": actor.key,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": str(subject_id),
        "details": details,
    }
