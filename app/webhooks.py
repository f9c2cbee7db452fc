"""Stripe's word that money came: verify the raw bytes, keep the event, settle, deliver, all in one transaction."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.access import csrf, public
from app.audit import SYSTEM
from app.db import db, retrying, transaction
from app.errors import NotFound, problem
from app.fairs.models import Fair
from app.fulfilment import receive_payment
from app.jobs import sweep
from app.payments import stripe_gateway
from app.payments.models import Order, OrderState, StripeEvent
from app.payments.orders import order_by_reference
from app.payments.settlement import Arrival
from app.payments.stripe_gateway import CardEvent, CardSession

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")
csrf.exempt(blueprint)
PAID_IN = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
ASKED_FOR = timedelta(days=2)


@blueprint.post("/stripe")
@public
def stripe() -> Response:
    """200 for what was taken in, now or before; 400 for what Stripe did not sign; 5xx makes Stripe send it again."""
    try:
        event = stripe_gateway.verify_webhook(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except stripe_gateway.ForgedWebhook as error:
        return problem(error.status, error.code, error.sentence())
    try:
        outcome = retrying(lambda: take_in(event))
    except IntegrityError:  # the same event at the same moment: the other one did the work
        db.session.rollback()
        if db.session.get(StripeEvent, event.id) is None:
            raise
        outcome = "repeated"
    return jsonify(outcome=outcome)


def take_in(event: CardEvent) -> str:
    """Keep the event and do what it says, once. Returns what came of it."""
    if db.session.get(StripeEvent, event.id) is not None:
        return "repeated"
    row = StripeEvent(id=event.id, kind=event.kind, payload=_without_person(event.payload), received_at=clock.now())
    db.session.add(row)
    db.session.flush()  # the key decides who goes on
    row.outcome = "noted"
    if event.session is not None and event.kind in PAID_IN and event.session.paid:
        row.outcome = take_card_payment(event.session)
    return row.outcome


def take_card_payment(session: CardSession) -> str:
    """Settle what was paid in a Checkout Session; its payment intent is the money's own number."""
    fair = db.session.get(Fair, session.fair_id) if session.fair_id is not None else None
    if fair is None or session.payment_intent is None:
        current_app.logger.error("checkout session %s names no fair of ours", session.id)
        return "not_ours"
    if not fair.is_demo and not current_app.config["FAIR_STRIPE_KEY"]:
        current_app.logger.error("checkout session %s: the desk's money buys nothing at a real fair", session.id)
        return "not_ours"
    try:
        order_id = order_by_reference(fair.id, session.reference).id
    except NotFound:
        order_id = None
    now = clock.now()
    arrival = Arrival("card", session.payment_intent, session.amount, now, part=session.part)
    payment = receive_payment(SYSTEM, fair.id, order_id, arrival, now)
    return payment.reason or str(payment.state)


@sweep
def ask_stripe() -> None:
    """Ask about card orders whose time is over, in case a webhook is late or lost. Each is asked about once."""
    now = clock.now()
    open_ones = select(Order.id, Order.stripe_session_id).where(
        Order.stripe_session_url.is_not(None),
        or_(
            and_(
                Order.pay_by == "card",
                Order.state.in_((OrderState.AWAITING, OrderState.EXPIRED)),
                Order.due_at <= now,
                Order.due_at > now - ASKED_FOR,
            ),
            and_(Order.state == OrderState.DEPOSITED, Order.checkout_ends_at <= now),
        ),
    )
    rows = db.session.execute(open_ones.order_by(Order.id).limit(200)).all()
    db.session.commit()
    for order_id, session_id in rows:
        try:
            session = stripe_gateway.close_session(session_id or "")
        except stripe_gateway.UnknownToStripe:
            current_app.logger.error("order %s: Stripe does not know its session", order_id)
            with transaction():
                db.session.get_one(Order, order_id).stripe_session_url = None
            continue
        except (stripe_gateway.CardServiceDown, stripe_gateway.CardServiceRefused) as error:
            current_app.logger.warning("order %s is asked about again: %s", order_id, error.code)
            continue
        with transaction():
            if session.paid:
                take_card_payment(session)
            db.session.get_one(Order, order_id).stripe_session_url = None


def _without_person(payload: dict[str, Any]) -> dict[str, Any]:
    """What is kept of an event: everything but who paid."""
    thing = {k: v for k, v in payload["data"]["object"].items() if k not in ("customer_details", "customer_email")}
    return payload | {"data": {"object": thing}}
