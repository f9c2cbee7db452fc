"""The floor plan as a file for programs: a table or a drawing judged and drawn, and the plan taken along."""

from dataclasses import dataclass
from typing import Any

from flask import Response, g, request
from flask_babel import gettext as _
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.booths.models import PlanImport
from app.booths.plan_check import Checked, row_of
from app.booths.plan_elements import Drawing
from app.booths.plan_file import LONGEST_CELL
from app.booths.plan_placing import Placing, first_placing, name_by_groups
from app.db import db, retrying
from app.errors import FieldErrors
from app.front.plan_api import GATES_AT_MOST, DrawnOut, FaultOut
from app.front.plan_drawing import Written, write_plan
from app.front.plan_files import MEDIA_TYPES, drawn_response
from app.front.plan_import import UNITS, import_by_id, judged, keep_import, throw_away
from app.front.plan_lying import placing_from
from app.front.plan_placed import drawing_in, keep_drawing, known_of, placing_of
from app.i18n_marks import N_

blueprint = Blueprint(
    "plan_file_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="The floor plan as a file."
)
NO_SUCH_LAYER = N_("The drawing has no layer called %(layer)s.")
FILE, SCHEMAS = {"type": "string", "format": "binary"}, {"geojson": {"type": "object"}}
WORDS = validate.Length(max=LONGEST_CELL)


class PlanFile(Schema):
    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class PlanFileQuery(Schema):
    unit = fields.String(
        load_default="m",
        validate=validate.OneOf(UNITS),
        metadata={"description": "Of a table's lengths that name none, of GeoJSON, and of `one`"},
    )
    one = fields.String(
        load_default="",
        validate=WORDS,
        metadata={
            "description": "How many `unit` one unit of the drawing is, such as 0.1; needed where it does not say"
        },
    )
    hall = fields.String(load_default="", validate=WORDS, metadata={"description": "Of elements that name none"})
    left = fields.String(load_default="", validate=WORDS, metadata={"description": "Metres from the west wall"})
    top = fields.String(load_default="", validate=WORDS, metadata={"description": "Metres from the north wall"})
    layer = fields.List(
        fields.String(validate=WORDS),
        load_default=list,
        metadata={"description": "Of a drawing; without any, those where most shapes have a number"},
    )
    numbered = fields.Boolean(load_default=False, metadata={"description": "Leave out elements without a number"})
    draw = fields.Boolean(load_default=False, metadata={"description": "Draw it, if everything fits"})
    removes = fields.Boolean(
        load_default=False,
        metadata={"description": "Booths of these halls that the file leaves out go, if nobody ever had them"},
    )
    gates = fields.Integer(load_default=1, validate=validate.Range(0, GATES_AT_MOST))


class ElementFaultOut(FaultOut):
    element = fields.String(metadata={"description": "A drawing's element, or the row in its sheet"})


class LayerOut(Schema):
    name = fields.String()
    shapes = fields.Integer()
    numbered = fields.Integer()
    chosen = fields.Boolean()


class PlanFileOut(Schema):
    faults = fields.List(fields.Nested(ElementFaultOut))
    layers = fields.List(fields.Nested(LayerOut))
    drawn = fields.Nested(DrawnOut, allow_none=True, metadata={"description": "null where nothing was drawn"})


@dataclass(frozen=True)
class _Done:
    kept: PlanImport
    found: Checked
    written: Written | None


@blueprint.route("/plan/file", methods=["POST"])
@idempotent
@blueprint.arguments(PlanFileQuery, location="query")
@blueprint.arguments(PlanFile, location="files")
@blueprint.response(200, PlanFileOut)
@allow(Permission.SETTINGS)
def send(asked: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Judge a CSV, XLSX, GeoJSON, SVG or DXF booth by booth and, where asked and nothing is wrong, draw all of it."""
    actor, now, file = principal().actor(), clock.now(), sent["file"]
    name, content = file.filename or "plan", file.read()
    db.session.rollback()  # no connection is held while a drawing is read
    drawing = drawing_in(name, content)
    placing = _placing(drawing, asked) if drawing is not None else None

    def work() -> _Done:
        if drawing is None:
            kept = keep_import(actor, g.fair, name, content, asked["unit"], now)
        else:
            kept = keep_drawing(actor, g.fair, name, drawing, asked["unit"], now, placing)
        kept.removes = asked["removes"]
        found = judged(g.fair, kept)
        if asked["draw"] and not found.faults:
            return _Done(kept, found, write_plan(actor, g.fair, kept.id, asked["gates"], now))
        throw_away(import_by_id(g.fair, kept.id))
        return _Done(kept, found, None)

    done = retrying(work)
    chosen = placing_of(done.kept).layers
    return {
        "faults": [
            {"row": f.row, "element": row_of(done.kept.rows, f.row), "column": f.column,
             "sentence": _(f.message, **f.params)}
            for f in done.found.faults
        ],
        "layers": [
            {"name": layer, "shapes": shapes, "numbered": numbered, "chosen": layer in chosen}
            for layer, shapes, numbered in (done.kept.drawing or {}).get("layers", [])
        ],
        "drawn": done.written,
    }  # fmt: skip


@blueprint.route("/plan/file", methods=["GET"])
@blueprint.doc(
    summary="The plan as a drawing",
    parameters=[
        {
            "in": "query",
            "name": "format",
            "schema": {"type": "string", "enum": list(MEDIA_TYPES), "default": "geojson"},
        },
        {
            "in": "query",
            "name": "hall",
            "schema": {"type": "string"},
            "description": "Its code; without it, every hall",
        },
    ],
    responses={
        "200": {
            "description": "Every booth with its outline and what a table says of it; it comes in again unchanged.",
            "content": {media: {"schema": SCHEMAS.get(kind, FILE)} for kind, media in MEDIA_TYPES.items()},
        },
        "404": {"description": "No such hall."},
        "422": {"description": "No such format."},
    },
)
@allow(Permission.BOOTHS_SEE)
def taken_along() -> Response:
    file_type = request.args.get("format", "geojson")
    if file_type not in MEDIA_TYPES:
        raise FieldErrors({"format": N_("Choose geojson, svg or dxf.")})
    return drawn_response(g.fair, file_type, request.args.get("hall", ""))


def _placing(drawing: Drawing, asked: dict[str, Any]) -> Placing:
    """As the file lies by itself, but for what is asked. Raises FieldErrors."""
    known = known_of(g.fair)
    name_by_groups(drawing, known)
    first = first_placing(drawing, known, asked["unit"])
    there = {shape.layer for shape in drawing.shapes}
    if unknown := [name for name in asked["layer"] if name not in there]:
        raise FieldErrors({"layer": NO_SUCH_LAYER}, layer=unknown[0])
    layers = asked["layer"] or first.layers
    homeless = any(shape.layer in layers and not shape.words.get("hall") for shape in drawing.shapes)
    one, unit = (asked["one"], asked["unit"]) if asked["one"] else (first.one, first.unit)
    typed = {"one": one, "unit": unit, "hall": asked["hall"] or first.hall, "left": asked["left"], "top": asked["top"]}
    return placing_from(typed, layers, asked["numbered"], homeless)
