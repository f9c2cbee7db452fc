"""Corrections at the gate: figures follow, what was read stays; done once, refused clearly, raced safely."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit import SYSTEM, AuditEntry
from app.db import db, retrying
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair
from app.visitors.corrections import (
    CorrectedReportIsFinal,
    CorrectionIdTaken,
    NoEntryThatCounts,
    UndoneAlready,
    Why,
    drop_entry,
    record_missed_entry,
    undo_correction,
)
from app.visitors.models import Badge, Correction, Scan, Visit
from app.visitors.recount import recount
from tests.support.cast import Cast
from tests.visitors.stage import NOON, a_scan, at, change_fair, new_badge, send, token_for

MINUTE = timedelta(minutes=1)
LET_IN, TRIAL, MISTAKEN = Why("let_in"), Why("trial"), Why("mistaken")


@pytest.fixture
def gate(app: Flask, cast: Cast) -> dict[str, str]:
    at(NOON)
    return token_for(app, "gate")


class Desk:
    """The organiser's desk, in a context of the application."""

    def __init__(self, fair_id: int) -> None:
        self.fair_id = fair_id

    @property
    def fair(self) -> Fair:
        return db.session.get_one(Fair, self.fair_id)

    def missed(self, badge: Badge, why: Why = LET_IN, moment: Any = NOON, key: str = "", gate: str = "C1") -> str:
        key = key or str(uuid.uuid4())
        made = retrying(lambda: record_missed_entry(self.fair, key, badge.id, gate, moment, why, SYSTEM, NOON))
        return made.correction.id

    def wrong(self, scan_id: str, why: Why = TRIAL, key: str = "") -> str:
        key = key or str(uuid.uuid4())
        return retrying(lambda: drop_entry(self.fair, key, scan_id, why, SYSTEM, NOON)).correction.id

    def undo(self, other: str, key: str = "") -> str:
        key = key or str(uuid.uuid4())
        return retrying(lambda: undo_correction(self.fair, key, other, MISTAKEN, SYSTEM, NOON)).correction.id

    def holds(self) -> list[str]:
        """The scans that make visits; recounted on the way."""
        found = recount(self.fair)
        assert found.differences == []
        assert found.kept == found.by_rule
        return sorted(db.session.scalars(select(Visit.scan_id)))


@pytest.fixture
def desk(app: Flask, cast: Cast) -> Any:
    with app.app_context():
        yield Desk(cast.fair.id)


def test_missed_entry_is_a_visit_and_the_earliest_holds_it(
    app: Flask, client: Any, gate: dict[str, str], desk: Desk
) -> None:
    badge = new_badge(app, "huong@example.jp")
    [later] = send(client, gate, a_scan(badge.token))
    assert desk.holds() == [later["id"]]
    missed = desk.missed(badge, moment=NOON - 30 * MINUTE)
    assert desk.holds() == [missed]
    row = db.session.get_one(Scan, (desk.fair_id, missed))
    assert (row.verdict, row.counts, row.device_key, row.code_digest) == ("recorded_later", "entry", None, "")
    desk.undo(missed)
    assert desk.holds() == [later["id"]]
    about = (AuditEntry.subject_kind == "badge", AuditEntry.subject_id == str(badge.id))
    logged = db.session.scalars(select(AuditEntry.action).where(*about).order_by(AuditEntry.id)).all()
    assert logged[-2:] == ["badge.entry_recorded", "badge.correction_undone"]
    crew = new_badge(app, "tho@example.vn", "crew")
    desk.missed(crew)
    assert desk.holds() == [later["id"]]


def test_wrong_entry_gives_the_visit_on_and_stays_as_it_was_read(
    app: Flask, client: Any, gate: dict[str, str], desk: Desk
) -> None:
    badge = new_badge(app, "huong@example.jp")
    first, second = send(client, gate, a_scan(badge.token), a_scan(badge.token, moment=NOON + MINUTE))
    dropped = desk.wrong(first["id"])
    assert desk.holds() == [second["id"]]
    row = db.session.get_one(Scan, (desk.fair_id, first["id"]))
    assert (row.verdict, row.counts, row.annulled_by) == ("admitted", "visit", dropped)
    desk.wrong(second["id"])
    assert desk.holds() == []
    desk.undo(dropped)
    assert desk.holds() == [first["id"]]


def test_the_same_correction_again_is_done_once(app: Flask, client: Any, gate: dict[str, str], desk: Desk) -> None:
    badge = new_badge(app, "huong@example.jp")
    [entry] = send(client, gate, a_scan(badge.token))
    keys = [str(uuid.uuid4()) for _ in range(3)]
    for _ in range(2):
        assert desk.wrong(entry["id"], key=keys[0]) == keys[0]
        assert desk.undo(keys[0], key=keys[1]) == keys[1]
        assert desk.missed(badge, moment=NOON - MINUTE, key=keys[2]) == keys[2]
    assert len(db.session.scalars(select(Correction.id)).all()) == 3
    assert desk.holds() == [keys[2]]
    with pytest.raises(CorrectionIdTaken):
        desk.wrong(entry["id"], Why("wrong_person"), key=keys[0])
    with pytest.raises(CorrectionIdTaken):
        desk.missed(badge, moment=NOON - 2 * MINUTE, key=keys[2])
    with pytest.raises(CorrectionIdTaken):
        desk.missed(badge, key=entry["id"])


def test_what_cannot_be_corrected_is_refused(app: Flask, client: Any, gate: dict[str, str], desk: Desk) -> None:
    badge = new_badge(app, "huong@example.jp")
    entry, leaving = send(client, gate, a_scan(badge.token), a_scan(badge.token, direction="out"))
    for why, name in ((Why("no such"), "reason"), (Why("other"), "note"), (Why("trial", "x" * 301), "note")):
        with pytest.raises(FieldErrors) as refused:
            desk.wrong(entry["id"], why)
        assert set(refused.value.fields) == {name}
    for moment, where, name in (
        (NOON - timedelta(days=9), "C1", "at"),
        (NOON + 5 * MINUTE, "C1", "at"),
        (NOON, "Z9", "gate"),
    ):
        with pytest.raises(FieldErrors) as refused:
            desk.missed(badge, moment=moment, gate=where)
        assert set(refused.value.fields) == {name}
    with pytest.raises(NoEntryThatCounts):
        desk.wrong(leaving["id"])
    with pytest.raises(NotFound):
        desk.wrong(str(uuid.uuid4()))
    dropped = desk.wrong(entry["id"])
    with pytest.raises(NoEntryThatCounts):
        desk.wrong(entry["id"])
    undone = desk.undo(dropped)
    with pytest.raises(UndoneAlready):
        desk.undo(dropped)
    with pytest.raises(NotFound):
        desk.undo(undone)
    change_fair(app, frozen_at=NOON)
    with pytest.raises(CorrectedReportIsFinal):
        desk.wrong(entry["id"])


def at_once(app: Flask, *works: Callable[[], Any]) -> list[str]:
    """What each answered, or the code of its refusal."""
    start, answers = threading.Barrier(len(works), timeout=60), []

    def run(work: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait()
            try:
                work()
                answers.append("done")
            except DomainError as refusal:
                answers.append(refusal.code)
            except BaseException as fault:
                answers.append(repr(fault))

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def test_corrections_at_once_take_each_entry_once_while_gates_go_on(
    app: Flask, client: Any, gate: dict[str, str], cast: Cast
) -> None:
    desk = Desk(cast.fair.id)
    for n in range(6):
        badge = new_badge(app, f"{n}@example.jp")
        entry = a_scan(badge.token)
        send(client, gate, entry)

        def read(badge: Badge = badge) -> None:
            send(app.test_client(), gate, a_scan(badge.token, "C2", moment=NOON - MINUTE))

        def take_back(badge: Badge = badge, entry: dict[str, Any] = entry) -> None:
            send(app.test_client(), gate, a_scan(badge.token, moment=NOON + MINUTE, annuls=entry["id"]))

        answers = at_once(
            app,
            *[lambda entry=entry: desk.wrong(entry["id"])] * 2,
            lambda badge=badge: desk.missed(badge, moment=NOON - 2 * MINUTE),
            read,
            take_back,
        )
        assert set(answers) <= {"done", "no_entry_that_counts"}, answers
        assert answers.count("done") in (3, 4)
        with app.app_context():
            kept = db.session.scalars(select(Correction.id).where(Correction.scan_id == entry["id"])).first()
            assert len(desk.holds()) == n + 1
            if kept:
                assert at_once(app, *[lambda kept=kept: desk.undo(kept)] * 3) == ["correction_undone"] * 2 + ["done"]
                assert len(desk.holds()) == n + 1
            db.session.remove()
