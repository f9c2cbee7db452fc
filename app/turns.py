"""Requests that reckon much take turns, in the order in which they came, a few at once in each process.

Threads that reckon all at once slow each other down until all of them end late. In line each takes its own time, and
the last of eight waits as long as the work of eight. Scans and holds have a line of their own, which no page is in.
"""

import threading
from collections import deque
from typing import Any

from flask import Flask, request

QUICK_ENDPOINTS: set[str] = set()  # a gate or a buyer in a rush waits for these: no network, nothing slow
PAGES_AT_ONCE = 2
QUICK_AT_ONCE = 4
QUICK_AT_ONCE_ON_SQLITE = 1  # it has one writer: who comes in beside it only takes its time
PATIENCE_SECONDS = 2.0  # whoever has waited so long goes in beside the others: a slow one stops nobody


class Turns:
    """Up to `at_once` are in, the others stand in line."""

    def __init__(self, at_once: int) -> None:
        self.places = at_once  # below 0 when the impatient are in
        self.line: deque[threading.Lock] = deque()
        self.lock = threading.Lock()

    def enter(self, patience: float = PATIENCE_SECONDS) -> None:
        with self.lock:
            if self.places > 0:
                self.places -= 1
                return
            called = threading.Lock()
            called.acquire()
            self.line.append(called)
        if not called.acquire(timeout=patience):
            with self.lock:
                if called in self.line:  # else the place came in this very moment
                    self.line.remove(called)
                    self.places -= 1

    def leave(self) -> None:
        with self.lock:
            self.places += 1
            if self.places > 0 and self.line:
                self.places -= 1
                self.line.popleft().release()


def init_turns(app: Flask) -> None:
    """Call it before init_fairs: who stands in line must hold no connection of the database."""
    on_sqlite = str(app.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite")
    pages, quick = Turns(PAGES_AT_ONCE), Turns(QUICK_AT_ONCE_ON_SQLITE if on_sqlite else QUICK_AT_ONCE)
    app.extensions["turns"] = pages

    def line_of_request() -> Turns | None:
        if request.endpoint in QUICK_ENDPOINTS:
            return quick
        is_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        return pages if is_page and "." not in request.path.rpartition("/")[2] else None

    @app.url_value_preprocessor
    def enter(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        turns = line_of_request()
        if turns is quick:
            request.get_data()  # a body that comes slowly is waited for outside
        if turns is not None:
            turns.enter()
            request.environ["phien.turns"] = turns

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        turns = request.environ.pop("phien.turns", None)
        if turns is not None:
            turns.leave()
