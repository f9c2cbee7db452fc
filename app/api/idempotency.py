"""A POST that is sent twice with one Idempotency-Key is done once; the second answer is the first."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from operator import itemgetter
from typing import Any, ClassVar

from flask import Response, g, make_response, request
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.access import principal
from app.db import db, transaction
from app.errors import DomainError
from app.i18n_marks import N_

KEPT_FOR = timedelta(days=2)
GIVEN_UP_AFTER = timedelta(seconds=60)


class IdempotencyKey(db.Model):
    __tablename__ = "idempotency_key"
    __table_args__ = (
        UniqueConstraint("fair_id", "actor", "key"),
        Index("ix_idempotency_key_created_at", "created_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    actor: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    request_digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]  # none while the first request is at work
    body: Mapped[str] = mapped_column(Text, default="")
    content_type: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]


class KeyInUse(DomainError):
    code: ClassVar[str] = "idempotency_key_in_use"
    message: ClassVar[str] = N_("A request with this key is still at work. Ask again in a moment.")


class KeyOfAnother(DomainError):
    code: ClassVar[str] = "idempotency_key_reused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This key was used for another request. Use a new key for new content.")


class BadKey(DomainError):
    code: ClassVar[str] = "idempotency_key_invalid"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("An Idempotency-Key has 1 to 200 visible ASCII characters.")


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Answer a repeated request with the first answer. Server errors are not kept: they may be tried again.

    The verbs below are guarded by keys of their own (a hold's booths, an order's hold), so a server that
    dies between the deed and the kept answer does nothing twice.
    """

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)
        if not 1 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
            raise BadKey()
        found = _claim(key)
        if found is not None:
            return Response(found.body, found.status, content_type=found.content_type)
        try:
            response = make_response(view(*args, **kwargs))
        except BaseException:
            _forget(key)
            raise
        if response.status_code >= 500:
            _forget(key)
        else:
            _keep(key, response)
        return response

    return once


def _claim(key: str) -> IdempotencyKey | None:
    """The kept answer, or None when this request is the first."""
    digest, mine = _digest(), _mine(key)
    now = clock.now()
    try:
        with transaction():
            stale = or_(
                IdempotencyKey.created_at < now - KEPT_FOR,
                IdempotencyKey.status.is_(None) & (IdempotencyKey.created_at < now - GIVEN_UP_AFTER),
            )
            db.session.execute(delete(IdempotencyKey).filter_by(**mine).where(stale))
            db.session.add(IdempotencyKey(**mine, request_digest=digest, created_at=now))
        return None
    except IntegrityError:
        found = db.session.scalar(select(IdempotencyKey).filter_by(**mine))
    if found is None or found.status is None:
        raise KeyInUse()
    if found.request_digest != digest:
        raise KeyOfAnother()
    return found


def _mine(key: str) -> dict[str, Any]:
    """Whose key this is. Strangers have no name, so theirs is one with their address and what they send.

    A stranger's `1` with another body is then another request, and meets neither the answer nor the no of the first.
    """
    who = principal()
    if not who.known:
        sent = "\n".join((request.remote_addr or "", _digest(), key))
        return {"fair_id": g.fair.id, "actor": "stranger", "key": hashlib.sha256(sent.encode()).hexdigest()}
    return {"fair_id": g.fair.id, "actor": who.actor().key, "key": key}


def _digest() -> str:
    """Of all that is sent, `?draw=true` included: where a form has been read already, of its fields and files."""
    asked = json.dumps([request.method, request.path, sorted(request.args.items(multi=True))])
    digest = hashlib.sha256(asked.encode() + request.get_data())
    for name, values in sorted(request.form.lists()):
        digest.update(json.dumps([name, values]).encode())
    for name, sent in sorted(request.files.items(multi=True), key=itemgetter(0)):
        digest.update(json.dumps([name, sent.filename]).encode() + hashlib.sha256(sent.read()).digest())
        sent.seek(0)
    return digest.hexdigest()


def _forget(key: str) -> None:
    with transaction():
        db.session.execute(delete(IdempotencyKey).filter_by(**_mine(key)))


def _keep(key: str, response: Response) -> None:
    with transaction():
        db.session.execute(
            update(IdempotencyKey)
            .filter_by(**_mine(key))
            .values(
                status=response.status_code,
                body=response.get_data(as_text=True),
                content_type=response.content_type,
            )
        )
