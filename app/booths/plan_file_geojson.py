"""A floor plan as GeoJSON (RFC 7946), its polygons in plan coordinates: metres, x to the right and y down."""

import json
from collections.abc import Iterator
from typing import Any

from app.booths.plan_elements import Corners, Drawing, Shape, floor_of, number_among, tidy, usual_sides
from app.booths.plan_file import LARGEST_FILE, column_called
from app.booths.polygons import bounds_of
from app.errors import FieldErrors
from app.i18n_marks import N_

NO_GEOJSON = N_("This is no GeoJSON that can be read: a FeatureCollection with one Polygon a booth is.")
TOO_LARGE = N_("The file is too large: 10 MB at most.")
ON_EARTH = N_(
    "These are longitudes and latitudes, or coordinates of a map. Give x and y on the hall's floor instead: metres "
    "from its north-west corner, x to the right and y down."
)
SMALLEST_SIDE, FARTHEST = 0.05, 150_000  # what is smaller is measured in degrees; what is farther, on a map


def drawing_of_geojson(content: bytes) -> Drawing:
    """One shape a feature. Raises FieldErrors under `file`."""
    if len(content) > LARGEST_FILE:
        raise FieldErrors({"file": TOO_LARGE})
    try:
        said = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FieldErrors({"file": NO_GEOJSON}) from error
    features = said.get("features") if isinstance(said, dict) and said.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        raise FieldErrors({"file": NO_GEOJSON})
    shapes, aside = [], 0
    for n, feature in enumerate(features, start=1):
        shape = _shape(n, feature)
        if shape.problem and not shape.words.get("number"):
            aside += 1
        else:
            shapes.append(shape)
    _on_a_floor(shapes)
    return Drawing("geojson", shapes, None, aside=aside)


def _shape(n: int, feature: Any) -> Shape:
    feature = feature if isinstance(feature, dict) else {}
    properties = feature.get("properties")
    said = {str(key): value for key, value in properties.items()} if isinstance(properties, dict) else {}
    words = {column_called(key): _said(value) for key, value in said.items()}
    words = {name: text for name, text in words.items() if name and text}
    words["number"] = words.get("number") or number_among([_said(feature.get("id"))])
    corners, problem = _corners(feature.get("geometry"))
    return Shape(
        str(words["number"] or n), corners, words, _said(said.get("layer")), [], problem, bool(words.get("hall"))
    )


def _said(value: Any) -> str:
    """A property as a cell would have it; whole numbers as people write them."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)


def _corners(geometry: Any) -> tuple[Corners, str]:
    """Of a Polygon without holes, or a MultiPolygon of one; else a key of plan_check.UNREAD."""
    geometry = geometry if isinstance(geometry, dict) else {}
    kind, rings = geometry.get("type"), geometry.get("coordinates")
    if kind == "MultiPolygon" and isinstance(rings, list):
        if len(rings) != 1:
            return [], "parts"
        kind, rings = "Polygon", rings[0]
    if kind != "Polygon" or not isinstance(rings, list) or not rings or not isinstance(rings[0], list):
        return [], "outline"
    if len(rings) > 1:
        return [], "parts"
    points = list(_points(rings[0]))
    corners = tidy(points) if len(points) == len(rings[0]) else []
    if not corners:
        return [], "outline"
    return (corners, "") if floor_of(corners) > 0 else ([], "area")


def _points(ring: list[Any]) -> Iterator[tuple[float, float]]:
    for point in ring:
        if isinstance(point, list) and len(point) >= 2 and all(_is_number(one) for one in point[:2]):
            yield float(point[0]), float(point[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9


def _on_a_floor(shapes: list[Shape]) -> None:
    """Refuse what is drawn on the earth: degrees make booths of a few millionths, maps put them far away."""
    drawn = [shape for shape in shapes if shape.corners]
    sides = usual_sides(drawn)
    if sides is None:
        return
    left, top, right, bottom = bounds_of(point for shape in drawn for point in shape.corners)
    on_the_globe = -180 <= left <= right <= 180 and -90 <= top <= bottom <= 90
    if (sides[1] < SMALLEST_SIDE and on_the_globe) or max(map(abs, (left, top, right, bottom))) > FARTHEST:
        raise FieldErrors({"file": ON_EARTH})
