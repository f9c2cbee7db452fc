"""Walks a fair's chain from its first link to its head, and says where it breaks and what was done there."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select, update

from app import clock
from app.audit import AuditEntry
from app.chain import (
    FORGOTTEN,
    KINDS,
    NO_FAIR,
    NOTHING_BEFORE,
    REST,
    ChainHead,
    ChainLink,
    digest_of,
    fields_of,
    head_of,
    link_of,
    rows_waiting,
    seal_all,
)
from app.db import db, transaction
from app.jobs import sweep

log = logging.getLogger(__name__)
A_PAGE = 1000
WALKED_EVERY = timedelta(hours=24)
LISTED = 200  # breaks told one by one; the rest is counted


class What(StrEnum):
    """What was done to a chain or to a row that it proves."""

    ROW_MISSING = "row missing"
    ROW_ALTERED = "row altered"
    LINK_ALTERED = "link altered"
    LINK_MISSING = "link missing"
    ORDER_ALTERED = "order altered"
    HEAD_ALTERED = "head altered"
    NOT_RECORDED = "forgotten without a record"
    STILL_THERE = "forgotten, yet there"


@dataclass(frozen=True)
class Break:
    """One place at which a chain does not hold."""

    position: int
    kind: str
    row_id: str
    what: What


@dataclass
class Walked:
    """What a walk found. `noted_at` is the position of a head that somebody kept, None where no link has it."""

    fair_id: int
    sealed: int = 0
    waiting: int = 0
    forgotten: int = 0
    head: str = NOTHING_BEFORE
    broken: int = 0
    breaks: list[Break] = field(default_factory=list)
    noted_at: int | None = None

    def add(self, what: What, position: int, kind: str = "", row_id: str = "") -> None:
        self.broken += 1
        if len(self.breaks) < LISTED:
            self.breaks.append(Break(position, kind, row_id, what))

    def add_gap(self, first: int, behind: int) -> None:
        for position in range(first, min(behind, first + LISTED)):
            self.add(What.LINK_MISSING, position)
        self.broken += max(0, behind - first - LISTED)


def walk(fair_id: int, noted: str = "", gently: bool = False) -> Walked:
    """Read every link and the row behind it. `noted` is how a head began that was kept elsewhere.

    A page of links is a reading of its own: sealing goes on meanwhile, and what it adds is walked too.
    `gently` rests between pages, for a server that people wait for.
    """
    db.session.rollback()
    walked, expected, before = Walked(fair_id), 1, {NOTHING_BEFORE}
    head = head_of(fair_id)
    end, head_holds = (head.position, head.link), (head.verified_position or 0) <= head.position
    astray: list[Any] = []
    for links in _pages(fair_id):
        began = time.perf_counter()
        rows = _rows_behind(fair_id, links)
        for one in links:
            walked.add_gap(expected, one.position)
            own = link_of(one.previous, fair_id, one.kind, one.row_id, one.layout, one.digest, one.sealed_at)
            if own != one.link:
                walked.add(What.LINK_ALTERED, one.position, one.kind, one.row_id)
            else:
                _check_row(walked, one, rows.get((one.kind, one.row_id)))
                if one.position == expected and one.previous not in before:
                    astray.append(one)
            expected, before = one.position + 1, {own, one.link}
            walked.sealed, walked.head = walked.sealed + 1, one.link
            if one.position == end[0]:
                head_holds = head_holds and end[1] in before
            if noted and one.link.startswith(noted):
                walked.noted_at = one.position
        db.session.rollback()
        time.sleep(min(0.25, REST * (time.perf_counter() - began)) if gently else 0)
    for one in _out_of_place(fair_id) or astray if astray else ():
        walked.add(What.ORDER_ALTERED, one.position, one.kind, one.row_id)
    walked.breaks.sort(key=lambda one: one.position)
    walked.add_gap(expected, end[0] + 1)
    if not head_holds or head_of(fair_id).position < expected - 1:  # read again: it never falls behind the links
        walked.add(What.HEAD_ALTERED, end[0])
    walked.waiting = rows_waiting(fair_id)
    db.session.rollback()
    return walked


def keep(walked: Walked, now: datetime) -> None:
    """Note on the chain's head what a walk found."""
    with transaction():
        found = {"verified_at": now, "verified_position": walked.sealed, "breaks": walked.broken}
        db.session.execute(update(ChainHead).where(ChainHead.fair_id == walked.fair_id).values(**found))


def chains() -> list[int]:
    """Every chain that has a link or rows waiting for one, that of no fair last."""
    found = set(db.session.scalars(select(ChainHead.fair_id)))
    for kind in KINDS.values():
        found |= set(db.session.scalars(select(kind.fair).distinct()))
    db.session.rollback()
    return sorted(found, key=lambda fair_id: (fair_id == NO_FAIR, fair_id))


def _pages(fair_id: int) -> Iterator[list[Any]]:
    after = 0
    while True:
        wanted = select(ChainLink.__table__).where(ChainLink.fair_id == fair_id, ChainLink.position > after)
        links = db.session.execute(wanted.order_by(ChainLink.position).limit(A_PAGE)).all()
        if not links:
            return
        yield list(links)
        after = links[-1].position


def _rows_behind(fair_id: int, links: list[Any]) -> dict[tuple[str, str], Any]:
    ids: dict[str, list[str]] = {}
    for one in links:
        ids.setdefault(one.kind, []).append(one.row_id)
    known = [name for name in ids if name in KINDS]
    return {
        (name, row.row_id): row
        for name in known
        for row in db.session.execute(fields_of(KINDS[name], fair_id, ids[name]))
    }


def _check_row(walked: Walked, one: Any, row: Any) -> None:
    kind = KINDS.get(one.kind)
    if one.salt is None:
        walked.forgotten += 1
        if row is not None:  # without its salt nobody can tell what it said when it was sealed
            walked.add(What.STILL_THERE, one.position, one.kind, one.row_id)
        elif not _is_recorded(one):
            walked.add(What.NOT_RECORDED, one.position, one.kind, one.row_id)
    elif row is None or kind is None or one.layout not in kind.layouts:
        walked.add(What.ROW_MISSING, one.position, one.kind, one.row_id)
    elif digest_of(kind, one.layout, row, bytes(one.salt)) != one.digest:
        walked.add(What.ROW_ALTERED, one.position, one.kind, one.row_id)


def _is_recorded(one: Any) -> bool:
    """Whether the log says that this row was forgotten."""
    mine = AuditEntry.fair_id == one.fair_id if one.fair_id != NO_FAIR else AuditEntry.fair_id.is_(None)
    about = (AuditEntry.subject_kind == one.kind, AuditEntry.subject_id == one.row_id)
    return (
        db.session.scalar(select(AuditEntry.id).where(mine, *about, AuditEntry.action == FORGOTTEN).limit(1))
        is not None
    )


def _out_of_place(fair_id: int) -> list[Any]:
    """The links that stand elsewhere than where following from the first one leads."""
    columns = (ChainLink.position, ChainLink.kind, ChainLink.row_id, ChainLink.previous, ChainLink.link)
    links = db.session.execute(select(*columns).where(ChainLink.fair_id == fair_id)).all()
    following, at, place, found = {one.previous: one for one in links}, NOTHING_BEFORE, 0, []
    while (one := following.pop(at, None)) is not None:
        at, place = one.link, place + 1
        if one.position != place:
            found.append(one)
    return sorted(found, key=lambda one: one.position)


@sweep
def seal_rows() -> None:
    """Seal what waits, and walk each chain once a day, so that a break is seen without anybody asking."""
    seal_all()
    now = clock.now()
    due = select(ChainHead.fair_id).where(
        ChainHead.position > 0, or_(ChainHead.verified_at.is_(None), ChainHead.verified_at < now - WALKED_EVERY)
    )
    for fair_id in db.session.scalars(due).all():
        walked = walk(fair_id, gently=True)
        keep(walked, clock.now())
        for one in walked.breaks:
            log.error("chain of fair %s breaks at %s: %s %s %s", fair_id, one.position, one.kind, one.row_id, one.what)
