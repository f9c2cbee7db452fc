"""The board of the gates over the API: figures, who is inside, capacities, the fire alarm."""

from typing import Any

from flask import current_app, g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from app import clock
from app.access import Permission, allow, principal
from app.api.schemas import LenientInput
from app.db import db, retrying
from app.errors import FieldErrors, NotFound
from app.i18n_marks import N_
from app.input import fair_day
from app.visitors.alarm import end_alarm, raise_alarm
from app.visitors.board import Board, PlaceNow, board_of
from app.visitors.capacity import halls_of, set_capacity
from app.visitors.gate_facts import gate_facts
from app.visitors.inside_list import inside_list
from app.visitors.models import FireAlarm
from app.visitors.passages import devices_heard

blueprint = Blueprint(
    "board_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="The board of the gates and the fire alarm."
)
RULE = (
    "Entries minus exits today, each person once: inside the hall whose gate read the badge last today, if that was on "
    "the way in. Staff, press and crew are people too."
)


class DayArguments(Schema):
    day = fields.String(metadata={"description": "2026-12-11; today, or the fair's nearest day, where it is left out"})


class BoardPlaceOut(Schema):
    code = fields.String(metadata={"description": "Of the hall; empty: gates that lead to no hall"})
    name = fields.String()
    people = fields.Integer()
    visitors = fields.Integer()
    others = fields.Integer(metadata={"description": "Staff, press and crew"})
    capacity = fields.Integer(allow_none=True)
    level = fields.String(metadata={"description": "amber from nine tenths of the capacity on, red when it is reached"})


class InsideOut(Schema):
    rule = fields.String()
    at_most = fields.Boolean(metadata={"description": "Exits are scanned since the fire alarm alone"})
    people = fields.Integer()
    visitors = fields.Integer()
    others = fields.Integer()
    capacity = fields.Integer(allow_none=True)
    level = fields.String()
    halls = fields.List(fields.Nested(BoardPlaceOut))


class QuarterOut(Schema):
    begins_at = fields.DateTime(format="iso")
    gates = fields.Dict(keys=fields.String(), values=fields.Integer())
    entries = fields.Integer()


class RefusedOut(Schema):
    verdict = fields.String()
    scans = fields.Integer()


class AlarmOut(Schema):
    id = fields.Integer()
    raised_at = fields.DateTime(format="iso")


class BoardDeviceOut(Schema):
    key = fields.String()
    name = fields.String()
    gate = fields.String(allow_none=True)
    last_seen_at = fields.DateTime(format="iso")
    unsent = fields.Integer()
    alarm = fields.Integer(allow_none=True, metadata={"description": "The fire alarm that it scans out for"})


class BoardOut(Schema):
    day = fields.Date()
    at = fields.DateTime(format="iso")
    entries = fields.Integer()
    visits = fields.Integer()
    entries_day_before = fields.Integer(
        allow_none=True, metadata={"description": "Until the same time of the day before; null on the first day"}
    )
    inside = fields.Nested(
        InsideOut, allow_none=True, metadata={"description": "null on other days, and where exits are not scanned"}
    )
    quarters = fields.List(fields.Nested(QuarterOut))
    refused = fields.List(fields.Nested(RefusedOut))
    devices = fields.List(fields.Nested(BoardDeviceOut))
    alarm = fields.Nested(AlarmOut, allow_none=True)


class PersonInsideOut(Schema):
    hall = fields.String()
    badge = fields.String(metadata={"description": "The number; without VISITORS_SEE its last five digits"})
    category = fields.String()
    gate = fields.String(metadata={"description": "Where the badge was read last"})
    at = fields.DateTime(format="iso")
    name = fields.String()
    company = fields.String()


class PeopleInsideOut(Schema):
    items = fields.List(fields.Nested(PersonInsideOut))
    next = fields.String(allow_none=True)


class AlarmState(Schema):
    alarm = fields.Nested(AlarmOut, allow_none=True)


class Capacities(LenientInput):
    fair = fields.Raw(metadata={"description": "People in the whole fair at once; null: no limit", "type": "integer"})
    halls = fields.Raw(metadata={"description": "Hall code → people at once, null: no limit", "type": "object"})


class CapacitiesOut(Schema):
    fair = fields.Integer(allow_none=True)
    halls = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))


@blueprint.route("/board")
class BoardNow(MethodView):
    @allow(Permission.SCANS_SEE)
    @blueprint.arguments(DayArguments, location="query")
    @blueprint.response(200, BoardOut)
    def get(self, asked: dict[str, str]) -> dict[str, Any]:
        """One day at the gates, as the organiser's board has it; `inside` is of this moment."""
        facts, now = gate_facts(g.fair.id, fresh=True), clock.now()
        day = _day(asked.get("day", "")) if "day" in asked else _nearest(now)
        found = board_of(g.fair, facts, day, now, fresh=current_app.testing)
        return {
            "day": day,
            "at": now,
            "entries": found.quarters.entries,
            "visits": found.quarters.visits,
            "entries_day_before": found.quarters.before_so_far,
            "inside": _inside(found),
            "quarters": [
                {"begins_at": at, "gates": dict(zip(found.quarters.gates, line, strict=True)), "entries": n}
                for at, line, n in found.quarters.rows
            ],
            "refused": [{"verdict": verdict, "scans": n} for verdict, n in found.refused],
            "devices": [
                {
                    "key": device.key,
                    "name": device.name,
                    "gate": gate.code if gate else None,
                    "last_seen_at": device.last_seen_at,
                    "unsent": device.unsent,
                    "alarm": device.alarm_id,
                }
                for device, gate, _version in devices_heard(g.fair.id)
            ],
            "alarm": facts.alarm,
        }


@blueprint.route("/inside")
class PeopleInside(MethodView):
    @allow(Permission.SCANS_SEE, Permission.ALARM_SEE)
    @blueprint.response(200, PeopleInsideOut)
    def get(self) -> dict[str, Any]:
        """Everybody who is inside now, by hall; names for who sees visitors. Gate staff: during a fire alarm only."""
        facts = gate_facts(g.fair.id, fresh=True)
        found = inside_list(g.fair, facts, principal(), clock.now())
        items = []
        for one in found.people:
            shown = {
                "hall": one.hall,
                "badge": one.number if found.named else one.number[-5:],
                "category": facts.rules.categories[one.category].code,
                "gate": one.gate,
                "at": one.at,
            }
            items.append(shown | ({"name": one.name, "company": one.company} if found.named else {}))
        return {"items": items, "next": None}


@blueprint.route("/alarm")
class TheAlarm(MethodView):
    @allow(Permission.ALARM_SEE)
    @blueprint.response(200, AlarmState)
    def get(self) -> dict[str, Any]:
        """The fire alarm that is on, or null."""
        return {"alarm": gate_facts(g.fair.id, fresh=True).alarm}

    @allow(Permission.ALARM_RAISE)
    @blueprint.response(200, AlarmState)
    def post(self) -> dict[str, Any]:
        """Raise the fire alarm: every gate turns to scanning out. While one is on, it is that one."""
        now, actor = clock.now(), principal().actor()
        return {"alarm": retrying(lambda: raise_alarm(actor, g.fair, now))[0]}


@blueprint.route("/alarm/<int:alarm_id>")
class OneAlarm(MethodView):
    @allow(Permission.ALARM_RAISE)
    @blueprint.response(204)
    def delete(self, alarm_id: int) -> None:
        """End that fire alarm; once more is no fault, and an alarm that was raised since stays on."""
        now, actor = clock.now(), principal().actor()
        if not retrying(lambda: end_alarm(actor, g.fair, alarm_id, now)):
            known = db.session.get(FireAlarm, alarm_id)
            if known is None or known.fair_id != g.fair.id:
                raise NotFound()


@blueprint.route("/capacity")
class Capacity(MethodView):
    @allow(Permission.SETTINGS, Permission.SCANS_SEE)
    @blueprint.response(200, CapacitiesOut)
    def get(self) -> dict[str, Any]:
        """How many people the fair and its halls hold at once; null where there is no limit."""
        return {"fair": g.fair.capacity, "halls": {hall.code: hall.capacity for hall in halls_of(g.fair.id)}}

    @allow(Permission.SETTINGS)
    @blueprint.arguments(Capacities)
    @blueprint.response(200, CapacitiesOut)
    def patch(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Set what is named, and leave the rest as it is."""
        halls = sent.get("halls") or {}
        if not isinstance(halls, dict) or "" in halls:
            raise FieldErrors({"halls": N_("halls names hall codes with people at once.")})
        wanted = halls | ({"": sent["fair"]} if "fair" in sent else {})
        actor = principal().actor()
        retrying(lambda: set_capacity(actor, g.fair, wanted))
        return self.get()


def _inside(board: Board) -> dict[str, Any] | None:
    if board.whole is None:
        return None
    halls = [{"code": hall.code, "name": hall.name} | _place(hall) for hall in board.halls]
    return {"rule": RULE, "at_most": board.at_most, "halls": halls} | _place(board.whole)


def _place(place: PlaceNow) -> dict[str, Any]:
    within = place.within
    return {
        "people": within.people,
        "visitors": within.visitors,
        "others": within.others,
        "capacity": place.capacity,
        "level": place.level,
    }


def _nearest(now: Any) -> Any:
    return min(max(clock.fair_day(g.fair, now), g.fair.starts_on), g.fair.ends_on)


def _day(text: str) -> Any:
    try:
        return fair_day(text)
    except ValueError:
        raise FieldErrors({"day": N_("A day is written 2026-12-11.")}) from None
