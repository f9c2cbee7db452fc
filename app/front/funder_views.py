"""The funder's list: on the page, as PDF, CSV and XLSX; what it paid is noted here by finance."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal
from app.booths.funder_list import STATES, FunderList, funder_list
from app.db import db, retrying
from app.documents.pdf import pdf_of
from app.errors import DomainError, NotFound
from app.exports import Column, Kind, content_disposition, list_response
from app.formats import local_name
from app.front.blueprint import blueprint
from app.front.support_forms import FunderPaymentForm
from app.payments.funder_money import note_funder_payment, take_back_payment
from app.payments.funders import funder_by_id, programmes_of
from app.payments.models import Invoice, Order
from app.payments.papers import filename, paper_pdf
from app.payments.settlement import bank_number
from app.security import limit

HERE = "/fairs/<slug>/organise/support/funders/<int:funder_id>"
PRINTS_A_MINUTE = 20


@blueprint.get(HERE)
@allow(Permission.BOOTHS_SEE)
def funder(funder_id: int) -> str:
    """Its programmes, the booths it pays a share of, its invoices, what it paid and what is open."""
    return _page(funder_id, FunderPaymentForm(g.fair, formdata=None))


@blueprint.post(f"{HERE}/payments")
@allow(Permission.MONEY_SETTLE)
def note_payment(funder_id: int) -> Any:
    """A line of the bank's statement; the same number twice counts once."""
    form = FunderPaymentForm(g.fair)
    if not form.validate_on_submit():
        return _page(funder_id, form), 422
    actor, number_typed, amount = principal().actor(), bank_number(form.number.data), form.money()
    try:
        retrying(lambda: note_funder_payment(actor, g.fair, funder_id, number_typed, amount, clock.now()))
    except DomainError as error:
        db.session.rollback()
        form.number.errors = [error.sentence()]
        return _page(funder_id, form), error.status
    flash(_("Saved."))
    return redirect(url_for("fairs.funder", funder_id=funder_id, _anchor="paid"), 303)


@blueprint.post(f"{HERE}/payments/<int:payment_id>/taking-back")
@allow(Permission.MONEY_SETTLE)
def take_payment_back(funder_id: int, payment_id: int) -> AnyResponse:
    """It was noted by mistake."""
    retrying(lambda: take_back_payment(principal().actor(), g.fair, funder_id, payment_id, clock.now()))
    flash(_("It counts no more, and its number can be noted again."))
    return redirect(url_for("fairs.funder", funder_id=funder_id, _anchor="paid"), 303)


@blueprint.get(f"{HERE}/list.pdf")
@allow(Permission.BOOTHS_SEE)
def funder_list_pdf(funder_id: int) -> Response:
    """The list on paper, for the funder's file."""
    shown = funder_list(funder_by_id(g.fair.id, funder_id), g.fair.currency)
    limit("funder_list", PRINTS_A_MINUTE, 60)
    html = render_template("papers/funder_list.html", list=shown, states=_states(), printed_at=clock.now())
    name = f"{_name(shown)}.pdf"
    db.session.rollback()  # no connection is held while the paper is made
    headers = {"Content-Disposition": content_disposition("inline", name), "Cache-Control": "private, no-store"}
    return Response(pdf_of(html), mimetype="application/pdf", headers=headers)


@blueprint.get(f"{HERE}/list.<any(csv, xlsx):file_type>")
@allow(Permission.BOOTHS_SEE)
def funder_list_file(funder_id: int, file_type: Any) -> Any:
    """One row an order, money with its currency; cancelled ones stand there with their credit note."""
    shown, states = funder_list(funder_by_id(g.fair.id, funder_id), g.fair.currency), _states()
    columns = [
        Column(_("Exhibitor")),
        Column(_("Tax code")),
        Column(_("Booths")),
        Column(_("Net space (m²)"), Kind.NUMBER),
        Column(_("Price before VAT"), Kind.MONEY, _("Currency")),
        Column(_("Rate, per cent"), Kind.NUMBER),
        Column(_("Most for a booth, with VAT"), Kind.MONEY, _("Currency")),
        Column(_("Support before VAT"), Kind.MONEY, _("Currency")),
        Column(_("VAT"), Kind.MONEY, _("Currency")),
        Column(_("Support with VAT"), Kind.MONEY, _("Currency")),
        Column(_("Order")),
        Column(_("Exhibitor's invoice")),
        Column(_("Funder's invoice")),
        Column(_("Funder's credit note")),
        Column(_("State")),
        Column(_("Decision")),
        Column(_("Date of the decision"), Kind.DAY),
        Column(_("Reason")),
    ]
    rows = (
        (
            local_name(row.exhibitor),
            row.exhibitor.tax_code or "",
            ", ".join(booth.number for booth in row.booths),
            Decimal(str(row.area_m2)),
            row.money(row.support.base_minor),
            Decimal(row.support.rate_bp).scaleb(-2),
            row.money(row.programme.per_booth_minor) if row.programme.per_booth_minor else None,
            row.money(row.support.net_minor),
            row.money(row.support.vat_minor),
            row.money(row.support.total_minor),
            row.order.reference,
            row.invoice_number,
            row.number,
            row.credit_number,
            states[row.state],
            row.programme.decision_number,
            row.programme.decision_on,
            row.grant.reason,
        )
        for row in shown.rows
    )
    return list_response(file_type, _name(shown), columns, rows, ZoneInfo(g.fair.time_zone))


@blueprint.get("/fairs/<slug>/organise/support/papers/<int:paper_id>.pdf")
@allow(Permission.BOOTHS_SEE)
def support_paper(paper_id: int) -> Response:
    """A funder's invoice or credit note; the exhibitor gets its own."""
    found = db.session.get(Invoice, paper_id)
    if found is None or found.fair_id != g.fair.id or found.kind not in ("support", "support_note"):
        raise NotFound()
    data = paper_pdf(g.fair, db.session.get_one(Order, found.order_id), found)
    headers = {"Content-Disposition": f'inline; filename="{filename(found)}"', "Cache-Control": "private, no-store"}
    return Response(data, content_type="application/pdf", headers=headers)


def _page(funder_id: int, form: FunderPaymentForm) -> str:
    found = funder_by_id(g.fair.id, funder_id)
    return render_template(
        "fairs/funder.html", list=funder_list(found, g.fair.currency), funder=found, form=form, states=_states(),
        programmes=programmes_of(g.fair.id, found.id),
    )  # fmt: skip


def _states() -> dict[str, str]:
    return {state: _(words) for state, words in STATES.items()}


def _name(shown: FunderList) -> str:
    return f"{g.fair.slug}-funder-{shown.funder.id}"
