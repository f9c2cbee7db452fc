"""Checkout Sessions, the payments made in them, and refunds, after https://docs.stripe.com/api/checkout/sessions."""

from typing import Any
from urllib.parse import urlsplit

from app.demo.stripe_desk.errors import StripeRefusal, bad_parameter, no_such
from app.demo.stripe_desk.store import DeskStore, new_id
from app.demo.stripe_desk.webhooks import emit
from app.security import LOOPBACK

HALF_HOUR, DAY = 30 * 60, 24 * 3600
LARGEST_AMOUNT = 99_999_999  # https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts: eight digits
THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}  # the last digit must be 0
CARDS = {
    "4242424242424242": "",
    "5555555555554444": "",
    "4000000000000002": "card_declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
}


def create_session(store: DeskStore, form: dict[str, Any], now: int, public_url: str) -> dict[str, Any]:
    """A session that waits for its payer until `expires_at`, at least 30 minutes and at most a day from now."""
    if form.get("mode") != "payment":
        raise bad_parameter("mode", "This desk takes mode=payment only.")
    for name in ("success_url", "line_items"):
        if not form.get(name):
            raise bad_parameter(name, f"Missing required param: {name}.", "parameter_missing")
    if urlsplit(str(form["success_url"])).hostname not in LOOPBACK:
        raise bad_parameter("success_url", "This desk leads back to this machine only.")
    currency, amount = _total(form["line_items"])
    expires_at = int(form.get("expires_at") or now + DAY)
    if not now + HALF_HOUR - 30 <= expires_at <= now + DAY + 30:
        raise bad_parameter(
            "expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from now."
        )
    session_id = new_id("cs_test")
    with store.changing():
        return store.put(
            {
                "id": session_id,
                "object": "checkout.session",
                "created": now,
                "livemode": False,
                "mode": "payment",
                "status": "open",
                "payment_status": "unpaid",
                "payment_intent": None,
                "amount_subtotal": amount,
                "amount_total": amount,
                "currency": currency,
                "expires_at": expires_at,
                "success_url": form["success_url"],
                "cancel_url": form.get("cancel_url"),
                "client_reference_id": form.get("client_reference_id"),
                "customer_email": form.get("customer_email"),
                "locale": form.get("locale"),
                "metadata": form.get("metadata", {}),
                "url": f"{public_url}/desk/stripe/pay/{session_id}",
                "desk_lines": [_shown(line) for line in form["line_items"]],
            }
        )


def find_session(store: DeskStore, session_id: str, now: int) -> dict[str, Any]:
    """The session as it is now: one whose time has run out is expired, and says so by webhook."""
    with store.changing():
        session = store.get(session_id)
        if session is None or session["object"] != "checkout.session":
            raise no_such("checkout.session", session_id)
        if session["status"] == "open" and session["expires_at"] <= now:
            _expire(store, session, now)
        return session


def expire_session(store: DeskStore, session_id: str, now: int) -> dict[str, Any]:
    with store.changing():
        session = find_session(store, session_id, now)
        if session["status"] != "open":
            raise StripeRefusal(
                400,
                "invalid_request_error",
                f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.',
            )
        _expire(store, session, now)
        return session


def pay(store: DeskStore, session_id: str, card_number: str, now: int) -> dict[str, Any]:
    """The payer typed a card. Returns the completed session; a declined card leaves it open and raises."""
    with store.changing():
        session = find_session(store, session_id, now)
        if session["status"] != "open":
            raise StripeRefusal(
                400, "invalid_request_error", "This session takes no payment any more.", "session_closed"
            )
        refusal = CARDS.get(card_number, "incorrect_number")
        if refusal:
            failed = _intent(session, card_number, now, "requires_payment_method")
            emit(store, "payment_intent.payment_failed", store.put(failed), now)
        else:
            intent = store.put(_intent(session, card_number, now, "succeeded"))
            store.put(_charge(intent, card_number, now))
            session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"], "url": None}
            store.put(session)
            emit(store, "payment_intent.succeeded", intent, now)
            emit(store, "checkout.session.completed", session, now)
    if refusal:
        raise StripeRefusal(402, "card_error", f"The card was declined: {refusal}.", refusal)
    return session


def create_refund(store: DeskStore, form: dict[str, Any], now: int) -> dict[str, Any]:
    """Give back all or a part of a payment; never more than is left of it."""
    with store.changing():
        intent = store.get(form.get("payment_intent", ""))
        if intent is None or intent["object"] != "payment_intent":
            raise no_such("payment_intent", form.get("payment_intent", ""))
        charge = store.get(intent["latest_charge"] or "")
        if intent["status"] != "succeeded" or charge is None:
            raise bad_parameter("payment_intent", "This PaymentIntent does not have a successful charge to refund.")
        left = charge["amount"] - charge["amount_refunded"]
        amount = int(form.get("amount") or left)
        if left == 0:
            raise StripeRefusal(
                400,
                "invalid_request_error",
                f"Charge {charge['id']} has already been refunded.",
                "charge_already_refunded",
            )
        if not 0 < amount <= left:
            raise bad_parameter(
                "amount", f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})."
            )
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        store.put(charge)
        refund = store.put(
            {
                "id": new_id("re"),
                "object": "refund",
                "created": now,
                "amount": amount,
                "currency": charge["currency"],
                "charge": charge["id"],
                "payment_intent": intent["id"],
                "reason": form.get("reason"),
                "metadata": form.get("metadata", {}),
                "status": "succeeded",
            }
        )
        emit(store, "charge.refunded", charge, now)
        return refund


def _total(lines: list[dict[str, Any]]) -> tuple[str, int]:
    currencies, amount = set(), 0
    for line in lines:
        price = line.get("price_data") or {}
        unit, quantity = str(price.get("unit_amount", "")), str(line.get("quantity", "1"))
        if not (unit.isdigit() and quantity.isdigit() and price.get("currency")):
            raise bad_parameter("line_items", "Invalid integer or missing price_data.")
        currencies.add(price["currency"].lower())
        amount += int(unit) * int(quantity)
    if len(currencies) != 1:
        raise bad_parameter("line_items", "All line items must have one currency.")
    currency = currencies.pop()
    if amount > LARGEST_AMOUNT:
        raise bad_parameter("line_items", "Amount must be no more than 99,999,999.", "amount_too_large")
    if currency in THREE_DECIMALS and amount % 10:
        raise bad_parameter("line_items", f"Amounts in {currency} must be evenly divisible by 10.", "invalid_decimal")
    return currency, amount


def _shown(line: dict[str, Any]) -> dict[str, Any]:
    price = line["price_data"]
    return {
        "name": price.get("product_data", {}).get("name", ""),
        "amount": int(price["unit_amount"]) * int(line.get("quantity", 1)),
    }


def _expire(store: DeskStore, session: dict[str, Any], now: int) -> None:
    session |= {"status": "expired", "url": None}
    emit(store, "checkout.session.expired", store.put(session), now)


def _intent(session: dict[str, Any], card_number: str, now: int, status: str) -> dict[str, Any]:
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "created": now,
        "amount": session["amount_total"],
        "amount_received": session["amount_total"] if status == "succeeded" else 0,
        "currency": session["currency"],
        "status": status,
        "latest_charge": f"ch_{intent_id.removeprefix('pi_')}" if status == "succeeded" else None,
        "metadata": session["metadata"],
        "desk_card": card_number[-4:],
    }


def _charge(intent: dict[str, Any], card_number: str, now: int) -> dict[str, Any]:
    return {
        "id": intent["latest_charge"],
        "object": "charge",
        "created": now,
        "amount": intent["amount"],
        "amount_refunded": 0,
        "refunded": False,
        "currency": intent["currency"],
        "payment_intent": intent["id"],
        "paid": True,
        "status": "succeeded",
        "payment_method_details": {"type": "card", "card": {"last4": card_number[-4:], "brand": "visa"}},
    }
