"""The organiser decides which companies come onto another's booth, and enters or withdraws them itself."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import clock
from app.access import Permission, allow, principal
from app.booths.guest_list import GuestKind, guest_of
from app.booths.guests import decide_guest, place_guest, withdraw_guest
from app.db import retrying
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.forms import form_for
from app.fairs.models import Approval, Exhibitor
from app.front.blueprint import blueprint
from app.front.exhibitor_views import exhibitor_of, exhibitors_page
from app.front.guest_views import take_refusal
from app.input import fair_instant

ONE = "/fairs/<slug>/organise/exhibitors/<int:exhibitor_id>"


@blueprint.post(f"{ONE}/decision")
@allow(Permission.EXHIBITORS_EDIT)
def decide_on_guest(exhibitor_id: int) -> Any:
    """Approve or refuse what was read on the page; what changed meanwhile is shown before anybody decides on it."""
    guest, actor, now = _guest(exhibitor_id), principal().actor(), clock.now()
    to = Approval.APPROVED if request.form.get("decision") == "approve" else Approval.REFUSED
    reason = request.form.get("reason", "")
    try:
        seen = fair_instant(request.form.get("seen", ""))
    except ValueError:
        seen = None
    try:
        retrying(lambda: decide_guest(actor, g.fair, guest, to, reason, seen, now))
    except DomainError as error:
        in_reason = isinstance(error, FieldErrors)
        sentence = error.sentences()["reason"] if isinstance(error, FieldErrors) else error.sentence()
        return exhibitors_page((guest.id, sentence, reason), in_reason), error.status
    if to == Approval.APPROVED:
        flash(_("%(name)s is approved. The exhibitor is told by mail.", name=guest.name))
    else:
        flash(_("%(name)s is refused. The exhibitor is told by mail.", name=guest.name))
    return redirect(url_for("fairs.organise_exhibitors", _anchor="requests"))


@blueprint.route(f"{ONE}/companies/<any(co, represented):kind>", methods=["GET", "POST"])
@allow(Permission.EXHIBITORS_EDIT)
def place_guest_for(exhibitor_id: int, kind: str) -> Any:
    """For exhibitors that write or call: approved with it."""
    main, actor, now = exhibitor_of(exhibitor_id), principal().actor(), clock.now()
    if main.kind != "main":
        raise NotFound()
    form, status = form_for(kind, g.fair), 200
    if form.validate_on_submit():
        try:
            guest = retrying(lambda: place_guest(actor, g.fair, main, GuestKind(kind), form.company(), now))
        except DomainError as error:
            status = take_refusal(form, error)
        else:
            flash(_("%(name)s is on the booth of %(host)s.", name=guest.name, host=main.name))
            return redirect(url_for("fairs.organise_exhibitor", exhibitor_id=main.id, _anchor="guests"))
    elif form.errors:
        form.take_missing(form.company(), g.fair)
        status = 422
    return render_template("fairs/edit_exhibitor.html", form=form, exhibitor=None, host=main, kind=kind), status


@blueprint.post(f"{ONE}/withdrawal")
@allow(Permission.EXHIBITORS_EDIT)
def withdraw_guest_for(exhibitor_id: int) -> Any:
    guest, actor, now = _guest(exhibitor_id), principal().actor(), clock.now()
    retrying(lambda: withdraw_guest(actor, g.fair, guest, now))
    flash(_("%(name)s is withdrawn.", name=guest.name))
    return redirect(url_for("fairs.organise_exhibitor", exhibitor_id=guest.main_id, _anchor="guests"))


def _guest(exhibitor_id: int) -> Exhibitor:
    return guest_of(g.fair.id, exhibitor_of(exhibitor_id).main_id or 0, exhibitor_id)
