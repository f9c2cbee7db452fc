"""What the booths of a hold cost before they are ordered, over the API."""

from collections.abc import Iterable
from typing import Any

from flask import g, request
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from app import clock
from app.access import Permission, allow, principal
from app.booths.discounts import LOOKS_AT_MOST
from app.booths.own import hold_by_id
from app.booths.quoting import quote_of
from app.fairs.models import Fair
from app.payments.orders import Line
from app.payments.schedule import plan_at
from app.security import limit

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("price_api", __name__, url_prefix=PREFIX, description="What a hold costs.")


class QuoteLine(Schema):
    kind = fields.String(
        metadata={"description": "booth; below zero: group or quantity, discount, support (a funder's share)"}
    )
    label = fields.String()
    note = fields.String(metadata={"description": "The price list, or the booths that have the group's price"})
    net_minor = fields.Integer()
    vat_minor = fields.Integer()


class Quote(Schema):
    lines = fields.List(fields.Nested(QuoteLine))
    price_minor = fields.Integer(metadata={"description": "With VAT, before a code and a support: for `POST orders`"})
    support_minor = fields.Integer(
        metadata={"description": "A funder's share with VAT, before a code: for `POST orders`"}
    )
    total_minor = fields.Integer(metadata={"description": "With VAT, after the code and the support; without extras"})
    deposit_minor = fields.Integer(
        allow_none=True, metadata={"description": "Of it due with the order; null: all of it is"}
    )
    balance_due_at = fields.DateTime(format="iso", allow_none=True)
    currency = fields.String()


@blueprint.route("/holds/<hold_id>/price")
class HoldPrice(MethodView):
    @allow(Permission.BOOTH_HOLD)
    @blueprint.response(200, Quote)
    @blueprint.doc(
        parameters=[
            {"in": "query", "name": "code", "schema": {"type": "string"}, "description": "A discount code, looked at"}
        ]
    )
    def get(self, hold_id: str) -> dict[str, Any]:
        """What the booths of a hold would cost if they were ordered now, line by line. A code is not used up by it."""
        if request.args.get("code"):
            limit("discounts", LOOKS_AT_MOST, 600, principal().actor().key)
        everybodys = principal().staff_can(Permission.BOOTH_HOLD)
        hold = hold_by_id(g.fair.id, hold_id, None if everybodys else principal().exhibitor_ids)
        fair: Fair = g.fair
        now = clock.now()
        lines = quote_of(fair, hold, now, request.args.get("code", ""))
        bare = lines if not request.args.get("code") else quote_of(fair, hold, now)
        total = sum((line.net + line.vat for line in lines[1:]), lines[0].net + lines[0].vat)
        plan = plan_at(fair, now)
        deposit = plan.deposit_of(total) if plan is not None else None
        return {
            "lines": [
                {
                    "kind": line.kind,
                    "label": line.label,
                    "note": line.price_note,
                    "net_minor": line.net.minor,
                    "vat_minor": line.vat.minor,
                }
                for line in lines
            ],
            "price_minor": _with_vat(line for line in bare if line.kind != "support"),
            "support_minor": -_with_vat(line for line in bare if line.kind == "support"),
            "total_minor": total.minor,
            "deposit_minor": deposit,
            "balance_due_at": plan.balance_due_at if plan is not None and deposit is not None else None,
            "currency": total.currency,
        }


def _with_vat(lines: Iterable[Line]) -> int:
    return sum(line.net.minor + line.vat.minor for line in lines)
