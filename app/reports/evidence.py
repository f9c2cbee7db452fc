"""The shape of evidence: rows behind a figure, their columns, how they are narrowed, and in which order they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from inspect import isfunction
from typing import Any

from sqlalchemy import Select, and_, false, or_
from sqlalchemy.sql.elements import ColumnElement

from app.fairs.models import Fair
from app.search import like

Key = tuple[Any, Callable[[str], Any]]


@dataclass(frozen=True)
class EvidenceColumn:
    """A column of the rows: `name` is the row's attribute, `kind` how it is written, `private` what it lays open."""

    name: str
    heading: str
    kind: str = "text"  # text, number, area, money, day, moment, country, province, category, code
    private: str = ""  # "person", "badge" or "value": shown to whom visitors, badges or deals are open


@dataclass(frozen=True)
class Evidence:
    """What stands behind a figure. `keys` order the rows and tell one from the next; `filters` narrow them."""

    statement: Select[*tuple[Any, ...]]
    columns: tuple[EvidenceColumn, ...]
    keys: tuple[Key, ...]
    filters: dict[str, Any] = field(default_factory=dict)  # parameter name → column, or a clause of the value
    searched: tuple[Any, ...] = ()  # folded columns
    area: Any = None  # the sum of the rows' net floor, m²
    money: tuple[Any, Any] | None = None  # columns of amount and currency, summed for whom values are open
    private: str = ""  # whose right the search needs: what is found would tell what no column shows


def narrowed(evidence: Evidence, chosen: dict[str, str], query: str) -> Select[Any]:
    """The rows that match the chosen filters and the searched words, accents or not.

    Raises ValueError for a day or a time that is none.
    """
    statement = evidence.statement
    for name, value in chosen.items():
        column = evidence.filters[name]
        if isfunction(column):
            statement = statement.where(column(value))
        else:
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


def origin(fair: Fair, country: Any) -> Callable[[str], ColumnElement[bool]]:
    """A filter: from the fair's own country ("home"), or from another ("abroad")."""

    def is_from(where: str) -> ColumnElement[bool]:
        return {"home": country == fair.country, "abroad": country != fair.country}.get(where, false())

    return is_from
