"""The figures for programs: GET /figures by a rule, and the rows behind each."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask.views import MethodView
from flask_babel import gettext as _
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from app import clock
from app.access import Permission, allow, principal
from app.api.paging import asked_limit
from app.errors import FieldErrors
from app.i18n_marks import N_
from app.reports.figures import adds, figures_of
from app.reports.pages import as_json, page_of_evidence
from app.reports.tally import Tally
from app.reports.views import asked_evidence, asked_rule

reports_api = Blueprint(
    "reports_api", __name__, url_prefix="/api/v1/fairs/<slug>/figures", description="Figures and the rows behind them"
)


class FigureSchema(Schema):
    """A figure; `value` is null where the rule does not let it be computed, and `not_computed` says why."""

    id = fields.String(required=True)
    value = fields.Raw(required=True, allow_none=True, metadata={"type": ["number", "null"]})
    unit = fields.String(required=True)
    evidence = fields.String(required=True, metadata={"description": "Where the rows behind it are"})
    code = fields.String(required=True)
    counted = fields.String(required=True, metadata={"description": "How it is counted"})
    not_computed = fields.String(allow_none=True)
    added = fields.List(
        fields.String(),
        metadata={"description": "Where the rows are that this rule counts besides: only French law adds any"},
    )


class FiguresSchema(Schema):
    rule = fields.String(required=True)
    counted_at = fields.AwareDateTime(required=True)
    data_version = fields.String(required=True)
    figures = fields.List(fields.Nested(FigureSchema), required=True)


class RowsSchema(Schema):
    items = fields.List(fields.Dict(), required=True)
    next = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)


@reports_api.route("")
class Figures(MethodView):
    @reports_api.doc(
        parameters=[
            {
                "in": "query",
                "name": "rule",
                "schema": {"type": "string", "enum": ["iso", "ufi", "fkm", "centrex", "fr"], "default": "iso"},
            }
        ]
    )
    @reports_api.response(200, FiguresSchema)
    @allow(Permission.FIGURES_SEE)
    def get(self) -> dict[str, Any]:
        """Every figure, counted now by one rule."""
        rule = asked_rule()
        tally = Tally(g.fair)
        return {
            "rule": rule.code,
            "counted_at": clock.now(),
            "data_version": tally.version,
            "figures": [
                {
                    "id": figure.id,
                    "value": figure.value,
                    "unit": figure.unit,
                    "evidence": url_for("reports_api.FigureRows", figure_id=figure.id),
                    "code": figure.code,
                    "counted": _(figure.how),
                    "not_computed": _(figure.why) if figure.value is None else None,
                    "added": [url_for("reports_api.FigureRows", figure_id=added) for added in adds(figure.id, rule)],
                }
                for figure in figures_of(tally, rule).values()
            ],
        }


@reports_api.route("/<figure_id>/rows")
class FigureRows(MethodView):
    @reports_api.doc(
        parameters=[
            {
                "in": "query",
                "name": "limit",
                "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
            },
            {"in": "query", "name": "after", "schema": {"type": "string"}},
            {"in": "query", "name": "q", "schema": {"type": "string"}},
        ]
    )
    @reports_api.response(200, RowsSchema)
    @allow(Permission.FIGURES_SEE)
    def get(self, figure_id: str) -> dict[str, Any]:
        """The rows behind one figure, in pages."""
        behind, chosen, query = asked_evidence(figure_id)
        try:
            page = page_of_evidence(behind, principal(), chosen, query, request.args.get("after"), asked_limit())
        except ValueError as error:
            raise FieldErrors({"after": N_("after is the `next` of the page before.")}) from error
        return {"items": [as_json(page.columns, row) for row in page.rows], "next": page.next, "total": page.total}
