"""What a payment sets going: for each kind of line that was paid, one verb that delivers it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar

from flask_babel import force_locale
from sqlalchemy import select

from app import clock
from app.audit import Actor
from app.booths.booking import PLACED
from app.booths.cancelling import money_went_back
from app.booths.discounts import keep_discount, release_discount, require_discount
from app.booths.errors import FairFrozen
from app.booths.extras import keep_extras, release_extras, require_extras
from app.booths.group_prices import keep_group_price, release_group_price, require_group_price
from app.booths.letting import confirm_booths, give_back_booths, take_other_booths
from app.booths.more_extras import has_any_booth
from app.db import db
from app.errors import DomainError
from app.fairs.models import Exhibitor, Fair
from app.formats import moment
from app.i18n_marks import N_
from app.mail import queue_mail
from app.payments.invoices import issue_credit_note, issue_papers, issue_receipt
from app.payments.models import Order, OrderLine, OrderState, Payment, PaymentState, Refund
from app.payments.orders import OrderNotOpen, lock_order, move
from app.payments.papers import print_soon
from app.payments.refunds import ask_refund, left_of
from app.payments.schedule import due_now, first_due
from app.payments.settlement import (
    Arrival,
    Reason,
    count_for,
    lock_payments,
    lock_waiting,
    match_payment,
    settle,
)
from app.payments.support import keep_support, release_support, require_support
from app.payments.support_papers import credit_support, issue_support_invoice

Deliver = Callable[[Actor, Order, list[OrderLine], datetime], bool]


class MoneyWentBack(DomainError):
    code: ClassVar[str] = "money_went_back"
    message: ClassVar[str] = N_("The money for this order went back, so it can take no other booths. Book again.")


def _keep_extras(_actor: Actor, order: Order, _lines: list[OrderLine], _now: datetime) -> bool:
    if order.is_of_extras and not has_any_booth(order):
        return False
    return keep_extras(order) is None


def _keep_discount(_actor: Actor, order: Order, _lines: list[OrderLine], now: datetime) -> bool:
    return keep_discount(order, now)


def _keep_group_price(_actor: Actor, order: Order, _lines: list[OrderLine], now: datetime) -> bool:
    return keep_group_price(order, now)


def _nothing_to_keep(_actor: Actor, _order: Order, _lines: list[OrderLine], _now: datetime) -> bool:
    return True


def _keep_support(_actor: Actor, order: Order, _lines: list[OrderLine], now: datetime) -> bool:
    return keep_support(order, now)


ON_PAID: dict[str, Deliver] = {
    "extra": _keep_extras,
    "discount": _keep_discount,
    "group": _keep_group_price,
    "quantity": _nothing_to_keep,
    "support": _keep_support,
    "booth": confirm_booths,
}  # what can be undone comes first


def receive_payment(actor: Actor, fair_id: int, order_id: int | None, arrival: Arrival, now: datetime) -> Payment:
    """Take money in and do all that follows from it. The same money twice changes nothing."""
    payment, is_new = settle(actor, fair_id, order_id, arrival, now, deliver)
    if order_id is None or not is_new:
        return payment
    order = db.session.get_one(Order, order_id)
    _follow_up(actor, order, payment, now)
    return payment


def deliver(actor: Actor, order: Order, now: datetime) -> bool:
    """Deliver every line of an order, or say that it cannot be done."""
    kinds = sorted({line.kind for line in order.lines}, key=list(ON_PAID).index)
    if all(ON_PAID[kind](actor, order, [line for line in order.lines if line.kind == kind], now) for kind in kinds):
        return True
    release_extras(order)
    release_discount(order, now)
    release_group_price(order, now)
    release_support(order, now)
    return False


def _nothing_owed(actor: Actor, order: Order, now: datetime) -> None:
    """A funder pays all of an order: its booths are let as soon as it is placed."""
    if order.total_minor == 0 and deliver(actor, order, now):
        move(order, [OrderState.AWAITING], OrderState.PAID, now)
        issue_papers(actor, order, now)
        issue_support_invoice(actor, order, now)
        print_soon()


PLACED.append(_nothing_owed)


def choose_equal(
    actor: Actor, fair: Fair, order: Order, numbers: Iterable[str], now: datetime, by_organiser: bool = False
) -> None:
    """Money came after the booths went: take equal ones for it.

    Raises OrderNotOpen, MoneyWentBack where it no longer covers the order, BoothNotAvailable when these went too, and
    what `take_other_booths` raises.
    """
    order = lock_order(order.id)
    payments = lock_waiting(order)
    if order.state != OrderState.UNDELIVERABLE:
        raise OrderNotOpen()
    here = sum(left_of(payment) for payment in payments)
    if here < first_due(order).minor:
        raise MoneyWentBack()
    require_extras(order)
    require_discount(order, now)
    require_group_price(order, now)
    require_support(order, now)
    take_other_booths(actor, fair, order, numbers, now, by_organiser)
    reached = OrderState.PAID if here >= order.total_minor else OrderState.DEPOSITED
    move(order, [OrderState.UNDELIVERABLE], reached, now)
    count_for(actor, order, payments, now)
    issue_papers(actor, order, now)
    issue_support_invoice(actor, order, now)
    print_soon()


def match(actor: Actor, payment: Payment, order: Order, now: datetime) -> None:
    """A person found the order that stray money is for: count it as if it had just come with its reference."""
    match_payment(actor, payment, order, now, deliver)
    _follow_up(actor, db.session.get_one(Order, order.id), payment, now)


def take_money_back(actor: Actor, order: Order, now: datetime) -> None:
    """The buyer's own choice when the booths had gone before the money came: nothing was delivered, all goes back."""
    order = lock_order(order.id)
    if not move(order, [OrderState.UNDELIVERABLE], OrderState.REFUNDED, now):
        raise OrderNotOpen()
    _send_back(actor, order, Reason.TOO_LATE, now)
    _write_to(order, "order_refunded")


def give_back(actor: Actor, order: Order, now: datetime) -> None:
    """The organiser's deed: a paid order's money goes back, its booths are freed, a credit note takes back its invoice.

    Raises OrderNotOpen, FairFrozen: a report that is final counted these booths.
    """
    order = lock_order(order.id)
    if db.session.get_one(Fair, order.fair_id).frozen_at is not None:
        raise FairFrozen()
    if order.state == OrderState.UNDELIVERABLE:
        take_money_back(actor, order, now)
        return
    if not move(order, [OrderState.PAID, OrderState.DEPOSITED], OrderState.REFUNDED, now):
        raise OrderNotOpen()
    money_went_back(actor, order, _send_back(actor, order, Reason.CANCELLED, now), now)
    release_extras(order)
    release_discount(order, now)
    release_group_price(order, now)
    release_support(order, now)
    give_back_booths(actor, order, now)
    issue_credit_note(actor, order, now)
    credit_support(actor, order, now)
    print_soon()


def _follow_up(actor: Actor, order: Order, payment: Payment, now: datetime) -> None:
    """Papers and mails of what has just been counted, or could not be."""
    if order.state in (OrderState.PAID, OrderState.DEPOSITED) and payment.state == PaymentState.SETTLED:
        issue_papers(actor, order, now)
        issue_support_invoice(actor, order, now)
        issue_receipt(actor, order, now)
        print_soon()
    elif order.state == OrderState.UNDELIVERABLE and payment.reason == Reason.TOO_LATE:
        _write_to(order, "paid_too_late")
    _tell_what_came(order, payment, now)


def _send_back(actor: Actor, order: Order, reason: Reason, now: datetime) -> int:
    """What is left here of everything that came for the order; answers how much of its own currency, minor."""
    back = 0
    for payment in lock_payments(order):
        left = left_of(payment)
        if payment.state in (PaymentState.SETTLED, PaymentState.UNMATCHED) and left:
            ask_refund(actor, payment, left, reason, now)
            back += left if payment.currency == order.currency else 0
    return back


def _tell_what_came(order: Order, payment: Payment, now: datetime) -> None:
    """Whoever paid learns at once of what is missing, and of what goes back by itself."""
    due_at = order.balance_due_at if order.state == OrderState.DEPOSITED else order.due_at
    waits = order.state == OrderState.DEPOSITED or (order.state == OrderState.AWAITING and order.due_at > now)
    if payment.reason == Reason.TOO_LITTLE and waits and due_at is not None:
        here = sum(one.amount_minor for one in lock_waiting(order))
        fair, exhibitor = db.session.get_one(Fair, order.fair_id), db.session.get_one(Exhibitor, order.exhibitor_id)
        with force_locale(exhibitor.locale):
            due = moment(clock.local(fair, due_at))
        missing = due_now(order).minor - here
        parts = {"amount_minor": payment.amount_minor, "missing_minor": missing, "due": due}
        _write_to(order, "payment_short", balance=order.state == OrderState.DEPOSITED, **parts)
    going_back = (
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order.id, Refund.created_at == now)
        .where(Refund.reason.in_((Reason.TWICE, Reason.TOO_MUCH, Reason.CALLED_OFF)))
    )
    for refund in db.session.scalars(going_back):
        amount = {"amount_minor": refund.amount_minor, "currency": refund.currency}
        _write_to(order, "money_goes_back", reason=refund.reason, **amount)


def _write_to(order: Order, template: str, **more: Any) -> None:
    exhibitor = db.session.get_one(Exhibitor, order.exhibitor_id)
    if exhibitor.email:
        context = {
            "name": exhibitor.representative or exhibitor.name,
            "reference": order.reference,
            "booths": order.labels,
            "of_extras": order.is_of_extras,
            "total_minor": order.total_minor,
            "currency": order.currency,
            **more,
        }
        queue_mail(exhibitor.email, template, exhibitor.locale, order.fair_id, context)
