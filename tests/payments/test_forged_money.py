"""Nobody pays with words: unsigned events, events signed with nothing, and the desk's money at a real fair."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.payments.stripe_gateway import webhook_secret

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "created": 1,
    "data": {"object": {"object": "checkout.session"}},
}


SESSION = {
    "object": "checkout.session",
    "id": "cs_1",
    "status": "complete",
    "payment_status": "paid",
    "payment_intent": "pi_1",
    "client_reference_id": "PH1",
    "amount_total": 1000,
    "currency": "vnd",
    "metadata": {"fair": "1"},
}


def signed(body: bytes, secret: str) -> dict[str, str]:
    at = int(time.time())
    word = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={at},v1={word}", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    "settings",
    [{"FAIR_HOST": "0.0.0.0"}, {"FAIR_STRIPE_KEY": "sk_live_x"}],
    ids=["no key, open to a network", "a key without a webhook secret"],
)
@pytest.mark.parametrize("secret", ["none", "None", " "])
def test_without_a_secret_nobody_can_prove_to_be_stripe(tmp_path, settings: dict[str, Any], secret: str) -> None:
    app = create_app({"TESTING": True, "FAIR_DATA_DIR": str(tmp_path), "FAIR_SECRET_KEY": "x", **settings})
    with app.app_context():
        assert webhook_secret() == ""
    body = json.dumps(EVENT).encode()
    assert app.test_client().post("/webhooks/stripe", data=body, headers=signed(body, secret)).status_code == 400


@pytest.mark.parametrize(
    "event",
    [[], "x", None, {}, EVENT | {"data": None}, EVENT | {"data": {"object": None}}, EVENT]
    + [
        EVENT | {"data": {"object": SESSION | {"amount_total": 10**30}}},
        EVENT | {"data": {"object": SESSION | {"payment_intent": {"id": 1}}}},
        EVENT | {"data": {"object": SESSION | {"client_reference_id": ["PH"]}}},
        EVENT | {"created": 10**30, "data": {"object": SESSION}},
    ],
    ids=["list", "text", "null", "empty", "no data", "no object", "no session"]
    + ["giant amount", "intent of no shape", "reference of no shape", "a day that no calendar has"],
)
def test_a_signed_event_of_no_shape_is_refused(app: Flask, client, event: Any) -> None:
    with app.app_context():
        secret = webhook_secret()
    body = json.dumps(event).encode()
    assert client.post("/webhooks/stripe", data=body, headers=signed(body, secret)).status_code == 400


def test_the_desks_money_buys_nothing_at_a_real_fair(app: Flask, client, cast) -> None:
    with app.app_context():
        secret = webhook_secret()
    session = {
        "object": "checkout.session", "id": "cs_1", "status": "complete", "payment_status": "paid", "url": None,
        "metadata": {"fair": str(cast.fair.id)}, "client_reference_id": "PH1", "payment_intent": "pi_1",
        "amount_total": 1, "currency": "vnd",
    }  # fmt: skip
    body = json.dumps(EVENT | {"data": {"object": session}}).encode()
    answer = client.post("/webhooks/stripe", data=body, headers=signed(body, secret))
    assert (answer.status_code, answer.json["outcome"]) == (200, "not_ours")


def test_the_desk_takes_its_own_key_only_and_leads_back_to_us(app: Flask, client, market) -> None:
    form = {"mode": "payment", "success_url": "http://evil.example/", "line_items[0][quantity]": "1"}
    foreign = client.post("/desk/stripe/v1/checkout/sessions", data=form, headers={"Authorization": "Bearer sk_x"})
    assert foreign.status_code == 401
    key = app.extensions["stripe_desk_key"]
    away = client.post("/desk/stripe/v1/checkout/sessions", data=form, headers={"Authorization": f"Bearer {key}"})
    assert away.status_code == 400
    assert away.get_json()["error"]["param"] == "success_url"
