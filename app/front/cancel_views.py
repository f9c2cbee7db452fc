"""Cancelling an order whose booths are let: the exhibitor reads the fee and asks, the organiser decides."""

from collections.abc import Callable

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.booths import cancelling, cancelling_fees, floorplan
from app.booths.cancelling import CannotCancel, cancellation_of
from app.booths.cancelling_fees import Fee, fee_today
from app.db import db, retrying
from app.errors import DomainError, FieldErrors
from app.fairs.models import Exhibitor
from app.front.order_views import blueprint, own_order
from app.money import Money
from app.payments.models import Cancellation, CancellationState, Order
from app.payments.orders import order_by_reference
from app.payments.schedule import terms_of


@blueprint.get("/orders/<reference>/calling-off")
@allow(Permission.ORDERS_SEE)
def calling_off(reference: str) -> str:
    """What it costs today, what goes back, and the form; for the organiser also what was asked."""
    return _page(own_order(reference))


@blueprint.post("/orders/<reference>/calling-off")
@allow(Permission.ORDER_PLACE)
def ask_calling_off(reference: str) -> Response | tuple[str, int]:
    """The exhibitor asks for it, for the fee that it has read."""
    mine = order_to_call_off(reference)
    return _done(
        mine,
        lambda: cancelling.ask_cancellation(
            principal().actor(), g.fair, mine, request.form.get("reason", ""), _seen(), clock.now()
        ),
    )


@blueprint.post("/orders/<reference>/calling-off/withdrawal")
@allow(Permission.ORDER_PLACE)
def withdraw_calling_off(reference: str) -> Response | tuple[str, int]:
    mine = order_to_call_off(reference)
    wish, actor = _wish(mine), principal().actor()
    return _done(mine, lambda: retrying(lambda: cancelling.withdraw(actor, wish, clock.now())))


@blueprint.post("/orders/<reference>/calling-off/decision")
@allow(Permission.MONEY_SETTLE)
def decide_calling_off(reference: str) -> Response | tuple[str, int]:
    """The organiser carries out what was asked (`decision=accept`), says no (`refuse`), or cancels unasked (`own`)."""
    mine, actor, now = own_order(reference), principal().actor(), clock.now()
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    if decision == "own":
        return _done(mine, lambda: cancelling.call_off(actor, g.fair, mine, reason, _seen(), now))
    wish = _wish(mine)
    if decision == "refuse":
        return _done(mine, lambda: retrying(lambda: cancelling.refuse(actor, wish, reason, now)))
    return _done(mine, lambda: cancelling.carry_out(actor, g.fair, mine, wish, reason, now))


def order_to_call_off(reference: str) -> Order:
    """One's own, or anybody's for staff who place orders and settle money: asking may send money back at once."""
    theirs = all(principal().staff_can(right) for right in (Permission.ORDER_PLACE, Permission.MONEY_SETTLE))
    return order_by_reference(g.fair.id, reference, None if theirs else principal().exhibitor_ids)


def _done(order: Order, work: Callable[[], object]) -> Response | tuple[str, int]:
    reference = order.reference
    try:
        work()
    except DomainError as error:
        db.session.rollback()
        return _page(own_order(reference), error), error.status
    return redirect(url_for("payments.order", reference=reference), 303)


def _wish(order: Order) -> Cancellation:
    wish = cancellation_of(order)
    if wish is None:
        raise CannotCancel()
    return wish


def _seen() -> int:
    """The fee that the form showed, in minor units; what is none is no fee of today."""
    typed = request.form.get("fee_minor", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else -1


def _page(order: Order, refusal: DomainError | None = None) -> str:
    has_booths = cancelling_fees.has_its_booths(order)
    fee, wish = fee_today(g.fair, order, clock.now(), has_booths=has_booths), cancellation_of(order)
    waits = wish is not None and wish.state == CancellationState.ASKED
    if waits and wish is not None and fee is not None:  # what was asked for keeps its fee
        fee = Fee(wish.fee_bp, Money(wish.fee_minor, wish.currency), fee.paid, fee.until_on)
    terms = terms_of(g.fair.id)
    ids = order.booth_ids
    return render_template(
        "payments/calling_off.html",
        order=order,
        total=Money(order.total_minor, order.currency),
        exhibitor=db.session.get_one(Exhibitor, order.exhibitor_id),
        numbers=sorted(booth.number for booth in floorplan.booths_by_id(ids)),
        extras=[line for line in order.lines if line.extra_id is not None],
        steps=cancelling_fees.steps_of(g.fair.id),
        fee=fee,
        wish=wish,
        waits=waits,
        has_booths=has_booths,
        at_once=terms is not None and terms.cancels_at_once,
        as_staff=principal().is_staff,
        can_ask=principal().can(Permission.ORDER_PLACE) and not principal().is_staff,
        decides=principal().staff_can(Permission.MONEY_SETTLE),
        refusal=refusal,
        faults=refusal.sentences() if isinstance(refusal, FieldErrors) else {},
        typed=request.form,
    )
