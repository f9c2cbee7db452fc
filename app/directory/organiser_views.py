"""The organiser looks at a company's profile, and takes out of sight what has no place at the fair."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.directory.blueprint import blueprint
from app.directory.hiding import hide, show
from app.directory.showing import company_kept
from app.errors import FieldErrors, NotFound
from app.fairs.models import Exhibitor

PROFILE = "/organise/exhibitors/<int:exhibitor_id>/profile"


@blueprint.get(PROFILE)
@allow(Permission.EXHIBITORS_SEE)
def organise_profile(exhibitor_id: int) -> str:
    return _page(exhibitor_id)


@blueprint.post(f"{PROFILE}/<what>/hide")
@allow(Permission.EXHIBITORS_EDIT)
def hide_part(exhibitor_id: int, what: str) -> Any:
    actor, now, reason = principal().actor(), clock.now(), request.form.get("reason", "")
    try:
        retrying(lambda: hide(actor, g.fair, exhibitor_id, what, reason, now))
    except FieldErrors as error:
        return _page(exhibitor_id, (what, error.sentences()["reason"], reason)), error.status
    flash(_("Hidden. The exhibitor reads why in its profile."))
    return _back(exhibitor_id)


@blueprint.post(f"{PROFILE}/<what>/show")
@allow(Permission.EXHIBITORS_EDIT)
def show_part(exhibitor_id: int, what: str) -> AnyResponse:
    actor, now = principal().actor(), clock.now()
    retrying(lambda: show(actor, g.fair, exhibitor_id, what, now))
    flash(_("Shown to visitors again."))
    return _back(exhibitor_id)


def _back(exhibitor_id: int) -> AnyResponse:
    return redirect(url_for(".organise_profile", exhibitor_id=exhibitor_id), 303)


def _page(exhibitor_id: int, fault: tuple[str, str, str] | None = None) -> str:
    """`fault`: of which part, what is wrong, and the reason that was typed."""
    exhibitor = db.session.get(Exhibitor, exhibitor_id)
    if exhibitor is None or exhibitor.fair_id != g.fair.id:
        raise NotFound()
    return render_template("directory/organise.html", company=company_kept(g.fair, exhibitor), fault=fault)
