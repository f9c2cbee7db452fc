"""The database: one declarative base, aware UTC instants, and the only place where work is committed."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from flask import current_app, g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, MetaData, event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
RETRIED_SQLSTATES = {"40001", "40P01", "23505"}  # the last: somebody wrote the same key first, and is found now
ATTEMPTS = 5


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware on both sides of the database; naive values are refused.

    SQLite keeps it as text in UTC, PostgreSQL as timestamptz.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time has no place in the database: use app.clock.now()")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    registry = registry(
        metadata=metadata, type_annotation_map={datetime: UTCDateTime, dict[str, Any]: JSON, list[Any]: JSON}
    )


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False, "autoflush": True},
    engine_options={"json_serializer": _dump_json},
)

_sqlite_writer = threading.RLock()
_sqlite_observers: WeakKeyDictionary[Engine, tuple[sqlite3.Connection, threading.Lock]] = WeakKeyDictionary()


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Without `isolation_level = None` pysqlite begins transactions late and two buyers can both see a free booth."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "cache_size=-32000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("phien_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction() -> Iterator[None]:
    """All of the work inside is kept, or none of it. Nested calls join the outer one.

    What was read before stays readable, but proves nothing: a claim is a guarded statement inside.
    Work given to `after_commit` runs when the outermost transaction has been kept.
    """
    if getattr(g, "_in_transaction", False):
        yield
        return
    session = db.session
    session.commit()  # ends the reading before; a rollback would make every row read so far be fetched again
    on_sqlite = db.engine.dialect.name == "sqlite"
    g._in_transaction, g._after_commit = True, []
    if on_sqlite:
        _sqlite_writer.acquire()
    try:
        session.connection(execution_options={"phien_writes": True})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        g._after_commit = []
        raise
    finally:
        g._in_transaction = False
        if on_sqlite:
            _sqlite_writer.release()
    callbacks, g._after_commit = g._after_commit, []
    for callback, arguments in callbacks:
        try:
            callback(*arguments)
        except Exception:  # the work is kept already; a sweep finds what this only hurries
            current_app.logger.exception("after_commit failed: %s", getattr(callback, "__name__", callback))


@contextmanager
def writing() -> Iterator[Connection]:
    """A connection for work that is all SQL and must be quick: kept whole or not at all, without the session.

    Inside `transaction()` it is the session's own connection and joins it.
    """
    if getattr(g, "_in_transaction", False):
        yield db.session.connection()
        return
    on_sqlite = db.engine.dialect.name == "sqlite"
    if on_sqlite:
        _sqlite_writer.acquire()
    try:
        with db.engine.connect() as connection:
            connection = connection.execution_options(phien_writes=True)
            with connection.begin():
                yield connection
    finally:
        if on_sqlite:
            _sqlite_writer.release()


@contextmanager
def glancing() -> Iterator[Connection]:
    """A connection for one look at what may change the next moment; on PostgreSQL that is one round trip, not three."""
    if db.engine.dialect.name == "sqlite" or getattr(g, "_in_transaction", False):
        yield db.session.connection()
        return
    db.session.commit()  # who waits for a connection must not hold another
    with db.engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def database_state() -> Hashable:
    """What stands for all rows as they are now: equal ones saw the same rows, whoever writes, here or elsewhere.

    Ask before reading what is kept under it: the session reads anew from here on, so that what it reads is no older.
    None inside `transaction()`: what is written there nobody else sees yet.
    """
    if getattr(g, "_in_transaction", False):
        return None
    db.session.commit()  # SQLite would go on to read what stood when this request first asked it for something
    if db.engine.dialect.name == "sqlite":
        return id(db.engine), _sqlite_version(db.engine)
    return id(db.engine), db.session.scalar(_SNAPSHOT)


# Which transactions can be seen. It grows with each that writes, so an older one never comes again.
_SNAPSHOT = text("SELECT CAST(pg_current_snapshot() AS text)")


def _sqlite_version(engine: Engine) -> int:
    """Changes whenever any other connection commits; this one writes nothing, so every commit is another's.

    https://www.sqlite.org/pragma.html#pragma_data_version
    """
    if engine not in _sqlite_observers:
        file = sqlite3.connect(str(engine.url.database), isolation_level=None, check_same_thread=False)
        _sqlite_observers.setdefault(engine, (file, threading.Lock()))
    observer, lock = _sqlite_observers[engine]
    with lock:
        [(version,)] = observer.execute("PRAGMA data_version")  # read to its end: it must hold no snapshot
    return int(version)


def sqlite_write_lock() -> Any:
    """The lock under which this process writes to SQLite, for the paths that speak to the driver themselves."""
    return _sqlite_writer


def as_sqlite(value: Any) -> Any:
    """A value as SQLAlchemy writes it there: instants as text in UTC, with microseconds; objects as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, dict):
        return _dump_json(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def after_commit(callback: Callable[..., Any], *arguments: Any) -> None:
    """Run `callback` once the surrounding transaction has been kept; at once when there is none."""
    if getattr(g, "_in_transaction", False):
        g._after_commit.append((callback, arguments))
    else:
        callback(*arguments)


def retrying(work: Callable[[], T]) -> T:
    """The value of `work()`, run inside `transaction()`, again when the database says that only timing was wrong."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction():
                return work()
        except DBAPIError as error:
            if attempt == ATTEMPTS or not _only_timing(error):
                raise
            time.sleep(0.01 * 2**attempt)
    raise AssertionError("unreachable")


def _only_timing(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) in RETRIED_SQLSTATES:
        return True
    return isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)
