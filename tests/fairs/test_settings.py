"""The days that a fair can be given: they must fit the code of its badges, and the calendar of its pages."""

from datetime import date, time, timedelta

import pytest
from flask import Flask

from app import badge_token, clock
from app.audit import SYSTEM
from app.db import db, transaction
from app.errors import FieldErrors
from app.fairs.models import Fair
from app.fairs.settings import ENDS_FIRST, NO_YEAR, TOO_LONG, change_fair, day_faults
from tests.support.cast import Cast
from tests.visitors.stage import NOON, at, new_badge

HOURS = time(8), time(18)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "faults"),
    [
        ("2026-11-24", "2026-11-24", {}),
        ("2026-11-24", "2026-12-09", {}),  # 16 days
        ("2026-11-24", "2026-12-10", {"ends_on": TOO_LONG}),
        ("2026-11-24", "2026-12-20", {"ends_on": TOO_LONG}),
        ("2026-11-24", "2026-11-23", {"ends_on": ENDS_FIRST}),
        ("2026-11-24", "9999-12-31", {"ends_on": NO_YEAR}),
        ("9999-12-30", "9999-12-31", {"starts_on": NO_YEAR, "ends_on": NO_YEAR}),
        ("0001-01-01", "0001-01-02", {"starts_on": NO_YEAR, "ends_on": NO_YEAR}),
        ("1999-12-31", "2000-01-01", {"starts_on": NO_YEAR}),
        ("2000-01-01", "2000-01-02", {}),
        ("2100-12-30", "2100-12-31", {}),
    ],
)
def test_days_that_a_fair_can_have(starts_on: str, ends_on: str, faults: dict[str, str]) -> None:
    assert day_faults(date.fromisoformat(starts_on), date.fromisoformat(ends_on), *HOURS) == faults


def test_settings_refuse_days_that_badges_cannot_hold_and_change_nothing(app: Flask, cast: Cast) -> None:
    values = {"starts_on": cast.fair.starts_on, "opens_at_time": HOURS[0], "closes_at_time": HOURS[1], "name": "Mới"}
    with app.app_context(), pytest.raises(FieldErrors) as refused, transaction():
        fair = db.session.get_one(Fair, cast.fair.id)
        change_fair(SYSTEM, fair, values | {"ends_on": fair.starts_on + timedelta(days=16)}, fixed=False)
    assert refused.value.fields == {"ends_on": TOO_LONG}
    with app.app_context():
        assert db.session.get_one(Fair, cast.fair.id).name == cast.fair.name


def test_longest_fair_still_gives_out_badges(app: Flask, cast: Cast) -> None:
    at(NOON)
    with app.app_context(), transaction():
        fair = db.session.get_one(Fair, cast.fair.id)
        fair.ends_on = fair.starts_on + timedelta(days=badge_token.DAYS_AT_MOST - 1)
        assert len(clock.fair_days(fair)) == 16
    badge = new_badge(app, "huong@example.jp")
    assert badge_token.decode(badge.token).payload.days_mask == badge.days_mask == 0xFFFF
