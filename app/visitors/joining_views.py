"""A phone becomes a device: it opens the QR's link, is asked once, and keeps a secret that opens its gate alone."""

import secrets

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import DEVICE_COOKIE, Permission, allow, digest_of, gate_path, principal, public
from app.db import db, retrying
from app.documents.pdf import render_pdf
from app.documents.qr import qr_png_data_uri
from app.errors import DomainError
from app.formats import local_name
from app.security import limit
from app.visitors.device_models import GateDevice
from app.visitors.gate_devices import join_device, waiting_device
from app.visitors.gate_facts import gate_facts
from app.visitors.gate_views import OFFLINE, blueprint
from app.visitors.models import Gate
from app.visitors.rehearsal import Sample, samples_of

FORMER_COOKIE = "phien_gate_before"  # of a phone that left: by it another device may send what this one had read
COOKIE_DAYS, COOKIE_DAYS_AT_MOST = 60, 400  # after the fair: what a phone still holds goes up late


@blueprint.get("/gate/join/<link>")
@public
def join(link: str) -> AnyResponse | tuple[str, int]:
    """What this phone would become. Opening it takes nothing: previews of links open it too."""
    limit("gate device links", 60, 60)
    if _is_this_phone(link):
        return redirect(url_for("gates.ready"), 303)
    try:
        device = waiting_device(g.fair, link, clock.now())
    except DomainError as error:
        return _join_page(refusal=error)
    return _join_page(device=device)


@blueprint.post("/gate/join/<link>")
@public
def become(link: str) -> AnyResponse | tuple[str, int]:
    limit("gate device links", 60, 60)
    attempt = request.form.get("attempt", "")[:80] or secrets.token_urlsafe(16)
    before, now = request.cookies.get(DEVICE_COOKIE) or request.cookies.get(FORMER_COOKIE), clock.now()
    try:
        joined = retrying(lambda: join_device(g.fair, link, attempt, before, now))
    except DomainError as error:
        return _join_page(refusal=error)
    response = redirect(url_for("gates.ready"), 303)
    _keep(response, joined.secret)
    return response


@blueprint.post("/gate/leave")
@public
def leave() -> AnyResponse:
    """A revoked phone forgets that it was a device: its owner may sign in at the gate, or scan another QR code."""
    response = redirect(url_for("gates.gate"), 303)
    for path in _paths():
        response.delete_cookie(DEVICE_COOKIE, path=path, httponly=True)
    former = request.cookies.get(DEVICE_COOKIE)
    if former:
        _set_cookie(response, FORMER_COOKIE, former, _paths()[0], "Lax")
    return response


@blueprint.get("/gate/ready")
@allow(Permission.SCAN)
def ready() -> str:
    """Whether this phone will work at the gate: each thing is green, or says what to do."""
    return render_template("visitors/ready.html", seat=principal().device, gate=own_gate(), files=OFFLINE)


@blueprint.get("/gate/rehearsal")
@allow(Permission.SCAN)
def rehearsal() -> str:
    """The sample badges, to scan from a screen or to print."""
    return render_template("visitors/rehearsal.html", samples=_samples(), qr=_qr)


@blueprint.get("/gate/rehearsal.pdf")
@allow(Permission.SCAN)
def rehearsal_sheet() -> Response:
    data = render_pdf("visitors/rehearsal_pdf.html", samples=_samples(), qr=_qr)
    headers = {"Content-Disposition": 'inline; filename="rehearsal.pdf"'}
    return Response(data, mimetype="application/pdf", headers=headers)


@blueprint.get("/gate/app.webmanifest")
@public
def manifest() -> Response:
    """What a phone needs to put the gate on its home screen."""
    name = str(local_name(g.fair, "short_name") or local_name(g.fair))
    gate, images = url_for("gates.gate"), f"{request.script_root}/static/img"
    icons = [
        {"src": f"{images}/gate-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": f"{images}/gate-512.png", "sizes": "512x512", "type": "image/png"},
        {"src": f"{images}/gate-maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    shown = {
        "id": gate, "start_url": gate, "scope": gate, "name": f"{_('Gate')} · {name}", "short_name": _("Gate"),
        "display": "standalone", "orientation": "any", "background_color": "#1B1917", "theme_color": "#1B1917",
        "icons": icons,
    }  # fmt: skip
    response = make_response(current_app.json.dumps(shown))
    response.headers["Content-Type"] = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


def own_gate() -> Gate | None:
    """The gate that the device was set up for; None for a person, who chooses."""
    seat = principal().device
    return db.session.get_one(Gate, seat.gate_id) if seat is not None else None


def _join_page(device: GateDevice | None = None, refusal: DomainError | None = None) -> tuple[str, int]:
    gate = db.session.get_one(Gate, device.gate_id) if device is not None else None
    page = render_template(
        "visitors/join.html", device=device, gate=gate, refusal=refusal, attempt=secrets.token_urlsafe(16),
        former=DEVICE_COOKIE in request.cookies,
    )  # fmt: skip
    return page, refusal.status if refusal is not None else 200


def _is_this_phone(link: str) -> bool:
    """Whether this very phone became a device by this link, and opens it once more."""
    secret = request.cookies.get(DEVICE_COOKIE, "")
    wanted = select(GateDevice.id).where(
        GateDevice.fair_id == g.fair.id,
        GateDevice.secret_digest == digest_of(secret),
        GateDevice.link_digest == digest_of(link),
        GateDevice.revoked_at.is_(None),
    )
    return bool(secret) and db.session.scalar(wanted) is not None


def _keep(response: AnyResponse, secret: str) -> None:
    """The secret, where scripts cannot read it, for the gate's pages and what they ask of the API."""
    for path, same_site in zip(_paths(), ("Lax", "Strict"), strict=True):
        _set_cookie(response, DEVICE_COOKIE, secret, path, same_site)
    response.delete_cookie(FORMER_COOKIE, path=_paths()[0], httponly=True)


def _set_cookie(response: AnyResponse, name: str, secret: str, path: str, same_site: str) -> None:
    left = (g.fair.ends_on - clock.fair_day(g.fair, clock.now())).days
    days = min(max(left, 0) + COOKIE_DAYS, COOKIE_DAYS_AT_MOST)
    response.set_cookie(
        name, secret, max_age=days * 86400, path=path, httponly=True, samesite=same_site,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip


def _paths() -> tuple[str, str]:
    root = request.script_root
    return f"{root}{gate_path(g.fair.slug)}", f"{root}/api/v1/fairs/{g.fair.slug}"


def _samples() -> list[Sample]:
    return samples_of(gate_facts(g.fair.id, fresh=True), current_app.config["FAIR_SECRET_KEY"])


def _qr(sample: Sample) -> str:
    return qr_png_data_uri(sample.code)
