"""Subsidised booths over the API: funders, programmes, grants, the funder's list, and what funders paid."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal
from app.api.schemas import LenientInput
from app.booths.funder_list import ListRow, Sums, funder_list
from app.db import retrying
from app.errors import FieldErrors
from app.front.support_forms import LONG_NUMBER, NO_NUMBER
from app.input import YEARS
from app.money import Money
from app.payments.funder_money import note_funder_payment, take_back_payment
from app.payments.funders import (
    DEAREST_MINOR,
    funder_by_id,
    funders_of,
    keep_funder,
    keep_programme,
    programme_by_id,
    programmes_of,
    withdraw_programme,
)
from app.payments.grants import REASON_LENGTH, Granted, grant_support, grants_in, grants_of, withdraw_grant
from app.payments.settlement import bank_number
from app.payments.support_models import Funder, FunderPayment, SupportGrant, SupportProgramme

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("support_api", __name__, url_prefix=PREFIX, description="Subsidised booths.")
ROW = validate.Range(0, 2**31 - 1)
WITH_VAT = "In the currency's minor unit, VAT included"


def _day() -> fields.Date:
    return fields.Date(required=True, validate=lambda day: day.year in YEARS)


def _amount(**options: Any) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=validate.Range(1, DEAREST_MINOR - 1), metadata={"description": WITH_VAT}, **options
    )


class FunderIn(LenientInput):
    name = fields.String(required=True, validate=validate.Length(1, 80))
    name_en = fields.String(load_default="", validate=validate.Length(max=80))
    tax_code = fields.String(required=True, validate=validate.Length(1, 20))
    address = fields.String(required=True, validate=validate.Length(1, 200))


class FunderOut(FunderIn):
    id = fields.Integer()


class Funders(Schema):
    items = fields.List(fields.Nested(FunderOut))
    next = fields.String(allow_none=True)


class ProgrammeIn(LenientInput):
    name = fields.String(required=True, validate=validate.Length(1, 120))
    decision_number = fields.String(required=True, validate=validate.Length(1, 60))
    decision_on = _day()
    rate_bp = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 10_000),
        metadata={"description": "Basis points of a booth's price before VAT: 5000 is 50 %"},
    )  # fmt: skip
    per_booth_minor = _amount(load_default=None, allow_none=True)
    per_exhibitor_minor = _amount(load_default=None, allow_none=True)
    budget_minor = _amount(required=True)
    from_on = _day()
    to_on = _day()


class ProgrammeOut(ProgrammeIn):
    id = fields.Integer()
    funder = fields.Integer(attribute="funder_id")
    taken_minor = fields.Integer(metadata={"description": "What orders that stand have of the budget"})
    currency = fields.String()
    withdrawn_at = fields.DateTime(format="iso", allow_none=True)


class Programmes(Schema):
    items = fields.List(fields.Nested(ProgrammeOut))
    next = fields.String(allow_none=True)


class SupportGrantIn(LenientInput):
    exhibitor = fields.Integer(required=True, strict=True, validate=ROW)
    reason = fields.String(required=True, validate=validate.Length(1, REASON_LENGTH))


class SupportGrantOut(Schema):
    id = fields.Integer()
    programme = fields.Integer(attribute="programme_id")
    exhibitor = fields.Integer(attribute="exhibitor_id")
    reason = fields.String()
    has_proof = fields.Function(lambda grant: grant.document_id is not None)
    taken_minor = fields.Integer(metadata={"description": WITH_VAT})
    granted_at = fields.DateTime(format="iso")
    withdrawn_at = fields.DateTime(format="iso", allow_none=True)


class SupportGrants(Schema):
    items = fields.List(fields.Nested(SupportGrantOut))
    next = fields.String(allow_none=True)


class OwnSupport(Schema):
    exhibitor = fields.Integer()
    funder = fields.String()
    programme = fields.String()
    decision_number = fields.String()
    rate_bp = fields.Integer()
    per_booth_minor = fields.Integer(allow_none=True)
    per_exhibitor_minor = fields.Integer(allow_none=True)
    taken_minor = fields.Integer()
    currency = fields.String()
    from_on = fields.Date()
    to_on = fields.Date()


class OwnSupports(Schema):
    items = fields.List(fields.Nested(OwnSupport))
    next = fields.String(allow_none=True)


class FunderShareOut(Schema):
    exhibitor = fields.Integer()
    booths = fields.List(fields.String())
    area_m2 = fields.Float()
    price_minor = fields.Integer(metadata={"description": "Of the booths before VAT, a discount taken off"})
    rate_bp = fields.Integer()
    net_minor = fields.Integer()
    vat_minor = fields.Integer()
    support_minor = fields.Integer(metadata={"description": WITH_VAT})
    currency = fields.String()
    order = fields.String()
    exhibitor_invoice = fields.String()
    invoice = fields.String(metadata={"description": "The funder's; empty until the booths are let"})
    credit_note = fields.String()
    state = fields.String(metadata={"description": "waits, invoiced, credited"})
    decision_number = fields.String()
    reason = fields.String()


class FunderSumsOut(Schema):
    currency = fields.String()
    invoiced_minor = fields.Integer()
    credited_minor = fields.Integer()
    stands_minor = fields.Integer()
    paid_minor = fields.Integer()
    open_minor = fields.Integer()
    waits_minor = fields.Integer()


class FunderPaymentOut(Schema):
    id = fields.Integer()
    number = fields.String(attribute="external_id")
    amount_minor = fields.Integer()
    currency = fields.String()
    received_at = fields.DateTime(format="iso")


class FunderListOut(Schema):
    items = fields.List(fields.Nested(FunderShareOut))
    next = fields.String(allow_none=True)
    sums = fields.List(fields.Nested(FunderSumsOut), metadata={"description": "One a currency"})
    payments = fields.List(fields.Nested(FunderPaymentOut))


class FunderPaymentIn(LenientInput):
    number = fields.String(required=True, validate=validate.Length(1, 200))
    amount_minor = fields.Integer(required=True, strict=True, validate=validate.Range(1, DEAREST_MINOR - 1))


@blueprint.route("/funders")
class FundersOfFair(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, Funders)
    def get(self) -> dict[str, Any]:
        """Who pays a share of booths."""
        return {"items": funders_of(g.fair.id), "next": None}

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(FunderIn)
    @blueprint.response(201, FunderOut)
    def post(self, asked: dict[str, Any]) -> Funder:
        """Add a funder as its invoices name it."""
        return retrying(lambda: keep_funder(principal().actor(), g.fair, asked, clock.now()))


@blueprint.route("/funders/<int:funder_id>")
class OneFunder(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(FunderIn)
    @blueprint.response(200, FunderOut)
    def put(self, asked: dict[str, Any], funder_id: int) -> Funder:
        """Change its details; invoices that are numbered keep what they say."""
        return retrying(lambda: keep_funder(principal().actor(), g.fair, asked, clock.now(), funder_id))


@blueprint.route("/funders/<int:funder_id>/programmes")
class ProgrammesOfFunder(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, Programmes)
    def get(self, funder_id: int) -> dict[str, Any]:
        """Its programmes, and how much of each budget orders have."""
        return {"items": programmes_of(g.fair.id, funder_by_id(g.fair.id, funder_id).id), "next": None}

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(ProgrammeIn)
    @blueprint.response(201, ProgrammeOut)
    def post(self, asked: dict[str, Any], funder_id: int) -> SupportProgramme:
        """Add the programme of a decision."""
        return retrying(lambda: keep_programme(principal().actor(), g.fair, funder_id, asked, clock.now()))


@blueprint.route("/support-programmes/<int:programme_id>")
class OneProgramme(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(ProgrammeIn)
    @blueprint.response(200, ProgrammeOut)
    def put(self, asked: dict[str, Any], programme_id: int) -> SupportProgramme:
        """Change it for orders placed from now on; its budget is never less than what orders have."""
        of = programme_by_id(g.fair.id, programme_id).funder_id
        return retrying(lambda: keep_programme(principal().actor(), g.fair, of, asked, clock.now(), programme_id))

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.response(204)
    def delete(self, programme_id: int) -> None:
        """No new order gets it; orders that have it keep it."""
        retrying(lambda: withdraw_programme(principal().actor(), g.fair, programme_id, clock.now()))


@blueprint.route("/support-programmes/<int:programme_id>/grants")
class GrantsOfProgramme(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, SupportGrants)
    def get(self, programme_id: int) -> dict[str, Any]:
        """Who is granted it; those that were withdrawn last."""
        return {"items": [row.grant for row in grants_in(programme_by_id(g.fair.id, programme_id))], "next": None}

    @allow(Permission.BOOTHS_EDIT)
    @blueprint.arguments(SupportGrantIn)
    @blueprint.response(201, SupportGrantOut)
    def post(self, asked: dict[str, Any], programme_id: int) -> SupportGrant:
        """Grant it to an exhibitor; granted again, the same one answers. Its proof is added on the page."""
        actor, now = principal().actor(), clock.now()
        return retrying(lambda: grant_support(actor, g.fair, programme_id, asked["exhibitor"], asked["reason"], now))


@blueprint.route("/support-grants/<int:grant_id>")
class OneGrant(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @blueprint.response(204)
    def delete(self, grant_id: int) -> None:
        """Withdraw it before an order has it."""
        retrying(lambda: withdraw_grant(principal().actor(), g.fair, grant_id, clock.now()))


@blueprint.route("/support")
class SupportOfOwn(MethodView):
    @allow(Permission.PORTAL)
    @blueprint.response(200, OwnSupports)
    def get(self) -> dict[str, Any]:
        """The support that one's own exhibitors are granted."""
        granted = grants_of(g.fair.id, sorted(principal().exhibitor_ids))
        return {"items": [_own(one) for one in granted.values()], "next": None}


@blueprint.route("/funders/<int:funder_id>/list")
class ListOfFunder(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, FunderListOut)
    def get(self, funder_id: int) -> dict[str, Any]:
        """Its share of each order, with sums that add up to its invoices; what it paid and what is open."""
        shown = funder_list(funder_by_id(g.fair.id, funder_id), g.fair.currency)
        return {
            "items": [_share(row) for row in shown.rows],
            "next": None,
            "sums": [_sums(one) for one in shown.sums],
            "payments": shown.payments,
        }


@blueprint.route("/funders/<int:funder_id>/payments")
class PaymentsOfFunder(MethodView):
    @allow(Permission.MONEY_SETTLE)
    @blueprint.arguments(FunderPaymentIn)
    @blueprint.response(201, FunderPaymentOut)
    def post(self, asked: dict[str, Any], funder_id: int) -> FunderPayment:
        """Note what it paid, in the fair's currency; the bank's same number counts once."""
        number, amount = bank_number(asked["number"]), Money(asked["amount_minor"], g.fair.currency)
        if not 1 <= len(number) <= 120:
            raise FieldErrors({"number": LONG_NUMBER if number else NO_NUMBER})
        actor, now = principal().actor(), clock.now()
        return retrying(lambda: note_funder_payment(actor, g.fair, funder_id, number, amount, now))


@blueprint.route("/funders/<int:funder_id>/payments/<int:payment_id>")
class OnePaymentOfFunder(MethodView):
    @allow(Permission.MONEY_SETTLE)
    @blueprint.response(204)
    def delete(self, funder_id: int, payment_id: int) -> None:
        """Noted by mistake: it counts no more."""
        retrying(lambda: take_back_payment(principal().actor(), g.fair, funder_id, payment_id, clock.now()))


def _own(one: Granted) -> dict[str, Any]:
    names = ("decision_number", "rate_bp", "per_booth_minor", "per_exhibitor_minor", "currency", "from_on", "to_on")
    return {name: getattr(one.programme, name) for name in names} | {
        "exhibitor": one.grant.exhibitor_id,
        "funder": one.funder.name,
        "programme": one.programme.name,
        "taken_minor": one.grant.taken_minor,
    }


def _share(row: ListRow) -> dict[str, Any]:
    support = row.support
    return {name: getattr(support, name) for name in ("rate_bp", "net_minor", "vat_minor", "currency")} | {
        "exhibitor": row.exhibitor.id,
        "booths": [booth.number for booth in row.booths],
        "area_m2": row.area_m2,
        "price_minor": support.base_minor,
        "support_minor": support.total_minor,
        "order": row.order.reference,
        "exhibitor_invoice": row.invoice_number,
        "invoice": row.number,
        "credit_note": row.credit_number,
        "state": row.state,
        "decision_number": row.programme.decision_number,
        "reason": row.grant.reason,
    }


def _sums(one: Sums) -> dict[str, Any]:
    names = ("invoiced", "credited", "stands", "paid", "open", "waits")
    return {"currency": one.currency} | {f"{name}_minor": getattr(one, name) for name in names}
