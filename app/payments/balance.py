"""The balance of an order whose deposit is paid: by card here, by transfer with the order's own reference."""

from datetime import datetime, timedelta
from typing import ClassVar

from app.db import transaction
from app.errors import DomainError
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money
from app.payments import stripe_gateway
from app.payments.models import Order, OrderState, PaymentState
from app.payments.orders import lock_order
from app.payments.schedule import due_now
from app.payments.settlement import payments_of

CHECKOUT_TIME = timedelta(minutes=31)  # Stripe's least is 30 from when it gets the request
STILL_TIME = timedelta(minutes=2)  # to type a card


class JustPaid(DomainError):
    code: ClassVar[str] = "order_just_paid"
    message: ClassVar[str] = N_(
        "The card has just been charged for this order. Wait until this page shows it; mostly within seconds."
    )


def missing_minor(order: Order) -> int:
    """What is due now, less parts by transfer that have come and wait for the rest, in minor units."""
    here = sum(
        payment.amount_minor
        for payment in payments_of(order)
        if payment.state == PaymentState.UNMATCHED and payment.currency == order.currency
    )
    return max(0, due_now(order).minor - here)


def card_can_pay(fair: Fair, order: Order, due: Money, missing_minor: int) -> bool:
    """Whether the balance can be paid by card: not while a part of it waits for the rest by transfer."""
    whole = order.state == OrderState.DEPOSITED and missing_minor == due.minor
    return whole and stripe_gateway.card_possible(due, fair.is_demo)


def start_balance_checkout(
    fair: Fair, order: Order, return_url: str, email: str, locale: str, now: datetime
) -> str | None:
    """The address where the card is typed for the balance; None when it cannot be paid by card (any more).

    Asked again, the same session answers until shortly before its end. Opened outside any transaction.
    Raises JustPaid where the session that ended was paid in.
    """
    due = due_now(order)
    if not card_can_pay(fair, order, due, missing_minor(order)):
        return None
    ends_at = order.checkout_ends_at
    if order.stripe_session_url and ends_at is not None and ends_at > now + STILL_TIME:
        return order.stripe_session_url
    close_balance_checkout(order)
    label = "; ".join(["Phần còn lại / Balance", *order.booth_labels])[:250]
    ends_at = now + CHECKOUT_TIME
    session = stripe_gateway.open_session(
        fair.id, order.reference, due, label, ends_at, return_url, email, locale, "balance"
    )
    with transaction():
        locked = lock_order(order.id)
        mine = locked.state == OrderState.DEPOSITED and locked.stripe_session_id in (None, session.id)
        if mine and due_now(locked) == due:
            locked.stripe_session_id, locked.stripe_session_url = session.id, session.url
            locked.checkout_ends_at = ends_at
            return session.url
        other = locked.stripe_session_url if locked.state == OrderState.DEPOSITED else None
    stripe_gateway.close_session(session.id)  # paid, cancelled, or opened in another tab while Stripe was asked
    return other


def close_balance_checkout(order: Order) -> None:
    """Nobody pays in the balance's session any more. Raises JustPaid where somebody has, CardServiceDown."""
    session_id = order.stripe_session_id
    if order.state != OrderState.DEPOSITED or not session_id:
        return
    if stripe_gateway.close_session(session_id).paid:
        raise JustPaid()
    with transaction():
        locked = lock_order(order.id)
        if locked.stripe_session_id == session_id:
            locked.stripe_session_id = locked.stripe_session_url = locked.checkout_ends_at = None
