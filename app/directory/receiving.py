"""Files of profiles as they come in, on pages and over the API: judged, made ready, and only then kept."""

from datetime import datetime

from sqlalchemy import select

from app.db import db, retrying
from app.directory.editing import paper_kind
from app.directory.models import Picture
from app.directory.pictures import keep_picture, picture_of, prepared
from app.documents.store import Document
from app.documents.uploads import keep_upload
from app.errors import FieldErrors
from app.security import limit

FILES_AN_HOUR = 200  # of one person or key: nobody fills the disk


def received(
    fair_id: int, exhibitor_id: int, filename: str, content: bytes, may_be_pdf: bool, who: str, now: datetime
) -> tuple[Picture | None, Document | None]:
    """Keep a photograph, or a certificate's PDF where that may be one. `who` sends counts against a limit.

    Opens its own transaction, after the photograph is made ready. Raises FieldErrors (`photograph`), TooManyTries.
    """
    limit("profile_files", FILES_AN_HOUR, 3600, who)
    if may_be_pdf and content.startswith(b"%PDF-"):
        return None, retrying(lambda: _keep_paper(fair_id, exhibitor_id, filename, content))
    made = prepared(content)
    return retrying(lambda: keep_picture(fair_id, exhibitor_id, made, now)), None


def kept_before(
    fair_id: int, exhibitor_id: int, digest: str, may_be_pdf: bool
) -> tuple[Picture | None, Document | None]:
    """What this company sent before, by its digest; nothing where it did not."""
    picture = picture_of(fair_id, exhibitor_id, digest)
    if picture is not None or not may_be_pdf:
        return picture, None
    papers = select(Document).where(
        Document.fair_id == fair_id, Document.kind == paper_kind(exhibitor_id), Document.sha256 == digest
    )
    return None, db.session.scalars(papers.limit(1)).first()


def _keep_paper(fair_id: int, exhibitor_id: int, filename: str, content: bytes) -> Document:
    try:
        return keep_upload(fair_id, paper_kind(exhibitor_id), filename, content)
    except FieldErrors as error:
        raise FieldErrors({"photograph": error.fields["document"]}) from None
