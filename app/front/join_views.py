"""A company registers as an exhibitor, and mends its details later."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app import clock
from app.access import Permission, allow, hide_unpublished, principal, signed_in
from app.db import db, retrying, transaction
from app.errors import FieldErrors, NotFound
from app.fairs.exhibiting import change_company, company_of, register_company
from app.fairs.forms import CompanyForm
from app.fairs.models import Exhibitor
from app.fairs.queries import time_of
from app.formats import language
from app.front.blueprint import blueprint
from app.pages import own_path
from app.security import limit


@blueprint.route("/fairs/<slug>/join", methods=["GET", "POST"])
@signed_in
def join() -> Any:
    """Leads back to where the booth was picked (`next`), else to the portal."""
    hide_unpublished(principal())
    over = time_of(g.fair, clock.now()) == "past"
    form = CompanyForm(g.fair, next=request.args.get("next", ""))
    if request.method == "GET":
        form.email.data = current_user.email
        form.representative.data = current_user.name
    if not over and form.validate_on_submit():
        limit("join", 20, 600)
        person, locale = current_user, language()
        try:
            exhibitor = retrying(
                lambda: register_company(principal().actor(), g.fair, form.company(), clock.now(), person.id, locale)
            )
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("%(name)s is registered.", name=exhibitor.name))
            return redirect(own_path(form.next.data) or url_for("fairs.portal"))
    if form.errors:
        form.take_missing(form.company(), g.fair)
    own = [db.session.get_one(Exhibitor, one) for one in sorted(principal().exhibitor_ids)]
    chosen = parse_qs(urlsplit(own_path(form.next.data) or "").query).get("pick", [""])[0]
    booths = [number for number in chosen.split(",") if number]
    page = render_template("fairs/join.html", form=form, own=own, over=over, booths=booths)
    return page, 422 if form.errors else 200


@blueprint.route("/fairs/<slug>/portal/company/<int:exhibitor_id>", methods=["GET", "POST"])
@allow(Permission.PORTAL)
def company(exhibitor_id: int) -> Any:
    if exhibitor_id not in principal().exhibitor_ids:
        raise NotFound()
    exhibitor = db.session.get_one(Exhibitor, exhibitor_id)
    form = CompanyForm(g.fair, data=vars(company_of(exhibitor)))
    if form.validate_on_submit():
        try:
            with transaction():
                change_company(principal().actor(), g.fair, exhibitor, form.company())
        except FieldErrors as error:
            db.session.refresh(exhibitor)
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("fairs.portal"))
    return render_template("fairs/company.html", form=form, exhibitor=exhibitor), 422 if form.errors else 200
