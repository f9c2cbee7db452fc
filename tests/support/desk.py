"""Reaching the desk that plays Stripe's server from inside the tests: the real SDK, without a network."""

from typing import Any
from urllib.parse import urlsplit

import stripe
from flask import Flask

from app.demo.stripe_desk import sessions, webhooks
from app.demo.stripe_desk.store import DeskStore

GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000002"


class DeskClient(stripe.HTTPClient):
    """The SDK's transport: hands its requests to the desk's own views."""

    name = "desk"

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.app = app
        self.down = False

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> tuple[bytes, int, Any]:
        if self.down:
            raise stripe.APIConnectionError("the desk is closed", should_retry=False)
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        with self.app.test_client() as client:
            answer = client.open(target, method=method.upper(), headers=dict(headers), data=post_data or None)
        return answer.data, answer.status_code, answer.headers

    def close(self) -> None:
        pass


class Desk:
    """What a test does at the desk: pay, look, deliver webhooks when it likes."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.http = DeskClient(app)
        app.extensions["stripe_http_client"] = self.http
        app.extensions.pop("stripe_client", None)
        self.store: DeskStore = app.extensions["stripe_desk"]
        self.store.connection.executescript(
            "DELETE FROM object; DELETE FROM answer; DELETE FROM delivery; DELETE FROM setting"
        )

    def pay(self, session_id: str, now: int, card: str = GOOD_CARD) -> dict[str, Any]:
        return sessions.pay(self.store, session_id, card, now)

    def deliver(self) -> list[tuple[int, str]]:
        """Send every waiting webhook to the product; returns each answer's status and outcome."""
        answers = []

        def send(payload: bytes, header: str) -> int:
            with self.app.test_client() as client:
                answer = client.post("/webhooks/stripe", data=payload, headers={"Stripe-Signature": header})
            answers.append((answer.status_code, (answer.get_json(silent=True) or {}).get("outcome", "")))
            return answer.status_code

        webhooks.send_due(self.store, self.app.extensions["stripe_desk_secret"], send)
        return answers
