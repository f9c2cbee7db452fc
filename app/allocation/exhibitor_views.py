"""An exhibitor's applications: wishes, requests for what is held, and what it is offered."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.allocation.applying import WISHES_AT_MOST, Asked, keep_wishes, open_wishes, send_request, withdraw
from app.allocation.blueprint import blueprint
from app.allocation.errors import ChangedMeanwhile
from app.allocation.forms import WishesForm
from app.allocation.models import ApplicationState, Offer, OfferState, Way
from app.allocation.queries import Shown, one_application, own_applications
from app.booths.claims import is_open
from app.booths.floorplan import booths_by_number, zones
from app.booths.holds import release_hold
from app.booths.models import Hold
from app.booths.own import hold_by_id
from app.booths.workflows import Workflow, workflow_for, workflows_of
from app.db import db, retrying
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Exhibitor
from app.input import asked_number, sent_number
from app.pages import sent_on

SENT = "send"


@blueprint.get("/portal/applications")
@allow(Permission.BOOTH_HOLD)
def own() -> Any:
    """What one's company asked for, what it is offered, and its wishes."""
    return _page(_company(asked_number("exhibitor")))


@blueprint.post("/portal/applications")
@allow(Permission.BOOTH_HOLD)
def keep() -> Any:
    """Keep the wishes, and send them with `do=send`; what was typed stays when something is refused."""
    exhibitor = _company(sent_number("exhibitor"))
    kept = _open(exhibitor)
    form = WishesForm(g.fair, zones(g.fair.id), kept)
    form.read_wishes(request.form.getlist("wish"))
    if not form.validate_on_submit():
        return _page(exhibitor, form), 422
    actor, asked, seen = principal().actor(), form.asked(), sent_number("revision") or 0
    send = request.form.get("do") == SENT
    sent_now = send and (kept is None or kept.application.state == ApplicationState.DRAFT)
    try:
        retrying(lambda: keep_wishes(actor, g.fair, exhibitor.id, asked, seen, clock.now(), send))
    except FieldErrors as error:
        others = form.take_wish_faults(error.sentences())
        for name, sentence in others.items():
            field = form._fields.get(name)
            (field.errors if field is not None else form.form_errors).append(sentence)
        return _page(exhibitor, form), error.status
    except DomainError as error:
        form.form_errors.append(error.sentence())
        if isinstance(error, ChangedMeanwhile):
            form.revision.data = str(error.params["revision"])
        return _page(exhibitor, form), error.status
    told = _("Your application is sent. You are told by mail as soon as something is offered.")
    flash(told if sent_now else _("Saved."))
    return sent_on(url_for(".own", exhibitor=_named(exhibitor)))


@blueprint.post("/portal/applications/wishes")
@allow(Permission.BOOTH_HOLD)
def add_wish() -> Any:
    """Put booths chosen on the plan after the wishes that are there."""
    exhibitor = _company(sent_number("exhibitor"))
    kept = _open(exhibitor)
    numbers = [number for number in request.form.get("numbers", "").split(",") if number][:20]
    wishes = [wish.numbers for wish in kept.wishes] if kept is not None else []
    chosen = [[number] for number in numbers] if request.form.get("each") else [sorted(numbers)]
    new = [wish for wish in chosen if wish not in wishes]
    if not new:
        return redirect(url_for(".own", exhibitor=_named(exhibitor), _anchor="wishes"), 303)
    if len(wishes) + len(new) > WISHES_AT_MOST:
        flash(_("There is room for %(wishes)s wishes. Take one out, then add another.", wishes=WISHES_AT_MOST))
        return redirect(url_for(".own", exhibitor=_named(exhibitor), _anchor="wishes"), 303)
    asked = Asked(wishes=[*wishes, *new])
    seen = 0
    if kept is not None:
        one = kept.application
        seen = one.revision
        asked = Asked(
            [*wishes, *new], one.similar, one.booths, one.zone_id, one.least_m2, one.budget_minor, one.may_wait,
            one.note,
        )  # fmt: skip
    actor = principal().actor()
    waits = bool(request.form.get("wait")) and kept is None and _can_be_bought(numbers)  # a draft is sent by hand
    try:
        made = retrying(lambda: keep_wishes(actor, g.fair, exhibitor.id, asked, seen, clock.now(), send=waits))
    except FieldErrors as error:
        flash(next(iter(error.sentences().values())))
    except DomainError as error:
        flash(error.sentence())
    else:
        if made.state == ApplicationState.DRAFT:
            flash(_("Added to your wishes. Send them when they are complete."))
        elif made.waits:
            flash(_("You are on the waiting list for %(booths)s.", booths=", ".join(numbers)))
        else:
            flash(_("Added to your wishes."))
    return redirect(url_for(".own", exhibitor=_named(exhibitor), _anchor="wishes"), 303)


@blueprint.post("/portal/applications/<int:application_id>/withdrawal")
@allow(Permission.BOOTH_HOLD)
def take_back(application_id: int) -> Response:
    shown = one_application(g.fair, application_id, clock.now(), principal().exhibitor_ids)
    actor = principal().actor()
    retrying(lambda: withdraw(actor, g.fair, application_id, clock.now()))
    flash(_("Your application is withdrawn."))
    return redirect(url_for(".own", exhibitor=_named(shown.exhibitor)), 303)


@blueprint.post("/portal/applications/<int:application_id>/offers/<int:offer_id>/refusal")
@allow(Permission.BOOTH_HOLD)
def decline(application_id: int, offer_id: int) -> Response:
    """Say no to an offer: its booths go on to others, the application keeps its turn."""
    shown = one_application(g.fair, application_id, clock.now(), principal().exhibitor_ids)
    offer = next((offer for offer in shown.offers if offer.id == offer_id), None)
    if offer is None:
        raise NotFound()
    actor = principal().actor()
    retrying(lambda: _decline(actor, offer))
    flash(_("You declined %(booths)s. Your application keeps its turn.", booths=", ".join(offer.numbers)))
    return redirect(url_for(".own", exhibitor=_named(shown.exhibitor)), 303)


@blueprint.post("/portal/requests")
@allow(Permission.BOOTH_HOLD)
def ask() -> Any:
    """Ask the organiser for what is held."""
    hold = hold_by_id(g.fair.id, request.form.get("hold", "")[:36], principal().exhibitor_ids)
    actor, note = principal().actor(), request.form.get("note", "")
    exhibitor = db.session.get_one(Exhibitor, hold.exhibitor_id)
    try:
        retrying(lambda: send_request(actor, g.fair, hold, note, clock.now()))
    except FieldErrors as error:
        return _page(exhibitor, refused=next(iter(error.sentences().values())), typed=(hold.id, note)), error.status
    flash(_("Sent. The booths stay yours until the organiser answers."))
    return redirect(url_for(".own", exhibitor=_named(exhibitor)), 303)


def _can_be_bought(numbers: list[str]) -> bool:
    return set(workflows_of(g.fair, booths_by_number(g.fair.id, numbers)).values()) == {Workflow.BUY}


def _decline(actor: Any, offer: Offer) -> None:
    """A repeated no is one; an offer that was ordered meanwhile stays so."""
    hold = db.session.get_one(Hold, offer.hold_id, populate_existing=True)
    if offer.state == OfferState.OPEN:
        release_hold(actor, g.fair, hold, clock.now())


def _page(
    exhibitor: Exhibitor, form: WishesForm | None = None, refused: str = "", typed: tuple[str, str] = ("", "")
) -> str:
    now = clock.now()
    everything = own_applications(g.fair, [exhibitor.id], now)
    kept = next((one for one in everything if _is_open_wishes(one)), None)
    all_zones = zones(g.fair.id)
    ways = {workflow_for(g.fair, None)} | {workflow_for(g.fair, zone.workflow) for zone in all_zones}
    own_ids = principal().exhibitor_ids
    companies = select(Exhibitor).where(Exhibitor.id.in_(own_ids)).order_by(Exhibitor.id)
    return render_template(
        "allocation/own.html",
        exhibitor=exhibitor,
        companies=list(db.session.scalars(companies)) if len(own_ids) > 1 else [],
        applications=[one for one in everything if one is not kept],
        kept=kept,
        form=form or WishesForm(g.fair, all_zones, kept, formdata=None),
        ways=[way for way in Workflow if way in ways],
        zones=[(zone, workflow_for(g.fair, zone.workflow)) for zone in all_zones],
        is_open=is_open(g.fair, now),
        refused=refused,
        typed=typed,
    )


def _is_open_wishes(one: Shown) -> bool:
    return one.application.way == Way.WISHES and one.application.ended_at is None


def _open(exhibitor: Exhibitor) -> Shown | None:
    found = open_wishes(g.fair.id, exhibitor.id)
    return one_application(g.fair, found.id, clock.now(), [exhibitor.id]) if found is not None else None


def _company(asked: int | None) -> Exhibitor:
    """The one that is asked for, or the first of one's own; NotFound for others'."""
    own_ids = principal().exhibitor_ids
    wanted = asked or min(own_ids, default=0)
    if wanted not in own_ids:
        raise NotFound()
    return db.session.get_one(Exhibitor, wanted)


def _named(exhibitor: Exhibitor) -> int | None:
    return exhibitor.id if len(principal().exhibitor_ids) > 1 else None
