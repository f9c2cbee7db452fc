"""The organiser sets the quota of passes, sees who gave how many, and grants more."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app import clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.errors import FieldErrors
from app.formats import local_name
from app.input import asked_number, sent_number
from app.passes.blueprint import blueprint
from app.passes.errors import HasBooth
from app.passes.handing import grant_passes, set_pass_rule, withdraw_passes
from app.passes.quota import passes_of, per_9_m2, quota_of, quotas_of, without_booth
from app.search import fold_name

PAGE = 60


@blueprint.get("/organise/passes")
@allow(Permission.EXHIBITORS_SEE)
def organise() -> str:
    return _page()


@blueprint.post("/organise/passes/rule")
@allow(Permission.EXHIBITORS_EDIT)
def set_rule() -> Any:
    actor, number = principal().actor(), sent_number("per_9_m2")
    try:
        retrying(lambda: set_pass_rule(actor, g.fair, number))
    except FieldErrors as error:
        return _page(error.sentences()["per_9_m2"], request.form.get("per_9_m2", "")), error.status
    flash(_("Saved."))
    return redirect(url_for(".organise"), 303)


@blueprint.get("/organise/exhibitors/<int:exhibitor_id>/passes")
@allow(Permission.EXHIBITORS_SEE)
def company(exhibitor_id: int) -> str:
    return _company(exhibitor_id)


@blueprint.post("/organise/exhibitors/<int:exhibitor_id>/passes")
@allow(Permission.EXHIBITORS_EDIT)
def grant(exhibitor_id: int) -> Any:
    actor, extra, now = principal().actor(), sent_number("extra"), clock.now()
    try:
        retrying(lambda: grant_passes(actor, g.fair, exhibitor_id, extra, now))
    except FieldErrors as error:
        return _company(exhibitor_id, error.sentences()["extra"], request.form.get("extra", "")), error.status
    flash(_("Saved."))
    return redirect(url_for(".company", exhibitor_id=exhibitor_id), 303)


@blueprint.post("/organise/exhibitors/<int:exhibitor_id>/passes/withdrawal")
@allow(Permission.EXHIBITORS_EDIT)
def withdraw_all(exhibitor_id: int) -> Any:
    """Of a company whose booths went to others, or back."""
    actor, now = principal().actor(), clock.now()
    try:
        number = retrying(lambda: withdraw_passes(actor, g.fair, exhibitor_id, now))
    except HasBooth as error:
        db.session.rollback()
        return _page(refusal=error), error.status
    flash(ngettext("One pass is withdrawn.", "%(num)s passes are withdrawn.", number))
    return redirect(url_for(".organise"), 303)


def _page(fault: str = "", typed: str = "", refusal: HasBooth | None = None) -> str:
    after = asked_number("after", 0) or 0
    quotas = sorted(quotas_of(g.fair), key=lambda one: fold_name(local_name(one.exhibitor)))
    return render_template(
        "passes/organise.html", quotas=quotas[after : after + PAGE], after=after, page=PAGE, companies=len(quotas),
        given=sum(one.given for one in quotas), total=sum(one.total for one in quotas),
        rule=typed if fault else per_9_m2(g.fair.id), fault=fault, without=without_booth(g.fair), refusal=refusal,
    )  # fmt: skip


def _company(exhibitor_id: int, fault: str = "", typed: str = "") -> str:
    quota = quota_of(g.fair, exhibitor_id)
    return render_template(
        "passes/company.html", quota=quota, passes=passes_of(g.fair.id, exhibitor_id), fault=fault,
        typed=typed if fault else quota.extra,
    )  # fmt: skip
