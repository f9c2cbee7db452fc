"""Places as a row of a table writes them: lengths with or without a unit, a box, or the corners of a shape."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from app.booths.outline import Box, Corner, Outline, area_cm2, shaped
from app.booths.plan_file import BOX, LONGEST_OUTLINE, Raw
from app.booths.plan_shapes import crossing
from app.i18n_marks import N_

CM_IN = {"m": Decimal(100), "cm": Decimal(1), "mm": Decimal("0.1"), "ft": Decimal("30.48"), "in": Decimal("2.54")}
UNIT_WORDS = {"m": "m", "met": "m", "mét": "m", "cm": "cm", "mm": "mm", "ft": "ft", "feet": "ft", "foot": "ft",
              "'": "ft", "in": "in", "inch": "in", '"': "in"}  # fmt: skip
TRAILING_UNIT = re.compile(r"(.*[\d\s])([^\W\d]+|['\"])", re.DOTALL)
LENGTH = re.compile(r"([0-9][0-9.,]*)\s*([^\W\d]+|['\"])?")
MOST_CORNERS, LEAST_CM2 = 40, 2_500
LONGEST_CM, LONGEST_SIDE_CM, SMALLEST_SIDE_CM = 100_000, 10_000, 50

NO_LENGTH = N_("Write a length: 3, 3.5 or 3,5 m.")
BELOW_ZERO = N_("Not below zero: x and y count from the hall's north-west corner, to the right and down.")
NO_UNIT = N_("%(unit)s is no unit known here: m, cm, mm, ft or in.")
TOO_FAR = N_("Longer than 1,000 m: is the unit right?")
NO_AREA = N_("A booth measures 0.5 to 100 m each way.")
BOTH = N_("Give corners, or x, y, width and depth; not both.")
NO_CORNER = N_("“%(said)s” is no corner. Write x and y of each corner, in their order around: 4 4; 7,5 4; 7,5 6.")
FEW_CORNERS = N_("A shape has three corners or more.")
MANY_CORNERS = N_("A shape has at most %(most)s corners.")
CROSSES = N_("Its edges cross or touch each other at %(x)s %(y)s m: write the corners in their order around it.")
NO_FLOOR = N_("It has no floor to speak of: a booth is 0.25 m² or more.")


def shape_in(row: Raw, unit: str, wrong: Callable[..., None]) -> tuple[Outline, Box | None]:
    """A row's corners or box; no box where it cannot be told, and why is said."""
    if row.get("polygon"):
        if any(row.get(column) for column in BOX):
            wrong("polygon", BOTH)
            return (), None
        corners = _corners(row["polygon"], unit)
        if isinstance(corners, list):
            outline, box = shaped(corners)
            fault = shape_fault(tuple(corners), outline, box)
            if fault is None:
                return outline, box
        else:
            fault = corners
        wrong("polygon", fault[0], **fault[1])
        return (), None
    lengths: dict[str, int] = {}
    for column in BOX:
        said = _length(row.get(column, ""), unit)
        if isinstance(said, int):
            lengths[column] = said
        else:
            wrong(column, said[0], **said[1])
    for column in ("width", "depth"):
        if not SMALLEST_SIDE_CM <= lengths.get(column, SMALLEST_SIDE_CM) <= LONGEST_SIDE_CM:
            wrong(column, NO_AREA)
            del lengths[column]
    if len(lengths) < len(BOX):
        return (), None
    return (), (lengths["x"], lengths["y"], lengths["width"], lengths["depth"])


def shape_fault(corners: Outline, outline: Outline, box: Box) -> tuple[str, dict[str, Any]] | None:
    """What is wrong with drawn corners by themselves, and as `shaped` tidied them."""
    if len(set(corners)) < 3:
        return FEW_CORNERS, {}
    if len(corners) > MOST_CORNERS:
        return MANY_CORNERS, {"most": MOST_CORNERS}
    if outline and len(outline) < 3:
        return NO_FLOOR, {}
    if outline and (at := crossing(outline)) is not None:
        return CROSSES, {"x": f"{at[0] / 100:.4g}", "y": f"{at[1] / 100:.4g}"}
    if not all(SMALLEST_SIDE_CM <= side <= LONGEST_SIDE_CM for side in box[2:]):
        return NO_AREA, {}
    if outline and area_cm2(outline) < LEAST_CM2:
        return NO_FLOOR, {}
    return None


def _corners(text: str, unit: str) -> list[Corner] | tuple[str, dict[str, Any]]:
    """`x y; x y; x y`, in a unit that may stand at the end; else what is wrong with it."""
    if len(text) > LONGEST_OUTLINE:
        return MANY_CORNERS, {"most": MOST_CORNERS}
    if found := TRAILING_UNIT.fullmatch(text):
        text, last = found.groups()
        if (named := UNIT_WORDS.get(last.casefold())) is None:
            return NO_UNIT, {"unit": last}
        unit = named
    corners: list[Corner] = []
    for pair in filter(str.strip, text.split(";")):
        lengths: list[int] = []
        for part in pair.split():
            said = _length(part, unit)
            if isinstance(said, int):
                lengths.append(said)
            elif said[0] != NO_LENGTH:
                return said
        if len(lengths) != 2 or len(pair.split()) != 2:
            return NO_CORNER, {"said": pair.strip()[:40]}
        corners.append((lengths[0], lengths[1]))
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()  # the first one again closes a shape in many programs
    return corners


def _length(text: str, unit: str) -> int | tuple[str, dict[str, str]]:
    """Centimetres, rounded half up; else what is wrong with it."""
    found = LENGTH.fullmatch(text.strip())
    if found is None:
        return (BELOW_ZERO if LENGTH.fullmatch(text.strip().lstrip("-−")) else NO_LENGTH), {}
    digits, said = found.groups()
    named = UNIT_WORDS.get(said.casefold()) if said else unit
    if named is None:
        return NO_UNIT, {"unit": said}
    try:
        value = Decimal(digits.replace(",", "."))
    except InvalidOperation:
        return NO_LENGTH, {}
    cm = int((value * CM_IN[named]).to_integral_value(ROUND_HALF_UP))
    return cm if cm <= LONGEST_CM else (TOO_FAR, {})
