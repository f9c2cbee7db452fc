"""The fair's own rules at its gates, for programs; the page of settings has them among the others."""

from typing import Any

from sqlalchemy import select

from app import audit
from app.audit import Actor
from app.db import db
from app.fairs.models import Fair


def change_gate_settings(actor: Actor, fair_id: int, values: dict[str, Any]) -> Fair:
    """Set what is named in `values`, checked already; devices have it with their next snapshot."""
    db.session.execute(select(Fair.id).where(Fair.id == fair_id).with_for_update(key_share=True))
    fair = db.session.get_one(Fair, fair_id, populate_existing=True)
    changed = sorted(name for name, value in values.items() if getattr(fair, name) != value)
    for name in changed:
        setattr(fair, name, values[name])
    if changed:
        audit.record(actor, "fair.changed", "fair", fair.id, fair.id, fields=changed)
    return fair
