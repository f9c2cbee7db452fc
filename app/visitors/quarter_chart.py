"""What is counted per quarter of an hour as an SVG: bars of the day, the day before as a dotted line.

Positions are in per cent and letters in pixels, so that words keep their size on a phone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from app.fairs.models import Fair

QUARTER = timedelta(minutes=15)
ROOM = timedelta(minutes=45)  # for the axis's figures, before the first bar
HEIGHT, TOP, FOOT = 300, 30, 30  # pixels
WORD = 16  # how wide a label may be, per cent
STEPS = [n * 10**power for power in range(5) for n in (1, 2, 3, 4, 5, 6, 8)]


class Counted(Protocol):
    """One day by quarter of an hour: each row its start, its figures a column, and their sum."""

    @property
    def rows(self) -> list[tuple[datetime, list[int], int]]: ...

    @property
    def running(self) -> bool:
        """Whether the last row is still being counted."""
        ...


@dataclass(frozen=True)
class Bar:
    at: datetime
    n: int
    x: float  # per cent
    y: float  # pixels
    height: float
    running: bool


@dataclass(frozen=True)
class QuarterChart:
    bars: list[Bar]
    width: float  # of a bar, per cent
    grid: list[tuple[int, float]]  # value, y
    hours: list[tuple[datetime, float]]  # x in per cent
    line: str  # the day before: points in a box of 1000 × plot height
    line_label: tuple[float, float] | None  # per cent, y
    peak: Bar | None
    quarters: Counted
    floor: float = HEIGHT - FOOT
    height: int = HEIGHT


def quarter_chart(fair: Fair, day: date, quarters: Counted, before: Iterable[tuple[datetime, int]]) -> QuarterChart:
    """The chart of what `quarters` counts; `before` is the day before by quarter."""
    zone = ZoneInfo(fair.time_zone)
    times = [at.astimezone(zone) for at, _line, _n in quarters.rows]
    shifted = [(at.astimezone(zone) + timedelta(days=1), n) for at, n in before]
    opens = datetime.combine(day, fair.opens_at_time, tzinfo=zone)
    closes = datetime.combine(day, fair.closes_at_time, tzinfo=zone)
    begin = min([opens, *times, *(at for at, _n in shifted)]) - ROOM
    end = max([closes, *(at + QUARTER for at in times)])
    span = (end - begin).total_seconds()
    top = _round_up(max([1, *(n for _at, _line, n in quarters.rows), *(n for _at, n in shifted)]))
    plot = HEIGHT - FOOT - TOP

    def x(at: datetime) -> float:
        return round((at - begin).total_seconds() / span * 100, 3)

    def y(n: float) -> float:
        return round(TOP + plot * (1 - n / top), 1)

    last = len(quarters.rows) - 1
    bars = [
        Bar(at, n, x(at), y(n), round(HEIGHT - FOOT - y(n), 1), quarters.running and i == last)
        for i, (at, (_at, _line, n)) in enumerate(zip(times, quarters.rows, strict=True))
    ]
    first_hour = (begin + ROOM).replace(minute=0)
    if first_hour - begin < QUARTER:  # its word would stand among the axis's figures
        first_hour += timedelta(hours=1)
    hours = [first_hour + timedelta(hours=n) for n in range(24) if first_hour + timedelta(hours=n) <= end]
    middle = [(x(at + QUARTER / 2), y(n)) for at, n in shifted]
    peak = max((bar for bar in bars if not bar.running), key=lambda bar: bar.n, default=None)
    return QuarterChart(
        bars=bars,
        width=round(QUARTER.total_seconds() / span * 100 * 0.86, 3),
        grid=[(round(top * n / 4), y(top * n / 4)) for n in range(5)],
        hours=[(at, x(at)) for at in hours],
        line=" ".join(f"{px * 10:.1f},{py:.1f}" for px, py in middle),
        line_label=_free_spot(middle, bars, peak),
        peak=peak,
        quarters=quarters,
    )


def _free_spot(points: list[tuple[float, float]], bars: list[Bar], peak: Bar | None) -> tuple[float, float] | None:
    """The highest point of the line above which its name can stand: clear of bars, line and the peak's own word."""

    def is_free(x: float, y: float) -> bool:
        near = [top for at, top in (*points, *((bar.x, bar.y) for bar in bars)) if abs(at - x) < WORD / 2]
        by_peak = peak is not None and abs(peak.x - x) < WORD and abs(peak.y - y) < 20
        return WORD / 2 < x < 100 - WORD / 2 and min(near) >= y - 3 and not by_peak

    return min((point for point in points if is_free(*point)), key=lambda point: point[1], default=None)


def _round_up(value: int) -> int:
    """The least 4 × step that holds the value: gridlines are at round numbers."""
    return next((4 * step for step in STEPS if 4 * step >= value), value)
