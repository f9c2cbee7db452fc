"""Draws as pages and programs read them: which there are, and how each company of one stands."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, or_, select

from app.allocation.selection_models import Selection, SelectionEntry, SelectionState
from app.booths.models import Booth, BoothState
from app.db import db
from app.fairs.models import Exhibitor, Fair, Zone


class Standing(StrEnum):
    WAITS = "waits"  # its window has not begun
    CHOOSING = "choosing"  # it may book, and has nothing yet
    MISSED = "missed"  # its window is over without a booth; it may go on until booking opens for all
    CHOSEN = "chosen"  # it has a booth where the windows count: held, awaiting payment or let


@dataclass(frozen=True)
class Drawn:
    """A draw with the zone that it is of."""

    selection: Selection
    zone: Zone | None


@dataclass(frozen=True)
class Place:
    entry: SelectionEntry
    exhibitor: Exhibitor
    booths: list[str]
    standing: Standing


def selections(fair_id: int, published: bool = False) -> list[Drawn]:
    """All draws of a fair, the latest first; `published`: those whose list everybody can read."""
    wanted = (
        select(Selection, Zone).outerjoin(Zone, Zone.id == Selection.zone_id).where(Selection.fair_id == fair_id)
    ).order_by(Selection.number.desc())
    if published:
        wanted = wanted.where(Selection.fixed_at.is_not(None))
    return [Drawn(one, zone) for one, zone in db.session.execute(wanted)]


def places(fair: Fair, selection: Selection, now: datetime) -> list[Place]:
    """Everybody of a draw in its order (before the seed, by points and number), with what it has, in two queries."""
    rows = db.session.execute(
        select(SelectionEntry, Exhibitor)
        .join(Exhibitor, Exhibitor.id == SelectionEntry.exhibitor_id)
        .where(SelectionEntry.fair_id == fair.id, SelectionEntry.selection_id == selection.id)
        .order_by(SelectionEntry.place, SelectionEntry.points.desc(), SelectionEntry.exhibitor_id)
    ).all()
    had = select(Booth.exhibitor_id, Booth.number).where(
        Booth.fair_id == fair.id,
        Booth.exhibitor_id.is_not(None),
        or_(
            Booth.state == BoothState.LET,
            and_(Booth.state.in_((BoothState.HELD, BoothState.RESERVED)), Booth.held_until > now),
        ),
    )
    if selection.zone_id is not None:
        had = had.where(Booth.zone_id == selection.zone_id)
    booths: defaultdict[int, list[str]] = defaultdict(list)
    for row in db.session.execute(had.order_by(Booth.number)):
        booths[row.exhibitor_id].append(row.number)
    return [Place(entry, whose, booths[whose.id], _standing(entry, booths[whose.id], now)) for entry, whose in rows]


def count_of(found: list[Place]) -> dict[str, int]:
    """How many stand how; every standing is named."""
    counted = Counter(one.standing for one in found)
    return {standing.value: counted[standing] for standing in Standing}


def has_ties(found: list[Place]) -> bool:
    return len({one.entry.points for one in found}) < len(found)


def is_public(selection: Selection) -> bool:
    return selection.state != SelectionState.DRAFT and selection.fixed_at is not None


def _standing(entry: SelectionEntry, booths: list[str], now: datetime) -> Standing:
    if booths:
        return Standing.CHOSEN
    if entry.starts_at is None or entry.ends_at is None or now < entry.starts_at:
        return Standing.WAITS
    return Standing.CHOOSING if now < entry.ends_at else Standing.MISSED
