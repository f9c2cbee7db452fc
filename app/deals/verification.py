"""The organiser's seal: somebody of the fair has seen the signed document of a confirmed deal."""

from datetime import datetime

from sqlalchemy import select, update

from app import audit, live
from app.db import db
from app.deals.confirmation import rows_changed, why_refused
from app.deals.errors import NoSuchDocument, NotConfirmedYet
from app.deals.models import Deal, DealDocument, DealState, DealVerification
from app.deals.own_people import refuse_own_affair
from app.deals.proof import Voice
from app.deals.queries import document_of, parties
from app.fairs.models import Fair


def verify_deal(
    fair: Fair, deal: Deal, revision: int, deal_document_id: int, by: Voice, at: datetime
) -> DealVerification:
    """Put the organiser's seal on a revision that both sides confirmed; the document's digest goes into the audit.

    Repeated, it gives the first one. Raises NoSuchDocument, NotConfirmedYet, DealChanged, DealClosed, SameOnBothSides.
    """
    attached = db.session.get(DealDocument, deal_document_id)
    if attached is None or attached.deal_id != deal.id:
        raise NoSuchDocument(number=deal.number)
    exhibitor, buyer = parties(deal)
    refuse_own_affair(by.actor, exhibitor.id, buyer)
    seal = (
        update(Deal)
        .where(
            Deal.id == deal.id,
            Deal.fair_id == fair.id,
            Deal.revision == revision,
            Deal.state == DealState.CONFIRMED,
        )
        .values(state=DealState.VERIFIED, verified_at=at)
    )
    if rows_changed(seal) != 1:
        return _already_sealed(deal, revision)
    db.session.refresh(deal)
    verification = DealVerification(
        fair_id=fair.id,
        deal_id=deal.id,
        revision=revision,
        deal_document_id=attached.id,
        person_id=by.actor.person_id,
        person_name=by.actor.name[:120],
        verified_at=at,
    )
    db.session.add(verification)
    db.session.flush()
    digest = document_of(attached).sha256
    audit.record(by.actor, "deal.verified", "deal", deal.id, fair.id, revision=revision, document_sha256=digest)
    live.publish(fair.id, "deals", {"number": deal.number, "state": deal.state})
    return verification


def _already_sealed(deal: Deal, revision: int) -> DealVerification:
    refusal = why_refused(deal)
    if deal.revision == revision and deal.state == DealState.VERIFIED:
        sealed = select(DealVerification).where(
            DealVerification.deal_id == deal.id, DealVerification.revision == revision
        )
        return db.session.scalars(sealed).one()
    if deal.revision == revision and deal.state in (DealState.DECLARED, DealState.DISPUTED):
        raise NotConfirmedYet(revision=revision)
    raise refusal
