"""Booths of any shape, without a database: corners read and tidied, floor and neighbours exact, room for words."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.booths import plan_check as said
from app.booths import plan_lengths as lengths
from app.booths.outline import area_cm2, box_of, inset, rectangle, room_in, shaped
from app.booths.plan_check import Ground, Standing, checked
from app.booths.plan_file import rows_of
from app.booths.plan_shapes import open_sides, share_floor
from app.errors import FieldErrors

HEAD = "number,hall,polygon"
L_SHAPE = ((400, 400), (1000, 400), (1000, 700), (700, 700), (700, 1000), (400, 1000))
HALL_A = Ground(
    halls={"nha a": ("nha a", 4000, 3000)},
    booths={"a01": Standing("A01", "nha a", 400, 400, 300, 300, kept=True)},
)


def places(text: str, ground: Ground | None = None) -> dict[str, said.Place]:
    return {place.number: place for place in checked(rows_of("plan.csv", text.encode()), ground or Ground()).places}


def faults(*rows: str, ground: Ground | None = None, head: str = HEAD) -> list[tuple[int, str, str]]:
    found = checked(rows_of("plan.csv", "\n".join([head, *rows]).encode()), ground or Ground())
    return [(fault.row, fault.column, fault.message) for fault in found.faults]


def turned(corners: tuple[tuple[int, int], ...], degrees: float) -> tuple[tuple[int, int], ...]:
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return tuple((5000 + round(x * cos - y * sin), 5000 + round(x * sin + y * cos)) for x, y in corners)


@pytest.mark.parametrize(
    "drawn",
    [
        L_SHAPE,
        L_SHAPE[::-1],
        L_SHAPE[3:] + L_SHAPE[:3],
        (*L_SHAPE, L_SHAPE[0]),
        (L_SHAPE[0], (700, 400), (700, 400), *L_SHAPE[1:]),
    ],
    ids=["as it is kept", "the other way round", "from another corner", "closed", "corners on an edge"],
)
def test_corners_come_in_any_order_around_and_are_kept_in_one(drawn: tuple[tuple[int, int], ...]) -> None:
    assert shaped(drawn) == (L_SHAPE, (400, 400, 600, 600))
    assert area_cm2(L_SHAPE) == 270_000


def test_a_rectangle_keeps_its_floor_however_it_is_turned() -> None:
    for degrees in range(1, 90):
        for width, depth in ((400, 300), (300, 300), (900, 250)):
            outline, _box = shaped(turned(rectangle(0, 0, width, depth), degrees))
            assert area_cm2(outline) == width * depth, (degrees, width, depth)
    assert area_cm2(((0, 0), (400, 0), (403, 300), (0, 300))) == 120_450, "no rectangle"


def test_what_is_an_upright_rectangle_keeps_no_corners() -> None:
    assert shaped([(700, 0), (700, 300), (0, 300), (0, 0), (350, 0)]) == ((), (0, 0, 700, 300))


@pytest.mark.parametrize(
    "text",
    [
        'number,hall,polygon\nA1,H,"4 4; 10 4; 10 7; 7 7; 7 10; 4 10"\n',
        "Số gian;Nhà;Các góc (m)\nA1;H;'4,0 4; 10 4; 10 7,00; 7 7; 7 10; 4 10;\n".replace("'4", '"4').replace(
            "10;\n", '10;"\n'
        ),
        "No\tHall\tCorners (cm)\nA1\tH\t400 400; 400 1000; 700 1000; 700 700; 1000 700; 1000 400; 400 400\n",
        'number,hall,x,y,width,depth,polygon\nA1,H,,,,,"13.1234 13.1234; 32.8084 13.1234; 32.8084 22.9659; '
        '22.9659 22.9659; 22.9659 32.8084; 13.1234 32.8084 ft"\n',
        'number,hall,polygon\nA1,H,"4m 400cm; 10m 4m; 10m 7m; 7m 7m; 7m 10m; 4m 10m"\n',
    ],
    ids=["metres", "decimal commas", "centimetres, closed, counter-clockwise", "feet", "units at every number"],
)
def test_corners_are_read_in_any_unit(text: str) -> None:
    place = places(text)["A1"]
    assert (place.outline, place.x_cm, place.width_cm, place.area_cm2) == (L_SHAPE, 400, 600, 270_000)
    assert (place.sides, place.kind) == (4, "island")


def test_a_table_without_corners_or_lengths_says_what_is_missing() -> None:
    with pytest.raises(FieldErrors) as refused:
        places("number,polygon,zone,kind\nA1,4 4,A,row\n")
    assert refused.value.params["missing"] == "hall"


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        ("4 4; 7 4", lengths.FEW_CORNERS),
        ("4 4; 7 4; 4 4; 7 4", lengths.FEW_CORNERS),
        ("4 4; 7 7; 10 10", lengths.NO_FLOOR),
        ("4 4; 7 4; 7 4.05; 4 4.05", lengths.NO_AREA),
        ("4 4; 10 4.6; 10 4.61; 4 4.01", lengths.NO_FLOOR),
        ("4 4; 7 7; 7 4; 4 7", lengths.CROSSES),
        ("4 4; 7 4; 7 7; 9 7; 7 7; 4 7", lengths.CROSSES),
        ("; ".join(f"{n} {n * n % 7}" for n in range(41)), lengths.MANY_CORNERS),
        ("9" * 2100, lengths.MANY_CORNERS),
        ("4 4; 7 4; 7", lengths.NO_CORNER),
        ("4,4; 7,4; 7,7", lengths.NO_CORNER),
        ("4 4; 7 4; x 7 m", lengths.NO_CORNER),
        ("4 4; -7 4; 7 7", lengths.BELOW_ZERO),
        ("4 4; 7 4; 7000 7", lengths.TOO_FAR),
        ("4 4; 7 4; 7 7 sải", lengths.NO_UNIT),
        ("38 12; 41 12; 39 15", said.OUTSIDE),
        ("5 5; 9 5; 9 9", said.OVERLAPS),
        ("7 7; 7 4; 9 5", ""),
    ],
)
def test_each_fault_of_a_shape_is_told_at_its_row(corners: str, message: str) -> None:
    told = faults(f'B1,Nhà A,"{corners}"', ground=HALL_A)
    assert told == ([(0, "polygon", message)] if message else [])


def test_a_shape_says_where_it_crosses_itself_and_a_row_says_its_place_once() -> None:
    rows = 'A1,H,1,1,3,3,"4 4; 7 4; 7 7"\nA2,H,,,,,"4 4; 7 7; 7 4; 4 7"\nA2,H,20,4,3,3,\n'
    found = checked(rows_of("plan.csv", f"number,hall,x,y,width,depth,polygon\n{rows}".encode()), Ground())
    told = [(one.row, one.column, one.message, one.params) for one in found.faults]
    assert told == [
        (0, "polygon", lengths.BOTH, {}),
        (1, "polygon", lengths.CROSSES, {"x": "5.5", "y": "5.5"}),
        (2, "number", said.TWICE, {"other": "3"}),
    ]


def test_shapes_share_no_floor_with_rectangles_or_each_other_and_may_touch() -> None:
    head = "number,hall,x,y,width,depth,polygon"
    halves = ['T1,H,,,,,"0 0; 6 0; 6 3"', 'T2,H,,,,,"0 0; 6 3; 0 3"']
    notch = ['L1,H,,,,,"10 0; 16 0; 16 3; 13 3; 13 6; 10 6"', "R1,H,13,3,3,3,"]
    assert faults(*halves, *notch, head=head) == []
    told = faults(*halves, *notch, "R2,H,12,2,3,3,", 'T3,H,,,,,"5 2; 8 2; 8 4"', head=head)
    assert sorted({row for row, _column, message in told if message == said.OVERLAPS}) == [0, 2, 4, 5]
    assert {column for row, column, _message in told if row in (0, 2, 5)} == {"polygon"}
    assert faults('Q1,H,,,,,"0 0; 3 0; 3 3; 0 3"', "R1,H,1,1,3,3,", head=head)[0][:2] == (0, "polygon")


@pytest.mark.parametrize("degrees", [0, 7, 30, 45, 60, 135, 200])
def test_open_sides_are_counted_alike_however_a_row_is_turned(degrees: float) -> None:
    row = [turned(rectangle(300 * n, 0, 300, 300), degrees) for n in range(3)]
    behind = turned(rectangle(0, 300, 900, 300), degrees)
    opposite = [turned(rectangle(0, -600, 900, 300), degrees)]
    middle = [row[0], row[2], *opposite]
    assert open_sides(row[1], [*middle, behind]) == 1
    assert open_sides(row[1], middle) == 2
    assert open_sides(row[0], [row[1], behind]) == 2
    assert open_sides(behind, [row[0], *opposite]) == 4, "a third of a side does not close it"
    assert open_sides(behind, row) == 3
    assert not share_floor(row[0], row[1]) and not share_floor(row[1], behind)
    assert share_floor(row[1], turned(rectangle(597, 0, 300, 300), degrees))


def test_edges_that_face_one_way_are_one_side() -> None:
    assert open_sides(L_SHAPE, []) == 4
    assert open_sides(L_SHAPE, [rectangle(700, 700, 300, 300)]) == 2, "half of east and of south is closed: the notch"
    assert open_sides(L_SHAPE, [rectangle(700, 700, 300, 200)]) == 3
    assert open_sides(((0, 0), (600, 0), (300, 520)), [rectangle(0, -300, 600, 300)]) == 2


upright = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 5), st.integers(1, 5))


@settings(max_examples=60, deadline=None)
@given(st.lists(upright, min_size=2, max_size=7))
def test_rectangles_are_judged_alike_as_boxes_and_as_shapes(drawn: list[tuple[int, int, int, int]]) -> None:
    rows = [f"B{n},H,{x},{y},{w},{d}" for n, (x, y, w, d) in enumerate(drawn)]
    found = checked(rows_of("p.csv", "\n".join(["number,hall,x,y,width,depth", *rows]).encode()), Ground())
    sound = found.sound()
    for one in sound:
        corners = rectangle(one.x_cm, one.y_cm, one.width_cm, one.depth_cm)
        others = [rectangle(b.x_cm, b.y_cm, b.width_cm, b.depth_cm) for b in sound if b is not one]
        assert open_sides(corners, others) == one.sides
        assert not any(share_floor(corners, other) for other in others)


fans = st.lists(st.tuples(st.integers(0, 359), st.integers(60, 900)), min_size=3, max_size=12, unique_by=lambda p: p[0])


@settings(max_examples=80, deadline=None)
@given(fans)
def test_words_stand_within_the_shape(rays: list[tuple[int, int]]) -> None:
    """Stars around a middle: corners in the order of their angles never cross."""
    from shapely import Polygon, box

    drawn = [
        (1000 + round(far * math.cos(math.radians(at))), 1000 + round(far * math.sin(math.radians(at))))
        for at, far in sorted(rays)
    ]
    outline, (x, y, w, d) = shaped(drawn)
    if len(outline) < 3 or not Polygon(outline).is_valid:
        return
    floor = Polygon(outline).area  # four corners may be a turned rectangle's
    assert abs(floor - area_cm2(outline)) <= (0.5 if len(outline) != 4 else 2 + floor**0.5 * 4) and box_of(outline) == (
        x,
        y,
        w,
        d,
    )
    left, top, width, depth = room_in(outline)
    assert Polygon(outline).buffer(0.01).covers(box(left, top, left + width, top + depth))
    assert width * depth > 0 or area_cm2(outline) < 60_000
    assert len(inset(outline, 8.0)) == len(outline)


def test_ten_thousand_shapes_are_judged_in_seconds() -> None:
    def corners(n: int) -> str:
        x, y = n % 50 * 3, n // 50 % 50 * 6
        return f'B{n},Hall {n // 2500},"{x} {y}; {x + 3} {y}; {x + 3} {y + 2}; {x + 2} {y + 3}; {x} {y + 3}"'

    began = time.process_time()
    found = checked(rows_of("plan.csv", "\n".join([HEAD, *(corners(n) for n in range(10_000))]).encode()), Ground())
    assert (len(found.places), found.faults) == (10_000, [])
    assert time.process_time() - began < 10
