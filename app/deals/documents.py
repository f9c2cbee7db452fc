"""Scans of what was signed: checked by content, kept under their digest, shown to both sides and the organiser."""

import re
import unicodedata
from datetime import datetime

import puremagic

from app import audit
from app.db import db
from app.deals.confirmation import claim
from app.deals.models import Deal, DealDocument
from app.deals.proof import Voice
from app.documents import store
from app.errors import FieldErrors
from app.i18n_marks import N_

BYTES_AT_MOST = 10 * 1024 * 1024
ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


def attach_document(deal: Deal, filename: str, content: bytes, by: Voice, at: datetime) -> DealDocument:
    """Keep a scan with the deal's present revision. Raises FieldErrors (kind, size), DealClosed."""
    media_type = media_type_of(content)
    claim(deal, deal.revision)
    document = store.put(deal.fair_id, "deal", _safe_name(filename, media_type), media_type, content)
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


def media_type_of(content: bytes) -> str:
    """The type by what the bytes are, whatever the name says. Raises FieldErrors for anything but PDF, PNG and JPEG."""
    if not content:
        raise FieldErrors({"document": N_("The file is empty.")})
    if len(content) > BYTES_AT_MOST:
        raise FieldErrors({"document": N_("The file is larger than 10 MB. Scan it in grey, or page by page.")})
    try:
        found = puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found not in ENDINGS or not content.startswith((b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise FieldErrors({"document": N_("Add a PDF, PNG or JPEG file.")})
    return str(found)


def _safe_name(filename: str, media_type: str) -> str:
    """The name without folders, control characters and marks that turn its reading, ending as the content says."""
    filename = " ".join(filename.split())
    filename = "".join(c for c in filename if unicodedata.category(c) not in ("Cc", "Cf"))
    base = re.sub(r"[\x00-\x1f\x7f\"\\/:*?<>|]+", " ", filename.replace("\\", "/").rpartition("/")[2]).strip(" .")
    base = " ".join(base.split())
    stem = re.sub(r"\.(pdf|png|jpe?g)$", "", base, flags=re.IGNORECASE)[:120] or "document"
    return stem + ENDINGS[media_type]
