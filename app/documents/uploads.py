"""Files that people send: checked by what they are, kept under their digest, handed out so that they can do nothing."""

import re
import unicodedata

import puremagic
from flask import Response

from app.documents import store
from app.documents.store import Document
from app.errors import FieldErrors
from app.exports import content_disposition
from app.i18n_marks import N_

BYTES_AT_MOST = 10 * 1024 * 1024
ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


def keep_upload(fair_id: int, kind: str, filename: str, content: bytes) -> Document:
    """Keep a scan or a photograph. Raises FieldErrors (`document`): no PDF, PNG or JPEG, empty, or too large."""
    media_type = media_type_of(content)
    return store.put(fair_id, kind, safe_name(filename, media_type), media_type, content)


def upload_response(document: Document) -> Response:
    """The file as it was sent. Whatever is inside it can run nothing and reach nothing."""
    response = Response(store.read(document), content_type=document.media_type)
    response.headers["Content-Disposition"] = content_disposition("inline", document.filename)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


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


def safe_name(filename: str, media_type: str) -> str:
    """The name without folders, control characters and marks that turn its reading, ending as the content says."""
    filename = " ".join(filename.split())
    filename = "".join(c for c in filename if unicodedata.category(c) not in ("Cc", "Cf"))
    base = re.sub(r"[\x00-\x1f\x7f\"\\/:*?<>|]+", " ", filename.replace("\\", "/").rpartition("/")[2]).strip(" .")
    base = " ".join(base.split())
    stem = re.sub(r"\.(pdf|png|jpe?g)$", "", base, flags=re.IGNORECASE)[:120] or "document"
    return stem + ENDINGS[media_type]
