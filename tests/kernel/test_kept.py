"""What is kept until somebody writes: the same answer for all readers, another one at once after each change."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text, update

from app import clock
from app.accounts.models import Person
from app.db import database_state, db, transaction, writing
from app.fairs.models import Exhibitor, Fair
from app.front.day import fair_figures
from app.front.visits_chart import visits_by_quarter
from app.kept import KeptUntilWritten
from app.passes.quota import quotas_of, without_booth
from app.reports.tally import Tally
from app.visitors.gate_facts import gate_facts
from app.visitors.models import Gate, Registration, Scan, Visit
from app.visitors.passages import doubled, entries_by_quarter
from tests.support.cast import Cast
from tests.visitors.stage import NOON, at, new_badge


def person(email: str) -> Person:
    return Person(email=email, name="Ola", created_at=clock.now())


def test_the_state_is_equal_until_anybody_commits(app: Flask) -> None:
    with app.app_context():
        before = database_state()
        assert database_state() == before
        with pytest.raises(RuntimeError), transaction():
            db.session.add(person("never@example.org"))
            db.session.flush()
            assert database_state() is None
            raise RuntimeError
        with transaction():
            db.session.add(person("ola@example.org"))
        after = database_state()
        assert after != before
        with writing() as connection:
            connection.execute(text("UPDATE person SET name = 'Ôla'"))
        assert database_state() not in (before, after)


def test_who_has_read_before_a_change_keeps_nothing_old(app: Flask) -> None:
    """The reader's own snapshot is older than the state; on SQLite it would go on to see that one."""
    kept: KeptUntilWritten[int] = KeptUntilWritten(4)

    def people() -> int:
        return kept.get("people", lambda: db.session.scalar(text("SELECT count(*) FROM person")) or 0)

    with app.app_context():
        seen = people()
        assert db.session.scalar(select(func.count()).select_from(Person)) == seen
        with db.engine.connect() as other:
            other.execute(insert(Person), {"email": "x@example.org", "name": "X", "created_at": clock.now()})
            other.commit()
        assert [people(), people()] == [seen + 1, seen + 1]


def test_the_organisers_figures_follow_each_scan_at_once(app: Flask, cast: Cast) -> None:
    at(NOON)
    badge, now = new_badge(app, "huong@example.jp"), clock.now()
    with app.app_context():
        fair = db.session.get_one(Fair, cast.fair.id)
        gates = db.session.scalars(select(Gate).where(Gate.fair_id == fair.id).order_by(Gate.id)).all()
        day, facts = clock.fair_day(fair, now), gate_facts(fair.id, fresh=True)
        figures: dict[str, Callable[[], Any]] = {
            "visits": lambda: sum(group.number for group in Tally(fair).visits),
            "persons": lambda: sum(group.number for group in Tally(fair).visitors),
            "by gate": lambda: sum(Tally(fair).visitors_by_gate.values()),
            "of the day": lambda: sum(visits_by_quarter(fair, [day], list(gates))[0].totals),
            "of the fair": lambda: fair_figures(fair, now).visits,
            "entries": lambda: entries_by_quarter(fair, facts, day).entries,
            "twice": lambda: len(doubled(fair, day)),
        }
        assert {name: figure() for name, figure in figures.items()} == dict.fromkeys(figures, 0)
        visit = {"fair_id": fair.id, "badge_id": badge.id, "gate_id": gates[0].id, "day": day}
        scan = visit | {
            "direction": "in", "code_digest": "", "scanned_at": now, "received_at": now, "verdict": "admitted",
            "colour": "green", "counts": "entry",
        }  # fmt: skip
        with transaction():
            person = {"registration_id": badge.registration_id, "category_id": badge.category_id, "scan_id": "s"}
            db.session.add(Visit(**visit, **person, first_at=now))
            for n in range(2):
                db.session.add(Scan(**scan, id=f"s{n}", counted_at=now + timedelta(seconds=n)))
        assert {name: figure() for name, figure in figures.items()} == dict.fromkeys(figures, 1) | {"entries": 2}
        with writing() as connection:
            connection.execute(text("DELETE FROM visit"))
        assert [figures[name]() for name in ("visits", "persons", "by gate", "of the day", "of the fair")] == [0] * 5


def test_a_longer_fair_counts_other_days_though_no_scan_came(app: Flask, cast: Cast) -> None:
    """What a figure takes from the fair, which was read before, is part of its key."""
    at(NOON)
    badge = new_badge(app, "huong@example.jp")
    with app.app_context():
        fair = db.session.get_one(Fair, cast.fair.id)
        gate = db.session.scalars(select(Gate).where(Gate.fair_id == fair.id)).first()
        assert gate is not None
        with transaction():
            db.session.add(
                Visit(
                    fair_id=fair.id, registration_id=badge.registration_id, day=fair.ends_on + timedelta(days=1),
                    badge_id=badge.id, scan_id="s", gate_id=gate.id, category_id=badge.category_id, first_at=NOON,
                )
            )  # fmt: skip
        assert [Tally(fair).visits, fair_figures(fair, NOON).visits] == [[], 0]
        db.session.expunge(fair)
        fair.ends_on += timedelta(days=1)  # never written
        assert [sum(group.number for group in Tally(fair).visits), fair_figures(fair, NOON).visits] == [1, 1]


def test_passes_are_counted_anew_when_one_is_given(app: Flask, cast: Cast) -> None:
    at(NOON)
    with app.app_context():
        fair = db.session.get_one(Fair, cast.fair.id)
        company = db.session.scalars(select(Exhibitor).where(Exhibitor.fair_id == fair.id)).first()
        assert company is not None

        def given() -> list[int]:
            return [quotas_of(fair, [company.id])[0].given, sum(n for _company, n in without_booth(fair))]

        assert given() == [0, 0]
        badge = new_badge(app, "nhan-vien@example.vn")
        with transaction():
            db.session.execute(
                update(Registration)
                .where(Registration.id == badge.registration_id)
                .values(source="exhibitor", exhibitor_id=company.id)
            )
        assert given() == [1, 1]
