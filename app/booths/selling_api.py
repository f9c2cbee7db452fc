"""Prices by date and extras over the API."""

from collections import Counter
from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal, public
from app.api.idempotency import idempotent
from app.api.schemas import LenientInput
from app.booths.amounts import Listing, listing_of
from app.booths.api import ExtraChosen
from app.booths.booking import PAY_BY
from app.booths.extras import extra_price, extras_of, keep_extra, left_of, withdraw_extra
from app.booths.models import Extra, PriceList
from app.booths.more_extras import order_more, said_of_extras
from app.booths.ordered_extras import ordered_extras
from app.booths.price_lists import add_price_list, price_lists_of, remove_price_list
from app.booths.proof import require_proved_address
from app.db import retrying
from app.errors import NotFound
from app.fairs.currencies import open_currencies
from app.input import YEARS
from app.payments.api import OrderOut, order_shown

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("selling_api", __name__, url_prefix=PREFIX, description="Prices by date, and extras.")
MINOR = "Before VAT, in the currency's minor unit"


def _day(**options: Any) -> fields.Date:
    return fields.Date(validate=lambda day: day.year in YEARS, **options)


class PriceListIn(LenientInput):
    name = fields.String(required=True, validate=validate.Length(1, 60))
    name_en = fields.String(load_default="", validate=validate.Length(max=60))
    from_on = _day(required=True)
    to_on = _day(required=True, metadata={"description": "Its last day"})
    off_bp = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 9_999),
        metadata={"description": "Basis points off every booth's price; or `per_m2_minor`"},
    )  # fmt: skip
    per_m2_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 10**11),
        metadata={"description": MINOR},
    )  # fmt: skip


class PriceListOut(PriceListIn):
    id = fields.Integer()


class PriceLists(Schema):
    items = fields.List(fields.Nested(PriceListOut))
    next = fields.String(allow_none=True)


class ExtraIn(LenientInput):
    name = fields.String(required=True, validate=validate.Length(1, 80))
    name_en = fields.String(load_default="", validate=validate.Length(max=80))
    unit = fields.String(load_default="", validate=validate.Length(max=20))
    unit_en = fields.String(load_default="", validate=validate.Length(max=20))
    about = fields.String(load_default="", validate=validate.Length(max=300))
    about_en = fields.String(load_default="", validate=validate.Length(max=300))
    price_minor = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, 10**11 - 1), metadata={"description": MINOR}
    )
    stock = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 1_000_000),
        metadata={"description": "null: as many as are wanted"},
    )  # fmt: skip
    order_until = _day(load_default=None, allow_none=True)


class ExtraPriceOut(Schema):
    currency = fields.String()
    price_minor = fields.Integer(metadata={"description": MINOR})


class ExtraOut(ExtraIn):
    id = fields.Integer()
    prices = fields.List(
        fields.Nested(ExtraPriceOut),
        metadata={"description": "In each of the fair's currencies that has an amount for it"},
    )
    left = fields.Integer(allow_none=True)


class Extras(Schema):
    items = fields.List(fields.Nested(ExtraOut))
    next = fields.String(allow_none=True)


class MoreIn(LenientInput):
    exhibitor = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    booth = fields.String(
        required=True, validate=validate.Length(1, 12), metadata={"description": "Number of a booth that is let to it"}
    )
    extras = fields.List(fields.Nested(ExtraChosen), required=True, validate=validate.Length(1, 100))
    pay_by = fields.String(required=True, validate=validate.OneOf(PAY_BY))
    currency = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(3, 3),
        metadata={"description": "The fair's where it is left out. Nothing is ever converted"},
    )  # fmt: skip
    net_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 10**15),
        metadata={"description": "Before VAT as it was read; another price is refused with `price_changed`"},
    )  # fmt: skip


class OrderedOut(Schema):
    extra = fields.Integer()
    name = fields.String()
    quantity = fields.Integer()
    exhibitor = fields.Integer()
    booths = fields.List(fields.String(), metadata={"description": "Numbers, where the order's booths are now"})
    order = fields.String()
    state = fields.String(metadata={"description": "awaiting, paid"})


class OrderedPage(Schema):
    items = fields.List(fields.Nested(OrderedOut))
    next = fields.String(allow_none=True)


@blueprint.route("/price-lists")
class AllPriceLists(MethodView):
    @public
    @blueprint.response(200, PriceLists)
    def get(self) -> dict[str, Any]:
        """The days on which booths cost something else than their list price."""
        return {"items": price_lists_of(g.fair.id), "next": None}

    @allow(Permission.SETTINGS)
    @blueprint.arguments(PriceListIn)
    @blueprint.response(201, PriceListOut)
    def post(self, asked: dict[str, Any]) -> PriceList:
        """A price from a day to a day; never two on one day. What is held or ordered keeps its price."""
        return retrying(lambda: add_price_list(principal().actor(), g.fair, asked, clock.now()))


@blueprint.route("/price-lists/<int:price_list_id>")
class OnePriceList(MethodView):
    @allow(Permission.SETTINGS)
    @blueprint.response(204)
    def delete(self, price_list_id: int) -> None:
        """Booths cost their list price again in those days."""
        retrying(lambda: remove_price_list(principal().actor(), g.fair, price_list_id, clock.now()))


@blueprint.route("/extras")
class AllExtras(MethodView):
    @public
    @blueprint.response(200, Extras)
    def get(self) -> dict[str, Any]:
        """What is sold with a booth, and how much of it is left."""
        others = [listing_of(g.fair, one.currency, []) for one in open_currencies(g.fair)]
        return {"items": [_shown(extra, others) for extra in extras_of(g.fair.id)], "next": None}

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(ExtraIn)
    @blueprint.response(201, ExtraOut)
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Offer an extra."""
        return _shown(retrying(lambda: keep_extra(principal().actor(), g.fair, asked, clock.now())))


@blueprint.route("/extras/<int:extra_id>")
class OneExtra(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(ExtraIn)
    @blueprint.response(200, ExtraOut)
    def put(self, asked: dict[str, Any], extra_id: int) -> dict[str, Any]:
        """Change what is offered; orders keep what they were placed with."""
        return _shown(retrying(lambda: keep_extra(principal().actor(), g.fair, asked, clock.now(), extra_id)))

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.response(204)
    def delete(self, extra_id: int) -> None:
        """Offer it no longer."""
        retrying(lambda: withdraw_extra(principal().actor(), g.fair, extra_id, clock.now()))


@blueprint.route("/ordered-extras")
class OrderedExtras(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, OrderedPage)
    def get(self) -> dict[str, Any]:
        """Who ordered how many of what, in orders that are paid or wait for their payment."""
        items = [
            {
                "extra": one.extra.id,
                "name": one.extra.name,
                "quantity": one.line.quantity,
                "exhibitor": one.exhibitor.id,
                "booths": one.numbers,
                "order": one.order.reference,
                "state": one.order.state,
            }
            for one in ordered_extras(g.fair.id)
        ]
        return {"items": items, "next": None}

    @allow(Permission.ORDER_PLACE)
    @idempotent
    @blueprint.arguments(MoreIn)
    @blueprint.response(201, OrderOut)
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Order more extras for a let booth: an order of its own, due whole. A card is asked for at its `page_url`."""
        exhibitor_id, pay_by, actor = asked["exhibitor"], asked["pay_by"], principal().actor()
        if exhibitor_id not in principal().exhibitor_ids and not principal().staff_can(Permission.BOOTH_HOLD):
            raise NotFound()
        extras: Counter[int] = Counter()
        for one in asked["extras"]:
            extras[one["id"]] += one["quantity"]
        more = {"currency": asked["currency"], "seen_net_minor": asked["net_minor"]}
        with said_of_extras():
            require_proved_address(pay_by)
            order = retrying(
                lambda: order_more(actor, g.fair, exhibitor_id, asked["booth"], extras, pay_by, clock.now(), **more)
            )
        return order_shown(order)


def _shown(extra: Extra, others: list[Listing | None] | None = None) -> dict[str, Any]:
    if others is None:
        others = [listing_of(g.fair, one.currency, []) for one in open_currencies(g.fair)]
    names = [name for name in ExtraOut().fields if name not in ("left", "prices")]
    prices = [
        {"currency": price.currency, "price_minor": price.minor}
        for listing in (None, *others)
        if (price := extra_price(g.fair, extra, listing)) is not None
    ]
    return {name: getattr(extra, name) for name in names} | {"left": left_of(extra), "prices": prices}
