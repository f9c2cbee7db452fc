"""The API of corrections at the gate."""

import uuid
from typing import Any

from flask import Response, g, jsonify, request
from flask_smorest import Blueprint

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.api.paging import asked_limit
from app.db import retrying
from app.errors import FieldErrors
from app.i18n_marks import N_
from app.input import fair_instant
from app.visitors.corrected import latest_corrections
from app.visitors.corrections import (
    Made,
    Why,
    drop_entry,
    record_missed_entry,
    undo_correction,
)
from app.visitors.models import Correction, CorrectionKind
from app.visitors.ticker import tell_of_scans

blueprint = Blueprint(
    "corrections_api", __name__, url_prefix="/api/v1/fairs/<slug>/corrections", description="Corrections at the gates."
)
_TEXT = {"type": "string"}
_NULLABLE = {"type": ["string", "null"]}
_CORRECTION = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "kind": {"type": "string", "enum": [kind.value for kind in CorrectionKind]},
        "scan": _TEXT,
        "undoes": _NULLABLE,
        "reason": _TEXT,
        "note": _TEXT,
        "actor": _TEXT,
        "made_at": _TEXT,
    },
}
_BODY = {
    "type": "object",
    "required": ["id", "kind", "reason"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "The same id again gets the first answer."},
        "kind": {"type": "string", "enum": [kind.value for kind in CorrectionKind]},
        "reason": {
            "type": "string",
            "description": "missed_entry: gate_down, let_in, device_lost, other; "
            "wrong_entry: not_entered, wrong_person, trial, other; undo: mistaken, other",
        },
        "note": {"type": "string", "maxLength": 300, "description": "Needed by the reason other."},
        "badge": {"type": "integer", "description": "missed_entry: whose"},
        "gate": {"type": "string", "description": "missed_entry: where"},
        "at": {"type": "string", "format": "date-time", "description": "missed_entry: when"},
        "scan": {"type": "string", "format": "uuid", "description": "wrong_entry: which scan"},
        "undoes": {"type": "string", "format": "uuid", "description": "undo: which correction"},
    },
}


def _json(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


@blueprint.route("", methods=["GET"])
@blueprint.doc(
    summary="Corrections, newest first",
    parameters=[{"in": "query", "name": name, "schema": _TEXT} for name in ("limit", "after")],
    responses={
        "200": _json(
            {"type": "object", "properties": {"items": {"type": "array", "items": _CORRECTION}, "next": _NULLABLE}},
            "Corrections.",
        ),
        "422": {"description": "A parameter that cannot be read."},
    },
)
@allow(Permission.SCANS_SEE)
def corrections() -> Response:
    rows, following = latest_corrections(g.fair.id, request.args.get("after", ""), asked_limit())
    return jsonify(items=[_shown(row.Correction) for row in rows], next=following or None)


@blueprint.route("", methods=["POST"])
@blueprint.doc(
    summary="Correct what a gate got wrong",
    description="An entry that no gate kept, an entry that is none, or an earlier correction undone. "
    "What was read stays as it was.",
    requestBody={"required": True, "content": {"application/json": {"schema": _BODY}}},
    responses={
        "201": _json(_CORRECTION, "Made."),
        "200": _json(_CORRECTION, "Made before under this id."),
        "404": {"description": "No such badge, scan or correction."},
        "409": {"description": "It does not count any more, the id is taken, or the report is final."},
        "422": {"description": "Fields that need another look."},
    },
)
@allow(Permission.SCANS_CORRECT)
@idempotent
def correct() -> tuple[Response, int]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise FieldErrors({"body": N_("Send a JSON object.")})
    made: Made = retrying(_work(body))
    tell_of_scans(g.fair.id)
    return jsonify(_shown(made.correction)), 200 if made.again else 201


def _work(body: dict[str, Any]) -> Any:
    kind, key, actor, now = _text(body, "kind"), _uuid(body, "id"), principal().actor(), clock.now()
    why = Why(_text(body, "reason"), _text(body, "note"))
    if kind == CorrectionKind.MISSED_ENTRY:
        badge, gate = body.get("badge"), _text(body, "gate")
        if type(badge) is not int or not 0 < badge < 2**31:
            raise FieldErrors({"badge": N_("badge is the id of a badge.")})
        try:
            at = fair_instant(_text(body, "at"))
        except ValueError:
            time = N_("The time is RFC 3339, with its zone: 2026-12-11T09:47:03.120+07:00.")
            raise FieldErrors({"at": time}) from None
        return lambda: record_missed_entry(g.fair, key, badge, gate, at, why, actor, now)
    if kind == CorrectionKind.WRONG_ENTRY:
        scan = _uuid(body, "scan")
        return lambda: drop_entry(g.fair, key, scan, why, actor, now)
    if kind == CorrectionKind.UNDO:
        undoes = _uuid(body, "undoes")
        return lambda: undo_correction(g.fair, key, undoes, why, actor, now)
    raise FieldErrors({"kind": N_("kind is missed_entry, wrong_entry or undo.")})


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise FieldErrors({name: N_("This is text.")})
    return value


def _uuid(body: dict[str, Any], name: str) -> str:
    value = _text(body, name)
    try:
        if len(value) <= 45:
            return str(uuid.UUID(value))
    except ValueError:
        pass
    raise FieldErrors({name: N_("This is a UUID.")})


def _shown(one: Correction) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "scan": one.scan_id,
        "undoes": one.undoes,
        "reason": one.reason,
        "note": one.note,
        "actor": one.actor,
        "made_at": one.made_at.isoformat(),
    }
