"""A badge is read again while its entry is taken back: whatever comes first, visits and entries agree afterwards."""

import random
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.visitors.models import Badge, Scan, Visit, VisitorCategory
from tests.support.cast import Cast
from tests.visitors.stage import NOON, a_scan, at, counts, new_badge, send, token_for

ROUNDS = 25
SECOND = timedelta(seconds=1)


@pytest.fixture
def gate(app: Flask, cast: Cast) -> dict[str, str]:
    at(NOON)
    return token_for(app, "gate")


def assert_visits_are_the_earliest_entries(app: Flask) -> None:
    """One visit a person and day with a standing entry, held by the earliest such entry; none without."""
    entries: dict[tuple[int, date], dict[str, datetime]] = {}
    with app.app_context():
        standing = (
            select(Badge.registration_id, Scan.day, Scan.id, Scan.counted_at)
            .join(Badge, Badge.id == Scan.badge_id)
            .join(VisitorCategory, VisitorCategory.id == Badge.category_id)
            .where(Scan.counts.in_(("visit", "entry")), Scan.annulled_by.is_(None), VisitorCategory.counts)
        )
        for person, day, scan_id, counted_at in db.session.execute(standing):
            entries.setdefault((person, day), {})[scan_id] = counted_at
        rows = db.session.execute(select(Visit.registration_id, Visit.day, Visit.scan_id, Visit.first_at))
        visits = {(person, day): (scan_id, first_at) for person, day, scan_id, first_at in rows}
        db.session.rollback()
    without = [key for key in entries if key not in visits]
    assert not without, f"{len(without)} of {len(entries)} standing entries without a visit"
    assert not visits.keys() - entries.keys(), "a visit without an entry"
    firsts = {key: min(moments.values()) for key, moments in entries.items()}
    late = [key for key, (scan_id, at) in visits.items() if not at == entries[key].get(scan_id) == firsts[key]]
    assert not late, f"{len(late)} of {len(visits)} visits not held by the earliest entry"


def all_at_once(*works: Callable[[], None]) -> None:
    """Each work in a thread of its own; what one of them raises, the test raises."""
    faults: list[BaseException] = []

    def kept(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=kept, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


@pytest.mark.parametrize("readers", [1, 2, 7])
def test_entry_taken_back_while_the_badge_is_read_again(app: Flask, gate: dict[str, str], readers: int) -> None:
    """One gate takes the entry back, the others read the badge, a little earlier or later by their clocks."""
    first = [a_scan(new_badge(app, f"r{n}@example.jp").token, moment=NOON) for n in range(ROUNDS)]
    with app.test_client() as client:
        send(client, gate, *first)
    start = threading.Barrier(readers + 1, timeout=60)

    def take_back() -> None:
        client = app.test_client()
        for scan in first:
            start.wait()
            [back] = send(client, gate, a_scan(scan["code"], moment=NOON + SECOND, annuls=scan["id"]))
            assert back["verdict"] == "annulled"

    def read_again(number: int) -> Callable[[], None]:
        dice = random.Random(number)

        def work() -> None:
            client = app.test_client()
            for scan in first:
                moment = NOON + dice.uniform(-20, 20) * SECOND
                start.wait()
                threading.Event().wait(dice.random() * 0.006)
                [answer] = send(client, gate, a_scan(scan["code"], f"C{number % 2 + 1}", moment=moment))
                assert answer["verdict"] in ("admitted", "admitted_again")

        return work

    all_at_once(take_back, *[read_again(n) for n in range(readers)])
    assert_visits_are_the_earliest_entries(app)


def test_two_entries_taken_back_while_a_third_gate_uploads_and_a_fourth_reads(app: Flask, gate: dict[str, str]) -> None:
    """Every round a badge with two entries: both go, while a late pair and a single scan of other moments come in."""
    rounds = []
    for n in range(3 * ROUNDS):
        token = new_badge(app, f"c{n}@example.jp").token
        rounds.append([a_scan(token, moment=NOON), a_scan(token, moment=NOON + SECOND)])
    with app.test_client() as client:
        send(client, gate, *[scan for entries in rounds for scan in entries])
    start = threading.Barrier(4, timeout=60)

    def work_at(number: int) -> Callable[[], None]:
        dice = random.Random(number)

        def work() -> None:
            client = app.test_client()
            for entries in rounds:
                code, moment = entries[0]["code"], NOON + dice.uniform(-9, 9) * SECOND
                if number < 2:
                    scans = [a_scan(code, moment=NOON + 9 * SECOND, annuls=entries[number]["id"])]
                elif number == 2:
                    scans = [a_scan(code, "C2", "in", moment), a_scan(code, "C2", "out", moment + SECOND)]
                else:
                    scans = [a_scan(code, "C1", "in", moment)]
                start.wait()
                threading.Event().wait(dice.random() * 0.006)
                send(client, gate, *scans)

        return work

    all_at_once(*[work_at(n) for n in range(4)])
    assert_visits_are_the_earliest_entries(app)


def test_scan_that_comes_alone_and_in_a_batch_at_once_is_kept_once(app: Flask, gate: dict[str, str]) -> None:
    """A device that gave up waiting for its batch sends the same scans one by one."""
    rounds = [[a_scan(new_badge(app, f"b{n}s{k}@example.jp").token) for k in range(3)] for n in range(ROUNDS)]
    start = threading.Barrier(4, timeout=60)

    def work_at(number: int) -> Callable[[], None]:
        def work() -> None:
            client = app.test_client()
            for scans in rounds:
                start.wait()
                answers = send(client, gate, *(scans if number == 3 else [scans[number]]))
                assert {answer["verdict"] for answer in answers} == {"admitted"}

        return work

    all_at_once(*[work_at(n) for n in range(4)])
    assert counts(app) == (3 * ROUNDS, 3 * ROUNDS)
    assert_visits_are_the_earliest_entries(app)


def test_entry_before_midnight_is_taken_back_after_it(app: Flask, client: Any, gate: dict[str, str]) -> None:
    """The day whose visit goes is the entry's, not that of the taking back."""
    midnight = datetime.fromisoformat("2019-12-13T00:00:00+07:00")
    at(midnight + 60 * SECOND)
    entry = a_scan(new_badge(app, "huong@example.jp").token, moment=midnight - 60 * SECOND)
    send(client, gate, entry)
    [back] = send(client, gate, a_scan(entry["code"], moment=midnight + 60 * SECOND, annuls=entry["id"]))
    assert back["verdict"] == "annulled"
    assert_visits_are_the_earliest_entries(app)
