"""`pages`: every HTML page of the full fair; `badge_one`: one badge as PDF."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.access import declared_access
from app.db import db
from bench.frame import Bench, require, send, share
from bench.stage import Stage, stage

FAIR = "hanoi-2019"
NOT_PAGES = re.compile(
    r"^/(api|static|healthz|readyz|webhooks|desk)|\.(pdf|csv|xlsx|png|svg|js|json|webmanifest)$|/live$"
)
QUERIES = 15


def pages(bench: Bench) -> None:
    """Each address that needs no more than the fair's slug, as the organiser, over eight connections."""
    at = stage("sqlite")
    organiser = at.run("SELECT id, session_epoch FROM person WHERE email = 'organiser@example.com'")[0]
    cookie = _session(at.app, f"{organiser.id}.{organiser.session_epoch}")
    found = _queries(at, cookie)
    with at.serving() as server:
        headers = {"Cookie": f"phien={cookie}", "Accept": "text/html"}
        for path, queries in sorted(found.items()):
            warm = {"port": server.port, "connections": 8, "headers": headers, "keep": 0}
            send(warm | {"requests": [["GET", path, None]] * 16})
            p95 = []
            for _run in range(bench.runs):
                seen = send(warm | {"requests": [["GET", path, None]] * bench.size(160)})
                require(set(seen["statuses"]) == {200}, f"{path} answered {set(seen['statuses'])}")
                p95.append(share(seen["ms"], 95))
            bench.note(path, "p95", p95, "ms", at_most=200)
            bench.note(path, "queries", [queries], "", at_most=QUERIES + 1)


def _queries(at: Stage, cookie: str) -> dict[str, int]:
    """Page → the statements that it sends, warm."""
    client, found = at.app.test_client(), {}
    client.set_cookie("phien", cookie)
    for path in sorted(_paths(at.app)):
        if client.get(path).mimetype != "text/html":
            continue
        with _counted(at.app) as seen:
            answer = client.get(path)
        if answer.status_code == 200:
            found[path] = len(seen)
    return found


def _paths(app: Flask) -> Iterator[str]:
    with app.app_context():
        for rule in app.url_map.iter_rules():
            path = rule.rule.replace("<slug>", FAIR)
            if "GET" not in (rule.methods or ()) or rule.arguments - {"slug"} or NOT_PAGES.search(path):
                continue
            if declared_access(rule.endpoint, "GET"):
                yield path


@contextmanager
def _counted(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _session(app: Flask, person: str) -> str:
    """The cookie of somebody who has signed in."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(serializer.dumps({"_user_id": person, "_fresh": True, "key": "bench"}))


def badge_one(bench: Bench) -> None:
    """One badge PDF after the other, each of another visitor, over one connection."""
    at = stage("sqlite")
    token = at.token(FAIR, "organiser")
    badges = [
        row.id
        for row in at.run(
            "SELECT b.id FROM badge b JOIN fair f ON f.id = b.fair_id WHERE f.slug = :slug AND b.state = 'valid'",
            slug=FAIR,
        )
    ]
    p50, p99 = [], []
    with at.serving() as server:
        for _run in range(bench.runs):
            chosen = random.sample(badges, bench.size(200) + 5)
            requests = [["GET", f"/api/v1/fairs/{FAIR}/badges/{badge}.pdf", None] for badge in chosen]
            headers = {"Authorization": f"Bearer {token}"}
            seen = send({"port": server.port, "connections": 1, "headers": headers, "requests": requests, "keep": 5})
            require(
                set(seen["statuses"]) == {200} and set(seen["bodies"]) == {"%PDF-"}, "not every badge came as a PDF"
            )
            p50.append(share(seen["ms"][5:], 50))
            p99.append(share(seen["ms"][5:], 99))
    bench.note("from request to bytes, warm", "p50", p50, "ms", at_most=60)
    bench.note("from request to bytes, warm", "p99", p99, "ms")
