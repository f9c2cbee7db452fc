"""Applications for booths over the API: an exhibitor applies and reads its own, the organiser offers and decides."""

from collections.abc import Collection
from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import select

from app import clock
from app.access import Permission, allow, principal, public
from app.allocation import schemas
from app.allocation.applying import NO_SUCH_ZONE, Asked, keep_wishes, send_request, withdraw
from app.allocation.models import Application, ApplicationState
from app.allocation.offers import take_back
from app.allocation.placing import approve, offer_booths, put_on_list, refuse
from app.allocation.queries import Shown, one_application, shown
from app.api.idempotency import idempotent
from app.api.paging import page_of
from app.booths.floorplan import zones
from app.booths.own import hold_by_id
from app.booths.workflows import NO_ZONE, Workflow, set_workflows
from app.db import retrying
from app.errors import FieldErrors, NotFound

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("allocation_api", __name__, url_prefix=PREFIX, description="Applications, offers, waiting list.")


@blueprint.route("/applications")
class Applications(MethodView):
    @allow(Permission.BOOTHS_SEE, Permission.BOOTH_HOLD)
    @blueprint.response(200, schemas.ApplicationPage)
    def get(self) -> dict[str, Any]:
        """Applications with their offers; the organiser sees all that were sent, an exhibitor its own."""
        wanted, own = select(Application).where(Application.fair_id == g.fair.id), _own_ids()
        if own is None:
            wanted = wanted.where(Application.state != ApplicationState.DRAFT)
        else:
            wanted = wanted.where(Application.exhibitor_id.in_(own))
        rows, following = page_of(wanted, Application.id)
        return {"items": [_shown(one) for one in shown(g.fair, [row[0] for row in rows], clock.now())],
                "next": following}  # fmt: skip

    @allow(Permission.BOOTH_HOLD)
    @idempotent
    @blueprint.arguments(schemas.WishesIn)
    @blueprint.response(201, schemas.ApplicationOut)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Send an exhibitor's wishes, or change those it has open: they keep their turn."""
        exhibitor_id = sent["exhibitor"]
        if exhibitor_id not in principal().exhibitor_ids:
            raise NotFound()
        asked = Asked(
            sent["wishes"], sent["similar"], sent["booths"], _zone_id(sent["zone"]), sent["least_m2"],
            sent["budget_minor"], sent["may_wait"], sent["note"],
        )  # fmt: skip
        actor, now = principal().actor(), clock.now()
        kept = retrying(lambda: keep_wishes(actor, g.fair, exhibitor_id, asked, sent["revision"], now))
        return _one(kept.id)


@blueprint.route("/applications/<int:application_id>")
class OneApplication(MethodView):
    @allow(Permission.BOOTHS_SEE, Permission.BOOTH_HOLD)
    @blueprint.response(200, schemas.ApplicationOut)
    def get(self, application_id: int) -> dict[str, Any]:
        """One application with its offers, and why each was made."""
        return _one(application_id)

    @allow(Permission.BOOTH_HOLD)
    @blueprint.response(204)
    def delete(self, application_id: int) -> None:
        """Take an application back; what it holds or is offered is free."""
        one_application(g.fair, application_id, clock.now(), principal().exhibitor_ids)
        actor = principal().actor()
        retrying(lambda: withdraw(actor, g.fair, application_id, clock.now()))


@blueprint.route("/requests", methods=["POST"])
@allow(Permission.BOOTH_HOLD)
@idempotent
@blueprint.arguments(schemas.RequestIn)
@blueprint.response(201, schemas.ApplicationOut)
def ask(sent: dict[str, Any]) -> dict[str, Any]:
    """Ask the organiser for what is held, where booths are let on request."""
    hold = hold_by_id(g.fair.id, sent["hold"], principal().exhibitor_ids)
    actor, now = principal().actor(), clock.now()
    return _one(retrying(lambda: send_request(actor, g.fair, hold, sent["note"], now)).id)


@blueprint.route("/applications/<int:application_id>/offers", methods=["POST"])
@allow(Permission.BOOTHS_EDIT)
@idempotent
@blueprint.arguments(schemas.OfferIn)
@blueprint.response(201, schemas.ApplicationOut)
def offer(sent: dict[str, Any], application_id: int) -> dict[str, Any]:
    """Offer booths, all or none; ordering the offer's hold accepts it."""
    _one(application_id)
    actor, now = principal().actor(), clock.now()
    retrying(lambda: offer_booths(actor, g.fair, application_id, sent["booths"], sent["revision"], now))
    return _one(application_id)


@blueprint.route("/applications/<int:application_id>/approval", methods=["POST"])
@allow(Permission.BOOTHS_EDIT)
@idempotent
@blueprint.arguments(schemas.SeenApplication)
@blueprint.response(201, schemas.ApplicationOut)
def approve_request(sent: dict[str, Any], application_id: int) -> dict[str, Any]:
    """Let the exhibitor order what it asked for."""
    _one(application_id)
    actor, now = principal().actor(), clock.now()
    retrying(lambda: approve(actor, g.fair, application_id, sent["revision"], now))
    return _one(application_id)


@blueprint.route("/applications/<int:application_id>/refusal", methods=["POST"])
@allow(Permission.BOOTHS_EDIT)
@idempotent
@blueprint.arguments(schemas.ApplicationRefusal)
@blueprint.response(201, schemas.ApplicationOut)
def refuse_application(sent: dict[str, Any], application_id: int) -> dict[str, Any]:
    """Say no, and why: the exhibitor reads it."""
    _one(application_id)
    actor, now = principal().actor(), clock.now()
    retrying(lambda: refuse(actor, g.fair, application_id, sent["reason"], sent["revision"], now))
    return _one(application_id)


@blueprint.route("/applications/<int:application_id>/offers/<int:offer_id>", methods=["DELETE"])
@allow(Permission.BOOTHS_EDIT)
@blueprint.response(204)
def withdraw_offer(application_id: int, offer_id: int) -> None:
    """Take an open offer back; its booths are free."""
    found = one_application(g.fair, application_id, clock.now(), None)
    if offer_id not in {one.id for one in found.offers}:
        raise NotFound()
    actor = principal().actor()
    retrying(lambda: take_back(actor, g.fair, offer_id, clock.now()))


@blueprint.route("/applications/<int:application_id>/waiting", methods=["PUT"])
@allow(Permission.BOOTHS_EDIT)
@blueprint.response(200, schemas.ApplicationOut)
def wait(application_id: int) -> dict[str, Any]:
    """Put it on the waiting list, if its exhibitor agreed to wait."""
    _one(application_id)
    actor = principal().actor()
    retrying(lambda: put_on_list(actor, g.fair, [application_id]))
    return _one(application_id)


@blueprint.route("/letting-rules")
class LettingRules(MethodView):
    @public
    @blueprint.response(200, schemas.LettingRules)
    def get(self) -> dict[str, Any]:
        """How booths are let: buy at once, on request, or by application; zones that differ from the fair."""
        own = [{"zone": zone.code, "workflow": zone.workflow} for zone in zones(g.fair.id) if zone.workflow]
        return {
            "workflow": g.fair.workflow, "zones": own,
            "offer_hours": g.fair.offer_hours, "request_days": g.fair.request_days,
        }  # fmt: skip

    @allow(Permission.SETTINGS)
    @blueprint.arguments(schemas.LettingRules)
    @blueprint.response(200, schemas.LettingRules)
    def put(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Change it from now on; zones that are not named are as the fair."""
        known = {zone.code: zone.id for zone in zones(g.fair.id)}
        if any(one["zone"] not in known for one in sent["zones"]):
            raise FieldErrors({"zones": NO_ZONE})
        ways: dict[int, Workflow | None] = dict.fromkeys(known.values())
        ways |= {known[one["zone"]]: Workflow(one["workflow"]) for one in sent["zones"] if one["workflow"]}
        actor, fair_way = principal().actor(), Workflow(sent["workflow"])
        retrying(lambda: set_workflows(actor, g.fair, fair_way, ways, sent["offer_hours"], sent["request_days"]))
        return sent


def _own_ids() -> Collection[int] | None:
    """The exhibitors that the caller speaks for; None: the organiser's side, who sees all."""
    who = principal()
    return None if who.staff_can(Permission.BOOTHS_SEE) else who.exhibitor_ids


def _one(application_id: int) -> dict[str, Any]:
    return _shown(one_application(g.fair, application_id, clock.now(), _own_ids()))


def _zone_id(code: str | None) -> int | None:
    if code is None:
        return None
    found = next((zone.id for zone in zones(g.fair.id) if zone.code == code), None)
    if found is None:
        raise FieldErrors({"zone": NO_SUCH_ZONE})
    return found


def _shown(one: Shown) -> dict[str, Any]:
    kept = one.application
    names = ("id", "way", "state", "revision", "similar", "booths", "least_m2", "budget_minor", "may_wait", "note",
             "sent_at", "reason")  # fmt: skip
    return {name: getattr(kept, name) for name in names} | {
        "exhibitor": kept.exhibitor_id,
        "wishes": [wish.numbers for wish in one.wishes],
        "zone": one.zone.code if one.zone is not None else None,
        "place": one.place,
        "offers": [
            {name: getattr(made, name) for name in ("id", "rank", "state", "answer_until", "by_list")}
            | {"hold": made.hold_id, "booths": made.numbers, "why": _why(made.why)}
            for made in one.offers
        ],
    }


def _why(why: dict[str, Any]) -> dict[str, Any]:
    """An exhibitor is told how many came earlier and why they were passed by, not who they are."""
    if _own_ids() is None or "earlier" not in why:
        return why
    return why | {"earlier": [{"because": one["because"]} for one in why["earlier"]]}
