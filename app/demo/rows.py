"""Rows on their way into the database: complete with defaults and ids, kept by table, written in bulk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from app.db import db

CHUNK = 2_000


class Rows:
    """Collects the rows of one or more editions; ids continue those of the database.

    Bulk inserts go past the ORM, so what its columns would fill in by default is filled in here.
    """

    def __init__(self) -> None:
        self._by_table: dict[Table, list[dict[str, Any]]] = {}
        self._templates: dict[Table, tuple[dict[str, Any], dict[str, Callable[[], Any]]]] = {}
        self._next_ids: dict[Table, int] = {}

    def add(self, model: type[db.Model], **values: Any) -> int:
        """Keep one row for `write`, and answer its integer id (0 for tables with another key)."""
        table: Table = model.__table__
        if table not in self._templates:
            self._open(table)
        fixed, made = self._templates[table]
        row = fixed | {name: make() for name, make in made.items() if name not in values} | values
        if table in self._next_ids:
            row["id"] = self._next_ids[table]
            self._next_ids[table] += 1
        self._by_table[table].append(row)
        return row["id"] if table in self._next_ids else 0

    def of(self, model: type[db.Model]) -> list[dict[str, Any]]:
        """The rows kept for one table and not yet written: to be read, or completed."""
        return self._by_table.get(model.__table__, [])

    def count(self) -> int:
        """How many rows wait to be written."""
        return sum(len(rows) for rows in self._by_table.values())

    def write(self, on_progress: Callable[[int], None]) -> None:
        """Insert everything inside the caller's transaction, parents before children."""
        for table in _parents_first(list(self._by_table)):
            rows = self._by_table.pop(table)
            for start in range(0, len(rows), CHUNK):
                chunk = rows[start : start + CHUNK]
                db.session.execute(insert(table), chunk)
                on_progress(len(chunk))
            if rows and table in self._next_ids and db.engine.dialect.name == "postgresql":
                _continue_sequence(table)
        self._by_table.clear()
        self._templates.clear()
        self._next_ids.clear()

    def _open(self, table: Table) -> None:
        fixed: dict[str, Any] = {}
        made: dict[str, Callable[[], Any]] = {}
        for column in table.columns:
            default = column.default
            if default is None or not (default.is_scalar or default.is_callable):
                fixed[column.name] = None
            elif default.is_scalar:
                fixed[column.name] = default.arg  # type: ignore[attr-defined]
            else:
                made[column.name] = lambda make=default.arg: make(None)  # type: ignore[attr-defined,misc]
        if "id" in table.c and table.c.id.autoincrement and table.c.id.type.python_type is int:
            fixed.pop("id", None)
            self._next_ids[table] = (db.session.scalar(select(func.max(table.c.id))) or 0) + 1
        self._templates[table] = (fixed, made)
        self._by_table[table] = []


def _parents_first(tables: list[Table]) -> list[Table]:
    """Every table after those that its keys point to; metadata.sorted_tables leaves `use_alter` keys out."""
    ordered: list[Table] = []
    waiting = list(tables)
    while waiting:
        table = next(t for t in waiting if not _parents(t) & (set(waiting) - {t}))
        waiting.remove(table)
        ordered.append(table)
    return ordered


def _parents(table: Table) -> set[Table]:
    return {key.column.table for key in table.foreign_keys}


def _continue_sequence(table: Table) -> None:
    """Without this PostgreSQL's sequence would give out ids that the bulk insert has used."""
    name = table.name.replace('"', '""')
    db.session.execute(text(f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), max(id)) FROM \"{name}\""))
