"""Groups, booths held back, and prices by quantity over the API."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal, public
from app.api.schemas import LenientInput
from app.booths import group_members, groups, held_back, quantities
from app.booths.group_models import PriceGroup, QuantityStep
from app.db import retrying
from app.input import LARGEST_ID, YEARS

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("group_api", __name__, url_prefix=PREFIX, description="Group and quantity prices.")
ROW = validate.Range(1, LARGEST_ID)
BEFORE_VAT = "Before VAT, in the currency's minor unit"


def _day() -> fields.Date:
    return fields.Date(required=True, validate=lambda day: day.year in YEARS)


def _number(least: int, most: int, about: str = "") -> fields.Integer:
    return fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(least, most),
        metadata={"description": about},
    )  # fmt: skip


class GroupIn(LenientInput):
    name = fields.String(required=True, validate=validate.Length(1, 60))
    name_en = fields.String(load_default="", validate=validate.Length(max=60))
    off_bp = _number(1, 9_999, "Basis points off the price of the day; one of the three prices, or none")
    per_m2_minor = _number(1, groups.DEAREST_MINOR - 1, f"{BEFORE_VAT}; open sides are added")
    per_booth_minor = _number(1, groups.DEAREST_MINOR - 1, BEFORE_VAT)
    zone = _number(1, LARGEST_ID, "The id of the zone whose booths have the price; null: all")
    from_on = _day()
    to_on = _day()
    most_booths = _number(1, groups.MOST, "What members together may have at the price")
    most_m2 = _number(1, groups.MOST)


class GroupOut(GroupIn):
    id = fields.Integer()
    zone = fields.Integer(attribute="zone_id", allow_none=True)
    taken_booths = fields.Integer(metadata={"description": "What orders that stand have of the limit"})
    taken_m2 = fields.Function(lambda group: group.taken_cm2 / 10_000)


class Groups(Schema):
    items = fields.List(fields.Nested(GroupOut))
    next = fields.String(allow_none=True)


class MembersIn(LenientInput):
    exhibitors = fields.List(
        fields.Integer(strict=True, validate=ROW), load_default=list, validate=validate.Length(max=1000)
    )
    province = fields.String(load_default="", validate=validate.Length(max=20))
    country = fields.String(load_default="", validate=validate.Length(max=2))


class GroupMemberOut(Schema):
    exhibitor = fields.Integer()
    name = fields.String()
    added_at = fields.DateTime(format="iso")


class GroupMembers(Schema):
    items = fields.List(fields.Nested(GroupMemberOut))
    next = fields.String(allow_none=True)


class Added(Schema):
    added = fields.Integer(metadata={"description": "How many were not in it before"})


class HeldBackIn(LenientInput):
    booths = fields.List(
        fields.String(validate=validate.Length(1, 12)), load_default=list, validate=validate.Length(max=1000)
    )
    zone = _number(1, LARGEST_ID, "Or all booths of a zone, by its id")
    until_on = _day()


class HeldBackOut(Schema):
    booths = fields.List(fields.String())


class HeldBackBooth(Schema):
    number = fields.String()
    state = fields.String()
    held_back_until = fields.DateTime(format="iso")


class HeldBackBooths(Schema):
    items = fields.List(fields.Nested(HeldBackBooth))
    next = fields.String(allow_none=True)


class QuantityIn(LenientInput):
    from_booths = _number(2, quantities.MOST_BOOTHS, "Or `from_m2`")
    from_m2 = _number(1, quantities.MOST_M2)
    off_bp = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 9_999),
        metadata={"description": "Basis points off all booths of the order: 1000 is 10 %"},
    )  # fmt: skip


class QuantityOut(QuantityIn):
    id = fields.Integer()


class Quantities(Schema):
    items = fields.List(fields.Nested(QuantityOut))
    next = fields.String(allow_none=True)


@blueprint.route("/price-groups")
class PriceGroups(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, Groups)
    def get(self) -> dict[str, Any]:
        """Groups of exhibitors that have a price of their own, and how much of it orders have."""
        return {"items": [row.group for row in groups.groups_with_counts(g.fair.id, clock.now())], "next": None}

    @allow(Permission.SETTINGS)
    @blueprint.arguments(GroupIn)
    @blueprint.response(201, GroupOut)
    def post(self, asked: dict[str, Any]) -> PriceGroup:
        """A group with one price, or none where booths are only held back for it."""
        return retrying(lambda: groups.keep_group(principal().actor(), g.fair, _terms(asked), clock.now()))


@blueprint.route("/price-groups/<int:group_id>")
class OnePriceGroup(MethodView):
    @allow(Permission.SETTINGS)
    @blueprint.arguments(GroupIn)
    @blueprint.response(200, GroupOut)
    def put(self, asked: dict[str, Any], group_id: int) -> PriceGroup:
        """Other terms, for orders placed from now on; a limit is never below what orders have."""
        return retrying(lambda: groups.keep_group(principal().actor(), g.fair, _terms(asked), clock.now(), group_id))

    @allow(Permission.SETTINGS)
    @blueprint.response(204)
    def delete(self, group_id: int) -> None:
        """No new order gets its price, and its booths are everybody's; orders that have it keep it."""
        retrying(lambda: groups.withdraw_group(principal().actor(), g.fair, group_id, clock.now()))


@blueprint.route("/price-groups/<int:group_id>/members")
class PriceGroupMembers(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, GroupMembers)
    def get(self, group_id: int) -> dict[str, Any]:
        """Who is in the group."""
        found = group_members.members_of(groups.group_by_id(g.fair.id, group_id))
        items = [{"exhibitor": one.id, "name": one.name, "added_at": member.added_at} for member, one in found]
        return {"items": items, "next": None}

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(MembersIn)
    @blueprint.response(200, Added)
    def post(self, asked: dict[str, Any], group_id: int) -> dict[str, int]:
        """Exhibitors by id, or all that are from a province or country by now."""
        actor, ids = principal().actor(), asked.pop("exhibitors")
        return {
            "added": retrying(lambda: group_members.add_members(actor, g.fair, group_id, clock.now(), ids, **asked))
        }


@blueprint.route("/price-groups/<int:group_id>/members/<int:exhibitor_id>")
class OnePriceGroupMember(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @blueprint.response(204)
    def delete(self, group_id: int, exhibitor_id: int) -> None:
        """Its next order is at everybody's price."""
        retrying(lambda: group_members.remove_member(principal().actor(), g.fair, group_id, exhibitor_id, clock.now()))


@blueprint.route("/price-groups/<int:group_id>/booths")
class PriceGroupBooths(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, HeldBackBooths)
    def get(self, group_id: int) -> dict[str, Any]:
        """Booths that are held back for the group now."""
        return {"items": held_back.held_back_for(groups.group_by_id(g.fair.id, group_id), clock.now()), "next": None}

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(HeldBackIn)
    @blueprint.response(200, HeldBackOut)
    def post(self, asked: dict[str, Any], group_id: int) -> dict[str, list[str]]:
        """Hold booths back for its members until the end of a day; then they are everybody's."""
        actor, wanted = principal().actor(), (asked["booths"], asked["zone"], asked["until_on"])
        return {"booths": retrying(lambda: held_back.hold_back(actor, g.fair, group_id, *wanted, clock.now()))}

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.response(204)
    def delete(self, group_id: int) -> None:
        """All of them are everybody's again."""
        retrying(lambda: held_back.let_go(principal().actor(), g.fair, group_id, None, clock.now()))


@blueprint.route("/price-groups/<int:group_id>/booths/<number>")
class OnePriceGroupBooth(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @blueprint.response(204)
    def delete(self, group_id: int, number: str) -> None:
        """This one is everybody's again."""
        retrying(lambda: held_back.let_go(principal().actor(), g.fair, group_id, [number], clock.now()))


@blueprint.route("/quantity-prices")
class QuantityPrices(MethodView):
    @public
    @blueprint.response(200, Quantities)
    def get(self) -> dict[str, Any]:
        """From how many booths, or m², together in one order how much comes off."""
        return {"items": quantities.steps_of(g.fair.id), "next": None}

    @allow(Permission.SETTINGS)
    @blueprint.arguments(QuantityIn)
    @blueprint.response(201, QuantityOut)
    def post(self, asked: dict[str, Any]) -> QuantityStep:
        """A step; more takes more off."""
        return retrying(lambda: quantities.add_step(principal().actor(), g.fair, asked, clock.now()))


@blueprint.route("/quantity-prices/<int:quantity_id>")
class OneQuantityPrice(MethodView):
    @allow(Permission.SETTINGS)
    @blueprint.response(204)
    def delete(self, quantity_id: int) -> None:
        """What is held or ordered already keeps its price."""
        retrying(lambda: quantities.remove_step(principal().actor(), g.fair, quantity_id, clock.now()))


def _terms(asked: dict[str, Any]) -> dict[str, Any]:
    named = {name: " ".join(asked[name].split()) for name in ("name", "name_en")}
    return {name: value for name, value in asked.items() if name != "zone"} | named | {"zone_id": asked["zone"]}
