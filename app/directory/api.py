"""The directory over the API: everybody reads it, a company keeps its own, the organiser hides what has no place."""

import secrets
from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint

from app import clock
from app.access import Permission, allow, principal, public
from app.api.idempotency import idempotent
from app.api.paging import page_of
from app.booths.exhibiting import is_on_a_booth
from app.db import db, retrying
from app.directory import schemas
from app.directory.editing import Said, Thing, add_item, change_item, keep_profile, remove_item
from app.directory.finding import ASKED, exhibitors_found
from app.directory.hiding import hide, show
from app.directory.models import ItemKind
from app.directory.receiving import kept_before, received
from app.directory.showing import Company, ShownItem, company_kept, company_shown, item_kept, kept_by
from app.documents.uploads import BYTES_AT_MOST
from app.errors import NotFound
from app.fairs.models import Exhibitor

PREFIX = "/api/v1/fairs/<slug>"
ONE = "/exhibitors/<int:exhibitor_id>/profile"
blueprint = Blueprint("directory_api", __name__, url_prefix=PREFIX, description="Who shows at the fair, and what.")


@blueprint.route("/exhibitors", methods=["GET"])
@blueprint.arguments(schemas.FoundQuery, location="query")
@blueprint.response(200, schemas.ExhibitorPage)
@public
def exhibitors(asked: dict[str, Any]) -> dict[str, Any]:
    """Who exhibits, on a let booth; for the organiser's staff every company that is registered.

    `?q=` finds names, goods and profiles, with and without accents.
    """
    matching = exhibitors_found(g.fair.id, **{name: asked[name] for name in ASKED if name in asked})
    if not principal().staff_can(Permission.EXHIBITORS_SEE):
        matching = matching.where(is_on_a_booth(g.fair.id))
    rows, following = page_of(matching, Exhibitor.id)
    return {"items": [row[0] for row in rows], "next": following}


@blueprint.route(ONE)
class Profile(MethodView):
    @public
    @blueprint.response(200, schemas.ProfileOut)
    def get(self, exhibitor_id: int) -> dict[str, Any]:
        """What visitors see of a company; its own key and the organiser's see what is hidden too."""
        who = principal()
        if who.staff_can(Permission.EXHIBITORS_SEE):
            return _shown(company_kept(g.fair, _of_fair(exhibitor_id)))
        if who.can(Permission.PROFILE_KEEP):
            try:
                return _shown(company_kept(g.fair, kept_by(g.fair, who, exhibitor_id)))
            except NotFound:
                pass  # somebody else's: as visitors see it
        return _shown(company_shown(g.fair, exhibitor_id))

    @allow(Permission.PROFILE_KEEP)
    @blueprint.arguments(schemas.ProfileIn)
    @blueprint.response(200, schemas.ProfileOut)
    def put(self, sent: dict[str, Any], exhibitor_id: int) -> dict[str, Any]:
        """Save words, contacts and logo over the revision that was seen."""
        who, now = principal(), clock.now()
        exhibitor = kept_by(g.fair, who, exhibitor_id)
        seen, digest, seeks = sent.pop("revision"), sent.pop("logo"), tuple(sent.pop("seeks"))
        logo = _file(exhibitor, digest, may_be_pdf=False)["picture_id"]
        said = Said(**sent, seeks=seeks, logo_id=logo)
        retrying(lambda: keep_profile(who.actor(), g.fair, exhibitor.id, seen, said, now))
        return _shown(company_kept(g.fair, exhibitor))


@blueprint.route(f"{ONE}/files", methods=["POST"])
@blueprint.arguments(schemas.FileUpload, location="files")
@blueprint.response(201, schemas.FileOut)
@allow(Permission.PROFILE_KEEP)
def send_file(sent: dict[str, Any], exhibitor_id: int) -> dict[str, Any]:
    """Keep a JPEG or PNG, or a certificate's PDF, of 10 MB at most; then name its `file` in a logo or an item."""
    who, file = principal(), sent["photograph"]
    exhibitor, content = kept_by(g.fair, who, exhibitor_id), file.read(BYTES_AT_MOST + 1)
    name = file.filename or "document"
    picture, paper = received(g.fair.id, exhibitor.id, name, content, True, who.actor().key, clock.now())
    kept = picture or paper
    assert kept is not None  # else it was refused
    return {"file": kept.sha256, "media_type": kept.media_type}


@blueprint.route(f"{ONE}/items", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.ItemIn)
@blueprint.response(201, schemas.ItemOut)
@allow(Permission.PROFILE_KEEP)
def add(sent: dict[str, Any], exhibitor_id: int) -> dict[str, Any]:
    """Add a product or a certificate; sent twice with one Idempotency-Key it is one."""
    who, now = principal(), clock.now()
    exhibitor, kind = kept_by(g.fair, who, exhibitor_id), ItemKind(sent.pop("kind"))
    thing = _thing(exhibitor, kind, sent)
    key = secrets.token_hex(16)
    item = retrying(lambda: add_item(who.actor(), g.fair, exhibitor.id, kind, key, thing, now))
    return _item(item_kept(g.fair, exhibitor.id, item.id))


@blueprint.route(f"{ONE}/items/<int:item_id>")
class Item(MethodView):
    @allow(Permission.PROFILE_KEEP)
    @blueprint.arguments(schemas.ItemPut)
    @blueprint.response(200, schemas.ItemOut)
    def put(self, sent: dict[str, Any], exhibitor_id: int, item_id: int) -> dict[str, Any]:
        """Save a product or a certificate over the revision that was seen."""
        who, now = principal(), clock.now()
        exhibitor, seen = kept_by(g.fair, who, exhibitor_id), sent.pop("revision")
        thing = _thing(exhibitor, ItemKind(item_kept(g.fair, exhibitor.id, item_id).item.kind), sent)
        retrying(lambda: change_item(who.actor(), g.fair, exhibitor.id, item_id, seen, thing, now))
        return _item(item_kept(g.fair, exhibitor.id, item_id))

    @allow(Permission.PROFILE_KEEP)
    @blueprint.arguments(schemas.Seen, location="query")
    @blueprint.response(204)
    def delete(self, query: dict[str, Any], exhibitor_id: int, item_id: int) -> None:
        """Delete a product or a certificate as it was seen; one that is gone stays gone."""
        who, now = principal(), clock.now()
        exhibitor = kept_by(g.fair, who, exhibitor_id)
        retrying(lambda: remove_item(who.actor(), g.fair, exhibitor.id, item_id, query["revision"], now))


@blueprint.route(f"{ONE}/hidden/<part>")
class Hidden(MethodView):
    @allow(Permission.EXHIBITORS_EDIT)
    @blueprint.arguments(schemas.HideIn)
    @blueprint.response(204)
    def put(self, sent: dict[str, Any], exhibitor_id: int, part: str) -> None:
        """Hide `about`, `logo`, or an item by its id, for a reason that the exhibitor reads."""
        actor, now = principal().actor(), clock.now()
        retrying(lambda: hide(actor, g.fair, exhibitor_id, part, sent["reason"], now))

    @allow(Permission.EXHIBITORS_EDIT)
    @blueprint.response(204)
    def delete(self, exhibitor_id: int, part: str) -> None:
        """Show it again."""
        actor, now = principal().actor(), clock.now()
        retrying(lambda: show(actor, g.fair, exhibitor_id, part, now))


def _of_fair(exhibitor_id: int) -> Exhibitor:
    exhibitor = db.session.get(Exhibitor, exhibitor_id)
    if exhibitor is None or exhibitor.fair_id != g.fair.id:
        raise NotFound()
    return exhibitor


def _file(exhibitor: Exhibitor, digest: str | None, may_be_pdf: bool) -> dict[str, Any]:
    """The ids of a file that this company sent before. Raises NotFound for a digest that is none of its own."""
    if digest is None:
        return {"picture_id": None, "document_id": None}
    picture, paper = kept_before(g.fair.id, exhibitor.id, digest, may_be_pdf)
    if picture is None and paper is None:
        raise NotFound()
    return {"picture_id": picture.id if picture else None, "document_id": paper.id if paper else None}


def _thing(exhibitor: Exhibitor, kind: ItemKind, sent: dict[str, Any]) -> Thing:
    file = _file(exhibitor, sent.pop("file"), may_be_pdf=kind == ItemKind.CERTIFICATE)
    return Thing(**sent, **file)


def _item(one: ShownItem) -> dict[str, Any]:
    file = one.picture or one.document
    names = (
        "id", "kind", "revision", "name", "name_en", "about", "about_en", "category", "currency",
        "price_from_minor", "price_to_minor", "hidden",
    )  # fmt: skip
    return {name: getattr(one.item, name) for name in names} | {"file": file.sha256 if file is not None else ""}


def _shown(company: Company) -> dict[str, Any]:
    profile, logo = company.profile, company.logo
    words = ("about", "about_en", "about_hidden", "contact_name", "contact_email", "contact_phone", "logo_hidden")
    said = {name: getattr(profile, name) if profile is not None else "" for name in words}
    if not company.shows_hidden:
        hidden = bool(said["about_hidden"])
        said |= {"about_hidden": "", "logo_hidden": ""} | ({"about": "", "about_en": ""} if hidden else {})
    return said | {
        "exhibitor": company.exhibitor,
        "revision": profile.revision if profile is not None else 0,
        "seeks": profile.seeks if profile is not None else [],
        "website": company.website,
        "logo": logo.sha256 if logo is not None else "",
        "products": [_item(one) for one in company.products],
        "certificates": [_item(one) for one in company.certificates],
        "booths": company.booths,
        "on_its_booth": company.guests,
        "host": company.host,
    }
