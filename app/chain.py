"""Seals the rows that prove figures, after they were committed: each link holds a row's digest and the link before it.

A sweep does it, in batches, a fair at a time; scans, holds and payments never wait for it or lock anything of it. What
is sealed next is every row without a link, whatever its number: a row that was written early and committed late is
found like any other. What one row says is sealed under a salt of its own and holds no personal data, so a person's
row can go: `forget_sealed` takes the salt along and writes that down, and the links before and after still hold.
"""

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, String, Table, UniqueConstraint, cast, func, insert, select, update
from sqlalchemy import text as sql_text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app import audit, clock
from app.audit import Actor, AuditEntry
from app.db import db, retrying

log = logging.getLogger(__name__)
BATCH = 250  # rows a transaction: on SQLite a scan waits no longer than one of these takes
AT_ONCE = 5000  # rows of a kind looked up before the first is sealed
REST = 2.0  # after each batch, so many times as long as it took: gates come first
NOTHING_BEFORE = "0" * 64
NO_FAIR = 0  # the chain of what belongs to no fair: accounts, keys
FORGOTTEN = "chain.row_forgotten"


def _plain(value: Any) -> str:
    """Instants in UTC with microseconds, days as they are; anything else cannot be sealed."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value))


_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False, default=_plain
)


class ChainLink(db.Model):
    """One sealed row. No foreign keys: a link outlives the row that it proves."""

    __tablename__ = "chain_link"
    __table_args__ = (UniqueConstraint("fair_id", "kind", "row_id"),)
    fair_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # from 1, without gaps
    kind: Mapped[str] = mapped_column(String(20))
    row_id: Mapped[str] = mapped_column(String(36))
    layout: Mapped[int]  # which fields of the kind were sealed
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))  # None: the row was forgotten
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of salt and fields
    previous: Mapped[str] = mapped_column(String(64))
    link: Mapped[str] = mapped_column(String(64))  # SHA-256 of `previous` and all of this but salt and position
    sealed_at: Mapped[datetime]


class ChainHead(db.Model):
    """Where a fair's chain ends, and what the last walk along it found. Only sweeps lock it."""

    __tablename__ = "chain_head"
    fair_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    link: Mapped[str] = mapped_column(String(64), default=NOTHING_BEFORE)
    sealed_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    verified_position: Mapped[int | None] = mapped_column(BigInteger)
    breaks: Mapped[int | None]  # that the last walk found


@dataclass(frozen=True)
class Kind:
    """Rows of one table, and which of their fields are sealed: those of the highest layout, the older ones to verify.

    A layout is never changed once rows were sealed by it; another field is another layout.
    """

    name: str
    table: Table
    at: str  # the column by which rows are put in order
    layouts: dict[int, tuple[str, ...]]

    @cached_property
    def values(self) -> dict[int, Callable[[Any], Any]]:
        return {layout: attrgetter(*names) for layout, names in self.layouts.items()}

    @property
    def layout(self) -> int:
        return max(self.layouts)

    @property
    def fair(self) -> Any:
        return func.coalesce(self.table.c.fair_id, NO_FAIR) if self.table.c.fair_id.nullable else self.table.c.fair_id

    @property
    def row_id(self) -> Any:
        column = self.table.c.id
        return column if isinstance(column.type, String) else cast(column, String(36))

    @property
    def unsealed(self) -> Any:
        mine = (ChainLink.fair_id == self.fair, ChainLink.kind == self.name, ChainLink.row_id == self.row_id)
        return ~select(ChainLink.position).where(*mine).exists()


KINDS: dict[str, Kind] = {}


def seals(name: str, model: type[Any], at: str, *layouts: tuple[str, ...]) -> None:
    """Have the rows of a model sealed: never a field that says who somebody is, nor one that changes afterwards."""
    table = model.__table__
    for field in (name for layout in layouts for name in layout):
        assert field in table.c, field
    KINDS[name] = Kind(name, table, at, dict(enumerate(layouts, start=1)))


def digest_of(kind: Kind, layout: int, row: Any, salt: bytes) -> str:
    """The digest of one row, equal on both databases: salt, then canonical JSON of kind, layout and fields."""
    written = _CANONICAL.encode([kind.name, layout, kind.values[layout](row)])
    return hashlib.sha256(salt + written.encode("utf-8", "surrogatepass")).hexdigest()


def link_of(previous: str, fair_id: int, kind: str, row_id: str, layout: int, digest: str, sealed_at: datetime) -> str:
    """What ties a link to the one before it."""
    told = f"{previous}\n{fair_id}\n{kind}\n{row_id}\n{layout}\n{digest}\n{_plain(sealed_at)}"
    return hashlib.sha256(told.encode()).hexdigest()


def seal_all() -> int:
    """Seal every committed row that has no link yet; answers how many. Two at once share the work."""
    sealed = 0
    while found := _waiting():
        done = 0
        for fair_id, ids in found.items():
            for start in range(0, len(ids), BATCH):
                began = time.perf_counter()
                try:
                    done += seal(fair_id, ids[start : start + BATCH])
                except SQLAlchemyError:  # one fair's broken head must not keep the others from being sealed
                    log.exception("chain of fair %s cannot go on", fair_id)
                    break
                time.sleep(min(0.25, REST * (time.perf_counter() - began)))
        sealed += done
        if not done:  # another process was faster with all of it
            break
    return sealed


def seal(fair_id: int, rows: Sequence[tuple[str, str]]) -> int:
    """Seal these rows (kind, id) of a fair in one transaction, in this order; those that have a link are left out."""
    return retrying(lambda: _seal(fair_id, rows, clock.now()))


def rows_waiting(fair_id: int) -> int:
    """How many committed rows of the fair have no link yet."""
    counts = (
        select(func.count()).select_from(kind.table).where(kind.fair == fair_id, kind.unsealed)
        for kind in KINDS.values()
    )
    return sum(db.session.scalar(count) or 0 for count in counts)


def head_of(fair_id: int) -> ChainHead:
    """Where the fair's chain stands; a fair without a link has an empty one."""
    found = db.session.get(ChainHead, fair_id, populate_existing=True)
    return found or ChainHead(fair_id=fair_id, position=0, link=NOTHING_BEFORE)


def forget_sealed(actor: Actor, fair_id: int, kind: str, row_ids: Iterable[str | int]) -> None:
    """Take the salts of rows that are erased, so that nobody can try what they said; the log keeps which and when.

    Whoever erases calls this in the same transaction. A row that was not sealed yet needs nothing.
    """
    for row_id in map(str, row_ids):
        mine = (ChainLink.fair_id == fair_id, ChainLink.kind == kind, ChainLink.row_id == row_id)
        taken = db.session.execute(update(ChainLink).where(*mine, ChainLink.salt.is_not(None)).values(salt=None))
        if taken.rowcount:  # type: ignore[attr-defined]
            audit.record(actor, FORGOTTEN, kind, row_id, fair_id or None)


def _waiting() -> dict[int, list[tuple[str, str]]]:
    """Every fair with rows to be sealed, at most AT_ONCE of a kind: the log first, then the others by time."""
    found: dict[int, list[tuple[str, str]]] = {}
    for kind in KINDS.values():
        wanted = select(kind.fair, kind.row_id).where(kind.unsealed).order_by(kind.table.c[kind.at], kind.table.c.id)
        for fair_id, row_id in db.session.execute(wanted.limit(AT_ONCE)):
            found.setdefault(fair_id, []).append((kind.name, row_id))
    db.session.rollback()
    return found


def _seal(fair_id: int, rows: Sequence[tuple[str, str]], now: datetime) -> int:
    position, previous = _locked_head(fair_id)
    found = {(kind, row.row_id): row for kind in {kind for kind, _ in rows} for row in _rows(fair_id, kind, rows)}
    links = []
    for kind, row_id in rows:
        row = found.pop((kind, row_id), None)
        if row is None:  # sealed meanwhile, or gone
            continue
        salt, layout = secrets.token_bytes(16), KINDS[kind].layout
        digest = digest_of(KINDS[kind], layout, row, salt)
        link = link_of(previous, fair_id, kind, row_id, layout, digest, now)
        position += 1
        links.append(
            {"fair_id": fair_id, "position": position, "kind": kind, "row_id": row_id, "layout": layout, "salt": salt}
            | {"digest": digest, "previous": previous, "link": link, "sealed_at": now}
        )
        previous = link
    if links:
        db.session.execute(insert(ChainLink.__table__), links)
        moved = update(ChainHead).where(ChainHead.fair_id == fair_id, ChainHead.position == position - len(links))
        done = db.session.execute(moved.values(position=position, link=previous, sealed_at=now))
        assert done.rowcount == 1, "the head was locked"  # type: ignore[attr-defined]
    return len(links)


def _locked_head(fair_id: int) -> tuple[int, str]:
    """The end of the chain, waited for if another sweep has it. A head that was lost is found by the last link."""
    wanted = select(ChainHead.position, ChainHead.link).where(ChainHead.fair_id == fair_id).with_for_update()
    head = db.session.execute(wanted).first()
    if head is None:
        last = select(ChainLink.fair_id, ChainLink.position, ChainLink.link).where(ChainLink.fair_id == fair_id)
        end = db.session.execute(last.order_by(ChainLink.position.desc()).limit(1)).first()
        values = {"fair": fair_id, "position": end.position if end else 0, "link": end.link if end else NOTHING_BEFORE}
        db.session.execute(_MAKE_HEAD, values)
        head = db.session.execute(wanted).one()
    return head.position, head.link


_MAKE_HEAD = sql_text(
    "INSERT INTO chain_head (fair_id, position, link) VALUES (:fair, :position, :link) ON CONFLICT DO NOTHING"
)


def _rows(fair_id: int, name: str, rows: Sequence[tuple[str, str]]) -> Iterable[Any]:
    """The fields of those rows of one kind that have no link."""
    kind = KINDS[name]
    return db.session.execute(
        fields_of(kind, fair_id, [row_id for own, row_id in rows if own == name]).where(kind.unsealed)
    )


def fields_of(kind: Kind, fair_id: int, row_ids: Sequence[str]) -> Any:
    """A statement for the sealed fields of rows, with `row_id` beside them."""
    numbered = not isinstance(kind.table.c.id.type, String)
    ids = [int(row_id) for row_id in row_ids if row_id.isdigit()] if numbered else list(row_ids)
    names = {name for layout in kind.layouts.values() for name in layout}
    columns = [kind.table.c[name] for name in sorted(names)]
    return select(kind.row_id.label("row_id"), *columns).where(kind.fair == fair_id, kind.table.c.id.in_(ids))


seals(
    "audit_entry",
    AuditEntry,
    "at",
    ("id", "fair_id", "at", "actor", "action", "subject_kind", "subject_id", "details"),
)
