"""What gates ask, over the API: the fair's rules, its gates, its categories of visitors."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal
from app.api.schemas import Input
from app.db import retrying
from app.fairs.models import Fair
from app.visitors import gates
from app.visitors.categories import CategoryRules, category_by_code, change_category
from app.visitors.checkin import ASKED_AT_DOOR, ENTRY_RULES
from app.visitors.gate_settings import change_gate_settings
from app.visitors.models import Gate, VisitorCategory
from app.visitors.registration import every_category

blueprint = Blueprint(
    "gate_rules_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="What the gates ask of whom."
)
AT_MOST = 200


class RulesOfGates(Input):
    entry_rule = fields.String(validate=validate.OneOf(ENTRY_RULES))
    counts_exits = fields.Boolean(metadata={"description": "false: nobody is scanned out"})
    unpaid_at_gate = fields.String(validate=validate.OneOf(["desk", "admit"]))
    names_at_gate = fields.Boolean()
    approve_buyers = fields.Boolean(metadata={"description": "Trade buyers wait for approval"})
    gate_may_force = fields.Boolean(metadata={"description": "Gate staff may admit against a refusal, with a reason"})


class GateNamed(Input):
    name = fields.String(required=True, validate=validate.Length(max=400))
    name_en = fields.String(load_default="", validate=validate.Length(max=400))
    hall = fields.String(
        load_default="", validate=validate.Length(max=12), metadata={"description": "A hall's code; empty: none"}
    )


class GateIn(GateNamed):
    code = fields.String(
        load_default="", validate=validate.Length(max=40), metadata={"description": "Empty: the next of C1, C2, …"}
    )


class GateOut(Schema):
    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    retired = fields.Function(lambda gate: gate.retired_at is not None, metadata={"type": "boolean"})


class GateOrder(Input):
    gates = fields.List(
        fields.String(validate=validate.Length(max=12)),
        required=True,
        validate=validate.Length(max=gates.GATES_AT_MOST),
    )


def _codes(about: str, of: tuple[str, ...] = ()) -> fields.List:
    item = fields.String(validate=validate.OneOf(of) if of else validate.Length(max=12))
    return fields.List(item, load_default=list, validate=validate.Length(max=AT_MOST), metadata={"description": about})


class VisitorCategoryIn(Input):
    name = fields.String(required=True, validate=validate.Length(max=400))
    name_en = fields.String(load_default="", validate=validate.Length(max=400))
    hours = fields.Dict(
        keys=fields.Integer(validate=validate.Range(0, 15)),
        values=fields.List(fields.String(), validate=validate.Length(equal=2)),
        load_default=dict,
        metadata={
            "description": "By the day of the fair (0 is its first): from and to, as 09:00 at the fair. The last "
            "minute is the one before `to`; 24:00 is midnight. A day that is left out is open whole."
        },
    )
    gates = _codes("Codes; empty: every gate")
    halls = _codes("Codes; empty: every hall. A gate that belongs to no hall opens to all")
    has_fee = fields.Boolean(load_default=False)
    asks = _codes("What must be known of a person at the door", ASKED_AT_DOOR)


class VisitorCategoryOut(Schema):
    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    counts = fields.Boolean(metadata={"description": "An entry can be a visit"})
    hours = fields.Dict()
    gates = fields.List(fields.String())
    halls = fields.List(fields.String())
    has_fee = fields.Boolean()
    asks = fields.List(fields.String())


class VisitorCategoryList(Schema):
    items = fields.List(fields.Nested(VisitorCategoryOut))
    next = fields.String(allow_none=True)


@blueprint.route("/gate-rules")
class GateRules(MethodView):
    @allow(Permission.GATES_KEEP)
    @blueprint.response(200, RulesOfGates)
    def get(self) -> Fair:
        """The fair's own rules at its gates."""
        fair: Fair = g.fair
        return fair

    @allow(Permission.GATES_KEEP)
    @blueprint.arguments(RulesOfGates)
    @blueprint.response(200, RulesOfGates)
    def patch(self, asked: dict[str, Any]) -> Fair:
        """Change what is named; devices have it within seconds of being online."""
        return retrying(lambda: change_gate_settings(principal().actor(), g.fair.id, asked))


@blueprint.route("/gates", methods=["POST"])
@blueprint.doc(summary="Add a gate")
@allow(Permission.GATES_KEEP)
@blueprint.arguments(GateIn)
@blueprint.response(201, GateOut)
def add(asked: dict[str, Any]) -> Gate:
    return retrying(lambda: gates.add_gate(principal().actor(), g.fair, **asked))


@blueprint.route("/gates/order")
class GatesInOrder(MethodView):
    @allow(Permission.GATES_KEEP)
    @blueprint.arguments(GateOrder)
    @blueprint.response(204)
    def put(self, asked: dict[str, Any]) -> None:
        """All gates in use, in the order in which staff choose among them."""
        retrying(lambda: gates.order_gates(principal().actor(), g.fair, asked["gates"]))


@blueprint.route("/gates/<gate_code>")
class OneGate(MethodView):
    @allow(Permission.GATES_KEEP)
    @blueprint.arguments(GateNamed)
    @blueprint.response(200, GateOut)
    def put(self, asked: dict[str, Any], gate_code: str) -> Gate:
        """Another name or hall."""
        return retrying(lambda: gates.change_gate(principal().actor(), g.fair, gate_code, **asked))


@blueprint.route("/gates/<gate_code>/retirement")
class GateRetirement(MethodView):
    @allow(Permission.GATES_KEEP)
    @blueprint.response(200, GateOut)
    def post(self, gate_code: str) -> Gate:
        """Offer it no more; its scans stay, and late ones are taken."""
        return retrying(lambda: gates.retire_gate(principal().actor(), g.fair, gate_code, clock.now()))

    @allow(Permission.GATES_KEEP)
    @blueprint.response(204)
    def delete(self, gate_code: str) -> None:
        """Use it again."""
        retrying(lambda: gates.reopen_gate(principal().actor(), g.fair, gate_code))


@blueprint.route("/visitor-categories")
class AllVisitorCategories(MethodView):
    @allow(Permission.GATES_KEEP, Permission.SCAN)
    @blueprint.response(200, VisitorCategoryList)
    def get(self) -> dict[str, Any]:
        """What visitors come as, and what the gates ask of each."""
        return {"items": every_category(g.fair.id), "next": None}


@blueprint.route("/visitor-categories/<category_code>")
class OneVisitorCategory(MethodView):
    @allow(Permission.GATES_KEEP)
    @blueprint.response(200, VisitorCategoryOut)
    def get(self, category_code: str) -> VisitorCategory:
        """One category."""
        return category_by_code(g.fair.id, category_code)

    @allow(Permission.GATES_KEEP)
    @blueprint.arguments(VisitorCategoryIn)
    @blueprint.response(200, VisitorCategoryOut)
    def put(self, asked: dict[str, Any], category_code: str) -> VisitorCategory:
        """Set all of its rules; what is left out is no rule."""
        rules = CategoryRules(
            asked["name"],
            asked["name_en"],
            {day: (span[0], span[1]) for day, span in asked["hours"].items()},
            tuple(asked["gates"]),
            tuple(asked["halls"]),
            asked["has_fee"],
            tuple(asked["asks"]),
        )
        return retrying(lambda: change_category(principal().actor(), g.fair, category_code, rules))
