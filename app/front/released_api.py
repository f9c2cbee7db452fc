"""Paid orders whose booths were released, over the API: which wait, and what was settled."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal
from app.booths.released_money import WORDS_AT_MOST, released_orders, settle_release
from app.db import retrying
from app.payments.orders import order_by_reference

PREFIX = "/api/v1/fairs/<slug>"
AT_MOST = 500
blueprint = Blueprint("released_api", __name__, url_prefix=PREFIX, description="Money for booths that were released.")


class ReleasedOrderOut(Schema):
    order = fields.String()
    exhibitor = fields.Integer()
    booths = fields.List(fields.String(), metadata={"description": "Numbers that were released"})
    paid_minor = fields.Integer(metadata={"description": "Of the whole order, VAT included"})
    currency = fields.String()
    released_at = fields.DateTime(format="iso")


class ReleasedOrders(Schema):
    items = fields.List(fields.Nested(ReleasedOrderOut))
    next = fields.String(allow_none=True)


class ReleaseSettlementIn(Schema):
    class Meta:
        unknown = EXCLUDE

    words = fields.String(
        required=True, validate=validate.Length(1, WORDS_AT_MOST), metadata={"description": "What was agreed"}
    )


class ReleaseSettlementOut(Schema):
    done = fields.Boolean(metadata={"description": "false: it was said in these words before"})


@blueprint.route("/released-orders")
class AllReleasedOrders(MethodView):
    @allow(Permission.MONEY_SETTLE)
    @blueprint.response(200, ReleasedOrders)
    def get(self) -> dict[str, Any]:
        """Paid, released, and nobody has said what becomes of the money; the oldest first, of 500 booths at most."""
        items = [
            {
                "order": one.reference,
                "exhibitor": one.exhibitor.id,
                "booths": one.numbers,
                "paid_minor": one.paid.minor,
                "currency": one.paid.currency,
                "released_at": one.last_at,
            }
            for one in released_orders(g.fair.id, AT_MOST)
        ]
        return {"items": items, "next": None}


@blueprint.route("/orders/<reference>/release-settlement", methods=["POST"])
@blueprint.arguments(ReleaseSettlementIn)
@blueprint.response(200, ReleaseSettlementOut)
@allow(Permission.MONEY_SETTLE)
def settle(asked: dict[str, Any], reference: str) -> dict[str, Any]:
    """Nothing more goes back for its released booths, and why."""
    actor, order = principal().actor(), order_by_reference(g.fair.id, reference)
    return {"done": retrying(lambda: settle_release(actor, g.fair, order, asked["words"], clock.now()))}
