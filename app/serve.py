"""The web server: gunicorn with threads, and the queue's worker inside it unless FAIR_JOBS says otherwise."""

import fcntl
import gc
import signal
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app import clock
from app.db import db
from app.jobs import start_worker
from app.local_tls import certificate_for, own_names
from config import THREADS


class Server(BaseApplication):
    """gunicorn, told everything here: it reads no file and no variable of its own."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app, self.options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def serve(app: Flask, host: str, port: int) -> None:
    """Serve until stopped. SQLite: one process, many threads; two would make writers wait for each other."""
    on_sqlite = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    workers = 1 if on_sqlite else int(app.config["FAIR_WORKERS"] or 3)
    threads = int(app.config["FAIR_THREADS"] or THREADS)
    with app.app_context():
        db.engine.dispose()

    def started(_worker: Any) -> None:
        _end_streams_first(app)
        with app.app_context():
            db.engine.dispose(close=False)
        if app.config["FAIR_JOBS"] == "embedded" and _only_one(app):
            start_worker(app)
        courier = app.extensions.get("stripe_desk_courier")  # the demonstration's
        if courier is not None:
            courier.resume()
        gc.collect()
        gc.freeze()

    def ended(_server: Any, _worker: Any) -> None:
        jobs = app.extensions.get("jobs_worker")
        if jobs is not None:
            jobs.stop()

    options = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": threads,
        "worker_connections": max(1000, 2 * threads),  # gunicorn takes no more than these, busy or idle
        "keepalive": 30,
        "timeout": 120,
        "graceful_timeout": 8,
        "backlog": 2048,
        "post_worker_init": started,
        "worker_exit": ended,
        "on_exit": lambda _server: print("\nStopped.", flush=True),
        "loglevel": "warning",
        "accesslog": None,
        "control_socket_disable": True,
    }
    if app.config["FAIR_TLS"]:
        pair = certificate_for(Path(app.config["FAIR_DATA_DIR"]), own_names(host), clock.now())
        options |= {"certfile": str(pair.certificate), "keyfile": str(pair.key)}
    known = Server(app, {}).cfg.settings
    Server(app, {name: value for name, value in options.items() if name in known}).run()


def _end_streams_first(app: Flask) -> None:
    """A page that follows the fair would hold its thread until the server is killed: its stream ends when it stops."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        before = signal.getsignal(number)

        def stop(number: int, frame: Any, before: Any = before) -> None:
            app.extensions["live"].end()
            if callable(before):
                before(number, frame)

        signal.signal(number, stop)


def _only_one(app: Flask) -> bool:
    """Whether this process may work the queue: the lock goes with the process that dies, and the next one takes it."""
    file = (Path(app.config["FAIR_DATA_DIR"]) / "jobs.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    app.extensions["jobs_lock"] = file
    return True
