"""Areas of zones as polygons, by the vectors that the editor is tested on too, and where their names find room."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from app.booths.area_geometry import Taken, crosses_itself, encloses, room_for, share_floor
from app.booths.areas import Floor, area_faults, differing_zones
from tests.support.node import node

FRONT = Path(__file__).parents[1] / "front"
VECTORS = json.loads((FRONT / "areas.json").read_text())
SQUARE = [[0, 0], [600, 0], [600, 600], [0, 600]]


@pytest.mark.parametrize("vector", VECTORS["share_floor"], ids=lambda vector: vector[0])
def test_two_areas_share_floor_or_do_not(vector: Any) -> None:
    _name, one, other, wanted = vector
    assert share_floor(one, other) is share_floor(other, one) is wanted


@pytest.mark.parametrize("vector", VECTORS["crosses_itself"], ids=lambda vector: vector[0])
def test_an_area_crosses_itself_or_does_not(vector: Any) -> None:
    assert crosses_itself(vector[1]) is vector[2]


def test_a_place_lies_in_an_area_or_does_not() -> None:
    for _name, corners, (x, y), wanted in VECTORS["encloses"]:
        assert encloses(corners, x, y) is wanted


def test_the_editor_reckons_the_same() -> None:
    done = subprocess.run([node(), str(FRONT / "areas.mjs")], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_fault_of_an_area_is_told() -> None:
    def told(*areas: dict[str, Any]) -> list[tuple[int, str]]:
        found = area_faults(list(areas), 1000, 1000, "here", {"a": "here", "b": "here", "c": "there"})
        return [(fault.area, fault.message.split(" ")[-1]) for fault in found]

    beside = [[x + 600, y] for x, y in SQUARE]
    assert told({"zone": "A", "corners": SQUARE}) == []
    assert told({"zone": "", "corners": SQUARE}) == [(0, "to.")]
    assert told({"zone": "C", "corners": SQUARE}) == [(0, "hall.")]
    assert told({"zone": "A", "corners": beside}) == [(0, "walls.")]
    assert told({"zone": "A", "corners": [[0, 0], [90, 0], [90, 90]]}) == [(0, "least.")]
    assert told({"zone": "A", "corners": [[0, 0], [600, 600], [600, 0], [0, 600]]}) == [(0, "corner.")]
    assert told({"zone": "A", "corners": SQUARE}, {"zone": "b", "corners": SQUARE}) == [(0, "floor."), (1, "floor.")]
    assert told({"zone": "A", "corners": SQUARE}, {"zone": "a", "corners": SQUARE}) == [], "a zone's own may"


def test_a_zone_is_told_by_place_and_by_what_differs() -> None:
    areas = [{"zone": "A", "corners": SQUARE}, {"zone": "B", "corners": [[x + 600, y] for x, y in SQUARE]}]
    assert [Floor(areas).zone_at(x, 300) for x in (300, 900, 1500)] == ["A", "B", ""]
    assert differing_zones(areas, areas[::-1]) == []
    assert differing_zones(areas, [areas[0], {"zone": "C", "corners": SQUARE}]) == ["B", "C"]


def test_a_name_finds_the_aisle_and_is_written_over_nothing() -> None:
    area = [[0, 0], [1200, 0], [1200, 750], [0, 750]]
    booths = Taken((x, y, x + 300, y + 300) for x in range(0, 1200, 300) for y in (0, 450))
    x, y = room_for(area, 500, 150, booths) or (0, 0)
    assert 300 <= y <= 300.1 and 0 <= x <= 700, "in the aisle between the two rows"
    assert room_for(area, 500, 150, Taken([(0, 0, 1200, 750)])) == (0, 750), "in the one beneath"
    assert room_for(area, 500, 150, Taken([(0, 0, 1200, 1000)])) is None


def test_a_full_hall_is_named_in_a_blink() -> None:
    booths = Taken((x, y, x + 300, y + 300) for x in range(0, 30_000, 300) for y in range(0, 30_000, 300))
    began = time.perf_counter()
    assert room_for([[0, 0], [30_000, 0], [30_000, 29_000], [0, 29_000]], 900, 150, booths) is None
    assert time.perf_counter() - began < 1  # 20 ms on a quiet machine
