"""Turns: as many at once as there are places, in the order in which they came, and nobody waits for ever."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask, request

from app.turns import PAGES_AT_ONCE, PATIENCE_SECONDS, QUICK_AT_ONCE, Turns


def test_those_who_wait_go_in_as_they_came() -> None:
    turns, order = Turns(2), []
    turns.enter()
    turns.enter()

    def work(n: int) -> None:
        turns.enter()
        order.append(n)
        turns.leave()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for n, thread in enumerate(threads, start=1):
        thread.start()
        while len(turns.line) < n:
            time.sleep(0.001)
    turns.leave()
    for thread in threads:
        thread.join(5)
    turns.leave()
    assert order == list(range(8))
    assert (turns.places, len(turns.line)) == (2, 0)


def test_never_more_are_in_than_there_are_places() -> None:
    turns, inside, most = Turns(3), 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            turns.enter()
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0)
            with lock:
                inside -= 1
            turns.leave()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert 1 <= most <= 3
    assert turns.places == 3


def test_who_has_waited_long_goes_in_beside_the_others() -> None:
    turns = Turns(1)
    turns.enter()
    began = time.monotonic()
    turns.enter(patience=0.05)
    assert 0.04 < time.monotonic() - began < 2
    assert turns.places == -1
    turns.leave()
    turns.leave()
    assert turns.places == 1


@pytest.mark.parametrize(
    ("path", "accept", "takes"),
    [
        ("/fairs/test-fair/plan", "text/html,*/*", True),
        ("/nowhere", "text/html,*/*", True),
        ("/fairs/test-fair/plan", "*/*", False),
        ("/fairs/test-fair/live/since?topics=booths", "application/json", False),
        ("/fairs/test-fair/organise/badges/1.pdf", "text/html,*/*", False),
    ],
)
def test_pages_take_turns_and_leave_them_whatever_came_of_it(
    app: Flask, cast: Any, client: Any, path: str, accept: str, takes: bool
) -> None:
    taken = []
    app.before_request_funcs[None].append(lambda: taken.append("phien.turns" in request.environ))
    try:
        client.get(path, headers={"Accept": accept})
    finally:
        app.before_request_funcs[None].pop()
    assert any(taken) is takes
    turns = app.extensions["turns"]
    assert turns.places == PAGES_AT_ONCE


def test_a_page_that_fails_leaves_its_turn(app: Flask, cast: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("app.booths.floorplan.plan_version", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_UNEXPECTED", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    for _ in range(2 * PAGES_AT_ONCE):
        answer = client.get("/fairs/test-fair/plan", headers={"Accept": "text/html"})
        assert answer.status_code == 500
    assert app.extensions["turns"].places == PAGES_AT_ONCE


def test_who_sends_a_scan_slowly_holds_no_gates_place(live_server: Any) -> None:
    path = "/api/v1/fairs/test-fair/scans"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n["
    with ExitStack() as connections:
        for _ in range(4 * QUICK_AT_ONCE):
            connection = socket.create_connection(("127.0.0.1", live_server.port), timeout=10)
            connections.enter_context(connection)
            connection.sendall(head.encode())
        time.sleep(0.3)
        body = json.dumps([]).encode()
        asked = urllib.request.Request(f"{live_server.url}{path}", body, {"Content-Type": "application/json"})
        began = time.monotonic()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=10)
        refused.value.close()
        assert refused.value.code == 401
        assert time.monotonic() - began < PATIENCE_SECONDS / 2


def test_who_stands_in_line_has_asked_the_database_nothing(app: Flask) -> None:
    """A line of pages that each held a connection would leave none for the gates."""
    first = app.url_value_preprocessors[None][0]
    assert first.__module__ == "app.turns"
