"""Phones and laptops that the organiser set up for a gate."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class GateDevice(db.Model):
    """One device at one gate, without a person's account. Of its link and its secret only digests are kept."""

    __tablename__ = "gate_device"
    __table_args__ = (
        UniqueConstraint("fair_id", "link_digest"),
        UniqueConstraint("fair_id", "secret_digest"),
        Index("ix_gate_device_fair_id_id", "fair_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id"))
    name: Mapped[str] = mapped_column(String(80))
    sees_names: Mapped[bool] = mapped_column(default=False)
    earlier_gates: Mapped[list[Any]] = mapped_column(default=list)  # ids: what the same phone scanned for before
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(40))  # person:12, token:3
    link_salt: Mapped[str] = mapped_column(
        String(32)
    )  # with the server's key it makes the link, so it can be shown again
    link_digest: Mapped[str] = mapped_column(String(64))
    link_ends_at: Mapped[datetime]
    link_used_at: Mapped[datetime | None]
    link_used_by: Mapped[str | None] = mapped_column(String(64))  # digest of the try that won; its repeat wins again
    secret_digest: Mapped[str | None] = mapped_column(String(64))
    joined_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(40))
    app_version: Mapped[str] = mapped_column(String(20), default="")
    ready_at: Mapped[datetime | None]  # when its readiness page last was all green
