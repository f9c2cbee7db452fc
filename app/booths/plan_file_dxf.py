"""A floor plan as DXF: closed polylines and blocks, numbers from the text in them. The only importer of ezdxf.

It runs in a process of its own (plan_dxf_apart.py), so that no drawing holds up a page, or takes more than its share.
"""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from app.booths.plan_elements import (
    MOST_TEXTS,
    TOO_MANY,
    Corners,
    Drawing,
    Shape,
    Text,
    floor_of,
    into_halls,
    is_closed,
    looks_like_a_number,
    number_among,
    texts_inside,
    tidy,
)
from app.booths.plan_file import Raw, column_called
from app.errors import FieldErrors
from app.i18n_marks import N_
from app.search import fold

APP, HALL, FLOOR, BOOTHS = "PHIEN", "HALL", "FLOOR", "BOOTHS"  # our XDATA, and the layers that we write
HALL_LAYERS, FLOOR_LAYERS = ("hall", "halls", "nha"), ("floor",)
UNITS_CM = {1: 2.54, 2: 30.48, 4: 0.1, 5: 1.0, 6: 100.0, 10: 91.44, 14: 10.0}  # $INSUNITS
DEEPEST_BLOCK, MOST_ENTITIES, MOST_IN_BLOCKS, FLATTEN = 5, 100_000, 50_000, 0.01
NO_DXF = N_(
    "This DXF is damaged and cannot be read. Open it in a CAD program, run AUDIT, save it as DXF (2010 or newer) and "
    "send it again."
)
TOO_MUCH = N_(
    "The drawing is too large: 100,000 entities at most, 50,000 of them in blocks. Save the layer of the booths "
    "alone as DXF."
)


class _Reading:
    """What has been seen of a drawing."""

    def __init__(self, unseen: set[str]) -> None:
        self.unseen = unseen  # layers that are off or frozen
        self.shapes: list[Shape] = []
        self.texts: list[Text] = []
        self.hall_outlines: list[Corners] = []
        self.hall_names: list[Text] = []
        self.aside = self.entities = self.in_blocks = 0

    def count(self, in_block: bool, times: int = 1) -> None:
        """What stands in blocks is made for each insert, and costs more."""
        self.entities += times
        self.in_blocks += times * in_block
        if self.entities > MOST_ENTITIES or self.in_blocks > MOST_IN_BLOCKS:
            raise FieldErrors({"file": TOO_MUCH})


def drawing_of_dxf(path: str) -> Drawing:
    """Its closed shapes. Raises FieldErrors under `file`."""
    document = _document(path)
    unseen = {layer.dxf.name.casefold() for layer in document.layers if layer.is_off() or layer.is_frozen()}
    reading = _Reading(unseen)
    try:
        for entity in document.modelspace():
            _take(entity, reading)
    except FieldErrors:
        raise
    except Exception as error:  # whatever a broken drawing makes the library say
        raise FieldErrors({"file": NO_DXF}) from error
    inside = texts_inside(reading.shapes, reading.texts)
    for n, shape in enumerate(reading.shapes):
        if not shape.words.get("number"):
            shape.words["number"] = number_among(inside.get(n, []))
    into_halls(reading.shapes, list(_halls(reading)))
    return Drawing("dxf", reading.shapes, UNITS_CM.get(document.units), y_up=True, aside=reading.aside)


def _document(path: str) -> Any:
    """As it is; a damaged one as far as it can be mended."""
    import ezdxf
    from ezdxf import recover

    try:
        return ezdxf.readfile(path)
    except Exception:  # whatever a broken file makes the library say
        try:
            document, _auditor = recover.readfile(path)
        except Exception as error:
            raise FieldErrors({"file": NO_DXF}) from error
        return document


def _take(entity: Any, reading: _Reading, layer: str = "", depth: int = 0) -> None:
    """An entity of the drawing, or of a block in it: on layer 0 it is where its block is."""
    reading.count(depth > 0)
    own = entity.dxf.get("layer", "0")
    layer = own if own != "0" or not layer else layer
    if layer.casefold() in reading.unseen or entity.dxf.get("invisible", 0):
        return
    role = fold(layer)
    if role in FLOOR_LAYERS:
        return
    kind = entity.dxftype()
    if kind in ("TEXT", "MTEXT"):
        _take_text(entity, kind, reading.hall_names if role in HALL_LAYERS else reading.texts)
    elif kind == "INSERT":
        _take_block(entity, reading, layer, depth)
    elif kind in ("LWPOLYLINE", "POLYLINE"):
        corners = _corners(entity)
        if role in HALL_LAYERS and corners:
            reading.hall_outlines.append(corners)
        elif corners:
            reading.shapes.append(Shape(_called(entity, layer), corners, _own_words(entity), layer))
        elif words := _own_words(entity):
            reading.shapes.append(Shape(_called(entity, layer), [], words, layer, problem="open"))
        else:
            reading.aside += 1
    else:
        reading.aside += kind in ("LINE", "CIRCLE", "ELLIPSE", "SPLINE", "HATCH", "ARC")


def _take_block(insert: Any, reading: _Reading, layer: str, depth: int) -> None:
    """A block with a number among its attributes is one booth, as large as its largest outline; else what is in it."""
    if depth >= DEEPEST_BLOCK:
        return
    times = insert.mcount
    if times > 1:
        reading.count(True, times)
        for one in insert.multi_insert():
            _take_block(one, reading, layer, depth + 1)
        return
    words = _attributes(insert) | _own_words(insert)
    if not words.get("number"):
        for one in insert.virtual_entities():
            _take(one, reading, layer, depth + 1)
        return
    outlines = []
    for one in insert.virtual_entities():
        reading.count(True)
        if one.dxftype() in ("LWPOLYLINE", "POLYLINE"):
            outlines.append(_corners(one))
    corners = max(outlines, key=floor_of, default=[])
    problem = "" if corners else "outline"
    reading.shapes.append(Shape(_called(insert, layer), corners, words, layer, problem=problem))


def _attributes(insert: Any) -> Raw:
    """By their tags, as columns are called; where none says so, the number is the first that looks like one."""
    said = [(attrib.dxf.get("tag", ""), attrib.dxf.get("text", "")) for attrib in insert.attribs]
    words = {column: text for tag, text in said if (column := column_called(tag))}
    number = words.get("number") or next((text for _tag, text in said if looks_like_a_number(text.strip())), "")
    return words | ({"number": number_among([number])} if number else {})


def _own_words(entity: Any) -> Raw:
    """What our own files keep with an entity, as `column=text`."""
    if not entity.has_xdata(APP):
        return {}
    pairs = (value.partition("=") for code, value in entity.get_xdata(APP) if code == 1000)
    return {column_called(name): text for name, _equals, text in pairs if column_called(name)}


def _take_text(entity: Any, kind: str, texts: list[Text]) -> None:
    """Where its letters are: a text begins on its baseline, often upon the edge of the booth."""
    if len(texts) >= MOST_TEXTS:
        raise FieldErrors({"file": TOO_MANY})
    height = entity.dxf.get("char_height" if kind == "MTEXT" else "height", 0)
    if kind == "MTEXT":
        place, corner = entity.dxf.insert, entity.dxf.get("attachment_point", 1)
        across, up = (1 - (corner - 1) % 3) * height / 3, ((corner - 1) // 3 - 1) * height / 2
    else:
        align, place, _second = entity.get_placement()
        across = height / 3 if align.name.endswith("LEFT") or align.name in ("ALIGNED", "FIT") else 0
        up = -height / 3 if "TOP" in align.name else 0 if "MIDDLE" in align.name else height / 3
    at = (place.x + across, -(place.y + up))
    lines = [" ".join(line.split())[:200] for line in entity.plain_text().split("\n")]
    if all(map(isfinite, at)):
        texts += [Text(line, at, height) for line in lines if line]


def _corners(entity: Any) -> Corners:
    """In the plan's plane, y turned down; empty if it is open or has no floor."""
    from ezdxf import path as paths

    if entity.dxftype() == "POLYLINE" and not (entity.is_2d_polyline or entity.is_3d_polyline):
        return []
    if entity.has_arc:
        points = list(paths.make_path(entity).flattening(FLATTEN * _size(entity), 4))
    elif entity.dxftype() == "LWPOLYLINE":
        points = list(entity.vertices_in_wcs())
    else:
        points = list(entity.points_in_wcs())
    corners = [(point.x, -point.y) for point in points]
    if not (entity.is_closed or is_closed(corners)):
        return []
    corners = tidy(corners)
    return corners if corners and floor_of(corners) > 0 else []


def _size(entity: Any) -> float:
    points = list(entity.vertices()) if entity.dxftype() == "LWPOLYLINE" else [p[:2] for p in entity.points()]
    across, down = [p[0] for p in points], [p[1] for p in points]
    return max(max(across) - min(across), max(down) - min(down), 1e-6)


def _called(entity: Any, layer: str) -> str:
    """As CAD programs name it: a handle, and its layer. What stands in a block has its block's."""
    origin = entity.source_block_reference if entity.is_virtual else None
    handle = entity.dxf.get("handle") or (origin.dxf.get("handle") if origin is not None else "")
    return f"{handle or entity.dxftype()} · {layer}"


def _halls(reading: _Reading) -> Iterator[tuple[str, Corners]]:
    """Outlines on a layer called hall, named by the text in them."""
    outlines = [Shape("", corners) for corners in reading.hall_outlines]
    named = texts_inside(outlines, reading.hall_names)
    for n, corners in enumerate(reading.hall_outlines):
        if names := named.get(n):
            yield names[0], corners
