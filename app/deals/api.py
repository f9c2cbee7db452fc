"""The API of deals: the same verbs, the same limits. What a token may answer for is its own side, or the desk's."""

import hashlib
import uuid
from typing import Any

from flask import Response, g, request
from flask_smorest import Blueprint

from app import clock
from app.access import Permission, Principal, allow, principal
from app.api.idempotency import idempotent
from app.api.paging import asked_after, asked_limit
from app.db import db, retrying
from app.deals import schemas
from app.deals.buyer_search import named_buyer, searched_buyers
from app.deals.buyers import buyer_of_badge, write_down_buyer
from app.deals.confirmation import confirm_deal, dispute_deal
from app.deals.deals import amend_deal, cancel_deal, record_deal
from app.deals.documents import attach_document
from app.deals.errors import NotYourSide
from app.deals.files import document_response
from app.deals.models import Deal, DealConfirmation, DealDocument
from app.deals.pace import not_too_often
from app.deals.proof import Side, Voice
from app.deals.queries import (
    DealFilter,
    answers_to,
    documents_of,
    narrowed,
    page_of_deals,
    parties,
    visible_deal,
    visible_deals,
)
from app.deals.speaking import (
    desk_voice,
    organisers_voice,
    own_or_organisers_voice,
    own_side,
    own_voice,
    recording_voice,
)
from app.deals.terms import Terms, terms_of
from app.deals.verification import verify_deal
from app.errors import FieldErrors, NotFound
from app.fairs.models import Approval, Buyer, Exhibitor
from app.i18n_marks import N_
from app.money import Money

blueprint = Blueprint(
    "deals_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="What buyers and exhibitors agreed."
)


@blueprint.route("/deals", methods=["GET"])
@blueprint.arguments(schemas.DealQuery, location="query")
@blueprint.response(200, schemas.DealsShown)
@allow(Permission.DEALS_SEE)
def deals(asked: dict[str, Any]) -> dict[str, Any]:
    """The deals that the caller may see, the last recorded first."""
    wanted = DealFilter(**{k: v for k, v in asked.items() if k not in ("limit", "after")})
    chosen = narrowed(visible_deals(g.fair, principal()), g.fair, wanted)
    rows, following = page_of_deals(chosen, asked_after(), asked_limit())
    items = [_shown(deal, exhibitor, buyer) for deal, exhibitor, buyer in rows]
    return {"items": items, "next": str(following) if following else None}


@blueprint.route("/deals", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.DealRecord)
@blueprint.response(201, schemas.DealWhole)
@allow(Permission.DEAL_RECORD)
def record(sent: dict[str, Any]) -> dict[str, Any]:
    """Record a deal as revision 1. A party's own token confirms its own side by it, and no other."""
    who, at = principal(), clock.now()
    not_too_often("deals_recorded", 30)

    def work() -> Deal:
        exhibitor, buyer = _exhibitor(sent, who), _buyer(sent, who)
        by = recording_voice(g.fair, who, exhibitor.id, buyer, at)
        if buyer is None:
            buyer = write_down_buyer(g.fair, **sent["new_buyer"], by=by, at=at)
        return record_deal(g.fair, exhibitor, buyer, _terms(sent), by, at, _form_key(who))

    return _whole(retrying(work))


def _form_key(who: Principal) -> str | None:
    """Of the Idempotency-Key and what came with it: a server that dies before it has kept its answer records no second
    deal, and the same key with another deal, when the kept answer is forgotten, records another.
    """
    key = request.headers.get("Idempotency-Key")
    sent = hashlib.sha256(request.get_data()).hexdigest()
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{g.fair.id}/{who.actor().key}/{key}/{sent}")) if key else None


@blueprint.route("/deals/<int:deal_id>", methods=["GET"])
@blueprint.response(200, schemas.DealWhole)
@allow(Permission.DEALS_SEE)
def deal(deal_id: int) -> dict[str, Any]:
    """One deal with its answers and documents."""
    return _whole(_deal(deal_id))


@blueprint.route("/deals/<int:deal_id>", methods=["PATCH"])
@blueprint.arguments(schemas.DealAmendment)
@blueprint.response(200, schemas.DealWhole)
@allow(Permission.DEAL_RECORD)
def amend(sent: dict[str, Any], deal_id: int) -> dict[str, Any]:
    """Change the terms: a new revision begins, earlier confirmations are void."""
    found = _deal(deal_id)
    by = own_or_organisers_voice(principal(), found)
    base = sent.pop("revision")
    terms = _terms(terms_of(found).as_json() | {"signed_on": found.signed_on} | sent)
    retrying(lambda: amend_deal(g.fair, found, base, terms, by, clock.now()))
    return _whole(found)


@blueprint.route("/deals/<int:deal_id>/confirmations", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.Answer)
@blueprint.response(201, schemas.DealWhole)
@allow(Permission.DEAL_CONFIRM)
def answer(sent: dict[str, Any], deal_id: int) -> dict[str, Any]:
    """Confirm or dispute one revision, for the caller's own side; at the deal desk for a person who is present."""
    found = _deal(deal_id)
    by, shown = _answering_voice(found, sent), sent.get("identified_by", "")

    def work() -> DealConfirmation:
        if sent["answer"] == "confirm":
            return confirm_deal(g.fair, found, sent["revision"], by, clock.now(), shown)
        return dispute_deal(g.fair, found, sent["revision"], sent["reason"], by, clock.now(), shown)

    retrying(work)
    return _whole(found)


@blueprint.route("/deals/<int:deal_id>/verifications", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.Verification)
@blueprint.response(201, schemas.DealWhole)
@allow(Permission.DEAL_VERIFY)
def verify(sent: dict[str, Any], deal_id: int) -> dict[str, Any]:
    """The organiser has seen the document of a revision that both sides confirmed."""
    found = _deal(deal_id)
    by = organisers_voice(principal())
    retrying(lambda: verify_deal(g.fair, found, sent["revision"], sent["document"], by, clock.now()))
    return _whole(found)


@blueprint.route("/deals/<int:deal_id>/cancellation", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.Cancellation)
@blueprint.response(200, schemas.DealWhole)
@allow(Permission.DEAL_RECORD)
def cancel(sent: dict[str, Any], deal_id: int) -> dict[str, Any]:
    """Take the deal out of the count."""
    found = _deal(deal_id)
    by = own_or_organisers_voice(principal(), found)
    retrying(lambda: cancel_deal(g.fair, found, sent["revision"], sent["reason"], by, clock.now()))
    return _whole(found)


@blueprint.route("/deals/<int:deal_id>/documents", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.Upload, location="files")
@blueprint.response(201, schemas.DealWhole)
@allow(Permission.DEAL_RECORD)
def add_document(sent: dict[str, Any], deal_id: int) -> dict[str, Any]:
    """Add a scan (PDF, PNG or JPEG, 10 MB at most) to the present revision."""
    found = _deal(deal_id)
    by = own_or_organisers_voice(principal(), found)
    file = sent["document"]
    content = file.read()
    retrying(lambda: attach_document(found, file.filename or "", content, by, clock.now()))
    return _whole(found)


@blueprint.route("/deals/<int:deal_id>/documents/<int:document_id>", methods=["GET"])
@blueprint.response(200, content_type="application/octet-stream")
@allow(Permission.DEALS_SEE)
def document(deal_id: int, document_id: int) -> Response:
    """The scan as it was uploaded."""
    found = _deal(deal_id)
    attached = db.session.get(DealDocument, document_id)
    if attached is None or attached.deal_id != found.id:
        raise NotFound()
    return document_response(attached)


@blueprint.route("/buyers", methods=["GET"])
@blueprint.arguments(schemas.BuyerQuery, location="query")
@blueprint.response(200, schemas.BuyersShown)
@allow(Permission.BUYERS_SEARCH)
def buyers(asked: dict[str, Any]) -> dict[str, Any]:
    """Buyers by part of a name (two letters or more) or by badge number: a few, with as little as picks them out.

    An exhibitor without a booth finds them by badge number alone.
    """
    not_too_often("buyers_searched", 60)
    at_most = min(asked_limit(), 20) if "limit" in request.args else 8
    found = searched_buyers(g.fair, principal(), asked["q"], clock.now(), at_most)
    return {"items": [_buyer_shown(buyer) for buyer in found], "next": None}


def _deal(deal_id: int) -> Deal:
    if deal_id > 2**31 - 1:
        raise NotFound()
    return visible_deal(g.fair, principal(), deal_id)


def _answering_voice(found: Deal, sent: dict[str, Any]) -> Voice:
    who = principal()
    side = Side(sent["side"]) if "side" in sent else None
    if own_side(who, found) is None and who.staff_can(Permission.DEAL_DESK):
        if side is None or not sent.get("spoken_by", "").strip() or not sent.get("identified_by", "").strip():
            present = N_("At the desk: side, spoken_by and identified_by say who is present.")
            raise FieldErrors({"side": present})
        return desk_voice(who, side, sent["spoken_by"].strip())
    by = own_voice(who, found)
    if side is not None and side is not by.side:
        raise NotYourSide()
    return by


def _exhibitor(sent: dict[str, Any], who: Principal) -> Exhibitor:
    chosen = sent.get("exhibitor") or (next(iter(who.exhibitor_ids)) if len(who.exhibitor_ids) == 1 else None)
    exhibitor = db.session.get(Exhibitor, chosen) if chosen and 0 < chosen < 2**31 else None
    if exhibitor is None or exhibitor.fair_id != g.fair.id or exhibitor.approval != Approval.APPROVED:
        raise FieldErrors({"exhibitor": N_("Choose the exhibitor.")})
    return exhibitor


def _buyer(sent: dict[str, Any], who: Principal) -> Buyer | None:
    """The buyer that is named; None for one to be written down."""
    if "badge" in sent:
        return buyer_of_badge(g.fair, sent["badge"], clock.now())
    if "new_buyer" in sent:
        return None
    chosen = sent.get("buyer") or (next(iter(who.buyer_ids)) if len(who.buyer_ids) == 1 else None)
    try:
        return named_buyer(g.fair, who, chosen or 0, clock.now())
    except NotFound:
        raise FieldErrors({"buyer": N_("Name the buyer: buyer, badge or new_buyer.")}) from None


def _terms(sent: dict[str, Any]) -> Terms:
    amount = sent.get("amount_minor")
    return Terms(
        kind=sent["kind"],
        category=sent["category"],
        subject=sent.get("subject", ""),
        value=None if amount is None else Money(amount, sent["currency"]),
        currency=sent["currency"],
        signed_on=sent.get("signed_on") or clock.fair_day(g.fair, clock.now()),
        note=sent.get("note", ""),
    )


def _whole(found: Deal) -> dict[str, Any]:
    exhibitor, buyer = parties(found)
    documents = [
        {
            "id": attached.id,
            "revision": attached.revision,
            "filename": kept.filename,
            "media_type": kept.media_type,
            "size": kept.size,
            "sha256": kept.sha256,
        }
        for attached, kept in documents_of(found)
    ]
    return _shown(found, exhibitor, buyer) | {"confirmations": answers_to(found), "documents": documents}


def _shown(found: Deal, exhibitor: Exhibitor, buyer: Buyer) -> dict[str, Any]:
    same = ("id", "number", "state", "revision", "kind", "category", "subject", "amount_minor", "currency", "signed_on")
    more = ("note", "recorded_side", "recorded_at", "confirmed_at", "verified_at")
    return {name: getattr(found, name) for name in same + more} | {
        "exhibitor": {"id": exhibitor.id, "name": exhibitor.name, "country": exhibitor.country},
        "buyer": _buyer_shown(buyer),
    }


def _buyer_shown(buyer: Buyer) -> dict[str, Any]:
    return {"id": buyer.id, "name": buyer.name, "company": buyer.company, "country": buyer.country}
