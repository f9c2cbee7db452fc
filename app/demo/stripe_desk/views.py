"""The desk's addresses: Stripe's API under /desk/stripe/v1, the payment page, and its own controls."""

import hashlib
import hmac
import json
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import csrf, public
from app.demo.stripe_desk import sessions, webhooks
from app.demo.stripe_desk.errors import StripeRefusal, no_such
from app.demo.stripe_desk.forms import unflatten
from app.demo.stripe_desk.store import DeskStore
from app.fairs.queries import demo_exists
from app.money import Money
from app.security import from_this_machine

blueprint = Blueprint("stripe_desk", __name__, url_prefix="/desk/stripe")
csrf.exempt(blueprint)


def desk() -> DeskStore:
    """The desk's memory; nowhere to be found unless this app serves a demonstration on this machine."""
    if "stripe_desk" not in current_app.extensions or not from_this_machine() or not demo_exists():
        abort(404)
    store: DeskStore = current_app.extensions["stripe_desk"]
    return store


def _now() -> int:
    return int(clock.now().timestamp())


def _deliver_soon() -> None:
    courier = current_app.extensions.get("stripe_desk_courier")
    if courier is not None:
        courier.hurry()


def in_stripes_way(view: Any) -> Any:
    """Check the key, answer a repeated Idempotency-Key with the first answer, and say no in Stripe's words."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        store = desk()
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), current_app.extensions["stripe_desk_key"].encode()):
            refusal = StripeRefusal(401, "invalid_request_error", "You did not provide an API key.")
            return _json(refusal.body, 401)
        key = request.headers.get("Idempotency-Key")
        digest = hashlib.sha256(request.path.encode() + request.get_data()).hexdigest()
        if key and request.method == "POST":
            kept = _kept_answer(store, key, digest)
            if kept is not None:
                return kept
        try:
            status, body = 200, view(*args, **kwargs)
        except StripeRefusal as refusal:
            status, body = refusal.status, refusal.body
        text = json.dumps({name: value for name, value in body.items() if not name.startswith("desk_")})
        if key and request.method == "POST":
            store.rows("UPDATE answer SET status = ?, body = ? WHERE key = ?", status, text, key)
        _deliver_soon()
        return Response(text, status, content_type="application/json")

    return answer


def _kept_answer(store: DeskStore, key: str, digest: str) -> Response | None:
    """Other parameters 400, still at work 409, else the first answer: https://docs.stripe.com/api/idempotent_requests."""
    with store.changing():
        found = store.rows("SELECT * FROM answer WHERE key = ?", key)
        if not found:
            store.rows("INSERT INTO answer (key, digest) VALUES (?, ?)", key, digest)
            return None
    if found[0]["digest"] != digest:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        return _json(StripeRefusal(400, "idempotency_error", message).body, 400)
    if found[0]["status"] is None:
        message = "There is currently another in-progress request using this Idempotency Key."
        return _json(StripeRefusal(409, "idempotency_error", message, "idempotency_key_in_use").body, 409)
    return Response(
        found[0]["body"],
        found[0]["status"],
        content_type="application/json",
        headers={"Idempotent-Replayed": "true"},
    )


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


@blueprint.post("/v1/checkout/sessions")
@in_stripes_way
@public
def create_session() -> dict[str, Any]:
    form = unflatten(list(request.form.items(multi=True)))
    return sessions.create_session(desk(), form, _now(), current_app.config["FAIR_PUBLIC_URL"])


@blueprint.get("/v1/checkout/sessions/<session_id>")
@in_stripes_way
@public
def retrieve_session(session_id: str) -> dict[str, Any]:
    return sessions.find_session(desk(), session_id, _now())


@blueprint.post("/v1/checkout/sessions/<session_id>/expire")
@in_stripes_way
@public
def expire_session(session_id: str) -> dict[str, Any]:
    return sessions.expire_session(desk(), session_id, _now())


@blueprint.post("/v1/refunds")
@in_stripes_way
@public
def create_refund() -> dict[str, Any]:
    return sessions.create_refund(desk(), unflatten(list(request.form.items(multi=True))), _now())


@blueprint.get("/v1/<any(payment_intents, charges, refunds, events):kind>/<object_id>")
@in_stripes_way
@public
def retrieve(kind: str, object_id: str) -> dict[str, Any]:
    found = desk().get(object_id)
    if found is None or found["object"] != kind.removesuffix("s"):
        raise no_such(kind.removesuffix("s"), object_id)
    return found


@blueprint.get("/pay/<session_id>")
@public
def payment_page(session_id: str) -> AnyResponse | str:
    """What the payer sees: the amount, a card form, and that no money moves."""
    try:
        session = sessions.find_session(desk(), session_id, _now())
    except StripeRefusal:
        abort(404)
    _deliver_soon()
    if session["status"] == "complete":
        return redirect(session["success_url"], 303)
    return _page(session)


@blueprint.post("/pay/<session_id>")
@public
def pay(session_id: str) -> AnyResponse | tuple[str, int]:
    number = "".join(filter(str.isdigit, request.form.get("number", "")))
    try:
        session = sessions.pay(desk(), session_id, number, _now())
    except StripeRefusal as refusal:
        if refusal.status == 404:
            abort(404)
        _deliver_soon()
        return _page(sessions.find_session(desk(), session_id, _now()), refusal.body["error"].get("code", "")), 402
    _deliver_soon()
    return redirect(session["success_url"], 303)


def _page(session: dict[str, Any], refusal: str = "") -> str:
    total = Money(session["amount_total"], session["currency"].upper())
    return render_template("stripe_desk/pay.html", session=session, total=total, refusal=refusal)


@blueprint.get("/events")
@public
def events() -> Response:
    """What the desk did and how its deliveries went, for tests and rehearsals."""
    store = desk()
    rows = store.rows("SELECT id, event_id, attempts, state, answer FROM delivery ORDER BY id")
    shown = [dict(row) | {"type": (store.get(row["event_id"]) or {}).get("type")} for row in rows]
    return _json({"deliveries": shown, "refunds": store.all("refund")}, 200)


@blueprint.post("/controls")
@public
def controls() -> Response:
    """`{"mode": "send"|"hold", "delay": 0, "copies": 1, "order": "kept"|"reversed", "release": true|"event.type"}`"""
    store, asked = desk(), request.get_json()
    for name in ("mode", "delay", "copies", "order"):
        if name in asked:
            store.set(name, str(asked[name]))
    released = 0
    if asked.get("release"):
        released = webhooks.release(store, "" if asked["release"] is True else asked["release"])
    _deliver_soon()
    return _json({"released": released}, 200)


def init_stripe_desk(app: Flask) -> None:
    """Open the desk, unless the app has a key of the real Stripe or is to be reached from beyond this machine."""
    app.register_blueprint(blueprint)
    if app.config["FAIR_STRIPE_KEY"] or not app.config["FAIR_ON_LOOPBACK"]:
        return
    store = DeskStore(Path(app.config["FAIR_DATA_DIR"]) / "stripe_desk.db")
    app.extensions["stripe_desk"] = store
    secret = app.config["FAIR_STRIPE_WEBHOOK_SECRET"] or desk_secret(app)
    app.extensions["stripe_desk_secret"] = secret
    app.extensions["stripe_desk_key"] = "sk_test_" + _made_of(app, "stripe desk key")
    if not app.config.get("TESTING"):
        send = webhooks.post_to(f"{app.config['FAIR_PUBLIC_URL']}/webhooks/stripe")
        app.extensions["stripe_desk_courier"] = webhooks.Courier(store, secret, send)


def desk_secret(app: Flask) -> str:
    """The secret that the desk signs with when the settings name none: made of this installation's own secret."""
    return "whsec_" + _made_of(app, "stripe desk")


def _made_of(app: Flask, purpose: str) -> str:
    return hashlib.sha256(purpose.encode() + app.config["FAIR_SECRET_KEY"].encode()).hexdigest()[:40]
