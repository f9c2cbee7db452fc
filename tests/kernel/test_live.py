"""Live streams never take the site: beyond their seats they are refused at once, and pages ask instead."""

import re
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.live_seats import Seats
from tests.booths.test_plan_page import rival_takes
from tests.support.browser import assert_quiet
from tests.visitors.stage import change_fair

LIVE = "/fairs/test-fair/live?topics=booths"
PAGE_SECONDS = 2.0  # any page, however many streams there are
Opener = Callable[..., tuple[int, dict[str, str]]]


@pytest.fixture
def open_stream() -> Iterator[Opener]:
    """Opens a stream on a connection of its own and answers status and headers; it stays open until the test ends."""
    with ExitStack() as connections:

        def opened(server: Any, cookie: str = "", address: str = "127.0.0.1") -> tuple[int, dict[str, str]]:
            connection = connections.enter_context(
                socket.create_connection(("127.0.0.1", server.port), timeout=10, source_address=(address, 0))
            )
            connection.sendall(
                f"GET {LIVE} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n\r\n".encode()
            )
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            first, *lines = head.split(b"\r\n\r\n")[0].decode().split("\r\n")
            return int(first.split()[1]), dict(line.split(": ", 1) for line in lines)

        opened.hang_up = connections.close  # type: ignore[attr-defined]
        yield opened  # type: ignore[misc]


def seconds_of(server: Any, path: str) -> float:
    began = time.monotonic()
    with urllib.request.urlopen(f"{server.url}{path}", timeout=10) as answer:
        assert answer.status == 200
        answer.read()
    return time.monotonic() - began


def workers_of(server: Any) -> int:
    return 1 if server.app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite") else 2


def test_strangers_with_many_streams_stop_nobody(live_server: Any, open_stream: Opener) -> None:
    """40 threads a process: strangers get 13 seats of it, all together 20."""
    answers = [open_stream(live_server) for _ in range(60)]
    served = [status for status, _headers in answers].count(200)
    assert 1 <= served <= 13 * workers_of(live_server)
    refused = [headers for status, headers in answers if status == 503]
    assert len(refused) == 60 - served
    assert int(refused[0]["Retry-After"]) >= 60
    for path in ("/healthz", "/fairs/test-fair/plan", "/fairs/test-fair/live/since?topics=booths"):
        assert seconds_of(live_server, path) < PAGE_SECONDS
    status, _headers = open_stream(live_server, f"phien={live_server.session_of(live_server.cast.ola)}")
    assert status == 200, "the organiser was refused because of strangers"


def test_one_address_takes_a_few_and_leaves_the_rest_to_others(live_server: Any, open_stream: Opener) -> None:
    live_server.restart(FAIR_STREAMS_PER_ADDRESS="3")
    answers = [open_stream(live_server)[0] for _ in range(20)]
    assert answers.count(200) <= 3 * workers_of(live_server)
    assert open_stream(live_server, address="127.0.0.2")[0] == 200


def test_a_seat_is_free_again_soon_after_its_reader_has_gone(live_server: Any, open_stream: Opener) -> None:
    live_server.restart(FAIR_STREAMS_PER_ADDRESS="1")
    while open_stream(live_server)[0] == 200:  # until every process has given its seat
        pass
    open_stream.hang_up()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 6
    while open_stream(live_server)[0] != 200:
        assert time.monotonic() < deadline, "the seats stayed taken"
        time.sleep(0.2)


def test_open_pages_do_not_hold_up_a_server_that_stops(live_server: Any, open_stream: Opener) -> None:
    assert [open_stream(live_server)[0] for _ in range(4)] == [200] * 4
    began = time.monotonic()
    live_server.stop()
    assert time.monotonic() - began < 8  # later it would be killed, and say so
    assert "SIGKILL" not in live_server.log.read_text()


def test_a_question_for_the_head_takes_no_seat(app: Flask, client, cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["live"], "started", True)  # its thread would outlive this test
    seats: Seats = app.extensions["live_seats"]
    for _ in range(3):
        assert client.head(LIVE).status_code == 200
    assert seats.strangers.total() == 0
    assert app.extensions["live"].streams == {}
    with client.get(LIVE) as answer:
        assert answer.status_code == 200
        assert seats.strangers.total() == 1
    assert seats.strangers.total() == 0
    assert app.extensions["live"].streams == {}


def test_staff_use_what_strangers_leave_and_their_own() -> None:
    seats = Seats(threads=30, at_one_address=100)
    strangers = [seats.take(f"10.0.0.{n}", is_staff=False) for n in range(20)]
    assert len([leave for leave in strangers if leave]) == 10
    staff = [seats.take("10.0.0.1", is_staff=True) for _ in range(20)]
    assert len([leave for leave in staff if leave]) == 5
    assert strangers[0] is not None
    strangers[0]()
    assert seats.take("10.0.0.9", is_staff=True) is not None


@pytest.fixture
def crowded(live_server: Any) -> Any:
    """A server whose strangers' seats are all taken, a month before the fair."""
    day = datetime.now(UTC).date() + timedelta(days=30)
    change_fair(live_server.app, starts_on=day, ends_on=day + timedelta(days=3))
    live_server.restart(FAIR_STREAMS_PER_ADDRESS="0")
    return live_server


def test_a_refused_page_asks_at_once_and_tries_the_stream_again(page: Page, crowded: Any) -> None:
    asked: list[tuple[float, str, int]] = []
    page.on("response", lambda r: asked.append((time.monotonic(), r.url, r.status)) if "/live" in r.url else None)
    page.clock.install()
    page.goto(f"{crowded.url}/fairs/test-fair/plan")
    expect(page.locator("#b-A05")).to_have_attribute("aria-label", re.compile("^A05"))
    deadline = time.monotonic() + 5
    while not any("/since" in url for _at, url, _status in asked):
        assert time.monotonic() < deadline, asked
        page.wait_for_timeout(50)
    refused = next(at for at, url, status in asked if status == 503 and "/since" not in url)
    first_question = next(at for at, url, _status in asked if "/since" in url)
    assert first_question - refused < 1
    rival_takes(crowded, "A05")
    page.clock.run_for(4000)
    expect(page.locator("#b-A05")).to_have_attribute("aria-label", re.compile("^A05, người khác đang giữ"))
    crowded.restart(FAIR_STREAMS_PER_ADDRESS="24")
    page.clock.run_for(370_000)
    deadline = time.monotonic() + 5
    while not any(status == 200 and "/since" not in url for _at, url, status in asked):
        assert time.monotonic() < deadline, asked[-5:]
        page.wait_for_timeout(50)
    assert_quiet(page)
