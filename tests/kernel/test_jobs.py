"""Sweeps do not wait for each other, and none runs twice at once."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock, jobs
from app.booths.models import Allocation, Booth, Hold
from app.db import db, transaction
from app.jobs import Round
from app.mail import Mail, queue_mail
from tests.support.mail_sink import SilentServer
from tests.visitors.stage import open_today

SOON = 6.0  # seconds: less than a silent mail server costs


class Work:
    """A sweep that takes as long as the test says, and counts its runs."""

    def __init__(self) -> None:
        self.may_end, self.runs, self.at_once, self.most_at_once = threading.Event(), 0, 0, 0

    def __call__(self) -> None:
        self.runs += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.may_end.wait(10)
        self.at_once -= 1


@pytest.fixture
def begin(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Round]]:
    """Starts a thread for a sweep, as the worker does."""
    started: list[Round] = []

    def start(work: Callable[[], Any]) -> Round:
        name = f"sweep_{len(started)}"
        monkeypatch.setitem(jobs.SWEEPS, name, work)
        started.append(Round(app, name))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.end()
        one.join(5)


def wait_for(holds: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_sweep_that_hangs_holds_up_no_other(begin) -> None:
    silent, quick = Work(), Work()
    quick.may_end.set()
    hanging, other = begin(silent), begin(quick)
    hanging.wake()
    assert wait_for(lambda: silent.runs == 1)
    other.wake()
    assert wait_for(lambda: quick.runs == 1 and quick.at_once == 0)
    assert silent.at_once == 1
    silent.may_end.set()


def test_a_sweep_woken_while_at_work_runs_once_more_afterwards(begin) -> None:
    work = Work()
    one = begin(work)
    one.wake()
    assert wait_for(lambda: work.runs == 1)
    for _hurry in range(5):
        one.wake()
    work.may_end.set()
    assert wait_for(lambda: work.runs == 2)
    time.sleep(0.1)
    assert (work.runs, work.most_at_once) == (2, 1)


def test_a_sweep_that_fails_runs_again(begin, caplog: pytest.LogCaptureFixture) -> None:
    runs = []

    def work() -> None:
        runs.append(1)
        raise RuntimeError("no")

    one = begin(work)
    for n in (1, 2):
        one.wake()
        assert wait_for(lambda n=n: len(runs) == n)


def test_holds_end_and_badges_go_out_while_a_mail_server_says_nothing(
    live_server: Any, silent_server: SilentServer
) -> None:
    open_today(live_server.app)
    with live_server.app.app_context():
        _twelve_mails(live_server.cast)
        _hold_that_ran_out(live_server.cast)
        live_server.restart(FAIR_MAIL_URL=silent_server.url)
        assert wait_for(lambda: bool(silent_server.calls), SOON)
        assert wait_for(lambda: _value(select(Hold.state)) == "expired", SOON)
        assert _register(live_server.url, "bich@example.org") == 201  # hurries its badge
        assert wait_for(lambda: _value(select(Mail.id).where(Mail.recipient == "bich@example.org")) is not None, SOON)
    began = time.monotonic()
    live_server.stop()
    assert time.monotonic() - began < SOON


def _twelve_mails(cast: Any) -> None:
    with transaction():
        for n in range(12):
            context = {"who": "Ola", "fair_name": "Hội chợ", "role": "Finance", "link": "http://127.0.0.1/x"}
            queue_mail(f"guest{n}@example.org", "staff_invitation", "vi", cast.fair.id, context)


def _hold_that_ran_out(cast: Any) -> None:
    now = clock.now()
    with transaction():
        booth = db.session.scalars(select(Booth).where(Booth.number == "A05")).one()
        over = now - timedelta(seconds=1)
        hold = Hold(
            id="a-hold", fair_id=cast.fair.id, exhibitor_id=cast.exhibitor.id, held_until=over, created_at=now
        )  # fmt: skip
        db.session.add(hold)
        db.session.flush()
        booth.state, booth.held_until, booth.hold_id, booth.exhibitor_id = "held", over, hold.id, cast.exhibitor.id
        db.session.add(
            Allocation(
                fair_id=cast.fair.id, booth_id=booth.id, exhibitor_id=cast.exhibitor.id, hold_id=hold.id,
                state="held", created_at=now,
            )
        )  # fmt: skip


def _register(url: str, email: str) -> int:
    body = {"name": "Bích", "category": "public", "email": email, "country": "VN"}
    request = urllib.request.Request(
        f"{url}/api/v1/fairs/test-fair/registrations", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def _value(statement: Any) -> Any:
    found = db.session.scalar(statement)
    db.session.rollback()
    return found
