"""The plan as DXF: outlines and numbers in metres, y up, with what a table would say of each booth beside it."""

import io
from typing import Any

from app.booths.plan_drawn import GAP_CM, place_of_number
from app.booths.plan_elements import clean
from app.booths.plan_file_dxf import APP, BOOTHS, FLOOR, HALL

NUMBERS, METRES, HALL_LETTERS_M = "NUMBERS", 6, 1.2
LAYERS = {HALL: 8, FLOOR: 9, BOOTHS: 7, NUMBERS: 5}  # their colours


def dxf_of(plan: dict[str, Any]) -> bytes:
    """Of `{"halls": [DrawnHall as a dict, ...]}`; R2010, the halls under each other."""
    import ezdxf
    from ezdxf.enums import TextEntityAlignment

    document = ezdxf.new("R2010", units=METRES)
    document.appids.add(APP)
    for name, colour in LAYERS.items():
        document.layers.add(name, color=colour)
    space = document.modelspace()

    def outline(corners: list[Any], floor: float, layer: str) -> Any:
        points = [(x / 100, floor - y / 100) for x, y in corners]
        return space.add_lwpolyline(points, close=True, dxfattribs={"layer": layer})

    floor = 0.0
    for hall in plan["halls"]:
        width, depth = hall["width_cm"], hall["depth_cm"]
        outline(_box(0, 0, width, depth), floor, HALL)
        title = space.add_text(clean(hall["name"]), height=HALL_LETTERS_M, dxfattribs={"layer": HALL})
        title.set_placement((0.3, floor - 0.3), align=TextEntityAlignment.TOP_LEFT)
        for piece in hall["pieces"]:
            outline(_box(*piece), floor, FLOOR)
        for booth in hall["booths"]:
            drawn = outline(booth["corners"], floor, BOOTHS)
            said = booth["words"].items()  # the number is the text: whoever renumbers in a CAD program changes that
            drawn.set_xdata(APP, [(1000, f"{column}={clean(text)}") for column, text in said])
            x, y, size = place_of_number([(x, y) for x, y in booth["corners"]])
            label = space.add_text(booth["number"], height=size / 100, dxfattribs={"layer": NUMBERS})
            label.set_placement((x / 100, floor - y / 100), align=TextEntityAlignment.MIDDLE_CENTER)
        floor -= (depth + GAP_CM) / 100
    written = io.StringIO()
    document.write(written)
    return written.getvalue().encode(document.output_encoding)


def _box(x: int, y: int, width: int, depth: int) -> list[tuple[int, int]]:
    return [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]
