"""Files that belong to a fair: kept in the data folder under their digest, listed in the database."""

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import db
from app.errors import NotFound


class Document(db.Model):
    """A stored file. `key` is unguessable, but who may read it is the caller's to decide."""

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_fair_id_kind", "fair_id", "kind"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    key: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(20))  # invoice, contract, badge, deal
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


def put(fair_id: int, kind: str, filename: str, media_type: str, data: bytes) -> Document:
    """Keep a file; the row joins the surrounding transaction, the bytes are on disk (fsync) before it.

    The same bytes twice are stored once.
    """
    digest = keep_bytes(data)
    document = Document(
        fair_id=fair_id,
        key=secrets.token_hex(16),
        kind=kind,
        filename=filename,
        media_type=media_type,
        size=len(data),
        sha256=digest,
        created_at=clock.now(),
    )
    db.session.add(document)
    db.session.flush()
    return document


def keep_bytes(data: bytes) -> str:
    """Put a file's bytes on disk (fsync) and answer their SHA-256; the same bytes twice are kept once."""
    digest = hashlib.sha256(data).hexdigest()
    path = _path(digest)
    if not path.exists():
        _write(path, data)
    return digest


def by_key(key: str) -> Document:
    """The document with this key; NotFound where there is none."""
    document = db.session.scalar(select(Document).where(Document.key == key))
    if document is None:
        raise NotFound()
    return document


def read(document: Document) -> bytes:
    """The file's bytes, checked against their digest."""
    return bytes_of(document.sha256)


def bytes_of(digest: str) -> bytes:
    """What was kept under this SHA-256, checked against it."""
    data = _path(digest).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise OSError(f"what is kept as {digest} does not match its digest")
    return data


def keep_apart(key: str, data: bytes) -> None:
    """Put a file on disk (fsync) under a name of its own, so that it can be taken away again: nothing else is it."""
    _write(_path_apart(key), data)


def bytes_apart(key: str, digest: str) -> bytes:
    """What was kept under a name of its own, checked against its SHA-256."""
    data = _path_apart(key).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise OSError(f"what is kept as {key} does not match its digest")
    return data


def take_away(key: str) -> None:
    """Free the disk of what was kept under a name of its own; repeated, nothing more happens."""
    _path_apart(key).unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix("." + secrets.token_hex(4))
    with open(partial, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def _path_apart(key: str) -> Path:
    return Path(current_app.config["FAIR_DATA_DIR"]) / "pictures" / key[:2] / key


def _path(digest: str) -> Path:
    return Path(current_app.config["FAIR_DATA_DIR"]) / "documents" / digest[:2] / digest
