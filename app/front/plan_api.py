"""The floor plan for programs: every booth of a table judged, and drawn where all of them fit."""

from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.booths.plan_check import Checked
from app.booths.plan_file import COLUMNS, LONGEST_OUTLINE, MOST_ROWS
from app.db import retrying
from app.front.plan_drawing import Written, write_plan
from app.front.plan_import import UNITS, import_by_id, judged, keep_rows, throw_away

blueprint = Blueprint("plan_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="The floor plan as a table.")
GATES_AT_MOST = 20


class PlanIn(Schema):
    rows = fields.List(
        fields.Dict(
            keys=fields.String(validate=validate.OneOf(COLUMNS)),
            values=fields.String(validate=validate.Length(max=LONGEST_OUTLINE)),
        ),
        required=True,
        validate=validate.Length(1, MOST_ROWS),
        metadata={
            "description": "One booth each: number, hall, x, y, width, depth; lengths as text, '3' or '10 ft'. In "
            "place of the last four, polygon: corners as 'x y; x y; x y'"
        },
    )
    unit = fields.String(load_default="m", validate=validate.OneOf(UNITS))
    draw = fields.Boolean(load_default=False, metadata={"description": "Draw it, if every row fits"})
    removes = fields.Boolean(
        load_default=False,
        metadata={"description": "Booths of these halls that no row names go, if nobody ever had them"},
    )
    gates = fields.Integer(load_default=1, validate=validate.Range(0, GATES_AT_MOST))


class FaultOut(Schema):
    row = fields.Integer(metadata={"description": "Counted from 0"})
    column = fields.String()
    sentence = fields.String()


class DrawnOut(Schema):
    added = fields.Integer()
    changed = fields.Integer()
    same = fields.Integer()
    removed = fields.Integer()
    halls = fields.List(fields.String())


class PlanOut(Schema):
    faults = fields.List(fields.Nested(FaultOut))
    drawn = fields.Nested(DrawnOut, allow_none=True, metadata={"description": "null where nothing was drawn"})


@blueprint.route("/plan", methods=["POST"])
@idempotent
@blueprint.arguments(PlanIn)
@blueprint.response(200, PlanOut)
@allow(Permission.SETTINGS)
def plan(sent: dict[str, Any]) -> dict[str, Any]:
    """Judge a plan row by row and, where asked and nothing is wrong, draw all of it."""
    actor, now = principal().actor(), clock.now()

    def work() -> tuple[Checked, Written | None]:
        kept = keep_rows(actor, g.fair, "API", sent["rows"], sent["unit"], now)
        kept.removes = sent["removes"]
        found = judged(g.fair, kept)
        if sent["draw"] and not found.faults:
            return found, write_plan(actor, g.fair, kept.id, sent["gates"], now)
        throw_away(import_by_id(g.fair, kept.id))
        return found, None

    found, written = retrying(work)
    faults = [{"row": f.row, "column": f.column, "sentence": _(f.message, **f.params)} for f in found.faults]
    return {"faults": faults, "drawn": written}
