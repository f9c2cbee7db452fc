"""The registration desk over the API: approve, refuse, and note a fee."""

from datetime import datetime
from typing import Any

from flask import current_app, g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.api.schemas import Input
from app.db import after_commit, retrying
from app.jobs import hurry
from app.money import Money
from app.visitors.badges import REFUSALS, approve_badge, badge_by_id, refuse_badge
from app.visitors.fees import MOST_MINOR, receive_fee, take_fee_back

blueprint = Blueprint(
    "desk_api", __name__, url_prefix="/api/v1/fairs/<slug>/badges/<int:badge_id>", description="The registration desk."
)


class RegistrationRefusalIn(Input):
    reason = fields.String(required=True, validate=validate.OneOf(list(REFUSALS)))


class VisitorFeeIn(Input):
    amount_minor = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, MOST_MINOR),
        metadata={"description": "In the minor unit of the fair's currency"},
    )  # fmt: skip


class VisitorFeeOut(Schema):
    amount_minor = fields.Integer()
    currency = fields.String()
    received_at = fields.DateTime(format="iso")
    received_by = fields.String(metadata={"description": "person:12 or token:3"})


@blueprint.route("/approval")
class Approval(MethodView):
    @allow(Permission.VISITORS_EDIT)
    @blueprint.response(204)
    def post(self, badge_id: int) -> None:
        """Who waits may come in; the badge is mailed."""

        def work() -> None:
            after_commit(hurry, current_app._get_current_object(), "mail_badges")  # type: ignore[attr-defined]
            approve_badge(badge_by_id(g.fair.id, badge_id), principal().actor(), clock.now())

        retrying(work)


@blueprint.route("/refusal")
class Refusal(MethodView):
    @allow(Permission.VISITORS_EDIT)
    @blueprint.arguments(RegistrationRefusalIn)
    @blueprint.response(204)
    def post(self, asked: dict[str, str], badge_id: int) -> None:
        """Who waits is refused, and told why by mail."""
        actor = principal().actor()
        retrying(lambda: refuse_badge(badge_by_id(g.fair.id, badge_id), asked["reason"], actor, clock.now()))


@blueprint.route("/fee")
class Fee(MethodView):
    @allow(Permission.VISITORS_EDIT)
    @idempotent
    @blueprint.arguments(VisitorFeeIn)
    @blueprint.response(201, VisitorFeeOut)
    def post(self, asked: dict[str, int], badge_id: int) -> dict[str, Any]:
        """Note a fee that was received; the gates let the visitor in at once."""
        actor, amount = principal().actor(), Money(asked["amount_minor"], g.fair.currency)
        person = retrying(lambda: receive_fee(g.fair, badge_by_id(g.fair.id, badge_id), amount, actor, clock.now()))
        at: datetime | None = person.fee_received_at
        return {
            "amount_minor": person.fee_minor, "currency": amount.currency, "received_at": at,
            "received_by": person.fee_actor,
        }  # fmt: skip

    @allow(Permission.VISITORS_EDIT)
    @blueprint.response(204)
    def delete(self, badge_id: int) -> None:
        """The note was a mistake, or the money went back."""
        retrying(lambda: take_fee_back(g.fair, badge_by_id(g.fair.id, badge_id), principal().actor(), clock.now()))
