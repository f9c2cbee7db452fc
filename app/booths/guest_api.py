"""Companies on an exhibitor's booths over the API: listed, entered, corrected, withdrawn, decided on."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate
from sqlalchemy import select

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.api.paging import page_of
from app.api.schemas import LenientInput
from app.booths.guest_list import GuestKind, guest_of, is_guest, room_of
from app.booths.guests import REQUESTS_AT_MOST, correct_guest, decide_guest, place_guest, request_guest, withdraw_guest
from app.clock import YEARS
from app.db import db, retrying
from app.errors import NotFound
from app.fairs.exhibiting import HOST_COUNTRY, Company, change_company
from app.fairs.models import Approval, Exhibitor
from app.security import limit

blueprint = Blueprint(
    "guests_api",
    __name__,
    url_prefix="/api/v1/fairs/<slug>/exhibitors/<int:exhibitor_id>/companies",
    description="Co-exhibitors and represented companies on an exhibitor's booths.",
)
LENGTHS = {
    "name": 200, "name_en": 200, "country": 2, "province": 20, "address": 300, "tax_code": 30, "representative": 120,
    "email": 254, "phone": 40, "website": 200, "products": 300, "category": 40,
}  # fmt: skip
SAID = {
    "country": "ISO 3166-1, of the address",
    "province": "Code of the list in force on the fair's dates; for addresses in Viet Nam",
    "tax_code": "Viet Nam: 10 digits, 10 and 3, or 12; a represented company may leave it out",
}


def _text(name: str) -> fields.String:
    return fields.String(
        load_default=HOST_COUNTRY if name == "country" else "",
        validate=validate.Length(max=LENGTHS[name]),
        metadata={"description": SAID.get(name, "")},
    )


CompanyIn = Schema.from_dict({name: _text(name) for name in LENGTHS}, name="CompanyIn")


class GuestIn(CompanyIn):  # type: ignore[misc,valid-type]
    class Meta:
        unknown = EXCLUDE

    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in GuestKind]))


class CorrectionIn(CompanyIn):  # type: ignore[misc,valid-type]
    class Meta:
        unknown = EXCLUDE


class DecisionIn(LenientInput):
    decision = fields.String(required=True, validate=validate.OneOf([Approval.APPROVED, Approval.REFUSED]))
    reason = fields.String(load_default="", metadata={"description": "Needed to refuse; the exhibitor reads it"})
    requested_at = fields.AwareDateTime(
        load_default=None, allow_none=True, validate=lambda at: at.year in YEARS,
        metadata={"description": "As it was read: 409 if it was corrected since"},
    )  # fmt: skip


class GuestOut(Schema):
    id = fields.Integer()
    kind = fields.String(metadata={"description": "co, represented"})
    state = fields.String(metadata={"description": "requested, approved, refused, withdrawn"})
    reason = fields.String(metadata={"description": "Why it was refused"})
    requested_at = fields.DateTime(format="iso", allow_none=True)
    decided_at = fields.DateTime(format="iso", allow_none=True)
    withdrawn_at = fields.DateTime(format="iso", allow_none=True)
    name = fields.String()
    name_en = fields.String()
    country = fields.String()
    province = fields.String(allow_none=True)
    address = fields.String()
    tax_code = fields.String()
    representative = fields.String()
    email = fields.String()
    phone = fields.String()
    website = fields.String()
    products = fields.String()
    category = fields.String()


class GuestPage(Schema):
    items = fields.List(fields.Nested(GuestOut))
    next = fields.String(allow_none=True)
    co_exhibitors_left = fields.Integer(
        allow_none=True, metadata={"description": "How many more have room on the let booths; null without a cap"}
    )


@blueprint.route("")
class Guests(MethodView):
    @allow(Permission.PORTAL, Permission.EXHIBITORS_EDIT)
    @blueprint.response(200, GuestPage)
    @blueprint.doc(parameters=[{"in": "query", "name": n, "schema": {"type": "string"}} for n in ("limit", "after")])
    def get(self, exhibitor_id: int) -> dict[str, Any]:
        """Everybody who is, was or wants to be on the exhibitor's booths."""
        main = _main(exhibitor_id)
        found = select(Exhibitor).where(Exhibitor.fair_id == g.fair.id, Exhibitor.main_id == main.id, is_guest())
        rows, following = page_of(found, Exhibitor.id)
        return {
            "items": [guest_shown(row[0]) for row in rows],
            "next": following,
            "co_exhibitors_left": room_of(g.fair, main.id).left,
        }

    @allow(Permission.PORTAL, Permission.EXHIBITORS_EDIT)
    @idempotent
    @blueprint.arguments(GuestIn)
    @blueprint.response(201, GuestOut)
    def post(self, sent: dict[str, Any], exhibitor_id: int) -> dict[str, Any]:
        """Enter a company: asked for by the exhibitor, approved if the organiser does it. Twice makes nothing new."""
        main, actor, now = _main(exhibitor_id), principal().actor(), clock.now()
        limit("guests", REQUESTS_AT_MOST, 600, actor.key)
        kind = GuestKind(sent.pop("kind"))
        enter = place_guest if _organises() else request_guest
        return guest_shown(retrying(lambda: enter(actor, g.fair, main, kind, Company(**sent), now)))


@blueprint.route("/<int:guest_id>")
class OneGuest(MethodView):
    @allow(Permission.PORTAL, Permission.EXHIBITORS_EDIT)
    @blueprint.response(200, GuestOut)
    def get(self, exhibitor_id: int, guest_id: int) -> dict[str, Any]:
        """One of the companies."""
        return guest_shown(guest_of(g.fair.id, _main(exhibitor_id).id, guest_id))

    @allow(Permission.PORTAL, Permission.EXHIBITORS_EDIT)
    @blueprint.arguments(CorrectionIn)
    @blueprint.response(200, GuestOut)
    def put(self, sent: dict[str, Any], exhibitor_id: int, guest_id: int) -> dict[str, Any]:
        """New details, all of them. Another name, country or tax code by the exhibitor has to be approved anew."""
        guest, actor, now = guest_of(g.fair.id, _main(exhibitor_id).id, guest_id), principal().actor(), clock.now()
        limit("guests", REQUESTS_AT_MOST, 600, actor.key)

        def work() -> Exhibitor:
            if not _organises():
                return correct_guest(actor, g.fair, guest, Company(**sent), now)
            change_company(actor, g.fair, guest, Company(**sent))
            return guest

        return guest_shown(retrying(work))

    @allow(Permission.PORTAL, Permission.EXHIBITORS_EDIT)
    @blueprint.response(204)
    def delete(self, exhibitor_id: int, guest_id: int) -> None:
        """Withdraw the company: kept as history, in no list and no count."""
        guest, actor = guest_of(g.fair.id, _main(exhibitor_id).id, guest_id), principal().actor()
        retrying(lambda: withdraw_guest(actor, g.fair, guest, clock.now()))


@blueprint.route("/<int:guest_id>/decision")
class Decision(MethodView):
    @allow(Permission.EXHIBITORS_EDIT)
    @idempotent
    @blueprint.arguments(DecisionIn)
    @blueprint.response(200, GuestOut)
    def post(self, sent: dict[str, Any], exhibitor_id: int, guest_id: int) -> dict[str, Any]:
        """Approve or refuse a request, once; 409 `guest_decided` when somebody else was faster."""
        guest, actor, now = guest_of(g.fair.id, _main(exhibitor_id).id, guest_id), principal().actor(), clock.now()
        to = Approval(sent["decision"])
        retrying(lambda: decide_guest(actor, g.fair, guest, to, sent["reason"], sent["requested_at"], now))
        return guest_shown(guest_of(g.fair.id, exhibitor_id, guest_id))


def guest_shown(guest: Exhibitor) -> dict[str, Any]:
    """A guest as the API shows it to its host and the organiser."""
    shown = {name: getattr(guest, name) for name in LENGTHS}
    return shown | {
        "id": guest.id,
        "kind": guest.kind,
        "state": "withdrawn" if guest.withdrawn_at else guest.approval,
        "reason": guest.refusal,
        "requested_at": guest.requested_at,
        "decided_at": guest.decided_at,
        "withdrawn_at": guest.withdrawn_at,
    }


def _organises() -> bool:
    return principal().staff_can(Permission.EXHIBITORS_EDIT)


def _main(exhibitor_id: int) -> Exhibitor:
    """A main exhibitor of the fair: one's own, or any for the organiser's side; NotFound otherwise."""
    if exhibitor_id not in principal().exhibitor_ids and not _organises():
        raise NotFound()
    main = db.session.get(Exhibitor, exhibitor_id)
    if main is None or main.fair_id != g.fair.id or main.kind != "main":
        raise NotFound()
    return main
