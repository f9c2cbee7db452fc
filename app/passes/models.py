"""How many passes an exhibitor may hand out to its staff. The passes are registrations and badges like others."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db

PER_9_M2 = 2  # where a fair says nothing


class PassRule(db.Model):
    """A fair's quota, where it is not as usual."""

    __tablename__ = "pass_rule"
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"), primary_key=True)
    per_9_m2: Mapped[int]  # of let area


class PassAllowance(db.Model):
    """Passes that the organiser grants a main exhibitor besides its quota."""

    __tablename__ = "pass_allowance"
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"), primary_key=True)
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"), primary_key=True)
    extra: Mapped[int]
    granted_at: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(String(120), default="")
