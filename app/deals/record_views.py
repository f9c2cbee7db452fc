"""Recording a deal: which two, and what they agreed. By the exhibitor at the booth, the buyer, or the organiser."""

import uuid
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.access import Permission, allow, principal
from app.booths.own import has_booth
from app.db import db, retrying
from app.deals.buyer_search import SearchNeedsBooth, named_buyer, searched_buyers
from app.deals.buyers import BadgeNotOfBuyer, buyer_of_badge, write_down_buyer
from app.deals.confirmation import keep_badge_shown
from app.deals.deals import record_deal
from app.deals.documents import attach_document
from app.deals.errors import RecordingNeedsBooth
from app.deals.forms import RecordForm
from app.deals.models import Deal
from app.deals.own_people import own_addresses, shares_address
from app.deals.pace import not_too_often
from app.deals.proof import Means, Side, Voice
from app.deals.queries import address_verified_at
from app.deals.speaking import recording_voice
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.countries import country_name
from app.fairs.models import Approval, Buyer, Exhibitor
from app.fairs.queries import is_shown
from app.formats import language
from app.i18n_marks import N_
from app.search import fold

blueprint = Blueprint("deal_records", __name__, url_prefix="/fairs/<slug>/deals/record")


@blueprint.app_template_global()
def country_of(code: str) -> str:
    """A buyer's country in the reader's language."""
    return country_name(code, language())


@blueprint.route("", methods=["GET", "POST"])
@allow(Permission.DEAL_RECORD)
def record() -> Any:
    """The form; on a phone at the booth: scan the badge, type the value, done."""
    form = RecordForm()
    buying = _records_as_buyer()
    form.asks_for_buyer = not buying
    form.exhibitor.choices = _offered_exhibitors(buying)
    refused = ""
    if request.method == "GET":
        form.form_key.data = str(uuid.uuid4())
        form.signed_on.data = min(clock.fair_day(g.fair, clock.now()), g.fair.ends_on)
        form.currency.data = g.fair.currency
        if len(form.exhibitor.choices) == 1:
            form.exhibitor.data = form.exhibitor.choices[0][0]
            if not buying:
                form.category.data = db.session.get_one(Exhibitor, form.exhibitor.data).category
    else:
        not_too_often("deals_recorded", 30)
    if form.validate_on_submit():
        try:
            deal = _record(form)
            flash(_("Deal %(number)s is recorded. The other side has to confirm it.", number=deal.number))
            return redirect(url_for("deals.show", number=deal.number))
        except FieldErrors as error:
            form.take_errors(error)
        except (BadgeNotOfBuyer, SearchNeedsBooth) as error:
            form.buyer_query.errors = [error.sentence()]
        except DomainError as error:
            refused = error.sentence()
    candidates, fault = ([], "") if buying else _candidates(form)
    page = render_template(
        "deals/record.html",
        form=form,
        buying=buying,
        barred=RecordingNeedsBooth().sentence() if not buying and _stands_nowhere() else "",
        candidates=candidates,
        notes=_answer_notes(candidates),
        fault=fault,
        refused=refused,
    )
    return page, 422 if form.errors or refused else 200


@blueprint.post("/buyers")
@allow(Permission.BUYERS_SEARCH)
def buyers() -> str:
    """A fragment with the buyers that a search or a badge finds: name, company and country, nothing more."""
    not_too_often("buyers_searched", 60)
    badge, q = request.form.get("badge", ""), request.form.get("buyer_query", "")
    found, fault = [], ""
    try:
        found = [retrying(lambda: buyer_of_badge(g.fair, badge, clock.now()))] if badge else _searched(q)
    except (BadgeNotOfBuyer, SearchNeedsBooth) as error:
        fault = error.sentence()
    chosen = str(found[0].id) if badge and found else ""
    return render_template(
        "deals/_buyers.html", candidates=found, notes=_answer_notes(found), q=q, chosen=chosen, fault=fault
    )


def _record(form: RecordForm) -> Deal:
    """Record what the form says, in one transaction: the buyer if new, the deal, its document."""
    terms, who, at = form.terms(), principal(), clock.now()
    sent = form.document.data
    content = sent.read() if sent else b""

    def work() -> Deal:
        exhibitor = _exhibitor(form)
        buyer = _known_buyer(form)
        by = recording_voice(g.fair, who, exhibitor.id, buyer, at)
        if buyer is None:
            buyer = _new_buyer(form, by)
        deal = record_deal(g.fair, exhibitor, buyer, terms, by, at, _form_key(form))
        if deal.recorded_at == at:  # not the form sent twice
            if form.badge.data and by.side is not Side.BUYER:
                keep_badge_shown(deal, by, at)
            if content:
                attach_document(deal, sent.filename or "", content, by, at)
        return deal

    return retrying(work)


def _exhibitor(form: RecordForm) -> Exhibitor:
    chosen = form.exhibitor.data
    if not chosen and len(form.exhibitor.choices or []) == 1:
        chosen = next(iter(form.exhibitor.choices or []))[0]
    exhibitor = db.session.get(Exhibitor, chosen) if chosen else None
    if exhibitor is None or exhibitor.fair_id != g.fair.id or exhibitor.approval != Approval.APPROVED:
        raise FieldErrors({"exhibitor": N_("Choose the exhibitor.")})
    return exhibitor


def _known_buyer(form: RecordForm) -> Buyer | None:
    """The buyer that was scanned, chosen, or is the person who records; None for one to be written down."""
    if form.badge.data:
        return buyer_of_badge(g.fair, form.badge.data, clock.now())
    if (chosen := _chosen(form)) is not None:
        return chosen
    if _records_as_buyer():
        return db.session.get(Buyer, min(principal().buyer_ids))
    if (form.buyer_query.data or "").strip() and not (form.buyer_name.data or form.buyer_company.data):
        found = _searched(form.buyer_query.data or "")
        if len(found) == 1 and fold(form.buyer_query.data or "") in (fold(found[0].name), fold(found[0].company)):
            return found[0]
        if not found:
            raise FieldErrors({"buyer_query": N_("Nobody here has this name. Write the buyer down as new.")})
        raise FieldErrors({"buyer_query": N_("Choose the buyer from the list below, or write them down as new.")})
    return None


def _new_buyer(form: RecordForm, by: Voice) -> Buyer:
    return write_down_buyer(
        g.fair,
        form.buyer_name.data or "",
        form.buyer_company.data or "",
        form.buyer_country.data or "",
        form.buyer_email.data or "",
        by,
        clock.now(),
    )


def _form_key(form: RecordForm) -> str | None:
    try:
        return str(uuid.UUID(form.form_key.data or ""))
    except ValueError:
        return None


def _records_as_buyer() -> bool:
    """A buyer who neither exhibits nor sits at the deal desk records what he bought himself."""
    who = principal()
    return bool(who.buyer_ids) and not who.exhibitor_ids and not who.staff_can(Permission.DEAL_DESK)


def _stands_nowhere() -> bool:
    """An exhibitor without a booth: what it would record nobody could have sold here."""
    who = principal()
    return not who.staff_can(Permission.DEAL_DESK) and not has_booth(g.fair, who.exhibitor_ids, clock.now())


def _offered_exhibitors(buying: bool) -> list[tuple[int, str]]:
    """The own companies of an exhibitor; all of the fair for the organiser and for a buyer."""
    who = principal()
    shown = select(Exhibitor.id, Exhibitor.name).where(Exhibitor.fair_id == g.fair.id, is_shown())
    if not who.staff_can(Permission.DEAL_DESK) and not buying:
        shown = shown.where(Exhibitor.id.in_(who.exhibitor_ids))
    return [(company_id, name) for company_id, name in db.session.execute(shown.order_by(Exhibitor.name, Exhibitor.id))]


def _candidates(form: RecordForm) -> tuple[list[Buyer], str]:
    """The buyers to show again when the form comes back, or why there are none: the chosen one, else what was found."""
    try:
        chosen = _chosen(form)
        return ([chosen] if chosen is not None else _searched(form.buyer_query.data or "")), ""
    except (NotFound, SearchNeedsBooth) as error:
        return [], error.sentence()


def _chosen(form: RecordForm) -> Buyer | None:
    """The buyer that was picked in the list, which the reader may have seen there."""
    picked = form.buyer.data or ""
    if not (picked.isascii() and picked.isdigit()):
        return None
    return named_buyer(g.fair, principal(), int(picked[:12]), clock.now(), form.buyer_query.data or "")


def _searched(q: str) -> list[Buyer]:
    return searched_buyers(g.fair, principal(), q, clock.now())


def _answer_notes(candidates: list[Buyer]) -> dict[int, str]:
    """For each buyer the means by which they would answer to a mail about a deal recorded now, if it proves nothing."""
    mine = select(Exhibitor).where(Exhibitor.id.in_(principal().exhibitor_ids))
    own = [own_addresses(exhibitor) for exhibitor in db.session.scalars(mine)] if candidates else []
    notes = {}
    for buyer in candidates:
        verified = buyer.email_typed_by != Side.EXHIBITOR and address_verified_at(buyer) is not None
        shared = any(shares_address(buyer, addresses) for addresses in own)
        notes[buyer.id] = Means.SHARED_ADDRESS if shared else "" if verified else Means.TYPED_LINK
    return notes
