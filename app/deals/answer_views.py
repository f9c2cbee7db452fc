"""Answering by a mailed link, without an account. The page shows the exact revision; only its buttons write."""

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, url_for
from sqlalchemy import select

from app import clock
from app.access import public
from app.db import db, retrying
from app.deals.answer_links import AnswerLink, read_link
from app.deals.buyers import note_address_reached
from app.deals.confirmation import confirm_deal, dispute_deal
from app.deals.errors import LinkTooOld, NotYourSide
from app.deals.forms import AnswerForm
from app.deals.letter_words import deal_letter, link_note
from app.deals.models import Deal, DealConfirmation
from app.deals.page import side_names
from app.deals.proof import Side, Voice
from app.deals.queries import parties, revisions_of
from app.deals.speaking import link_voice
from app.deals.terms import terms_from_json
from app.deals.timeline import changes
from app.errors import FieldErrors
from app.security import limit

blueprint = Blueprint("deal_answers", __name__, url_prefix="/fairs/<slug>/deals/answer")
blueprint.add_app_template_global(deal_letter)


@blueprint.get("/<signed>")
@public
def show(signed: str) -> Any:
    return _page(signed)


@blueprint.post("/<signed>/confirmation")
@public
def confirm(signed: str) -> Any:
    """The reader of the mail says that the revision in it is right."""
    deal, link, by = _opened(signed)
    _checked_form(link)

    def work() -> None:
        confirm_deal(g.fair, deal, link.revision, by, clock.now())
        if link.side is Side.BUYER:
            note_address_reached(parties(deal)[1], clock.now())

    retrying(work)
    return redirect(url_for(".show", signed=signed))


@blueprint.post("/<signed>/dispute")
@public
def dispute(signed: str) -> Any:
    deal, link, by = _opened(signed)
    form = _checked_form(link)
    try:
        retrying(lambda: dispute_deal(g.fair, deal, link.revision, form.reason.data or "", by, clock.now()))
    except FieldErrors as error:
        form.reason.errors = list(error.sentences().values())
        return _page(signed, form), 422
    return redirect(url_for(".show", signed=signed))


def _opened(signed: str) -> tuple[Deal, AnswerLink, Voice]:
    limit("deal-answer", 60, 60)
    link = read_link(signed, g.fair.id)
    deal = db.session.get(Deal, link.deal_id)
    if deal is None or deal.fair_id != g.fair.id:
        raise LinkTooOld()
    exhibitor, buyer = parties(deal)
    try:
        return deal, link, link_voice(link, deal, exhibitor, buyer)
    except NotYourSide:
        raise LinkTooOld() from None


def _checked_form(link: AnswerLink) -> AnswerForm:
    """The form speaks of the link's own revision or of none: a changed number in it is refused."""
    form = AnswerForm()
    if not form.validate_on_submit() or form.revision.data != link.revision:
        abort(400)
    return form


def _page(signed: str, form: AnswerForm | None = None) -> str:
    deal, link, by = _opened(signed)
    exhibitor, buyer = parties(deal)
    written = {made.revision: made for made in revisions_of(deal)}
    revision, earlier = written[link.revision], written.get(link.revision - 1)
    answered = select(DealConfirmation).where(
        DealConfirmation.deal_id == deal.id,
        DealConfirmation.revision == link.revision,
        DealConfirmation.side == link.side,
        DealConfirmation.means != "badge_scan",
        DealConfirmation.voided_at.is_(None),
    )
    terms = terms_from_json(revision.terms)
    return render_template(
        "deals/answer.html",
        deal=deal,
        link=link,
        signed=signed,
        by=by,
        note="" if by.proves or by.side is not Side.BUYER else link_note(by.means),
        terms=terms,
        changed=changes(terms_from_json(earlier.terms), terms) if earlier else [],
        made=revision,
        exhibitor=exhibitor,
        buyer=buyer,
        names=side_names(exhibitor, buyer.company or buyer.name),
        answer=db.session.scalars(answered.order_by(DealConfirmation.id.desc()).limit(1)).first(),
        form=form or AnswerForm(),
    )
