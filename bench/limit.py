"""The limit beside `scan`: the same server, driver, SQL, token checks and JSON with nothing of the product around them.

`python -m bench.limit DATABASE_URL PORT WORKERS` serves POST /scans. What it leaves out is what the product adds: the
fair of the address, access, the rules, the validation, the forms of a verdict, live pages, errors.
"""

import hashlib
import json
import sqlite3
import sys
import threading
from datetime import UTC, datetime
from typing import Any

import psycopg
from flask import Flask, abort, request
from psycopg.rows import namedtuple_row

from app import badge_token
from app.serve import Server
from app.visitors.one_scan import _STATEMENT
from app.visitors.one_scan_sqlite import _KEEP, _READ, _VISIT

OUTCOMES = json.dumps(
    {
        "first": ["admitted", "green", "visit", None],
        "again": ["admitted_again", "green", "entry", None],
        "missing": ["unknown", "red", "no", None],
    }
)


def bare_route(url: str) -> Flask:
    app, local = Flask("bare"), threading.local()
    on_sqlite = url.startswith("sqlite")
    writer = threading.Lock()

    def connection() -> Any:
        if not hasattr(local, "connection"):
            if on_sqlite:
                local.connection = sqlite3.connect(
                    url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
                )
                for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
                    local.connection.execute(f"PRAGMA {pragma}")
            else:
                local.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        return local.connection

    facts: dict[str, Any] = {}
    tokens: dict[str, Any] = {}

    def known(token: str) -> Any:
        digest = hashlib.sha256(token.encode()).hexdigest()
        if digest not in tokens:
            mark = "?" if on_sqlite else "%s"
            sql = f"SELECT id, fair_id FROM api_token WHERE digest = {mark} AND revoked_at IS NULL"
            tokens[digest] = connection().execute(sql, (digest,)).fetchone()
        if tokens[digest] is None:
            abort(401)
        return tokens[digest]

    def keys(fair_id: int) -> tuple[dict[int, bytes], dict[str, int]]:
        if "keys" not in facts:
            run = connection().execute
            keys = run(f"SELECT number, public_key FROM badge_key WHERE fair_id = {int(fair_id)}").fetchall()
            gates = run(f"SELECT code, id FROM gate WHERE fair_id = {int(fair_id)}").fetchall()
            facts["keys"] = {number: bytes(key) for number, key in keys}, dict(gates)
        found: tuple[dict[int, bytes], dict[str, int]] = facts["keys"]
        return found

    @app.post("/scans")
    def scans() -> Any:
        token_id, fair_id = known(request.headers["Authorization"].removeprefix("Bearer "))
        public_keys, gates = keys(fair_id)
        scan = request.get_json()["scans"][0]
        token = badge_token.decode(scan["code"])
        if not badge_token.is_genuine(token, public_keys[token.payload.key]):
            abort(422)
        scanned_at, now = datetime.fromisoformat(scan["scanned_at"]), datetime.now(UTC)
        digest, gate = hashlib.sha256(scan["code"].encode()).hexdigest(), gates[scan["gate"]]
        values = {
            "fair": fair_id, "id": scan["id"], "code_id": token.payload.code_id.hex(), "fixed": None, "visit": True,
            "outcomes": OUTCOMES, "gate": gate, "direction": scan["direction"], "digest": digest,
            "scanned_at": scanned_at, "drift": None, "at": scanned_at, "received_at": now, "day": scanned_at.date(),
            "device_verdict": None, "reason": None, "device": None, "actor": f"token:{token_id}",
            "fee": False, "company": False, "country": False, "phone": False,
        }  # fmt: skip
        if on_sqlite:
            with writer:
                situation = _on_sqlite(connection(), values)
        else:
            with connection().cursor(row_factory=namedtuple_row) as cursor:
                situation = cursor.execute(_STATEMENT, values, prepare=True).fetchone().situation
        verdict, colour, counts, _detail = json.loads(OUTCOMES)[situation]
        return {
            "results": [{"id": scan["id"], "verdict": verdict, "colour": colour, "repeat": False, "counts": counts}]
        }

    return app


def _on_sqlite(connection: sqlite3.Connection, values: dict[str, Any]) -> str:
    """What the product asks and writes for an entry, in as many statements."""
    at = values["scanned_at"].astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    values = values | {"at": at, "day": values["day"].isoformat()}
    values |= {"received_at": values["received_at"].replace(tzinfo=None).isoformat(" "), "scanned_at": at}
    connection.execute("BEGIN IMMEDIATE")
    _old, badge, person, category, *_rest, first_at, _gate = connection.execute(_READ, values).fetchone()
    situation = "again" if first_at else "first"
    verdict, colour, counts, _detail = json.loads(OUTCOMES)[situation]
    values |= {"badge": badge, "person": person, "category": category, "detail": None}
    values |= {"verdict": verdict, "colour": colour, "counts": counts}
    connection.execute(_KEEP, values)
    connection.execute(_VISIT, values)
    connection.execute("COMMIT")
    return situation


if __name__ == "__main__":
    url, port, workers = sys.argv[1], sys.argv[2], sys.argv[3]
    options = {
        "bind": f"127.0.0.1:{port}", "workers": int(workers), "worker_class": "gthread", "threads": 300,
        "keepalive": 30, "backlog": 2048, "loglevel": "warning", "control_socket_disable": True,
    }  # fmt: skip
    app = bare_route(url)
    Server(app, {name: value for name, value in options.items() if name in Server(app, {}).cfg.settings}).run()
