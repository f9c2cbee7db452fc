"""Passes over the API: an exhibitor hands out its own, the organiser sets the quota and grants more."""

from typing import Any

from flask import current_app, g
from flask.views import MethodView
from flask_smorest import Blueprint

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.db import retrying
from app.errors import NotFound
from app.passes import schemas
from app.passes.handing import (
    MAILED_AT_MOST,
    give_pass,
    grant_passes,
    rename_pass,
    set_pass_rule,
    withdraw_pass,
    withdraw_passes,
)
from app.passes.quota import Pass, passes_of, quota_of
from app.security import limit

blueprint = Blueprint(
    "passes_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="Passes of exhibitors' staff."
)


@blueprint.route("/passes", methods=["GET"])
@blueprint.arguments(schemas.PassQuery, location="query")
@blueprint.response(200, schemas.PassQuotaOut)
@allow(Permission.EXHIBITORS_SEE, Permission.PROFILE_KEEP)
def passes(asked: dict[str, Any]) -> dict[str, Any]:
    """How many passes an exhibitor has, and in whose names they are given."""
    return _shown(_whose(asked, staff_too=True))


@blueprint.route("/passes", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.PassIn)
@blueprint.response(201, schemas.PassOut)
@allow(Permission.PROFILE_KEEP)
def give(sent: dict[str, Any]) -> dict[str, Any]:
    """Give a pass; it is mailed where there is an address."""
    exhibitor_id, actor, now = _whose(sent), principal().actor(), clock.now()
    secret, for_id = current_app.config["FAIR_SECRET_KEY"], sent.get("company", exhibitor_id)
    name, email = sent["name"], sent["email"]
    _pace(email)
    return _pass(retrying(lambda: give_pass(actor, g.fair, exhibitor_id, name, email, for_id, secret, now)))


@blueprint.route("/passes/<int:registration_id>")
class OnePass(MethodView):
    @allow(Permission.PROFILE_KEEP)
    @blueprint.arguments(schemas.PassName)
    @blueprint.response(200, schemas.PassOut)
    def put(self, sent: dict[str, Any], registration_id: int) -> dict[str, Any]:
        """Another name, before the fair: a new badge, and the older one opens no gate."""
        exhibitor_id, actor, now = _whose(sent), principal().actor(), clock.now()
        secret = current_app.config["FAIR_SECRET_KEY"]
        seen, name, email = sent["badge"], sent["name"], sent["email"]
        _pace(email)
        return _pass(
            retrying(lambda: rename_pass(actor, g.fair, exhibitor_id, registration_id, seen, name, email, secret, now))
        )

    @allow(Permission.PROFILE_KEEP)
    @blueprint.arguments(schemas.PassQuery, location="query")
    @blueprint.response(204)
    def delete(self, asked: dict[str, Any], registration_id: int) -> None:
        """Withdraw it: its badge opens no gate any more."""
        exhibitor_id, actor, now = _whose(asked), principal().actor(), clock.now()
        retrying(lambda: withdraw_pass(actor, g.fair, exhibitor_id, registration_id, now))


@blueprint.route("/pass-rule", methods=["PUT"])
@blueprint.arguments(schemas.PassRuleIn)
@blueprint.response(204)
@allow(Permission.EXHIBITORS_EDIT)
def rule(sent: dict[str, Any]) -> None:
    """So many passes for each 9 m² let."""
    actor = principal().actor()
    retrying(lambda: set_pass_rule(actor, g.fair, sent["per_9_m2"]))


@blueprint.route("/exhibitors/<int:exhibitor_id>/passes", methods=["DELETE"])
@blueprint.response(204)
@allow(Permission.EXHIBITORS_EDIT)
def withdraw_all(exhibitor_id: int) -> None:
    """Withdraw all passes of a company that has no let booth any more."""
    actor, now = principal().actor(), clock.now()
    retrying(lambda: withdraw_passes(actor, g.fair, exhibitor_id, now))


@blueprint.route("/exhibitors/<int:exhibitor_id>/passes", methods=["PUT"])
@blueprint.arguments(schemas.AllowanceIn)
@blueprint.response(200, schemas.PassQuotaOut)
@allow(Permission.EXHIBITORS_EDIT)
def extra(sent: dict[str, Any], exhibitor_id: int) -> dict[str, Any]:
    """So many passes besides the quota, in all."""
    actor, now = principal().actor(), clock.now()
    retrying(lambda: grant_passes(actor, g.fair, exhibitor_id, sent["extra"], now))
    return _shown(exhibitor_id)


def _whose(sent: dict[str, Any], staff_too: bool = False) -> int:
    """The main exhibitor that is meant. Raises NotFound for one that is not the caller's."""
    who = principal()
    asked = sent.get("exhibitor")
    if asked is None and len(who.exhibitor_ids) == 1:
        asked = min(who.exhibitor_ids)
    if asked is None or not (asked in who.exhibitor_ids or (staff_too and who.staff_can(Permission.EXHIBITORS_SEE))):
        raise NotFound()
    return int(asked)


def _pace(email: str) -> None:
    if email.strip():
        limit("passes", MAILED_AT_MOST, 600, principal().actor().key)


def _pass(one: Pass) -> dict[str, Any]:
    registration, badge = one.registration, one.badge
    return {
        "id": registration.id, "company": registration.exhibitor_id, "name": registration.name,
        "email": registration.email, "badge": badge.id, "number": badge.number, "state": str(badge.state),
    }  # fmt: skip


def _shown(exhibitor_id: int) -> dict[str, Any]:
    quota = quota_of(g.fair, exhibitor_id)
    numbers = {name: getattr(quota, name) for name in ("area_m2", "ruled", "extra", "given", "left")}
    return numbers | {"exhibitor": exhibitor_id, "passes": [_pass(one) for one in passes_of(g.fair.id, exhibitor_id)]}
