"""The organiser's points: what counts, each company's sum line by line, and corrections by hand."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.allocation.blueprint import blueprint
from app.allocation.points import Score
from app.allocation.points_record import (
    companies,
    correct_points,
    corrections_of,
    rule_of,
    scores,
    set_rule,
    withdraw_correction,
)
from app.allocation.selection_forms import CorrectionForm, WeightsForm
from app.db import retrying
from app.errors import FieldErrors, NotFound
from app.exports import Column, Kind, list_response
from app.fairs.models import Exhibitor
from app.formats import local_name
from app.input import asked_number
from app.search import words

PAGE = 50


@blueprint.route("/organise/selection/rule", methods=["GET", "POST"])
@allow(Permission.SETTINGS)
def points_rule() -> Any:
    """What earlier editions count for; exhibitors read it in words."""
    form = WeightsForm(rule_of(g.fair.id))
    if form.validate_on_submit():
        actor, weights = principal().actor(), form.weights()
        try:
            retrying(lambda: set_rule(actor, g.fair, weights))
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for(".points_list"), 303)
    page = render_template("allocation/points_rule.html", form=form)
    return page, 422 if form.errors else 200


@blueprint.get("/organise/selection/points")
@allow(Permission.BOOTHS_SEE)
def points_list() -> str:
    """Every company with its points, most first."""
    q, after = request.args.get("q", "").strip()[:100], asked_number("after", 0) or 0
    found = _ranked(q)
    return render_template(
        "allocation/points_list.html",
        rows=found[after : after + PAGE],
        total=len(found),
        after=after,
        page=PAGE,
        q=q,
        weights=rule_of(g.fair.id),
    )


@blueprint.get("/organise/selection/points.<any(csv, xlsx):file_type>")
@allow(Permission.BOOTHS_SEE)
def points_file(file_type: Any) -> Any:
    """Every company's points as a file: a line for each edition and correction that they come from."""
    columns = [
        Column(_("Exhibitor")), Column(_("Points"), Kind.NUMBER), Column(_("Of which"), Kind.NUMBER),
        Column(_("Edition")), Column(_("Booths")), Column("m²", Kind.NUMBER), Column(_("Paid on time")),
        Column(_("Paid late")), Column(_("Booths released")), Column(_("Correction")),
    ]  # fmt: skip
    rows = (
        (
            local_name(whose), one.points, line.points,
            f"{line.edition.year} {local_name(line.edition, 'fair')}" if line.edition else "",
            ", ".join(line.edition.booths) if line.edition else "",
            round(line.edition.area_m2) if line.edition else None,
            ", ".join(line.edition.on_time) if line.edition else "",
            ", ".join(line.edition.late) if line.edition else "",
            ", ".join(line.edition.released) if line.edition else "", line.reason,
        )
        for whose, one in _ranked("")
        for line in one.lines
    )  # fmt: skip
    return list_response(file_type, f"points-{g.fair.slug}", columns, rows, ZoneInfo(g.fair.time_zone))


@blueprint.get("/organise/selection/points/<int:exhibitor_id>")
@allow(Permission.BOOTHS_SEE)
def points_of(exhibitor_id: int) -> str:
    """One company's points line by line, and its corrections."""
    return _company_page(exhibitor_id, CorrectionForm(formdata=None))


@blueprint.post("/organise/selection/points/<int:exhibitor_id>")
@allow(Permission.BOOTHS_EDIT)
def correct(exhibitor_id: int) -> Any:
    """Give or take points by hand."""
    form = CorrectionForm()
    if form.validate_on_submit():
        actor, points, reason = principal().actor(), form.signed_points(), form.reason.data
        try:
            retrying(lambda: correct_points(actor, g.fair, exhibitor_id, points, reason, clock.now()))
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved. The exhibitor reads it beside its points."))
            return redirect(url_for(".points_of", exhibitor_id=exhibitor_id), 303)
    return _company_page(exhibitor_id, form), 422


@blueprint.post("/organise/selection/corrections/<int:correction_id>/withdrawal")
@allow(Permission.BOOTHS_EDIT)
def take_correction_back(correction_id: int) -> Response:
    actor = principal().actor()
    whose = retrying(lambda: withdraw_correction(actor, g.fair, correction_id, clock.now()))
    flash(_("The correction is taken back."))
    return redirect(url_for(".points_of", exhibitor_id=whose), 303)


def _ranked(q: str) -> list[tuple[Exhibitor, Score]]:
    found = scores(g.fair, clock.now())
    wanted = words(q)
    rows = [(one, found[one.id]) for one in companies(g.fair.id) if all(word in one.folded for word in wanted)]
    return sorted(rows, key=lambda row: (-row[1].points, row[0].id))


def _company_page(exhibitor_id: int, form: CorrectionForm) -> str:
    found = scores(g.fair, clock.now(), [exhibitor_id])
    exhibitor = next((one for one in companies(g.fair.id) if one.id == exhibitor_id), None)
    if exhibitor is None:
        raise NotFound()
    return render_template(
        "allocation/points_of.html",
        exhibitor=exhibitor,
        score=found[exhibitor_id],
        corrections=corrections_of(g.fair.id, [exhibitor_id]),
        form=form,
        weights=rule_of(g.fair.id),
    )
