"""The rows behind the deals: all that stand, and each level alone."""

from __future__ import annotations

from sqlalchemy import select

from app.deals.models import Deal, DealState
from app.fairs.models import Buyer, Exhibitor, Fair
from app.i18n_marks import N_
from app.input import row_number
from app.reports.evidence import Evidence, EvidenceColumn
from app.reports.figures import STANDING


def deals_recorded(fair: Fair) -> Evidence:
    """Every standing deal, whatever its level."""
    return _deals(fair, STANDING)


def deals_declared(fair: Fair) -> Evidence:
    return _deals(fair, (DealState.DECLARED,))


def deals_confirmed(fair: Fair) -> Evidence:
    return _deals(fair, (DealState.CONFIRMED,))


def deals_verified(fair: Fair) -> Evidence:
    return _deals(fair, (DealState.VERIFIED,))


def _deals(fair: Fair, states: tuple[DealState, ...]) -> Evidence:
    statement = (
        select(
            Deal.number.label("number"),
            Deal.id.label("id"),
            Exhibitor.name.label("exhibitor"),
            Exhibitor.name_en.label("exhibitor_en"),
            Buyer.name.label("buyer"),
            Buyer.company.label("company"),
            Buyer.country.label("country"),
            Deal.kind.label("kind"),
            Deal.category.label("category"),
            Deal.state.label("state"),
            Deal.amount_minor.label("amount_minor"),
            Deal.currency.label("currency"),
            Deal.signed_on.label("signed_on"),
        )
        .join(Exhibitor, Exhibitor.id == Deal.exhibitor_id)
        .join(Buyer, Buyer.id == Deal.buyer_id)
        .where(Deal.fair_id == fair.id, Deal.state.in_(states))
    )
    columns = (
        EvidenceColumn("number", N_("Deal")),
        EvidenceColumn("exhibitor", N_("Exhibitor"), "local", private="value"),
        EvidenceColumn("company", N_("Buyer's company"), private="value"),
        EvidenceColumn("country", N_("Buyer's country"), "country"),
        EvidenceColumn("kind", N_("Kind"), "code"),
        EvidenceColumn("category", N_("Product"), "product"),
        EvidenceColumn("state", N_("State"), "code"),
        EvidenceColumn("amount", N_("Value"), "money", private="value"),
        EvidenceColumn("signed_on", N_("Signed"), "day"),
    )
    filters = {"currency": Deal.currency, "kind": Deal.kind, "country": Buyer.country}
    if len(states) > 1:
        filters = {"state": Deal.state} | filters
    money = (Deal.amount_minor, Deal.currency)
    return Evidence(statement, columns, ((Deal.id, row_number),), filters, (Deal.folded,), money=money, private="value")
