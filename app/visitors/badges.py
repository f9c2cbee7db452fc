"""Badges: issued, revoked, approved, issued anew; each change is one guarded step."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update

from app import audit, badge_token, clock
from app.audit import Actor
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.mail import queue_mail
from app.visitors.models import Badge, BadgeKey, BadgeState, Registration, VisitorCategory

REASONS = {
    "lost": N_("Lost or stolen"),
    "misuse": N_("Used by somebody else"),
    "conduct": N_("Broke the rules of the fair"),
    "mistake": N_("Issued by mistake"),
}

REFUSALS = {  # of who waits for approval
    "not_trade": N_("Not in this trade"),
    "no_proof": N_("No proof of the business"),
    "no_place": N_("No more places in this category"),
}
REFUSED_MAIL = "registration_refused"


class BadgeChanged(DomainError):
    code: ClassVar[str] = "badge_changed"
    message: ClassVar[str] = N_("This badge has been changed meanwhile. Look at it again.")


def badge_by_id(fair_id: int, badge_id: int) -> Badge:
    found = db.session.scalars(select(Badge).where(Badge.fair_id == fair_id, Badge.id == badge_id)).first()
    if found is None:
        raise NotFound()
    return found


def issue_badge(
    fair: Fair,
    registration: Registration,
    category: VisitorCategory,
    secret: str,
    at: datetime,
    state: BadgeState = BadgeState.VALID,
    reissue: int = 0,
) -> Badge:
    """A signed badge for every day of the fair. `secret` opens the fair's signing key."""
    key = _signing_key(fair, secret, at)
    code_id = badge_token.new_code_id()
    days_mask = (1 << len(clock.fair_days(fair))) - 1
    payload = badge_token.Payload(
        fair=fair.number,
        code_id=code_id,
        category=category.number,
        days_mask=days_mask,
        reissue=reissue,
        key=key.number,
    )
    badge = Badge(
        fair_id=fair.id,
        registration_id=registration.id,
        category_id=category.id,
        number=badge_token.new_number(),
        code_id=code_id.hex(),
        token=badge_token.encode(payload, badge_token.open_key(key.private_key_sealed, secret)),
        days_mask=days_mask,
        reissue=reissue,
        state=state,
        created_at=at,
    )
    db.session.add(badge)
    db.session.flush()
    return badge


def revoke_badge(badge: Badge, reason: str, actor: Actor, at: datetime) -> None:
    """From now on no gate admits it. `reason` is a class of REASONS: gates may see it."""
    if reason not in REASONS:
        raise FieldErrors({"reason": N_("Choose a reason.")})
    _step(badge, (BadgeState.VALID, BadgeState.NOT_APPROVED), BadgeState.REVOKED, at, reason)
    audit.record(actor, "badge.revoked", "badge", badge.id, badge.fair_id, reason=reason)


def approve_badge(badge: Badge, actor: Actor, at: datetime) -> None:
    """The trade buyer may come in, and is mailed the badge that opens the gates now."""
    _step(badge, (BadgeState.NOT_APPROVED,), BadgeState.VALID, at)
    registration = db.session.get_one(Registration, badge.registration_id)
    if registration.email:
        registration.badge_mail_due_at = at
    audit.record(actor, "badge.approved", "badge", badge.id, badge.fair_id)


def refuse_badge(badge: Badge, reason: str, actor: Actor, at: datetime) -> None:
    """Who waits for approval does not get it, and is told by mail why. `reason` is a class of REFUSALS."""
    if reason not in REFUSALS:
        raise FieldErrors({"reason": N_("Choose a reason.")})
    _step(badge, (BadgeState.NOT_APPROVED,), BadgeState.REVOKED, at, reason)
    registration = db.session.get_one(Registration, badge.registration_id)
    if registration.email:
        context = {"name": registration.name, "reason": reason}
        queue_mail(registration.email, REFUSED_MAIL, registration.locale, badge.fair_id, context)
    audit.record(actor, "badge.refused", "badge", badge.id, badge.fair_id, reason=reason)


def reissue_badge(fair: Fair, badge: Badge, secret: str, actor: Actor, at: datetime) -> Badge:
    """A new badge for the same person; the older one says `replaced`. It is mailed."""
    state = BadgeState.NOT_APPROVED if badge.state == BadgeState.NOT_APPROVED else BadgeState.VALID
    _step(badge, (BadgeState.VALID, BadgeState.NOT_APPROVED, BadgeState.REVOKED), BadgeState.REPLACED, at)
    registration = db.session.get_one(Registration, badge.registration_id)
    category = db.session.get_one(VisitorCategory, badge.category_id)
    fresh = issue_badge(fair, registration, category, secret, at, state=state, reissue=min(badge.reissue + 1, 255))
    if registration.email:
        registration.badge_mail_due_at = at
    audit.record(actor, "badge.reissued", "badge", fresh.id, fair.id, replaces=badge.id)
    return fresh


def _step(badge: Badge, leaves: tuple[BadgeState, ...], enters: BadgeState, at: datetime, reason: str = "") -> None:
    stepped = db.session.execute(
        update(Badge)
        .where(Badge.id == badge.id, Badge.state.in_(leaves))
        .values(state=enters, reason=reason, changed_at=at)
    )
    if stepped.rowcount != 1:  # type: ignore[attr-defined]
        raise BadgeChanged()
    db.session.refresh(badge)


def _signing_key(fair: Fair, secret: str, at: datetime) -> BadgeKey:
    """The fair's newest key; its first badge makes the first one."""
    wanted = select(BadgeKey).where(BadgeKey.fair_id == fair.id, BadgeKey.retired_at.is_(None))
    key = db.session.scalars(wanted.order_by(BadgeKey.number.desc()).limit(1)).first()
    if key is None:
        public, sealed = badge_token.new_key(secret)
        key = BadgeKey(fair_id=fair.id, number=1, public_key=public, private_key_sealed=sealed, created_at=at)
        db.session.add(key)
        db.session.flush()
    return key
