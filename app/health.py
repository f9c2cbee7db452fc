"""For whoever watches the server: does the process answer, can it work?"""

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text

from app.access import public
from app.db import db

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def process() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def ready() -> tuple[Response, int]:
    """200 when the database and the queue answer, else 503; says which does not."""
    checks: dict[str, str] = {}
    try:
        db.session.execute(text("SELECT 1 FROM fair LIMIT 1"))
        checks["database"] = "ok"
    except Exception as error:
        checks["database"] = type(error).__name__
    try:
        huey = current_app.extensions.get("huey")
        checks["jobs"] = "ok" if huey is None or huey.pending_count() >= 0 else "failed"
    except Exception as error:
        checks["jobs"] = type(error).__name__
    fine = all(state == "ok" for state in checks.values())
    return jsonify(status="ok" if fine else "failed", **checks), 200 if fine else 503
