"""Who may do what. Everything else is refused: a view that declares nothing serves nobody."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import text

from app.audit import SYSTEM, Actor
from app.db import db
from app.errors import NotAllowed, NotFound, problem, wants_json
from app.i18n_marks import N_

View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()
login = LoginManager()


class Role(StrEnum):
    OWNER = "owner"
    SALES = "sales"
    FINANCE = "finance"
    GATE = "gate"
    DEALS = "deals"
    EXHIBITOR = "exhibitor"
    BUYER = "buyer"
    DEVICE = "device"  # a phone that the organiser set up for a gate: no person, no key


ROLE_NAMES = {
    Role.OWNER: N_("Organiser"),
    Role.SALES: N_("Booth sales"),
    Role.FINANCE: N_("Finance"),
    Role.GATE: N_("Gate staff"),
    Role.DEALS: N_("Deal desk"),
    Role.EXHIBITOR: N_("Exhibitor"),
    Role.BUYER: N_("Buyer"),
    Role.DEVICE: N_("Device at a gate"),
}
TOKEN_ROLES = {"organiser": Role.OWNER} | {r.value: r for r in Role if r not in (Role.OWNER, Role.DEVICE)}


class Permission(StrEnum):
    SEE_DAY = "see_day"
    SETTINGS = "settings"
    STAFF = "staff"
    EXHIBITORS_SEE = "exhibitors_see"
    EXHIBITORS_EDIT = "exhibitors_edit"
    BOOTHS_SEE = "booths_see"  # the organiser's view: who holds, who is late
    BOOTHS_EDIT = "booths_edit"
    BOOTH_HOLD = "booth_hold"
    ORDER_PLACE = "order_place"
    ORDERS_SEE = "orders_see"
    MONEY_SETTLE = "money_settle"
    VISITORS_SEE = "visitors_see"
    VISITORS_EDIT = "visitors_edit"
    BADGES_SEE = "badges_see"
    SCAN = "scan"
    SCAN_FORCE = "scan_force"
    SCANS_SEE = "scans_see"
    GATES_KEEP = "gates_keep"  # gates and categories: hours, halls, fees, what the door asks
    SESSIONS_KEEP = "sessions_keep"  # seminars and talks: made, published, cancelled; who signed up and who came
    DAY_CLOSE = "day_close"  # put one's name to a fair day's counts
    DEVICES_KEEP = "devices_keep"  # set devices up for gates, and revoke them
    ALARM_RAISE = "alarm_raise"
    ALARM_SEE = "alarm_see"  # and, while it lasts, who is still inside, without names
    SCANS_CORRECT = "scans_correct"  # count an entry that no gate kept, or one no longer
    DEALS_SEE = "deals_see"
    BUYERS_SEARCH = "buyers_search"  # of all buyers of the fair; a buyer knows only himself
    DEAL_RECORD = "deal_record"
    DEAL_CONFIRM = "deal_confirm"
    DEAL_DESK = "deal_desk"
    DEAL_VERIFY = "deal_verify"
    TASKS_KEEP = "tasks_keep"  # what exhibitors have to do until when: set it, read their answers, decide
    TASK_ANSWER = "task_answer"  # for one's own exhibitor
    PROFILE_KEEP = "profile_keep"  # of one's own exhibitor, and of who is on its booth; its passes
    FIGURES_SEE = "figures_see"
    AUDIT_SEE = "audit_see"
    PORTAL = "portal"  # an exhibitor's or a buyer's own pages


_P = Permission
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(_P) - {_P.PORTAL, _P.TASK_ANSWER, _P.PROFILE_KEEP},
    Role.SALES: frozenset(
        {_P.SEE_DAY, _P.EXHIBITORS_SEE, _P.EXHIBITORS_EDIT, _P.BOOTHS_SEE, _P.BOOTHS_EDIT, _P.BOOTH_HOLD}
        | {_P.ORDER_PLACE, _P.ORDERS_SEE, _P.FIGURES_SEE, _P.TASKS_KEEP}
    ),
    Role.FINANCE: frozenset(
        {_P.SEE_DAY, _P.EXHIBITORS_SEE, _P.BOOTHS_SEE, _P.ORDERS_SEE, _P.MONEY_SETTLE, _P.FIGURES_SEE}
    ),
    Role.GATE: frozenset({_P.SCAN, _P.BADGES_SEE, _P.ALARM_SEE}),
    Role.DEALS: frozenset(
        {_P.SEE_DAY, _P.EXHIBITORS_SEE, _P.DEALS_SEE, _P.DEAL_RECORD, _P.DEAL_CONFIRM, _P.DEAL_DESK, _P.DEAL_VERIFY}
        | {_P.FIGURES_SEE, _P.BUYERS_SEARCH}
    ),
    Role.EXHIBITOR: frozenset(
        {_P.PORTAL, _P.BOOTH_HOLD, _P.ORDER_PLACE, _P.ORDERS_SEE, _P.DEALS_SEE, _P.DEAL_RECORD, _P.DEAL_CONFIRM}
        | {_P.BUYERS_SEARCH, _P.TASK_ANSWER, _P.PROFILE_KEEP}
    ),
    Role.BUYER: frozenset({_P.PORTAL, _P.DEALS_SEE, _P.DEAL_RECORD, _P.DEAL_CONFIRM}),
    Role.DEVICE: frozenset({_P.SCAN, _P.BADGES_SEE, _P.ALARM_SEE}),  # its own gate; names as the organiser allows
}
# what a fair's own setting adds to a role: name of the column of Fair, role, permission
BY_SETTING = (("gate_may_force", Role.GATE, _P.SCAN_FORCE), ("gate_may_force", Role.DEVICE, _P.SCAN_FORCE))
STAFF_ROLES = frozenset({Role.OWNER, Role.SALES, Role.FINANCE, Role.GATE, Role.DEALS})


@dataclass(frozen=True)
class DeviceSeat:
    """The device that asks: where it stands, and what it may."""

    id: int
    name: str
    gate_id: int
    sees_names: bool
    gate_ids: frozenset[int]  # its gate, and those that the same phone scanned for before

    @property
    def key(self) -> str:
        """By what scans and the gates' board name it."""
        return f"set-up-{self.id}"


@dataclass
class Principal:
    """Who asks, within the fair of the request. Own things are reached through the ids held here."""

    person: Any = None  # app.accounts.models.Person
    token_id: int | None = None
    token_maker_id: int | None = None
    device: DeviceSeat | None = None
    roles: set[Role] = field(default_factory=set)
    exhibitor_ids: set[int] = field(default_factory=set)
    buyer_ids: set[int] = field(default_factory=set)
    granted: frozenset[Permission] = frozenset()  # by the fair's settings

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        return self.granted.union(*(ROLE_PERMISSIONS[role] for role in self.roles))

    def can(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def is_staff(self) -> bool:
        """On the organiser's side, in any role."""
        return bool(self.roles & STAFF_ROLES)

    def staff_can(self, permission: Permission) -> bool:
        """May do it for everybody, not only for an own exhibitor or buyer."""
        return any(permission in ROLE_PERMISSIONS[role] for role in self.roles & STAFF_ROLES)

    @property
    def known(self) -> bool:
        return self.person is not None or self.token_id is not None or self.device is not None

    def actor(self) -> Actor:
        if self.device is not None:
            return Actor("device", self.device.id, self.device.name)
        if self.token_id is not None:
            return Actor("token", self.token_id, made_by=self.token_maker_id)
        return Actor("person", self.person.id, self.person.name) if self.person is not None else SYSTEM


def allow(*permissions: Permission) -> Callable[[View], View]:
    """Let in whoever has any of the permissions in the fair of the address. Stands nearest to the function."""

    def declare(view: View) -> View:
        view.access = permissions  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Let everybody in, strangers too."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Let in every person who has signed in, whatever the role."""
    view.access = "signed_in"  # type: ignore[attr-defined]
    return view


def principal() -> Principal:
    """Who makes this request, worked out once."""
    if "principal" not in g:
        g.principal = _from_token() or _from_device() or _from_session()
        fair, roles = g.get("fair"), g.principal.roles
        if fair is not None:
            g.principal.granted = frozenset(p for name, role, p in BY_SETTING if role in roles and getattr(fair, name))
    found: Principal = g.principal
    return found


def digest_of(token: str) -> str:
    """What the database keeps of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


TOKEN_LIFE_SECONDS = 2.0  # a revoked token works no longer than this
_kept_tokens: dict[tuple[int, str], tuple[float, Any]] = {}
_TOKEN = text(
    "SELECT id, fair_id, role, exhibitor_id, buyer_id, person_id FROM api_token "
    "WHERE digest = :digest AND revoked_at IS NULL"
)
_ROLES = text(
    "SELECT role, 0 FROM membership WHERE fair_id = :fair AND person_id = :person "
    "UNION ALL SELECT 'exhibitor', exhibitor_id FROM exhibitor_member WHERE fair_id = :fair AND person_id = :person "
    "UNION ALL SELECT 'buyer', id FROM buyer WHERE fair_id = :fair AND person_id = :person"
)


def _from_token() -> Principal | None:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not request.path.startswith("/api/"):
        return None
    row = _token_row(digest_of(token.strip()))
    if row is None or (g.get("fair") is not None and row.fair_id != g.fair.id):
        return Principal()
    return Principal(
        token_id=row.id,
        token_maker_id=row.person_id,
        roles={TOKEN_ROLES[row.role]},
        exhibitor_ids={row.exhibitor_id} if row.exhibitor_id else set(),
        buyer_ids={row.buyer_id} if row.buyer_id else set(),
    )


def _token_row(digest: str) -> Any:
    """The token's row, from this process's memory where that is at most two seconds old: gates send many scans."""
    key = (id(db.engine), digest)
    kept = _kept_tokens.get(key)
    if kept is not None and time.monotonic() - kept[0] < TOKEN_LIFE_SECONDS and not current_app.testing:
        return kept[1]
    row = db.session.execute(_TOKEN, {"digest": digest}).first()
    if len(_kept_tokens) > 2000:
        _kept_tokens.clear()
    if row is not None:
        _kept_tokens[key] = (time.monotonic(), row)
    return row


DEVICE_COOKIE = "phien_gate"
DEVICE_HEADER = "X-Gate-Device"  # a set-up device's page says so: its cookie speaks for nothing else of this browser
_DEVICE = text(
    "SELECT id, name, gate_id, sees_names, earlier_gates, revoked_at FROM gate_device "
    "WHERE fair_id = :fair AND secret_digest = :digest"
)


def gate_path(slug: str) -> str:
    """Where the gate's pages stand: there, and in the fair's API, goes a device's cookie."""
    return f"/fairs/{slug}/gate"


def _from_device() -> Principal | None:
    """A phone that the organiser set up, on the gate's pages and in what they ask of the API; nowhere else."""
    fair, secret = g.get("fair"), request.cookies.get(DEVICE_COOKIE, "")
    if fair is None or not secret or request.headers.get("Authorization"):
        return None
    gate = gate_path(fair.slug)
    at_gate = request.path == gate or request.path.startswith(f"{gate}/")
    if not at_gate and not (request.path.startswith("/api/") and request.headers.get(DEVICE_HEADER)):
        return None
    row = db.session.execute(_DEVICE, {"fair": fair.id, "digest": digest_of(secret)}).first()
    if row is None or row.revoked_at is not None:  # none: another phone has joined in its place
        g.device_revoked = True
        return Principal()
    earlier = json.loads(row.earlier_gates) if isinstance(row.earlier_gates, str) else row.earlier_gates
    seat = DeviceSeat(row.id, row.name, row.gate_id, bool(row.sees_names), frozenset({row.gate_id, *earlier}))
    return Principal(device=seat, roles={Role.DEVICE})


def _from_session() -> Principal:
    if request.path.startswith("/api/") and request.headers.get("Authorization"):
        return Principal()
    if not current_user.is_authenticated:
        return Principal()
    found = Principal(person=current_user._get_current_object())
    if g.get("fair") is not None:
        for role, thing in db.session.execute(_ROLES, {"fair": g.fair.id, "person": found.person.id}):
            found.roles.add(Role(role))
            if role == Role.EXHIBITOR:
                found.exhibitor_ids.add(thing)
            elif role == Role.BUYER:
                found.buyer_ids.add(thing)
    return found


def declared_access(endpoint: str, method: str) -> Any:
    """What the view behind an endpoint declared: permissions, "public", "signed_in", or None."""
    view = current_app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        handler = getattr(view_class, ("get" if method == "HEAD" else method).lower(), None)
        return getattr(handler, "access", getattr(view_class, "access", None))
    return getattr(view, "access", None)


OPEN_ENDPOINTS = frozenset({"static", "api-docs.openapi_json", "api-docs.openapi_swagger_ui", "api-docs.openapi_redoc"})


def _check() -> Any:
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN_ENDPOINTS or request.method == "OPTIONS":
        return None
    access = declared_access(endpoint, request.method)
    in_api = request.path.startswith("/api/")
    who = principal()
    by_session = who.person is not None or who.device is not None  # a stranger has nothing that a site could abuse
    if in_api and by_session and request.method not in ("GET", "HEAD"):
        csrf.protect()
    if in_api and request.headers.get("Authorization") and not who.known:
        return _unauthorised()
    if access == "public":
        return hide_unpublished(who)
    if not who.known:
        return _unauthorised()
    hide_unpublished(who)
    if access == "signed_in" and who.device is None:
        return None
    if not access or access == "signed_in":
        raise NotAllowed()
    if not any(who.can(permission) for permission in access):
        raise NotAllowed()
    return None


def hide_unpublished(who: Principal) -> None:
    """A fair that is not published exists for its staff alone; NotFound for everybody else."""
    fair = g.get("fair")
    if fair is not None and fair.published_at is None and not who.is_staff and who.device is None:
        g.fair = None  # or the page that says no would head itself with the fair's name
        raise NotFound()


def _unauthorised() -> Any:
    if g.get("device_revoked"):
        sentence = _("The organiser has revoked this device.")
        if wants_json():
            return problem(401, "device_revoked", sentence)
        return Response(render_template("visitors/device_revoked.html"), status=401)
    if wants_json():
        response = problem(401, "sign_in", _("Sign in first."))
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    target = url_for("accounts.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None)
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def init_access(app: Flask) -> None:
    """The check before every view, and the names that templates use. Who is signed in, app.accounts tells."""
    csrf.init_app(app)

    app.before_request(_check)

    @app.context_processor
    def names() -> dict[str, Any]:
        return {"principal": principal(), "Permission": Permission, "Role": Role}
