"""Plans from GeoJSON, SVG and DXF: read element by element, laid into a hall, taken along and read again."""

import io
import json
import os
import tempfile
import time
from typing import Any

import ezdxf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.booths import plan_check as said
from app.booths import plan_elements, plan_file_dxf, plan_file_geojson, plan_file_svg
from app.booths.plan_check import Ground, checked
from app.booths.plan_drawn import DrawnBooth, DrawnHall, for_dxf, geojson_of, svg_of
from app.booths.plan_drawn_dxf import dxf_of
from app.booths.plan_dxf_apart import IS_DWG, drawing_of_dxf_apart
from app.booths.plan_elements import Drawing, Shape, number_among
from app.booths.plan_file_dxf import drawing_of_dxf
from app.booths.plan_file_geojson import drawing_of_geojson
from app.booths.plan_file_svg import drawing_of_svg
from app.booths.plan_file_svg_path import BadPath, outlines_of
from app.booths.plan_placing import (
    Known,
    Placing,
    first_placing,
    guessed_unit,
    name_by_groups,
    placed_rows,
)
from app.errors import FieldErrors

Rows = list[dict[str, str]]
HALL = Known({"nha a": ("Nhà A", 4000, 3000)}, {"a": "A", "gom su": "A"})
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" '
)
REAL = HEAD + 'viewBox="0 0 40 30" width="40000mm" height="30000mm">'


def svg(inside: str, head: str = REAL) -> Drawing:
    return drawing_of_svg(f"{head}{inside}</svg>".encode())


def dxf(draw: Any, units: int = 6) -> Drawing:
    document = ezdxf.new("R2010", units=units)
    draw(document)
    written = io.StringIO()
    document.write(written)
    return _dxf(written.getvalue().encode())


def _dxf(content: bytes) -> Drawing:
    """In this process: one of its own takes a second."""
    with tempfile.NamedTemporaryFile(suffix=".dxf") as file:
        file.write(content)
        file.flush()
        return drawing_of_dxf(file.name)


def square(space: Any, x: float, y: float, side: float = 3.0, layer: str = "BOOTHS") -> Any:
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    return space.add_lwpolyline(corners, close=True, dxfattribs={"layer": layer})


def laid(drawing: Drawing, known: Known = HALL, **chosen: Any) -> Rows:
    name_by_groups(drawing, known)
    first = first_placing(drawing, known, "m")
    return placed_rows(drawing, Placing(**(vars(first) | chosen)), known, [], None)


def places(rows: Rows) -> dict[str, Any]:
    return {
        row["number"]: row.get("polygon") or tuple(float(row[c]) for c in ("x", "y", "width", "depth")) for row in rows
    }


def refused(read: Any, content: bytes) -> str:
    with pytest.raises(FieldErrors) as error:
        read(content)
    assert list(error.value.fields) == ["file"]
    return error.value.fields["file"]


# --- SVG -----------------------------------------------------------------------------------------------------


def test_svg_rectangles_polygons_and_paths_through_their_transforms_are_booths() -> None:
    rows = laid(
        svg("""
        <rect id="A1" x="1" y="2" width="3" height="4"/>
        <g transform="translate(10 0)"><g transform="scale(2)"><rect id="A2" y="1" width="1.5" height="1"/></g></g>
        <polygon id="A3" points="20,2 23,2 23,6 21.5,6 20,4"/>
        <polyline id="A4" points="1,20 4,20 4,23 1,23 1,20"/>
        <path id="A5" d="m10 20h3v3h-3z"/>
        <rect id="A6" transform="rotate(90 31.5 21.5)" x="30" y="20" width="3" height="3"/>
        <rect id="A7" transform="rotate(45 21.5 21.5)" x="20" y="20" width="3" height="3"/>""")
    )
    found = places(rows)
    assert found == {
        "A1": (1, 2, 3, 4), "A2": (10, 2, 3, 2), "A3": "20 2; 23 2; 23 6; 21.5 6; 20 4", "A4": (1, 20, 3, 3),
        "A5": (10, 20, 3, 3), "A6": (30, 20, 3, 3), "A7": "21.5 19.38; 23.62 21.5; 21.5 23.62; 19.38 21.5",
    }  # fmt: skip
    assert [row["#"] for row in rows][:3] == ["rect#A1", "rect#A2", "polygon#A3"]
    assert {row["hall"] for row in rows} == {"Nhà A"}, "the fair's only hall"


def test_svg_curves_become_corners_that_a_booth_may_have() -> None:
    [row] = laid(svg('<path id="R1" d="M10 10 A3 3 0 0 1 16 10 A3 3 0 0 1 10 10 Z"/>'))
    corners = [tuple(map(float, pair.split())) for pair in row["polygon"].split("; ")]
    assert 12 <= len(corners) <= 40
    assert all(abs((x - 13) ** 2 + (y - 10) ** 2 - 9) < 0.1 for x, y in corners)
    [[points, closed]] = outlines_of("M0 0C0 4 4 4 4 0S8-4 8 0Q9 1 10 0T12 0Z")
    assert closed and points[-1] == (12, 0) and min(y for _x, y in points) < -2.5


@pytest.mark.parametrize(
    ("data", "corners"),
    [
        ("M1,1 2,1 2,2z", [(1, 1), (2, 1), (2, 2)]),
        ("M0 0H3V2H0Z", [(0, 0), (3, 0), (3, 2), (0, 2)]),
        ("m1 1l.5.5-1e0 0z", [(1, 1), (1.5, 1.5), (0.5, 1.5)]),
        ("M0 0a1 1 0 0110 0z", [(0, 0), (10, 0)]),
    ],
)
def test_path_data_is_read_as_programs_write_it(data: str, corners: list[tuple[float, float]]) -> None:
    [[found, closed]] = outlines_of(data)
    assert closed and [one for one in found if one in corners] == corners


@pytest.mark.parametrize(
    "data", ["M0 0L", "M0 0 L 1", "0 0", "M0 0Q1 1", "M1e400 0L1 1", "M0 0A1 1 0 2 0 1 1", "M" * 30_000]
)
def test_path_data_that_is_none_is_refused(data: str) -> None:
    with pytest.raises(BadPath):
        outlines_of(data)


def test_svg_numbers_come_from_labels_titles_groups_and_the_words_inside() -> None:
    found = places(
        laid(
            svg("""
        <rect id="rect12" inkscape:label="B1" x="0" y="0" width="3" height="3"/>
        <rect data-number="B2" inkscape:label="B9" x="3" y="0" width="3" height="3"/>
        <rect id="path7" x="6" y="0" width="3" height="3"><title>Gian B3</title></rect>
        <g id="B4"><rect x="9" y="0" width="3" height="3"/><text x="0" y="29">3x3</text></g>
        <rect x="12" y="0" width="3" height="3"/><text x="12.2" y="1">Gốm Chi</text>
        <text x="13" y="2"><tspan>B5</tspan></text>
        <rect id="_x0042_6" x="15" y="0" width="3" height="3"/>
        <rect id="Rectangle 9" data-name="B7" x="18" y="0" width="3" height="3"/>
        <text transform="translate(22 1)">B8</text><rect x="21" y="0" width="3" height="3"/>""")
        )
    )
    assert {number: place[0] / 3 for number, place in found.items()} == {f"B{n}": n - 1 for n in range(1, 9)}


def test_svg_groups_say_zone_kind_and_hall_and_hidden_ones_say_nothing() -> None:
    drawing = svg("""
        <g inkscape:groupmode="layer" inkscape:label="Nhà A">
        <g inkscape:label="Gốm sứ"><rect id="C1" width="3" height="3"/><g inkscape:label="island">
        <rect id="C2" x="9" width="6" height="6"/><rect id="C3" x="19" width="6" height="6"/></g></g>
        <g id="Khu B"><rect id="C4" x="29" width="3" height="3"/><rect id="C5" x="32" width="3" height="3"/></g></g>
        <g style="display:none"><rect id="C6" width="3" height="3"/></g>
        <defs><rect id="C7" width="3" height="3"/></defs>""")
    rows = {row["number"]: row for row in laid(drawing, Known(HALL.halls | {"h2": ("Nhà B", 9, 9)}, HALL.zones))}
    assert sorted(rows) == ["C1", "C2", "C3", "C4", "C5"]
    assert [rows[f"C{n}"].get("zone") for n in range(1, 6)] == ["A", "A", "A", "B", "B"]
    assert rows["C2"]["kind"] == "island" and "kind" not in rows["C1"]
    assert {row["hall"] for row in rows.values()} == {"Nhà A"}


def test_what_an_svg_element_cannot_be_is_told_at_the_element() -> None:
    rows = laid(
        svg("""
        <rect id="D1" width="3" height="3"/><path id="D2" d="M0 9L9 9"/><rect id="D3" x="9" width="0" height="3"/>
        <circle id="D4" r="3"/><use id="D5" xlink:href="#D1" x="9"/><path id="D6" d="M9 9h3v3z M20 9h3v3z"/>
        <path d="M0 0L40 30"/><circle r="1"/><rect x="20" y="20" width="3" height="3"/>""")
    )
    found = checked(rows, Ground(halls={"nha a": ("nha a", 4000, 3000)}))
    told = {rows[fault.row]["#"]: fault.message for fault in found.faults}
    assert told == {
        "path#D2": said.UNREAD["open"], "rect#D3": said.UNREAD["area"], "circle#D4": said.UNREAD["outline"],
        "use#D5": said.UNREAD["copy"], "path#D6": said.UNREAD["parts"], "rect#7": said.NO_NUMBER,
    }  # fmt: skip
    mended = {"x": "10", "y": "9", "width": "3", "depth": "3"}
    assert not [f for f in checked([rows[1] | mended], Ground()).faults], "typed where it could not be read"


def test_svg_units_are_known_by_paper_or_asked_for_when_paper_is_no_floor() -> None:
    booths = '<rect id="A1" width="30" height="30"/><rect id="A2" x="30" width="30" height="30"/>'
    plan = svg(booths, HEAD + 'viewBox="0 0 841 594" width="841mm" height="594mm">')
    assert plan.unit_cm == pytest.approx(0.1) and first_placing(plan, HALL, "m").one == "", "3 cm is no booth"
    assert guessed_unit((30, 30)) == ("0.1", "m")
    feet = svg(booths, HEAD + 'viewBox="0 0 1200 900" width="1200in" height="900in">')
    assert first_placing(feet, HALL, "m").unit == "in"
    none = svg(booths, HEAD + 'width="1200px" height="900">')
    assert none.unit_cm is None
    assert places(laid(none, one="10", unit="cm"))["A2"] == (3, 0, 3, 3)
    assert [guessed_unit((side, side)) for side in (3, 300, 3000, 10, 120)] == [
        ("1", "m"), ("1", "cm"), ("1", "mm"), ("1", "ft"), ("1", "in"),
    ]  # fmt: skip


BOMB = (
    '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
    + f"]>{HEAD}><text>&i;</text></svg>"
)
FILE = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{HEAD}><rect id="A1" width="3" height="3"/>&x;</svg>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (BOMB, plan_file_svg.ENTITIES), (FILE, plan_file_svg.ENTITIES), ("<html/>", plan_file_svg.NO_SVG),
        ("<svg", plan_file_svg.NO_SVG), (f"{HEAD}>" + "<g>" * 100_000, plan_file_svg.TOO_LARGE),
        (f"{HEAD}>" + "<g/>" * 200_001 + "</svg>", plan_file_svg.TOO_LARGE), (f"{HEAD}/>", plan_elements.NO_SHAPES),
        ('<?xml version="1.0" encoding="klingon"?><svg/>', plan_file_svg.NO_SVG),
        (f"{HEAD}>" + '<rect width="1" height="1"/>' * 20_001 + "</svg>", plan_elements.TOO_MANY),
    ],
)  # fmt: skip
def test_hostile_svg_is_refused_in_words(content: str, sentence: str) -> None:
    assert refused(drawing_of_svg, content.encode()) == sentence


def test_illustrator_and_old_doctypes_do_no_harm_and_odd_attributes_neither() -> None:
    head = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    drawing = drawing_of_svg(
        f'{head}{REAL}<rect id="A1" width="3" height="3"/><rect id="A2" x="9%" width="3" height="3"/>'
        '<g transform="explode(3)"><rect id="A3" width="3" height="3"/></g><rect id="A4" width="1e99" height="3"/>'
        '<rect id="_xD800_9" x="9" width="3" height="3"/><path id="A5" d="M0 0A1e-200 1e200 0 0 1 1e8 1z"/>'
        "</svg>".encode()
    )
    assert [(one.element, one.problem) for one in drawing.shapes if one.problem] == [
        ("rect#A2", "outline"), ("rect#A4", "outline"), ("path#A5", "outline"),
    ]  # fmt: skip
    assert json.dumps([vars(one) for one in drawing.shapes]).encode()


# --- DXF -----------------------------------------------------------------------------------------------------


def test_dxf_polylines_and_blocks_are_booths_and_north_is_up() -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        for n in range(3):
            square(space, n * 3, 20)
            space.add_text(f"A{n + 1}", height=0.5, dxfattribs={"layer": "TEXT"}).set_placement((n * 3, 20))
        space.add_mtext("B1", dxfattribs={"insert": (1, 13), "char_height": 0.5})
        space.add_polyline2d([(0, 11), (3, 11), (3, 14), (1, 14), (0, 13)], close=True, dxfattribs={"layer": "BOOTHS"})
        space.add_lwpolyline([(20, 5), (23, 5), (23, 8), (20, 8), (20, 5)], dxfattribs={"layer": "BOOTHS"})
        space.add_mtext("{\\fArial|b0;B2}\\P9 m2", dxfattribs={"insert": (20.2, 7.8), "char_height": 0.5})
        block = document.blocks.new("BOOTH")
        block.add_lwpolyline([(0, 0), (3, 0), (3, 3), (0, 3)], close=True)
        block.add_lwpolyline([(1, 1), (2, 1), (2, 2)], close=True)
        for n, (number, zone) in enumerate((("C1", "A"), ("C2", "B"))):
            insert = space.add_blockref("BOOTH", (10 + 6 * n, 5), dxfattribs={"layer": "BOOTHS", "rotation": 90 * n})
            insert.add_attrib("SO_GIAN", number)
            insert.add_attrib("KHU", zone)
        square(space, -1, -1, 40, layer="WALLS")

    drawing = dxf(draw)
    assert drawing.unit_cm == 100 and drawing.y_up
    assert plan_elements.likely_layers(plan_elements.layers_of(drawing.shapes)) == ["BOOTHS"]
    rows = laid(drawing)
    assert places(rows) == {
        "A1": (0, 7, 3, 3), "A2": (3, 7, 3, 3), "A3": (6, 7, 3, 3), "B1": "0 19; 3 19; 3 16; 1 16; 0 17",
        "B2": (20, 22, 3, 3), "C1": (10, 22, 3, 3), "C2": (13, 22, 3, 3),
    }  # fmt: skip
    assert {row["number"]: row.get("zone") for row in rows if row["number"][0] == "C"} == {"C1": "A", "C2": "B"}
    assert all(row["#"].endswith("· BOOTHS") and int(row["#"].split()[0], 16) for row in rows)


def test_dxf_units_arcs_hidden_layers_and_nested_blocks() -> None:
    def draw(document: Any) -> None:
        space = document.modelspace()
        document.layers.add("OLD").off()
        square(space, 0, 0, 10, layer="OLD")
        space.add_lwpolyline([(0, 0, 1), (10, 0, 1)], format="xyb", close=True)
        space.add_text("R1", height=1).set_placement((5, 0))
        inner, outer = document.blocks.new("INNER"), document.blocks.new("OUTER")
        square(inner, 0, 0, 10, layer="0")
        inner.add_text("N1", height=1).set_placement((2, 2))
        outer.add_blockref("INNER", (20, 0))
        space.add_blockref("OUTER", (0, 0), dxfattribs={"layer": "STANDS"})

    drawing = dxf(draw, units=2)
    rows = laid(drawing)
    assert first_placing(drawing, HALL, "m").unit == "ft"
    assert {row["number"]: row["#"].split(" · ")[1] for row in rows} == {"R1": "0", "N1": "STANDS"}
    assert len(rows[0]["polygon"].split(";")) > 12
    assert (rows[1]["width"], rows[1]["depth"]) == ("3.05", "3.05")


def test_dxf_without_a_unit_or_with_one_that_cannot_be_is_asked() -> None:
    def draw(document: Any) -> None:
        square(document.modelspace(), 0, 0, 200)
        document.modelspace().add_text("A1", height=30).set_placement((9, 9))

    assert first_placing(dxf(draw, units=0), HALL, "m").one == ""
    assert first_placing(dxf(draw, units=4), HALL, "m").one == "", "20 cm is no booth"
    assert first_placing(dxf(draw, units=5), HALL, "m").unit == "cm"


def test_hostile_dxf_is_refused_in_words() -> None:
    assert refused(drawing_of_dxf_apart, b"AC1032" + os.urandom(99)) == IS_DWG
    assert refused(drawing_of_dxf_apart, os.urandom(2_000)) == plan_file_dxf.NO_DXF
    assert refused(drawing_of_dxf_apart, b"0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n70\nx") in (
        plan_file_dxf.NO_DXF, plan_elements.NO_SHAPES,
    )  # fmt: skip

    def draw(document: Any) -> None:  # 10 in 10 in 10 ... and a grid of a million
        for n in range(7):
            block = document.blocks.new(f"B{n}")
            for m in range(10):
                block.add_blockref(f"B{n + 1}", (m, 0))
        square(document.blocks.new("B7"), 0, 0)
        document.modelspace().add_blockref("B0", (0, 0))
        document.modelspace().add_blockref(
            "B7", (0, 0), dxfattribs={"row_count": 1_000, "column_count": 1_000, "row_spacing": 3, "column_spacing": 3}
        )

    with pytest.raises(FieldErrors) as error:
        dxf(draw)
    assert error.value.fields == {"file": plan_file_dxf.TOO_MUCH}


# --- GeoJSON -------------------------------------------------------------------------------------------------


def feature(number: Any, ring: Any, shape: str = "Polygon", **more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"number": number} | more,
        "geometry": {"type": shape, "coordinates": ring},
    }


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


RING = [[4, 4], [7, 4], [7, 7], [4, 7], [4, 4]]


def test_geojson_polygons_are_booths_by_their_properties() -> None:
    far = [[x + 20, y] for x, y in RING]
    rows = laid(drawing_of_geojson(collection(
        feature(12, [RING], **{"hall": "Nhà A", "Khu": "A", "open sides": 2, "name": "Lụa"}),
        feature("B2", [far], kind="show"),
        feature("B3", [[[4, 14], [8, 14], [4, 19]]]), feature("B4", [RING, RING]), feature(None, [RING], "Point"),
    )))  # fmt: skip
    assert rows[0] == {"number": "12", "hall": "Nhà A", "zone": "A", "sides": "2", "name": "Lụa", "x": "4", "y": "4",
                       "width": "3", "depth": "3", "#": "12", "@": "0"}  # fmt: skip
    assert rows[1]["kind"] == "show" and rows[1]["hall"] == "Nhà A" and rows[1]["x"] == "24"
    assert rows[2]["polygon"] == "4 14; 8 14; 4 19" and rows[3]["!"] == "parts" and len(rows) == 4


def test_geojson_in_feet_and_with_an_offset_lies_where_it_is_asked() -> None:
    drawing = drawing_of_geojson(collection(feature("A1", [RING]), feature("A2", [[[x + 3, y] for x, y in RING]])))
    assert places(laid(drawing, unit="ft", left_cm=100, top_cm=200)) == {
        "A1": (1, 2, 0.91, 0.91),
        "A2": (1.91, 2, 0.91, 0.91),
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (collection(feature("A1", [[[105.8 + x / 1e5, 21 + y / 1e5] for x, y in RING]])), plan_file_geojson.ON_EARTH),
        (collection(feature("A1", [[[587_000 + x, 2_325_000 + y] for x, y in RING]])), plan_file_geojson.ON_EARTH),
        (b"[" * 100_000, plan_file_geojson.NO_GEOJSON), (b'{"type":"FeatureCollection"}', plan_file_geojson.NO_GEOJSON),
        (b'{"type": ' + b"9" * 9_000 + b"}", plan_file_geojson.NO_GEOJSON), (b"{\xff}", plan_file_geojson.NO_GEOJSON),
        (collection(), plan_elements.NO_SHAPES), (collection(3, None, {"geometry": []}), plan_elements.NO_SHAPES),
    ],
)  # fmt: skip
def test_hostile_geojson_and_geography_are_refused_in_words(content: bytes, sentence: str) -> None:
    assert refused(drawing_of_geojson, content) == sentence


def test_odd_corners_of_geojson_are_told_and_half_characters_dropped() -> None:
    odd = b'{"type":"FeatureCollection","features":[' + b",".join(
        b'{"properties":{"number":"\\ud800A%d\\u0000"},"geometry":{"type":"Polygon","coordinates":[%s]}}' % (n, ring)
        for n, ring in enumerate((b"[[0,0],[NaN,0],[1,1]]", b"[[0,0],[1e999,0],[1,1]]", b'[["a",0],[1,0],[1,1]]',
                                  b"[[0,0],[1,0]]", b"[[0,0],[1,0],[2,0]]", b"{}", b"[[true,0],[1,0],[1,1]]"))
    ) + b"]}"  # fmt: skip
    drawing = drawing_of_geojson(odd)
    assert [one.problem for one in drawing.shapes] == ["outline"] * 4 + ["area"] + ["outline"] * 2
    assert drawing.shapes[0].words["number"] == "A0"


# --- numbers, layers, mending --------------------------------------------------------------------------------


def test_the_likeliest_of_several_words_is_the_number() -> None:
    assert number_among(["Gốm Chi", "3x3", "9 m2", "Gian A-12"]) == "A-12"
    assert number_among(["rect", "Lô 7"]) == "7"
    assert number_among(["Stand B2", "C3"]) == "B2"
    assert number_among(["", "Gốm Chi"]) == "Gốm Chi"
    assert number_among([]) == ""


def test_laid_anew_rows_keep_what_was_mended_and_what_was_left_out_stays_out() -> None:
    shapes = [
        Shape(f"rect#{n}", [(x, 0), (x + 3, 0), (x + 3, 3), (x, 3)], {"number": number} if number else {}, layer)
        for n, (x, number, layer) in enumerate(((0, "A1", "one"), (3, "A2", "one"), (6, "", "one"), (9, "B1", "two")))
    ]
    drawing = Drawing("svg", shapes, 100.0)
    first = Placing("1", "m", "Nhà A", layers=["one"])
    rows = placed_rows(drawing, first, HALL, [], None)
    assert [row.get("number") for row in rows] == ["A1", "A2", None]
    rows = [rows[0] | {"number": "A9", "zone": "A", "x": "30"}, rows[2] | {"number": "A3", "hall": "Nhà B"}]
    again = placed_rows(drawing, Placing("10", "ft", "Nhà C", 0, 0, ["one", "two"], True), HALL, rows, first)
    assert [(row["number"], row["hall"], row["x"]) for row in again] == [
        ("A9", "Nhà C", "0"), ("A3", "Nhà B", "18.29"), ("B1", "Nhà C", "27.43"),
    ]  # fmt: skip
    assert again[0]["zone"] == "A" and again[0]["width"] == "9.14"


def test_words_and_shapes_beyond_all_floors_are_left_alone() -> None:
    small = [(0.0, 0.0), (0.01, 0.0), (0.01, 0.01), (0.0, 0.01)]
    far = [(x + 1e308, y) for x, y in small]
    shapes = [plan_elements.Shape("svg", corners=corners) for corners in (small, small, far)]
    texts = [plan_elements.Text("A1", (1e307, 0.0), 1.0), plan_elements.Text("A2", (0.005, 0.005), 1.0)]
    assert plan_elements.texts_inside(shapes, texts) == {0: ["A2"]}


def test_many_words_on_one_place_cost_no_minutes() -> None:
    shapes = [Shape("x", [(0, 0), (9, 0), (9, 9), (0, 9)]) for _n in range(2_000)]
    texts = [plan_elements.Text("A1", (1, 1)) for _n in range(5_000)]
    with pytest.raises(FieldErrors):
        plan_elements.texts_inside(shapes, texts)


# --- there and back ------------------------------------------------------------------------------------------

words = st.fixed_dictionaries({}, optional={
    "zone": st.sampled_from(["A", "Đ2"]), "zone_name": st.just('Gốm & "men" <1>'),
    "kind": st.sampled_from(["row", "show"]),
    "sides": st.sampled_from(["1", "4"]), "state": st.sampled_from(["free", "not_let"]),
    "name": st.just("Lụa 'Hà Đông'"), "price": st.just("1250000"),
})  # fmt: skip
boxes = st.tuples(st.integers(50, 1_000), st.integers(50, 1_000), st.booleans(), words)


def halls_of(drawn: list[tuple[int, int, bool, dict[str, str]]]) -> list[DrawnHall]:
    """Two halls; every box stands in a cell of its own, cut at a corner or whole."""
    booths = []
    for n, (width, depth, cut, said_of) in enumerate(drawn):
        x, y = n % 4 * 1_100 + 7, n // 4 * 1_100
        corners = [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]
        if cut:
            corners[2:3] = [(x + width, y + depth // 2), (x + width // 2, y + depth)]
        booths.append(DrawnBooth(f"{n}" if n % 2 else f"Đ{n}.", corners, said_of))
    half = len(booths) // 2
    return [
        DrawnHall("Nhà A & B", 5_000, 9_000, booths[:half], [(10, 4_000, 100, 100)]),
        DrawnHall("Nhà “Đ”", 5_000, 9_000, booths[half:]),
    ]


@settings(max_examples=12, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=12))
def test_what_is_taken_along_comes_in_again_unchanged(drawn: list[tuple[int, int, bool, dict[str, str]]]) -> None:
    halls = halls_of(drawn)
    known = Known({hall.name.lower(): (hall.name, hall.width_cm, hall.depth_cm) for hall in halls})
    wanted = {}
    for hall in halls:
        for booth in hall.booths:
            corners = [f"{x / 100:g} {y / 100:g}" for x, y in booth.corners]
            wanted[booth.number] = booth.words | {"hall": hall.name, "number": booth.number, "at": set(corners)}
    for read, content in (
        (drawing_of_geojson, geojson_of(halls)), (drawing_of_svg, svg_of(halls)), (_dxf, dxf_of(for_dxf(halls))),
    ):  # fmt: skip
        drawing = read(content)
        rows = placed_rows(drawing, first_placing(drawing, known, "m"), known, [], None)
        found = {}
        for row in rows:
            at = set(row.pop("polygon", "").split("; ")) - {""} or _corners(row)
            found[row["number"]] = {name: text for name, text in row.items() if name not in "#@!"} | {"at": at}
        assert found == wanted, read.__name__


def _corners(row: dict[str, str]) -> set[str]:
    x, y, width, depth = (round(float(row.pop(name)) * 100) for name in ("x", "y", "width", "depth"))
    return {f"{a / 100:g} {b / 100:g}" for a in (x, x + width) for b in (y, y + depth)}


def test_ten_thousand_shapes_are_read_in_seconds() -> None:
    booths = [DrawnBooth(f"Z{n}", [(x, y), (x + 300, y), (x + 300, y + 300), (x, y + 300)])
              for n in range(10_000) for x, y in [(n % 100 * 300, n // 100 * 600)]]  # fmt: skip
    halls = [DrawnHall("Nhà A", 40_000, 70_000, booths)]
    for read, content in ((drawing_of_geojson, geojson_of(halls)), (drawing_of_svg, svg_of(halls))):
        began = time.process_time()
        drawing = read(content)
        found = checked(laid(drawing, one="1", unit="cm" if read is drawing_of_svg else "m"), Ground())
        assert (len(found.places), found.faults) == (10_000, [])
        assert time.process_time() - began < 9, read.__name__  # 1 to 2 s
