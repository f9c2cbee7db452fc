"""Where the measurements take place: the product's own server on the full demonstration, on either database."""

import atexit
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app import clock
from app.db import db
from app.demo.create import create_demo
from bench.frame import ROOT
from tests.support.live_server import LiveServer
from tests.support.postgres import Cluster

KEPT = ("FAIR_THREADS", "FAIR_WORKERS")
_stages: dict[str, "Stage"] = {}


class Stage:
    """One database with the three editions in it; made once a run of the bench, thrown away afterwards."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(prefix=f"phien-bench-{kind}-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        url = ""
        if kind == "postgresql":
            cluster = Cluster(durable=True)  # fsync and synchronous_commit on, as in a product
            atexit.register(cluster.stop)
            url = cluster.url("fair")
        self.server = LiveServer(self.folder, url, **dict.fromkeys(KEPT, ""))
        print(f"  making the full demonstration on {kind} …", file=sys.stderr, flush=True)
        started = time.monotonic()
        with self.app.app_context():
            create_demo(clock.now(), lambda _share: None)
            db.session.remove()
        self.seconds = time.monotonic() - started
        self.run("ANALYZE")
        self._tokens: dict[tuple[str, ...], str] = {}

    @property
    def app(self) -> Any:
        return self.server.app

    @contextmanager
    def serving(self) -> Iterator[LiveServer]:
        """The product's server, started as `./fair run` starts it."""
        self.server.start()
        try:
            yield self.server
        finally:
            self.server.stop()

    def run(self, statement: str, **values: Any) -> Any:
        """Run one statement and keep what it did; the rows where it has some."""
        with self.app.app_context(), db.engine.connect() as connection:
            found = connection.execute(text(statement), values)
            rows = found.all() if found.returns_rows else found.rowcount
            connection.commit()
            return rows

    def token(self, fair: str, role: str, *more: str) -> str:
        key = (fair, role, *more)
        if key not in self._tokens:
            self._tokens[key] = self.server.token(*key)
        return self._tokens[key]


def stage(kind: str) -> Stage:
    if kind not in _stages:
        _stages[kind] = Stage(kind)
    return _stages[kind]


def resident_mb(pid: int) -> float:
    """The memory of one process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


__all__ = ["ROOT", "Stage", "children", "resident_mb", "stage"]
