"""API tokens: shown once, kept as a digest."""

import secrets

from app import clock
from app.access import digest_of
from app.accounts.models import ApiToken
from app.audit import Actor, record
from app.db import db


def create_token(
    actor: Actor, fair_id: int, role: str, exhibitor_id: int | None = None, buyer_id: int | None = None, label: str = ""
) -> str:
    """Make a token for one fair and role and return it: the only time that it can be read."""
    token = "fair_" + secrets.token_urlsafe(32)
    row = ApiToken(
        fair_id=fair_id,
        digest=digest_of(token),
        role=role,
        exhibitor_id=exhibitor_id,
        buyer_id=buyer_id,
        person_id=actor.answerable_id,
        label=label,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    record(actor, "token.created", "api_token", row.id, fair_id, role=role)
    return token
