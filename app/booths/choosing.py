"""Booths that are chosen in turn before booking opens for all: what a hold asks, and what the plan says of it.

app/allocation draws the order and registers here whose turn it is; a fair without windows costs no statement.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.booths.claims import Seen
from app.booths.models import Booth
from app.fairs.models import Fair


@dataclass(frozen=True)
class Turn:
    """How a draw stands for one company, or for a reader without one (`exhibitor_id` None)."""

    number: int  # of the draw
    state: str  # as app/allocation/selection_models.py names it
    zone_id: int | None  # None: the whole fair
    zone: str  # its code
    general_at: datetime
    exhibitor_id: int | None = None
    exhibitor: str = ""
    place: int | None = None
    of: int = 0  # companies in the order
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def has_begun(self, now: datetime) -> bool:
        """Whether this company may book: from its window on, with everybody else at the latest."""
        return self.general_at <= now or (self.starts_at is not None and self.starts_at <= now)


BEFORE_TURN: list[Callable[[Fair, int, Sequence[Seen], datetime], None]] = []  # raise NotYourTurn
TURNS: list[Callable[[Fair, Collection[int], datetime], list[Turn]]] = []


def chooses_in_turn(fair: Fair, now: datetime) -> bool:
    """Whether some booths of the fair are not open for all yet."""
    return fair.selects_until is not None and fair.selects_until > now


def turns_shown(fair: Fair, exhibitor_ids: Collection[int], now: datetime) -> list[Turn]:
    """The turns of these companies, draw by draw; nothing where booking is open for all, or for a stranger."""
    if not chooses_in_turn(fair, now) or not exhibitor_ids:
        return []
    return [turn for turns in TURNS for turn in turns(fair, exhibitor_ids, now)]


def who_waits(turns: Sequence[Turn], booths: Collection[Booth], now: datetime) -> Turn | None:
    """The turn that does not let its company book these booths yet: of each booth's zone, else of the whole fair."""
    by_scope: dict[Any, Turn] = {turn.zone_id: turn for turn in turns}
    for booth in booths:
        turn = by_scope.get(booth.zone_id) or by_scope.get(None)
        if turn is not None and not turn.has_begun(now):
            return turn
    return None
