"""Who is, was or wants to be on another exhibitor's booth, and how much room there is. Reads only."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select

from app.booths.models import Booth, BoothState
from app.db import db
from app.errors import NotFound
from app.fairs.models import Approval, Exhibitor, Fair
from app.fairs.queries import is_shown

UNIT_CM2 = 90_000  # 9 m², the standard booth that the cap is told in


class GuestKind(StrEnum):
    CO = "co"
    REPRESENTED = "represented"


@dataclass(frozen=True)
class Room:
    """How many co-exhibitors an exhibitor's let booths have room for, and how many are there or asked for."""

    area_cm2: int
    at_most: int | None  # none: no cap
    taken: int

    @property
    def left(self) -> int | None:
        return None if self.at_most is None else max(self.at_most - self.taken, 0)


def is_guest() -> ColumnElement[bool]:
    """A company on another's booth."""
    return and_(Exhibitor.kind != "main", Exhibitor.main_id.is_not(None))


def waits() -> ColumnElement[bool]:
    """A request on which the organiser has to decide."""
    return and_(is_guest(), Exhibitor.approval == Approval.REQUESTED, Exhibitor.withdrawn_at.is_(None))


def is_there() -> ColumnElement[bool]:
    """Takes up room: approved, or asked for."""
    return and_(Exhibitor.withdrawn_at.is_(None), Exhibitor.approval != Approval.REFUSED)


def guests_of(fair_id: int, main_ids: set[int]) -> list[Exhibitor]:
    """Everybody who is, was or wants to be on the booths of these exhibitors; who withdrew comes last."""
    if not main_ids:
        return []
    found = select(Exhibitor).where(Exhibitor.fair_id == fair_id, Exhibitor.main_id.in_(main_ids), is_guest())
    return list(db.session.scalars(found.order_by(Exhibitor.withdrawn_at.is_not(None), Exhibitor.kind, Exhibitor.id)))


def guest_of(fair_id: int, main_id: int, guest_id: int) -> Exhibitor:
    """One of them; NotFound for anybody else."""
    guest = db.session.get(Exhibitor, guest_id)
    if guest is None or guest.fair_id != fair_id or guest.main_id != main_id or guest.kind == "main":
        raise NotFound()
    return guest


def requests_of(fair_id: int, at_most: int) -> list[Exhibitor]:
    """Who waits for the organiser's word, the longest first."""
    found = select(Exhibitor).where(Exhibitor.fair_id == fair_id, waits())
    return list(db.session.scalars(found.order_by(Exhibitor.requested_at, Exhibitor.id).limit(at_most)))


def shown_guests(fair_id: int, main_id: int) -> list[Exhibitor]:
    """Whom visitors find on an exhibitor's booth besides itself."""
    found = select(Exhibitor).where(Exhibitor.fair_id == fair_id, Exhibitor.main_id == main_id, is_guest(), is_shown())
    return list(db.session.scalars(found.order_by(Exhibitor.kind, Exhibitor.folded, Exhibitor.id)))


def room_of(fair: Fair, main_id: int) -> Room:
    """The room on an exhibitor's let booths, in one query."""
    area = (
        select(func.coalesce(func.sum(Booth.area_cm2), 0))
        .where(Booth.fair_id == fair.id, Booth.exhibitor_id == main_id, Booth.state == BoothState.LET)
        .scalar_subquery()
    )
    taken = select(func.count()).where(
        Exhibitor.fair_id == fair.id, Exhibitor.main_id == main_id, Exhibitor.kind == GuestKind.CO, is_there()
    )
    area_cm2, number = db.session.execute(select(area, taken.scalar_subquery())).one()
    cap = fair.co_exhibitors_per_9_m2
    return Room(int(area_cm2), None if cap is None else int(area_cm2) * cap // UNIT_CM2, number)
