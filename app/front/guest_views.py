"""An exhibitor's own page of the companies on its booth: co-exhibitors, and those whose goods it shows."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from app import clock
from app.access import Permission, allow, principal
from app.booths.guest_errors import GuestWithdrawn
from app.booths.guest_list import GuestKind, guest_of, guests_of, room_of
from app.booths.guests import REQUESTS_AT_MOST, correct_guest, request_guest, withdraw_guest
from app.db import db, retrying
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.exhibiting import company_of
from app.fairs.forms import CompanyForm, form_for
from app.fairs.models import Approval, Exhibitor
from app.front.blueprint import blueprint
from app.pages import sent_on
from app.security import limit

GUESTS = "/fairs/<slug>/portal/company/<int:exhibitor_id>/companies"
HISTORY_SHOWN = 20


@blueprint.get(GUESTS)
@allow(Permission.PORTAL)
def guests(exhibitor_id: int) -> str:
    main = _own(exhibitor_id)
    found = guests_of(g.fair.id, {main.id})
    return render_template(
        "fairs/guests.html",
        main=main,
        room=room_of(g.fair, main.id),
        guests=[one for one in found if one.withdrawn_at is None],
        gone=[one for one in found if one.withdrawn_at is not None][:HISTORY_SHOWN],
    )


@blueprint.route(f"{GUESTS}/new/<any(co, represented):kind>", methods=["GET", "POST"])
@allow(Permission.PORTAL)
def add_guest(exhibitor_id: int, kind: str) -> Any:
    main, actor, now = _own(exhibitor_id), principal().actor(), clock.now()
    form, status = form_for(kind, g.fair), 200
    if form.validate_on_submit():
        limit("guests", REQUESTS_AT_MOST, 600, actor.key)
        try:
            guest = retrying(lambda: request_guest(actor, g.fair, main, GuestKind(kind), form.company(), now))
        except DomainError as error:
            status = take_refusal(form, error)
        else:
            if guest.approval == Approval.REQUESTED:
                flash(_("%(name)s is put before the organiser. You are told by mail.", name=guest.name))
            else:
                flash(_("%(name)s is on your booth.", name=guest.name))
            return sent_on(url_for("fairs.guests", exhibitor_id=main.id))
    elif form.errors:
        form.take_missing(form.company(), g.fair)
        status = 422
    page = render_template(
        "fairs/guest.html", form=form, main=main, kind=kind, guest=None, room=room_of(g.fair, main.id)
    )
    return page, status


@blueprint.route(f"{GUESTS}/<int:guest_id>", methods=["GET", "POST"])
@allow(Permission.PORTAL)
def guest(exhibitor_id: int, guest_id: int) -> Any:
    """The details of one of them, to be corrected."""
    main, actor, now = _own(exhibitor_id), principal().actor(), clock.now()
    one = guest_of(g.fair.id, main.id, guest_id)
    if one.withdrawn_at is not None:
        raise GuestWithdrawn(name=one.name)
    form, status = form_for(one.kind, g.fair, data=vars(company_of(one))), 200
    if form.validate_on_submit():
        limit("guests", REQUESTS_AT_MOST, 600, actor.key)
        before = one.approval
        try:
            one = retrying(lambda: correct_guest(actor, g.fair, one, form.company(), now))
        except DomainError as error:
            db.session.refresh(one)
            status = take_refusal(form, error)
        else:
            asked = one.approval == Approval.REQUESTED != before
            flash(_("Saved. The organiser is asked for its approval.") if asked else _("Saved."))
            return sent_on(url_for("fairs.guests", exhibitor_id=main.id))
    elif form.errors:
        form.take_missing(form.company(), g.fair)
        status = 422
    page = render_template("fairs/guest.html", form=form, main=main, kind=one.kind, guest=one, room=None)
    return page, status


@blueprint.post(f"{GUESTS}/<int:guest_id>/withdrawal")
@allow(Permission.PORTAL)
def take_off_guest(exhibitor_id: int, guest_id: int) -> Any:
    main, actor, now = _own(exhibitor_id), principal().actor(), clock.now()
    one = guest_of(g.fair.id, main.id, guest_id)
    retrying(lambda: withdraw_guest(actor, g.fair, one, now))
    flash(_("%(name)s is withdrawn.", name=one.name))
    return redirect(url_for("fairs.guests", exhibitor_id=main.id))


def take_refusal(form: CompanyForm, error: DomainError) -> int:
    """Put what the verb says where the form shows it; the status of the answer."""
    if isinstance(error, FieldErrors):
        form.take_errors(error)
    elif isinstance(error, NotFound):
        raise error
    else:
        form.form_errors.append(error.sentence())
    return error.status


def _own(exhibitor_id: int) -> Exhibitor:
    """One's own main exhibitor; a guest has no guests."""
    if exhibitor_id not in principal().exhibitor_ids:
        raise NotFound()
    exhibitor = db.session.get_one(Exhibitor, exhibitor_id)
    if exhibitor.kind != "main":
        raise NotFound()
    return exhibitor
