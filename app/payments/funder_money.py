"""What funders have paid: noted by finance from the bank's statement, each of the bank's numbers once."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update

from app.audit import Actor, record
from app.db import db
from app.errors import DomainError, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money
from app.payments.funders import funder_by_id, lock_support
from app.payments.models import Payment
from app.payments.support_models import Funder, FunderPayment


class FunderNumberUsed(DomainError):
    """`amount`: of the payment that has the number."""

    code: ClassVar[str] = "bank_number_used"
    message: ClassVar[str] = N_(
        "%(number)s was noted before, for %(amount)s. Nothing was noted again; check the line of the statement."
    )


def payments_by(funder: Funder) -> list[FunderPayment]:
    """Those that stand, the oldest first."""
    found = select(FunderPayment).where(
        FunderPayment.fair_id == funder.fair_id,
        FunderPayment.funder_id == funder.id,
        FunderPayment.taken_back_at.is_(None),
    )
    return list(db.session.scalars(found.order_by(FunderPayment.id)))


def note_funder_payment(
    actor: Actor, fair: Fair, funder_id: int, number: str, amount: Money, now: datetime
) -> FunderPayment:
    """A line of the statement. The same number and amount again is the same money.

    Raises FunderNumberUsed where the number is known for anything else, an exhibitor's transfer too. NotFound.
    """
    lock_support(fair)
    funder = funder_by_id(fair.id, funder_id)
    known = db.session.scalar(
        select(FunderPayment).where(
            FunderPayment.fair_id == fair.id,
            FunderPayment.external_id == number,
            FunderPayment.taken_back_at.is_(None),
        )
    )
    if known is not None:
        if (known.funder_id, known.amount_minor, known.currency) == (funder.id, amount.minor, amount.currency):
            return known
        raise FunderNumberUsed(number=number, amount=Money(known.amount_minor, known.currency))
    theirs = db.session.scalar(
        select(Payment).where(Payment.fair_id == fair.id, Payment.method == "transfer", Payment.external_id == number)
    )
    if theirs is not None:
        raise FunderNumberUsed(number=number, amount=Money(theirs.amount_minor, theirs.currency))
    payment = FunderPayment(
        fair_id=fair.id,
        funder_id=funder.id,
        external_id=number,
        amount_minor=amount.minor,
        currency=amount.currency,
        received_at=now,
        noted_by=actor.name or actor.key,
    )
    db.session.add(payment)
    db.session.flush()
    record(
        actor, "funder.paid", "funder", funder.id, fair.id, amount_minor=amount.minor, currency=amount.currency,
        number=number,
    )  # fmt: skip
    return payment


def take_back_payment(actor: Actor, fair: Fair, funder_id: int, payment_id: int, now: datetime) -> None:
    """It was noted by mistake: it counts no more, and its number can be noted again. Repeated, nothing more happens."""
    found = select(FunderPayment).where(
        FunderPayment.fair_id == fair.id, FunderPayment.funder_id == funder_id, FunderPayment.id == payment_id
    )
    payment = db.session.scalar(found)
    if payment is None:
        raise NotFound()
    gone = db.session.execute(
        update(FunderPayment)
        .where(FunderPayment.id == payment.id, FunderPayment.taken_back_at.is_(None))
        .values(taken_back_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(payment)
    if gone.rowcount:  # type: ignore[attr-defined]
        record(
            actor, "funder.payment_taken_back", "funder", funder_id, fair.id, amount_minor=payment.amount_minor,
            currency=payment.currency, number=payment.external_id,
        )  # fmt: skip
