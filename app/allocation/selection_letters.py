"""What exhibitors are told of their turn by mail, each in its language: the window, its nearness, a draw's end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select, update

from app import clock
from app.allocation.letters import tell_exhibitor
from app.allocation.selection_models import Selection, SelectionEntry, SelectionState
from app.db import db, retrying
from app.fairs.models import Exhibitor, Fair
from app.jobs import sweep

REMIND_BEFORE = timedelta(hours=24)  # or, of windows that are nearer when they are drawn, half of the time between


def tell_windows(fair: Fair, selection: Selection, entries: Sequence[SelectionEntry]) -> None:
    """The order is drawn: everybody's place and window. `entries` are the whole order."""
    for exhibitor, entry in _whose(selection.id):
        tell_exhibitor(fair, exhibitor, "selection_window", **_said(selection, entry), of=len(entries))


def tell_end(fair: Fair, selection: Selection, called_off: bool) -> None:
    """A published draw is replaced, or called off: why."""
    for exhibitor, _entry in _whose(selection.id) or _whose(selection.follows_id or 0):  # a draft has no list yet
        tell_exhibitor(
            fair, exhibitor, "selection_ended",
            called_off=called_off, reason=selection.end_reason, number=selection.number, general=selection.general_at,
        )  # fmt: skip


@sweep
def remind_of_windows() -> None:
    """Once, before a window begins; what a server that was down missed goes out until the window is over."""
    now = clock.now()
    near = (
        select(SelectionEntry.id)
        .join(Selection, Selection.id == SelectionEntry.selection_id)
        .join(Fair, Fair.id == SelectionEntry.fair_id)
        .where(
            Fair.selects_until > now,
            Selection.state == SelectionState.DRAWN,
            SelectionEntry.reminded_at.is_(None),
            SelectionEntry.starts_at <= now + REMIND_BEFORE,
            SelectionEntry.ends_at > now,
        )
        .order_by(SelectionEntry.starts_at, SelectionEntry.id)
    )
    for entry_id in db.session.scalars(near).all():
        retrying(partial(_remind, entry_id, now))


def _remind(entry_id: int, now: datetime) -> None:
    entry, selection, fair, exhibitor = db.session.execute(
        select(SelectionEntry, Selection, Fair, Exhibitor)
        .join(Selection, Selection.id == SelectionEntry.selection_id)
        .join(Fair, Fair.id == SelectionEntry.fair_id)
        .join(Exhibitor, Exhibitor.id == SelectionEntry.exhibitor_id)
        .where(SelectionEntry.id == entry_id)
    ).one()
    if entry.starts_at is None or selection.drawn_at is None:  # cannot be: the sweep found it drawn
        return
    before = min(REMIND_BEFORE, (entry.starts_at - selection.drawn_at) / 2)
    if now < entry.starts_at - before:
        return
    told = db.session.execute(
        update(SelectionEntry)
        .where(SelectionEntry.id == entry_id, SelectionEntry.reminded_at.is_(None))
        .values(reminded_at=now)
    )
    if told.rowcount:  # type: ignore[attr-defined]
        of = db.session.scalar(select(func.count()).where(SelectionEntry.selection_id == selection.id)) or 0
        tell_exhibitor(fair, exhibitor, "selection_soon", **_said(selection, entry), of=of)


def _whose(selection_id: int) -> Sequence[Any]:
    return db.session.execute(
        select(Exhibitor, SelectionEntry)
        .join(SelectionEntry, SelectionEntry.exhibitor_id == Exhibitor.id)
        .where(SelectionEntry.selection_id == selection_id, Exhibitor.withdrawn_at.is_(None))
        .order_by(SelectionEntry.id)
    ).all()


def _said(selection: Selection, entry: SelectionEntry) -> dict[str, Any]:
    return {
        "number": selection.number, "place": entry.place, "points": entry.points, "starts": entry.starts_at,
        "ends": entry.ends_at, "general": selection.general_at,
    }  # fmt: skip
