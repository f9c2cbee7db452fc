"""Background work. What must not be lost is a row; a sweep finds it, and `hurry` only makes it prompt.

Each sweep has a thread of its own: a mail server that says nothing holds up mails, and neither papers nor holds.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey, crontab

from app.db import db

log = logging.getLogger(__name__)
SWEEPS: dict[str, Callable[[], Any]] = {}
OFTEN: set[str] = set()
OFTEN_SECONDS = 1.0
STOPPING_SECONDS = 2.0  # less than the web server grants (app/serve.py)


def sweep(function: Callable[[], Any]) -> Callable[[], Any]:
    """Register a function that looks for rows to be worked on: run every minute, and when hurried."""
    SWEEPS[function.__name__] = function
    return function


def sweep_often(function: Callable[[], Any]) -> Callable[[], Any]:
    """The same, and every second besides: people watch for what it does."""
    OFTEN.add(function.__name__)
    return sweep(function)


def hurry(app: Flask, name: str) -> None:
    """Ask for a sweep now. Losing this request costs at most a minute."""
    huey: Huey | None = app.extensions.get("huey")
    if huey is not None:
        app.extensions["huey_run_sweep"](name)


def run_sweep(app: Flask, name: str) -> None:
    """Run one sweep in an application context, whatever comes of it."""
    with app.app_context():
        try:
            SWEEPS[name]()
        except Exception:
            log.exception("sweep %s failed", name)
        finally:
            db.session.remove()


class Round(threading.Thread):
    """One sweep, whenever it is woken: never twice at once, and once more when it was woken while at work."""

    def __init__(self, app: Flask, name: str) -> None:
        super().__init__(name=f"sweep-{name}", daemon=True)
        self.app, self.sweep = app, name
        self.patience = OFTEN_SECONDS if name in OFTEN else None
        self.woken, self.ends = threading.Event(), False

    def wake(self) -> None:
        self.woken.set()

    def end(self) -> None:
        self.ends = True
        self.woken.set()

    def run(self) -> None:
        while True:
            self.woken.wait(self.patience)
            self.woken.clear()  # before the work: a row that comes meanwhile asks for the next run
            if self.ends:
                return
            run_sweep(self.app, self.sweep)


class Worker:
    """The sweeps of this process, and the queue that brings other processes' hurry to them."""

    def __init__(self, app: Flask) -> None:
        self.rounds = {name: Round(app, name) for name in SWEEPS}
        self.consumer = app.extensions["huey"].create_consumer(
            workers=1, periodic=True, initial_delay=0.05, backoff=1.3, max_delay=0.5
        )
        self.consumer._set_signal_handlers = lambda: None  # the web server's own signals stay its own

    def start(self) -> None:
        for one in self.rounds.values():
            one.start()
            one.wake()
        self.consumer.start()

    def wake(self, name: str) -> None:
        """Names of an earlier version may still lie in the queue: they wake nobody."""
        if name in self.rounds:
            self.rounds[name].wake()

    def stop(self) -> None:
        """Begin nothing more, and wait a moment for what is at work; its rows are found again if it is cut off."""
        self.consumer.stop(graceful=True)
        for one in self.rounds.values():
            one.end()
        deadline = time.monotonic() + STOPPING_SECONDS
        for one in self.rounds.values():
            one.join(max(0.0, deadline - time.monotonic()))


def init_jobs(app: Flask) -> None:
    """Make the queue: SQLite in the data folder unless FAIR_JOBS_URL names another; none in tests."""
    if app.config.get("TESTING"):
        app.extensions["huey"] = None
        return
    huey = _queue(app)

    @huey.task()
    def run(name: str) -> None:
        app.extensions["jobs_worker"].wake(name)

    @huey.periodic_task(crontab(minute="*"))
    def run_all() -> None:
        for name in SWEEPS:
            app.extensions["jobs_worker"].wake(name)

    app.extensions["huey"] = huey
    app.extensions["huey_run_sweep"] = run


def _queue(app: Flask) -> Huey:
    url = app.config["FAIR_JOBS_URL"]
    if url.startswith("redis"):
        return RedisHuey("phien", url=url, results=False)
    if url.startswith("postgres"):
        return PostgresHuey("phien", dsn=url, results=False)
    if url == "memory":
        return MemoryHuey("phien", results=False)
    return SqliteHuey("phien", filename=f"{app.config['FAIR_DATA_DIR']}/jobs.db", results=False)


def start_worker(app: Flask) -> Worker:
    """Start the sweeps in threads of this process; `stop()` of what is returned ends them."""
    worker = app.extensions["jobs_worker"] = Worker(app)
    worker.start()
    return worker
