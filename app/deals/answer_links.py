"""The link by which somebody without an account answers for a side: signed, for one address and one revision."""

import hashlib
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.deals.errors import LinkTooOld
from app.deals.proof import Side

VALID_SECONDS = 120 * 86_400


@dataclass(frozen=True)
class AnswerLink:
    """What a link says: which revision of which deal, for which side, and (as a digest) the address it went to."""

    fair_id: int
    deal_id: int
    revision: int
    side: Side
    address_digest: str

    def went_to(self, address: str) -> bool:
        return bool(address) and self.address_digest == _digest(address)


def write_link(fair_id: int, deal_id: int, revision: int, side: str, address: str) -> str:
    """The signed part of the link. It holds no address in clear: addresses of pages end up in logs."""
    return _serializer().dumps([fair_id, deal_id, revision, side, _digest(address)])


def read_link(signed: str, fair_id: int) -> AnswerLink:
    """What the link says. Raises LinkTooOld for one that is forged, expired or of another fair."""
    try:
        found = AnswerLink(*_serializer().loads(signed, max_age=VALID_SECONDS))
    except (BadSignature, TypeError):
        raise LinkTooOld() from None
    if found.fair_id != fair_id:
        raise LinkTooOld()
    return AnswerLink(found.fair_id, found.deal_id, found.revision, Side(found.side), found.address_digest)


def _digest(address: str) -> str:
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:20]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="deal-answer")
