"""The order of a draw and its windows: recomputed in the shell, rounds on days of their own, a clock that changes."""

import hashlib
import subprocess
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.allocation.selection_pages import shell_line
from app.allocation.slots import Hours, TooFewSlots, in_order, list_file, windows

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def hours(*days: int, month: int = 3, closes: int = 10, zone: ZoneInfo = HANOI, opens: int = 9) -> Hours:
    return Hours([date(2027, month, day) for day in days], time(opens), time(closes), zone)


@pytest.mark.parametrize("seed", ["62785 04119", "", "Xo-so 02.03_2027:1,2"])
def test_anybody_computes_the_order_with_one_shell_line(seed: str, tmp_path: Path) -> None:
    points = {number: (number * 7) % 4 - 1 for number in range(1, 60)}
    (tmp_path / "list.csv").write_text(list_file(points))
    said = subprocess.run(["bash", "-c", shell_line(seed)], cwd=tmp_path, capture_output=True, text=True, check=True)
    theirs = [tuple(line.split(",")) for line in said.stdout.split()]
    ours = in_order(seed, points)
    assert theirs == [(str(points[number]), key, str(number)) for number, key in ours]
    assert ours[0][1] == hashlib.sha256(f"{seed}{ours[0][0]}".encode()).hexdigest()


def test_companies_of_a_slot_begin_together() -> None:
    given = windows([9, 8, 7, 7, 1], [], hours(2, 3), 30, 2)
    assert [f"{starts.astimezone(HANOI):%d %H:%M}" for starts, _ends in given] == [
        "02 09:00", "02 09:00", "02 09:30", "02 09:30", "03 09:00",
    ]  # fmt: skip
    assert all((ends - starts).seconds == 1800 for starts, ends in given)


def test_each_round_begins_on_a_day_of_its_own() -> None:
    given = windows([50, 41, 40, 21, 5, -3], [40, 20], hours(2, 3, 4), 30, 2)
    assert [starts.astimezone(HANOI).day for starts, _ends in given] == [2, 2, 2, 3, 4, 4]
    assert [starts.astimezone(HANOI).minute for starts, _ends in given] == [0, 0, 30, 0, 0, 0]
    nobody_in_the_middle = windows([50, 5], [40, 20], hours(2, 3), 30, 2)
    assert [starts.astimezone(HANOI).day for starts, _ends in nobody_in_the_middle] == [2, 3]


def test_too_few_slots_say_how_many_days_are_lacking() -> None:
    with pytest.raises(TooFewSlots) as refused:
        windows([1] * 11, [], hours(2), 30, 2)
    assert (refused.value.companies, refused.value.days) == (7, 2)


def test_windows_follow_the_fairs_clock_where_it_changes() -> None:
    """On 14 March 2027 New York's clock goes from 2 to 3: windows are of real minutes, hours of the wall."""
    york = ZoneInfo("America/New_York")
    given = windows([1] * 4, [], hours(13, 14, opens=1, closes=4, zone=york), 60, 1)
    assert [f"{starts.astimezone(york):%d %H:%M}" for starts, _ends in given] == [
        "13 01:00", "13 02:00", "13 03:00", "14 01:00",
    ]  # fmt: skip
    on_the_day = windows([1] * 2, [], hours(14, opens=1, closes=4, zone=york), 60, 1)
    assert [f"{starts.astimezone(york):%H:%M}" for starts, _ends in on_the_day] == ["01:00", "03:00"]
