"""Devices set up for a gate: made by the organiser, joined by the phone that opens the QR, revoked at once.

The link in the QR is made from the server's key and a salt, so it can be shown again while only its digest is kept.
It opens once: the statement that takes it asks whether it is still open, so of two phones one wins. A repeat of the
try that won (its answer was lost with the network) wins again, with a fresh secret.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import or_, select, update

from app import audit
from app.access import digest_of
from app.audit import Actor
from app.db import db
from app.errors import DomainError, FieldErrors
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.visitors.device_list import device_of
from app.visitors.device_models import GateDevice
from app.visitors.models import Gate

LINK_MINUTES = 30
LONGEST_NAME = 80


class FairNotOpen(DomainError):
    code: ClassVar[str] = "fair_not_published"
    message: ClassVar[str] = N_("Publish the fair first: before that no phone can open its pages.")


class DeviceInUse(DomainError):
    code: ClassVar[str] = "device_in_use"
    message: ClassVar[str] = N_("This device is in use. Revoke it first, then show a new QR code.")


class DeviceChanged(DomainError):
    code: ClassVar[str] = "device_changed"
    message: ClassVar[str] = N_("Somebody else changed this device at the same time. Look at it again.")


class DeviceRevokedAlready(DomainError):
    code: ClassVar[str] = "device_revoked_already"
    message: ClassVar[str] = N_("This device is revoked already.")


class LinkUnknown(DomainError):
    code: ClassVar[str] = "device_link_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_(
        "This QR code no longer opens anything: a newer one was made. Ask the organiser for it."
    )


class LinkUsed(DomainError):
    code: ClassVar[str] = "device_link_used"
    message: ClassVar[str] = N_(
        "Another device was set up with this QR code; each code sets up one. Ask the organiser for a new code."
    )


class LinkEnded(DomainError):
    code: ClassVar[str] = "device_link_ended"
    message: ClassVar[str] = N_("This QR code has run out. Ask the organiser to show a new one.")


@dataclass(frozen=True)
class Joined:
    device: GateDevice
    secret: str  # for the device's cookie; kept nowhere else


def make_device(actor: Actor, fair: Fair, said: dict[str, Any], secret: str, at: datetime) -> GateDevice:
    """A device that waits for its phone, with a link. `said`: name, gate (code), sees_names. Raises FieldErrors."""
    _require_open(fair)
    name, gate, sees_names = _checked(fair, said)
    device = GateDevice(
        fair_id=fair.id, gate_id=gate.id, name=name, sees_names=sees_names, earlier_gates=[],
        made_at=at, made_by=actor.key, **_new_link(secret, at),
    )  # fmt: skip
    db.session.add(device)
    db.session.flush()
    audit.record(actor, "device.made", "device", device.id, fair.id, gate=gate.code, names=device.sees_names)
    return device


def change_device(actor: Actor, fair: Fair, device_id: int, said: dict[str, Any]) -> GateDevice:
    """Another name, gate or sight of names, in use or not: the device hears of it with its next snapshot.

    What it reads for its former gate until then still comes in. Raises FieldErrors, DeviceChanged.
    """
    device = device_of(fair.id, device_id)
    before = {"name": device.name, "gate": db.session.get_one(Gate, device.gate_id).code, "names": device.sees_names}
    standing = {"name": device.name, "gate": before["gate"], "sees_names": device.sees_names}
    name, gate, sees_names = _checked(fair, standing | said)
    after = {"name": name, "gate": gate.code, "names": sees_names}
    if after == before:
        return device
    earlier = sorted({*device.earlier_gates, device.gate_id} - {gate.id})
    changed = db.session.execute(
        update(GateDevice)
        .where(
            GateDevice.id == device.id, GateDevice.gate_id == device.gate_id, GateDevice.name == device.name,
            GateDevice.sees_names == device.sees_names,
        )
        .values(name=name, gate_id=gate.id, sees_names=sees_names, earlier_gates=earlier)
    )  # fmt: skip
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise DeviceChanged()
    db.session.refresh(device)
    fields = {key: [before[key], after[key]] for key in after if after[key] != before[key]}
    audit.record(actor, "device.changed", "device", device.id, fair.id, **fields)
    return device


def renew_link(actor: Actor, fair: Fair, device_id: int, secret: str, at: datetime) -> GateDevice:
    """A new link, and the one before opens nothing. For a device that waits or is revoked: which then joins again."""
    _require_open(fair)
    device = device_of(fair.id, device_id)
    idle = or_(GateDevice.joined_at.is_(None), GateDevice.revoked_at.is_not(None))
    renewed = db.session.execute(
        update(GateDevice)
        .where(GateDevice.id == device.id, idle)
        .values(link_used_at=None, link_used_by=None, **_new_link(secret, at))
    )
    if renewed.rowcount != 1:  # type: ignore[attr-defined]
        raise DeviceInUse()
    db.session.refresh(device)
    audit.record(actor, "device.link_renewed", "device", device.id, fair.id)
    return device


def revoke_device(actor: Actor, fair: Fair, device_id: int, at: datetime) -> GateDevice:
    """From its next request on the device is refused everything, and its link opens nothing.

    What it has not sent stays on it.
    """
    device = device_of(fair.id, device_id)
    revoked = db.session.execute(
        update(GateDevice)
        .where(GateDevice.id == device.id, GateDevice.revoked_at.is_(None))
        .values(revoked_at=at, revoked_by=actor.key, link_ends_at=at)
    )
    if revoked.rowcount != 1:  # type: ignore[attr-defined]
        raise DeviceRevokedAlready()
    db.session.refresh(device)
    audit.record(actor, "device.revoked", "device", device.id, fair.id)
    return device


def join_device(fair: Fair, link: str, attempt: str, before: str | None, at: datetime) -> Joined:
    """The phone becomes the device. `attempt`: the phone's own random word; `before`: the secret it came with, if any.

    A phone that was another device of this fair goes on as this one, and may still send what it read as that.
    Raises LinkUnknown, LinkEnded, LinkUsed.
    """
    digest, tried, secret = digest_of(link), digest_of(attempt), secrets.token_urlsafe(32)
    joined = db.session.execute(
        update(GateDevice)
        .where(
            GateDevice.fair_id == fair.id,
            GateDevice.link_digest == digest,
            GateDevice.link_ends_at > at,
            or_(GateDevice.link_used_at.is_(None), GateDevice.link_used_by == tried),
        )
        .values(
            link_used_at=at, link_used_by=tried, joined_at=at, secret_digest=digest_of(secret), revoked_at=None,
            revoked_by=None, ready_at=None,
        )
    )  # fmt: skip
    if joined.rowcount != 1:  # type: ignore[attr-defined]
        raise why_closed(fair, link, at)
    device = db.session.scalars(
        select(GateDevice).where(GateDevice.fair_id == fair.id, GateDevice.link_digest == digest)
    ).one()
    db.session.refresh(device)
    itself = Actor("device", device.id, device.name)
    _take_over(device, before, itself, at)
    audit.record(itself, "device.joined", "device", device.id, fair.id)
    return Joined(device, secret)


def waiting_device(fair: Fair, link: str, at: datetime) -> GateDevice:
    """The device that a link opens. Raises LinkUnknown, LinkEnded, LinkUsed."""
    device = _by_link(fair, link)
    if device is None or device.link_used_at is not None or device.link_ends_at <= at:
        raise why_closed(fair, link, at)
    return device


def why_closed(fair: Fair, link: str, at: datetime) -> DomainError:
    """What a phone is told whose link does not open."""
    device = _by_link(fair, link)
    if device is None:
        return LinkUnknown()
    return LinkUsed() if device.link_used_at is not None and device.revoked_at is None else LinkEnded()


def link_of(device: GateDevice, secret: str) -> str:
    """The word in the link, made again from the server's secret."""
    return _link(device.link_salt, secret)


def _take_over(device: GateDevice, before: str | None, itself: Actor, at: datetime) -> None:
    """The phone was another device until now: that one ends, and this one may send what it read for its gate."""
    former = None
    if before:
        former = db.session.scalars(
            select(GateDevice).where(
                GateDevice.fair_id == device.fair_id,
                GateDevice.secret_digest == digest_of(before),
                GateDevice.id != device.id,
            )
        ).first()
    if former is None:
        return
    gates = {*device.earlier_gates, *former.earlier_gates, former.gate_id} - {device.gate_id}
    device.earlier_gates = sorted(gates)
    ended = db.session.execute(
        update(GateDevice)
        .where(GateDevice.id == former.id, GateDevice.revoked_at.is_(None))
        .values(revoked_at=at, revoked_by=itself.key, link_ends_at=at)
    )
    if ended.rowcount == 1:  # type: ignore[attr-defined]
        audit.record(itself, "device.revoked", "device", former.id, device.fair_id, becomes=device.name)


def _require_open(fair: Fair) -> None:
    if fair.published_at is None:
        raise FairNotOpen()


def _checked(fair: Fair, said: dict[str, Any]) -> tuple[str, Gate, bool]:
    """What a device is to be: its name, gate, and whether it sees names. Raises FieldErrors."""
    name, sees_names, faults = said.get("name"), said.get("sees_names", False), {}
    name = " ".join(name.split()) if isinstance(name, str) else ""
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        faults["name"] = N_("Give the device a name of 1 to 80 characters, such as Phone 3.")
    gate = _gate(fair, said.get("gate"))
    if gate is None:
        faults["gate"] = N_("Choose the gate at which the device stands.")
    if type(sees_names) is not bool:
        faults["sees_names"] = N_("sees_names is true or false.")
    if faults or gate is None:
        raise FieldErrors(faults)
    return name, gate, sees_names


def _gate(fair: Fair, code: Any) -> Gate | None:
    if not isinstance(code, str) or not code.isprintable():
        return None
    return db.session.scalars(select(Gate).where(Gate.fair_id == fair.id, Gate.code == code[:40])).first()


def _by_link(fair: Fair, link: str) -> GateDevice | None:
    return db.session.scalars(
        select(GateDevice).where(GateDevice.fair_id == fair.id, GateDevice.link_digest == digest_of(link))
    ).first()


def _new_link(secret: str, at: datetime) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    return {
        "link_salt": salt,
        "link_digest": digest_of(_link(salt, secret)),
        "link_ends_at": at + timedelta(minutes=LINK_MINUTES),
    }


def _link(salt: str, secret: str) -> str:
    made = hmac.new(secret.encode(), f"phien gate device {salt}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(made[:18]).decode()
