"""Priority points and windows over the API: everybody checks a draw, exhibitors read their own."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal, public
from app.allocation import selecting
from app.allocation.points import Weights
from app.allocation.points_record import (
    CORRECTION_AT_MOST,
    WEIGHT_AT_MOST,
    WHY_AT_MOST,
    correct_points,
    corrections_of,
    rule_of,
    scores,
    set_rule,
    withdraw_correction,
)
from app.allocation.selecting import REASON_LENGTH
from app.allocation.selection_models import Basis, Selection, SelectionState
from app.allocation.selection_queries import Standing, is_public, places, selections
from app.allocation.selection_settings import DAYS_AT_MOST, MINUTES, NO_ZONE, PER_SLOT, SOURCE_LENGTH, Settings
from app.api.idempotency import idempotent
from app.api.schemas import Input
from app.booths.floorplan import zones
from app.clock import YEARS
from app.db import retrying
from app.errors import FieldErrors, NotFound

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("selection_api", __name__, url_prefix=PREFIX, description="Priority points, windows, draws.")
ROW = validate.Range(min=0, max=2**31 - 1)
WEIGHT = validate.Range(0, WEIGHT_AT_MOST)


def _year(value: date | datetime) -> None:
    if value.year not in YEARS:
        raise validate.ValidationError("Not a day of any fair.")


class PointsRuleIn(Input):
    edition = fields.Integer(required=True, strict=True, validate=WEIGHT)
    per_9_m2 = fields.Integer(required=True, strict=True, validate=WEIGHT)
    on_time = fields.Integer(required=True, strict=True, validate=WEIGHT)
    late = fields.Integer(required=True, strict=True, validate=WEIGHT, metadata={"description": "Taken off"})
    released = fields.Integer(required=True, strict=True, validate=WEIGHT, metadata={"description": "Taken off"})


class PointsOut(Schema):
    exhibitor = fields.Integer()
    points = fields.Integer()
    lines = fields.List(fields.Dict(), metadata={"description": "Each edition or correction, with its rows"})


class PointsPage(Schema):
    items = fields.List(fields.Nested(PointsOut))
    next = fields.String(allow_none=True)


class PointsCorrectionIn(Input):
    points = fields.Integer(
        required=True, strict=True, validate=validate.Range(-CORRECTION_AT_MOST, CORRECTION_AT_MOST)
    )
    reason = fields.String(required=True, validate=validate.Length(1, WHY_AT_MOST))


class PointsCorrectionOut(Schema):
    id = fields.Integer()
    exhibitor_id = fields.Integer(data_key="exhibitor")
    points = fields.Integer()
    reason = fields.String()
    made_at = fields.DateTime(format="iso")


class SelectionIn(Input):
    zone = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, 12),
        metadata={"description": "Its code; null: the whole fair"},
    )  # fmt: skip
    basis = fields.String(required=True, validate=validate.OneOf([str(one) for one in Basis]))
    bands = fields.List(
        fields.Integer(strict=True, validate=ROW), load_default=list, validate=validate.Length(max=10),
        metadata={"description": "Least points of each round, falling"},
    )  # fmt: skip
    days = fields.List(fields.Date(validate=_year), required=True, validate=validate.Length(1, DAYS_AT_MOST))
    from_time = fields.Time(required=True, metadata={"description": "The fair's time"})
    to_time = fields.Time(required=True)
    slot_minutes = fields.Integer(required=True, strict=True, validate=validate.Range(MINUTES.start, MINUTES.stop - 1))
    per_slot = fields.Integer(required=True, strict=True, validate=validate.Range(PER_SLOT.start, PER_SLOT.stop - 1))
    general_at = fields.AwareDateTime(required=True, format="iso", validate=_year)
    seed_source = fields.String(required=True, validate=validate.Length(1, SOURCE_LENGTH))
    draw_at = fields.AwareDateTime(required=True, format="iso", validate=_year)
    revision = fields.Integer(load_default=0, strict=True, validate=ROW, metadata={"description": "The one seen"})


class SeenSelection(Input):
    revision = fields.Integer(required=True, strict=True, validate=ROW)


class SeedIn(Input):
    seed = fields.String(required=True, validate=validate.Length(1, 100))


class SelectionReasonIn(Input):
    reason = fields.String(load_default="", validate=validate.Length(max=REASON_LENGTH))


class SelectionPlaceOut(Schema):
    exhibitor = fields.Integer(metadata={"description": "Its public number"})
    points = fields.Integer()
    place = fields.Integer(allow_none=True)
    key = fields.String(metadata={"description": "SHA-256 of seed and number"})
    starts_at = fields.DateTime(format="iso", allow_none=True)
    ends_at = fields.DateTime(format="iso", allow_none=True)
    standing = fields.String(
        validate=validate.OneOf([str(one) for one in Standing]), metadata={"description": "For the organiser alone"}
    )
    booths = fields.List(fields.String(), metadata={"description": "For the organiser alone"})


class SelectionHead(Schema):
    number = fields.Integer()
    zone = fields.String(allow_none=True)
    state = fields.String(validate=validate.OneOf([str(one) for one in SelectionState]))
    revision = fields.Integer()
    basis = fields.String()
    bands = fields.List(fields.Integer())
    days = fields.List(fields.String())
    from_time = fields.Time()
    to_time = fields.Time()
    slot_minutes = fields.Integer()
    per_slot = fields.Integer()
    general_at = fields.DateTime(format="iso")
    seed_source = fields.String()
    draw_at = fields.DateTime(format="iso")
    fixed_at = fields.DateTime(format="iso", allow_none=True)
    digest = fields.String()
    seed = fields.String()
    drawn_at = fields.DateTime(format="iso", allow_none=True)
    ended_at = fields.DateTime(format="iso", allow_none=True)
    end_reason = fields.String()


class SelectionOut(SelectionHead):
    list_text = fields.String(data_key="list", metadata={"description": "The digest is of its bytes in UTF-8"})
    order = fields.List(
        fields.Nested(SelectionPlaceOut), metadata={"description": "Of one draw that is read by its number"}
    )


class SelectionPage(Schema):
    items = fields.List(fields.Nested(SelectionHead))
    next = fields.String(allow_none=True)


@blueprint.route("/points-rule")
class Rule(MethodView):
    @public
    @blueprint.response(200, PointsRuleIn)
    def get(self) -> dict[str, int]:
        """What earlier editions count for."""
        return asdict(rule_of(g.fair.id))

    @allow(Permission.SETTINGS)
    @blueprint.arguments(PointsRuleIn)
    @blueprint.response(200, PointsRuleIn)
    def put(self, sent: dict[str, int]) -> dict[str, int]:
        """Change it, for lists that are published from now on."""
        actor = principal().actor()
        retrying(lambda: set_rule(actor, g.fair, Weights(**sent)))
        return sent


@blueprint.route("/points")
@allow(Permission.BOOTHS_SEE, Permission.BOOTH_HOLD)
@blueprint.response(200, PointsPage)
def points() -> dict[str, Any]:
    """Points line by line; the organiser reads all, an exhibitor its own."""
    who = principal()
    ids = None if who.staff_can(Permission.BOOTHS_SEE) else who.exhibitor_ids
    found = scores(g.fair, clock.now(), ids)
    return {
        "items": [
            {"exhibitor": whose, "points": one.points, "lines": [line.kept() for line in one.lines]}
            for whose, one in sorted(found.items())
        ],
        "next": None,
    }


@blueprint.route("/exhibitors/<int:exhibitor_id>/points-corrections")
class Corrections(MethodView):
    @allow(Permission.BOOTHS_SEE)
    @blueprint.response(200, PointsCorrectionOut(many=True))
    def get(self, exhibitor_id: int) -> Any:
        """Corrections by hand that stand."""
        return corrections_of(g.fair.id, [exhibitor_id])

    @allow(Permission.BOOTHS_EDIT)
    @idempotent
    @blueprint.arguments(PointsCorrectionIn)
    @blueprint.response(201, PointsCorrectionOut)
    def post(self, sent: dict[str, Any], exhibitor_id: int) -> Any:
        """Give or take points, with the reason that the exhibitor reads."""
        actor, now = principal().actor(), clock.now()
        return retrying(lambda: correct_points(actor, g.fair, exhibitor_id, sent["points"], sent["reason"], now))


@blueprint.route("/points-corrections/<int:correction_id>", methods=["DELETE"])
@allow(Permission.BOOTHS_EDIT)
@blueprint.response(204)
def withdraw(correction_id: int) -> None:
    """Take a correction back."""
    actor = principal().actor()
    retrying(lambda: withdraw_correction(actor, g.fair, correction_id, clock.now()))


@blueprint.route("/selections")
class Selections(MethodView):
    @public
    @blueprint.response(200, SelectionPage)
    def get(self) -> dict[str, Any]:
        """Draws that were published, the latest first; the organiser reads drafts too."""
        found = selections(g.fair.id, published=not principal().staff_can(Permission.BOOTHS_SEE))
        return {"items": [_shown(one.selection) for one in found], "next": None}

    @allow(Permission.SETTINGS)
    @idempotent
    @blueprint.arguments(SelectionIn)
    @blueprint.response(201, SelectionOut)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Set windows up as a draft."""
        actor, settings, now = principal().actor(), _settings(sent), clock.now()
        return _shown(retrying(lambda: selecting.add_selection(actor, g.fair, settings, now)))


@blueprint.route("/selections/<int:draw_number>")
class OneSelection(MethodView):
    @public
    @blueprint.response(200, SelectionOut)
    def get(self, draw_number: int) -> dict[str, Any]:
        """A draw with its order: list, digest, seed and keys are what anybody needs to compute it again."""
        return _one(draw_number)

    @allow(Permission.SETTINGS)
    @blueprint.arguments(SelectionIn)
    @blueprint.response(200, SelectionOut)
    def put(self, sent: dict[str, Any], draw_number: int) -> dict[str, Any]:
        """Change a draft."""
        actor, settings, now = principal().actor(), _settings(sent), clock.now()
        seen = sent["revision"]
        return _shown(retrying(lambda: selecting.change_selection(actor, g.fair, draw_number, settings, seen, now)))

    @allow(Permission.SETTINGS)
    @blueprint.arguments(SelectionReasonIn, location="query")
    @blueprint.response(204)
    def delete(self, sent: dict[str, Any], draw_number: int) -> None:
        """Delete a draft, or call published windows off with `?reason=`: booking opens for all."""
        actor = principal().actor()
        retrying(lambda: selecting.call_off(actor, g.fair, draw_number, sent["reason"], clock.now()))


@blueprint.route("/selections/<int:draw_number>/list", methods=["POST"])
@allow(Permission.SETTINGS)
@idempotent
@blueprint.arguments(SeenSelection)
@blueprint.response(201, SelectionOut)
def publish_list(sent: dict[str, Any], draw_number: int) -> dict[str, Any]:
    """Publish the participants with their points, and the digest; without a tie the order follows."""
    actor, now = principal().actor(), clock.now()
    retrying(lambda: selecting.fix_list(actor, g.fair, draw_number, sent["revision"], now))
    return _one(draw_number)


@blueprint.route("/selections/<int:draw_number>/seed", methods=["POST"])
@allow(Permission.SETTINGS)
@idempotent
@blueprint.arguments(SeedIn)
@blueprint.response(201, SelectionOut)
def publish_seed(sent: dict[str, Any], draw_number: int) -> dict[str, Any]:
    """Publish the seed; the order and the windows follow."""
    actor, now = principal().actor(), clock.now()
    retrying(lambda: selecting.draw(actor, g.fair, draw_number, sent["seed"], now))
    return _one(draw_number)


@blueprint.route("/selections/<int:draw_number>/successor", methods=["POST"])
@allow(Permission.SETTINGS)
@idempotent
@blueprint.arguments(SelectionReasonIn)
@blueprint.response(201, SelectionOut)
def draw_anew(sent: dict[str, Any], draw_number: int) -> dict[str, Any]:
    """Replace a published draw by a new draft; the old one stays."""
    actor, now = principal().actor(), clock.now()
    made = retrying(lambda: selecting.renew(actor, g.fair, draw_number, sent["reason"], now))
    return _one(made.number)


def _settings(sent: dict[str, Any]) -> Settings:
    code, zone_id = sent["zone"], None
    if code is not None:
        zone_id = next((zone.id for zone in zones(g.fair.id) if zone.code == code), None)
        if zone_id is None:
            raise FieldErrors({"zone": NO_ZONE})
    same = {name: value for name, value in sent.items() if name not in ("zone", "revision", "basis")}
    return Settings(zone_id=zone_id, basis=Basis(sent["basis"]), **same)


def _one(draw_number: int) -> dict[str, Any]:
    found = selecting.one_selection(g.fair.id, draw_number)
    is_staff = principal().staff_can(Permission.BOOTHS_SEE)
    if not is_staff and not is_public(found):
        raise NotFound()
    order: list[dict[str, Any]] = [
        {
            "exhibitor": one.exhibitor.id, "points": one.entry.points, "place": one.entry.place,
            "key": one.entry.draw_key, "starts_at": one.entry.starts_at, "ends_at": one.entry.ends_at,
        }
        | ({"standing": one.standing.value, "booths": one.booths} if is_staff else {})
        for one in places(g.fair, found, clock.now())
    ]  # fmt: skip
    return _shown(found) | {"order": order}


def _shown(one: Selection) -> dict[str, Any]:
    code = next((zone.code for zone in zones(g.fair.id) if zone.id == one.zone_id), None) if one.zone_id else None
    names = [name for name in SelectionOut._declared_fields if name not in ("zone", "order")]
    return {name: getattr(one, name) for name in names} | {"zone": code}
