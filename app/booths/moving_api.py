"""Changes of who stands where over the API, a booth's history, and the state of the fair by zone."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.api.schemas import LenientInput
from app.booths.fair_state import Sums, ZoneState, fair_state
from app.booths.models import Booth
from app.booths.moving import RELEASES, move_booth, release_booth, swap_booths, transfer_booth
from app.booths.places import Past, booth_history, place_of
from app.db import db, retrying

blueprint = Blueprint(
    "moving_api",
    __name__,
    url_prefix="/api/v1/fairs/<slug>",
    description="Who stands where: booths moved, swapped, transferred, released; their history; the fair by zone.",
)


def _row(said: str) -> fields.Integer:
    return fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 2**31 - 1), metadata={"description": said}
    )


def _number(said: str) -> fields.String:
    return fields.String(required=True, validate=validate.Length(1, 12), metadata={"description": said})


class PlaceChangeIn(LenientInput):
    exhibitor = _row("Who has the booth, as you read it: 409 `booth_not_theirs` if that changed")
    why = fields.String(
        required=True,
        validate=validate.Length(1, 300),
        metadata={"description": "Kept in the booth's history, and mailed to the exhibitors concerned"},
    )


class MoveIn(PlaceChangeIn):
    to = _number("A free booth")
    list_price_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 2**63 - 1),
        metadata={"description": "Of the new booth, as you read it: 409 `price_changed` if it is another one now"},
    )  # fmt: skip


class SwapIn(PlaceChangeIn):
    other = _number("The other booth, let or reserved")
    other_exhibitor = _row("Who has the other booth, as you read it")


class TransferIn(PlaceChangeIn):
    to_exhibitor = _row("A main exhibitor of the fair")


class ReleaseIn(PlaceChangeIn):
    reason = fields.String(required=True, validate=validate.OneOf([str(reason) for reason in RELEASES]))


class PlaceOut(Schema):
    number = fields.String()
    state = fields.String(metadata={"description": "free, reserved, let"})
    exhibitor = fields.Integer(allow_none=True)


class PlacesOut(Schema):
    done = fields.Boolean(metadata={"description": "False when the same change was made before: nothing more happened"})
    booths = fields.List(fields.Nested(PlaceOut))


class PastOut(Schema):
    exhibitor = fields.Integer()
    exhibitor_name = fields.String()
    order = fields.String(allow_none=True)
    state = fields.String(metadata={"description": "How far it came: held, reserved, let"})
    created_at = fields.DateTime(format="iso")
    let_at = fields.DateTime(format="iso", allow_none=True)
    ended_at = fields.DateTime(format="iso", allow_none=True)
    end_reason = fields.String(
        metadata={
            "description": "expired, released (a hold), cancelled, refunded, moved, swapped, transferred, no_show, "
            "withdrawn, unpaid, other; empty while it lasts"
        }
    )
    why = fields.String(metadata={"description": "The organiser's words"})
    came_from = fields.String(metadata={"description": "The exhibitor's booth before, or empty"})
    went_to = fields.String(metadata={"description": "The exhibitor's booth after a move or a swap, or empty"})


class BoothPasts(Schema):
    items = fields.List(fields.Nested(PastOut), metadata={"description": "The last first"})


class SumsOut(Schema):
    booths = fields.Integer()
    area_m2 = fields.Float()
    list_minor = fields.Integer(metadata={"description": "List price, before VAT"})
    agreed_minor = fields.Integer(metadata={"description": "What orders in the fair's currency say, before VAT"})
    agreed_else = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "Currency → what orders in another currency say, before VAT; never added"},
    )


class ZoneOut(Schema):
    zone = fields.String(allow_none=True, metadata={"description": "Code; null: the whole fair, or in no zone"})
    name = fields.String()
    hall = fields.String(allow_none=True)
    whole = fields.Nested(SumsOut)
    states = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(SumsOut),
        metadata={"description": "let, reserved, held, held_back, free"},
    )
    money = fields.Dict(
        keys=fields.String(), values=fields.Nested(SumsOut), metadata={"description": "agreed, paid, open, due"}
    )


class FairStateOut(Schema):
    currency = fields.String()
    zones = fields.List(fields.Nested(ZoneOut))
    fair = fields.Nested(ZoneOut)


@blueprint.route("/booths/<number>/move")
class Move(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @idempotent
    @blueprint.arguments(MoveIn)
    @blueprint.response(200, PlacesOut)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Another, free booth instead of the one an exhibitor has. What was agreed and paid stays as it is."""
        actor, to, now = principal().actor(), sent["to"], clock.now()
        seen = sent["list_price_minor"]
        done = retrying(lambda: move_booth(actor, g.fair, number, sent["exhibitor"], to, sent["why"], now, seen))
        return _changed(done, number, to)


@blueprint.route("/booths/<number>/swap")
class Swap(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @idempotent
    @blueprint.arguments(SwapIn)
    @blueprint.response(200, PlacesOut)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Two exhibitors change places. Each keeps its order and price."""
        actor, now = principal().actor(), clock.now()
        one, other = (number, sent["exhibitor"]), (sent["other"], sent["other_exhibitor"])
        done = retrying(lambda: swap_booths(actor, g.fair, one, other, sent["why"], now))
        return _changed(done, number, sent["other"])


@blueprint.route("/booths/<number>/transfer")
class Transfer(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @idempotent
    @blueprint.arguments(TransferIn)
    @blueprint.response(200, PlacesOut)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Another exhibitor takes a let booth over. The order stays with who placed it."""
        actor, heir, now = principal().actor(), sent["to_exhibitor"], clock.now()
        done = retrying(lambda: transfer_booth(actor, g.fair, number, sent["exhibitor"], heir, sent["why"], now))
        return _changed(done, number)


@blueprint.route("/booths/<number>/release")
class ReleaseBooth(MethodView):
    @allow(Permission.BOOTHS_EDIT)
    @idempotent
    @blueprint.arguments(ReleaseIn)
    @blueprint.response(200, PlacesOut)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Take a let booth from its exhibitor; it is free for others at once. Money goes back by the order alone."""
        actor, reason, now = principal().actor(), sent["reason"], clock.now()
        done = retrying(lambda: release_booth(actor, g.fair, number, sent["exhibitor"], reason, sent["why"], now))
        return _changed(done, number)


@blueprint.route("/booths/<number>/history")
class BoothHistory(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, BoothPasts)
    def get(self, number: str) -> dict[str, Any]:
        """Who had the booth, when, and why that ended; the last 200."""
        return {"items": [_past(one) for one in booth_history(g.fair, place_of(g.fair, number).booth)]}


@blueprint.route("/zones/state")
class FairState(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, FairStateOut)
    def get(self) -> dict[str, Any]:
        """How the fair stands, by zone and in sum; only booths that can be let."""
        zones, whole = fair_state(g.fair, clock.now())
        return {"currency": g.fair.currency, "zones": [_zone(row) for row in zones], "fair": _zone(whole)}


def _changed(done: bool, *numbers: str) -> dict[str, Any]:
    found = db.session.execute(
        select(Booth.number, Booth.state, Booth.exhibitor_id)
        .where(Booth.fair_id == g.fair.id, Booth.number.in_(numbers))
        .order_by(Booth.number)
    )
    return {
        "done": done,
        "booths": [{"number": row.number, "state": row.state, "exhibitor": row.exhibitor_id} for row in found],
    }


def _past(one: Past) -> dict[str, Any]:
    row = one.allocation
    moved = row.end_reason in ("moved", "swapped")
    return {
        "exhibitor": row.exhibitor_id,
        "exhibitor_name": one.exhibitor.name,
        "order": one.order.reference if one.order is not None else None,
        "state": row.state,
        "created_at": row.created_at,
        "let_at": row.let_at,
        "ended_at": row.ended_at,
        "end_reason": row.end_reason,
        "why": row.end_note,
        "came_from": one.number_before if one.came_from_elsewhere else "",
        "went_to": one.number_after if moved else "",
    }


def _zone(row: ZoneState) -> dict[str, Any]:
    return {
        "zone": row.zone.code if row.zone is not None else None,
        "name": row.zone.name if row.zone is not None else "",
        "hall": row.hall.code if row.hall is not None else None,
        "whole": _summed(row.whole),
        "states": {name: _summed(sums) for name, sums in row.states.items()},
        "money": {name: _summed(sums) for name, sums in row.money.items()},
    }


def _summed(sums: Sums) -> dict[str, Any]:
    own, *others = sums.amounts(g.fair)
    return {name: getattr(sums, name) for name in ("booths", "area_m2", "list_minor")} | {
        "agreed_minor": own.minor,
        "agreed_else": {one.currency: one.minor for one in others},
    }
