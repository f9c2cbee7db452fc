"""What booths are sold under, over the API: deposit and balance, fees of cancelling, cancellations, discount codes."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal, public
from app.api.schemas import LenientInput
from app.booths import cancelling, cancelling_fees
from app.booths.cancelling import CannotCancel, cancellation_of
from app.booths.cancelling_fees import add_step, remove_step, steps_of
from app.booths.discount_models import DiscountCode
from app.booths.discounts import MOST_USES, add_code, codes_of, withdraw_code
from app.db import retrying
from app.front.cancel_views import order_to_call_off
from app.front.order_views import own_order
from app.input import YEARS
from app.payments.models import Cancellation, CancellationStep, Order, SalesTerms
from app.payments.schedule import balance_due_at, end_schedule, set_schedule, terms_of

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("terms_api", __name__, url_prefix=PREFIX, description="Deposits, cancellations, discount codes.")
SHARE = "Basis points of the order's total with VAT: 3000 is 30 %"


def _day(**options: Any) -> fields.Date:
    return fields.Date(validate=lambda day: day.year in YEARS, **options)


class ScheduleIn(LenientInput):
    deposit_bp = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 9_999), metadata={"description": SHARE}
    )
    balance_on = _day(load_default=None, allow_none=True, metadata={"description": "Or `balance_days_before`"})
    balance_days_before = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 365)
    )


class ScheduleOut(Schema):
    deposit_bp = fields.Integer(allow_none=True, metadata={"description": "null: orders are due whole"})
    balance_on = fields.Date(allow_none=True)
    balance_days_before = fields.Integer(allow_none=True)
    balance_due_at = fields.DateTime(format="iso", allow_none=True)


class StepIn(LenientInput):
    until_on = _day(required=True, metadata={"description": "The last day, midnight at the fair"})
    fee_bp = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, 10_000), metadata={"description": SHARE}
    )


class StepOut(StepIn):
    id = fields.Integer()


class Steps(Schema):
    items = fields.List(fields.Nested(StepOut))
    next = fields.String(allow_none=True)


class CancellationIn(LenientInput):
    reason = fields.String(required=True, validate=validate.Length(1, cancelling.REASON_LENGTH))
    fee_minor = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, 10**15),
        metadata={"description": "The fee of today as it was read; another one is refused with `fee_changed`"},
    )  # fmt: skip


class CancellationDecisionIn(LenientInput):
    decision = fields.String(required=True, validate=validate.OneOf(("accept", "refuse")))
    reason = fields.String(required=True, validate=validate.Length(1, cancelling.REASON_LENGTH))


class FeeOut(Schema):
    fee_bp = fields.Integer()
    fee_minor = fields.Integer()
    paid_minor = fields.Integer()
    refund_minor = fields.Integer()
    currency = fields.String()


class CancellationOut(Schema):
    state = fields.String(metadata={"description": "asked, done, refused, withdrawn"})
    reason = fields.String()
    answer = fields.String()
    asked_at = fields.DateTime(format="iso")
    decided_at = fields.DateTime(format="iso", allow_none=True)
    fee_bp = fields.Integer()
    fee_minor = fields.Integer()
    kept_minor = fields.Integer(allow_none=True)
    refund_minor = fields.Integer(allow_none=True)
    currency = fields.String()


class CancellationStanding(Schema):
    today = fields.Nested(FeeOut, allow_none=True, metadata={"description": "null: it cannot be cancelled"})
    asked = fields.Nested(CancellationOut, allow_none=True)


class CodeIn(LenientInput):
    code = fields.String(required=True, validate=validate.Length(3, 40))
    off_bp = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 9_999))
    off_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 10**11 - 1),
        metadata={"description": "Off the booths' price before VAT, in the currency's minor unit; or `off_bp`"},
    )  # fmt: skip
    from_on = _day(required=True)
    to_on = _day(required=True, metadata={"description": "Its last day"})
    most = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_USES))
    currency = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(3, 3),
        metadata={"description": "Of `off_minor`, which holds in no other; left out, the fair's"},
    )  # fmt: skip


class CodeOut(CodeIn):
    id = fields.Integer()
    taken = fields.Integer(metadata={"description": "Orders that have it now"})


class Codes(Schema):
    items = fields.List(fields.Nested(CodeOut))
    next = fields.String(allow_none=True)


@blueprint.route("/payment-schedule")
class PaymentSchedule(MethodView):
    @public
    @blueprint.response(200, ScheduleOut)
    def get(self) -> dict[str, Any]:
        """When an order that is placed now is due."""
        return _schedule(terms_of(g.fair.id))

    @allow(Permission.SETTINGS)
    @blueprint.arguments(ScheduleIn)
    @blueprint.response(200, ScheduleOut)
    def put(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A deposit and the balance's day, for orders placed from now on."""
        return _schedule(retrying(lambda: set_schedule(principal().actor(), g.fair, asked, clock.now())))

    @allow(Permission.SETTINGS)
    @blueprint.response(204)
    def delete(self) -> None:
        """Orders placed from now on are due whole."""
        retrying(lambda: end_schedule(principal().actor(), g.fair))


@blueprint.route("/cancellation-steps")
class CancellationSteps(MethodView):
    @public
    @blueprint.response(200, Steps)
    def get(self) -> dict[str, Any]:
        """What cancelling booths that are let costs until when; after the last day the whole order."""
        return {"items": steps_of(g.fair.id), "next": None}

    @allow(Permission.SETTINGS)
    @blueprint.arguments(StepIn)
    @blueprint.response(201, StepOut)
    def post(self, asked: dict[str, Any]) -> CancellationStep:
        """A fee until a day; never two for one day, and none that falls with time."""
        return retrying(lambda: add_step(principal().actor(), g.fair, asked["until_on"], asked["fee_bp"]))


@blueprint.route("/cancellation-steps/<int:step_id>")
class OneCancellationStep(MethodView):
    @allow(Permission.SETTINGS)
    @blueprint.response(204)
    def delete(self, step_id: int) -> None:
        """Contracts that name it keep it where it is the lower fee."""
        retrying(lambda: remove_step(principal().actor(), g.fair, step_id))


@blueprint.route("/orders/<reference>/cancellation")
class OrderCancellation(MethodView):
    @allow(Permission.ORDERS_SEE)
    @blueprint.response(200, CancellationStanding)
    def get(self, reference: str) -> dict[str, Any]:
        """What cancelling the order costs today, and what was asked."""
        order = own_order(reference)
        fee = cancelling_fees.fee_today(g.fair, order, clock.now())
        today = fee and {
            "fee_bp": fee.bp,
            "fee_minor": fee.amount.minor,
            "paid_minor": fee.paid.minor,
            "refund_minor": fee.goes_back.minor,
            "currency": order.currency,
        }
        return {"today": today, "asked": cancellation_of(order)}

    @allow(Permission.ORDER_PLACE)
    @blueprint.arguments(CancellationIn)
    @blueprint.response(201, CancellationOut)
    def post(self, asked: dict[str, Any], reference: str) -> Cancellation:
        """Ask for it at the fee that was read: it waits for the organiser, or for nobody."""
        order, actor = order_to_call_off(reference), principal().actor()
        return cancelling.ask_cancellation(actor, g.fair, order, asked["reason"], asked["fee_minor"], clock.now())

    @allow(Permission.ORDER_PLACE)
    @blueprint.response(204)
    def delete(self, reference: str) -> None:
        """Keep the booths after all."""
        wish = _wish(order_to_call_off(reference))
        retrying(lambda: cancelling.withdraw(principal().actor(), wish, clock.now()))


@blueprint.route("/orders/<reference>/cancellation/decision")
class CancellationDecision(MethodView):
    @allow(Permission.MONEY_SETTLE)
    @blueprint.arguments(CancellationDecisionIn)
    @blueprint.response(200, CancellationOut)
    def post(self, asked: dict[str, Any], reference: str) -> Cancellation:
        """Carry out what was asked for, or say why not."""
        wish, actor, now = _wish(own_order(reference)), principal().actor(), clock.now()
        if asked["decision"] == "refuse":
            retrying(lambda: cancelling.refuse(actor, wish, asked["reason"], now))
        else:
            cancelling.carry_out(actor, g.fair, own_order(reference), wish, asked["reason"], now)
        return wish


@blueprint.route("/discount-codes")
class DiscountCodes(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, Codes)
    def get(self) -> dict[str, Any]:
        """Codes that can be typed with an order, and how often each is used."""
        return {"items": codes_of(g.fair.id), "next": None}

    @allow(Permission.SETTINGS)
    @blueprint.arguments(CodeIn)
    @blueprint.response(201, CodeOut)
    def post(self, asked: dict[str, Any]) -> DiscountCode:
        """A code for so many orders, once a company."""
        return retrying(lambda: add_code(principal().actor(), g.fair, asked, clock.now()))


@blueprint.route("/discount-codes/<int:code_id>")
class OneDiscountCode(MethodView):
    @allow(Permission.SETTINGS)
    @blueprint.response(204)
    def delete(self, code_id: int) -> None:
        """Nobody can type it any more; orders that have it keep it."""
        retrying(lambda: withdraw_code(principal().actor(), g.fair, code_id, clock.now()))


def _schedule(terms: SalesTerms | None) -> dict[str, Any]:
    names = ("deposit_bp", "balance_on", "balance_days_before")
    return {name: getattr(terms, name, None) for name in names} | {"balance_due_at": balance_due_at(g.fair, terms)}


def _wish(order: Order) -> Cancellation:
    """The newest wish to cancel it."""
    wish = cancellation_of(order)
    if wish is None:
        raise CannotCancel()
    return wish
