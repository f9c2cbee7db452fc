"""The chain: all that is committed is sealed once, whoever seals; what is changed afterwards is named exactly."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text

from app import chain, clock
from app.audit import SYSTEM, AuditEntry, entry_of, record
from app.chain import ChainHead, ChainLink, forget_sealed, rows_waiting, seal_all
from app.chain_walk import What, keep, seal_rows, walk
from app.db import db, transaction
from app.payments.models import Payment, PaymentState
from app.visitors.models import Scan
from tests.support.cast import Cast
from tests.visitors.stage import NOON, a_scan, at, new_badge, send, token_for


@pytest.fixture(autouse=True)
def at_full_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "REST", 0)
    monkeypatch.setattr(chain, "BATCH", 7)


@pytest.fixture
def scans(app: Flask, client: Any, cast: Cast) -> list[str]:
    """Ten scans of ten people, in the order of their time; then a payment."""
    at(NOON)
    gate = token_for(app, "gate")
    sent = [
        a_scan(new_badge(app, f"{n}@example.jp").token, moment=NOON + clock.timedelta(seconds=n)) for n in range(10)
    ]
    for scan in sent:
        send(client, gate, scan)
    with app.app_context(), transaction():
        money = Payment(
            fair_id=cast.fair.id, method="transfer", external_id="FT1", amount_minor=1000, currency="VND",
            received_at=NOON, state=PaymentState.UNMATCHED,
        )  # fmt: skip
        db.session.add(money)
    return [scan["id"] for scan in sent]


def deeds(fair_id: int, number: int, action: str = "fair.changed") -> None:
    with transaction():
        for n in range(number):
            record(SYSTEM, action, "fair", n, fair_id)


def found(fair_id: int) -> list[tuple[str, str, What]]:
    return [(one.kind, one.row_id, one.what) for one in walk(fair_id).breaks]


def test_everything_that_proves_a_figure_is_sealed_once(app: Flask, cast: Cast, scans: list[str]) -> None:
    with app.app_context():
        fair = cast.fair.id
        assert rows_waiting(fair) >= 12
        waiting = rows_waiting(fair) + rows_waiting(chain.NO_FAIR)
        assert seal_all() == waiting
        assert seal_all() == 0
        walked = walk(fair)
        assert (walked.broken, walked.waiting) == (0, 0)
        assert walked.sealed == db.session.get_one(ChainHead, fair).position
        kinds = set(db.session.scalars(select(ChainLink.kind).where(ChainLink.fair_id == fair)))
        assert {"scan", "payment", "audit_entry"} <= kinds
        salts = select(func.count(ChainLink.salt.distinct())).where(ChainLink.fair_id == fair)
        assert db.session.scalar(salts) == walked.sealed


SWAP = (
    "UPDATE chain_link SET position = -1 WHERE position = :p AND fair_id = :fair",
    "UPDATE chain_link SET position = :p WHERE position = :q AND fair_id = :fair",
    "UPDATE chain_link SET position = :q WHERE position = -1 AND fair_id = :fair",
)


def test_what_is_changed_afterwards_is_named_exactly(app: Flask, cast: Cast, scans: list[str]) -> None:
    with app.app_context():
        fair = cast.fair.id
        seal_all()
        links = db.session.execute(select(ChainLink.row_id, ChainLink.position).where(ChainLink.kind == "scan"))
        place = {row_id: position for row_id, position in links}
        one, other = scans[3], scans[6]
        values = {"fair": fair, "p": place[one], "q": place[other], "one": one, "other": other}

        def after(*changes: str) -> list[tuple[str, str, What]]:
            with transaction():
                kept = [
                    (table, db.session.execute(select(table)).mappings().all())
                    for table in (Scan.__table__, ChainLink.__table__, ChainHead.__table__)
                ]
                for change in changes:
                    db.session.execute(text(change), values)
            broken = found(fair)
            with transaction():
                for table, rows in kept:
                    db.session.execute(table.delete())
                    db.session.execute(insert(table), [dict(row) for row in rows])
            assert found(fair) == []
            return broken

        this, that = ("scan", one), ("scan", other)
        assert after("UPDATE scan SET verdict = 'admitted_again' WHERE id = :one") == [(*this, What.ROW_ALTERED)]
        assert after("UPDATE scan SET gate_id = gate_id + 1 WHERE id = :one") == [(*this, What.ROW_ALTERED)]
        assert after("DELETE FROM scan WHERE id = :one") == [(*this, What.ROW_MISSING)]
        swapped = after(
            "UPDATE scan SET id = 'x' WHERE id = :one",
            "UPDATE scan SET id = :one WHERE id = :other",
            "UPDATE scan SET id = :other WHERE id = 'x'",
        )
        assert swapped == [(*this, What.ROW_ALTERED), (*that, What.ROW_ALTERED)]
        assert after(*SWAP) == [(*that, What.ORDER_ALTERED), (*this, What.ORDER_ALTERED)]
        altered = after("UPDATE chain_link SET digest = link WHERE position = :p AND fair_id = :fair")
        assert altered == [(*this, What.LINK_ALTERED)]
        altered = after("UPDATE chain_link SET link = digest WHERE position = :p AND fair_id = :fair")
        assert altered == [(*this, What.LINK_ALTERED)]
        gone = after("DELETE FROM chain_link WHERE position = :p AND fair_id = :fair")
        assert gone == [("", "", What.LINK_MISSING)]
        cut = after("DELETE FROM chain_link WHERE position > :q AND fair_id = :fair")
        assert {what for _kind, _row, what in cut} == {What.LINK_MISSING}
        cut = after("UPDATE chain_head SET link = :one WHERE fair_id = :fair")
        assert cut == [("", "", What.HEAD_ALTERED)]
        cut = after("UPDATE chain_head SET position = 3 WHERE fair_id = :fair")
        assert [what for _kind, _row, what in cut] == [What.HEAD_ALTERED]
        forgets = "UPDATE chain_link SET salt = NULL WHERE position = :p AND fair_id = :fair"
        assert after(forgets) == [(*this, What.STILL_THERE)]
        assert after(forgets, "DELETE FROM scan WHERE id = :one") == [(*this, What.NOT_RECORDED)]
        keep(walk(fair), NOON)
        values["end"] = max(place.values())
        cut = after(
            "DELETE FROM chain_link WHERE position >= :end AND fair_id = :fair",
            "UPDATE chain_head SET position = :end - 1, link = (SELECT link FROM chain_link"
            " WHERE fair_id = :fair AND position = :end - 1) WHERE fair_id = :fair",
        )
        assert cut == [("", "", What.HEAD_ALTERED)]


def test_altered_row_does_not_hide_as_erased(app: Flask, cast: Cast, scans: list[str]) -> None:
    with app.app_context():
        seal_all()
        with transaction():
            db.session.execute(text("UPDATE scan SET verdict = 'revoked' WHERE id = :one"), {"one": scans[3]})
            forget_sealed(SYSTEM, cast.fair.id, "scan", [scans[3]])
        assert found(cast.fair.id) == [("scan", scans[3], What.STILL_THERE)]


def test_row_that_is_committed_after_a_later_one_is_sealed(app: Flask, cast: Cast) -> None:
    """On PostgreSQL two transactions overlap; on SQLite, where none do, a lower number comes after a higher one."""
    fair = cast.fair.id
    with app.app_context():
        deeds(fair, 1)
        early, table = entry_of(SYSTEM, "fair.changed", "fair", "early", fair), AuditEntry.__table__
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as slow, slow.begin():
                slow.execute(insert(table), early)
                deeds(fair, 1)
                seal_all()
                assert rows_waiting(fair) == 0
        else:
            with transaction():
                db.session.execute(insert(table), early | {"id": 100})
            deeds(fair, 1)
            seal_all()
            with transaction():
                db.session.execute(insert(table), early | {"id": 50, "at": NOON})
        assert rows_waiting(fair) == 1
        assert seal_all() == 1
        walked = walk(fair)
        assert (walked.broken, walked.waiting) == (0, 0)


def all_at_once(app: Flask, number: int, work: Callable[[], Any]) -> list[Any]:
    start, answers = threading.Barrier(number, timeout=60), []

    def run() -> None:
        with app.app_context():
            start.wait()
            try:
                answers.append(work())
            except Exception as fault:
                answers.append(fault)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_sweeps_at_once_make_one_chain(app: Flask, cast: Cast) -> None:
    with app.app_context():
        deeds(cast.fair.id, 120)
        waiting = rows_waiting(cast.fair.id) + rows_waiting(chain.NO_FAIR)
    answers = all_at_once(app, 4, seal_all)
    assert sum(answers) == waiting, answers
    with app.app_context():
        walked = walk(cast.fair.id)
        assert (walked.broken, walked.waiting, walked.sealed) == (0, 0, 120)


def test_sweep_that_was_killed_is_carried_on(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        deeds(cast.fair.id, 30)
        salts = iter(range(17))
        with monkeypatch.context() as patch:
            patch.setattr(chain.secrets, "token_bytes", lambda n: bytes([next(salts)]) * n)
            with pytest.raises(StopIteration):
                seal_all()
        db.session.remove()
        left = rows_waiting(cast.fair.id)
        assert left == 30 - 14  # whole batches of seven
        seal_all()
        walked = walk(cast.fair.id)
        assert (walked.broken, walked.waiting, walked.sealed) == (0, 0, 30)


def test_walk_beside_a_sweep_finds_nothing_broken(app: Flask, cast: Cast) -> None:
    with app.app_context():
        deeds(cast.fair.id, 150)

    def work() -> int:
        return seal_all() and 0 if next(turns) == 0 else sum(walk(cast.fair.id).broken for _ in range(12))

    turns = iter(range(3))
    assert all_at_once(app, 3, work) == [0, 0, 0]


def test_broken_head_of_one_fair_keeps_no_other_waiting(app: Flask, cast: Cast) -> None:
    with app.app_context():
        deeds(cast.fair.id, 3)
        seal_all()
        with transaction():
            db.session.execute(text("UPDATE chain_head SET position = 1 WHERE fair_id = :fair"), {"fair": cast.fair.id})
        deeds(cast.fair.id, 3)
        deeds(cast.other_fair.id, 3)
        seal_all()
        assert (rows_waiting(cast.fair.id), rows_waiting(cast.other_fair.id)) == (3, 0)
        assert found(cast.fair.id) == [("", "", What.HEAD_ALTERED)]


def test_row_of_an_erased_person_goes_and_the_chain_holds(app: Flask, cast: Cast, scans: list[str]) -> None:
    with app.app_context():
        fair = cast.fair.id
        seal_all()
        with transaction():
            forget_sealed(SYSTEM, fair, "scan", [scans[2]])
            db.session.execute(text("DELETE FROM visit WHERE scan_id = :id"), {"id": scans[2]})
            db.session.execute(text("DELETE FROM scan WHERE id = :id"), {"id": scans[2]})
        seal_rows()
        walked = walk(fair)
        assert (walked.broken, walked.waiting, walked.forgotten) == (0, 0, 1)
        assert db.session.get_one(ChainHead, fair).breaks == 0


def test_command_ends_with_1_where_a_chain_breaks(app: Flask, cast: Cast, scans: list[str]) -> None:
    run = app.test_cli_runner()
    slug = ["--fair", cast.fair.slug]
    with app.app_context():
        seal_all()
        head = db.session.get_one(ChainHead, cast.fair.id).link
        deeds(cast.fair.id, 3)
        db.session.remove()
    sound = run.invoke(args=["chain", "verify"])
    assert (sound.exit_code, "nothing broken" in sound.output, "3 waiting" in sound.output) == (0, True, True)
    assert head in sound.output
    with app.app_context():
        seal_all()
        db.session.remove()
    noted = run.invoke(args=["chain", "verify", *slug, "--head", head[:12]])
    assert (noted.exit_code, "stands at position" in noted.output) == (0, True)
    assert run.invoke(args=["chain", "verify", *slug, "--head", "0123456789"]).exit_code == 1
    assert "at least the first 8" in run.invoke(args=["chain", "verify", *slug, "--head", "xyz"]).output
    assert "no fair with the slug" in run.invoke(args=["chain", "verify", "--fair", "nowhere"]).output
    with app.app_context(), transaction():
        db.session.execute(text("UPDATE scan SET direction = 'out' WHERE id = :id"), {"id": scans[4]})
    broken = run.invoke(args=["chain", "verify", *slug])
    assert broken.exit_code == 1
    assert f"scan {scans[4]}: row altered" in broken.output
