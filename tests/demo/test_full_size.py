"""The fair that the product is measured on, at its true size: 650 / 26 / 7 / 13,0xx / 1,3xx, by counting rows."""

from datetime import UTC, datetime
from random import Random

import pytest
from flask import Flask
from sqlalchemy import text

from app import clock
from app.db import db
from app.demo.create import create_demo
from app.demo.edition import editions
from app.demo.people import plan_visitors
from app.fairs.lookup import fair_by_slug
from app.reports.figures import figures_of
from app.reports.rules import RULES
from app.reports.tally import Tally

ROWS = {
    "booths": "SELECT count(*) FROM booth WHERE fair_id = :fair AND state = 'let'",
    "provinces": "SELECT count(DISTINCT province) FROM exhibitor WHERE fair_id = :fair AND kind <> 'represented'",
    "countries": "SELECT count(DISTINCT country) FROM exhibitor WHERE fair_id = :fair AND country <> 'VN'",
    "exhibitors": "SELECT count(*) FROM exhibitor WHERE fair_id = :fair AND kind <> 'represented'",
    "visits": """SELECT count(*) FROM (
        SELECT DISTINCT badge.registration_id, scan.day FROM scan
        JOIN badge ON badge.id = scan.badge_id
        JOIN visitor_category ON visitor_category.id = badge.category_id AND visitor_category.counts
        WHERE scan.fair_id = :fair AND scan.direction = 'in' AND scan.verdict IN ('admitted', 'admitted_again')
    ) AS entered""",
    "unique_visitors": "SELECT count(DISTINCT registration_id) FROM visit WHERE fair_id = :fair",
    "deals_recorded": "SELECT count(*) FROM deal WHERE fair_id = :fair AND state NOT IN ('cancelled', 'disputed')",
}


@pytest.fixture
def full_demo(app: Flask, database: str) -> Flask:
    """Everything, on the embedded default alone: twice would double the longest test for no other statement."""
    if database != "sqlite":
        pytest.skip("full size on the embedded default; the small demonstration runs on both")
    clock.set_offset(datetime(2026, 11, 24, 7, 0, tzinfo=UTC) - datetime.now(UTC))
    with app.app_context():
        create_demo(clock.now(), lambda share: None)
    return app


def test_the_report_prints_the_totals_of_2019_and_the_rows_say_the_same(full_demo: Flask) -> None:
    with full_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        figures = {id_: figure.value for id_, figure in figures_of(Tally(fair), RULES["iso"]).items()}
        for figure_id, statement in ROWS.items():
            assert db.session.scalar(text(statement), {"fair": fair.id}) == figures[figure_id], figure_id
        assert (figures["booths"], figures["provinces"], figures["countries"]) == (650, 26, 7)
        assert 335 <= figures["exhibitors"] <= 345
        assert 13_000 < figures["visits"] < 13_100
        assert 1_300 < figures["deals_recorded"] < 1_400

        def number(statement: str) -> int:
            return int(db.session.scalar(text(statement), {"fair": fair.id}) or 0)

        assert number("SELECT count(*) FROM badge WHERE fair_id = :fair") == 13_000
        assert number("SELECT count(*) FROM scan WHERE fair_id = :fair") > 2 * figures["visits"]
        assert number("SELECT count(DISTINCT verdict) FROM scan WHERE fair_id = :fair AND colour = 'red'") >= 6
        assert number("SELECT count(*) FROM deal WHERE fair_id = :fair AND state IN ('cancelled', 'disputed')") > 20
        largest = number("SELECT max(amount_minor) FROM deal WHERE fair_id = :fair AND currency = 'USD'")
        assert 100_000_00 <= largest < 1_000_000_00
        today = fair_by_slug("hanoi-today")
        let = text("SELECT count(*) FROM booth WHERE fair_id = :fair AND state = 'let'")
        assert db.session.scalar(let, {"fair": today.id}) == 650
        assert number("SELECT count(*) FROM registration r JOIN visitor_category c ON c.id = r.category_id AND c.counts"
                      f" WHERE r.fair_id = {today.id}") == 600  # fmt: skip


def test_the_same_seed_makes_the_same_people_and_another_makes_others() -> None:
    edition = editions(datetime(2026, 11, 24, 7, 0, tzinfo=UTC))[0]
    one, again, other = (plan_visitors(Random(seed), edition) for seed in (2019, 2019, 2018))
    assert one == again
    assert one != other
