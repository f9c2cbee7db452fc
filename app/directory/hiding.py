"""The organiser takes something of a profile out of visitors' sight, says why, and shows it again."""

from datetime import datetime

from sqlalchemy import select

from app.audit import Actor, record
from app.db import db
from app.directory import words
from app.directory.editing import locked_profile, refold
from app.directory.models import ProfileItem
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair

PARTS = ("about", "logo")


def hide(actor: Actor, fair: Fair, exhibitor_id: int, what: str, reason: str, now: datetime) -> None:
    """Hide `about`, `logo`, or an item by its id, for a reason that the exhibitor reads. Hidden again: a new reason.

    Raises NotFound, FieldErrors (`reason`).
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > words.REASON_LENGTH:
        raise FieldErrors({"reason": words.LONG if reason else words.REASON}, longest=words.REASON_LENGTH)
    name = _set(fair, exhibitor_id, what, reason, now)
    record(actor, "profile.hidden", "exhibitor", exhibitor_id, fair.id, part=name, why=reason)


def show(actor: Actor, fair: Fair, exhibitor_id: int, what: str, now: datetime) -> None:
    """Show it again; what is shown stays shown. Raises NotFound."""
    name = _set(fair, exhibitor_id, what, "", now)
    record(actor, "profile.shown", "exhibitor", exhibitor_id, fair.id, part=name)


def _set(fair: Fair, exhibitor_id: int, what: str, reason: str, now: datetime) -> str:
    """Write the reason where it belongs; answers what that is called."""
    profile = locked_profile(fair, exhibitor_id, now)
    if what in PARTS:
        setattr(profile, f"{what}_hidden", reason)
        name = what
    else:
        item = db.session.scalar(
            select(ProfileItem).where(
                ProfileItem.id == (int(what) if what.isascii() and what.isdigit() and len(what) < 10 else 0),
                ProfileItem.fair_id == fair.id,
                ProfileItem.exhibitor_id == exhibitor_id,
            ),
            execution_options={"populate_existing": True},
        )
        if item is None:
            raise NotFound()
        item.hidden, name = reason, item.name
    refold(profile)
    return name
