"""The API of the devices that the organiser sets up for gates."""

from typing import Any

from flask import Response, current_app, g, jsonify, request
from flask_smorest import Blueprint

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.api.paging import page_of
from app.db import db, retrying
from app.errors import FieldErrors
from app.i18n_marks import N_
from app.visitors.device_list import last_word, listed, state_of
from app.visitors.device_models import GateDevice
from app.visitors.device_views import join_url
from app.visitors.gate_devices import change_device, make_device, renew_link, revoke_device
from app.visitors.models import Device, Gate

blueprint = Blueprint(
    "gate_devices_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="Devices set up for gates."
)
_TEXT = {"type": "string"}
_DEVICE = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": _TEXT,
        "gate": _TEXT,
        "sees_names": {"type": "boolean"},
        "state": {"type": "string", "enum": ["waiting", "ended", "used", "revoked"]},
        "made_at": _TEXT,
        "made_by": _TEXT,
        "joined_at": {"type": ["string", "null"]},
        "ready_at": {"type": ["string", "null"]},
        "revoked_at": {"type": ["string", "null"]},
        "last_seen_at": {"type": ["string", "null"]},
        "unsent": {"type": ["integer", "null"]},
        "app_version": _TEXT,
        "link": {"type": "string", "description": "For the QR code; opens once, while the state is waiting."},
        "link_ends_at": _TEXT,
    },
}
_NEW = {
    "type": "object",
    "required": ["name", "gate"],
    "properties": {
        "name": {"type": "string", "maxLength": 80},
        "gate": {"type": "string", "description": "A code of GET /gates."},
        "sees_names": {"type": "boolean", "default": False},
    },
}


_CHANGED = {"type": "object", "properties": _NEW["properties"]}


def _answer(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": _DEVICE}}}


@blueprint.route("/gate-devices", methods=["GET"])
@blueprint.doc(
    summary="Devices set up for gates",
    parameters=[
        {"in": "query", "name": name, "required": False, "schema": {"type": "string"}} for name in ("limit", "after")
    ],
    responses={
        "200": {
            "description": "In the order in which they were made.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["items", "next"],
                        "properties": {
                            "items": {"type": "array", "items": _DEVICE},
                            "next": {"type": ["string", "null"]},
                        },
                    }
                }
            },
        },
        "422": {"description": "A parameter that cannot be read."},
    },
)
@allow(Permission.DEVICES_KEEP)
def devices() -> Response:
    rows, following = page_of(listed().where(GateDevice.fair_id == g.fair.id), GateDevice.id)
    return jsonify(items=[_shown(*row) for row in rows], next=following)


@blueprint.route("/gate-devices", methods=["POST"])
@blueprint.doc(
    summary="Set up a device",
    description="Answers the link for its QR code: it opens once, for 30 minutes.",
    requestBody={"required": True, "content": {"application/json": {"schema": _NEW}}},
    responses={
        "201": _answer("The device, waiting for its phone."),
        "409": {"description": "The fair is not published."},
        "422": {"description": "Fields that need another look."},
    },
)
@allow(Permission.DEVICES_KEEP)
@idempotent
def make() -> tuple[Response, int]:
    said = request.get_json(force=True, silent=True)
    if not isinstance(said, dict):
        raise FieldErrors({"body": N_("Send a JSON object.")})
    actor, secret, now = principal().actor(), current_app.config["FAIR_SECRET_KEY"], clock.now()
    made = retrying(lambda: make_device(actor, g.fair, said, secret, now))
    return jsonify(_one(made)), 201


@blueprint.route("/gate-devices/<int:device_id>/link", methods=["POST"])
@blueprint.doc(
    summary="A new link for a device that waits or is revoked",
    responses={
        "200": _answer("The device with its new link; the one before opens nothing."),
        "404": {"description": "No such device."},
        "409": {"description": "It is in use: revoke it first."},
    },
)
@allow(Permission.DEVICES_KEEP)
@idempotent
def renew(device_id: int) -> Response:
    actor, secret, now = principal().actor(), current_app.config["FAIR_SECRET_KEY"], clock.now()
    return jsonify(_one(retrying(lambda: renew_link(actor, g.fair, device_id, secret, now))))


@blueprint.route("/gate-devices/<int:device_id>", methods=["PATCH"])
@blueprint.doc(
    summary="Change a device's name, gate or sight of names",
    description="In use or not: it hears of it with its next snapshot. What it read for its former gate comes in.",
    requestBody={"required": True, "content": {"application/json": {"schema": _CHANGED}}},
    responses={
        "200": _answer("The device as it is now."),
        "404": {"description": "No such device."},
        "409": {"description": "Somebody else changed it at the same time."},
        "422": {"description": "Fields that need another look."},
    },
)
@allow(Permission.DEVICES_KEEP)
def change(device_id: int) -> Response:
    said = request.get_json(force=True, silent=True)
    if not isinstance(said, dict):
        raise FieldErrors({"body": N_("Send a JSON object.")})
    return jsonify(_one(retrying(lambda: change_device(principal().actor(), g.fair, device_id, said))))


@blueprint.route("/gate-devices/<int:device_id>", methods=["DELETE"])
@blueprint.doc(
    summary="Revoke a device",
    description="It is refused from its next request on. What it has not sent stays on it.",
    responses={
        "204": {"description": "Revoked."},
        "404": {"description": "No such device."},
        "409": {"description": "Revoked already."},
    },
)
@allow(Permission.DEVICES_KEEP)
def revoke(device_id: int) -> tuple[str, int]:
    actor, now = principal().actor(), clock.now()
    retrying(lambda: revoke_device(actor, g.fair, device_id, now))
    return "", 204


def _one(device: GateDevice) -> dict[str, Any]:
    return _shown(device, db.session.get_one(Gate, device.gate_id), last_word(device))


def _shown(device: GateDevice, gate: Gate, word: Device | None) -> dict[str, Any]:
    state = state_of(device, clock.now())
    shown = {
        "id": device.id,
        "name": device.name,
        "gate": gate.code,
        "sees_names": device.sees_names,
        "state": state,
        "made_at": device.made_at.isoformat(),
        "made_by": device.made_by,
        "joined_at": device.joined_at and device.joined_at.isoformat(),
        "ready_at": device.ready_at and device.ready_at.isoformat(),
        "revoked_at": device.revoked_at and device.revoked_at.isoformat(),
        "last_seen_at": word.last_seen_at.isoformat() if word else None,
        "unsent": word.unsent if word else None,
        "app_version": device.app_version,
    }
    if state == "waiting":
        shown |= {"link": join_url(device), "link_ends_at": device.link_ends_at.isoformat()}
    return shown
