"""The plan editor's page, the versions of a hall's plan, and a hall that begins empty."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.booths.floorplan import halls
from app.db import retrying
from app.fairs.models import Hall
from app.front.beginning import blank_hall
from app.front.blueprint import blueprint
from app.front.plan_draft import discard_draft, draft_of, draw_version_again, hall_by_id, versions_of
from app.front.setup_forms import BlankHallForm
from app.i18n_marks import N_
from app.input import sent_number
from app.money import exponent

PIECES = {
    "wall": N_("Wall"),
    "pillar": N_("Pillar"),
    "stage": N_("Stage"),
    "text": N_("Text"),
    "exit": N_("Emergency exit"),
    "wc": N_("Toilets"),
}
HALL = "/fairs/<slug>/organise/halls/<int:hall_id>"


@blueprint.get(f"{HALL}/drawing")
@allow(Permission.SETTINGS)
def plan_editor(hall_id: int) -> str:
    """The hall under the pencil. What is drawn is kept at once, and seen by nobody else until it is published."""
    hall = hall_by_id(g.fair, hall_id)
    with force_locale("vi"):
        pieces = {kind: (_(name), name) for kind, name in PIECES.items()}  # the plan is read in both languages
    return render_template(
        "fairs/plan_editor.html", hall=hall, halls=halls(g.fair.id), draft=draft_of(hall), exponent=exponent,
        pieces=pieces,
    )  # fmt: skip


@blueprint.get(f"{HALL}/versions")
@allow(Permission.SETTINGS)
def plan_versions(hall_id: int) -> str:
    hall = hall_by_id(g.fair, hall_id)
    return render_template("fairs/plan_versions.html", hall=hall, versions=versions_of(hall), draft=draft_of(hall))


@blueprint.post(f"{HALL}/versions/<int:version>/drawing")
@allow(Permission.SETTINGS)
def version_again(hall_id: int, version: int) -> Response:
    """An older version goes back under the pencil; the plan itself does not change."""
    hall, now = hall_by_id(g.fair, hall_id), clock.now()
    actor, seen = principal().actor(), sent_number("seen") or 0
    retrying(lambda: draw_version_again(actor, g.fair, hall, version, seen, now))
    flash(_("Version %(n)s is on the drawing board. The plan that everybody sees is as it was.", n=version))
    return redirect(url_for("fairs.plan_editor", hall_id=hall_id), 303)


@blueprint.post(f"{HALL}/drawing/removal")
@allow(Permission.SETTINGS)
def drawing_removal(hall_id: int) -> Response:
    hall = hall_by_id(g.fair, hall_id)
    actor, seen, now = principal().actor(), sent_number("seen"), clock.now()
    retrying(lambda: discard_draft(actor, g.fair, hall, now, seen))
    flash(_("The drawing is thrown away. The plan is as it was."))
    return redirect(url_for("fairs.plan_editor", hall_id=hall_id), 303)


@blueprint.route("/fairs/<slug>/organise/halls/blank", methods=["GET", "POST"])
@allow(Permission.SETTINGS)
def blank() -> Any:
    """A hall with gates and no booth yet, to be drawn by hand."""
    form = BlankHallForm()
    if form.validate_on_submit():
        hall: Hall = retrying(lambda: blank_hall(principal().actor(), g.fair, form.hall()))
        return redirect(url_for("fairs.plan_editor", hall_id=hall.id), 303)
    return render_template("fairs/blank_hall.html", form=form), 422 if form.errors else 200
