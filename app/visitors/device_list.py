"""The devices that were set up for gates, each with what it last said of itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, select

from app.db import db
from app.errors import NotFound
from app.visitors.device_models import GateDevice
from app.visitors.models import Device, Gate


def device_of(fair_id: int, device_id: int) -> GateDevice:
    """Raises NotFound."""
    found = db.session.scalars(
        select(GateDevice).where(GateDevice.fair_id == fair_id, GateDevice.id == device_id)
    ).first()
    if found is None:
        raise NotFound()
    return found


def devices_of(fair_id: int) -> list[Any]:
    """(device, gate, what it last said of itself or None), those in use first, the newest first of each."""
    return list(
        db.session.execute(
            listed()
            .where(GateDevice.fair_id == fair_id)
            .order_by(GateDevice.revoked_at.is_not(None), GateDevice.id.desc())
        )
    )


def listed() -> Any:
    """What every list of devices is made from: (device, gate, what it last said of itself or None)."""
    said = (Device.fair_id == GateDevice.fair_id) & (Device.key == "set-up-" + cast(GateDevice.id, String))
    return select(GateDevice, Gate, Device).join(Gate, Gate.id == GateDevice.gate_id).outerjoin(Device, said)


def last_word(device: GateDevice) -> Device | None:
    """What the device last said of itself: when, and how many scans it had not sent."""
    return db.session.scalars(
        select(Device).where(Device.fair_id == device.fair_id, Device.key == f"set-up-{device.id}")
    ).first()


def state_of(device: GateDevice, at: datetime) -> str:
    """used, revoked, waiting (its link opens) or ended (the link ran out, and nobody used it)."""
    if device.joined_at is not None and device.revoked_at is None:
        return "used"
    if device.link_used_at is None and device.link_ends_at > at:
        return "waiting"
    return "revoked" if device.revoked_at is not None else "ended"
