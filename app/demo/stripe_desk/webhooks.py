"""The desk's webhooks: signed as Stripe signs them, tried again when they fail, and held back, doubled or turned round.

Settings, for tests and rehearsals: `mode` send | hold, `delay` seconds, `copies`, `order` kept | reversed.
"""

import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from app.demo.stripe_desk.store import DeskStore, new_id

ATTEMPTS = 12
Send = Callable[[bytes, str], int]


def emit(store: DeskStore, kind: str, thing: dict[str, Any], now: int) -> None:
    """Note an event and the deliveries that are due for it."""
    event = store.put(
        {
            "id": new_id("evt"),
            "object": "event",
            "api_version": "2025-01-01",
            "created": now,
            "type": kind,
            "livemode": False,
            "pending_webhooks": 1,
            "data": {"object": {name: value for name, value in thing.items() if not name.startswith("desk_")}},
        }
    )
    state = "held" if store.setting("mode", "send") == "hold" else "waiting"
    due = time.time() + float(store.setting("delay", "0"))
    for _copy in range(int(store.setting("copies", "1"))):
        store.rows("INSERT INTO delivery (event_id, due, state) VALUES (?, ?, ?)", event["id"], due, state)


def signature(secret: str, payload: bytes, at: int) -> str:
    """The Stripe-Signature header: https://docs.stripe.com/webhooks#verify-manually."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


def release(store: DeskStore, kind: str = "") -> int:
    """Let go what was held back (of one kind, if told); returns how many deliveries."""
    wanted = [
        row["id"]
        for row in store.rows("SELECT id, event_id FROM delivery WHERE state = 'held'")
        if not kind or (store.get(row["event_id"]) or {}).get("type") == kind
    ]
    for delivery_id in wanted:
        store.rows("UPDATE delivery SET state = 'waiting', due = ? WHERE id = ?", time.time(), delivery_id)
    return len(wanted)


def send_due(store: DeskStore, secret: str, send: Send) -> int:
    """Deliver what is due, in order unless told to turn it round; returns how many were answered with 2xx."""
    ordering = "DESC" if store.setting("order", "kept") == "reversed" else "ASC"
    done = 0
    due = store.rows(
        f"SELECT * FROM delivery WHERE state = 'waiting' AND due <= ? ORDER BY id {ordering} LIMIT 50", time.time()
    )
    for row in due:
        claimed = store.rows(
            "UPDATE delivery SET due = due + 60, attempts = attempts + 1 "
            "WHERE id = ? AND state = 'waiting' AND attempts = ? RETURNING id",
            row["id"],
            row["attempts"],
        )
        if not claimed:
            continue
        payload = json.dumps(store.get(row["event_id"])).encode()
        status = send(payload, signature(secret, payload, int(time.time())))
        attempts = row["attempts"] + 1
        if 200 <= status < 300:
            state, done = "sent", done + 1
        else:
            state = "waiting" if attempts < ATTEMPTS else "given_up"
        store.rows(
            "UPDATE delivery SET state = ?, due = ?, answer = ? WHERE id = ?",
            state,
            time.time() + min(2**attempts, 600) / 4,
            str(status),
            row["id"],
        )
    return done


def post_to(address: str) -> Send:
    """Delivery over HTTP to the shop's webhook address."""

    def send(payload: bytes, header: str) -> int:
        request = urllib.request.Request(  # noqa: S310  our own address
            address, data=payload, headers={"Content-Type": "application/json", "Stripe-Signature": header}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    return send


class Courier:
    """A thread that delivers while the desk serves; it starts with the first event, or with those that still wait."""

    def __init__(self, store: DeskStore, secret: str, send: Send) -> None:
        self.store, self.secret, self.send = store, secret, send
        self.wake = threading.Event()
        self.started = threading.Lock()

    def hurry(self) -> None:
        if self.started.acquire(blocking=False):
            threading.Thread(target=self._run, name="stripe-desk", daemon=True).start()
        self.wake.set()

    def resume(self) -> None:
        """Go on with what lay waiting when the server before was cut off: nobody may open the desk for days."""
        if self.store.rows("SELECT id FROM delivery WHERE state = 'waiting' LIMIT 1"):
            self.hurry()

    def _run(self) -> None:
        while True:
            self.wake.wait(timeout=1)
            self.wake.clear()
            send_due(self.store, self.secret, self.send)
