"""Exhibitors over the API: who shows at the fair, and where from."""

from typing import Any

from flask import g, request
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from app.access import public
from app.api.paging import page_of
from app.fairs.models import Exhibitor
from app.fairs.queries import exhibitors_matching

blueprint = Blueprint("fairs_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="Who shows at the fair.")


class ExhibitorOut(Schema):
    id = fields.Integer()
    name = fields.String()
    country = fields.String(metadata={"description": "ISO 3166-1, of the address in the contract"})
    province = fields.String(allow_none=True, metadata={"description": "Code of the list in force on the fair's dates"})


class ExhibitorPage(Schema):
    items = fields.List(fields.Nested(ExhibitorOut))
    next = fields.String(allow_none=True)


@blueprint.route("/exhibitors")
class Exhibitors(MethodView):
    @public
    @blueprint.response(200, ExhibitorPage)
    @blueprint.doc(
        parameters=[{"in": "query", "name": n, "schema": {"type": "string"}} for n in ("limit", "after", "q")]
    )
    def get(self) -> dict[str, Any]:
        """The fair's exhibitors; `?q=` finds names with and without accents."""
        matching = exhibitors_matching(g.fair.id, request.args.get("q", ""))
        rows, following = page_of(matching, Exhibitor.id)
        return {"items": [row[0] for row in rows], "next": following}
