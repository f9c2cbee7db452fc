"""The only door to Stripe. Nothing here runs inside a transaction: a slow Stripe must not hold a lock."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import stripe
from flask import current_app

from app.errors import DomainError
from app.i18n_marks import N_
from app.money import Money, exponent

LARGEST_MINOR = 99_999_999  # eight digits: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
AS_TWO_DECIMALS = {"ISK", "UGX"}  # https://docs.stripe.com/currencies#special-cases: sent as if they had cents


class CardServiceDown(DomainError):
    code: ClassVar[str] = "card_service_down"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_(
        "The card service does not answer. Your booths stay held; try again, or pay by bank transfer."
    )


class CardServiceRefused(DomainError):
    code: ClassVar[str] = "card_service_refused"
    message: ClassVar[str] = N_("The card service refused this payment. Pay by bank transfer.")


class UnknownToStripe(CardServiceRefused):
    """Stripe has nothing under this number: it was made with another account's key."""


class ForgedWebhook(DomainError):
    code: ClassVar[str] = "forged_webhook"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("The signature is not Stripe's.")


@dataclass(frozen=True)
class CardSession:
    """A Checkout Session, as far as the product looks at it."""

    id: str
    url: str | None
    status: str  # open, complete, expired
    paid: bool
    fair_id: int | None
    reference: str
    payment_intent: str | None
    amount: Money
    part: str = ""  # deposit or balance; the whole where it is empty


@dataclass(frozen=True)
class CardEvent:
    """A verified event; `session` is there for events about Checkout Sessions."""

    id: str
    kind: str
    payload: dict[str, Any]
    session: CardSession | None
    created_at: datetime


def card_possible(total: Money, is_demo: bool) -> bool:
    """Whether an amount can be paid by card at all: a key (or the demonstration's desk), and Stripe's own limits."""
    has_key = bool(current_app.config["FAIR_STRIPE_KEY"]) or (is_demo and "stripe_desk" in current_app.extensions)
    return has_key and fits_stripe(total)


def fits_stripe(total: Money) -> bool:
    """At most eight digits; amounts with three decimals must end in 0."""
    return 0 < to_stripe(total) <= LARGEST_MINOR and (exponent(total.currency) != 3 or total.minor % 10 == 0)


def to_stripe(amount: Money) -> int:
    """Stripe's integer for an amount: its minor units as they are. VND is never × 100."""
    return amount.minor * 100 if amount.currency in AS_TWO_DECIMALS else amount.minor


def from_stripe(integer: int, currency: str) -> Money:
    """The amount behind Stripe's integer."""
    code = currency.upper()
    return Money(integer // 100 if code in AS_TWO_DECIMALS else integer, code)


def open_session(
    fair_id: int,
    reference: str,
    total: Money,
    label: str,
    expires_at: datetime,
    return_url: str,
    email: str,
    locale: str,
    part: str = "",
) -> CardSession:
    """Open Checkout for an order, or for a `part` of it: deposit or balance.

    Reference, part and end are the idempotency key: asked again, the same session answers.
    """
    params: Any = {
        "mode": "payment",
        "client_reference_id": reference,
        "metadata": {"reference": reference, "fair": str(fair_id)},
        "payment_intent_data": {"metadata": {"reference": reference, "fair": str(fair_id)}},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": total.currency.lower(),
                    "unit_amount": to_stripe(total),
                    "product_data": {"name": label},
                },
            }
        ],
        "success_url": f"{return_url}?back=paid",
        "cancel_url": f"{return_url}?back=cancelled",
        "expires_at": int(expires_at.timestamp()),
        "locale": locale,
    }
    if email:
        params["customer_email"] = email
    if part:
        params["metadata"]["part"] = part
    of_part = f"{reference}-{part}" if part else reference
    key = f"order-{of_part}-{params['expires_at']}"  # with another end it is another request to Stripe
    return _session(_ask(lambda c: c.v1.checkout.sessions.create(params, {"idempotency_key": key})))


def find_session(session_id: str) -> CardSession:
    return _session(_ask(lambda c: c.v1.checkout.sessions.retrieve(session_id)))


def close_session(session_id: str) -> CardSession:
    """Expire a session so that nobody pays in it any more; returns it as it is then, which may be paid."""
    try:
        return _session(_ask(lambda c: c.v1.checkout.sessions.expire(session_id)))
    except CardServiceRefused:
        return find_session(session_id)


def refund(payment_intent: str, amount: Money, key: str) -> str:
    """Give back a part or all of a payment; returns Stripe's number for it."""
    params: Any = {"payment_intent": payment_intent, "amount": to_stripe(amount)}
    return str(_ask(lambda c: c.v1.refunds.create(params, {"idempotency_key": key}))["id"])


def verify_webhook(raw: bytes, header: str) -> CardEvent:
    """Check the signature over the raw bytes (https://docs.stripe.com/webhooks#verify-manually), then read them."""
    secret = webhook_secret()
    if not secret:
        raise ForgedWebhook()  # without a secret nobody can prove to be Stripe
    try:
        event = stripe.Webhook.construct_event(raw, header, secret)
        payload = event.to_dict()
        json.dumps(payload, ensure_ascii=False).encode()  # half a character can be kept nowhere
        thing = payload["data"]["object"]
        return CardEvent(
            id=str(payload["id"])[:120],
            kind=str(payload["type"])[:80],
            payload=payload,
            session=_session(thing) if thing.get("object") == "checkout.session" else None,
            created_at=datetime.fromtimestamp(payload["created"], UTC),
        )
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ForgedWebhook() from error  # signed or not: it has not the shape of an event


def webhook_secret() -> str:
    """What events must be signed with: the setting, else the demonstration desk's own; empty where there is neither."""
    configured = current_app.config["FAIR_STRIPE_WEBHOOK_SECRET"]
    return str(configured or current_app.extensions.get("stripe_desk_secret", ""))


def _ask(question: Any) -> dict[str, Any]:
    """Ask, with Stripe's faults in our words: no answer may be asked again, a refusal may not."""
    try:
        return dict(question(_client()).to_dict())
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise CardServiceDown() from error
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= 500 or error.http_status == 409:
            raise CardServiceDown() from error
        if error.http_status == 404:
            raise UnknownToStripe() from error
        current_app.logger.warning("stripe refused: %s %s", error.http_status, error.user_message or error)
        raise CardServiceRefused() from error


def _client() -> stripe.StripeClient:
    client = current_app.extensions.get("stripe_client")
    if client is None:
        config = current_app.config
        desk = f"{config['FAIR_PUBLIC_URL']}/desk/stripe" if not config["FAIR_STRIPE_KEY"] else ""
        base = config["FAIR_STRIPE_API_BASE"] or desk
        options: Any = {"base_addresses": {"api": base}} if base else {}
        http = current_app.extensions.get("stripe_http_client")  # tests reach the desk without a network
        key = config["FAIR_STRIPE_KEY"] or current_app.extensions.get("stripe_desk_key", "none")
        client = stripe.StripeClient(key, http_client=http, max_network_retries=2, **options)
        current_app.extensions["stripe_client"] = client
    return client


def _session(thing: dict[str, Any]) -> CardSession:
    """Raises ValueError or TypeError for what has not a session's shape."""
    fair = str((thing.get("metadata") or {}).get("fair", ""))
    amount = thing["amount_total"]
    if type(amount) is not int or not 0 <= amount < 10**12:
        raise ValueError("not an amount that a card can be charged")
    return CardSession(
        id=_text(thing["id"]),
        url=_text(thing["url"], 2000) if thing.get("url") else None,
        status=_text(thing["status"]),
        paid=thing["payment_status"] == "paid",
        fair_id=int(fair) if fair.isascii() and fair.isdigit() and len(fair) < 10 else None,
        reference=_text(thing.get("client_reference_id") or ""),
        payment_intent=_text(thing["payment_intent"]) if thing.get("payment_intent") else None,
        amount=from_stripe(amount, _text(thing["currency"], 3)),
        part=_text((thing.get("metadata") or {}).get("part") or "", 10),
    )


def _text(value: Any, at_most: int = 120) -> str:
    if not isinstance(value, str) or len(value) > at_most or not value.isprintable():
        raise ValueError("not a word of Stripe's")
    return value
