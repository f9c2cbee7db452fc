"""The demonstration's webhooks after a power cut: what was due goes out by itself."""

import time
from typing import Any

from app.demo.stripe_desk.webhooks import emit
from tests.visitors.stage import change_fair


def test_webhooks_that_were_due_at_a_kill_go_out_when_the_server_is_back(live_server: Any) -> None:
    change_fair(live_server.app, is_demo=True)
    live_server.kill()
    store = live_server.app.extensions["stripe_desk"]
    emit(store, "payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"}, int(time.time()))
    live_server.start()
    deadline = time.monotonic() + 8
    while (state := store.rows("SELECT state FROM delivery")[0]["state"]) != "sent":
        assert time.monotonic() < deadline, f"the webhook is still {state}"
        time.sleep(0.1)
