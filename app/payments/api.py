"""Orders over the API."""

from typing import Any

from flask import current_app, g, url_for
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from app.access import Permission, allow, principal
from app.fairs.currencies import Account, account_for
from app.money import Money
from app.payments.balance import missing_minor
from app.payments.models import Order, OrderState
from app.payments.orders import order_by_reference
from app.payments.schedule import instalments_of
from app.payments.vietqr import vietqr

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("payments_api", __name__, url_prefix=PREFIX, description="Orders and how they stand.")


class LineOut(Schema):
    kind = fields.String(metadata={"description": "booth, extra, discount, support: a funder's share, below zero"})
    label = fields.String()
    quantity = fields.Integer()
    net_minor = fields.Integer()
    vat_bp = fields.Integer(metadata={"description": "Basis points: 1000 is 10 %"})
    vat_minor = fields.Integer()


class TransferOut(Schema):
    bank_name = fields.String()
    bank_bin = fields.String(metadata={"description": "NAPAS's number of the bank; empty for an account abroad"})
    bank_swift = fields.String(metadata={"description": "Of the account for a further currency, where it has one"})
    account = fields.String()
    account_name = fields.String()
    message = fields.String()
    vietqr = fields.String(allow_none=True)


class InstalmentOut(Schema):
    kind = fields.String(metadata={"description": "deposit, balance"})
    amount_minor = fields.Integer()
    due_at = fields.DateTime(format="iso")
    state = fields.String(metadata={"description": "open, paid"})
    paid_at = fields.DateTime(format="iso", allow_none=True)


class OrderOut(Schema):
    reference = fields.String()
    state = fields.String(
        metadata={"description": "awaiting, deposited, paid, cancelled, called_off, expired, undeliverable, refunded"}
    )
    pay_by = fields.String()
    currency = fields.String()
    net_minor = fields.Integer()
    vat_minor = fields.Integer()
    total_minor = fields.Integer()
    due_at = fields.DateTime(format="iso")
    paid_at = fields.DateTime(format="iso", allow_none=True)
    lines = fields.List(fields.Nested(LineOut))
    instalments = fields.List(
        fields.Nested(InstalmentOut), metadata={"description": "Deposit and balance; empty where it is due whole"}
    )
    missing_minor = fields.Integer(metadata={"description": "What is due now and has not come"})
    page_url = fields.String(metadata={"description": "Where a person pays and sees how it stands"})
    transfer = fields.Nested(TransferOut, allow_none=True)


@blueprint.route("/orders/<reference>")
class OneOrder(MethodView):
    @allow(Permission.ORDERS_SEE)
    @blueprint.response(200, OrderOut)
    def get(self, reference: str) -> dict[str, Any]:
        """An order, its lines, and how it stands."""
        everybodys = principal().staff_can(Permission.ORDERS_SEE)
        return order_shown(order_by_reference(g.fair.id, reference, None if everybodys else principal().exhibitor_ids))


def order_shown(order: Order) -> dict[str, Any]:
    page = url_for("payments.order", reference=order.reference)
    missing = missing_minor(order) if order.state in (OrderState.AWAITING, OrderState.DEPOSITED) else 0
    return {
        **{
            name: getattr(order, name)
            for name in ("reference", "state", "pay_by", "currency", "due_at", "paid_at", "lines")
        },
        **{name: getattr(order, name) for name in ("net_minor", "vat_minor", "total_minor")},
        "instalments": [
            {
                "kind": one.kind,
                "amount_minor": one.amount.minor,
                "due_at": one.due_at,
                "state": one.state,
                "paid_at": one.paid_at,
            }
            for one in instalments_of(order)
        ],
        "missing_minor": missing,
        "page_url": current_app.config["FAIR_PUBLIC_URL"] + page,
        "transfer": _transfer(order, missing)
        if order.pay_by == "transfer" or order.state == OrderState.DEPOSITED
        else None,
    }


def _transfer(order: Order, missing: int) -> dict[str, Any]:
    account = account_for(g.fair, order.currency) or Account("", "", "")
    try:
        code = vietqr(account.bin, account.number, Money(missing, order.currency), order.reference)
    except ValueError:
        code = None
    return {
        "bank_name": account.bank,
        "bank_bin": account.bin,
        "bank_swift": account.swift,
        "account": account.number,
        "account_name": account.holder,
        "message": order.reference,
        "vietqr": code,
    }
