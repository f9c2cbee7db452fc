"""A floor plan sent as a drawing: kept with its outlines, and laid into the hall anew whenever that is asked.

`PlanImport.drawing` = {"kind", "unit_cm": of the file or None, "y_up", "aside", "sides": of its usual booth in its own
units, "layers": [[name, shapes, numbered]], "placing": app.booths.plan_placing.Placing, "size_cm": [width, depth] of
the chosen shapes and "corner_cm": where they go by themselves, both None where each says its hall and place,
"homeless": whether a chosen shape says no hall}
"""

from dataclasses import asdict
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import select

from app.audit import Actor
from app.booths.models import PlanImport
from app.booths.plan_dxf_apart import drawing_of_dxf_apart
from app.booths.plan_elements import Drawing, layers_of, usual_sides
from app.booths.plan_file_geojson import drawing_of_geojson
from app.booths.plan_file_svg import drawing_of_svg
from app.booths.plan_placing import (
    Known,
    Placing,
    as_kept,
    box_cm,
    first_placing,
    fitted,
    guessed_unit,
    name_by_groups,
    placed_rows,
    shapes_kept,
)
from app.db import db
from app.fairs.models import Fair, Hall, Zone
from app.front.plan_import import called, keep_rows
from app.search import fold

ENDINGS = {".svg": "svg", ".dxf": "dxf", ".dwg": "dxf", ".geojson": "geojson", ".json": "geojson"}
BEGINNINGS = {b"<": "svg", b"{": "geojson", b"AutoCAD Binary DXF": "dxf", b"AC10": "dxf"}
READERS = {"svg": drawing_of_svg, "dxf": drawing_of_dxf_apart, "geojson": drawing_of_geojson}


def drawing_in(filename: str, content: bytes) -> Drawing | None:
    """A file's drawing; None for a table. Outside any transaction: it may take seconds. Raises FieldErrors (`file`)."""
    begins = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    kind = ENDINGS.get(PurePath(filename).suffix.lower()) or next(
        (kind for start, kind in BEGINNINGS.items() if begins.startswith(start)), None
    )
    return READERS[kind](content) if kind else None


def known_of(fair: Fair) -> Known:
    """What a drawing's groups may be called after, in two queries."""
    halls = called(list(db.session.scalars(select(Hall).where(Hall.fair_id == fair.id).order_by(Hall.position))))
    zones = list(db.session.execute(select(Zone.code, Zone.name, Zone.name_en).where(Zone.fair_id == fair.id)))
    names = {fold(name): code for code, *both in zones for name in both if fold(name)}
    return Known(
        {key: (hall.name, hall.width_cm, hall.depth_cm) for key, hall in halls.items()},
        names | {fold(code): code for code, *_names in zones},
    )


def keep_drawing(
    actor: Actor, fair: Fair, filename: str, drawing: Drawing, unit: str, at: datetime, asked: Placing | None = None
) -> PlanImport:
    """Keep it, laid as the file says or as it is asked for; `unit` is GeoJSON's. Nothing of the plan changes yet."""
    known = known_of(fair)
    name_by_groups(drawing, known)
    placing = asked or first_placing(drawing, known, unit)
    kept = keep_rows(actor, fair, filename, placed_rows(drawing, placing, known, [], None), "m", at)
    kept.shapes = as_kept(drawing)
    kept.drawing = {
        "kind": drawing.kind, "unit_cm": drawing.unit_cm, "y_up": drawing.y_up, "aside": drawing.aside,
        "layers": [[one.name, one.shapes, one.numbered] for one in layers_of(drawing.shapes)],
    } | _laid(drawing, placing, known)  # fmt: skip
    return kept


def place_anew(fair: Fair, kept: PlanImport, placing: Placing) -> None:
    """Rows that were mended keep their words; places and sizes come from the drawing. The same placing changes none."""
    if kept.drawing is None or kept.shapes is None or placing == placing_of(kept):
        return
    drawing, known = drawing_kept(kept), known_of(fair)
    kept.rows = placed_rows(drawing, placing, known, kept.rows, placing_of(kept))
    kept.drawing = kept.drawing | _laid(drawing, placing, known)


def placing_of(kept: PlanImport) -> Placing:
    return Placing(**(kept.drawing or {}).get("placing", {}))


def drawing_kept(kept: PlanImport) -> Drawing:
    said: dict[str, Any] = kept.drawing or {}
    return Drawing(said["kind"], shapes_kept(kept.shapes or []), said["unit_cm"], said["y_up"], said["aside"])


def is_laid(kept: PlanImport) -> bool:
    """Whether all is said that a drawing's rows need: how long its unit is, and which hall it is of."""
    if kept.drawing is None:
        return True
    placing = placing_of(kept)
    return bool(placing.one and (placing.hall or not kept.drawing["homeless"]))


def unit_to_offer(kept: PlanImport) -> tuple[str, str]:
    """How many of which unit: as chosen, else as it may be."""
    placing, sides = placing_of(kept), (kept.drawing or {}).get("sides")
    if placing.one:
        return placing.one, placing.unit
    return guessed_unit(sides) if sides else ("1", "m")


def _laid(drawing: Drawing, placing: Placing, known: Known) -> dict[str, Any]:
    box, size = box_cm(drawing.shapes, placing), known.size_of(placing.hall)
    chosen = [one for one in drawing.shapes if one.layer in placing.layers]
    return {
        "placing": asdict(placing),
        "sides": usual_sides(chosen),
        "size_cm": [round(box[2] - box[0]), round(box[3] - box[1])] if box else None,
        "corner_cm": list(fitted(box, size, drawing.y_up)) if box else None,
        "homeless": any(not one.words.get("hall") for one in chosen),
    }
