"""Fees of visitors: the desk notes what was received, and takes a note back that was a mistake."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import update

from app import audit
from app.audit import Actor
from app.db import db
from app.errors import DomainError, FieldErrors
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money
from app.visitors.models import Badge, Registration, VisitorCategory

MOST_MINOR = 10**11


class FeeReceived(DomainError):
    code: ClassVar[str] = "fee_received"
    message: ClassVar[str] = N_("This fee was received already: %(amount)s. Look at the page again.")


class NoFee(DomainError):
    code: ClassVar[str] = "no_fee"
    message: ClassVar[str] = N_("This category pays no fee.")


class FeeNotReceived(DomainError):
    code: ClassVar[str] = "fee_not_received"
    message: ClassVar[str] = N_("No fee of this visitor is noted.")


def receive_fee(fair: Fair, badge: Badge, amount: Money, actor: Actor, at: datetime) -> Registration:
    """Note that a visitor's fee came; once, also when two desks note it together. The gates let them in at once."""
    if amount.currency != fair.currency or not 0 < amount.minor <= MOST_MINOR:
        raise FieldErrors({"amount": N_("Enter what was received, more than nothing.")})
    if not db.session.get_one(VisitorCategory, badge.category_id).has_fee:
        raise NoFee()
    noted = db.session.execute(
        update(Registration)
        .where(Registration.id == badge.registration_id, Registration.fee_received_at.is_(None))
        .values(fee_received_at=at, fee_minor=amount.minor, fee_actor=actor.key, gate_changed_at=at)
    )
    person = db.session.get_one(Registration, badge.registration_id, populate_existing=True)
    if noted.rowcount != 1:  # type: ignore[attr-defined]
        raise FeeReceived(amount=Money(person.fee_minor or 0, fair.currency))
    audit.record(
        actor,
        "visitor.fee_received",
        "registration",
        person.id,
        fair.id,
        amount_minor=amount.minor,
        currency=amount.currency,
    )
    return person


def take_fee_back(fair: Fair, badge: Badge, actor: Actor, at: datetime) -> None:
    """The note was a mistake, or the money went back: the gates send the visitor to the desk again."""
    person = db.session.get_one(Registration, badge.registration_id, populate_existing=True)
    was = person.fee_minor
    gone = db.session.execute(
        update(Registration)
        .where(Registration.id == person.id, Registration.fee_received_at.is_not(None), Registration.fee_minor == was)
        .values(fee_received_at=None, fee_minor=None, fee_actor="", gate_changed_at=at)
    )
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise FeeNotReceived()
    db.session.refresh(person)
    audit.record(
        actor, "visitor.fee_taken_back", "registration", person.id, fair.id, amount_minor=was, currency=fair.currency
    )
