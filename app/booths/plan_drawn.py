"""The plan taken along as a drawing: GeoJSON and SVG, which come in again unchanged. DXF is written apart."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from app.booths.plan_elements import clean
from app.booths.plan_file import Raw
from app.booths.polygons import encloses

GAP_CM = 1_000  # between the halls of a fair
SVG_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" '
    'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" data-unit="cm" viewBox="0 0 {width} {depth}">'
)


@dataclass(frozen=True)
class DrawnBooth:
    """Corners in centimetres from its hall's north-west corner; `words` by the columns of a table."""

    number: str
    corners: list[tuple[int, int]]
    words: Raw = field(default_factory=dict)


@dataclass(frozen=True)
class DrawnHall:
    """A hall with its booths. `pieces`: pillars, walls and stages, as x, y, width, depth in centimetres."""

    name: str
    width_cm: int
    depth_cm: int
    booths: list[DrawnBooth]
    pieces: list[tuple[int, int, int, int]] = field(default_factory=list)


def geojson_of(halls: list[DrawnHall]) -> bytes:
    """A FeatureCollection of Polygons in metres from each hall's north-west corner, y down."""
    features = [_feature(hall, booth) for hall in halls for booth in hall.booths]
    said: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def svg_of(halls: list[DrawnHall]) -> bytes:
    """One unit is a centimetre; a layer a hall, the halls under each other."""
    width = max((hall.width_cm for hall in halls), default=1)
    depth = sum(hall.depth_cm for hall in halls) + GAP_CM * max(0, len(halls) - 1)
    return "\n".join([SVG_HEAD.format(width=width, depth=max(1, depth)), *_layers(halls), "</svg>\n"]).encode()


def for_dxf(halls: list[DrawnHall]) -> dict[str, Any]:
    """As plan_dxf_apart.py takes it."""
    return {"halls": [asdict(hall) for hall in halls]}


def _feature(hall: DrawnHall, booth: DrawnBooth) -> dict[str, Any]:
    ring = [[x / 100, y / 100] for x, y in [*booth.corners, booth.corners[0]]]
    return {
        "type": "Feature",
        "id": booth.number,
        "properties": {"number": booth.number, "hall": hall.name} | booth.words,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _layers(halls: list[DrawnHall]) -> Iterator[str]:
    top = 0
    for n, hall in enumerate(halls, start=1):
        name = quoteattr(clean(hall.name))
        move = f' transform="translate(0 {top})"' if top else ""
        yield f'<g id="hall-{n}" inkscape:groupmode="layer" inkscape:label={name} data-hall={name}{move}>'
        yield f'<g id="floor-{n}" data-outline="floor" fill="#c9c7bd">'
        yield (
            f'<rect data-outline="hall" width="{hall.width_cm}" height="{hall.depth_cm}" fill="#e8e8e1" '
            'stroke="#85827a" stroke-width="10"/>'
        )
        yield from (f'<rect x="{x}" y="{y}" width="{w}" height="{d}"/>' for x, y, w, d in hall.pieces)
        yield f'</g>\n<g id="booths-{n}" fill="#fff" stroke="#1b1917" stroke-width="4">'
        yield from map(_booth, hall.booths)
        yield f'</g>\n<g id="numbers-{n}" font-family="sans-serif" text-anchor="middle" fill="#1b1917">'
        yield from map(_number, hall.booths)
        yield "</g>\n</g>"
        top += hall.depth_cm + GAP_CM


def _booth(booth: DrawnBooth) -> str:
    said = {"caption" if name == "name" else name.replace("_", "-"): text for name, text in booth.words.items()}
    data = "".join(f" data-{name}={quoteattr(clean(text))}" for name, text in said.items())
    number = quoteattr(booth.number)
    head = f"id={quoteattr('booth-' + booth.number)} inkscape:label={number}{data}"
    left, top, right, bottom = _box(booth.corners)
    if len(booth.corners) == 4 and set(booth.corners) == {(left, top), (right, top), (right, bottom), (left, bottom)}:
        return f'<rect {head} x="{left}" y="{top}" width="{right - left}" height="{bottom - top}"/>'
    return f'<polygon {head} points="{" ".join(f"{x},{y}" for x, y in booth.corners)}"/>'


def _number(booth: DrawnBooth) -> str:
    x, y, size = place_of_number(booth.corners)
    return f'<text x="{x:g}" y="{y + size / 3:g}" font-size="{size:g}">{escape(booth.number)}</text>'


def place_of_number(corners: list[tuple[int, int]]) -> tuple[float, float, float]:
    """A place inside the booth, near its middle, and how high its number is there, in centimetres."""
    left, top, right, bottom = _box(corners)
    triples = [corners] + [[corners[n - 2], corners[n - 1], corners[n]] for n in range(len(corners))]
    places = [(sum(x for x, _y in some) / len(some), sum(y for _x, y in some) / len(some)) for some in triples]
    x, y = next((one for one in places if encloses(corners, *one)), places[0])
    return round(x, 1), round(y, 1), max(10, min(right - left, bottom - top) // 4)


def _box(corners: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    across, down = [x for x, _y in corners], [y for _x, y in corners]
    return min(across), min(down), max(across), max(down)
