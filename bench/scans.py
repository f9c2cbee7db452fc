"""`scan`, `scan_sqlite` and `race`: badges at gates, through POST /scans, one scan a call."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from bench.frame import ROOT, Bench, require, send, share
from bench.stage import Stage, stage
from tests.support.live_server import free_port

FAIR = "hanoi-2019"
PATH = f"/api/v1/fairs/{FAIR}/scans"
WARM_UP = 150
OURS = "SELECT id FROM scan WHERE actor LIKE 'token:_%' AND actor <> 'token:demo'"  # by tokens made for the bench


def scan(bench: Bench) -> None:
    """PostgreSQL, three web processes, at 1, 8 and 32 connections."""
    _scan(bench, "postgresql", ((1, 1200), (8, 6000), (32, 9000)))


def scan_sqlite(bench: Bench) -> None:
    """The embedded default: one process, synchronous=FULL."""
    _scan(bench, "sqlite", ((1, 1000), (8, 6000)))


def _scan(bench: Bench, kind: str, cases: tuple[tuple[int, int], ...]) -> None:
    at = stage(kind)
    token = at.token(FAIR, "gate")
    entries = entries_to_come(at)
    for connections, full in cases:
        number = bench.size(full)
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        p50, p99 = [], []
        for _run in range(bench.runs):
            chosen = random.sample(entries, number + WARM_UP)
            with at.serving() as server:
                seen = _one_run(at, server.port, PATH, token, connections, chosen)
            rates["ours"].append(number / seen["seconds"])
            p50.append(share(seen["ms"], 50))
            p99.append(share(seen["ms"], 99))
            with _bare_route(at) as port:
                seen = _one_run(at, port, "/scans", token, connections, chosen)
            rates["bare"].append(number / seen["seconds"])
        case = f"{connections} connection{'s' * (connections > 1)}"
        sqlite, most = kind == "sqlite", max(count for count, _ in cases)
        if connections == most:
            bench.note(case, "scans/s", rates["ours"], "/s", at_least=800 if sqlite else 900, limit=rates["bare"],
                       ratio_at_least=None if sqlite else 0.55)  # fmt: skip
            bench.note(case, "p99", p99, "ms", at_most=50 if sqlite else 80)
        else:
            bench.note(case, "scans/s", rates["ours"], "/s", limit=rates["bare"])
            bench.note(case, "p50", p50, "ms", at_most=4 if connections == 1 and not sqlite else None)
            bench.note(case, "p99", p99, "ms")


def _one_run(
    at: Stage, port: int, path: str, token: str, connections: int, entries: list[dict[str, Any]]
) -> dict[str, Any]:
    """Warm up, measure, see that the rows are what the answers said, and put the rows back."""
    requests = [["POST", path, json.dumps({"scans": [entry | {"id": str(uuid.uuid4())}]})] for entry in entries]
    plan = {"port": port, "connections": connections, "headers": {"Authorization": f"Bearer {token}"}}
    before = rows_of(at)
    warm = send(plan | {"requests": requests[:WARM_UP]})
    seen = send(plan | {"requests": requests[WARM_UP:]})
    after = rows_of(at)
    bad = Counter(status for status in seen["statuses"] + warm["statuses"] if status != 200)
    sample = next((b for s, b in zip(seen["statuses"], seen["bodies"], strict=True) if s != 200), "")
    require(not bad, f"answers other than 200: {dict(bad)} {sample[:300]}")
    verdicts = Counter(json.loads(body)["results"][0]["verdict"] for body in warm["bodies"] + seen["bodies"])
    require(set(verdicts) == {"admitted"}, f"refusals that should be admissions: {dict(verdicts)}")
    made = after[0] - before[0], after[1] - before[1]
    require(made == (len(entries), len(entries)), f"{len(entries)} sent and admitted, (scans, visits) made: {made}")
    put_back(at)
    return seen


def put_back(at: Stage) -> None:
    at.run(f"DELETE FROM visit WHERE scan_id IN ({OURS})")
    at.run(f"DELETE FROM scan WHERE id IN ({OURS})")


def rows_of(at: Stage) -> tuple[int, int]:
    row = at.run("SELECT (SELECT count(*) FROM scan), (SELECT count(*) FROM visit)")[0]
    return int(row[0]), int(row[1])


def entries_to_come(at: Stage) -> list[dict[str, Any]]:
    """Each valid badge on each day of the fair that its person did not come: all of them must be admitted."""
    fair = at.run("SELECT id, starts_on FROM fair WHERE slug = :slug", slug=FAIR)[0]
    starts_on = datetime.fromisoformat(str(fair.starts_on)).date()
    gates = [row.code for row in at.run("SELECT code FROM gate WHERE fair_id = :fair ORDER BY code", fair=fair.id)]
    seen = {
        (row.registration_id, str(row.day))
        for row in at.run("SELECT registration_id, day FROM visit WHERE fair_id = :fair", fair=fair.id)
    }
    badges = at.run(
        "SELECT b.token, b.registration_id, b.first_day, b.days_mask, c.gates FROM badge b"
        " JOIN visitor_category c ON c.id = b.category_id"
        " WHERE b.fair_id = :fair AND b.state = 'valid' AND c.counts",
        fair=fair.id,
    )
    entries = []
    for badge in badges:
        open_gates = badge.gates if isinstance(badge.gates, list) else json.loads(badge.gates or "[]")
        for bit in range(4):
            day = starts_on + timedelta(days=badge.first_day + bit)
            if badge.days_mask >> bit & 1 and (badge.registration_id, day.isoformat()) not in seen:
                entries.append(
                    {
                        "code": badge.token,
                        "gate": random.choice(open_gates or gates),
                        "direction": "in",
                        "scanned_at": f"{day}T{random.randint(9, 16):02}:{random.randint(0, 59):02}:00+07:00",
                    }
                )
    return entries


@contextmanager
def _bare_route(at: Stage) -> Iterator[int]:
    port = free_port()
    workers = "1" if at.kind == "sqlite" else "3"
    url = at.app.config["SQLALCHEMY_DATABASE_URI"]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.limit", url, str(port), workers], cwd=ROOT, start_new_session=True
    )
    try:
        for _wait in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def race(bench: Bench) -> None:
    """One badge at eight gates at once: exactly one is told `admitted`."""
    for kind in ("postgresql", "sqlite"):
        at = stage(kind)
        token = at.token(FAIR, "gate")
        rounds = bench.size(1000)
        by_badge = {entry["code"]: entry for entry in entries_to_come(at)}
        chosen = random.sample(list(by_badge.values()), rounds)
        with at.serving() as server:
            requests = [
                ["POST", PATH, json.dumps({"scans": [entry | {"id": str(uuid.uuid4())}]})]
                for entry in chosen
                for _connection in range(8)
            ]
            headers = {"Authorization": f"Bearer {token}"}
            seen = send(
                {"port": server.port, "connections": 8, "headers": headers, "requests": requests, "together": True}
            )
        require(set(seen["statuses"]) == {200}, f"answers other than 200: {Counter(seen['statuses'])}")
        verdicts = [json.loads(body)["results"][0]["verdict"] for body in seen["bodies"]]
        winners = [verdicts[start : start + 8].count("admitted") for start in range(0, len(verdicts), 8)]
        visits = int(at.run(f"SELECT count(*) FROM visit WHERE scan_id IN ({OURS})")[0][0])
        put_back(at)
        wrong = sum(count != 1 for count in winners)
        bench.note(f"{kind}, {rounds} rounds of 8", "rounds without exactly one admitted", [wrong], "", at_most=1)
        require(wrong == 0 and visits == rounds, f"{wrong} rounds had not exactly one admitted; {visits} visits made")
