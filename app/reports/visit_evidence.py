"""The rows behind visits, unique visitors, and the staff days that the French rule adds."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, select

from app.fairs.models import Fair
from app.i18n_marks import N_
from app.input import fair_day, fair_instant, row_number
from app.reports.evidence import Evidence, EvidenceColumn, origin
from app.visitors.models import Badge, Gate, Registration, Scan, Visit, VisitorCategory
from app.visitors.passages import in_the_fair


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
        .where(Visit.fair_id == fair.id, in_the_fair(fair, Visit.day))
    )
    columns = (
        EvidenceColumn("first_at", N_("First entry"), "moment"),
        EvidenceColumn("badge", N_("Badge"), private="badge"),
        EvidenceColumn("person", N_("Visitor"), private="person"),
        EvidenceColumn("category", N_("Category"), "local"),
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("gate", N_("Gate"), "local"),
        EvidenceColumn("scan_id", N_("Scan"), "id"),
    )
    filters = {
        "day": Visit.day,
        "gate": Gate.code,
        "category": VisitorCategory.code,
        "origin": origin(fair, Registration.country),
        "country": Registration.country,
    }
    keys = ((Visit.first_at, fair_instant), (Visit.registration_id, row_number))
    return Evidence(statement, columns, keys, filters, (Registration.folded, Badge.number), private="person")


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
            in_the_fair(fair, Scan.day),
            VisitorCategory.code == "exhibitor",
            Scan.counts == "entry",
            Scan.annulled_by.is_(None),
        )
        .group_by(Badge.registration_id, Scan.day, Registration.name)
    )
    columns = (
        EvidenceColumn("day", N_("Day"), "day"),
        EvidenceColumn("first_at", N_("First entry"), "moment"),
        EvidenceColumn("person", N_("Staff member"), private="person"),
    )
    keys = ((Badge.registration_id, row_number), (Scan.day, fair_day))
    return Evidence(statement, columns, keys, {"day": Scan.day}, (Registration.folded,), private="person")


def unique_visitors(fair: Fair) -> Evidence:
    """Every person who came, once, with the number of days."""
    own = and_(Visit.fair_id == fair.id, Visit.registration_id == Registration.id, in_the_fair(fair, Visit.day))
    statement = (
        select(
            Registration.id.label("id"),
            Registration.name.label("person"),
            VisitorCategory.name.label("category"),
            VisitorCategory.name_en.label("category_en"),
            Registration.country.label("country"),
            select(func.count()).select_from(Visit).where(own).correlate(Registration).scalar_subquery().label("days"),
        )
        .join(VisitorCategory, VisitorCategory.id == Registration.category_id)
        .where(Registration.fair_id == fair.id, exists().where(own).correlate(Registration))
    )
    columns = (
        EvidenceColumn("id", N_("Registration"), "id"),
        EvidenceColumn("person", N_("Visitor"), private="person"),
        EvidenceColumn("category", N_("Category"), "local"),
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("days", N_("Days"), "number"),
    )

    def came_through(gate: str) -> ColumnElement[bool]:
        gates = select(Gate.id).where(Gate.fair_id == fair.id, Gate.code == gate)
        return exists().where(own, Visit.gate_id.in_(gates)).correlate(Registration)

    filters = {
        "gate": came_through,
        "category": VisitorCategory.code,
        "origin": origin(fair, Registration.country),
        "country": Registration.country,
    }
    keys = ((Registration.id, row_number),)
    return Evidence(statement, columns, keys, filters, (Registration.folded,), private="person")
