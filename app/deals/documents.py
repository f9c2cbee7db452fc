"""Scans of what was signed: checked by content, kept under their digest, shown to both sides and the organiser."""

from datetime import datetime

from app import audit
from app.db import db
from app.deals.confirmation import claim
from app.deals.models import Deal, DealDocument
from app.deals.proof import Voice
from app.documents.uploads import keep_upload, media_type_of


def attach_document(deal: Deal, filename: str, content: bytes, by: Voice, at: datetime) -> DealDocument:
    """Keep a scan with the deal's present revision. Raises FieldErrors (kind, size), DealClosed."""
    media_type_of(content)  # what is refused claims nothing
    claim(deal, deal.revision)
    document = keep_upload(deal.fair_id, "deal", filename, content)
    attached = DealDocument(
        fair_id=deal.fair_id,
        deal_id=deal.id,
        revision=deal.revision,
        document_id=document.id,
        side=by.side,
        person_id=by.actor.person_id,
        added_at=at,
    )
    db.session.add(attached)
    db.session.flush()
    audit.record(
        by.actor, "deal.document_added", "deal", deal.id, deal.fair_id, revision=deal.revision, sha256=document.sha256
    )
    return attached
