"""Deals as files: the exported list, and the scanned documents as they are handed out."""

from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask import Response
from flask_babel import gettext as _
from sqlalchemy import Select

from app.deals.models import Deal, DealDocument, DealState
from app.deals.queries import document_of, every_deal
from app.deals.terms import KIND_NAMES, DealKind
from app.documents.uploads import upload_response
from app.exports import Column, Kind, list_response
from app.fairs.countries import country_name
from app.fairs.models import Fair
from app.fairs.product_categories import product_category_name
from app.formats import language, local_name
from app.i18n_marks import N_
from app.money import Money

STATE_NAMES = {
    DealState.DECLARED: N_("Declared by one side"),
    DealState.CONFIRMED: N_("Confirmed by both sides"),
    DealState.VERIFIED: N_("Verified"),
    DealState.DISPUTED: N_("Disputed"),
    DealState.CANCELLED: N_("Cancelled"),
}


def export_response(fair: Fair, file_type: Literal["csv", "xlsx"], deals: Select[Deal]) -> Response:
    """The selected deals as a file, in the reader's language; one row a deal, values never converted."""
    locale = language()
    columns = [
        Column(_("Number")),
        Column(_("Buyer's company")),
        Column(_("Buyer's name")),
        Column(_("Buyer's country")),
        Column(_("Exhibitor")),
        Column(_("Kind")),
        Column(_("Product category")),
        Column(_("Goods")),
        Column(_("Value"), Kind.MONEY, _("Currency")),
        Column(_("Signed on"), Kind.DAY),
        Column(_("State")),
        Column(_("Revision"), Kind.NUMBER),
        Column(_("Recorded at"), Kind.MOMENT),
        Column(_("Confirmed at"), Kind.MOMENT),
        Column(_("Verified at"), Kind.MOMENT),
    ]
    rows: Any = (
        (
            deal.number,
            buyer.company,
            buyer.name,
            country_name(buyer.country, locale),
            local_name(exhibitor),
            _(KIND_NAMES[DealKind(deal.kind)]),
            product_category_name(deal.category, locale),
            deal.subject,
            None if deal.amount_minor is None else Money(deal.amount_minor, deal.currency),
            deal.signed_on,
            _(STATE_NAMES[DealState(deal.state)]),
            deal.revision,
            deal.recorded_at,
            deal.confirmed_at,
            deal.verified_at,
        )
        for deal, exhibitor, buyer in every_deal(deals)
    )
    return list_response(file_type, f"deals-{fair.slug}", columns, rows, ZoneInfo(fair.time_zone))


def document_response(attached: DealDocument) -> Response:
    """A scan as it was uploaded."""
    return upload_response(document_of(attached))
