"""A plan from a table: read from CSV and XLSX, judged row by row, without a database."""

import io
import time
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from app.booths import plan_check as said
from app.booths import plan_lengths as lengths
from app.booths import plan_xlsx_apart as apart
from app.booths.plan_check import Ground, Standing, checked
from app.booths.plan_file import LARGEST_FILE, rows_of
from app.errors import FieldErrors

HEAD = "number,hall,x,y,width,depth"
HALL_A = Ground(
    halls={"nha a": ("nha a", 4000, 3000), "h1": ("nha a", 4000, 3000)},
    booths={
        "a01": Standing("A01", "nha a", 400, 400, 300, 300, kept=True),
        "a02": Standing("A02", "nha a", 700, 400, 300, 300, kept=False),
    },
    zones={"a": "nha a"},
)


def read(text: str, name: str = "plan.csv") -> list[dict[str, str]]:
    return rows_of(name, text.encode())


def faults(*rows: str, ground: Ground | None = None, head: str = HEAD) -> list[tuple[int, str, str]]:
    found = checked(read("\n".join([head, *rows])), ground or Ground())
    return [(fault.row, fault.column, fault.message) for fault in found.faults]


@pytest.mark.parametrize(
    "text",
    [
        "number,hall,x,y,width,depth\nA1,Hall 1,4,4,3,3\n",
        "Số gian;Nhà;x (m);y (m);Chiều rộng (m);Chiều sâu (m)\r\nA1;Hall 1;4;4;3;3\r\n",
        "\ufeffNo\tHall\tX\tY\tW\tD\nA1\tHall 1\t4\t4\t3\t3\n\n",
        "number,hall,x (cm),y_cm,width (ft),depth\nA1,Hall 1,400,400,9.8425 ft,3000 mm\n",
    ],
)
def test_headings_in_both_languages_and_any_separator_say_the_same(text: str) -> None:
    [place] = checked(read(text), Ground()).places
    assert (place.number, place.hall) == ("A1", "Hall 1")
    assert (place.x_cm, place.y_cm, place.width_cm, place.depth_cm) == (400, 400, 300, 300)


def test_workbook_says_the_same_as_its_csv() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate((HEAD.split(","), ["A1", "Hall 1", 4, 4.5, 3, 3], [], ["A2", "Hall 1", 7, 4.5, 3, 3])):
            sheet.write_row(n, 0, row)
    assert rows_of("plan.xlsx", file.getvalue()) == read(f"{HEAD}\nA1,Hall 1,4,4.5,3,3\n,,,,,\nA2,Hall 1,7,4.5,3,3")


def test_a_workbook_that_unpacks_to_styles_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    file, bomb = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, HEAD.split(","))
    with zipfile.ZipFile(file) as sound, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in sound.namelist():
            styles = sound.read(part).replace(b"</cellXfs>", b"<xf/>" * 6_000_000 + b"</cellXfs>")
            packed.writestr(part, styles if part == "xl/styles.xml" else sound.read(part))
    monkeypatch.setattr(apart, "SECONDS_AT_MOST", 3)
    with pytest.raises(FieldErrors) as refused:
        rows_of("plan.xlsx", bomb.getvalue())
    assert refused.value.fields == {"file": apart.TOO_LONG}


NO_PLANS = (
    b"",
    b"PK\x03\x04 broken",
    b"\x89PNG\r\n",
    b"number,hall\nA1,H",
    f"{HEAD}\n".encode(),
    f'{HEAD}\n"A1,H,0,0,3,3\n'.encode() + b"x" * 200_000,
    "số,nhà".encode("utf-16-be"),
)


@pytest.mark.parametrize("content", NO_PLANS)
def test_what_is_no_plan_is_said_at_once(content: bytes) -> None:
    with pytest.raises(FieldErrors) as refused:
        rows_of("plan.csv", content)
    assert list(refused.value.fields) == ["file"]


def test_titles_may_stand_above_the_headings() -> None:
    rows = read("SƠ ĐỒ GIAN HÀNG;;;;;\n;;;;;\nSố gian;Nhà;x;y;Rộng;Sâu\nA1;Nhà A;4;4;3;3\n;;;;;\nA1;Nhà A;9;4;3;3\n")
    assert [row["#"] for row in rows] == ["4", "6"]
    assert [fault.params for fault in checked(rows, Ground()).faults] == [{"other": "4"}]


@pytest.mark.parametrize("far", ["XFD1048576", "XFD2", "A1048576"])
def test_a_cell_in_the_last_corner_costs_nothing(far: str) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate((HEAD.split(","), ["A1", "Hall 1", 4, 4, 3, 3])):
            sheet.write_row(n, 0, row)
        sheet.write(far, "x")
    began = time.perf_counter()
    assert [row["number"] for row in rows_of("plan.xlsx", file.getvalue())] == ["A1"]
    assert time.perf_counter() - began < 5


def test_shows_are_not_for_letting_and_words_are_of_both_languages() -> None:
    head = f"{HEAD},loại,tình trạng"
    rows = ["S1,H,0,0,3,3,show,", "A1,H,9,0,3,3,góc,đã khoá", "A2,H,20,0,3,3,Tiêu chuẩn,", "A3,H,30,0,3,3,trưng bày,"]
    found = {p.number: (p.kind, str(p.state)) for p in checked(read("\n".join([head, *rows])), Ground()).places}
    assert found == {
        "S1": ("show", "show"), "A1": ("corner", "not_let"), "A2": ("row", "free"), "A3": ("show", "show"),
    }  # fmt: skip


def test_missing_columns_are_named() -> None:
    with pytest.raises(FieldErrors) as refused:
        read("number,hall,x\nA1,H,3")
    assert refused.value.params == {"missing": "y, width, depth", "row": 1}


def test_too_much_is_refused() -> None:
    with pytest.raises(FieldErrors):
        rows_of("plan.csv", b"x" * (LARGEST_FILE + 1))
    with pytest.raises(FieldErrors):
        read(HEAD + "\n" + "A1,H,1,1,3,3\n" * 20_001)


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (",Hall,0,0,3,3", "number", said.NO_NUMBER),
        ("A 1,Hall,0,0,3,3", "number", said.BAD_NUMBER),
        ("A/1,Hall,0,0,3,3", "number", said.BAD_NUMBER),
        (f"{'A' * 13},Hall,0,0,3,3", "number", said.BAD_NUMBER),
        ("..,Hall,0,0,3,3", "number", said.BAD_NUMBER),
        ("-1,Hall,0,0,3,3", "number", said.BAD_NUMBER),
        ("A1,,0,0,3,3", "hall", said.NO_HALL),
        (f"A1,{'H' * 81},0,0,3,3", "hall", said.LONG_HALL),
        ("A1,Hall,,0,3,3", "x", lengths.NO_LENGTH),
        ("A1,Hall,-1,0,3,3", "x", lengths.BELOW_ZERO),
        ("A1,Hall,0,1.2.3,3,3", "y", lengths.NO_LENGTH),
        ("A1,Hall,0,0,3 parsec,3", "width", lengths.NO_UNIT),
        ("A1,Hall,0,0,3,0", "depth", lengths.NO_AREA),
        ("A1,Hall,0,0,101,3", "width", lengths.NO_AREA),
        ("A1,Hall,1001,0,3,3", "x", lengths.TOO_FAR),
    ],
)
def test_each_fault_is_told_at_its_row_and_column(row: str, column: str, message: str) -> None:
    assert faults("Z1,Elsewhere,0,0,3,3", row) == [(1, column, message)]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("kind", "castle", said.NO_KIND), ("open sides", "5", said.NO_SIDES), ("state", "let", said.NO_STATE),
        ("zone", "A long zone name", said.LONG_ZONE), ("price", "cheap", said.NO_PRICE),
    ],
)  # fmt: skip
def test_what_else_a_row_may_say_is_judged_too(column: str, cell: str, message: str) -> None:
    name = {"open sides": "sides"}.get(column, column)
    assert faults(f"A1,Hall,0,0,3,3,{cell}", head=f"{HEAD},{column}") == [(0, name, message)]


def test_a_row_with_several_faults_tells_all_of_them() -> None:
    assert [column for _row, column, _m in faults("A 1,,x,0,0,3")] == ["number", "hall", "x", "width"]


def test_numbers_twice_and_floor_shared_are_told() -> None:
    assert faults("A1,H,0,0,3,3", "a1,H,9,9,3,3") == [(1, "number", said.TWICE)]
    both = [(0, "x", said.OVERLAPS), (1, "x", said.OVERLAPS)]
    assert faults("A1,H,0,0,3,3", "A2,H,2.9,0,3,3", "A3,G,0,0,3,3") == both, "either may be the one mistyped"
    assert faults("A1,H,0,0,3,3", "A2,H,3,0,3,3", "A3,H,0,3.005,3,3") == []


def test_the_plan_that_stands_is_respected() -> None:
    assert faults("A01,Nhà A,4,4,3,3", "A02,nha a,20,20,3,3", ground=HALL_A) == []
    assert faults("A01,H1,20,20,3,3", ground=HALL_A) == [(0, "number", said.KEPT)]
    assert faults("A01,Nhà B,4,4,3,3", ground=HALL_A) == [(0, "number", said.KEPT)]
    rows = faults("C01,H,1,0,3,3", "C02,H,5,0,3,3", "C02,H,8,0,3,3", "C03,H,10,0,3,3")
    assert [row for row, _column, message in rows if message == said.OVERLAPS] == [2, 3], "not the row of that number"
    assert faults("B1,Nhà A,5,5,3,3", ground=HALL_A) == [(0, "x", said.OVERLAPS)]
    assert faults("B1,Nhà A,38,5,3,3", ground=HALL_A) == [(0, "x", said.OUTSIDE)]
    assert faults("B1,Nhà B,5,5,3,3,A", ground=HALL_A, head=f"{HEAD},zone") == [(0, "zone", said.ZONE_ELSEWHERE)]


def test_open_sides_and_kinds_follow_from_the_neighbours() -> None:
    rows = ["A1,H,0,0,3,3", "A2,H,3,0,3,3", "A3,H,6,0,3,3", "B1,H,0,3.1,9,3", "C1,H,30,30,6,6", "S1,H,50,0,9,9"]
    text = "\n".join([f"{HEAD},state", *(f"{row},{'show' if row.startswith('S') else ''}" for row in rows)])
    found = {place.number: (place.sides, place.kind) for place in checked(read(text), Ground()).places}
    assert found == {
        "A1": (2, "corner"), "A2": (1, "row"), "A3": (2, "corner"), "B1": (3, "corner"), "C1": (4, "island"),
        "S1": (4, "show"),
    }  # fmt: skip


@pytest.mark.parametrize("size", ["3,3", "100,100"])
def test_a_column_that_was_forgotten_costs_no_minutes(size: str) -> None:
    rows = [f"B{n},H,0,0,{size}" for n in range(5_000)]
    began = time.perf_counter()
    assert len(checked(read("\n".join([HEAD, *rows])), Ground()).rows_with_faults) == 5_000
    assert time.perf_counter() - began < 10


def test_a_table_brings_so_many_halls_and_zones_and_no_more() -> None:
    rows = [f"B{n},Hall {n},0,0,3,3,Z{n}" for n in range(400)]
    found = faults(*rows, head=f"{HEAD},zone")
    assert [row for row, _c, message in found if message == said.MANY_HALLS] == list(range(20, 400))
    assert [row for row, _c, message in found if message == said.MANY_ZONES] == list(range(300, 400))


def test_what_our_own_files_keep_from_being_run_comes_back_as_it_was() -> None:
    [row] = read(f"{HEAD},zone,name\nA1,H,0,0,3,3,'@Q,'=1+1\n")
    assert (row["zone"], row["name"]) == ("@Q", "=1+1")


def test_ten_thousand_booths_are_judged_in_seconds() -> None:
    rows = [f"B{n},Hall {n // 2500},{n % 50 * 3},{n // 50 % 50 * 6},3,3" for n in range(10_000)]
    began = time.perf_counter()
    found = checked(read("\n".join([HEAD, *rows])), Ground())
    assert (len(found.places), found.faults) == (10_000, [])
    assert time.perf_counter() - began < 10


boxes = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9), st.integers(1, 9))


@settings(max_examples=200, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=12))
def test_sound_rows_never_share_floor(drawn: list[tuple[int, int, int, int]]) -> None:
    rows = [f"B{n},H,{x},{y},{w},{d}" for n, (x, y, w, d) in enumerate(drawn)]
    found = checked(read("\n".join([HEAD, *rows])), Ground())
    sound = found.sound()
    for n, one in enumerate(sound):
        for other in sound[:n]:
            across = min(one.right, other.right) - max(one.x_cm, other.x_cm)
            down = min(one.bottom, other.bottom) - max(one.y_cm, other.y_cm)
            assert across <= 1 or down <= 1
    assert bool(found.faults) == any(
        min(a + w, c + u) > max(a, c) and min(b + d, e + v) > max(b, e)
        for n, (a, b, w, d) in enumerate(drawn)
        for c, e, u, v in drawn[:n]
    )
