"""One hold on SQLite: count, take and write under the process's write lock, by the driver itself."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy.dialects import sqlite

from app.booths.claims import Seen
from app.booths.models import BoothState
from app.booths.standing import STANDING, asked_standing, refuse_by_standing
from app.db import as_sqlite, db, sqlite_write_lock
from app.fairs.models import Fair

_TIMES = ("created_at", "ended_at", "held_until")


def keep_on_sqlite(
    fair: Fair, booths: Sequence[Seen], rows: dict[str, dict[str, Any]], now: datetime, by_organiser: bool
) -> bool:
    """Take all of the booths for the hold of `rows`, with its allocations, event and audit entry; or nothing: False.

    Raises what `refuse_by_standing` does.
    """
    db.session.commit()  # who waits for the lock must not read from before it
    pooled = db.engine.raw_connection()
    try:
        connection: Any = pooled.driver_connection
        with sqlite_write_lock():
            connection.execute("BEGIN IMMEDIATE")
            kept = False
            try:
                hold = rows["hold"]
                standing = _standing(connection, asked_standing(fair, hold["exhibitor_id"], now))
                refuse_by_standing(fair, standing, booths, now, by_organiser)
                kept = _keep(connection, booths, {name: _written(row) for name, row in rows.items()})
            finally:
                connection.execute("COMMIT" if kept else "ROLLBACK")
        return kept
    finally:
        pooled.close()


def _keep(connection: Any, booths: Sequence[Seen], rows: dict[str, dict[str, Any]]) -> bool:
    hold = rows["hold"]
    connection.execute(_inserting("hold", tuple(hold)), hold)
    for booth in booths:
        one = hold | {"booth_id": booth.id}
        if connection.execute(_TAKE, one).rowcount != 1:
            return False
        connection.execute(_ALLOCATE, one)
    connection.execute(_inserting("event", tuple(rows["event"])), rows["event"])
    connection.execute(_inserting("audit_entry", tuple(rows["entry"])), rows["entry"])
    return True


def _standing(connection: Any, asked: dict[str, Any]) -> list[SimpleNamespace]:
    statement, constants = _as_text()
    found = connection.execute(statement, constants | _written(asked))
    names = [column[0] for column in found.description]
    rows = [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in found]
    for row in rows:
        for name in _TIMES:
            written = getattr(row, name)
            setattr(row, name, datetime.fromisoformat(written).replace(tzinfo=UTC) if written else None)
    return rows


@cache
def _as_text() -> tuple[str, dict[str, Any]]:
    """STANDING as the driver takes it, and the values that it always has."""
    compiled = STANDING.compile(dialect=sqlite.dialect(paramstyle="named"))
    return str(compiled), _written(dict(compiled.params))


def _written(row: dict[str, Any]) -> dict[str, Any]:
    return {name: as_sqlite(value) for name, value in row.items()}


@cache
def _inserting(table: str, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"


_TAKE = f"""
UPDATE booth SET state = '{BoothState.HELD}', held_until = :held_until, hold_id = :id, exhibitor_id = :exhibitor_id,
    changed_at = :created_at
WHERE fair_id = :fair_id AND id = :booth_id AND state = '{BoothState.FREE}' AND held_back_group_id IS NULL
"""
_ALLOCATE = f"""
INSERT INTO allocation (fair_id, booth_id, exhibitor_id, hold_id, state, free_of_charge, created_at, end_reason)
VALUES (:fair_id, :booth_id, :exhibitor_id, :id, '{BoothState.HELD}', 0, :created_at, '')
"""
