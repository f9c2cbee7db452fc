"""Which exhibitors get support: granted one by one or for a province, with the reason and the paper that proves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update

from app.audit import Actor, record
from app.db import db
from app.documents.store import Document
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.payments.funders import programme_by_id
from app.payments.support_models import Funder, SupportGrant, SupportProgramme

REASON_LENGTH = 300
NO_REASON = N_("Say why: the funder reads it in its list.")
LONG_REASON = N_("Shorten the reason to 300 characters.")
NO_EXHIBITOR = N_("Choose an exhibitor of this fair with a contract of its own, not a company on another's booth.")
NOBODY_THERE = N_("No exhibitor of this province is without support. Choose another one.")
ELSEWHERE = N_("%(exhibitor)s has support from %(funder)s already: a booth is not paid for twice.")


class GrantInUse(DomainError):
    code: ClassVar[str] = "support_in_use"
    message: ClassVar[str] = N_(
        "An order has this support already, so it stays. Cancel the order first, and the support comes back."
    )


@dataclass(frozen=True)
class Granted:
    """A grant that stands, with its programme and funder."""

    grant: SupportGrant
    programme: SupportProgramme
    funder: Funder


@dataclass(frozen=True)
class GrantRow:
    """A grant for the organiser; one that was withdrawn too."""

    grant: SupportGrant
    exhibitor: Exhibitor
    document: Document | None


def grants_of(fair_id: int, exhibitor_ids: Sequence[int]) -> dict[int, Granted]:
    """Exhibitor's id → its grant that stands, in one query."""
    if not exhibitor_ids:
        return {}
    found = (
        select(SupportGrant, SupportProgramme, Funder)
        .join(SupportProgramme, SupportProgramme.id == SupportGrant.programme_id)
        .join(Funder, Funder.id == SupportProgramme.funder_id)
        .where(
            SupportGrant.fair_id == fair_id,
            SupportGrant.exhibitor_id.in_(exhibitor_ids),
            SupportGrant.withdrawn_at.is_(None),
        )
    )
    rows = db.session.execute(found, execution_options={"populate_existing": True})
    return {grant.exhibitor_id: Granted(grant, programme, funder) for grant, programme, funder in rows}


def grants_in(programme: SupportProgramme) -> list[GrantRow]:
    """Of a programme, those that stand first, by name."""
    found = (
        select(SupportGrant, Exhibitor, Document)
        .join(Exhibitor, Exhibitor.id == SupportGrant.exhibitor_id)
        .outerjoin(Document, Document.id == SupportGrant.document_id)
        .where(SupportGrant.fair_id == programme.fair_id, SupportGrant.programme_id == programme.id)
        .order_by(SupportGrant.withdrawn_at.is_not(None), Exhibitor.folded, SupportGrant.id)
    )
    return [GrantRow(*row) for row in db.session.execute(found, execution_options={"populate_existing": True})]


def grant_by_id(fair_id: int, grant_id: int) -> SupportGrant:
    found = select(SupportGrant).where(SupportGrant.fair_id == fair_id, SupportGrant.id == grant_id)
    grant = db.session.scalar(found, execution_options={"populate_existing": True})
    if grant is None:
        raise NotFound()
    return grant


def without_support(fair_id: int) -> list[Exhibitor]:
    """Exhibitors with a contract of their own that no grant stands for, by name."""
    theirs = select(SupportGrant.id).where(
        SupportGrant.fair_id == fair_id,
        SupportGrant.exhibitor_id == Exhibitor.id,
        SupportGrant.withdrawn_at.is_(None),
    )
    found = select(Exhibitor).where(Exhibitor.fair_id == fair_id, Exhibitor.main_id.is_(None), ~theirs.exists())
    return list(db.session.scalars(found.order_by(Exhibitor.folded, Exhibitor.id)))


def grant_support(
    actor: Actor,
    fair: Fair,
    programme_id: int,
    exhibitor_id: int,
    reason: str,
    now: datetime,
    document_id: int | None = None,
) -> SupportGrant:
    """Its next orders in the programme's days get the support. Granted again, the same grant answers.

    At once with another, the partial unique index lets one in; the other is tried again and finds it.

    Raises FieldErrors: no reason, another company's guest, or support from another programme. NotFound.
    """
    reason = _reason(reason)
    programme = _open_programme(fair, programme_id)
    exhibitor = db.session.get(Exhibitor, exhibitor_id)
    if exhibitor is None or exhibitor.fair_id != fair.id or exhibitor.main_id is not None:
        raise FieldErrors({"exhibitor": NO_EXHIBITOR})
    standing = grants_of(fair.id, [exhibitor.id]).get(exhibitor.id)
    if standing is None:
        return _grant(actor, programme, exhibitor, reason, document_id, now)
    if standing.programme.id != programme.id:
        raise FieldErrors({"exhibitor": ELSEWHERE}, exhibitor=exhibitor.name, funder=standing.funder.name)
    if document_id is not None and standing.grant.document_id is None:
        add_proof(actor, standing.grant, document_id)
    return standing.grant


def grant_province(
    actor: Actor,
    fair: Fair,
    programme_id: int,
    province: str,
    reason: str,
    now: datetime,
    document_id: int | None = None,
) -> list[SupportGrant]:
    """Every exhibitor of a province that has no support yet gets it. Raises FieldErrors where there is none."""
    reason = _reason(reason)
    programme = _open_programme(fair, programme_id)
    theirs = [one for one in without_support(fair.id) if (one.country, one.province) == (fair.country, province)]
    if not theirs:
        raise FieldErrors({"province": NOBODY_THERE})
    return [_grant(actor, programme, exhibitor, reason, document_id, now) for exhibitor in theirs]


def add_proof(actor: Actor, grant: SupportGrant, document_id: int) -> None:
    """The paper that proves it, in place of the one before; both are kept."""
    grant.document_id = document_id
    db.session.flush()
    sha256 = db.session.get_one(Document, document_id).sha256
    record(actor, "support.proof_added", "exhibitor", grant.exhibitor_id, grant.fair_id, sha256=sha256)


def withdraw_grant(actor: Actor, fair: Fair, grant_id: int, now: datetime) -> None:
    """Before an order has it. Raises GrantInUse; repeated, nothing more happens."""
    grant = grant_by_id(fair.id, grant_id)
    if grant.withdrawn_at is not None:
        return
    gone = db.session.execute(
        update(SupportGrant)
        .where(SupportGrant.id == grant.id, SupportGrant.withdrawn_at.is_(None), SupportGrant.taken_minor == 0)
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(grant)
    if gone.rowcount:  # type: ignore[attr-defined]
        record(actor, "support.withdrawn", "exhibitor", grant.exhibitor_id, fair.id)
    elif grant.withdrawn_at is None:
        raise GrantInUse()


def _grant(
    actor: Actor,
    programme: SupportProgramme,
    exhibitor: Exhibitor,
    reason: str,
    document_id: int | None,
    now: datetime,
) -> SupportGrant:
    grant = SupportGrant(
        fair_id=programme.fair_id,
        programme_id=programme.id,
        exhibitor_id=exhibitor.id,
        reason=reason,
        document_id=document_id,
        taken_minor=0,
        granted_at=now,
        granted_by=actor.name or actor.key,
    )
    db.session.add(grant)
    db.session.flush()
    record(actor, "support.granted", "exhibitor", exhibitor.id, programme.fair_id, rate_bp=programme.rate_bp)
    return grant


def _open_programme(fair: Fair, programme_id: int) -> SupportProgramme:
    programme = programme_by_id(fair.id, programme_id)
    if programme.withdrawn_at is not None:
        raise NotFound()
    return programme


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise FieldErrors({"reason": NO_REASON})
    if len(text) > REASON_LENGTH:
        raise FieldErrors({"reason": LONG_REASON})
    return text
