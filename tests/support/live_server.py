"""The real server in a process of its own: started, killed without warning, started again on the same data."""

import os
import pickle
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.db import db
from tests.support.cast import make_cast
from tests.support.nursery import Born, Nursery, nursery

ROOT = Path(__file__).parents[2]
START_SECONDS = 30
STALE_SECONDS = 300  # of a demonstration, which is made as of now


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveServer:
    """`flask serve` with its own data folder. `app` reaches the same data from the test's own process."""

    nursery: Nursery | None = None  # where its processes are born; None: each imports the program itself

    def __init__(self, folder: Path, database_url: str = "", has_tables: bool = False, **settings: str) -> None:
        self.port = free_port()
        self.url = f"{'https' if settings.get('FAIR_TLS') else 'http'}://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.settings = {
            "FAIR_DATA_DIR": str(folder / "data"),
            "FAIR_DATABASE_URL": database_url,
            "FAIR_SECRET_KEY": "tests-only",
            "FAIR_PORT": str(self.port),
            "FAIR_HOST": "127.0.0.1",
            "FAIR_PUBLIC_URL": self.url,
            "FAIR_THREADS": "40",
            "FAIR_WORKERS": "2",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | Born | None = None
        self.app: Flask = create_app({**self.settings, "TESTING": True, "FAIR_NO_LIMITS": True})
        if not has_tables:
            with self.app.app_context():
                db.create_all()
                db.session.remove()

    def start(self, **settings: str) -> None:
        """Start, or start again on the same data; `settings` stay for later starts."""
        self.settings |= settings
        if self.nursery:
            self.process = self.nursery.flask(["--app", "wsgi", "serve"], {**os.environ, **self.settings}, self.log)
        else:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
                    cwd=ROOT,
                    env={**os.environ, **self.settings},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2, context=self.trusting()) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def trusting(self) -> ssl.SSLContext | None:
        """What a phone knows that was told the server's own authority; None where it serves without HTTPS."""
        authority = Path(self.settings["FAIR_DATA_DIR"]) / "tls" / "ca.crt"
        return ssl.create_default_context(cafile=str(authority)) if authority.exists() else None

    def kill(self) -> None:
        """As a power cut would: every process at once, nothing finished."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def restart(self, **settings: str) -> None:
        self.kill()
        self.start(**settings)

    def at(self, seconds: float) -> None:
        """Start again with the clock moved by so many seconds from the true time."""
        self.stop()
        self.start(FAIR_CLOCK_OFFSET_SECONDS=str(int(seconds)))

    def flask(self, *arguments: str) -> str:
        """What a command of ours prints, on the server's data."""
        if self.nursery:
            said, status = self.log.with_name("command.log"), self.log.with_name("command.status")
            said.unlink(missing_ok=True)
            self.nursery.flask(["--app", "wsgi", *arguments], {**os.environ, **self.settings}, said, status).wait(60)
            assert status.read_text() == "0", said.read_text()
            return said.read_text()
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, fair: str, role: str, *more: str) -> str:
        return self.flask("tokens", "create", "--fair", fair, "--role", role, *more).splitlines()[-1]

    def session_of(self, person: Any) -> str:
        """The value of the cookie `phien` of somebody who has signed in."""
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["key"] = person.get_id(), True, uuid.uuid4().hex
        cookie = client.get_cookie("phien")
        assert cookie is not None
        return cookie.value

    def close(self) -> None:
        self.kill()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, how)
            self.process.wait(timeout=15)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=15)
        self.process = None


@dataclass
class Made:
    """A server's data as they were before its first start, to be copied for each test; `extra`: pickled, the cast."""

    folder: Path
    database_url: str
    extra: bytes = b""
    day: date = date.min
    at: float = 0  # seconds, monotonic

    def into(self, folder: Path) -> None:
        shutil.copytree(self.folder / "data", folder / "data")


@contextmanager
def serving(
    folder: Path, arrange: Callable[[LiveServer], Any], database_url: str = "", **settings: str
) -> Iterator[LiveServer]:
    """A server on a new data folder whose rows `arrange` has written before the first start."""
    server = LiveServer(folder, database_url, **settings)
    try:
        arrange(server)
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def serving_a_copy(made: Made, folder: Path, database_url: str = "") -> Iterator[LiveServer]:
    made.into(folder)
    server = LiveServer(folder, database_url, has_tables=True)
    server.nursery = nursery
    try:
        if made.extra:
            server.cast = pickle.loads(made.extra)  # type: ignore[attr-defined]
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def made_cast(
    new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory, password_hash: str
) -> Callable[[str], Made]:
    """Tables with the cast in them, once a database and run."""

    @cache
    def made(kind: str) -> Made:
        folder, url = tmp_path_factory.mktemp(f"cast-{kind}"), new_database(kind)
        server = LiveServer(folder, url)
        with server.app.app_context():
            cast = make_cast(password_hash)
            db.session.expunge_all()
        server.close()
        return Made(folder, url, pickle.dumps(cast))

    return made


@pytest.fixture
def live_server(
    tmp_path: Path, database: str, new_database: Callable[..., str], made_cast: Callable[[str], Made]
) -> Iterator[Any]:
    """The server with the cast on it, as `live_server.cast`; on each database in turn."""
    made = made_cast(database)
    with serving_a_copy(made, tmp_path, new_database(database, made.database_url)) as server:
        yield server


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Made]:
    """The demonstration's data on SQLite; made anew when those at hand are of another day, or some minutes old."""
    from app import clock
    from app.demo.create import create_demo
    from app.demo.edition import SMALL

    kept: list[Made] = []

    def made() -> Made:
        now = clock.now()
        today = now.astimezone(clock.ZoneInfo("Asia/Ho_Chi_Minh")).date()
        if not kept or kept[-1].day != today or time.monotonic() - kept[-1].at > STALE_SECONDS:
            server = LiveServer(tmp_path_factory.mktemp("demo"))
            with server.app.app_context():
                create_demo(now, lambda _share: None, SMALL, SMALL)
            server.close()
            kept.append(Made(server.log.parent, "", day=today, at=time.monotonic()))
        return kept[-1]

    return made


@pytest.fixture
def demo_server(tmp_path: Path, made_demo: Callable[[], Made]) -> Iterator[LiveServer]:
    """The server with the demonstration's three editions, small, as a first `./fair run` would leave it (SQLite)."""
    with serving_a_copy(made_demo(), tmp_path) as server:
        yield server


def demo_passwords(server: LiveServer) -> dict[str, str]:
    """Role → password of the demonstration's accounts."""
    from app.demo.accounts import sign_ins

    with server.app.app_context():
        return {account.role: password for account, password in sign_ins()}


__all__: Sequence[str] = (
    "LiveServer",
    "demo_passwords",
    "demo_server",
    "free_port",
    "live_server",
    "made_cast",
    "made_demo",
    "serving",
)
