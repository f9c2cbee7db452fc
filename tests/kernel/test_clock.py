"""Days belong to the fair's place: across midnight in Hà Nội, and where clocks change."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

from app import clock


def fair(zone: str, first: date, last: date) -> SimpleNamespace:
    return SimpleNamespace(time_zone=zone, starts_on=first, ends_on=last)


def test_midnight_is_hanois() -> None:
    hanoi = fair("Asia/Ho_Chi_Minh", date(2019, 12, 12), date(2019, 12, 15))
    assert clock.fair_day(hanoi, datetime(2019, 12, 12, 16, 59, 59, tzinfo=UTC)) == date(2019, 12, 12)
    assert clock.fair_day(hanoi, datetime(2019, 12, 12, 17, 0, tzinfo=UTC)) == date(2019, 12, 13)
    assert len(clock.fair_days(hanoi)) == 4


def test_a_day_of_25_hours_is_one_day() -> None:
    paris = fair("Europe/Paris", date(2026, 10, 24), date(2026, 10, 26))
    assert clock.fair_day(paris, datetime(2026, 10, 24, 22, 30, tzinfo=UTC)) == date(2026, 10, 25)
    assert clock.fair_day(paris, datetime(2026, 10, 25, 22, 59, tzinfo=UTC)) == date(2026, 10, 25)
    assert clock.fair_day(paris, datetime(2026, 10, 25, 23, 0, tzinfo=UTC)) == date(2026, 10, 26)
