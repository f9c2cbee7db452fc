"""Further currencies of a fair and their fixed lists over the API."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate
from sqlalchemy import select

from app import clock
from app.access import Permission, allow, principal, public
from app.booths.amounts import Listing, listing_of
from app.booths.currency_lists import ACCOUNT, KINDS, close_currency, keep_currency, rates_of, set_amounts, set_rate
from app.booths.models import Booth
from app.db import db, retrying
from app.errors import NotFound
from app.fairs.currencies import FairCurrency, OfferedTo, currency_of, open_currencies

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint(
    "currency_api", __name__, url_prefix=PREFIX, description="Further currencies, each with a fixed list of its own."
)
MINOR = "Before VAT, in the currency's minor unit"
OWN_ID = validate.Regexp("^[0-9]{1,9}$")


def _amount(**options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(0, 10**11 - 1), **options)


class RateIn(Schema):
    class Meta:
        unknown = EXCLUDE

    zone = fields.String(
        load_default="", validate=validate.Length(max=12), metadata={"description": "A zone's code; empty: everywhere"}
    )
    kind = fields.String(
        load_default="", validate=validate.OneOf(("", *KINDS)), metadata={"description": "Of booth; empty: any"}
    )
    per_m2_minor = _amount(required=True, allow_none=True, metadata={"description": f"{MINOR}; null takes it away"})


class CurrencyIn(Schema):
    class Meta:
        unknown = EXCLUDE

    offered_to = fields.String(
        load_default=OfferedTo.EVERYBODY.value, validate=validate.OneOf([one.value for one in OfferedTo]),
        metadata={"description": "foreign: exhibitors whose address lies outside the fair's country"},
    )  # fmt: skip
    bank_name = fields.String(load_default="", validate=validate.Length(max=120))
    bank_swift = fields.String(load_default="", validate=validate.Length(max=20))
    bank_account = fields.String(
        load_default="", validate=validate.Length(max=60),
        metadata={"description": "For transfers in this currency; without one it is paid by card only"},
    )  # fmt: skip
    bank_account_name = fields.String(load_default="", validate=validate.Length(max=120))


class CurrencyOut(Schema):
    currency = fields.String()
    offered_to = fields.String()
    is_own = fields.Boolean(metadata={"description": "The fair's own, in which everything has a price"})


class Currencies(Schema):
    items = fields.List(fields.Nested(CurrencyOut))
    next = fields.String(allow_none=True)


class AmountsIn(Schema):
    class Meta:
        unknown = EXCLUDE

    booths = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 12)), values=_amount(allow_none=True), load_default=dict,
        validate=validate.Length(max=1000), metadata={"description": f"By number. {MINOR}; null takes it away"},
    )  # fmt: skip
    extras = fields.Dict(
        keys=fields.String(validate=OWN_ID), values=_amount(allow_none=True), load_default=dict,
        validate=validate.Length(max=1000), metadata={"description": "By id, of one"},
    )  # fmt: skip
    price_lists = fields.Dict(
        keys=fields.String(validate=OWN_ID), values=_amount(allow_none=True), load_default=dict,
        validate=validate.Length(max=100), metadata={"description": "By id, per m²; only of those with a price per m²"},
    )  # fmt: skip


class ListOut(CurrencyIn):
    currency = fields.String()
    open = fields.Boolean()
    rates = fields.List(fields.Nested(RateIn))
    booths = fields.Dict(keys=fields.String(), values=fields.Integer())
    extras = fields.Dict(keys=fields.String(), values=fields.Integer())
    price_lists = fields.Dict(keys=fields.String(), values=fields.Integer())


@blueprint.route("/currencies")
class AllCurrencies(MethodView):
    @public
    @blueprint.response(200, Currencies)
    def get(self) -> dict[str, Any]:
        """What booths are sold in: the fair's own currency first. Nothing is converted between them."""
        own = {"currency": g.fair.currency, "offered_to": OfferedTo.EVERYBODY.value, "is_own": True}
        others = [
            {"currency": one.currency, "offered_to": one.offered_to, "is_own": False} for one in open_currencies(g.fair)
        ]
        return {"items": [own, *others], "next": None}


@blueprint.route("/currencies/<currency>")
class OneCurrency(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, ListOut)
    def get(self, currency: str) -> dict[str, Any]:
        """Its fixed list, and the account for transfers in it; a closed one keeps both."""
        return _shown(currency)

    @allow(Permission.SETTINGS)
    @blueprint.arguments(CurrencyIn)
    @blueprint.response(200, ListOut)
    def put(self, asked: dict[str, Any], currency: str) -> dict[str, Any]:
        """Open it, or change who may choose it and its account."""
        retrying(lambda: keep_currency(principal().actor(), g.fair, currency, asked, clock.now()))
        return _shown(currency)

    @allow(Permission.SETTINGS)
    @blueprint.response(204)
    def delete(self, currency: str) -> None:
        """Nothing new is ordered in it. Orders that are placed keep it."""
        retrying(lambda: close_currency(principal().actor(), g.fair, currency, clock.now()))


@blueprint.route("/currencies/<currency>/rates")
class Rates(MethodView):
    @allow(Permission.SETTINGS)
    @blueprint.arguments(RateIn)
    @blueprint.response(200, ListOut)
    def put(self, asked: dict[str, Any], currency: str) -> dict[str, Any]:
        """A square metre's price, everywhere or in a zone, of any kind of booth or of one."""
        zone, kind, minor = asked["zone"], asked["kind"], asked["per_m2_minor"]
        retrying(lambda: set_rate(principal().actor(), g.fair, currency, zone, kind, minor))
        return _shown(currency)


@blueprint.route("/currencies/<currency>/amounts")
class Amounts(MethodView):
    @allow(Permission.SETTINGS)
    @blueprint.arguments(AmountsIn)
    @blueprint.response(200, ListOut)
    def put(self, asked: dict[str, Any], currency: str) -> dict[str, Any]:
        """Own amounts of booths, extras and prices by date: all of those sent, or none."""

        def set_all() -> None:
            for what in ("booths", "extras", "price_lists"):
                set_amounts(principal().actor(), g.fair, currency, what, asked[what])

        retrying(set_all)
        return _shown(currency)


def _shown(currency: str) -> dict[str, Any]:
    one: FairCurrency | None = currency_of(g.fair.id, currency)
    if one is None:
        raise NotFound()
    listing = listing_of(g.fair, currency) or Listing(currency)
    found = db.session.execute(select(Booth.id, Booth.number).where(Booth.id.in_(listing.booths)))
    names = {row.id: row.number for row in found}
    return {name: getattr(one, name) for name in ("currency", "offered_to", *ACCOUNT)} | {
        "open": one.closed_at is None,
        "rates": [
            {"zone": zone.code if zone is not None else "", "kind": rate.kind, "per_m2_minor": rate.per_m2_minor}
            for rate, zone in rates_of(g.fair, currency)
        ],
        "booths": {names[booth_id]: minor for booth_id, minor in listing.booths.items()},
        "extras": {str(one_id): minor for one_id, minor in listing.extras.items()},
        "price_lists": {str(one_id): minor for one_id, minor in listing.price_lists.items()},
    }
