"""All rows of a database: taken out quickly, kept, and put back."""

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, text

from app.db import db

SEQUENCES = """SELECT setval(quote_ident(sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"""


def empty(engine: Engine) -> None:
    """Every table without rows and every number from the beginning; only those that were used are touched."""
    with engine.begin() as connection:
        used = _used(connection)
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # in any order
            for name in used:
                connection.execute(text(f'DELETE FROM "{name}"'))
            connection.execute(text(SEQUENCES))
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for name in reversed(used):
                connection.exec_driver_sql(f'DELETE FROM "{name}"')


def _used(connection: Connection) -> list[str]:
    names = [table.name for table in db.metadata.sorted_tables]
    parts = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)
    used = set(connection.execute(text(" UNION ALL ".join(parts))).scalars())
    return [name for name in names if name in used]


class Kept:
    """The rows of a database at a moment; `put_back` wants empty tables."""

    def __init__(self, engine: Engine) -> None:
        self._copies: dict[str, bytes] = {}
        self._numbers: list[Any] = []
        self._memory: sqlite3.Connection | None = None
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            if engine.dialect.name == "sqlite":
                self._memory = sqlite3.connect(":memory:", check_same_thread=False)
                driver.backup(self._memory)
                return
            for name in _used(connection):
                with driver.cursor().copy(f'COPY "{name}" TO STDOUT (FORMAT binary)') as rows:
                    self._copies[name] = b"".join(bytes(part) for part in rows)
            numbers = "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL"
            self._numbers = [tuple(row) for row in connection.execute(text(numbers))]

    def put_back(self, engine: Engine) -> None:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            if self._memory is not None:
                self._memory.backup(driver)
                return
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for name, rows in self._copies.items():
                with driver.cursor().copy(f'COPY "{name}" FROM STDIN (FORMAT binary)') as copy:
                    copy.write(rows)
            for name, number in self._numbers:
                connection.execute(
                    text("SELECT setval(CAST(:name AS regclass), :number)"), {"name": name, "number": number}
                )
            connection.commit()
