"""What the desk remembers: objects, idempotent answers and webhook deliveries, in a SQLite file of its own."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS object (id TEXT PRIMARY KEY, kind TEXT NOT NULL, created INTEGER NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_kind ON object (kind, created);
CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, digest TEXT NOT NULL, status INTEGER, body TEXT);
CREATE TABLE IF NOT EXISTS delivery (id INTEGER PRIMARY KEY, event_id TEXT NOT NULL, due REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting', answer TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class DeskStore:
    """One connection, one lock: the desk serves a demonstration, not a market."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=15)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.executescript(SCHEMA)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All of the changes inside, or none; one thread and one process at a time."""
        with self.lock:
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self.lock:
            return self.connection.execute(statement, values).fetchall()

    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep an object as it is now."""
        self.rows(
            "INSERT INTO object (id, kind, created, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            body["id"],
            body["object"],
            body["created"],
            json.dumps(body),
        )
        return body

    def get(self, object_id: str) -> dict[str, Any] | None:
        found = self.rows("SELECT body FROM object WHERE id = ?", object_id)
        return json.loads(found[0]["body"]) if found else None

    def all(self, kind: str, limit: int = 100) -> list[dict[str, Any]]:
        """The newest first."""
        found = self.rows(
            "SELECT body FROM object WHERE kind = ? ORDER BY created DESC, rowid DESC LIMIT ?", kind, limit
        )
        return [json.loads(row["body"]) for row in found]

    def setting(self, name: str, default: str) -> str:
        found = self.rows("SELECT value FROM setting WHERE name = ?", name)
        return found[0]["value"] if found else default

    def set(self, name: str, value: str) -> None:
        self.rows("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, value)


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"
