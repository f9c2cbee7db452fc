"""Money that goes back: asked for in a transaction, carried out by Stripe or by the organiser's bank afterwards."""

from datetime import datetime
from typing import ClassVar

from flask import current_app
from sqlalchemy import func, select, update

from app import clock
from app.audit import SYSTEM, Actor, record
from app.db import after_commit, db, transaction
from app.errors import DomainError, NotFound
from app.i18n_marks import N_
from app.jobs import hurry, sweep
from app.money import Money
from app.payments import stripe_gateway
from app.payments.models import Order, Payment, PaymentState, Refund
from app.payments.orders import lock_order


class NothingLeftToRefund(DomainError):
    code: ClassVar[str] = "nothing_left_to_refund"
    message: ClassVar[str] = N_("This payment has gone back or been counted already. Reload the page to see how.")


class StripeGivesBack(DomainError):
    code: ClassVar[str] = "stripe_gives_back"
    message: ClassVar[str] = N_("Stripe gives this money back by itself. If it refuses, this page says so.")


def ask_refund(actor: Actor, payment: Payment, amount_minor: int, reason: str, now: datetime) -> Refund:
    """Note that this much of a payment goes back, never more than is left of it.

    The caller holds the order's lock, or the payment's own.
    """
    left = left_of(payment)
    if not 0 < amount_minor <= left:
        raise NothingLeftToRefund()
    if amount_minor == left:
        payment.state = PaymentState.REFUND_DUE
    refund = Refund(
        fair_id=payment.fair_id,
        payment_id=payment.id,
        amount_minor=amount_minor,
        currency=payment.currency,
        reason=str(reason),
        created_at=now,
    )
    db.session.add(refund)
    db.session.flush()
    told = {"amount_minor": amount_minor, "currency": payment.currency, "reason": str(reason)}
    record(actor, "refund.asked", "payment", payment.id, payment.fair_id, **told)
    after_commit(hurry, current_app._get_current_object(), "send_refunds")  # type: ignore[attr-defined]
    return refund


def left_of(payment: Payment) -> int:
    """What of a payment has not gone back and is not about to, in minor units."""
    asked = db.session.scalar(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.fair_id == payment.fair_id, Refund.payment_id == payment.id, Refund.state != "failed"
        )
    )
    return payment.amount_minor - int(asked or 0)


def refund_payment(actor: Actor, payment: Payment, reason: str, now: datetime) -> Refund:
    """Money that belongs to nothing goes back to who sent it. Raises NothingLeftToRefund where it was counted by now.

    Its order is locked before it: what counts the order's payments holds that lock.
    """
    order_id = payment.order_id
    if order_id is not None:
        lock_order(order_id)
    locked = db.session.scalars(
        select(Payment).where(Payment.id == payment.id).with_for_update(), execution_options={"populate_existing": True}
    ).one()
    if locked.state != PaymentState.UNMATCHED or locked.order_id != order_id:
        raise NothingLeftToRefund()
    return ask_refund(actor, locked, left_of(locked), reason, now)


def finish_by_hand(actor: Actor, refund: Refund, now: datetime) -> None:
    """A person gave the money back: a transfer at the bank, a card's in Stripe's own pages once Stripe refused ours.

    What Stripe is about to give back by itself cannot be noted by hand: raises StripeGivesBack. Repeated, nothing more
    happens; NothingLeftToRefund where a refused one was asked for again.
    """
    payment = db.session.scalars(
        select(Payment).where(Payment.id == refund.payment_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()
    db.session.refresh(refund)
    if payment.method == "card":
        if refund.state in ("due", "sent"):
            raise StripeGivesBack()
        if refund.state == "failed":
            if left_of(payment) < refund.amount_minor:
                raise NothingLeftToRefund()
            refund.state = "due"
            db.session.flush()
    finish_refund(actor, refund, now)


def finish_refund(actor: Actor, refund: Refund, now: datetime, stripe_refund_id: str | None = None) -> bool:
    """The money has gone back. False when that was noted before."""
    done = db.session.execute(
        update(Refund)
        .where(Refund.id == refund.id, Refund.state.in_(("due", "sent")))
        .values(state="done", done_at=now, stripe_refund_id=stripe_refund_id)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        return False
    whole = (
        select(func.sum(Refund.amount_minor))
        .where(Refund.payment_id == refund.payment_id, Refund.state == "done")
        .scalar_subquery()
    )
    db.session.execute(
        update(Payment)
        .where(Payment.id == refund.payment_id, Payment.amount_minor == whole)
        .values(state=PaymentState.REFUNDED)
        .execution_options(synchronize_session=False)
    )
    by_hand = {} if stripe_refund_id else {"by_hand": True}
    record(actor, "refund.finished", "refund", refund.id, refund.fair_id, **by_hand)
    return True


@sweep
def send_refunds() -> None:
    """Have Stripe give back what is due on cards. A refund's own number is the idempotency key, so none goes twice."""
    due = db.session.execute(
        select(Refund, Payment)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.state.in_(("due", "sent")), Payment.method == "card")
        .order_by(Refund.id)
        .limit(100)
    ).all()
    db.session.commit()
    for refund, payment in due:
        amount = Money(refund.amount_minor, refund.currency)
        try:
            stripe_refund_id = stripe_gateway.refund(
                payment.external_id, amount, f"refund-{refund.fair_id}-{refund.id}"
            )
        except stripe_gateway.CardServiceDown:
            current_app.logger.warning("refund %s waits: the card service does not answer", refund.id)
            continue
        except stripe_gateway.CardServiceRefused as error:
            current_app.logger.error("refund %s was refused: %s", refund.id, error.code)
            with transaction():
                db.session.execute(update(Refund).where(Refund.id == refund.id).values(state="failed"))
                db.session.execute(
                    update(Payment)
                    .where(Payment.id == payment.id, Payment.state == PaymentState.REFUND_DUE)
                    .values(state=PaymentState.UNMATCHED)
                )
            continue
        with transaction():
            finish_refund(SYSTEM, refund, clock.now(), stripe_refund_id)


def refund_by_id(fair_id: int, refund_id: int) -> Refund:
    refund = db.session.scalar(select(Refund).where(Refund.fair_id == fair_id, Refund.id == refund_id))
    if refund is None:
        raise NotFound()
    return refund


def going_back(order: Order) -> dict[int, Money]:
    """Payment's id → how much of it goes back, or has gone; refunds that failed for good do not count."""
    rows = db.session.execute(
        select(Refund.payment_id, Payment.currency, func.sum(Refund.amount_minor))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.fair_id == order.fair_id, Payment.order_id == order.id, Refund.state != "failed")
        .group_by(Refund.payment_id, Payment.currency)
    )
    return {payment_id: Money(int(minor), currency) for payment_id, currency, minor in rows}
