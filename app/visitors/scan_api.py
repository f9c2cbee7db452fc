"""POST /scans: the one request that people stand in a queue for. Plain Flask, no session, no ORM."""

from datetime import date, datetime
from typing import Any, ClassVar

from flask import Response, current_app, g, request
from flask_smorest import Blueprint

from app import clock
from app.access import Permission, allow, principal
from app.db import db
from app.errors import DomainError, FieldErrors
from app.i18n_marks import N_
from app.turns import QUICK_ENDPOINTS
from app.visitors.devices import NOT_YOURS, SET_UP
from app.visitors.gate_facts import gate_facts
from app.visitors.one_scan import record_one
from app.visitors.recording import Answer, record_scans
from app.visitors.submission import Submitted, read_scans
from app.visitors.ticker import tell_of_scans

blueprint = Blueprint("scans_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="Badges read at gates.")
QUICK_ENDPOINTS.add("scans_api.record")

_SCAN = {
    "type": "object",
    "required": ["id", "code", "gate", "direction", "scanned_at"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "A repeat gets the first answer."},
        "code": {"type": "string", "maxLength": 4000, "description": "What was read: digits of the badge."},
        "gate": {"type": "string"},
        "direction": {"type": "string", "enum": ["in", "out"]},
        "scanned_at": {"type": "string", "format": "date-time"},
        "device_verdict": {"type": "string"},
        "drift_ms": {"type": "integer", "description": "The device's clock minus the server's."},
        "forced_reason": {"type": "string"},
        "annuls": {"type": "string", "format": "uuid"},
        "rehearsal": {"type": "boolean"},
        "answers": {
            "type": "object",
            "description": "What the person said at the door where the verdict was `incomplete`. Kept on the "
            "registration where nothing stands yet, and with the scan.",
            "properties": {
                "company": {"type": "string", "maxLength": 200},
                "country": {"type": "string", "description": "ISO 3166-1 alpha-2"},
                "phone": {"type": "string", "maxLength": 40},
            },
            "additionalProperties": False,
        },
    },
}
_RESULT = {
    "type": "object",
    "required": ["id", "verdict", "colour", "repeat", "counts"],
    "properties": {
        "id": {"type": "string"},
        "verdict": {"type": "string"},
        "colour": {"type": "string"},
        "repeat": {"type": "boolean"},
        "counts": {"type": "string", "enum": ["visit", "entry", "exit", "session", "undone", "no"]},
        "refused": {"type": ["string", "null"]},
        "detail": {"type": "object"},
        "person": {"type": ["object", "null"]},
    },
}


class ReportIsFinal(DomainError):
    code: ClassVar[str] = "report_frozen"
    message: ClassVar[str] = N_("The report of this fair is final: no more scans are taken.")


@blueprint.route("/scans", methods=["POST"])
@blueprint.doc(
    summary="Record scans",
    description="1 to 1,000 scans, answered in the order sent. Every scan is kept, whatever its verdict.",
    requestBody={
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["scans"],
                    "properties": {
                        "scans": {"type": "array", "minItems": 1, "maxItems": 1000, "items": _SCAN},
                        "device": {"type": "string", "description": "The device's own key."},
                    },
                }
            }
        },
    },
    responses={
        "200": {
            "description": "One result a scan.",
            "content": {
                "application/json": {
                    "schema": {"type": "object", "properties": {"results": {"type": "array", "items": _RESULT}}}
                }
            },
        },
        "400": {"description": "Not JSON."},
        "409": {"description": "The fair's report is final."},
        "422": {"description": "A scan that cannot be taken; none was."},
    },
)
@allow(Permission.SCAN)
def record() -> Response:
    facts = gate_facts(g.fair.id, fresh=current_app.testing)
    if facts.frozen_at is not None:
        raise ReportIsFinal()
    who, now = principal(), clock.now()
    db.session.rollback()  # who asks is known: no connection is kept while others wait
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise FieldErrors({"scans": N_("Send JSON.")})
    if isinstance(body, dict):
        if who.device is not None:
            body = body | {"device": who.device.key}
        elif str(body.get("device")).strip().lower().startswith(SET_UP):
            raise FieldErrors({"device": NOT_YOURS})
    secret = current_app.config["FAIR_SECRET_KEY"]
    submitted = read_scans(body, facts, now, who.can(Permission.SCAN_FORCE), secret)
    if who.device is not None:
        _require_own_gate(submitted, who.device.gate_ids)
    actor = who.actor()
    if len(submitted) == 1:
        answers = [record_one(facts, submitted[0], actor, now)]
    else:
        answers = record_scans(facts, submitted, actor, now)
    tell_of_scans(facts.fair_id)
    named = facts.names_at_gate and (who.device is None or who.device.sees_names)
    response = current_app.json.response({"results": [_shown(answer, named) for answer in answers]})
    assert isinstance(response, Response)
    return response


def _require_own_gate(submitted: list[Submitted], gate_ids: frozenset[int]) -> None:
    """A set-up device reads badges at its own gate."""
    others = [n for n, one in enumerate(submitted) if one.gate_id not in gate_ids]
    if others:
        sentence = N_("This device was set up for another gate. Ask the organiser to set it up for this one.")
        raise FieldErrors({f"scans.{n}.gate": sentence for n in others})


def _shown(answer: Answer, named: bool) -> dict[str, Any]:
    verdict, person = answer.verdict, answer.person
    shown: dict[str, Any] = {
        "id": answer.scan_id,
        "verdict": verdict.code,
        "colour": verdict.colour,
        "repeat": verdict.repeat,
        "counts": verdict.counts,
    }
    if verdict.refused:
        shown["refused"] = verdict.refused
    if verdict.detail:
        shown["detail"] = {name: _plain(value) for name, value in verdict.detail.items()}
    if person is not None and named:
        shown["person"] = {"name": person.name, "company": person.company, "category": person.category}
    return shown


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return [_plain(v) for v in value] if isinstance(value, list) else value
