"""The chart of visits: the dotted line is named where its name stands clear, else under the heading."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db, transaction
from app.fairs.models import Fair
from app.front.visits_chart import visits_by_quarter
from app.visitors.models import Gate, Visit
from app.visitors.quarter_chart import Bar, _free_spot, _round_up
from tests.support.cast import Cast
from tests.visitors.stage import NOON as BADGES_OPEN
from tests.visitors.stage import at, new_badge

NOON = datetime(2019, 12, 13, 5, tzinfo=UTC)


def bars(*tops: float) -> list[Bar]:
    return [Bar(NOON, 1, 10 + 8 * n, top, 270 - top, False) for n, top in enumerate(tops)]


def test_the_line_is_named_at_its_highest_point_above_the_bars() -> None:
    line = [(14 + 8 * n, y) for n, y in enumerate((200, 90, 200, 200, 200, 200))]
    assert _free_spot(line, bars(220, 210, 220, 220, 220, 220), None) == (22, 90)


def test_the_name_stands_neither_on_bars_nor_on_the_peaks_word() -> None:
    line = [(14 + 8 * n, 150.0) for n in range(6)]
    low = bars(100, 100, 100, 100, 100, 100)
    assert _free_spot(line, low, None) is None
    high = bars(200, 160, 200, 200, 200, 200)
    assert _free_spot(line, high, high[1]) == (38, 150.0)


@pytest.mark.parametrize(("value", "top"), [(1, 4), (3, 4), (205, 240), (213, 240), (241, 320), (3906, 4000)])
def test_gridlines_stand_at_round_numbers_close_to_the_highest(value: int, top: int) -> None:
    assert _round_up(value) == top


@pytest.mark.parametrize("year", [2026, 2040])
def test_a_visit_counts_in_the_quarter_in_which_it_began(app: Flask, cast: Cast, year: int) -> None:
    """0.3 seconds before the next one is still this one, on both databases; and numbers of quarters outlast 2038."""
    at(BADGES_OPEN)
    badge = new_badge(app, "huong@example.jp")
    first_at = datetime(year, 5, 4, 2, 14, 59, 700_000, tzinfo=UTC)
    with app.app_context(), transaction():
        fair = db.session.get_one(Fair, cast.fair.id)
        gate = db.session.scalars(select(Gate).where(Gate.fair_id == fair.id)).first()
        assert gate is not None
        db.session.add(
            Visit(
                fair_id=fair.id, registration_id=badge.registration_id, day=first_at.date(), badge_id=badge.id,
                scan_id="s", gate_id=gate.id, category_id=badge.category_id, first_at=first_at,
            )
        )  # fmt: skip
        db.session.flush()
        [quarters] = visits_by_quarter(fair, [first_at.date()], [gate])
    assert quarters.rows == [(datetime(year, 5, 4, 2, 0, tzinfo=UTC), [1], 1)]
