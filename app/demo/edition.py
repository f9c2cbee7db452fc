"""What one edition of the demonstration shall be: its dates, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.demo.floor import HALLS, SMALL_HALLS, HallBrief
from app.fairs.provinces import MERGED_ON

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OPENS, CLOSES = time(8, 30), time(18, 0)


@dataclass(frozen=True)
class Size:
    """How much of a fair is made: the true one, or one for tests that is made in a blink."""

    halls: tuple[HallBrief, ...]
    merged: int  # row booths of 18 m²
    not_let: int
    mains: int  # exhibitors with a contract of their own, provincial centres and foreign ones included
    co_exhibitors: int
    represented: int
    visitors: int  # registered to come
    staff: int  # exhibitors' staff, press, crew, the organiser's own
    visits: int
    reissued: int
    deals: dict[str, int]


FULL = Size(
    halls=HALLS,
    merged=34,
    not_let=8,
    mains=316,
    co_exhibitors=24,
    represented=15,
    visitors=10_950,
    staff=1_990,
    visits=13_068,
    reissued=60,
    deals={"declared": 168, "confirmed": 874, "verified": 284, "disputed": 21, "cancelled": 37},
)
TODAY = Size(
    halls=HALLS,
    merged=34,
    not_let=8,
    mains=316,
    co_exhibitors=24,
    represented=15,
    visitors=600,
    staff=120,
    visits=0,  # as many as the seed gives until now
    reissued=6,
    deals={"declared": 19, "confirmed": 24, "verified": 4, "disputed": 1, "cancelled": 1},
)
SMALL = Size(
    halls=SMALL_HALLS,
    merged=2,
    not_let=1,
    mains=40,
    co_exhibitors=3,
    represented=2,
    visitors=120,
    staff=20,
    visits=140,
    reissued=3,
    deals={"declared": 7, "confirmed": 12, "verified": 6, "disputed": 2, "cancelled": 2},
)


@dataclass(frozen=True)
class Edition:
    """One fair of the demonstration. `now` is the instant up to which things have happened in it."""

    slug: str
    number: int
    starts_on: date
    size: Size
    seed: int
    now: datetime
    let: bool = True  # booths, visitors, deals; without: the plan only

    @property
    def days(self) -> list[date]:
        return [self.starts_on + timedelta(days=i) for i in range(4)]

    @property
    def ends_on(self) -> date:
        return self.days[-1]

    @property
    def after_mergers(self) -> bool:
        return self.starts_on >= MERGED_ON

    def at(self, day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
        """The fair's wall clock as an instant."""
        return datetime.combine(day, time(hour, minute, second), ZONE).astimezone(UTC)


def editions(now: datetime, full: Size = FULL, today: Size = TODAY) -> tuple[Edition, ...]:
    """The three editions as seen at `now`: long past, on its second day, and some months away."""
    local_day = now.astimezone(ZONE).date()
    soon = local_day + timedelta(days=75)
    soon += timedelta(days=(3 - soon.weekday()) % 7)  # a Thursday, as the fair of 2019
    past = datetime(2019, 12, 20, 2, 0, tzinfo=UTC)
    return (
        Edition("hanoi-2019", 1, date(2019, 12, 12), full, 2019, past),
        Edition("hanoi-today", 2, local_day - timedelta(days=1), today, 2020, now),
        Edition("hanoi-next", 3, soon, full, 2021, now, let=False),
    )
