"""Deals for those who have one, and for the organiser: the list, one deal, what its own side may do with it."""

from typing import Any, Literal

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.deals.confirmation import confirm_deal, dispute_deal
from app.deals.deals import amend_deal, cancel_deal
from app.deals.documents import attach_document
from app.deals.files import document_response, export_response
from app.deals.forms import AmendForm, AnswerForm, DeskAnswerForm
from app.deals.models import Deal, DealDocument, DealState
from app.deals.page import deal_page
from app.deals.queries import (
    COUNTED,
    DealFilter,
    choices_of,
    counts_by_state,
    narrowed,
    page_of_deals,
    parties,
    totals,
    visible_deal,
    visible_deals,
)
from app.deals.speaking import own_or_organisers_voice, own_voice
from app.deals.terms import terms_of
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.countries import countries
from app.fairs.product_categories import product_categories
from app.formats import language
from app.input import asked_day, asked_number

blueprint = Blueprint("deals", __name__, url_prefix="/fairs/<slug>/deals")
PAGE = 50
FILTERS = ("state", "kind", "country", "category", "currency", "day", "paper", "q")


@blueprint.get("")
@allow(Permission.DEALS_SEE)
def index() -> str:
    """The reader's deals: tabs by state, filters, totals per currency."""
    who, wanted = principal(), asked_filter()
    mine = visible_deals(g.fair, who)
    chosen = narrowed(mine, g.fair, wanted)
    rows, after = page_of_deals(chosen, asked_number("after"), PAGE)
    counts = counts_by_state(narrowed(mine, g.fair, wanted, with_state=False))
    choices = choices_of(mine, g.fair.time_zone)
    return render_template(
        "deals/index.html",
        wanted=wanted,
        rows=rows,
        after=after,
        counts=counts,
        chosen_count=counts.get(wanted.state, 0) if wanted.state else sum(counts.get(state, 0) for state in COUNTED),
        totals=totals(chosen if wanted.state else chosen.where(Deal.state.in_(COUNTED))),
        choices=choices,
        country_choices=[(code, name) for code, name in countries(language()) if code in choices["countries"]],
        category_choices=[choice for choice in product_categories(language()) if choice[0] in choices["categories"]],
        category_names=dict(product_categories(language())),
        states=list(DealState),
        address=_address_of_list,
        export_address=lambda file_type: _address_of_list("deals.export", file_type=file_type),
    )


@blueprint.get("/list.<any(csv, xlsx):file_type>")
@allow(Permission.DEALS_SEE)
def export(file_type: Literal["csv", "xlsx"]) -> Response:
    """The list as filtered, whole, as a file."""
    return export_response(g.fair, file_type, narrowed(visible_deals(g.fair, principal()), g.fair, asked_filter()))


@blueprint.get("/<number>")
@allow(Permission.DEALS_SEE)
def show(number: str) -> str:
    deal = visible_deal(g.fair, principal(), number)
    return render_template(
        "deals/show.html", **deal_page(deal, principal()), form=AnswerForm(), desk_form=DeskAnswerForm()
    )


@blueprint.route("/<number>/amend", methods=["GET", "POST"])
@allow(Permission.DEAL_RECORD)
def amend(number: str) -> Any:
    """Change the terms: what differs is shown before it is sent."""
    deal = visible_deal(g.fair, principal(), number)
    by = own_or_organisers_voice(principal(), deal)
    form = AmendForm()
    if request.method == "GET":
        form.fill(terms_of(deal))
        form.base_revision.data = deal.revision
    elif form.validate_on_submit():
        try:
            base, terms = form.base_revision.data, form.terms()

            def work() -> None:
                amend_deal(g.fair, deal, base, terms, by, clock.now())
                if form.document.data:
                    attach_document(deal, form.document.data.filename or "", _read(form.document.data), by, clock.now())

            retrying(work)
            flash(_("Revision %(n)s is recorded. The other side has to confirm it.", n=deal.revision))
            return redirect(url_for(".show", number=number))
        except FieldErrors as error:
            form.take_errors(error)
    exhibitor, buyer = parties(deal)
    page = render_template(
        "deals/amend.html", form=form, deal=deal, now_terms=terms_of(deal), exhibitor=exhibitor, buyer=buyer, by=by
    )
    return page, 422 if form.errors else 200


@blueprint.post("/<number>/confirmation")
@allow(Permission.DEAL_CONFIRM)
def confirm(number: str) -> Any:
    """The reader's own side stands behind a revision."""
    return _answer(number, "confirm")


@blueprint.post("/<number>/dispute")
@allow(Permission.DEAL_CONFIRM)
def dispute(number: str) -> Any:
    return _answer(number, "dispute")


@blueprint.post("/<number>/cancellation")
@allow(Permission.DEAL_RECORD)
def cancel(number: str) -> Any:
    deal = visible_deal(g.fair, principal(), number)
    by = own_or_organisers_voice(principal(), deal)
    form = AnswerForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        retrying(lambda: cancel_deal(g.fair, deal, form.revision.data, form.reason.data or "", by, clock.now()))
    except FieldErrors as error:
        return show_again(deal.number, error)
    flash(_("Deal %(number)s is cancelled.", number=deal.number))
    return redirect(url_for(".show", number=number))


@blueprint.post("/<number>/documents")
@allow(Permission.DEAL_RECORD)
def add_document(number: str) -> Any:
    deal = visible_deal(g.fair, principal(), number)
    by = own_or_organisers_voice(principal(), deal)
    sent = request.files.get("document")
    try:
        content = _read(sent) if sent else b""
        retrying(lambda: attach_document(deal, (sent and sent.filename) or "", content, by, clock.now()))
    except FieldErrors as error:
        return show_again(deal.number, error)
    flash(_("The document is kept with revision %(n)s.", n=deal.revision))
    return redirect(url_for(".show", number=number))


@blueprint.get("/<number>/documents/<int:attached_id>")
@allow(Permission.DEALS_SEE)
def document(number: str, attached_id: int) -> Response:
    """A scanned document, for the two sides and the organiser alone."""
    deal = visible_deal(g.fair, principal(), number)
    attached = db.session.get(DealDocument, attached_id)
    if attached is None or attached.deal_id != deal.id:
        raise NotFound()
    return document_response(attached)


def show_again(number: str, error: DomainError, desk_form: DeskAnswerForm | None = None) -> Any:
    """The deal's page with what stopped the act; nothing that was typed is lost."""
    deal = visible_deal(g.fair, principal(), number)
    fields = error.sentences() if isinstance(error, FieldErrors) else {}
    page = render_template(
        "deals/show.html",
        **deal_page(deal, principal()) | {"refused": error.sentence(), "faults": fields},
        form=AnswerForm(),
        desk_form=desk_form or DeskAnswerForm(),
    )
    return page, error.status


def asked_filter() -> DealFilter:
    """The filter in the address; what it does not know is left aside."""
    state = request.args.get("state", "")
    return DealFilter(
        state=state if state in set(DealState) else "",
        paper=paper if (paper := request.args.get("paper", "")) in ("there", "missing") else "",
        day=asked_day("day"),
        **{name: request.args.get(name, "")[:200] for name in ("kind", "country", "category", "currency", "q")},
    )


def _answer(number: str, answer: Literal["confirm", "dispute"]) -> Any:
    deal = visible_deal(g.fair, principal(), number)
    by = own_voice(principal(), deal)
    form = AnswerForm()
    if not form.validate_on_submit():
        abort(400)
    revision, reason = form.revision.data, form.reason.data or ""
    try:
        if answer == "confirm":
            kept = retrying(lambda: confirm_deal(g.fair, deal, revision, by, clock.now()))
            said = _("You confirmed revision %(n)s.", n=revision)
        else:
            kept = retrying(lambda: dispute_deal(g.fair, deal, revision, reason, by, clock.now()))
            said = _("Your objection is recorded. The other side and the organiser see it.")
        flash(said if kept.proves else _("Your answer is kept as a note."))
    except FieldErrors as error:
        return show_again(number, error)
    return redirect(url_for(".show", number=number))


def _read(sent: Any) -> bytes:
    content: bytes = sent.read()
    return content


def _address_of_list(endpoint: str = "deals.index", **changes: Any) -> str:
    """The list's address with the filters in force, some of them changed; None takes one away."""
    kept = {name: value for name, value in request.args.items() if name in FILTERS and value}
    return url_for(endpoint, **{k: v for k, v in (kept | changes).items() if v})
