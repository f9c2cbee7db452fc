"""Evidence as a reader gets it: one page after the other, each cell in the reader's words, secrets left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, Select, func, select

from app import exports
from app.access import Permission, Principal
from app.db import db
from app.fairs.countries import country_name
from app.fairs.product_categories import product_category_name
from app.fairs.provinces import province_name, successor_name
from app.formats import language, local_name
from app.i18n_marks import N_
from app.money import Money
from app.reports.evidence import Evidence, EvidenceColumn, after, narrowed

PAGE_ROWS = 60
RIGHTS = {
    "person": Permission.VISITORS_SEE,
    "badge": Permission.BADGES_SEE,
    "value": Permission.DEALS_SEE,
}
WORDS = {
    "row": N_("Row booth"),
    "corner": N_("Corner booth"),
    "island": N_("Island booth"),
    "pavilion": N_("Provincial pavilion"),
    "show": N_("Theme show"),
    "main": N_("Main exhibitor"),
    "co": N_("Co-exhibitor"),
    "order": N_("Order"),
    "contract": N_("Contract"),
    "memorandum": N_("Memorandum"),
    "represented": N_("Represented company"),
    "paid": N_("Paid for"),
    "free_of_charge": N_("Free of charge, supported"),
    "home": N_("This country"),
    "abroad": N_("Abroad"),
    "declared": N_("Declared"),
    "confirmed": N_("Confirmed"),
    "verified": N_("Verified"),
}


@dataclass(frozen=True)
class EvidencePage:
    """Some rows, how many there are in all, and the cursor of the page after; None on the last."""

    columns: list[EvidenceColumn]
    rows: list[Row[Any]]
    total: int
    next: str | None
    area: float | None  # what the rows' net floor adds up to, m²
    sums: list[Money]  # what their values add up to, a currency each; empty where they are closed to the reader


def page_of_evidence(
    evidence: Evidence,
    who: Principal,
    chosen: dict[str, str],
    query: str,
    cursor: str | None,
    limit: int = PAGE_ROWS,
    known: int | None = None,
) -> EvidencePage:
    """One page of rows. `known`: how many there are without a filter, where the figure has said so already.

    Raises ValueError for a cursor or a day that is none.
    """
    whole = narrowed(evidence, chosen, query)
    if known is None or chosen or query:
        known = db.session.scalar(select(func.count()).select_from(whole.order_by(None).subquery())) or 0
    area = None
    if evidence.area is not None:
        area = float(db.session.scalar(whole.order_by(None).with_only_columns(evidence.area)) or 0)
    statement = whole if cursor is None else after(whole, evidence.keys, read_cursor(evidence, cursor))
    rows = list(db.session.execute(statement.order_by(*(column for column, _parse in evidence.keys)).limit(limit + 1)))
    more, rows = len(rows) > limit, rows[:limit]
    return EvidencePage(
        open_columns(evidence, who),
        rows,
        known,
        _cursor(evidence, rows[-1]) if more else None,
        area,
        _sums(evidence, whole) if _is_open("value", who) else [],
    )


def open_columns(evidence: Evidence, who: Principal) -> list[EvidenceColumn]:
    """The columns that this reader may see: names need the visitors' right, parties and values the deals'."""
    return [column for column in evidence.columns if _is_open(column.private, who)]


def searchable(evidence: Evidence, who: Principal) -> Evidence:
    """The same rows, without a search for whom what it reads is closed."""
    return evidence if _is_open(evidence.private, who) else replace(evidence, searched=())


def read_cursor(evidence: Evidence, cursor: str) -> list[Any]:
    """The key values in a cursor; raises ValueError for anything else."""
    parts = cursor.split("~")
    if len(parts) != len(evidence.keys):
        raise ValueError("a cursor has as many parts as the rows have keys")
    return [parse(part) for (_column, parse), part in zip(evidence.keys, parts, strict=True)]


def all_rows(evidence: Evidence, chosen: dict[str, str], query: str) -> Iterator[Row[Any]]:
    """Every row that matches, for an export; read in steps so that they never stand in memory together."""
    statement = narrowed(evidence, chosen, query).order_by(*(column for column, _parse in evidence.keys))
    yield from db.session.execute(statement.execution_options(yield_per=1_000))


def cell(column: EvidenceColumn, row: Row[Any]) -> exports.Cell:
    """The cell's value in the reader's language, as an export keeps it and a page formats it."""
    match column.kind:
        case "money":
            return None if row.amount_minor is None else Money(row.amount_minor, row.currency)
        case "local":
            return local_name({"name": getattr(row, column.name), "name_en": getattr(row, f"{column.name}_en")})
        case "successor":
            return successor_name(row.province)
    value = getattr(row, column.name)
    if value is None:
        return None
    match column.kind:
        case "country":
            return country_name(value, language())
        case "province":
            return province_name(value)
        case "product":
            return product_category_name(value, language())
        case "code":
            return _(WORDS[value]) if value in WORDS else value
        case "flag":
            return _("yes") if value else ""
        case "id":
            return str(value)
        case "area":
            return int(value) if value == int(value) else round(value, 2)
    found: exports.Cell = value
    return found


def export_columns(columns: list[EvidenceColumn]) -> list[exports.Column]:
    """The same columns for CSV and XLSX."""
    kinds = {
        "money": exports.Kind.MONEY,
        "moment": exports.Kind.MOMENT,
        "day": exports.Kind.DAY,
        "number": exports.Kind.NUMBER,
        "area": exports.Kind.NUMBER,
    }
    return [exports.Column(_(c.heading), kinds.get(c.kind, exports.Kind.TEXT), _("Currency")) for c in columns]


def as_json(columns: list[EvidenceColumn], row: Row[Any]) -> dict[str, Any]:
    """One row for the API: codes stay codes, instants are RFC 3339, money is minor units beside its currency."""
    item: dict[str, Any] = {}
    for column in columns:
        if column.kind == "money":
            item |= {"amount_minor": row.amount_minor, "currency": row.currency}
        elif column.kind == "successor":
            item["successor"] = successor_name(row.province)
        else:
            value = getattr(row, column.name)
            item[column.name] = value.isoformat() if isinstance(value, (date, datetime)) else value
    return item


def _sums(evidence: Evidence, whole: Select[Any]) -> list[Money]:
    if evidence.money is None:
        return []
    amount, currency = evidence.money
    wanted = whole.order_by(None).with_only_columns(currency, func.sum(amount)).where(amount.is_not(None))
    found = db.session.execute(wanted.group_by(currency).order_by(currency))
    return [Money(int(total), code) for code, total in found]


def _is_open(private: str, who: Principal) -> bool:
    return not private or who.staff_can(RIGHTS[private])


def _cursor(evidence: Evidence, row: Row[Any]) -> str:
    values = (getattr(row, column.key) for column, _parse in evidence.keys)
    return "~".join(_in_address(value) for value in values)


def _in_address(value: Any) -> str:
    """Instants end in Z: a plus sign in an address would be read as a space."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, (date, datetime)) else str(value)
