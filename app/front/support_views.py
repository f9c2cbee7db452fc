"""The organiser keeps funders and their programmes, and says which exhibitors get the support, and why."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.documents.store import Document
from app.documents.uploads import keep_upload, upload_response
from app.errors import DomainError, FieldErrors, NotFound
from app.front.blueprint import blueprint
from app.front.support_forms import FunderForm, GrantForm, ProgrammeForm
from app.payments.funders import (
    funder_by_id,
    funders_of,
    keep_funder,
    keep_programme,
    programme_by_id,
    programmes_of,
    withdraw_programme,
)
from app.payments.grants import (
    add_proof,
    grant_by_id,
    grant_province,
    grant_support,
    grants_in,
    withdraw_grant,
    without_support,
)
from app.payments.support_models import Funder, SupportProgramme

HERE = "/fairs/<slug>/organise/support"


@blueprint.get(HERE)
@allow(Permission.BOOTHS_SEE)
def support() -> str:
    """Funders with their programmes: how much of each budget orders have."""
    programmes: dict[int, list[SupportProgramme]] = {}
    for programme in programmes_of(g.fair.id):
        programmes.setdefault(programme.funder_id, []).append(programme)
    return render_template("fairs/support.html", funders=funders_of(g.fair.id), programmes=programmes)


@blueprint.route(f"{HERE}/funders/new", methods=["GET", "POST"])
@allow(Permission.BOOTHS_EDIT)
def add_funder() -> Any:
    return _funder_page(None)


@blueprint.route(f"{HERE}/funders/<int:funder_id>/details", methods=["GET", "POST"])
@allow(Permission.BOOTHS_EDIT)
def edit_funder(funder_id: int) -> Any:
    return _funder_page(funder_by_id(g.fair.id, funder_id))


@blueprint.route(f"{HERE}/funders/<int:funder_id>/programmes/new", methods=["GET", "POST"])
@allow(Permission.BOOTHS_EDIT)
def add_programme(funder_id: int) -> Any:
    return _programme_form(funder_by_id(g.fair.id, funder_id), None)


@blueprint.route(f"{HERE}/programmes/<int:programme_id>/terms", methods=["GET", "POST"])
@allow(Permission.BOOTHS_EDIT)
def edit_programme(programme_id: int) -> Any:
    programme = programme_by_id(g.fair.id, programme_id)
    if programme.withdrawn_at is not None:
        raise NotFound()
    return _programme_form(funder_by_id(g.fair.id, programme.funder_id), programme)


@blueprint.post(f"{HERE}/programmes/<int:programme_id>/withdrawal")
@allow(Permission.BOOTHS_EDIT)
def end_programme(programme_id: int) -> Response:
    retrying(lambda: withdraw_programme(principal().actor(), g.fair, programme_id, clock.now()))
    flash(_("No new order gets it. Orders that have it keep it."))
    return redirect(url_for("fairs.programme", programme_id=programme_id), 303)


@blueprint.get(f"{HERE}/programmes/<int:programme_id>")
@allow(Permission.BOOTHS_SEE)
def programme(programme_id: int) -> str:
    """Who is granted its support, with the reason and the proof."""
    return _programme_page(programme_by_id(g.fair.id, programme_id), _grant_form(formdata=None))


@blueprint.post(f"{HERE}/programmes/<int:programme_id>/grants")
@allow(Permission.BOOTHS_EDIT)
def grant(programme_id: int) -> Any:
    """One exhibitor, or all of a province that have none yet."""
    shown, form = programme_by_id(g.fair.id, programme_id), _grant_form()
    if not form.validate_on_submit():
        return _programme_page(shown, form), 422
    actor, now, reason, kept = principal().actor(), clock.now(), form.reason.data, _sent_document()

    def work() -> int:
        document = keep_upload(g.fair.id, "support", *kept).id if kept is not None else None
        if form.province.data:
            return len(grant_province(actor, g.fair, shown.id, form.province.data, reason, now, document))
        grant_support(actor, g.fair, shown.id, int(form.exhibitor.data), reason, now, document)
        return 1

    try:
        granted = retrying(work)
    except FieldErrors as error:
        form.take_errors(error)
        return _programme_page(shown, form), 422
    flash(ngettext("Support granted to one exhibitor.", "Support granted to %(num)s exhibitors.", granted))
    return redirect(url_for("fairs.programme", programme_id=shown.id), 303)


@blueprint.post(f"{HERE}/grants/<int:grant_id>/withdrawal")
@allow(Permission.BOOTHS_EDIT)
def end_grant(grant_id: int) -> Any:
    found = grant_by_id(g.fair.id, grant_id)
    try:
        retrying(lambda: withdraw_grant(principal().actor(), g.fair, grant_id, clock.now()))
    except DomainError as error:
        db.session.rollback()
        shown = programme_by_id(g.fair.id, found.programme_id)
        return _programme_page(shown, _grant_form(formdata=None), error.sentence()), error.status
    return redirect(url_for("fairs.programme", programme_id=found.programme_id), 303)


@blueprint.post(f"{HERE}/grants/<int:grant_id>/proof")
@allow(Permission.BOOTHS_EDIT)
def add_grant_proof(grant_id: int) -> Any:
    """The paper that came later, or a better one."""
    found, actor, kept = grant_by_id(g.fair.id, grant_id), principal().actor(), _sent_document()
    try:
        if kept is None:
            raise FieldErrors({"document": _("Choose the file first.")})
        sent = kept
        retrying(lambda: add_proof(actor, found, keep_upload(g.fair.id, "support", *sent).id))
    except FieldErrors as error:
        shown = programme_by_id(g.fair.id, found.programme_id)
        return _programme_page(shown, _grant_form(formdata=None), error.sentences()["document"]), error.status
    return redirect(url_for("fairs.programme", programme_id=found.programme_id), 303)


@blueprint.get(f"{HERE}/grants/<int:grant_id>/proof")
@allow(Permission.BOOTHS_SEE)
def grant_proof(grant_id: int) -> Any:
    found = grant_by_id(g.fair.id, grant_id)
    if found.document_id is None:
        raise NotFound()
    return upload_response(db.session.get_one(Document, found.document_id))


def _funder_page(funder: Funder | None) -> Any:
    form = FunderForm(funder)
    if form.validate_on_submit():
        actor, asked, known = principal().actor(), form.values(), funder.id if funder is not None else None
        try:
            kept = retrying(lambda: keep_funder(actor, g.fair, asked, clock.now(), known))
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("fairs.funder", funder_id=kept.id), 303)
    return render_template("fairs/funder_details.html", form=form, funder=funder), 422 if form.errors else 200


def _programme_form(funder: Funder, programme: SupportProgramme | None) -> Any:
    form = ProgrammeForm(g.fair, programme)
    refusal = ""
    if form.validate_on_submit():
        actor, asked, known = principal().actor(), form.values(), programme.id if programme is not None else None
        try:
            kept = retrying(lambda: keep_programme(actor, g.fair, funder.id, asked, clock.now(), known))
        except FieldErrors as error:
            form.take_errors(error)
        except DomainError as error:
            db.session.rollback()
            refusal = error.sentence()
        else:
            flash(_("Saved."))
            return redirect(url_for("fairs.programme", programme_id=kept.id), 303)
    page = render_template("fairs/programme_terms.html", form=form, funder=funder, programme=programme, refusal=refusal)
    return page, 422 if form.errors else 409 if refusal else 200


def _grant_form(**more: Any) -> GrantForm:
    return GrantForm(g.fair, without_support(g.fair.id), **more)


def _programme_page(shown: SupportProgramme, form: GrantForm, refusal: str = "") -> str:
    return render_template(
        "fairs/programme.html", programme=shown, funder=funder_by_id(g.fair.id, shown.funder_id),
        grants=grants_in(shown), form=form, refusal=refusal, today=clock.fair_day(g.fair, clock.now()),
    )  # fmt: skip


def _sent_document() -> tuple[str, bytes] | None:
    """A file's name and its bytes; None where no file was chosen."""
    sent = request.files.get("document")
    return (sent.filename, sent.read()) if sent is not None and sent.filename else None
