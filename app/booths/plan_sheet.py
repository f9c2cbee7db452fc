"""How a hall lies on a sheet of paper: which way round, at which scale, and where its index stands. Millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

PAPERS = {"A4": (210, 297), "A3": (297, 420), "A2": (420, 594), "A1": (594, 841), "A0": (841, 1189)}
INDEX_BESIDE = ("A2", "A1", "A0")  # smaller ones have it on the pages that follow
MARGIN = 6.0
SCALES = (
    *(50, 60, 75, 100, 125, 150, 175, 200, 225, 250, 300, 350, 400, 450, 500, 550, 600, 650, 700),
    *(750, 800, 900, 1000),
    *(1250, 1500, 2000, 2500, 5000, 10_000),
)
BAR_METRES = (1, 2, 5, 10, 20, 50, 100, 200)
UNIT_CM = 10  # of the drawing
LETTER = {"A4": 2.8, "A3": 3.1, "A2": 4.0, "A1": 5.4, "A0": 7.4}  # size of the type in the head and the legend
INDEX_LETTER = {"A4": 2.7, "A3": 2.8, "A2": 2.5, "A1": 3.1, "A0": 4.2}
LARGER = (1.6, 1.4, 1.2, 1.0)  # an index takes the room that there is
# in heights of the type: an average letter, a column and what parts two, a line; the sheet's head, a line of its legend
LETTER_WIDTH, COLUMN, GAP, LINE, HEADING = 0.55, 23.0, 1.6, 1.32, 2.6
HEAD, FOOT_LINE, AS_OF = 4.2, 1.75, 1.4
BAR_LEAST, BAR_ROOM = 6.0, 16.0  # the scale bar, and the room for it and its words
NAME_LEAST, NUMBER_LEAST = 1.55, 1.9  # under 4.4 points nobody reads a name, nor a number under 5.4
NARROW = frozenset("iíìỉĩịljtfrIJ .,:;·'()|-")


def text_width(text: str) -> float:
    """About how wide a text is, in heights of its type; a little too wide, for nothing may run into its neighbour."""
    return sum(0.34 if c in NARROW else 0.7 if c.isupper() or c in "mw" else 0.57 for c in text)


@dataclass(frozen=True)
class Entry:
    """A line of the index: who, and on which booths; or a free booth and what it costs."""

    name: str
    numbers: str

    def lines(self) -> int:
        """How many lines of a column it may take."""
        return ceil(text_width(f"{self.name} {self.numbers}") / (COLUMN - 2))


@dataclass(frozen=True)
class Listing:
    """A heading and what stands under it, in its order."""

    heading: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Sheet:
    """One page with a hall on it. `scale` 200 is 1:200; a unit of the drawing is ten centimetres."""

    paper: str
    width: float
    height: float
    scale: int
    plan_width: float
    plan_height: float
    foot: float
    columns: tuple[tuple[float, float, tuple[Listing, ...]], ...]  # x and y from the margin, and what stands there
    letter: float
    index_letter: float

    @property
    def unit(self) -> float:
        return UNIT_CM * 10 / self.scale

    @property
    def head(self) -> float:
        return self.letter * HEAD

    @property
    def name_least(self) -> float:
        """The smallest name, in units of the drawing, that can be read."""
        return NAME_LEAST / self.unit

    @property
    def number_least(self) -> float:
        return NUMBER_LEAST / self.unit

    @property
    def column_width(self) -> float:
        return COLUMN * self.index_letter

    @property
    def bar(self) -> tuple[int, float]:
        """The scale bar: metres, and how long that is."""
        least = BAR_LEAST * self.letter
        metres = next((m for m in BAR_METRES if m * 1000 / self.scale >= least), BAR_METRES[-1])
        return metres, metres * 1000 / self.scale

    @property
    def bar_room(self) -> float:
        return max(self.bar[1] + 2 * self.letter, BAR_ROOM * self.letter)


def sheet_for(paper: str, units: tuple[float, float], legend_letters: int, listings: Sequence[Listing]) -> Sheet:
    """The sheet on which the hall (`units` wide and deep, in units of the drawing) comes out largest.

    Where an index belongs on the sheet it stands beside the plan or under it; where that would halve the plan, it is
    left to the pages that follow. A wide hall lies across, unless upright it comes out larger.
    """
    has_index = paper in INDEX_BESIDE and any(listing.entries for listing in listings)
    sides = ("right", "under") if has_index else ()
    ways = [PAPERS[paper], PAPERS[paper][::-1]]

    def worth(sheet: Sheet) -> tuple[int, bool, float]:
        across = sheet.width > sheet.height
        return sheet.scale, across != (units[0] > units[1]), -sheet.index_letter

    alone = min((_placed(paper, *way, units, legend_letters, (), "") for way in ways), key=worth)
    together = [_placed(paper, *way, units, legend_letters, listings, side) for way in ways for side in sides]
    best = min((one for one in together if one.columns), key=worth, default=alone)
    return best if best.scale <= 2 * alone.scale else alone


def _placed(
    paper: str, width: float, height: float, units: tuple[float, float], legend_letters: int,
    listings: Sequence[Listing], side: str,
) -> Sheet:  # fmt: skip
    """The largest scale, and at it the largest type of the index. Without `columns` its index found no room."""
    letter = LETTER[paper]
    across, down = width - 2 * MARGIN, height - 2 * MARGIN
    foot = (ceil(legend_letters * letter * LETTER_WIDTH / (across - BAR_ROOM * letter)) * FOOT_LINE + AS_OF) * letter
    head = letter * HEAD
    room = down - head - foot
    for scale in SCALES:
        plan = units[0] * UNIT_CM * 10 / scale, units[1] * UNIT_CM * 10 / scale
        if (plan[0] > across or plan[1] > room) and scale != SCALES[-1]:
            continue
        for larger in LARGER if side else (1.0,):
            index = INDEX_LETTER[paper] * larger
            line, step = index * LINE, (COLUMN + GAP) * index
            if side == "right":
                left, top, wide, deep = plan[0] + GAP * index, head, across - plan[0], room - line
            else:
                left, top, wide, deep = 0.0, head + plan[1] + line, across + GAP * index, room - plan[1] - 2 * line
            columns = _columns(listings, int(wide // step), deep / line, left, top, step) if side else ()
            if columns or not side:
                return Sheet(paper, width, height, scale, *plan, foot, columns, letter, index)
    return Sheet(paper, width, height, SCALES[-1], *plan, foot, (), letter, index)


def _columns(
    listings: Sequence[Listing], wanted: int, lines: float, x: float, y: float, step: float
) -> tuple[tuple[float, float, tuple[Listing, ...]], ...]:
    """The listings poured into columns of so many lines; nothing where they need more of them."""
    columns: list[list[Listing]] = [[]]
    left = lines
    for listing in listings:
        heading, entries = listing.heading, list(listing.entries)
        if not entries:
            continue
        part: list[Entry] = []
        left -= HEADING / LINE
        for entry in entries:
            if entry.lines() > left:
                columns[-1] += [Listing(heading, tuple(part))] if part else []
                columns.append([])
                heading, part, left = "", [], lines
            part.append(entry)
            left -= entry.lines()
        columns[-1].append(Listing(heading, tuple(part)))
    if len(columns) > wanted:
        return ()
    return tuple((x + n * step, y, tuple(column)) for n, column in enumerate(columns))
