"""A hundred devices with a day's scans each, over a network that fails, to a server that dies twice.

Whatever is cut, doubled or out of order: each scan is kept once, and visits and entries are what a list of who was
where when says, counted by hand.
"""

import contextlib
import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.audit import SYSTEM
from app.db import db, transaction
from app.visitors.badges import revoke_badge
from app.visitors.models import Badge, Scan, ScanFault, Visit
from tests.visitors.stage import at, many_badges, token_for

DEVICES, SCANS, PEOPLE = 100, 200, 4000
MORNING = datetime(2019, 12, 12, 2, tzinfo=UTC)  # 9:00 in Hà Nội on the first of two days
A_DAY = 24 * 3600 * 1000
PATIENCE_SECONDS = 240


class Device(threading.Thread):
    """What a gate's page does: its queue shrinks only by what the server has answered."""

    def __init__(self, number: int, port: int, headers: dict[str, str], scans: list[dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self.chance = random.Random(number)
        self.key, self.port, self.headers = f"device-{number:03}", port, headers
        self.waiting, self.answered = list(scans), dict[str, str]()
        self.conflicts = 0

    def run(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.waiting and time.monotonic() < deadline:
            batch = self.waiting[: self.chance.choice((1, 7, 40, 200))]
            if self.chance.random() < 0.2:
                self.chance.shuffle(batch)
            with contextlib.suppress(OSError, http.client.HTTPException, TimeoutError):
                self.send(batch)
                if self.chance.random() < 0.1:
                    self.send(batch)  # the same upload once more
                continue
            time.sleep(self.chance.random() / 5)

    def send(self, batch: list[dict[str, Any]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/api/v1/fairs/test-fair/scans", self.body(batch), self.headers)
            if self.chance.random() < 0.15:
                return  # cut before the answer: the server may have kept them all
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 500:
            return
        assert answer.status == 200, content[:300]
        for result in json.loads(content)["results"]:
            first = self.answered.setdefault(result["id"], result["verdict"])
            self.conflicts += first != result["verdict"]
        self.waiting = [scan for scan in self.waiting if scan["id"] not in self.answered]

    def body(self, batch: list[dict[str, Any]]) -> str:
        return json.dumps({"scans": batch, "device": self.key})


def test_nothing_is_lost_and_nothing_counted_twice(live_server: Any) -> None:
    evening = MORNING + timedelta(hours=32)
    at(evening)
    live_server.at((evening - datetime.now(UTC)).total_seconds())
    headers = token_for(live_server.app, "gate") | {"Content-Type": "application/json"}
    badges, crew = many_badges(live_server.app, "trade", PEOPLE), many_badges(live_server.app, "crew", 200)
    revoked = badges.pop()
    with live_server.app.app_context(), transaction():
        revoke_badge(db.session.get_one(Badge, revoked.id), "lost", SYSTEM, MORNING)

    of_crew = {badge.id for badge in crew}
    chance, scans, visits, entries = random.Random(7), dict[int, list[dict[str, Any]]](), set(), Counter[str]()
    for number in range(DEVICES):
        drift = chance.choice((0, 0, 0, 4000, -90_000, A_DAY))
        scans[number] = []
        for second in sorted(chance.sample(range(30 * 3600), SCANS)):
            moment = MORNING + timedelta(seconds=second, milliseconds=number)
            badge = revoked if chance.random() < 0.01 else chance.choice(crew if chance.random() < 0.1 else badges)
            direction = "out" if chance.random() < 0.2 else "in"
            scans[number].append(
                {
                    "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "code": badge.token,
                    "gate": f"C{number % 2 + 1}", "direction": direction, "drift_ms": drift,
                    "scanned_at": (moment + timedelta(milliseconds=drift)).isoformat(), "device_verdict": "admitted",
                }
            )  # fmt: skip
            if direction == "out":
                entries["exit"] += 1
            elif badge is revoked:  # revoked before, but a gate without a network could not know: it let the person in
                entries["late"] += 1
                visits.add((badge.registration_id, (moment + timedelta(hours=7)).date()))
            else:
                entries["in"] += 1
                if badge.id not in of_crew:
                    visits.add((badge.registration_id, (moment + timedelta(hours=7)).date()))

    devices = [Device(number, live_server.port, headers, sent) for number, sent in scans.items()]
    for device in devices:
        device.start()
    for _death in range(2):
        time.sleep(2)
        live_server.kill()
        live_server.start()
    for device in devices:
        device.join(PATIENCE_SECONDS)
    assert [device.key for device in devices if device.waiting] == []
    assert sum(device.conflicts for device in devices) == 0  # whoever asked twice got the first answer

    with live_server.app.app_context():
        kept = {row[0]: row[1] for row in db.session.execute(select(Scan.counts, func.count()).group_by(Scan.counts))}
        held = {tuple(row) for row in db.session.execute(select(Visit.registration_id, Visit.day))}
        faults = db.session.scalar(select(func.count()).select_from(ScanFault))
        answers = {row[0]: row[1] for row in db.session.execute(select(Scan.id, Scan.verdict))}
        db.session.rollback()
    assert answers == {scan_id: verdict for device in devices for scan_id, verdict in device.answered.items()}
    assert sum(kept.values()) == DEVICES * SCANS
    assert kept["exit"] == entries["exit"]
    assert kept["visit"] + kept["entry"] == entries["in"] + entries["late"]
    assert held == visits
    assert faults == 0
