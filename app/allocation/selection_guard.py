"""Whose turn it is: the guard of every hold while booths are chosen in turn, and how turns stand for readers."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from app import clock
from app.allocation.selection_models import Selection, SelectionEntry, SelectionState
from app.booths.choosing import BEFORE_TURN, TURNS, Turn, chooses_in_turn
from app.booths.claims import Seen, run
from app.booths.errors import NotInTurn, NotYourTurn, TurnsNotDrawn
from app.db import db
from app.fairs.models import Exhibitor, Fair, Zone
from app.formats import local_name


def refuse_before_turn(fair: Fair, exhibitor_id: int, booths: Sequence[Seen], now: datetime) -> None:
    """Nobody takes booths before its window: a zone's own windows count there, elsewhere those of the whole fair.

    Raises NotYourTurn, NotInTurn, TurnsNotDrawn.
    """
    turns = {row.scope: row for row in run(_TURNS, fair=fair.id, exhibitor=exhibitor_id)}
    barred = [
        (booth.number, turn)
        for booth in booths
        if (turn := turns.get(booth.zone_id or 0) or turns.get(0)) is not None and not _may_book(turn, now)
    ]
    if not barred:
        return
    turn = max((turn for _number, turn in barred), key=lambda one: one.starts_at or one.general_at)
    refusal = NotYourTurn if turn.starts_at else NotInTurn if turn.state == SelectionState.DRAWN else TurnsNotDrawn
    raise refusal(
        booths=[number for number, _turn in barred],
        starts_at=turn.starts_at.isoformat() if turn.starts_at else None,
        general_at=turn.general_at.isoformat(),
        at=clock.stamp(fair, turn.starts_at or turn.general_at),
    )


def open_to_all(fair: Fair, now: datetime) -> Callable[[int | None], bool]:
    """Whether booths of a zone (None: of none) are not chosen in turn at this moment: the waiting list asks."""
    if not chooses_in_turn(fair, now):
        return lambda _zone_id: True
    general = {
        row.scope: row.general_at
        for row in db.session.execute(
            select(Selection.scope, Selection.general_at).where(Selection.fair_id == fair.id, *_binding())
        )
    }
    return lambda zone_id: general.get(zone_id or 0, general.get(0, now)) <= now


def turns_of(fair: Fair, exhibitor_ids: Collection[int], now: datetime) -> list[Turn]:
    """Every draw that binds, for each of these companies; a company that is not on its list has no place."""
    of = (
        select(SelectionEntry.selection_id, func.count().label("of"))
        .where(SelectionEntry.fair_id == fair.id)
        .group_by(SelectionEntry.selection_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Selection, Exhibitor, SelectionEntry, Zone.code, func.coalesce(of.c.of, 0))
        .join(Exhibitor, and_(Exhibitor.fair_id == Selection.fair_id, Exhibitor.id.in_(exhibitor_ids)))
        .outerjoin(
            SelectionEntry,
            and_(SelectionEntry.selection_id == Selection.id, SelectionEntry.exhibitor_id == Exhibitor.id),
        )
        .outerjoin(Zone, Zone.id == Selection.zone_id)
        .outerjoin(of, of.c.selection_id == Selection.id)
        .where(Selection.fair_id == fair.id, *_binding())
        .order_by(Selection.scope, Exhibitor.id)
    )
    return [
        Turn(
            number=one.number, state=one.state, zone_id=one.zone_id, zone=code or "", general_at=one.general_at,
            exhibitor_id=whose.id, exhibitor=local_name(whose), place=entry.place if entry else None, of=total,
            starts_at=entry.starts_at if entry else None, ends_at=entry.ends_at if entry else None,
        )
        for one, whose, entry, code, total in rows
    ]  # fmt: skip


def _may_book(turn: Any, now: datetime) -> bool:
    return bool(turn.general_at <= now or (turn.starts_at is not None and turn.starts_at <= now))


def _binding() -> tuple[Any, ...]:
    return Selection.binds.is_(True), Selection.ended_at.is_(None)


# Many hold in the same minute: the statement is put together once.
_TURNS = (
    select(Selection.scope, Selection.state, Selection.general_at, SelectionEntry.starts_at)
    .outerjoin(
        SelectionEntry,
        and_(SelectionEntry.selection_id == Selection.id, SelectionEntry.exhibitor_id == bindparam("exhibitor")),
    )
    .where(Selection.fair_id == bindparam("fair"), *_binding())
)
BEFORE_TURN.append(refuse_before_turn)
TURNS.append(turns_of)
