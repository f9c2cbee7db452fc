"""The organiser has the catalogue made, watches it, and takes it along."""

from typing import Any

from flask import Response, g, redirect, render_template, request, url_for

from app import clock
from app.access import Permission, allow, principal
from app.booths.exhibiting import is_on_a_booth
from app.db import retrying
from app.directory.blueprint import blueprint
from app.directory.catalogue import ARRANGED, ask_catalogue, catalogue_document, catalogues_of
from app.directory.models import CatalogueState
from app.documents import store
from app.errors import DomainError
from app.exports import content_disposition
from app.fairs.queries import exhibitors_matching, how_many


@blueprint.get("/organise/catalogues")
@allow(Permission.EXHIBITORS_SEE)
def catalogues() -> str:
    return _page()


@blueprint.post("/organise/catalogues")
@allow(Permission.EXHIBITORS_EDIT)
def make_catalogue() -> Any:
    actor, now = principal().actor(), clock.now()
    locale, arranged = request.form.get("language", ""), request.form.get("arranged", "")
    try:
        retrying(lambda: ask_catalogue(actor, g.fair, locale, arranged, now))
    except DomainError as error:
        return _page(error, locale, arranged), error.status
    return redirect(url_for(".catalogues"), 303)


@blueprint.get("/organise/catalogues/<int:catalogue_id>.pdf")
@allow(Permission.EXHIBITORS_SEE)
def catalogue(catalogue_id: int) -> Response:
    document = catalogue_document(g.fair.id, catalogue_id)
    headers = {"Content-Disposition": content_disposition("inline", document.filename), "Cache-Control": "no-store"}
    return Response(store.read(document), mimetype="application/pdf", headers=headers)


def _page(refusal: DomainError | None = None, locale: str = "", arranged: str = "") -> str:
    found = catalogues_of(g.fair.id)
    at_work = any(one.state in (CatalogueState.WAITING, CatalogueState.MAKING) for one, _document in found)
    listed = exhibitors_matching(g.fair.id)
    printed, everybody = sum(how_many(listed.where(is_on_a_booth(g.fair.id)))), sum(how_many(listed))
    return render_template(
        "directory/catalogues.html", found=found, at_work=at_work, refusal=refusal, arranged=ARRANGED,
        chosen=(locale or g.fair.locale, arranged or "category"),
        companies=printed, left_out=everybody - printed,
    )  # fmt: skip
