"""Money that came: compared with its order, counted once, and never left without an owner."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import select, update

from app.audit import Actor, record
from app.db import db
from app.errors import DomainError
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money
from app.payments.models import Order, OrderState, Payment, PaymentState
from app.payments.orders import lock_order, move
from app.payments.refunds import ask_refund, left_of
from app.payments.schedule import counted_minor, due_now
from app.payments.support_models import Funder, FunderPayment

Deliver = Callable[[Actor, Order, datetime], bool]
LATE = (OrderState.EXPIRED, OrderState.CANCELLED)
OPEN = (OrderState.AWAITING, OrderState.DEPOSITED, *LATE)  # money that comes is compared with what is due


class Reason(StrEnum):
    """Why a payment could not simply be counted."""

    NO_ORDER = "no_order"
    WRONG_CURRENCY = "wrong_currency"
    TOO_LITTLE = "too_little"
    WRONG_AMOUNT = "wrong_amount"
    TWICE = "twice"
    TOO_LATE = "too_late"
    TOO_MUCH = "too_much"
    CANCELLED = "cancelled"  # the organiser gave the money back
    ORDER_ENDED = "order_ended"  # a part had come when the order was cancelled or ran out
    CALLED_OFF = "called_off"  # what is left after the fee of a cancellation, or came after it


REASONS = {
    "no_order": N_("no order with this reference"),
    "wrong_currency": N_("another currency than the order's"),
    "too_little": N_("less than the order's total"),
    "wrong_amount": N_("another amount than the order's"),
    "twice": N_("paid twice"),
    "too_late": N_("came after the booths went"),
    "too_much": N_("more than the order's total"),
    "cancelled": N_("given back by the organiser"),
    "order_ended": N_("its order was cancelled or ran out: send it back"),
    "called_off": N_("its order was cancelled for a fee"),
}


class AlreadyMatched(DomainError):
    code: ClassVar[str] = "payment_already_matched"
    message: ClassVar[str] = N_("Somebody has dealt with this payment already. Reload the page to see how.")


class BankNumberUsed(DomainError):
    """`reference` is the order that the earlier payment with this number was noted for."""

    code: ClassVar[str] = "bank_number_used"
    message: ClassVar[str] = N_(
        "%(number)s was noted before: %(amount)s for order %(reference)s. Nothing was noted again; check the line of "
        "the statement."
    )


class BankNumberStray(DomainError):
    code: ClassVar[str] = "bank_number_used"
    message: ClassVar[str] = N_(
        "%(number)s was noted before: %(amount)s without an order. Find that payment under “Needs a person” and name "
        "its order there."
    )


class BankNumberFunders(DomainError):
    code: ClassVar[str] = "bank_number_used"
    message: ClassVar[str] = N_(
        "%(number)s was noted before: %(amount)s from the funder %(funder)s. Nothing was noted again; check the line "
        "of the statement."
    )


@dataclass(frozen=True)
class Arrival:
    """Money as it arrived. `external_id` is the payer's side's own number: the same one is the same money."""

    method: str  # card, transfer
    external_id: str
    amount: Money
    received_at: datetime
    payer: str = ""
    part: str = ""  # deposit or balance, where a Checkout Session asked for it


def settle(
    actor: Actor, fair_id: int, order_id: int | None, arrival: Arrival, now: datetime, deliver: Deliver
) -> tuple[Payment, bool]:
    """Write the payment down and, where it covers the order, deliver; answers it, and whether it is new.

    The same `external_id` again changes nothing.

    Locks the order first, as every verb on money does: none of them waits for another in a circle.
    Raises BankNumberUsed where a bank's number is known with another order or amount, BankNumberFunders where it is a
    funder's.

    - exact: the order is paid and delivered; too late counts the same, if what was bought can still be had;
    - what was bought is gone: the order is `undeliverable`, the payment waits for a choice, and is not lost;
    - a deposit: the same, and the order is `deposited` until the rest of its total has come;
    - less, by transfer: it waits, and counts together with what follows;
    - more, by transfer: the rest goes towards the balance, where there is one, and else back;
    - paid twice, or after the order was cancelled for a fee: it goes back;
    - another currency, or any other amount by card: it waits for a person.
    """
    order = lock_order(order_id) if order_id is not None else None
    known = _known(fair_id, arrival)
    if known is not None:
        _refuse_other_money(known, order_id, arrival)
        return known, False
    if arrival.method == "transfer":
        _refuse_funders_money(fair_id, arrival)
    payment = Payment(
        fair_id=fair_id,
        order_id=order_id,
        method=arrival.method,
        external_id=arrival.external_id,
        amount_minor=arrival.amount.minor,
        currency=arrival.amount.currency,
        received_at=arrival.received_at,
        state=PaymentState.UNMATCHED,
        payer=arrival.payer,
        recorded_by=actor.person_id,
    )
    db.session.add(payment)
    if order is None:
        payment.reason = Reason.NO_ORDER
    else:
        _judge(actor, order, payment, now, deliver, arrival.part)
    db.session.flush()
    record(
        actor,
        "payment.received",
        "payment",
        payment.id,
        fair_id,
        order=order_id,
        state=str(payment.state),
        reason=str(payment.reason),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )
    return payment, True


def count_for(actor: Actor, order: Order, payments: list[Payment], now: datetime) -> None:
    """These payments cover what is due, each counted once; what is over the total goes back. Raises AlreadyMatched."""
    db.session.flush()
    before = counted_minor(order)
    counted = db.session.execute(
        update(Payment)
        .where(Payment.id.in_([payment.id for payment in payments]), Payment.state == PaymentState.UNMATCHED)
        .values(state=PaymentState.SETTLED, reason="")
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != len(payments):  # type: ignore[attr-defined]
        raise AlreadyMatched()  # locked by the caller: cannot be, and must not pass in silence
    for payment in payments:
        db.session.refresh(payment)
    over = before + sum(payment.amount_minor for payment in payments) - order.total_minor
    for payment in reversed(payments):  # the newest first: what came before was less than what was due
        goes_back = min(over, left_of(payment))
        if goes_back > 0:
            ask_refund(actor, payment, goes_back, Reason.TOO_MUCH, now)
            over -= goes_back


def lock_payments(order: Order) -> list[Payment]:
    """Everything that came for an order as it is now, the oldest first; nobody else decides about it meanwhile.

    The caller holds the order's lock.
    """
    theirs = select(Payment).where(Payment.fair_id == order.fair_id, Payment.order_id == order.id)
    return list(
        db.session.scalars(theirs.order_by(Payment.id).with_for_update(), execution_options={"populate_existing": True})
    )


def lock_waiting(order: Order) -> list[Payment]:
    """Payments in the order's own currency that have been counted for nothing yet, locked, the oldest first."""
    return [
        payment
        for payment in lock_payments(order)
        if payment.state == PaymentState.UNMATCHED and payment.currency == order.currency
    ]


def order_ended(order: Order) -> int:
    """A part that had come for an order when it ended waits for somebody to send it back; answers how much, minor."""
    here = lock_waiting(order)
    for payment in here:
        payment.reason = Reason.ORDER_ENDED
    return sum(payment.amount_minor for payment in here)


def bank_number(text: str) -> str:
    """A bank's own number of a transaction as it is kept: with spaces or in small letters it is the same number."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())


def match_payment(actor: Actor, payment: Payment, order: Order, now: datetime, deliver: Deliver) -> None:
    """Stray money gets its order, and is compared with it."""
    order = lock_order(order.id)
    claimed = db.session.execute(
        update(Payment)
        .where(Payment.id == payment.id, Payment.state == PaymentState.UNMATCHED, Payment.order_id.is_(None))
        .values(order_id=order.id)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(payment)
    if not claimed.rowcount:  # type: ignore[attr-defined]
        raise AlreadyMatched()
    _judge(actor, order, payment, now, deliver)
    db.session.flush()
    record(actor, "payment.matched", "payment", payment.id, order.fair_id, order=order.id, state=str(payment.state))


def payments_of(order: Order) -> list[Payment]:
    """Everything that came for an order, the oldest first."""
    return list(
        db.session.scalars(
            select(Payment).where(Payment.fair_id == order.fair_id, Payment.order_id == order.id).order_by(Payment.id)
        )
    )


def _judge(actor: Actor, order: Order, payment: Payment, now: datetime, deliver: Deliver, part: str = "") -> None:
    """Money for an order that is locked: whether it is compared with what is due, waits, or goes back at once."""
    if payment.currency != order.currency:
        payment.reason = Reason.WRONG_CURRENCY
    elif order.state in OPEN and not (part == "deposit" and order.state == OrderState.DEPOSITED):
        _compare(actor, order, payment, now, deliver)
    else:
        payment.reason = Reason.CALLED_OFF if order.state == OrderState.CALLED_OFF else Reason.TWICE
        db.session.flush()
        ask_refund(actor, payment, payment.amount_minor, Reason(payment.reason), now)


def _compare(actor: Actor, order: Order, payment: Payment, now: datetime, deliver: Deliver) -> None:
    together = [payment]
    if payment.method == "transfer" or order.deposit_minor is not None:  # a part that waits counts with an instalment
        together = [p for p in lock_waiting(order) if p.method == "transfer" or p is payment]
    got, due = sum(p.amount_minor for p in together), due_now(order)
    before = counted_minor(order)
    if payment.method == "card" and payment.amount_minor != due.minor:
        payment.reason = Reason.WRONG_AMOUNT
    elif got < due.minor:
        payment.reason = Reason.TOO_LITTLE
    elif order.state == OrderState.DEPOSITED or deliver(actor, order, now):
        reached = OrderState.PAID if before + got >= order.total_minor else OrderState.DEPOSITED
        move(order, OPEN, reached, now)
        count_for(actor, order, together, now)
    else:
        move(order, [OrderState.AWAITING, *LATE], OrderState.UNDELIVERABLE, now)
        for waiting in together:
            waiting.reason = Reason.TOO_LATE


def _refuse_other_money(known: Payment, order_id: int | None, arrival: Arrival) -> None:
    """A bank's number that was noted for something else was mistyped, now or then: nothing must pass as done."""
    same = (known.order_id, known.amount_minor, known.currency) == (
        order_id,
        arrival.amount.minor,
        arrival.amount.currency,
    )
    if arrival.method != "transfer" or same:
        return
    said = {"number": known.external_id, "amount": Money(known.amount_minor, known.currency)}
    if known.order_id is None:
        raise BankNumberStray(**said)
    raise BankNumberUsed(reference=db.session.get_one(Order, known.order_id).reference, **said)


def _refuse_funders_money(fair_id: int, arrival: Arrival) -> None:
    """A line of the statement is one payment: behind the fair's row, so that none is noted on both sides at once."""
    db.session.execute(select(Fair.id).where(Fair.id == fair_id).with_for_update(key_share=True))
    found = (
        select(FunderPayment, Funder.name)
        .join(Funder, Funder.id == FunderPayment.funder_id)
        .where(
            FunderPayment.fair_id == fair_id,
            FunderPayment.external_id == arrival.external_id,
            FunderPayment.taken_back_at.is_(None),
        )
    )
    theirs = db.session.execute(found).one_or_none()
    if theirs is not None:
        paid, funder = theirs
        amount = Money(paid.amount_minor, paid.currency)
        raise BankNumberFunders(number=arrival.external_id, amount=amount, funder=funder)


def _known(fair_id: int, arrival: Arrival) -> Payment | None:
    return db.session.scalar(
        select(Payment).where(
            Payment.fair_id == fair_id, Payment.method == arrival.method, Payment.external_id == arrival.external_id
        )
    )
