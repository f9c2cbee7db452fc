"""The demonstration's halls in true measure: double rows back to back, aisles of 3 m, pavilions, islands, a show."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

UNIT, AISLE = 300, 300  # a standard booth is 3 × 3 m; people pass in 3 m
ROWS_IN_BLOCK = 7
UPPER, CROSS = UNIT + AISLE, 600  # where rows begin: pavilions on the wall, then an aisle; the aisle in the middle
PLAZA = 2 * 900 + AISLE


@dataclass
class PlannedBooth:
    """A booth as it stands on the floor, in centimetres from its hall's north-west corner."""

    number: str
    zone: str
    kind: str
    x_cm: int
    y_cm: int
    width_cm: int
    depth_cm: int
    open_sides: int
    category: str = ""
    name: str = ""
    name_en: str = ""
    province: str = ""

    @property
    def area_m2(self) -> int:
        return self.width_cm * self.depth_cm // 10_000


@dataclass
class PlannedZone:
    code: str
    category: str
    label_x_cm: int
    label_y_cm: int


@dataclass
class PlannedHall:
    """One hall: its size, zones, booths, and the gates in its south wall."""

    code: str
    width_cm: int
    depth_cm: int
    gates: list[tuple[str, int]] = field(default_factory=list)  # code, middle of the opening
    zones: list[PlannedZone] = field(default_factory=list)
    booths: list[PlannedBooth] = field(default_factory=list)


@dataclass(frozen=True)
class HallBrief:
    """What a hall shall hold: its zones left and right of the plaza as letter and product, and how much beside them."""

    code: str
    left: tuple[tuple[str, str], ...]
    right: tuple[tuple[str, str], ...]
    pavilions: int
    islands: tuple[tuple[int, int], ...]  # width and depth in metres
    show: tuple[str, str]
    gates: tuple[str, ...]


ISLAND_SIZES = ((9, 4), (9, 3), (9, 4), (6, 3), (9, 3), (9, 4), (6, 3), (9, 3))
HALLS = (
    HallBrief(
        "H1",
        (("A", "bamboo"), ("B", "bamboo"), ("C", "ceramics"), ("D", "ceramics")),
        (("E", "lacquer"), ("F", "lacquer"), ("G", "wood"), ("H", "wood")),
        10,
        ISLAND_SIZES,
        ("Cuộc thi thiết kế mẫu thủ công mỹ nghệ", "Handicraft design contest"),
        ("C1", "C2"),
    ),
    HallBrief(
        "H2",
        (("J", "silk"), ("K", "silk"), ("L", "silk"), ("M", "stone")),
        (("N", "metal"), ("Q", "metal"), ("R", "paper"), ("S", "paper")),
        9,
        ISLAND_SIZES,
        ("Không gian làng nghề Hà Nội", "Craft villages of Hà Nội"),
        ("C3", "C4"),
    ),
    HallBrief(
        "H3",
        (("T", "food"), ("U", "food"), ("V", "bamboo"), ("W", "ceramics")),
        (("X", "wood"), ("Y", "silk"), ("Z", "paper")),
        7,
        ISLAND_SIZES[:6],
        ("Trình diễn nghề: đan, vuốt gốm, dệt", "Crafts shown live: plaiting, throwing, weaving"),
        ("C5",),
    ),
)
SMALL_HALLS = (
    HallBrief(
        "H1", (("A", "bamboo"), ("B", "ceramics")), (("C", "silk"),), 4, ISLAND_SIZES[:2], HALLS[0].show, ("C1", "C2")
    ),
)


def plan_halls(random: Random, briefs: tuple[HallBrief, ...], merged: int) -> list[PlannedHall]:
    """Lay out the halls; `merged` pairs of row booths, spread over all rows, are one booth of 18 m² each."""
    columns = [
        (brief.code, letter, block, side)
        for brief in briefs
        for letter, _ in brief.left + brief.right
        for block in (0, 1)
        for side in (0, 1)
    ]
    chosen = random.sample(columns, merged)
    merges = {column: random.randrange(0, ROWS_IN_BLOCK - 1) for column in chosen}
    numbers = {"pavilion": 0, "island": 0, "show": 0}
    return [_plan_hall(brief, merges, numbers) for brief in briefs]


def _plan_hall(brief: HallBrief, merges: dict[tuple[str, str, int, int], int], numbers: dict[str, int]) -> PlannedHall:
    row_pitch = 2 * UNIT + AISLE
    plaza_x = AISLE + len(brief.left) * row_pitch
    width = plaza_x + PLAZA + AISLE + len(brief.right) * row_pitch
    lower = UPPER + ROWS_IN_BLOCK * UNIT + CROSS
    hall = PlannedHall(brief.code, width, lower + ROWS_IN_BLOCK * UNIT + 500)
    starts = [AISLE + i * row_pitch for i in range(len(brief.left))]
    starts += [plaza_x + PLAZA + AISLE + i * row_pitch for i in range(len(brief.right))]
    for (letter, category), x in zip(brief.left + brief.right, starts, strict=True):
        hall.zones.append(PlannedZone(letter, category, x + UNIT, lower - CROSS // 2))
        hall.booths += _double_row(brief.code, letter, category, x, (UPPER, lower), merges)
    hall.booths += _pavilions(brief, width, numbers)
    hall.booths += _islands(brief, plaza_x, lower, numbers)
    numbers["show"] += 1
    hall.booths.append(
        PlannedBooth(
            f"TB{numbers['show']}",
            "",
            "show",
            plaza_x,
            lower - CROSS // 2 - 500,
            PLAZA,
            1000,
            4,
            name=brief.show[0],
            name_en=brief.show[1],
        )
    )
    share = width // (len(brief.gates) + 1)
    hall.gates = [(gate, share * (i + 1)) for i, gate in enumerate(brief.gates)]
    return hall


def _double_row(
    hall: str, letter: str, category: str, x: int, tops: tuple[int, int], merges: dict[tuple[str, str, int, int], int]
) -> list[PlannedBooth]:
    """Two columns of booths back to back, in two blocks; numbered across, as people walk past them."""
    booths: list[PlannedBooth] = []
    number = 0
    for block, top in enumerate(tops):
        for row in range(ROWS_IN_BLOCK):
            for side in (0, 1):
                number += 1
                merge = merges.get((hall, letter, block, side))
                if merge is not None and row == merge + 1:
                    continue  # belongs to the booth before it, which keeps its number as its origin
                deep = 2 if merge == row else 1
                corner = row == 0 or row + deep == ROWS_IN_BLOCK
                booths.append(
                    PlannedBooth(
                        f"{letter}{number:02d}",
                        letter,
                        "corner" if corner else "row",
                        x + side * UNIT,
                        top + row * UNIT,
                        UNIT,
                        deep * UNIT,
                        2 if corner else 1,
                        category,
                    )
                )
    return booths


def _pavilions(brief: HallBrief, width: int, numbers: dict[str, int]) -> list[PlannedBooth]:
    gap = (width - brief.pavilions * 900) // (brief.pavilions + 1)
    booths = []
    for i in range(brief.pavilions):
        numbers["pavilion"] += 1
        x = gap + i * (900 + gap)
        booths.append(PlannedBooth(f"KT{numbers['pavilion']:02d}", "", "pavilion", x, 0, 900, UNIT, 1, "other"))
    return booths


def _islands(brief: HallBrief, plaza_x: int, lower: int, numbers: dict[str, int]) -> list[PlannedBooth]:
    """Pairs of islands above and below the show, each open to all four sides."""
    tops = (UPPER + 150, UPPER + 850, lower + 550, lower + 1250)
    booths = []
    for i, (width_m, depth_m) in enumerate(brief.islands):
        numbers["island"] += 1
        left = plaza_x + (i % 2) * (900 + AISLE) + (900 - width_m * 100) // 2
        booths.append(
            PlannedBooth(f"P{numbers['island']:02d}", "", "island", left, tops[i // 2], width_m * 100, depth_m * 100, 4)
        )
    return booths
