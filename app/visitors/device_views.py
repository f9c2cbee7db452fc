"""The organiser's devices: set up for a gate by a QR code, listed with what they last said, revoked."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal
from app.accounts.models import ApiToken, Person
from app.db import db, retrying
from app.documents.qr import qr_png_data_uri
from app.errors import DomainError, FieldErrors
from app.security import LOOPBACK
from app.visitors.device_list import device_of, devices_of, last_word, state_of
from app.visitors.device_models import GateDevice
from app.visitors.gate_devices import change_device, link_of, make_device, renew_link, revoke_device
from app.visitors.gates import gates_of
from app.visitors.joining_views import blueprint
from app.visitors.models import Gate
from app.visitors.session_list import doors_to_come


@blueprint.get("/organise/gates/devices")
@allow(Permission.DEVICES_KEEP)
def devices() -> str:
    return _list({"name": "", "gate": request.args.get("gate", ""), "sees_names": ""})


@blueprint.post("/organise/gates/devices")
@allow(Permission.DEVICES_KEEP)
def make() -> AnyResponse | tuple[str, int]:
    typed = {name: request.form.get(name, "") for name in ("name", "gate", "sees_names")}
    said = typed | {"sees_names": typed["sees_names"] == "y"}
    actor, secret, now = principal().actor(), current_app.config["FAIR_SECRET_KEY"], clock.now()
    try:
        made = retrying(lambda: make_device(actor, g.fair, said, secret, now).id)
    except FieldErrors as error:
        return _list(typed, error.sentences()), error.status
    except DomainError as error:
        return _list(typed, refusal=error), error.status
    return redirect(url_for("gates.device", device_id=made), 303)


@blueprint.get("/organise/gates/devices/<int:device_id>")
@allow(Permission.DEVICES_KEEP)
def device(device_id: int) -> str:
    """The QR code as long as it opens; then who uses the device, and what it last said."""
    return _device(device_id, "visitors/_device.html" if request.headers.get("X-Fragment") else "visitors/device.html")


@blueprint.post("/organise/gates/devices/<int:device_id>")
@allow(Permission.DEVICES_KEEP)
def change(device_id: int) -> AnyResponse | tuple[str, int]:
    typed = {name: request.form.get(name, "") for name in ("name", "gate", "sees_names")}
    said, actor = typed | {"sees_names": typed["sees_names"] == "y"}, principal().actor()
    try:
        retrying(lambda: change_device(actor, g.fair, device_id, said))
    except FieldErrors as error:
        return _device(device_id, "visitors/device.html", typed=typed, faults=error.sentences()), error.status
    except DomainError as error:
        if error.status == 404:
            raise
        return _device(device_id, "visitors/device.html", error, typed), error.status
    flash(_("The device is changed: it hears of it within half a minute."))
    return redirect(url_for("gates.device", device_id=device_id), 303)


@blueprint.post("/organise/gates/devices/<int:device_id>/link")
@allow(Permission.DEVICES_KEEP)
def renew(device_id: int) -> AnyResponse | tuple[str, int]:
    actor, secret, now = principal().actor(), current_app.config["FAIR_SECRET_KEY"], clock.now()
    try:
        retrying(lambda: renew_link(actor, g.fair, device_id, secret, now))
    except DomainError as error:
        if error.status == 404:
            raise
        return _device(device_id, "visitors/device.html", error), error.status
    return redirect(url_for("gates.device", device_id=device_id), 303)


@blueprint.post("/organise/gates/devices/<int:device_id>/revoke")
@allow(Permission.DEVICES_KEEP)
def revoke(device_id: int) -> AnyResponse | tuple[str, int]:
    actor, now = principal().actor(), clock.now()
    try:
        retrying(lambda: revoke_device(actor, g.fair, device_id, now))
    except DomainError as error:
        if error.status == 404:
            raise
        return _device(device_id, "visitors/device.html", error), error.status
    flash(_("The device is revoked: it is refused from now on."))
    return redirect(url_for("gates.device", device_id=device_id), 303)


def join_url(found: GateDevice) -> str:
    """What the QR code says: the address under which phones reach this server."""
    secret = current_app.config["FAIR_SECRET_KEY"]
    path = url_for("gates.join", link=link_of(found, secret))
    return f"{current_app.config['FAIR_PUBLIC_URL']}{path}"


def _list(typed: dict[str, str], faults: dict[str, str] | None = None, refusal: DomainError | None = None) -> str:
    rows = devices_of(g.fair.id)
    return render_template(
        "visitors/devices.html", rows=rows, gates=_gates(), doors=doors_to_come(g.fair.id, clock.now()),
        typed=typed, faults=faults or {}, refusal=refusal,
        makers=_makers([row.GateDevice for row in rows]), state_of=lambda one: state_of(one, clock.now()),
    )  # fmt: skip


def _device(
    device_id: int,
    template: str,
    refusal: DomainError | None = None,
    typed: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> str:
    found = device_of(g.fair.id, device_id)
    state, url = state_of(found, clock.now()), join_url(found)
    gate = db.session.get_one(Gate, found.gate_id)
    stands = {"name": found.name, "gate": gate.code, "sees_names": "y" if found.sees_names else ""}
    return render_template(
        template, device=found, state=state, word=last_word(found), gate=gate, gates=_gates(),
        doors=doors_to_come(g.fair.id, clock.now()),
        typed=typed or stands, faults=faults or {},
        url=url, qr=qr_png_data_uri(url) if state == "waiting" else "", makers=_makers([found]), refusal=refusal,
        only_here=urlsplit(url).hostname in LOOPBACK,
    )  # fmt: skip


def _gates() -> list[Gate]:
    return [gate for gate in gates_of(g.fair.id) if gate.retired_at is None]


def _makers(found: list[GateDevice]) -> dict[str, str]:
    """person:12 → name, for those who made and revoked; two statements however many there are."""
    keys = {key for one in found for key in (one.made_by, one.revoked_by) if key}
    ids: dict[str, set[int]] = {"person": set(), "token": set(), "device": set()}
    for key in keys:
        kind, _colon, number = key.partition(":")
        if kind in ids and number.isdigit():
            ids[kind].add(int(number))
    names = {f"device:{one.id}": one.name for one in found}
    columns: tuple[tuple[str, Any, Any], ...] = (
        ("person", Person.id, Person.name),
        ("token", ApiToken.id, ApiToken.label),
    )
    for kind, number_of, name in columns:
        if ids[kind]:
            rows = db.session.execute(select(number_of, name).where(number_of.in_(ids[kind])))
            names |= {f"{kind}:{row[0]}": row[1] for row in rows}
    return names
