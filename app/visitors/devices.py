"""Devices at the gates: what each last said of itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.access import DeviceSeat
from app.audit import Actor
from app.db import db
from app.errors import FieldErrors
from app.i18n_marks import N_
from app.input import LARGEST_ID
from app.live import publish
from app.visitors.device_models import GateDevice
from app.visitors.models import Device, FireAlarm, Gate

SET_UP = "set-up-"  # how the keys of devices begin that the organiser set up: access.DeviceSeat
NOT_YOURS = N_("This is the key of a device that was set up for a gate: it alone speaks for itself. Use another key.")


def heard_from(fair_id: int, said: dict[str, Any], actor: Actor, at: datetime) -> Device:
    """Keep the word of a device that nobody set up: its key, name, gate, and how many scans it has not sent yet.

    Raises FieldErrors.
    """
    if str(said.get("key")).lower().startswith(SET_UP):
        raise FieldErrors({"key": NOT_YOURS})
    return _heard_from(fair_id, said, actor, at)


def heard_from_seat(fair_id: int, seat: DeviceSeat, said: dict[str, Any], at: datetime) -> None:
    """As `heard_from`, under the device's own name and gate, whatever it says; its version, and that it is ready."""
    gate = db.session.get_one(Gate, seat.gate_id)
    own = {"key": seat.key, "name": seat.name, "gate": gate.code}
    _heard_from(fair_id, said | own, Actor("device", seat.id, seat.name), at)
    version = said.get("version")
    values: dict[str, Any] = {}
    if isinstance(version, str) and version.isascii() and version.isprintable():
        values["app_version"] = version[:20]
    if said.get("ready") is True:
        values["ready_at"] = at
    if values:
        db.session.execute(update(GateDevice).where(GateDevice.id == seat.id).values(**values))


def _heard_from(fair_id: int, said: dict[str, Any], actor: Actor, at: datetime) -> Device:
    key, name, unsent = said.get("key"), said.get("name") or "", said.get("unsent", 0)
    if not isinstance(key, str) or not 8 <= len(key) <= 36 or not key.isascii() or not key.isprintable():
        raise FieldErrors({"key": N_("A device names itself by a key of 8 to 36 characters.")})
    if type(unsent) is not int or not 0 <= unsent < 10**9:
        raise FieldErrors({"unsent": N_("unsent is how many scans wait to be sent.")})
    if not isinstance(name, str):
        raise FieldErrors({"name": N_("This is text.")})
    name = readable(name)
    gate = db.session.scalars(select(Gate).where(Gate.fair_id == fair_id, Gate.code == _text(said.get("gate")))).first()
    known = select(Device).where(Device.fair_id == fair_id, Device.key == key)
    device = db.session.scalars(known).first()
    if device is None:
        device = Device(fair_id=fair_id, key=key, last_seen_at=at)
        try:
            with db.session.begin_nested():
                db.session.add(device)
        except IntegrityError:  # its first two words came at once
            device = db.session.scalars(known).one()
    device.name, device.unsent, device.last_seen_at = name[:80] or device.name or "", unsent, at
    device.gate_id = gate.id if gate else None
    alarm_id = _alarm(fair_id, said.get("alarm"))
    if device.alarm_id != alarm_id:
        device.alarm_id = alarm_id
        publish(fair_id, "scans", {})  # boards say which devices scan out
    device.person_id = actor.person_id
    return device


def _alarm(fair_id: int, said: Any) -> int | None:
    """The fire alarm that the device scans out for; one of ours, or none."""
    if type(said) is not int or not 0 < said <= LARGEST_ID:
        return None
    return db.session.scalar(select(FireAlarm.id).where(FireAlarm.fair_id == fair_id, FireAlarm.id == said))


def readable(name: str) -> str:
    """A name without what no screen shows: a device that calls itself strangely still reports what it holds."""
    spaced = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in name)
    return " ".join(spaced.split())


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() else ""
