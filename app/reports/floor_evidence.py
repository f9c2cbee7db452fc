"""The rows behind booths, net space, exhibitors, provinces and countries."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.booths.models import Allocation, Booth, BoothState
from app.fairs.models import Exhibitor, Fair, Hall
from app.i18n_marks import N_
from app.input import row_number
from app.reports.evidence import Evidence, EvidenceColumn, origin
from app.reports.tally import COUNTED_KINDS, is_exhibitor, is_let


def booths(fair: Fair) -> Evidence:
    """Every booth let, with who has it."""
    statement = (
        select(
            Booth.number.label("number"),
            Hall.name.label("hall"),
            Hall.name_en.label("hall_en"),
            Exhibitor.name.label("exhibitor"),
            Exhibitor.name_en.label("exhibitor_en"),
            Exhibitor.country.label("country"),
            Exhibitor.province.label("province"),
            (Booth.area_cm2 / 10_000.0).label("area_m2"),
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
        EvidenceColumn("hall", N_("Hall"), "local"),
        EvidenceColumn("exhibitor", N_("Exhibitor"), "local"),
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("province", N_("Province"), "province"),
        EvidenceColumn("area_m2", N_("Net m²"), "area"),
        EvidenceColumn("kind", N_("Kind"), "code"),
        EvidenceColumn("free_of_charge", N_("Free of charge"), "flag"),
        EvidenceColumn("let_at", N_("Let since"), "moment"),
    )
    filters = {
        "hall": Hall.code,
        "origin": origin(fair, Exhibitor.country),
        "country": Exhibitor.country,
        "province": Exhibitor.province,
        "kind": Booth.kind,
    }
    searched = (Exhibitor.folded, func.lower(Booth.number))
    return Evidence(statement, columns, ((Booth.number, str),), filters, searched, func.sum(Booth.area_cm2) / 10_000.0)


def net_m2(fair: Fair) -> Evidence:
    """Booths let and theme shows, each with its net floor."""
    let = aliased(Allocation)
    statement = (
        select(
            Booth.number.label("number"),
            Hall.name.label("hall"),
            Hall.name_en.label("hall_en"),
            func.coalesce(Exhibitor.name, Booth.name).label("exhibitor"),
            func.coalesce(Exhibitor.name_en, Booth.name_en).label("exhibitor_en"),
            Booth.kind.label("kind"),
            case(
                (let.id.is_(None), literal("show")),
                (let.free_of_charge, literal("free_of_charge")),
                else_=literal("paid"),
            ).label("occupied"),
            (Booth.area_cm2 / 10_000.0).label("area_m2"),
        )
        .outerjoin(
            let,
            and_(let.fair_id == fair.id, let.booth_id == Booth.id, let.ended_at.is_(None), let.state == BoothState.LET),
        )
        .outerjoin(Exhibitor, Exhibitor.id == let.exhibitor_id)
        .join(Hall, Hall.id == Booth.hall_id)
        .where(Booth.fair_id == fair.id, or_(let.id.is_not(None), Booth.state == BoothState.SHOW))
    )
    columns = (
        EvidenceColumn("number", N_("Booth")),
        EvidenceColumn("hall", N_("Hall"), "local"),
        EvidenceColumn("exhibitor", N_("Exhibitor or show"), "local"),
        EvidenceColumn("kind", N_("Kind"), "code"),
        EvidenceColumn("occupied", N_("Occupied"), "code"),
        EvidenceColumn("area_m2", N_("Net m²"), "area"),
    )

    def is_occupied(how: str) -> ColumnElement[bool]:
        ways = {
            "paid": and_(let.id.is_not(None), let.free_of_charge.is_(False)),
            "free_of_charge": let.free_of_charge.is_(True),
            "show": let.id.is_(None),
        }
        return ways.get(how, false())

    filters = {"hall": Hall.code, "kind": Booth.kind, "occupied": is_occupied}
    searched = (Exhibitor.folded, func.lower(Booth.number))
    return Evidence(statement, columns, ((Booth.number, str),), filters, searched, func.sum(Booth.area_cm2) / 10_000.0)


def exhibitors(fair: Fair) -> Evidence:
    """Main and co-exhibitors, each with the number of its booths."""
    return _companies(fair, COUNTED_KINDS)


def represented(fair: Fair) -> Evidence:
    """Companies whose goods a booth shows without staff of their own."""
    return _companies(fair, ("represented",))


def _companies(fair: Fair, kinds: tuple[str, ...]) -> Evidence:
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
            Exhibitor.name_en.label("name_en"),
            Exhibitor.kind.label("kind"),
            Exhibitor.country.label("country"),
            Exhibitor.province.label("province"),
            Exhibitor.products.label("products"),
            func.coalesce(numbers.c.booths, 0).label("booths"),
        )
        .outerjoin(numbers, numbers.c.exhibitor_id == Exhibitor.id)
        .where(is_exhibitor(fair.id), Exhibitor.kind.in_(kinds))
    )
    columns = (
        EvidenceColumn("name", N_("Exhibitor"), "local"),
        EvidenceColumn("kind", N_("Kind"), "code"),
        EvidenceColumn("country", N_("Country"), "country"),
        EvidenceColumn("province", N_("Province"), "province"),
        EvidenceColumn("products", N_("Products")),
        EvidenceColumn("booths", N_("Booths"), "number"),
    )
    filters = {
        "origin": origin(fair, Exhibitor.country),
        "province": Exhibitor.province,
        "country": Exhibitor.country,
        "kind": Exhibitor.kind,
    }
    return Evidence(statement, columns, ((Exhibitor.id, row_number),), filters, (Exhibitor.folded,))


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


def _places(
    fair: Fair, place: InstrumentedAttribute[Any], which: Any, label: str, columns: tuple[EvidenceColumn, ...]
) -> Evidence:
    statement = (
        select(place.label(label), func.count().label("exhibitors"))
        .where(is_exhibitor(fair.id), Exhibitor.kind.in_(COUNTED_KINDS), which)
        .group_by(place)
    )
    return Evidence(statement, columns, ((place, str),))
