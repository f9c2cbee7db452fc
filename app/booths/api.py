"""Booths over the API: the floor, holds, and orders placed for them."""

from collections import Counter
from typing import Any

from flask import Response, g, request
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app import clock
from app.access import Permission, allow, principal, public
from app.api.idempotency import idempotent
from app.api.paging import page_of
from app.api.schemas import LenientInput
from app.booths import booking, holds
from app.booths.amounts import Listing, listing_of
from app.booths.extras import MOST
from app.booths.floorplan import groups_named, halls, is_held_back, on_plan, state_now
from app.booths.group_models import PriceGroup
from app.booths.models import Booth, Hold, PriceList
from app.booths.one_hold import hold_at_once
from app.booths.own import hold_by_id
from app.booths.plan_colours import View
from app.booths.plan_print import PAPER
from app.booths.plan_sheet import PAPERS
from app.booths.pricing import net_minor, price_in, price_list_at
from app.booths.printing import printed
from app.booths.proof import require_proved_address
from app.db import db, retrying, transaction
from app.errors import NotAllowed, NotFound
from app.fairs.currencies import open_currencies
from app.payments.api import OrderOut, order_shown
from app.search import fold
from app.turns import QUICK_ENDPOINTS

PREFIX = "/api/v1/fairs/<slug>"
QUICK_ENDPOINTS.add("booths_api.Holds")
blueprint = Blueprint("booths_api", __name__, url_prefix=PREFIX, description="Booths, holds and orders.")


class AmountOut(Schema):
    currency = fields.String()
    price_minor = fields.Integer(metadata={"description": "Today's, before VAT, in the currency's minor unit"})
    list_price_minor = fields.Integer(metadata={"description": "Without the price list of the day"})


class BoothOut(Schema):
    number = fields.String()
    hall = fields.String()
    polygon = fields.List(fields.List(fields.Float()), metadata={"description": "Corners in metres, clockwise"})
    area_m2 = fields.Float()
    open_sides = fields.Integer()
    kind = fields.String()
    category = fields.String()
    state = fields.String(metadata={"description": "free, held, reserved, let, not_let, show"})
    price_minor = fields.Integer(metadata={"description": "Today's, before VAT, in the currency's minor unit"})
    list_price_minor = fields.Integer(metadata={"description": "Without the price list of the day"})
    price_list = fields.String(metadata={"description": "The one that changes this booth's price today, or empty"})
    currency = fields.String()
    prices = fields.List(
        fields.Nested(AmountOut),
        metadata={"description": "Its price in each currency that the fair sells in and has an amount for it"},
    )
    held_back_for = fields.String(metadata={"description": "The group whose members alone can hold it now, or empty"})
    held_back_until = fields.DateTime(format="iso", allow_none=True)


class BoothPage(Schema):
    items = fields.List(fields.Nested(BoothOut))
    next = fields.String(allow_none=True)


class HoldIn(LenientInput):
    exhibitor = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    booths = fields.List(
        fields.String(validate=validate.Length(1, 12)), required=True, validate=validate.Length(1, 100)
    )

    currency = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(3, 3),
        metadata={"description": "One of the fair's; left out, it is chosen with the order"},
    )  # fmt: skip


class HoldOut(Schema):
    id = fields.String()
    booths = fields.List(fields.String())
    currency = fields.String(allow_none=True, metadata={"description": "null: not chosen yet"})
    held_until = fields.DateTime(format="iso")


class ExtraChosen(LenientInput):
    id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST))


class OrderIn(LenientInput):
    hold = fields.String(required=True, validate=validate.Length(1, 36))
    pay_by = fields.String(required=True, validate=validate.OneOf(booking.PAY_BY))
    extras = fields.List(fields.Nested(ExtraChosen), load_default=list, validate=validate.Length(max=100))
    code = fields.String(load_default="", validate=validate.Length(max=40), metadata={"description": "A discount code"})
    support_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 10**15),
        metadata={"description": "A funder's share as it was read; another one is refused with `support_changed`"},
    )  # fmt: skip
    currency = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(3, 3),
        metadata={"description": "The hold's, else the fair's, where it is left out. Nothing is ever converted"},
    )  # fmt: skip
    net_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 10**15),
        metadata={"description": "Booths and extras before VAT as they were read; another price is refused with "
                  "`price_changed`"},
    )  # fmt: skip
    price_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 10**15),
        metadata={"description": "What the booths cost with VAT as it was read (`holds/{id}/price`), before a code and "
                  "a support; another price is refused with `order_price_changed`"},
    )  # fmt: skip


@blueprint.route("/booths")
class Booths(MethodView):
    @public
    @blueprint.response(200, BoothPage)
    @blueprint.doc(
        parameters=[{"in": "query", "name": n, "schema": {"type": "string"}} for n in ("limit", "after", "q")]
    )
    def get(self) -> dict[str, Any]:
        """Every booth with its place, size, price and state now; `?q=` looks in number, kind, category and name."""
        now = clock.now()
        names = {hall.id: hall.code for hall in halls(g.fair.id)}
        statement = select(Booth).where(Booth.fair_id == g.fair.id, on_plan())
        asked = fold(request.args.get("q", ""))
        if asked:
            everything = db.session.scalars(statement)
            found = [
                b.id for b in everything if asked in fold(f"{b.number} {b.kind} {b.category} {b.name} {b.name_en}")
            ]
            statement = statement.where(Booth.id.in_(found))
        rows, following = page_of(statement, Booth.id)
        prices, booths = price_list_at(g.fair, now), [row[0] for row in rows]
        groups = groups_named(g.fair.id, booths, now)
        others = [listing_of(g.fair, one.currency, [b.id for b in booths]) for one in open_currencies(g.fair)]
        return {"items": [_shown(booth, names, now, prices, others, groups) for booth in booths], "next": following}


@blueprint.route("/halls/<int:hall_id>/plan.pdf", methods=["GET"])
@blueprint.doc(
    summary="A hall's plan to print",
    parameters=[
        {"in": "query", "name": "paper", "schema": {"type": "string", "enum": list(PAPERS), "default": PAPER}},
        {"in": "query", "name": "view", "schema": {"type": "string", "enum": [str(view) for view in View]}},
        {"in": "query", "name": "prices", "schema": {"type": "string", "enum": ["1"]},
         "description": "With what free booths cost, for the organiser's staff"},
    ],
    responses={
        "200": {
            "description": "The hall true to scale, its legend, and an index of exhibitors.",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        },
        "404": {"description": "No such hall, or nothing is drawn in it."},
    },
)  # fmt: skip
@public
def plan_print(hall_id: int) -> Response:
    prices = request.args.get("prices") == "1"
    if prices and not principal().staff_can(Permission.BOOTHS_SEE):
        raise NotAllowed()
    code = next((hall.code for hall in halls(g.fair.id) if hall.id == hall_id), None)
    if code is None:
        raise NotFound()
    return printed(g.fair, request.args, prices, code)


@blueprint.route("/holds")
class Holds(MethodView):
    @allow(Permission.BOOTH_HOLD)
    @idempotent
    @blueprint.arguments(HoldIn)
    @blueprint.response(201, HoldOut)
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Hold booths for an exhibitor, all or none. 409 `booth_not_available` names what is free nearby."""
        exhibitor_id = asked["exhibitor"]
        for_another = exhibitor_id not in principal().exhibitor_ids
        if for_another and not principal().staff_can(Permission.BOOTH_HOLD):
            raise NotFound()
        actor, numbers = principal().actor(), asked["booths"]
        now = clock.now()
        currency = asked["currency"]
        hold = hold_at_once(actor, g.fair, exhibitor_id, numbers, now, for_another, currency)
        return {
            "id": hold.id, "booths": sorted(set(numbers)), "held_until": hold.held_until, "currency": currency
        }  # fmt: skip


@blueprint.route("/holds/<hold_id>")
class OneHold(MethodView):
    @allow(Permission.BOOTH_HOLD)
    @blueprint.response(204)
    def delete(self, hold_id: str) -> None:
        """Let the booths of a hold go."""
        hold = _own_hold(hold_id)
        with transaction():
            holds.release_hold(
                principal().actor(), g.fair, hold, clock.now(), hold.exhibitor_id not in principal().exhibitor_ids
            )


@blueprint.route("/orders")
class Orders(MethodView):
    @allow(Permission.ORDER_PLACE)
    @idempotent
    @blueprint.arguments(OrderIn)
    @blueprint.response(201, OrderOut)
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Order what is held, with extras; one hold makes one order. A card is asked for at the order's `page_url`."""
        hold = _own_hold(asked["hold"])
        actor, pay_by = principal().actor(), asked["pay_by"]
        require_proved_address(pay_by)
        extras: Counter[int] = Counter()
        for one in asked["extras"]:
            extras[one["id"]] += one["quantity"]
        code = asked["code"]
        seen = {f"seen_{name}": asked[name] for name in ("support_minor", "price_minor", "net_minor")}
        seen["currency"] = asked["currency"]
        order = retrying(lambda: booking.place_order(actor, g.fair, hold, pay_by, clock.now(), extras, code, **seen))
        return order_shown(order)


def _own_hold(hold_id: str) -> Hold:
    everybodys = principal().staff_can(Permission.BOOTH_HOLD)
    return hold_by_id(g.fair.id, hold_id, None if everybodys else principal().exhibitor_ids)


def _shown(
    booth: Booth,
    hall_codes: dict[int, str],
    now: Any,
    prices: PriceList | None,
    others: list[Listing | None],
    groups: dict[int, PriceGroup],
) -> dict[str, Any]:
    net = net_minor(g.fair, booth, prices)
    group = groups.get(booth.held_back_group_id or 0) if is_held_back(booth, now) else None
    amounts = [
        {"currency": price.net.currency, "price_minor": price.net.minor, "list_price_minor": price.listed.minor}
        for listing in (None, *others)
        if (price := price_in(g.fair, booth, 0, prices, listing)) is not None
    ]
    return {
        "number": booth.number,
        "hall": hall_codes[booth.hall_id],
        "polygon": booth.polygon,
        "area_m2": booth.area_m2,
        "open_sides": booth.open_sides,
        "kind": booth.kind,
        "category": booth.category,
        "state": str(state_now(booth, now)),
        "price_minor": net,
        "list_price_minor": booth.price_minor,
        "price_list": prices.name if prices is not None and net != booth.price_minor else "",
        "currency": g.fair.currency,
        "prices": amounts,
        "held_back_for": group.name if group is not None else "",
        "held_back_until": booth.held_back_until if group is not None else None,
    }
