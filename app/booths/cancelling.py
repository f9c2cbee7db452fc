"""An order whose booths are let is cancelled for the fee of the day: asked for, decided once, and carried out whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import delete, func, select, update

from app import clock
from app.audit import SYSTEM, Actor, record
from app.booths.discounts import release_discount
from app.booths.errors import FairFrozen
from app.booths.extras import release_extras
from app.booths.group_prices import release_group_price
from app.booths.letting import give_back_booths
from app.booths.models import Allocation, BoothState
from app.db import db, retrying
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.mail import queue_mail
from app.money import Money, apply_rate
from app.payments.balance import close_balance_checkout
from app.payments.invoices import issue_credit_note, papers_of
from app.payments.models import (
    Cancellation,
    CancellationState,
    CancellationStep,
    Invoice,
    Order,
    OrderState,
    Payment,
    PaymentState,
    Refund,
)
from app.payments.orders import OrderNotOpen, lock_order, move
from app.payments.papers import print_soon
from app.payments.refunds import ask_refund, left_of
from app.payments.schedule import terms_of
from app.payments.settlement import Reason, lock_payments
from app.payments.support import release_support
from app.payments.support_papers import credit_support

LET = (OrderState.PAID, OrderState.DEPOSITED)
WHOLE_BP = 10_000
STEPS_AT_MOST = 12
REASON_LENGTH = 1000
SAME_DAY = N_("There is a fee until that day already. Remove it first.")
FALLS = N_("A fee never falls with time: until %(day)s it is %(fee)s %%.")
NO_FEE = N_("A fee is 0 to 100 per cent of the order.")
AFTER_START = N_("Cancelling ends when the fair begins: the last day is %(day)s.")
TOO_MANY_STEPS = N_("A fair has at most %(steps)s steps.")
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


@dataclass(frozen=True)
class Fee:
    """What cancelling an order costs today. `until_on` is None once the last step is over: then it is the whole."""

    bp: int
    amount: Money
    paid: Money
    until_on: date | None

    @property
    def kept(self) -> Money:
        """Of what has come; what has not cannot be kept."""
        return Money(min(self.amount.minor, self.paid.minor), self.amount.currency)

    @property
    def goes_back(self) -> Money:
        return self.paid - self.kept


def steps_of(fair_id: int) -> list[CancellationStep]:
    """In the order of their days."""
    steps = select(CancellationStep).where(CancellationStep.fair_id == fair_id)
    return list(db.session.scalars(steps.order_by(CancellationStep.until_on)))


def add_step(actor: Actor, fair: Fair, until_on: date, fee_bp: int) -> CancellationStep:
    """Until this day, midnight at the fair, cancelling costs so much. Raises FieldErrors."""
    _lock(fair)
    steps = steps_of(fair.id)
    faults, said = step_faults(fair, steps, until_on, fee_bp)
    if faults:
        raise FieldErrors(faults, **said)
    step = CancellationStep(fair_id=fair.id, until_on=until_on, fee_bp=fee_bp)
    db.session.add(step)
    db.session.flush()
    record(actor, "cancellation.step_added", "fair", fair.id, fair.id, until_on=until_on.isoformat(), rate_bp=fee_bp)
    return step


def remove_step(actor: Actor, fair: Fair, step_id: int) -> None:
    """Contracts that name it keep it where it is the cheaper one."""
    _lock(fair)
    step = db.session.get(CancellationStep, step_id)
    if step is None or step.fair_id != fair.id:
        raise NotFound()
    db.session.execute(delete(CancellationStep).where(CancellationStep.id == step_id))
    record(
        actor, "cancellation.step_removed", "fair", fair.id, fair.id, until_on=step.until_on.isoformat(),
        rate_bp=step.fee_bp,
    )  # fmt: skip


def step_faults(
    fair: Fair, steps: list[CancellationStep], until_on: date, fee_bp: int
) -> tuple[dict[str, str], dict[str, Any]]:
    """What is wrong with a new step, by field, and what the sentences name."""
    if not 0 <= fee_bp <= WHOLE_BP:
        return {"fee_percent": NO_FEE}, {}
    if until_on >= fair.starts_on:
        return {"until_on": AFTER_START}, {"day": f"{date.fromordinal(fair.starts_on.toordinal() - 1):%d.%m.%Y}"}
    if len(steps) >= STEPS_AT_MOST:
        return {"until_on": TOO_MANY_STEPS}, {"steps": STEPS_AT_MOST}
    for step in steps:
        if step.until_on == until_on:
            return {"until_on": SAME_DAY}, {}
        if (step.until_on < until_on and step.fee_bp > fee_bp) or (step.until_on > until_on and step.fee_bp < fee_bp):
            return {"fee_percent": FALLS}, {"day": f"{step.until_on:%d.%m.%Y}", "fee": f"{step.fee_bp / 100:g}"}
    return {}, {}


def fee_today(
    fair: Fair, order: Order, now: datetime, papers: list[Invoice] | None = None, has_booths: bool | None = None
) -> Fee | None:
    """What cancelling costs today: by the organiser's steps, or by those of the contract where these are cheaper.

    None where the order cannot be cancelled: a booth of it is not let to its exhibitor any more, the fair has begun, or
    neither the organiser nor the contract names steps.
    """
    today = clock.fair_day(fair, now)
    present = [(step.until_on, step.fee_bp) for step in steps_of(fair.id)]
    if order.state not in LET or today >= fair.starts_on or fair.frozen_at is not None:
        return None
    papers = papers_of(order) if papers is None else papers
    contract = next((paper for paper in papers if paper.kind == "contract"), None)
    agreed = contract.content.get("cancellation", []) if contract is not None else []
    has_booths = has_its_booths(order) if has_booths is None and (present or agreed) else has_booths
    if not (present or agreed) or not has_booths:
        return None
    choices = [_step_at(present, today)] if present else []
    if agreed:
        choices.append(_step_at([(date.fromisoformat(one["until_on"]), one["fee_bp"]) for one in agreed], today))
    until_on, bp = min(choices, key=lambda choice: choice[1])
    return Fee(bp, Money(apply_rate(order.total_minor, bp), order.currency), _came(order), until_on)


def has_its_booths(order: Order) -> bool:
    """Whether all that was ordered is let to its exhibitor: what was released or transferred is settled by hand."""
    let = select(func.count()).where(
        Allocation.fair_id == order.fair_id,
        Allocation.order_id == order.id,
        Allocation.exhibitor_id == order.exhibitor_id,
        Allocation.state == BoothState.LET,
        Allocation.ended_at.is_(None),
    )
    return db.session.scalar(let) == sum(line.booth_id is not None for line in order.lines)


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


def _step_at(steps: Iterable[tuple[date, int]], today: date) -> tuple[date | None, int]:
    return min(((until_on, bp) for until_on, bp in steps if today <= until_on), default=(None, WHOLE_BP))


def _came(order: Order) -> Money:
    """Everything that has come in the order's currency and not gone back."""
    theirs = select(Payment).where(
        Payment.fair_id == order.fair_id,
        Payment.order_id == order.id,
        Payment.currency == order.currency,
        Payment.state.in_((PaymentState.SETTLED, PaymentState.UNMATCHED)),
    )
    back = (
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .where(Refund.payment_id == Payment.id, Refund.state != "failed")
        .correlate(Payment)
        .scalar_subquery()
    )
    return Money(
        int(db.session.scalar(theirs.with_only_columns(func.sum(Payment.amount_minor - back))) or 0), order.currency
    )


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
            "booths": order.booth_labels,
            "total_minor": order.total_minor,
            "currency": order.currency,
            **more,
        }
        queue_mail(exhibitor.email, template, exhibitor.locale, order.fair_id, context)


def _lock(fair: Fair) -> None:
    """One at a time changes what a fair sells under."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())
