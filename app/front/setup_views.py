"""Set-up of an empty installation: the organiser and the fair, its halls, then the public may come."""

from datetime import time
from decimal import Decimal
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import clock
from app.access import Permission, allow, principal, public
from app.accounts.session import begin_session
from app.booths.floorplan import hall_counts
from app.db import retrying
from app.errors import FieldErrors
from app.fairs.settings import lacking_of
from app.formats import language
from app.front.beginning import AlreadyBegun, begin_fair, draw_hall, nobody_yet, remove_hall, rows_of_halls
from app.front.blueprint import blueprint
from app.front.miniature import miniature
from app.front.plan_draft import drafts_of
from app.front.setup_forms import BeginForm, HallForm
from app.security import limit

PROPOSED = {
    "opens": time(8, 30),
    "closes": time(18),
    "time_zone": "Asia/Ho_Chi_Minh",
    "currency": "VND",
    "vat_percent": Decimal(10),
}


@blueprint.route("/set-up", methods=["GET", "POST"])
@public
def set_up() -> Any:
    """Serves only while there is no person at all."""
    if not nobody_yet():
        return redirect(url_for("fairs.start"))
    form = BeginForm(data=PROPOSED if request.method == "GET" else None)
    if form.validate_on_submit():
        limit("set_up", 20, 600)
        try:
            person, fair = retrying(lambda: begin_fair(form.beginning(), language(), clock.now()))
        except FieldErrors as error:
            form.take_errors(error)
        except AlreadyBegun:
            return redirect(url_for("accounts.sign_in"))
        else:
            begin_session(person, clock.now())
            return redirect(url_for("fairs.halls", slug=fair.slug))
    return render_template("fairs/set_up.html", form=form), 422 if form.errors else 200


@blueprint.route("/fairs/<slug>/organise/halls", methods=["GET", "POST"])
@allow(Permission.SETTINGS)
def halls() -> Any:
    """Rows and columns become a hall with booths and gates; as many halls as there are."""
    form = HallForm()
    if form.validate_on_submit():
        plan = form.plan()
        retrying(lambda: draw_hall(principal().actor(), g.fair, plan))
        flash(_("%(hall)s is drawn: %(n)s booths.", hall=plan.name, n=plan.booths))
        return redirect(url_for("fairs.halls"))
    now = clock.now()
    page = render_template(
        "fairs/halls.html",
        form=form,
        rows=rows_of_halls(g.fair),
        drafts=drafts_of(g.fair),
        counts=hall_counts(g.fair.id, now),
        picture=miniature(g.fair.id, now),
        lacking=lacking_of(g.fair),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/fairs/<slug>/organise/halls/<int:hall_id>/removal")
@allow(Permission.SETTINGS)
def hall_removal(hall_id: int) -> Any:
    hall = retrying(lambda: remove_hall(principal().actor(), g.fair, hall_id))
    flash(_("%(hall)s is off the plan.", hall=hall.name))
    return redirect(url_for("fairs.halls"))
