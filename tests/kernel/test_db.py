"""Transactions: all or nothing, and what follows a commit follows only that."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import StatementError

from app import clock
from app.accounts.models import Person
from app.db import after_commit, db, retrying, transaction


def person(email: str, at: datetime | None = None) -> Person:
    return Person(email=email, name="Ola", created_at=at or clock.now())


def test_an_error_undoes_everything(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError), transaction():
            db.session.add(person("ola@example.org"))
            raise RuntimeError
        assert db.session.scalar(select(Person)) is None


def test_a_nested_transaction_joins_the_outer_one(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError), transaction():
            with transaction():
                db.session.add(person("ola@example.org"))
            raise RuntimeError
        assert db.session.scalar(select(Person)) is None


def test_what_follows_a_commit_does_not_follow_a_failure(app: Flask) -> None:
    done: list[str] = []
    with app.app_context():
        with pytest.raises(RuntimeError), transaction():
            after_commit(done.append, "failed")
            raise RuntimeError
        with transaction():
            after_commit(done.append, "kept")
            assert done == []
    assert done == ["kept"]


def test_an_instant_comes_back_in_utc_and_a_naive_one_is_refused(app: Flask) -> None:
    hanoi = timezone(timedelta(hours=7))
    with app.app_context():
        with transaction():
            db.session.add(person("ola@example.org", datetime(2019, 12, 12, 0, 30, tzinfo=hanoi)))
        db.session.expire_all()
        kept = db.session.scalars(select(Person.created_at)).one()
        assert kept == datetime(2019, 12, 11, 17, 30, tzinfo=UTC) and kept.tzinfo is UTC
        with pytest.raises(StatementError), transaction():
            db.session.add(person("naive@example.org", datetime(2019, 12, 12)))


def test_raced_guarded_updates_have_one_winner(app: Flask) -> None:
    """24 threads want the same row, 40 rounds: exactly one gets it, and nobody sees `database is locked`."""
    with app.app_context(), transaction():
        db.session.add(person("ola@example.org"))
    for turn in range(40):
        won: list[int] = []
        failed: list[Exception] = []
        barrier = threading.Barrier(24)

        def claim(
            me: int,
            turn: int = turn,
            won: list[int] = won,
            failed: list[Exception] = failed,
            barrier: threading.Barrier = barrier,
        ) -> None:
            barrier.wait()
            try:
                with app.app_context():
                    guarded = update(Person).where(Person.session_epoch == turn).values(session_epoch=turn + 1)
                    if retrying(lambda: db.session.execute(guarded).rowcount) == 1:  # type: ignore[attr-defined]
                        won.append(me)
            except Exception as error:
                failed.append(error)

        threads = [threading.Thread(target=claim, args=(n,)) for n in range(24)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert failed == []
        assert len(won) == 1
