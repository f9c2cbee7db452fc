"""Sessions over the API: the programme for everybody, the organiser's verbs, sign-ups by badge."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from app import clock
from app.access import Permission, allow, principal, public
from app.api.idempotency import idempotent
from app.api.schemas import Input
from app.db import retrying
from app.visitors.badges import badge_by_id
from app.visitors.session_list import GROUPS, Listed, attendees_of, sessions_of
from app.visitors.session_models import FairSession
from app.visitors.sessions import (
    HELD_AT_MOST,
    REASON_LENGTH,
    Asked,
    cancel_session,
    change_session,
    make_session,
    publish_session,
    session_by_code,
)
from app.visitors.signing_up import at_the_same_time, give_back, sign_up

blueprint = Blueprint(
    "sessions_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="Seminars, talks and finals, with seats."
)
ROW = validate.Range(min=1, max=2**31 - 1)


class SessionIn(Input):
    title = fields.String(required=True, validate=validate.Length(max=400))
    title_en = fields.String(load_default="", validate=validate.Length(max=400))
    hall = fields.String(load_default="", validate=validate.Length(max=12), metadata={"description": "A hall's code"})
    room = fields.String(load_default="", validate=validate.Length(max=400))
    begins_at = fields.AwareDateTime(required=True, format="iso")
    ends_at = fields.AwareDateTime(required=True, format="iso", metadata={"description": "On the same day at the fair"})
    seats = fields.Integer(load_default=None, allow_none=True, strict=True)
    held_minutes = fields.Integer(
        load_default=10,
        strict=True,
        validate=validate.Range(0, HELD_AT_MOST),
        metadata={"description": "After the beginning, for those who signed up"},
    )
    needs_sign_up = fields.Boolean(load_default=False)
    categories = fields.List(
        fields.String(validate=validate.Length(max=20)),
        load_default=list,
        validate=validate.Length(max=200),
        metadata={"description": "Codes of visitor categories; empty: every visitor"},
    )


class SessionOut(SessionIn):
    code = fields.String(metadata={"description": "Its door's gate code too"})
    state = fields.String(validate=validate.OneOf(("draft", "published", "cancelled")))
    cancel_reason = fields.String()
    free = fields.Integer(allow_none=True, metadata={"description": "Seats that nobody has; None without a limit"})
    signed_up = fields.Integer(metadata={"description": "For who keeps the sessions"})
    came = fields.Integer(metadata={"description": "Persons, once each. For who keeps the sessions"})
    walked_in = fields.Integer(metadata={"description": "Of those, without sign-up. For who keeps the sessions"})


class SessionList(Schema):
    items = fields.List(fields.Nested(SessionOut))
    next = fields.String(allow_none=True)


class ReasonIn(Input):
    reason = fields.String(required=True, validate=validate.Length(max=REASON_LENGTH))


class AttendeeQuery(Schema):
    group = fields.String(load_default="all", validate=validate.OneOf(GROUPS))


class AttendeeOut(Schema):
    badge = fields.Integer()
    name = fields.String()
    company = fields.String()
    category = fields.String()
    signed_up_at = fields.DateTime(format="iso", allow_none=True)
    came_at = fields.DateTime(format="iso", allow_none=True)


class AttendeeList(Schema):
    items = fields.List(fields.Nested(AttendeeOut))
    next = fields.String(allow_none=True)


class SignUpIn(Input):
    badge = fields.Integer(required=True, strict=True, validate=ROW)


class SignUpOut(Schema):
    session = fields.String()
    badge = fields.Integer()
    again = fields.Boolean(metadata={"description": "The seat was there already"})
    at_the_same_time = fields.List(fields.String(), metadata={"description": "Codes of sessions that overlap"})


@blueprint.route("/sessions")
class Sessions(MethodView):
    @public
    @blueprint.response(200, SessionList)
    def get(self) -> dict[str, Any]:
        """The programme; drafts and figures for who keeps it"""
        keeps = principal().can(Permission.SESSIONS_KEEP)
        return {"items": [_listed(one, keeps) for one in sessions_of(g.fair, published=not keeps)], "next": None}

    @allow(Permission.SESSIONS_KEEP)
    @blueprint.arguments(SessionIn)
    @blueprint.response(201, SessionOut)
    @idempotent
    def post(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a draft"""
        actor, wanted, now = principal().actor(), _asked(asked), clock.now()
        return _shown(retrying(lambda: make_session(actor, g.fair, wanted, now)))


@blueprint.route("/sessions/<session_code>")
class OneSession(MethodView):
    @allow(Permission.SESSIONS_KEEP)
    @blueprint.response(200, SessionOut)
    def get(self, session_code: str) -> dict[str, Any]:
        """One session with its figures"""
        return _shown(session_by_code(g.fair.id, session_code))

    @allow(Permission.SESSIONS_KEEP)
    @blueprint.arguments(SessionIn)
    @blueprint.response(200, SessionOut)
    def put(self, asked: dict[str, Any], session_code: str) -> dict[str, Any]:
        """Say all of it anew; who signed up is mailed where time or place changed"""
        actor, wanted, now = principal().actor(), _asked(asked), clock.now()
        return _shown(retrying(lambda: change_session(actor, g.fair, session_code, wanted, now)))


@blueprint.route("/sessions/<session_code>/publication", methods=["POST"])
@blueprint.response(200, SessionOut)
@allow(Permission.SESSIONS_KEEP)
def publish(session_code: str) -> dict[str, Any]:
    """Show it in the programme, and open its door to devices."""
    actor, now = principal().actor(), clock.now()
    return _shown(retrying(lambda: publish_session(actor, g.fair, session_code, now)))


@blueprint.route("/sessions/<session_code>/cancellation")
class Cancellation(MethodView):
    @allow(Permission.SESSIONS_KEEP)
    @blueprint.arguments(ReasonIn)
    @blueprint.response(200, SessionOut)
    @blueprint.alt_response(409, description="`session_cancelled` already, or `session_over`.")
    @idempotent
    def post(self, asked: dict[str, Any], session_code: str) -> dict[str, Any]:
        """It does not take place; who signed up is mailed the reason"""
        actor, now = principal().actor(), clock.now()
        return _shown(retrying(lambda: cancel_session(actor, g.fair, session_code, asked["reason"], now)))


@blueprint.route("/sessions/<session_code>/people", methods=["GET"])
@blueprint.arguments(AttendeeQuery, location="query")
@blueprint.response(200, AttendeeList)
@allow(Permission.SESSIONS_KEEP)
def people(asked: dict[str, Any], session_code: str) -> dict[str, Any]:
    """Who signed up, and who came."""
    attendees = attendees_of(g.fair, session_by_code(g.fair.id, session_code), asked["group"])
    return {
        "items": [
            {
                "badge": one.badge_id, "name": one.registration.name, "company": one.registration.company,
                "category": one.category.code, "signed_up_at": one.signed_up_at, "came_at": one.came_at,
            }
            for one in attendees
        ],
        "next": None,
    }  # fmt: skip


@blueprint.route("/sessions/<session_code>/sign-ups")
class SignUps(MethodView):
    @allow(Permission.SESSIONS_KEEP)
    @blueprint.arguments(SignUpIn)
    @blueprint.response(201, SignUpOut)
    @blueprint.alt_response(409, description="`session_full`, `sign_up_closed`, `not_for_category`, and the like.")
    def post(self, asked: dict[str, Any], session_code: str) -> dict[str, Any]:
        """Give a badge's bearer a seat; asked again it is the same seat"""
        badge, actor, now = badge_by_id(g.fair.id, asked["badge"]), principal().actor(), clock.now()
        signed = retrying(lambda: sign_up(actor, g.fair, session_code, badge, now))
        others = at_the_same_time(g.fair, signed.session, badge.registration_id)
        return {
            "session": session_code, "badge": badge.id, "again": signed.again,
            "at_the_same_time": [one.code for one in others],
        }  # fmt: skip


@blueprint.route("/sessions/<session_code>/sign-ups/<int:badge_id>", methods=["DELETE"])
@blueprint.response(204)
@allow(Permission.SESSIONS_KEEP)
def take_back(session_code: str, badge_id: int) -> None:
    """Take a sign-up back: the seat is free."""
    badge, actor, now = badge_by_id(g.fair.id, badge_id), principal().actor(), clock.now()
    retrying(lambda: give_back(actor, g.fair, session_code, badge, now))


def _asked(sent: dict[str, Any]) -> Asked:
    return Asked(**sent | {"categories": tuple(sent["categories"])})


def _shown(session: FairSession) -> dict[str, Any]:
    return next(_listed(one, True) for one in sessions_of(g.fair) if one.session.id == session.id)


def _listed(one: Listed, keeps: bool) -> dict[str, Any]:
    session = one.session
    same = (
        "code", "title", "title_en", "room", "begins_at", "ends_at", "seats", "held_minutes", "needs_sign_up",
        "categories", "cancel_reason",
    )  # fmt: skip
    state = "draft" if session.published_at is None else "published"
    shown = {name: getattr(session, name) for name in same} | {
        "hall": one.hall.code if one.hall else "",
        "free": one.free,
        "state": "cancelled" if session.cancelled_at is not None else state,
    }
    return shown | ({"signed_up": one.signed_up, "came": one.came, "walked_in": one.walked_in} if keeps else {})
