"""The chart of visits: the dotted line is named where its name stands clear, else under the heading."""

from datetime import UTC, datetime

import pytest

from app.front.quarter_chart import Bar, _free_spot, _round_up

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
