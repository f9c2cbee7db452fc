"""A company keeps its profile: words and logo, products, certificates; and sees it as visitors do."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.directory.blueprint import blueprint
from app.directory.editing import add_item, change_item, keep_profile, remove_item
from app.directory.errors import EditedMeanwhile, ItemGone
from app.directory.forms import ItemForm, Kept, ProfileForm
from app.directory.models import ItemKind, Picture
from app.directory.receiving import kept_before, received
from app.directory.showing import ShownItem, all_kept_by, company_kept, item_kept, kept_by, preview_of
from app.directory.words import CERTIFICATES_AT_MOST, PRODUCTS_AT_MOST
from app.documents.store import Document
from app.documents.uploads import BYTES_AT_MOST
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Exhibitor
from app.input import sent_number

PROFILE = "/portal/profiles/<int:exhibitor_id>"
KINDS = {"products": ItemKind.PRODUCT, "certificates": ItemKind.CERTIFICATE}


@blueprint.get("/portal/profiles")
@allow(Permission.PROFILE_KEEP)
def profiles() -> Any:
    """Every company whose profile this person keeps; where it is one, that one."""
    kept = all_kept_by(g.fair, principal())
    if len(kept) == 1:
        return redirect(url_for(".profile", exhibitor_id=kept[0][0].id))
    return render_template("directory/profiles.html", kept=kept)


@blueprint.route(PROFILE, methods=["GET", "POST"])
@allow(Permission.PROFILE_KEEP)
def profile(exhibitor_id: int) -> Any:
    exhibitor = kept_by(g.fair, principal(), exhibitor_id)
    company = company_kept(g.fair, exhibitor)
    form = ProfileForm(exhibitor, company.profile)
    sent, standing, status = company.logo, None, 200
    if form.validate_on_submit():
        actor, now = principal().actor(), clock.now()
        try:
            picture, _document = _file(form, exhibitor, may_be_pdf=False)
            form.kept.data = picture.sha256 if picture is not None else ""
            sent = picture or (None if request.form.get("without_logo") == "yes" else company.logo)
            logo_id, seen = sent.id if sent is not None else None, form.seen()
            retrying(lambda: keep_profile(actor, g.fair, exhibitor.id, seen, form.said(logo_id), now))
        except NotFound:
            raise
        except DomainError as error:
            status = error.status
            standing = _refused(form, error, lambda: company_kept(g.fair, exhibitor))
        else:
            flash(_("Saved. This is what visitors see."))
            return redirect(url_for(".preview", exhibitor_id=exhibitor.id), 303)
    return render_template(
        "directory/profile.html", company=company, form=form, logo=sent, standing=standing,
        products_at_most=PRODUCTS_AT_MOST, certificates_at_most=CERTIFICATES_AT_MOST,
    ), status  # fmt: skip


@blueprint.get(f"{PROFILE}/preview")
@allow(Permission.PROFILE_KEEP)
def preview(exhibitor_id: int) -> str:
    exhibitor = kept_by(g.fair, principal(), exhibitor_id)
    return render_template("directory/exhibitor.html", company=preview_of(g.fair, exhibitor), is_preview=True)


@blueprint.route(f"{PROFILE}/<any(products, certificates):shelf>/new", methods=["GET", "POST"])
@allow(Permission.PROFILE_KEEP)
def add(exhibitor_id: int, shelf: str) -> Any:
    return _item_page(kept_by(g.fair, principal(), exhibitor_id), KINDS[shelf], None)


@blueprint.route(f"{PROFILE}/items/<int:item_id>", methods=["GET", "POST"])
@allow(Permission.PROFILE_KEEP)
def item(exhibitor_id: int, item_id: int) -> Any:
    exhibitor = kept_by(g.fair, principal(), exhibitor_id)
    try:
        found = item_kept(g.fair, exhibitor.id, item_id)
    except NotFound:
        kind = request.form.get("kind", "")
        if kind not in KINDS.values():
            raise
        return _gone(exhibitor, ItemKind(kind))
    return _item_page(exhibitor, ItemKind(found.item.kind), found)


@blueprint.post(f"{PROFILE}/items/<int:item_id>/remove")
@allow(Permission.PROFILE_KEEP)
def remove(exhibitor_id: int, item_id: int) -> AnyResponse:
    exhibitor = kept_by(g.fair, principal(), exhibitor_id)
    seen, actor, now = sent_number("revision") or 0, principal().actor(), clock.now()
    try:
        retrying(lambda: remove_item(actor, g.fair, exhibitor.id, item_id, seen, now))
    except EditedMeanwhile:
        flash(_("A colleague changed it meanwhile: look at it again before it is deleted."))
        return redirect(url_for(".item", exhibitor_id=exhibitor.id, item_id=item_id), 303)
    flash(_("Deleted."))
    return redirect(url_for(".profile", exhibitor_id=exhibitor.id), 303)


def _item_page(exhibitor: Exhibitor, kind: ItemKind, found: ShownItem | None) -> Any:
    kept = found.item if found is not None else None
    form = ItemForm(kind, kept, exhibitor.category)
    file: Picture | Document | None = (found.picture or found.document) if found is not None else None
    standing, status = None, 200
    if form.validate_on_submit():
        actor, now = principal().actor(), clock.now()
        try:
            picture, document = _file(form, exhibitor, may_be_pdf=kind == ItemKind.CERTIFICATE)
            sent = picture or document
            form.kept.data = sent.sha256 if sent is not None else ""
            if sent is None and found is not None:
                picture, document = found.picture, found.document
            file = picture or document
            thing = form.thing(
                picture.id if picture is not None else None, document.id if document is not None else None
            )
            seen, key = form.seen(), (form.key.data or "")[:36]
            if kept is None:
                retrying(lambda: add_item(actor, g.fair, exhibitor.id, kind, key, thing, now))
            else:
                retrying(lambda: change_item(actor, g.fair, exhibitor.id, kept.id, seen, thing, now))
        except NotFound:
            raise
        except DomainError as error:
            status = error.status
            standing = _refused(
                form, error, lambda: item_kept(g.fair, exhibitor.id, kept.id) if kept is not None else None
            )
        else:
            flash(_("Saved."))
            return redirect(url_for(".profile", exhibitor_id=exhibitor.id, _anchor=f"{kind}s"), 303)
    return render_template(
        "directory/item.html", exhibitor=exhibitor, form=form, kind=kind, item=kept, file=file, standing=standing
    ), status


def _gone(exhibitor: Exhibitor, kind: ItemKind) -> Any:
    """Deleted by a colleague while it was being changed: what was typed is offered as a new one."""
    form, error = ItemForm(kind, None, exhibitor.category), ItemGone()
    form.form_errors.append(error.sentence())
    file: Picture | Document | None = None
    try:
        picture, document = _file(form, exhibitor, may_be_pdf=kind == ItemKind.CERTIFICATE)
        file = picture or document
        form.kept.data = file.sha256 if file is not None else ""
    except FieldErrors as refused:
        form.take_errors(refused)
    page = render_template(
        "directory/item.html", exhibitor=exhibitor, form=form, kind=kind, item=None, file=file, standing=None
    )
    return page, error.status


def _file(form: Any, exhibitor: Exhibitor, may_be_pdf: bool) -> tuple[Picture | None, Document | None]:
    """The photograph or PDF that came with the form, kept at once: it need not be chosen again if a word is refused.

    Else the one that came with an earlier try. Raises FieldErrors (`photograph`), TooManyTries.
    """
    upload = form.photograph.data
    if upload and upload.filename:
        content = upload.read(BYTES_AT_MOST + 1)
        who = principal().actor().key
        return received(g.fair.id, exhibitor.id, upload.filename, content, may_be_pdf, who, clock.now())
    digest = form.kept.data or ""
    return kept_before(g.fair.id, exhibitor.id, digest, may_be_pdf) if digest else (None, None)


def _refused(form: Kept, error: DomainError, now_stands: Any) -> Any:
    """Put the refusal where it belongs; of a colleague's change what stands now, which the next try goes over."""
    if isinstance(error, FieldErrors):
        form.take_errors(error)
        return None
    form.form_errors.append(error.sentence())
    if not isinstance(error, EditedMeanwhile):
        return None
    form.revision.data = error.params["revision"]
    db.session.expire_all()
    return now_stands()
