"""The rows behind each figure: one query a figure, as many rows as the figure says (net_m2: rows that add up to it)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.elements import ColumnElement

from app.booths.models import Allocation, Booth, BoothState
from app.deals.models import Deal, DealState
from app.fairs.models import Buyer, Exhibitor, Fair, Hall
from app.i18n_marks import N_
from app.reports.figures import STANDING
from app.reports.tally import COUNTED_KINDS, is_exhibitor, is_let
from app.search import like
from app.visitors.models import Badge, Gate, Registration, Scan, Visit, VisitorCategory

Key = tuple[Any, Callable[[str], Any]]


@dataclass(frozen=True)
class EvidenceColumn:
    """A column of the rows: `name` is the row's attribute, `kind` how it is written, `secret` who may not see it."""

    name: str
    heading: str
    kind: str = "text"  # text, number, area, money, day, moment, country, province, category, code
    secret: str = ""  # "person" or "value": shown to whom the visitors or the deals are open


@dataclass(frozen=True)
class Evidence:
    """What stands behind a figure. `keys` order the rows and tell one from the next; `filters` narrow them."""

    statement: Select[Any]
    columns: tuple[EvidenceColumn, ...]
    keys: tuple[Key, ...]
    filters: dict[str, Any] = field(default_factory=dict)  # parameter name → column
    searched: tuple[Any, ...] = ()  # folded columns
    counted: Any = None  # the sum that makes the figure, where it is no number of rows


def booths(fair: Fair) -> Evidence:
    """Every booth let, with who has it."""
    statement = (
        select(
            Booth.number.label("number"),
            Hall.name.label("hall"),
            Exhibitor.name.label("exhibitor"),
            Exhibitor.country.label("country"),
            Exhibitor.province.label("province"),
            (Booth.width_cm * Booth.depth_cm / 10_000.0).label("area_m2"),
            Booth.kind.label("kind"),
            Allocation.free_of_charge.label("free_of_charge"),
            Allocation.let_at.label("let_at"),
        )
        .join(Allocation, and_(Allocation.booth_id == Booth.id, Allocation.fair_id == fair.id, is_let()))
        .join(Exhibitor, Exhibitor.id == Allocation.exhibitor_id)
        .join(Hall, Hall.id == Booth.hall_id)
        .where(Booth.fair_id == fair.id)
    )
    columns = (
        EvidenceColumn("number", N_("Booth")),
        EvidenceColumn("hall", N_("Hall")),
        EvidenceColumn("exhibitor", N_("Exhibitor")),
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("province", N_("Province"), "province"),
        EvidenceColumn("area_m2", N_("Net m²"), "area"),
        EvidenceColumn("kind", N_("Kind"), "code"),
        EvidenceColumn("free_of_charge", N_("Free of charge"), "flag"),
        EvidenceColumn("let_at", N_("Let since"), "moment"),
    )
    filters = {"hall": Hall.code, "country": Exhibitor.country, "province": Exhibitor.province, "kind": Booth.kind}
    return Evidence(statement, columns, ((Booth.number, str),), filters, (Exhibitor.folded, func.lower(Booth.number)))


def net_m2(fair: Fair) -> Evidence:
    """Booths let and theme shows, each with its net floor."""
    let = aliased(Allocation)
    statement = (
        select(
            Booth.number.label("number"),
            Hall.name.label("hall"),
            func.coalesce(Exhibitor.name, Booth.name).label("exhibitor"),
            Booth.kind.label("kind"),
            (Booth.width_cm * Booth.depth_cm / 10_000.0).label("area_m2"),
        )
        .outerjoin(let, and_(let.fair_id == fair.id, let.booth_id == Booth.id, let.ended_at.is_(None), let.state == BoothState.LET))
        .outerjoin(Exhibitor, Exhibitor.id == let.exhibitor_id)
        .join(Hall, Hall.id == Booth.hall_id)
        .where(Booth.fair_id == fair.id, or_(let.id.is_not(None), Booth.state == BoothState.SHOW))
    )
    columns = (
        EvidenceColumn("number", N_("Booth")),
        EvidenceColumn("hall", N_("Hall")),
        EvidenceColumn("exhibitor", N_("Exhibitor or show")),
        EvidenceColumn("kind", N_("Kind"), "code"),
        EvidenceColumn("area_m2", N_("Net m²"), "area"),
    )
    return Evidence(
        statement,
        columns,
        ((Booth.number, str),),
        {"hall": Hall.code, "kind": Booth.kind},
        (Exhibitor.folded, func.lower(Booth.number)),
        func.sum(Booth.width_cm * Booth.depth_cm) / 10_000.0,
    )


def exhibitors(fair: Fair) -> Evidence:
    """Main and co-exhibitors, each with the number of its booths."""
    numbers = (
        select(Allocation.exhibitor_id, func.count().label("booths"))
        .where(Allocation.fair_id == fair.id, is_let())
        .group_by(Allocation.exhibitor_id)
        .subquery()
    )
    statement = (
        select(
            Exhibitor.id.label("id"),
            Exhibitor.name.label("name"),
            Exhibitor.kind.label("kind"),
            Exhibitor.country.label("country"),
            Exhibitor.province.label("province"),
            Exhibitor.products.label("products"),
            func.coalesce(numbers.c.booths, 0).label("booths"),
        )
        .outerjoin(numbers, numbers.c.exhibitor_id == Exhibitor.id)
        .where(is_exhibitor(fair.id), Exhibitor.kind.in_(COUNTED_KINDS))
    )
    columns = (
        EvidenceColumn("name", N_("Exhibitor")),
        EvidenceColumn("kind", N_("Kind"), "code"),
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("province", N_("Province"), "province"),
        EvidenceColumn("products", N_("Products")),
        EvidenceColumn("booths", N_("Booths"), "number"),
    )
    filters = {"province": Exhibitor.province, "country": Exhibitor.country, "kind": Exhibitor.kind}
    return Evidence(statement, columns, ((Exhibitor.id, int),), filters, (Exhibitor.folded,))


def provinces(fair: Fair) -> Evidence:
    """The provinces of domestic exhibitors, each with how many it sent."""
    columns = (
        EvidenceColumn("province", N_("Province"), "province"),
        EvidenceColumn("successor", N_("Since 2025-07-01"), "successor"),
        EvidenceColumn("exhibitors", N_("Exhibitors"), "number"),
    )
    home = and_(Exhibitor.country == fair.country, Exhibitor.province.is_not(None))
    return _places(fair, Exhibitor.province, home, "province", columns)


def countries(fair: Fair) -> Evidence:
    """The countries of foreign exhibitors, each with how many it sent."""
    columns = (
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("exhibitors", N_("Exhibitors"), "number"),
    )
    return _places(fair, Exhibitor.country, Exhibitor.country != fair.country, "country", columns)


def visits(fair: Fair) -> Evidence:
    """Every visit: whose badge, at which gate, when first on that day, and the scan that shows it."""
    statement = (
        select(
            Visit.first_at.label("first_at"),
            Visit.day.label("day"),
            Visit.registration_id.label("registration_id"),
            Badge.number.label("badge"),
            Registration.name.label("person"),
            VisitorCategory.name.label("category"),
            VisitorCategory.name_en.label("category_en"),
            Registration.country.label("country"),
            Gate.name.label("gate"),
            Gate.name_en.label("gate_en"),
            Visit.scan_id.label("scan_id"),
        )
        .join(Registration, Registration.id == Visit.registration_id)
        .join(Badge, Badge.id == Visit.badge_id)
        .join(VisitorCategory, VisitorCategory.id == Visit.category_id)
        .join(Gate, Gate.id == Visit.gate_id)
        .where(Visit.fair_id == fair.id)
    )
    columns = (
        EvidenceColumn("first_at", N_("First entry"), "moment"),
        EvidenceColumn("badge", N_("Badge")),
        EvidenceColumn("person", N_("Visitor"), secret="person"),
        EvidenceColumn("category", N_("Category"), "local"),
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("gate", N_("Gate"), "local"),
        EvidenceColumn("scan_id", N_("Scan"), "id"),
    )
    filters = {"day": Visit.day, "gate": Gate.code, "category": VisitorCategory.code, "country": Registration.country}
    keys = ((Visit.first_at, datetime.fromisoformat), (Visit.registration_id, int))
    return Evidence(statement, columns, keys, filters, (Registration.folded, Badge.number))


def staff_days(fair: Fair) -> Evidence:
    """Days on which exhibitors' staff came in: what the French rule adds to the visits."""
    first_at = func.min(Scan.counted_at)
    statement = (
        select(
            Badge.registration_id.label("registration_id"),
            Scan.day.label("day"),
            first_at.label("first_at"),
            Registration.name.label("person"),
        )
        .join(Badge, Badge.id == Scan.badge_id)
        .join(Registration, Registration.id == Badge.registration_id)
        .join(VisitorCategory, VisitorCategory.id == Badge.category_id)
        .where(
            Scan.fair_id == fair.id,
            VisitorCategory.code == "exhibitor",
            Scan.counts == "entry",
            Scan.annulled_by.is_(None),
        )
        .group_by(Badge.registration_id, Scan.day, Registration.name)
    )
    columns = (
        EvidenceColumn("day", N_("Day"), "day"),
        EvidenceColumn("first_at", N_("First entry"), "moment"),
        EvidenceColumn("person", N_("Staff member"), secret="person"),
    )
    keys = ((Badge.registration_id, int), (Scan.day, date.fromisoformat))
    return Evidence(statement, columns, keys, {"day": Scan.day}, (Registration.folded,))


def unique_visitors(fair: Fair) -> Evidence:
    """Every person who came, once, with the number of days."""
    statement = (
        select(
            Registration.id.label("id"),
            Registration.name.label("person"),
            VisitorCategory.name.label("category"),
            VisitorCategory.name_en.label("category_en"),
            Registration.country.label("country"),
            func.count().label("days"),
            func.min(Visit.first_at).label("first_at"),
        )
        .join(Visit, and_(Visit.registration_id == Registration.id, Visit.fair_id == fair.id))
        .join(VisitorCategory, VisitorCategory.id == Registration.category_id)
        .where(Registration.fair_id == fair.id)
        .group_by(
            Registration.id, Registration.name, VisitorCategory.name, VisitorCategory.name_en, Registration.country
        )
    )
    columns = (
        EvidenceColumn("id", N_("Registration"), "id"),
        EvidenceColumn("person", N_("Visitor"), secret="person"),
        EvidenceColumn("category", N_("Category"), "local"),
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("days", N_("Days"), "number"),
        EvidenceColumn("first_at", N_("First entry"), "moment"),
    )
    filters = {"category": VisitorCategory.code, "country": Registration.country}
    return Evidence(statement, columns, ((Registration.id, int),), filters, (Registration.folded,))


def deals_recorded(fair: Fair) -> Evidence:
    """Every standing deal, whatever its level."""
    return _deals(fair, STANDING)


def deals_declared(fair: Fair) -> Evidence:
    return _deals(fair, (DealState.DECLARED,))


def deals_confirmed(fair: Fair) -> Evidence:
    return _deals(fair, (DealState.CONFIRMED,))


def deals_verified(fair: Fair) -> Evidence:
    return _deals(fair, (DealState.VERIFIED,))


EVIDENCE: dict[str, Callable[[Fair], Evidence]] = {
    "booths": booths,
    "net_m2": net_m2,
    "exhibitors": exhibitors,
    "provinces": provinces,
    "countries": countries,
    "visits": visits,
    "staff_days": staff_days,
    "unique_visitors": unique_visitors,
    "deals_recorded": deals_recorded,
    "deals_declared": deals_declared,
    "deals_confirmed": deals_confirmed,
    "deals_verified": deals_verified,
}


def narrowed(evidence: Evidence, chosen: dict[str, str], query: str) -> Select[Any]:
    """The rows that match the chosen filters and the searched words, accents or not. Raises ValueError for no day."""
    statement = evidence.statement
    for name, value in chosen.items():
        column = evidence.filters[name]
        statement = statement.where(column == (date.fromisoformat(value) if name == "day" else value))
    if query.strip():
        pattern = like(query)
        statement = statement.where(or_(*(column.like(pattern, escape="\\") for column in evidence.searched)))
    return statement


def after(statement: Select[Any], keys: Sequence[Key], values: Sequence[Any]) -> Select[Any]:
    """Only what comes after the row with these key values."""
    clauses: list[ColumnElement[bool]] = []
    for i, (column, _) in enumerate(keys):
        same = [earlier == values[j] for j, (earlier, _) in enumerate(keys[:i])]
        clauses.append(and_(*same, column > values[i]))
    return statement.where(or_(*clauses))


def _places(
    fair: Fair, place: InstrumentedAttribute[Any], which: Any, label: str, columns: tuple[EvidenceColumn, ...]
) -> Evidence:
    statement = (
        select(place.label(label), func.count().label("exhibitors"))
        .where(is_exhibitor(fair.id), Exhibitor.kind.in_(COUNTED_KINDS), which)
        .group_by(place)
    )
    return Evidence(statement, columns, ((place, str),))


def _deals(fair: Fair, states: tuple[DealState, ...]) -> Evidence:
    statement = (
        select(
            Deal.number.label("number"),
            Deal.id.label("id"),
            Exhibitor.name.label("exhibitor"),
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
        EvidenceColumn("exhibitor", N_("Exhibitor")),
        EvidenceColumn("company", N_("Buyer's company")),
        EvidenceColumn("country", N_("Buyer's country"), "country"),
        EvidenceColumn("kind", N_("Kind"), "code"),
        EvidenceColumn("category", N_("Product"), "product"),
        EvidenceColumn("state", N_("State"), "code"),
        EvidenceColumn("amount", N_("Value"), "money", secret="value"),
        EvidenceColumn("signed_on", N_("Signed"), "day"),
    )
    filters = {"state": Deal.state, "currency": Deal.currency, "kind": Deal.kind, "country": Buyer.country}
    return Evidence(statement, columns, ((Deal.id, int),), filters, (Deal.folded,))
