"""What was corrected at the gates: the list, one person's, and those of some scans."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.db import db
from app.errors import FieldErrors
from app.i18n_marks import N_
from app.input import fair_instant
from app.visitors.models import Badge, Correction, Registration, Scan

NO_CURSOR = N_("after is the `next` of the page before.")


def latest_corrections(fair_id: int, before: str, limit: int) -> tuple[list[Any], str]:
    """(Correction, Scan, the person's name, what undid it) newest first, and what `before` is of the next page."""
    undone = aliased(Correction)
    wanted = (
        select(Correction, Scan, Registration.name, undone.id.label("undone_by"))
        .outerjoin(Scan, (Scan.fair_id == Correction.fair_id) & (Scan.id == Correction.scan_id))
        .outerjoin(Badge, Badge.id == Scan.badge_id)
        .outerjoin(Registration, Registration.id == Badge.registration_id)
        .outerjoin(undone, (undone.fair_id == Correction.fair_id) & (undone.undoes == Correction.id))
        .where(Correction.fair_id == fair_id)
        .order_by(Correction.made_at.desc(), Correction.id.desc())
    )
    if before:
        at, _tilde, last = before.replace(" ", "+").partition("~")
        try:
            moment = fair_instant(at)
        except ValueError:
            raise FieldErrors({"after": NO_CURSOR}) from None
        older = (Correction.made_at == moment) & (Correction.id < last[:36])
        wanted = wanted.where((Correction.made_at < moment) | older)
    rows = list(db.session.execute(wanted.limit(limit + 1)))
    end = rows[limit - 1].Correction if len(rows) > limit else None
    return rows[:limit], f"{end.made_at.isoformat()}~{end.id}" if end else ""


def corrections_about(fair_id: int, registration_id: int) -> list[Correction]:
    """The corrections of one person's scans, on any badge; oldest first."""
    theirs = select(Scan.id).join(Badge, Badge.id == Scan.badge_id)
    theirs = theirs.where(Scan.fair_id == fair_id, Badge.registration_id == registration_id)
    wanted = select(Correction).where(Correction.fair_id == fair_id, Correction.scan_id.in_(theirs))
    return list(db.session.scalars(wanted.order_by(Correction.made_at, Correction.id)))


def corrections_of(fair_id: int, scan_ids: Sequence[str]) -> dict[str, list[Correction]]:
    """The corrections about each of these scans, oldest first; one query."""
    wanted = select(Correction).where(Correction.fair_id == fair_id, Correction.scan_id.in_(scan_ids))
    found: dict[str, list[Correction]] = {}
    for one in db.session.scalars(wanted.order_by(Correction.made_at, Correction.id)) if scan_ids else ():
        found.setdefault(one.scan_id, []).append(one)
    return found
