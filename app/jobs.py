"""Background work. What must not be lost is a row; a sweep finds it, and `hurry` only makes it prompt."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from huey import Huey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey, crontab

from app.db import db

log = logging.getLogger(__name__)
SWEEPS: dict[str, Callable[[], Any]] = {}
_running: dict[str, threading.Lock] = {}


def sweep(function: Callable[[], Any]) -> Callable[[], Any]:
    """Register a function that looks for rows to be worked on: run every minute, and when hurried."""
    SWEEPS[function.__name__] = function
    _running[function.__name__] = threading.Lock()
    return function


def hurry(app: Flask, name: str) -> None:
    """Ask for a sweep now. Losing this request costs at most a minute."""
    huey: Huey | None = app.extensions.get("huey")
    if huey is not None:
        app.extensions["huey_run_sweep"](name)


def run_sweep(app: Flask, name: str) -> None:
    """Run one sweep in an application context; never twice at once in a process."""
    with _running[name], app.app_context():
        try:
            SWEEPS[name]()
        except Exception:
            log.exception("sweep %s failed", name)
        finally:
            db.session.remove()


def init_jobs(app: Flask) -> None:
    """Make the queue: SQLite in the data folder unless FAIR_JOBS_URL names another; none in tests."""
    if app.config.get("TESTING"):
        app.extensions["huey"] = None
        return
    huey = _queue(app)

    @huey.task()
    def run(name: str) -> None:
        run_sweep(app, name)

    @huey.periodic_task(crontab(minute="*"))
    def run_all() -> None:
        for name in SWEEPS:
            run_sweep(app, name)

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


def start_worker(app: Flask) -> Any:
    """Start working the queue in threads of this process; returns the consumer, whose `stop(graceful=True)` ends it."""
    huey = app.extensions["huey"]
    consumer = huey.create_consumer(workers=1, periodic=True, initial_delay=0.05, backoff=1.3, max_delay=0.5)
    consumer._set_signal_handlers = lambda: None  # the web server's own signals stay its own
    consumer.start()
    app.extensions["huey_consumer"] = consumer
    for name in SWEEPS:
        hurry(app, name)
    return consumer
