"""`machine`: long stories of booths and money, told at random. A story after which something does not hold fails."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from hypothesis import reporting

from app import clock, create_app
from app.db import db, transaction
from app.fairs.models import Fair
from bench.frame import Bench, DoesNotAddUp
from tests.support.cast import make_cast
from tests.support.machine import machine_of, search
from tests.support.market import Market
from tests.support.postgres import Cluster

STORIES, STEPS = 500, 50


def machine(bench: Bench) -> None:
    """One search a database: what it finds is its result, so it is not repeated for a median."""
    stories = bench.size(STORIES)
    for kind in ("sqlite", "postgresql"):
        with _fair(kind) as (app, market):
            started = time.monotonic()
            try:
                with reporting.with_reporter(lambda _text: None):
                    search(machine_of(app, market), stories, STEPS)
            except Exception as found:
                story = "\n".join(getattr(found, "__notes__", []))
                raise DoesNotAddUp(f"{kind}: {type(found).__name__}: {found}\n{story}") from found
            finally:
                clock.set_offset(clock.timedelta())
            seconds = time.monotonic() - started
        bench.note(f"{kind}, {stories} stories of {STEPS} steps", "faults", [0], "", at_most=1)
        bench.note(f"{kind}, {stories} stories of {STEPS} steps", "steps", [stories * STEPS / seconds], "/s")


@contextmanager
def _fair(kind: str) -> Iterator[tuple[Flask, Market]]:
    """The cast's small fair in a database of its own, thrown away afterwards."""
    folder = tempfile.mkdtemp(prefix=f"phien-machine-{kind}-")
    cluster = Cluster() if kind == "postgresql" else None
    url = cluster.url("fair") if cluster is not None else ""
    app = create_app({"TESTING": True, "FAIR_DATA_DIR": folder, "FAIR_DATABASE_URL": url, "FAIR_SECRET_KEY": "machine"})
    try:
        with app.app_context():
            db.create_all()
            cast = make_cast("")
            with transaction():
                db.session.get_one(Fair, cast.fair.id).is_demo = True  # so that cards can pay
            db.session.expunge_all()
        yield app, Market(cast)
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        if cluster is not None:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
