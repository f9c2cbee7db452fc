"""The link of one's own programme: it takes seats and gives them back, and opens nothing else."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from app.db import db
from app.errors import NotFound
from app.fairs.models import Fair
from app.visitors.models import Badge


def programme_link(badge: Badge) -> str:
    """Not the badge's own link: a number that was overheard gives no badge away."""
    return _signer().dumps([badge.registration_id])


def badge_of_programme(fair: Fair, link: str) -> Badge:
    """The newest badge of whom the link is for. NotFound."""
    try:
        [registration_id] = _signer().loads(link)
    except (BadSignature, ValueError, TypeError):
        raise NotFound() from None
    wanted = select(Badge).where(Badge.fair_id == fair.id, Badge.registration_id == registration_id)
    found = db.session.scalars(wanted.order_by(Badge.reissue.desc(), Badge.id.desc()).limit(1)).first()
    if found is None:
        raise NotFound()
    return found


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="programme link")
