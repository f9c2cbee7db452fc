"""The stage of every test: a real database of both kinds, the cast, a client that can sign in."""

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app import clock, create_app, kept
from app.accounts.models import Person
from app.db import db
from tests.support.browser import browser, context, page, phone_page, playwright
from tests.support.cast import PASSWORD, Cast, make_cast
from tests.support.live_server import demo_server, live_server, made_cast, made_demo
from tests.support.mail_sink import mail_sink, silent_server
from tests.support.postgres import Cluster
from tests.support.tables import empty

__all__ = [
    "browser",
    "context",
    "demo_server",
    "live_server",
    "made_cast",
    "made_demo",
    "mail_sink",
    "page",
    "phone_page",
    "playwright",
    "silent_server",
]

LONGEST = (  # a minute or more, then what takes most of one
    "tests/house/test_hostile_input.py",
    "tests/visitors/test_gate_page.py",
    "tests/house/test_openapi.py",
    "tests/stories/",
    "tests/kernel/test_live.py",
    "tests/reports/test_report_pages.py",
    "tests/booths/test_machine.py",
    "tests/commands/test_fair.py",
    "tests/allocation/test_machine.py",
    "tests/booths/test_plan_page.py",
)
DATABASES = [d for d in ("sqlite", "postgresql") if os.environ.get("FAIR_TEST_DB", d) == d]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: of two workers none is left alone with one of them at the end.

    pyproject.toml's `--no-loadscope-reorder` keeps this order; else files of few tests, the stories, would come last.
    """
    place = {name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: next((n for name, n in place.items() if item.nodeid.startswith(name)), len(LONGEST)))


@pytest.fixture
def mail_server_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an installation whose mails go out; no test speaks with this server."""
    monkeypatch.setitem(app.config, "FAIR_MAIL_URL", "smtp://127.0.0.1:9")


class Client(FlaskClient):
    """Signs people in without the form, as the session would stand after it."""

    def sign_in(self, person: Person) -> None:
        with self.session_transaction() as session:
            session["_user_id"] = person.get_id()
            session["_fresh"] = True
            session["key"] = uuid.uuid4().hex

    def sign_out(self) -> None:
        with self.session_transaction() as session:
            session.clear()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session", params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest) -> Callable[..., str]:
    """Makes an empty database, or a copy of that at the second URL that nobody uses now, and answers its URL.

    For SQLite the empty word, since each data folder has its own.
    """
    numbers = count(1)

    def make(kind: str, template: str = "") -> str:
        if kind == "sqlite":
            return ""
        return str(request.getfixturevalue("cluster").url(f"fair_{next(numbers)}", template))

    return make


@pytest.fixture(scope="session")
def kept_apps(
    new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Flask]]:
    """One application a database for the whole run; its tables are emptied between tests."""
    made: dict[str, Flask] = {}

    with ExitStack() as stack:

        def kept(kind: str) -> Flask:
            if kind not in made:
                made[kind] = stack.enter_context(_made(kind, str(tmp_path_factory.mktemp(kind)), new_database(kind)))
            return made[kind]

        yield kept


@contextmanager
def _made(kind: str, folder: str, url: str) -> Iterator[Flask]:
    app = create_app(
        {
            "TESTING": True,
            "FAIR_DATA_DIR": folder,
            "FAIR_DATABASE_URL": url,
            "FAIR_SECRET_KEY": "tests-only",
            "FAIR_NO_LIMITS": True,
            "WTF_CSRF_ENABLED": False,
        }
    )
    app.test_client_class = Client
    with app.app_context():
        if kind == "sqlite":
            event.listen(db.engine, "connect", lambda c, _r: c.execute("PRAGMA synchronous=OFF"))
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(database: str, kept_apps: Callable[[str], Flask]) -> Iterator[Flask]:
    kept.forget_all()
    kept_app = kept_apps(database)
    yield kept_app
    with kept_app.app_context():
        db.session.remove()
        empty(db.engine)
    clock.set_offset(clock.timedelta())


@pytest.fixture
def client(app: Flask) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    return client


@pytest.fixture(scope="session")
def password_hash() -> str:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


@pytest.fixture
def cast(app: Flask, password_hash: str) -> Cast:
    """The cast; its rows are detached: read their columns, fetch them again to change them."""
    with app.app_context():
        cast = make_cast(password_hash)
        db.session.expunge_all()
    return cast


@pytest.fixture
def statements(app: Flask) -> Any:
    """`with statements() as seen:` lists the SQL that this thread sends meanwhile; others have work of their own."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        seen: list[str] = []
        here = threading.get_ident()

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if threading.get_ident() == here:
                seen.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return watch
