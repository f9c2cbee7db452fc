"""Who has a seat in a session and who sits there, as a scan at its door is judged by it.

One at a time: whoever reads a room holds the session's row until the transaction ends (on SQLite the process's write
lock), as who signs up does. So the last seat goes to one, at the door or on the programme's page.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Date, bindparam, text
from sqlalchemy.engine import Connection

from app.db import UTCDateTime
from app.visitors.checkin import Passage

LOCK = text("SELECT id FROM fair_session WHERE id = :session FOR NO KEY UPDATE")
SIGNED_UP = text(
    "SELECT registration_id FROM session_signup WHERE fair_id = :fair AND session_id = :session AND ended_at IS NULL"
)
# Of staff, press and crew who only look in (`admitted_staff`) nobody takes a seat. The days name the index.
IN_ROOM = (
    text(
        "SELECT s.id, s.counted_at, s.direction, b.registration_id FROM scan s JOIN badge b ON b.id = s.badge_id"
        " WHERE s.fair_id = :fair AND s.day IN :days AND s.gate_id = :gate AND s.counts = 'session'"
        " AND s.annulled_by IS NULL AND s.verdict <> 'admitted_staff' ORDER BY s.counted_at, s.id"
    )
    .bindparams(bindparam("days", expanding=True, type_=Date))
    .columns(counted_at=UTCDateTime)
)


@dataclass
class Room:
    """`signed_up`: registrations with a seat that stands; `passages`: of each person at this door, in order."""

    signed_up: set[int] = field(default_factory=set)
    passages: dict[int, tuple[Passage, ...]] = field(default_factory=dict)

    @property
    def sitting(self) -> set[int]:
        return {person for person, passages in self.passages.items() if passages and passages[-1].way == "in"}

    def seen_by(self, person: int | None) -> dict[str, Any]:
        """What `checkin.State` says of the room to one person."""
        sitting, mine = self.sitting, {person}
        return {
            "passages": self.passages.get(person, ()) if person is not None else (),
            "signed_up": person in self.signed_up,
            "taken": len(sitting - mine),
            "held": len(self.signed_up - sitting - mine),
        }

    def seats_given(self, released: bool) -> int:
        """Seats that somebody new does not get."""
        return len(self.sitting if released else self.sitting | self.signed_up)


def room_of(
    connection: Connection, fair_id: int, session_id: int, gate_id: int, gate: str, days: Collection[date]
) -> Room:
    """The room as it is, and nobody else changes it until the transaction ends. `days`: of the fair."""
    if connection.dialect.name == "postgresql":
        connection.execute(LOCK, {"session": session_id})
    of = {"fair": fair_id, "session": session_id}
    room = Room(set(connection.scalars(SIGNED_UP, of)))
    found = connection.execute(IN_ROOM, {"fair": fair_id, "gate": gate_id, "days": sorted(days)})
    for row in found:
        made = Passage(row.id, row.counted_at, gate, row.direction)
        room.passages[row.registration_id] = (*room.passages.get(row.registration_id, ()), made)
    return room
