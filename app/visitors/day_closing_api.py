"""The days of a fair over the API: closed or open, what was accepted as missing, what came after."""

from datetime import date
from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.api.schemas import Input
from app.db import retrying
from app.visitors.day_closing import (
    REASON_AT_MOST,
    after_closing,
    close_day,
    closings_of,
    counts_of,
    day_named,
    reopen_day,
    unsure_devices,
)

blueprint = Blueprint(
    "days_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="Fair days, closed by who answers for them."
)
_REASON = validate.Length(max=REASON_AT_MOST)


class ClosingIn(Input):
    accepts = fields.List(
        fields.String(validate=validate.Length(max=36)),
        load_default=list,
        validate=validate.Length(max=500),
        metadata={"description": "Keys of the devices whose missing scans are accepted"},
    )
    reason = fields.String(load_default="", validate=_REASON, metadata={"description": "Needed where any is accepted"})


class ReopeningIn(Input):
    reason = fields.String(required=True, validate=_REASON)


class UnsureOut(Schema):
    key = fields.String()
    name = fields.String()
    gate = fields.String()
    last_seen_at = fields.DateTime(format="iso")
    unsent = fields.Integer(metadata={"description": "As it last said; 0 where it only fell silent"})


class DayOut(Schema):
    day = fields.Date()
    closed_at = fields.DateTime(format="iso", allow_none=True, metadata={"description": "None: the day is open"})
    closed_by = fields.String()
    reason = fields.String()
    visits = fields.Integer(metadata={"description": "Now"})
    entries = fields.Integer(metadata={"description": "Now"})
    doubles = fields.Integer(metadata={"description": "People whom gates let in once more than the fair's rule allows"})
    visits_at_closing = fields.Integer(allow_none=True)
    entries_at_closing = fields.Integer(allow_none=True)
    scans_after = fields.Integer(metadata={"description": "Scans of the day that arrived after it was closed"})
    accepted = fields.List(fields.Dict(), metadata={"description": "Devices whose missing scans were accepted"})
    unsure = fields.List(
        fields.Nested(UnsureOut), metadata={"description": "Devices that may still hold scans of an open day"}
    )


class DaysOut(Schema):
    items = fields.List(fields.Nested(DayOut))


@blueprint.route("/days")
class Days(MethodView):
    @allow(Permission.SCANS_SEE)
    @blueprint.response(200, DaysOut)
    def get(self) -> dict[str, Any]:
        """The fair's days that have begun, with their counts"""
        today = clock.fair_day(g.fair, clock.now())
        return {"items": [_day(day) for day in clock.fair_days(g.fair) if day <= today]}


@blueprint.route("/days/<day>/closing")
class Closing(MethodView):
    @allow(Permission.DAY_CLOSE)
    @blueprint.arguments(ClosingIn)
    @blueprint.response(201, DayOut)
    @blueprint.alt_response(409, description="`scans_unsent` with `devices`, or `day_closed`.")
    @idempotent
    def post(self, body: dict[str, Any], day: str) -> dict[str, Any]:
        """Close a day"""
        asked, actor = day_named(g.fair, day), principal().actor()
        accepts, reason = frozenset(body["accepts"]), body["reason"]
        retrying(lambda: close_day(actor, g.fair, asked, accepts, reason, clock.now()))
        return _day(asked)


@blueprint.route("/days/<day>/reopening")
class Reopening(MethodView):
    @allow(Permission.DAY_CLOSE)
    @blueprint.arguments(ReopeningIn)
    @blueprint.response(200, DayOut)
    @blueprint.alt_response(409, description="`day_not_closed`.")
    @idempotent
    def post(self, body: dict[str, Any], day: str) -> dict[str, Any]:
        """Open a closed day again, with the reason"""
        asked, actor = day_named(g.fair, day), principal().actor()
        retrying(lambda: reopen_day(actor, g.fair, asked, body["reason"], clock.now()))
        return _day(asked)


def _day(day: date) -> dict[str, Any]:
    now, counted = clock.now(), counts_of(g.fair, day)
    closing = closings_of(g.fair).get(day)
    shown = {"day": day, "visits": counted.visits, "entries": counted.entries, "doubles": counted.doubles}
    if closing is None:
        opened = {"closed_at": None, "closed_by": "", "reason": "", "visits_at_closing": None}
        return shown | opened | {
            "entries_at_closing": None, "scans_after": 0, "accepted": [], "unsure": unsure_devices(g.fair, day, now)
        }  # fmt: skip
    return shown | {
        "closed_at": closing.closed_at, "closed_by": closing.closed_by, "reason": closing.reason,
        "visits_at_closing": closing.visits, "entries_at_closing": closing.entries,
        "scans_after": after_closing(g.fair, closing, counted).scans, "accepted": closing.accepted, "unsure": [],
    }  # fmt: skip
