"""An order whose booths are let is cancelled for the fee of the day: asked for, decided once, and carried out whole."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select, update

from app.audit import SYSTEM, Actor, record
from app.booths.cancelling_fees import LET, fee_today, has_its_booths
from app.booths.discounts import release_discount
from app.booths.errors import FairFrozen
from app.booths.extras import release_extras
from app.booths.group_prices import release_group_price
from app.booths.letting import give_back_booths
from app.db import db, retrying
from app.errors import DomainError, FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.mail import queue_mail
from app.money import Money, apply_rate
from app.payments.balance import close_balance_checkout
from app.payments.invoices import issue_credit_note
from app.payments.models import (
    Cancellation,
    CancellationState,
    Order,
    OrderState,
    PaymentState,
)
from app.payments.orders import OrderNotOpen, lock_order, move
from app.payments.papers import print_soon
from app.payments.refunds import ask_refund, left_of
from app.payments.schedule import terms_of
from app.payments.settlement import Reason, lock_payments
from app.payments.support import release_support
from app.payments.support_papers import credit_support

REASON_LENGTH = 1000
NO_REASON = N_("Write the reason: the other side reads it.")
TOO_LONG = N_("Shorten the reason to %(most)s characters.")


class CannotCancel(DomainError):
    code: ClassVar[str] = "cannot_cancel"
    message: ClassVar[str] = N_("This order can no longer be cancelled here. Write to the organiser.")


class BoothsElsewhere(DomainError):
    code: ClassVar[str] = "booths_elsewhere"
    message: ClassVar[str] = N_(
        "A booth of this order was transferred or released meanwhile, so it cannot be cancelled for the fee. Refuse "
        "with a reason, or give the money back on the order's page."
    )


class FeeChanged(DomainError):
    """`fee` is today's."""

    code: ClassVar[str] = "fee_changed"
    message: ClassVar[str] = N_("The fee is %(fee)s by now. Nothing was cancelled: read it again, then decide.")


class CancellationDecided(DomainError):
    code: ClassVar[str] = "cancellation_decided"
    message: ClassVar[str] = N_("This cancellation has been decided or withdrawn. Reload the page to see how.")


def cancellation_of(order: Order) -> Cancellation | None:
    """The newest wish to cancel it."""
    wishes = select(Cancellation).where(Cancellation.fair_id == order.fair_id, Cancellation.order_id == order.id)
    newest = wishes.order_by(Cancellation.id.desc()).limit(1)
    return db.session.scalar(newest, execution_options={"populate_existing": True})


def ask_cancellation(
    actor: Actor, fair: Fair, order: Order, reason: str, seen_fee_minor: int, now: datetime
) -> Cancellation:
    """The exhibitor wants out, for the fee that it has seen: kept for the organiser, or carried out by the rule.

    Asked again while it waits, the same one answers. Opens its own transactions.
    Raises CannotCancel, FeeChanged, FieldErrors without a reason, JustPaid.
    """
    reason = _reason(reason)

    def ask() -> Cancellation:
        locked = lock_order(order.id)
        live = _live(locked)
        if live is None:
            return _write(actor, fair, locked, reason, seen_fee_minor, now)
        if live.state == CancellationState.ASKED and live.fee_minor != seen_fee_minor:
            raise FeeChanged(fee=Money(live.fee_minor, live.currency))
        return live

    cancellation = retrying(ask)
    terms = terms_of(fair.id)
    if terms is not None and terms.cancels_at_once and cancellation.state == CancellationState.ASKED:
        try:
            carry_out(SYSTEM, fair, order, cancellation, "", now)
        except CancellationDecided:  # sent twice: the first of the two has done it
            done = _live(order)
            if done is None or done.state != CancellationState.DONE:
                raise
            return done
    return cancellation


def withdraw(actor: Actor, cancellation: Cancellation, now: datetime) -> None:
    """The exhibitor keeps its booths after all. Raises CancellationDecided."""
    lock_order(cancellation.order_id)
    _decide(actor, cancellation, CancellationState.WITHDRAWN, "", now)
    record(actor, "cancellation.withdrawn", "order", cancellation.order_id, cancellation.fair_id)


def refuse(actor: Actor, cancellation: Cancellation, reason: str, now: datetime) -> None:
    """The organiser says no, and why. Raises CancellationDecided, FieldErrors without a reason."""
    reason = _reason(reason)
    order = lock_order(cancellation.order_id)
    _decide(actor, cancellation, CancellationState.REFUSED, reason, now)
    record(actor, "cancellation.refused", "order", order.id, order.fair_id)
    _tell(order, "cancellation_refused", reason=reason)


def carry_out(actor: Actor, fair: Fair, order: Order, cancellation: Cancellation, reason: str, now: datetime) -> None:
    """What was asked for is done, once: the booths are free, extras are back, what was paid goes back but for the fee.

    A card page that is open for the balance is closed first. Opens its own transactions.
    Raises FieldErrors without a reason, CancellationDecided, OrderNotOpen, FairFrozen, JustPaid, CardServiceDown, and
    BoothsElsewhere: nobody gets money back for a booth that went on to another.
    """
    if actor != SYSTEM:  # the rule has no words of its own
        reason = _reason(reason)
    close_balance_checkout(order)
    retrying(lambda: _carry_out(actor, fair, lock_order(order.id), cancellation, reason, now))


def call_off(actor: Actor, fair: Fair, order: Order, reason: str, seen_fee_minor: int, now: datetime) -> Cancellation:
    """The organiser cancels of its own accord, a late payer for instance, at the fee of the day.

    As `ask_cancellation` and `carry_out` in one transaction; what the exhibitor has asked for is decided instead.
    """
    reason = _reason(reason)
    close_balance_checkout(order)

    def work() -> Cancellation:
        locked = lock_order(order.id)
        cancellation = _live(locked)
        if cancellation is None:
            cancellation = _write(actor, fair, locked, "", seen_fee_minor, now)
        _carry_out(actor, fair, locked, cancellation, reason, now)
        return cancellation

    return retrying(work)


def money_went_back(actor: Actor, order: Order, refund_minor: int, now: datetime) -> None:
    """The organiser gave all of the money back instead: what the exhibitor asked for is done, and costs nothing."""
    db.session.execute(
        update(Cancellation)
        .where(
            Cancellation.fair_id == order.fair_id,
            Cancellation.order_id == order.id,
            Cancellation.state == CancellationState.ASKED,
        )
        .values(
            state=CancellationState.DONE,
            decided_at=now,
            decided_by=actor.name or actor.key,
            kept_minor=0,
            refund_minor=refund_minor,
        )
        .execution_options(synchronize_session=False)
    )


def _write(actor: Actor, fair: Fair, order: Order, reason: str, seen_fee_minor: int, now: datetime) -> Cancellation:
    fee = fee_today(fair, order, now)
    if fee is None:
        raise CannotCancel()
    if fee.amount.minor != seen_fee_minor:
        raise FeeChanged(fee=fee.amount)
    cancellation = Cancellation(
        fair_id=fair.id,
        order_id=order.id,
        state=CancellationState.ASKED,
        reason=reason,
        asked_at=now,
        asked_by=actor.name or actor.key,
        fee_bp=fee.bp,
        fee_minor=fee.amount.minor,
        currency=order.currency,
    )
    db.session.add(cancellation)
    db.session.flush()
    record(
        actor, "cancellation.asked", "order", order.id, fair.id, rate_bp=fee.bp, amount_minor=fee.amount.minor,
        currency=order.currency,
    )  # fmt: skip
    return cancellation


def _carry_out(actor: Actor, fair: Fair, order: Order, cancellation: Cancellation, reason: str, now: datetime) -> None:
    if db.session.get_one(Fair, order.fair_id, populate_existing=True).frozen_at is not None:
        raise FairFrozen()
    _decide(actor, cancellation, CancellationState.DONE, reason, now)
    if order.state in LET and not has_its_booths(order):
        raise BoothsElsewhere()
    if not move(order, LET, OrderState.CALLED_OFF, now):
        raise OrderNotOpen()
    kept, goes_back = _keep_fee(actor, order, cancellation.fee_minor, now)
    cancellation.kept_minor, cancellation.refund_minor = kept, goes_back
    release_extras(order)
    release_discount(order, now)
    release_group_price(order, now)
    release_support(order, now)
    give_back_booths(actor, order, now, "cancelled")
    fee = _fee_in_parts(order, cancellation)
    if credit_support(actor, order, now) is not None:
        print_soon()
    if cancellation.fee_minor < order.total_minor or not order.total_minor:  # of nothing, all is taken back
        issue_credit_note(actor, order, now, fee)
        print_soon()  # and mailed with what goes back
    else:
        _tell(order, "order_called_off", **fee)
    record(
        actor, "cancellation.done", "order", order.id, order.fair_id, kept_minor=kept, refund_minor=goes_back,
        currency=order.currency,
    )  # fmt: skip


def _keep_fee(actor: Actor, order: Order, fee_minor: int, now: datetime) -> tuple[int, int]:
    """Send back what is over the fee, the newest first; money in another currency goes back whole.

    Answers what is kept and what goes back of the order's currency, in minor units.
    """
    payments = [
        payment
        for payment in lock_payments(order)
        if payment.state in (PaymentState.SETTLED, PaymentState.UNMATCHED) and left_of(payment)
    ]
    own = [payment for payment in payments if payment.currency == order.currency]
    here = sum(left_of(payment) for payment in own)
    kept = min(fee_minor, here)
    over = goes_back = here - kept
    for payment in reversed(own):
        part = min(over, left_of(payment))
        if part < left_of(payment) and payment.state == PaymentState.UNMATCHED:
            payment.state, payment.reason = PaymentState.SETTLED, ""  # a part for the balance: it counts for the fee
        if part:
            ask_refund(actor, payment, part, Reason.CALLED_OFF, now)
            over -= part
    for payment in payments:
        if payment.currency != order.currency:
            ask_refund(actor, payment, left_of(payment), Reason.CALLED_OFF, now)
    return kept, goes_back


def _fee_in_parts(order: Order, cancellation: Cancellation) -> dict[str, int]:
    """The fee is a part of the invoiced total: its VAT the same part of the invoice's, rounded half up."""
    vat = apply_rate(order.vat_minor, cancellation.fee_bp)
    return {
        "fee_bp": cancellation.fee_bp,
        "fee_minor": cancellation.fee_minor,
        "fee_net_minor": cancellation.fee_minor - vat,
        "fee_vat_minor": vat,
        "kept_minor": cancellation.kept_minor or 0,
        "refund_minor": cancellation.refund_minor or 0,
    }


def _decide(actor: Actor, cancellation: Cancellation, state: CancellationState, answer: str, now: datetime) -> None:
    """The guard: only what waits is decided, and once."""
    decided = db.session.execute(
        update(Cancellation)
        .where(Cancellation.id == cancellation.id, Cancellation.state == CancellationState.ASKED)
        .values(state=state, answer=answer, decided_at=now, decided_by=actor.name or actor.key)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(cancellation)
    if not decided.rowcount:  # type: ignore[attr-defined]
        raise CancellationDecided()


def _live(order: Order) -> Cancellation | None:
    found = select(Cancellation).where(Cancellation.fair_id == order.fair_id, Cancellation.order_id == order.id)
    live = found.where(Cancellation.state.in_((CancellationState.ASKED, CancellationState.DONE)))
    return db.session.scalar(live, execution_options={"populate_existing": True})


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise FieldErrors({"reason": NO_REASON})
    if len(text) > REASON_LENGTH:
        raise FieldErrors({"reason": TOO_LONG}, most=REASON_LENGTH)
    return text


def _tell(order: Order, template: str, **more: Any) -> None:
    exhibitor = db.session.get_one(Exhibitor, order.exhibitor_id)
    if exhibitor.email:
        context = {
            "name": exhibitor.representative or exhibitor.name,
            "reference": order.reference,
            "booths": order.labels,
            "total_minor": order.total_minor,
            "currency": order.currency,
            **more,
        }
        queue_mail(exhibitor.email, template, exhibitor.locale, order.fair_id, context)
