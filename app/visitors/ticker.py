"""Tells open pages that scans came in: at most once a second a process, and never in a scan's own way."""

import threading
import time

from app.db import transaction
from app.live import publish

EVERY_SECONDS = 1.0
_told: dict[int, float] = {}
_lock = threading.Lock()


def tell_of_scans(fair_id: int) -> None:
    """Publish "scans" for the fair, unless this process has just done so."""
    now = time.monotonic()
    with _lock:
        if now - _told.get(fair_id, 0.0) < EVERY_SECONDS:
            return
        _told[fair_id] = now
    with transaction():
        publish(fair_id, "scans", {})
