"""The organiser's money: what is owed, what came, what belongs nowhere yet, what goes back."""

from datetime import timedelta
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import and_, case, exists, func, null, or_, select
from sqlalchemy.orm import aliased, load_only
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.booths.released_money import released_orders
from app.db import db, retrying
from app.errors import FieldErrors, NotFound
from app.fairs.currencies import FairCurrency
from app.fairs.models import Exhibitor
from app.fairs.settings import lacking_of
from app.front import cancel_views as cancel_views
from app.front.order_views import blueprint
from app.fulfilment import give_back, match, receive_payment
from app.i18n_marks import N_
from app.input import asked_number
from app.money import Money, NotMoney, parse_money
from app.payments import reminders as reminders  # its sweep
from app.payments.models import Cancellation, Order, OrderState, Payment, PaymentState, Refund
from app.payments.orders import order_by_reference
from app.payments.refunds import finish_by_hand, refund_by_id, refund_payment
from app.payments.schedule import counted_of, is_late
from app.payments.settlement import (
    REASONS,
    Arrival,
    BankNumberFunders,
    BankNumberStray,
    BankNumberUsed,
    bank_number,
)
from app.search import like

PAGE = 50
_SHOWN = (  # of an order and its exhibitor in the list
    load_only(
        Order.reference,
        Order.state,
        Order.currency,
        Order.total_minor,
        Order.paid_at,
        Order.due_at,
        Order.balance_due_at,
    ),
    load_only(Exhibitor.name, Exhibitor.name_en),
)
NUMBER_LENGTH = 120
AS_ON_STATEMENT = N_("Write the amount as on the statement, 18.150.000 for instance.")
LET = Order.state.in_((OrderState.PAID, OrderState.DEPOSITED))
AWAITED = Order.state.in_((OrderState.AWAITING, OrderState.DEPOSITED))
BEHIND = ("received", "open")  # what the page's first two figures add up, order by order
STATES = (
    *BEHIND,
    "awaiting",
    "deposited",
    "late",
    "undeliverable",
    "paid",
    "expired",
    "cancelled",
    "called_off",
    "refunded",
)


@blueprint.get("/organise/money")
@allow(Permission.MONEY_SETTLE)
def money() -> str:
    """Sums in words, what needs a person, and the orders."""
    return money_page({})


@blueprint.post("/organise/money/transfers")
@allow(Permission.MONEY_SETTLE)
def transfer_received() -> Response | tuple[str, int]:
    """A line of the bank's statement: its own number, the reference, the amount. The same number twice counts once."""
    try:
        arrival, order = _typed_transfer()
    except FieldErrors as error:
        return money_page(error.sentences()), error.status
    actor, order_id = principal().actor(), order.id if order else None
    try:
        now = clock.now()
        payment = retrying(lambda: receive_payment(actor, g.fair.id, order_id, arrival, now))
    except (BankNumberUsed, BankNumberStray, BankNumberFunders) as error:
        return money_page({"number": error.sentence()}), error.status
    again = 1 if payment.received_at < arrival.received_at else None
    return redirect(url_for("payments.money", done=payment.id, again=again, _anchor="done"), 303)


@blueprint.post("/organise/money/payments/<int:payment_id>/match")
@allow(Permission.MONEY_SETTLE)
def match_order(payment_id: int) -> Response:
    payment = _payment(payment_id)
    order = order_by_reference(g.fair.id, request.form.get("reference", "").strip())
    retrying(lambda: match(principal().actor(), payment, order, clock.now()))
    return redirect(url_for("payments.money", done=payment.id, _anchor="done"), 303)


@blueprint.post("/organise/money/payments/<int:payment_id>/refund")
@allow(Permission.MONEY_SETTLE)
def send_back(payment_id: int) -> Response:
    payment = _payment(payment_id)
    retrying(lambda: refund_payment(principal().actor(), payment, "cancelled", clock.now()))
    return redirect(url_for("payments.money"), 303)


@blueprint.post("/organise/money/refunds/<int:refund_id>/done")
@allow(Permission.MONEY_SETTLE)
def refund_done(refund_id: int) -> Response:
    """The organiser has sent it back at the bank, or in Stripe's own pages after Stripe refused."""
    refund = refund_by_id(g.fair.id, refund_id)
    retrying(lambda: finish_by_hand(principal().actor(), refund, clock.now()))
    return redirect(url_for("payments.money"), 303)


@blueprint.post("/organise/money/orders/<reference>/refund")
@allow(Permission.MONEY_SETTLE)
def refund_order(reference: str) -> Response:
    order = order_by_reference(g.fair.id, reference)
    retrying(lambda: give_back(principal().actor(), order, clock.now()))
    return redirect(url_for("payments.order", reference=order.reference), 303)


def _typed_transfer() -> tuple[Arrival, Order | None]:
    form, fields = request.form, {}
    number, reference = bank_number(form.get("number", "")), form.get("reference", "").strip().upper()
    currency, known = form.get("currency") or g.fair.currency, _currencies()
    if currency not in known:
        asked = "currency" if len(known) > 1 else "amount"
        fields[asked] = N_("Choose the currency of the statement's line.") if asked == "currency" else AS_ON_STATEMENT
        currency = g.fair.currency
    amount = Money(0, currency)
    try:
        amount = parse_money(form.get("amount", ""), currency)
    except NotMoney:
        fields["amount"] = AS_ON_STATEMENT
    if not fields and amount.minor <= 0:
        fields["amount"] = AS_ON_STATEMENT
    if not number:
        fields["number"] = N_(
            "Write the bank's own number of the transaction: it keeps the same money from counting twice."
        )
    elif len(number) > NUMBER_LENGTH:  # cut short, two numbers could be one
        fields["number"] = N_("A bank's number of a transaction has at most 120 letters and digits.")
    order = None  # stray money: it waits for a person
    try:
        order = order_by_reference(g.fair.id, reference) if reference else None
    except NotFound:
        fields["reference"] = N_(
            "No order has this reference. Correct it, or leave it empty: the money waits here until its order is found."
        )
    if fields:
        raise FieldErrors(fields)
    return Arrival("transfer", number, amount, clock.now(), form.get("payer", "").strip()[:200]), order


def _currencies() -> list[str]:
    """What money may come in: the fair's currency and each that it ever opened."""
    if not g.fair.currency_revision:
        return [g.fair.currency]
    known = select(FairCurrency.currency).where(FairCurrency.fair_id == g.fair.id).order_by(FairCurrency.id)
    return [g.fair.currency, *db.session.scalars(known)]


def _payment(payment_id: int) -> Payment:
    payment = db.session.scalar(select(Payment).where(Payment.fair_id == g.fair.id, Payment.id == payment_id))
    if payment is None:
        raise NotFound()
    return payment


def money_page(errors: dict[str, str], released_fault: tuple[str, str] = ("", "")) -> str:
    """`errors`: of the transfer that was typed; `released_fault`: an order's reference, and what is wrong there."""
    now = clock.now()
    state, text = request.args.get("state", ""), request.args.get("q", "").strip()
    part: Any = {"received": _paid_minor(), "open": _open_minor() - _came()}.get(state, null())
    found = (
        select(Order, Exhibitor, part)
        .join(Exhibitor, Exhibitor.id == Order.exhibitor_id)
        .where(Order.fair_id == g.fair.id)
    )
    if state in BEHIND:
        found = found.where(LET if state == "received" else AWAITED)
    elif state == "late":
        found = found.where(*is_late(now))
    elif state in STATES:
        found = found.where(Order.state == state)
    if text:
        named = Exhibitor.folded.like(like(text), escape="\\")
        found = found.where(or_(Order.reference == text.upper(), named))
    first = asked_number("from", 0) or 0
    whole = func.sum(part if state in BEHIND else Order.total_minor)
    sums = found.with_only_columns(Order.currency, whole).group_by(Order.currency).order_by(Order.currency)
    totals = [Money(int(total or 0), currency) for currency, total in db.session.execute(sums)]
    rows = db.session.execute(found.options(*_SHOWN).order_by(Order.id.desc()).offset(first).limit(PAGE + 1)).all()
    again = aliased(Refund)
    asked_again = exists().where(again.payment_id == Refund.payment_id, again.id > Refund.id)
    refused = and_(Refund.state == "failed", ~asked_again)
    waiting = db.session.execute(
        select(Payment, Order)
        .outerjoin(Order, Order.id == Payment.order_id)
        .where(
            Payment.fair_id == g.fair.id,
            Payment.state == PaymentState.UNMATCHED,
            ~exists().where(Refund.payment_id == Payment.id, refused),  # it stands among the refunds
        )
        .order_by(Payment.id)
    ).all()
    refunds = db.session.execute(
        select(Refund, Payment, Order)
        .join(Payment, Payment.id == Refund.payment_id)
        .outerjoin(Order, Order.id == Payment.order_id)
        .where(
            Refund.fair_id == g.fair.id,
            or_(Refund.state.in_(("due", "sent")), and_(refused, Payment.state != PaymentState.REFUNDED)),
        )
        .order_by(Refund.id)
    ).all()
    done = asked_number("done")
    context: dict[str, Any] = {
        "sums": _sums(now),
        "rows": rows[:PAGE],
        "totals": totals,
        "next_from": first + PAGE if len(rows) > PAGE else None,
        "first": first,
        "waiting": waiting,
        "refunds": refunds,
        "state": state,
        "states": STATES,
        "q": text,
        "errors": errors,
        "released": released_orders(g.fair.id, PAGE),
        "released_fault": released_fault,
        "done": _payment(done) if done else None,
        "reasons": {code: _(words) for code, words in REASONS.items()},
        "typed": request.form or request.args,
        "lacking": lacking_of(g.fair),
        "currencies": _currencies(),
        "late": [
            (order, Money(order.total_minor - int(counted), order.currency), who) for order, counted, who in _late(now)
        ],
        "asked": db.session.execute(
            select(Cancellation, Order)
            .join(Order, Order.id == Cancellation.order_id)
            .where(Cancellation.fair_id == g.fair.id, Cancellation.state == "asked")
            .order_by(Cancellation.id)
        ).all(),
    }
    return render_template("payments/money.html", **context)


def _sums(now: Any) -> dict[str, list[Money]]:
    """Paid, awaited and due within a day, each per currency: two currencies are never added.

    What has come of an order that is not whole yet is not awaited any more.
    """
    came = _came()

    open_minor = _open_minor()
    soon = now + timedelta(days=1)
    deposit_soon = and_(Order.state == OrderState.AWAITING, Order.due_at <= soon)
    balance_soon = and_(Order.state == OrderState.DEPOSITED, Order.balance_due_at <= soon)
    first = case((deposit_soon, func.coalesce(Order.deposit_minor, Order.total_minor)), else_=open_minor)
    is_soon = or_(deposit_soon, balance_soon)
    paid_and_soon = db.session.execute(
        select(
            Order.currency,
            func.count().filter(LET),
            func.sum(_paid_minor()).filter(LET),
            func.count().filter(is_soon),
            func.sum(first - came).filter(is_soon),
        )
        .where(Order.fair_id == g.fair.id, or_(LET, is_soon))
        .group_by(Order.currency)
        .order_by(Order.currency)
    ).all()
    open_ones = db.session.execute(
        select(Order.currency, func.sum(open_minor - came), func.sum(came))
        .where(Order.fair_id == g.fair.id, AWAITED)
        .group_by(Order.currency)
        .order_by(Order.currency)
    ).all()
    kept = select(Cancellation.currency, func.sum(Cancellation.kept_minor)).where(
        Cancellation.fair_id == g.fair.id, Cancellation.state == "done"
    )
    return {
        "paid": [Money(int(paid), currency) for currency, some, paid, _n, _soon in paid_and_soon if some],
        "awaiting": [Money(int(open_sum), currency) for currency, open_sum, _parts in open_ones],
        "parts": [Money(int(parts), currency) for currency, _open, parts in open_ones if parts],
        "soon": [Money(int(due), currency) for currency, _n, _paid, some, due in paid_and_soon if some],
        "kept": [
            Money(int(total), currency)
            for currency, total in db.session.execute(
                kept.group_by(Cancellation.currency).order_by(Cancellation.currency)
            )
            if total
        ],
    }


def _paid_minor() -> Any:
    """What an order that let booths was paid by now: with a deposit alone, what has been counted."""
    return case((Order.state == OrderState.DEPOSITED, counted_of(Order)), else_=Order.total_minor)


def _open_minor() -> Any:
    return case((Order.state == OrderState.DEPOSITED, Order.total_minor - counted_of(Order)), else_=Order.total_minor)


def _came() -> Any:
    """Parts that were too little for what was due, and wait with their order."""
    return (
        select(func.coalesce(func.sum(Payment.amount_minor), 0))
        .where(Payment.order_id == Order.id, Payment.state == PaymentState.UNMATCHED, Payment.reason == "too_little")
        .correlate(Order)
        .scalar_subquery()
    )


def _late(now: Any) -> Any:
    """Orders whose balance is late, with what has been counted for them and whose they are, the longest first."""
    late = (
        select(Order, counted_of(Order), Exhibitor)
        .join(Exhibitor, Exhibitor.id == Order.exhibitor_id)
        .where(Order.fair_id == g.fair.id, *is_late(now))
    )
    return db.session.execute(late.order_by(Order.balance_due_at, Order.id).limit(PAGE)).all()
