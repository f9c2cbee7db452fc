"""GET /chain: where the fair's chain stands."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from app.access import Permission, allow
from app.chain import head_of, rows_waiting

blueprint = Blueprint(
    "chain_api", __name__, url_prefix="/api/v1/fairs/<slug>/chain", description="The chain that seals what was written"
)


class ChainSchema(Schema):
    """Where the chain ends, and what the last walk along it found; `head` is null before the first row."""

    sealed = fields.Integer(required=True)
    waiting = fields.Integer(required=True, metadata={"description": "Committed rows without a link yet"})
    head = fields.String(required=True, allow_none=True, metadata={"description": "SHA-256, hexadecimal"})
    sealed_at = fields.AwareDateTime(required=True, allow_none=True)
    verified_at = fields.AwareDateTime(required=True, allow_none=True)
    breaks = fields.Integer(required=True, allow_none=True, metadata={"description": "That the last walk found"})


@blueprint.route("")
class Chain(MethodView):
    @blueprint.response(200, ChainSchema)
    @allow(Permission.AUDIT_SEE)
    def get(self) -> dict[str, Any]:
        """The chain's head, how many rows are sealed and wait, and when it was last verified."""
        head = head_of(g.fair.id)
        return {
            "sealed": head.position,
            "waiting": rows_waiting(g.fair.id),
            "head": head.link if head.position else None,
            "sealed_at": head.sealed_at,
            "verified_at": head.verified_at,
            "breaks": head.breaks,
        }
