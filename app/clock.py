"""The only clock. Instants are aware UTC; days belong to a fair's time zone."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

YEARS = range(2000, 2101)  # in which a fair can be: at the calendar's ends no time zone fits
_offset = timedelta()


class HasDays(Protocol):
    starts_on: date
    ends_on: date
    time_zone: str


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC) + _offset


def set_offset(offset: timedelta) -> None:
    """Move the clock: for rehearsals (FAIR_CLOCK_OFFSET_SECONDS) and tests."""
    global _offset
    _offset = offset


def local(fair: HasDays, instant: datetime) -> datetime:
    """The instant as the fair's wall clock shows it."""
    return instant.astimezone(ZoneInfo(fair.time_zone))


def stamp(fair: HasDays, instant: datetime) -> str:
    """09:00, 21.10.2019, the fair's time: for refusals, which are written before it is known who reads them."""
    return f"{local(fair, instant):%H:%M, %d.%m.%Y}"


def fair_day(fair: HasDays, instant: datetime) -> date:
    """The calendar day at the fair, whatever the day is elsewhere."""
    return local(fair, instant).date()


def fair_days(fair: HasDays) -> list[date]:
    """Every day of the fair, the first and the last included."""
    return [fair.starts_on + timedelta(days=n) for n in range((fair.ends_on - fair.starts_on).days + 1)]
