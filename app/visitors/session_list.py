"""What a session counts: who signed up, who came. Came is a person who was let in at its door, once, however often."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select

from app import clock
from app.db import db
from app.fairs.models import Fair, Hall
from app.visitors.models import Badge, Gate, Registration, Scan, VisitorCategory
from app.visitors.session_models import FairSession, SessionSignup

GROUPS = ("all", "signed_up", "came", "missing", "walked_in")


@dataclass(frozen=True)
class Listed:
    """A session with its figures, persons each: `walked_in` came without a seat of their own, and are among `came`."""

    session: FairSession
    hall: Hall | None
    signed_up: int
    came: int
    walked_in: int

    @property
    def free(self) -> int | None:
        """Seats that nobody has; None without a limit."""
        if self.session.seats is None:
            return None
        return max(0, self.session.seats - self.signed_up - self.walked_in)


@dataclass(frozen=True)
class Attendee:
    """Somebody who signed up, or came."""

    registration: Registration
    category: VisitorCategory
    badge_id: int  # that the door read; else the newest
    signed_up_at: datetime | None
    came_at: datetime | None


def sessions_of(fair: Fair, published: bool = False) -> list[Listed]:
    """In the order of time; `published`: what visitors see, without what was cancelled before they could see it."""
    wanted = (
        select(FairSession, Hall)
        .outerjoin(Hall, Hall.id == FairSession.hall_id)
        .where(FairSession.fair_id == fair.id)
        .order_by(FairSession.begins_at, FairSession.id)
    )
    if published:
        wanted = wanted.where(FairSession.published_at.is_not(None))
    rows = db.session.execute(wanted).all()
    if not rows:
        return []
    signed_up, came = _signed_up_by_session(fair.id), _came_by_session(fair)
    return [
        Listed(session, hall, signed_up.get(session.id, 0), *came.get(session.id, (0, 0))) for session, hall in rows
    ]


def own_seats(fair_id: int, registration_id: int) -> set[int]:
    """The sessions in which a person has a seat."""
    of = (SessionSignup.fair_id == fair_id, SessionSignup.registration_id == registration_id)
    return set(db.session.scalars(select(SessionSignup.session_id).where(*of, SessionSignup.ended_at.is_(None))))


def any_published(fair_id: int) -> bool:
    wanted = select(FairSession.id).where(FairSession.fair_id == fair_id, FairSession.published_at.is_not(None))
    return db.session.scalar(wanted.limit(1)) is not None


def doors_to_come(fair_id: int, at: datetime) -> list[FairSession]:
    """Published sessions that are not over, the next first: their doors can be given to a device."""
    wanted = select(FairSession).where(
        FairSession.fair_id == fair_id, FairSession.published_at.is_not(None), FairSession.cancelled_at.is_(None),
        FairSession.ends_at > at,
    )  # fmt: skip
    return list(db.session.scalars(wanted.order_by(FairSession.begins_at, FairSession.id)))


def attendees_of(
    fair: Fair, session: FairSession, group: str, after: int = 0, most: int | None = None
) -> list[Attendee]:
    """The people of one of GROUPS, by name."""
    seat, came = _seat_of(session), _came_of(fair, session)
    badge = select(func.max(Badge.id)).where(Badge.registration_id == Registration.id).scalar_subquery()
    wanted = _among(
        select(
            Registration,
            VisitorCategory,
            func.coalesce(came.c.badge_id, badge),
            SessionSignup.signed_up_at,
            came.c.came_at,
        ),
        seat,
        came,
        group,
    ).join(VisitorCategory, VisitorCategory.id == Registration.category_id)
    wanted = wanted.where(Registration.fair_id == fair.id).order_by(Registration.folded, Registration.id)
    return [Attendee(*row) for row in db.session.execute(wanted.offset(after).limit(most))]


def numbers_of(fair: Fair, session: FairSession) -> dict[str, int]:
    """How many people each of GROUPS has: as many as `attendees_of` lists."""
    came = _came_of(fair, session)
    has_seat, was_there = SessionSignup.registration_id.is_not(None), came.c.registration_id.is_not(None)
    counts = {
        "all": func.count(),
        "signed_up": func.count().filter(has_seat),
        "came": func.count().filter(was_there),
        "missing": func.count().filter(and_(has_seat, came.c.registration_id.is_(None))),
        "walked_in": func.count().filter(and_(was_there, SessionSignup.registration_id.is_(None))),
    }
    wanted = _among(select(*counts.values()).select_from(Registration), _seat_of(session), came, "all")
    found = db.session.execute(wanted.where(Registration.fair_id == fair.id)).one()
    return dict(zip(counts, found, strict=True))


def _among(wanted: Select[*tuple[Any, ...]], seat: ColumnElement[bool], came: Subquery, group: str) -> Any:
    has_seat, was_there = SessionSignup.registration_id.is_not(None), came.c.registration_id.is_not(None)
    wanted = wanted.outerjoin(SessionSignup, seat).outerjoin(came, came.c.registration_id == Registration.id)
    return wanted.where(
        {
            "signed_up": has_seat,
            "came": was_there,
            "missing": has_seat & came.c.registration_id.is_(None),
            "walked_in": was_there & SessionSignup.registration_id.is_(None),
        }.get(group, has_seat | was_there)
    )


def _seat_of(session: FairSession) -> ColumnElement[bool]:
    return and_(
        SessionSignup.fair_id == session.fair_id,
        SessionSignup.session_id == session.id,
        SessionSignup.registration_id == Registration.id,
        SessionSignup.ended_at.is_(None),
    )


def _let_in(fair: Fair) -> tuple[ColumnElement[bool], ...]:
    """Scans that let somebody in at a session's door and stand; the days name the index."""
    return (
        Scan.fair_id == fair.id,
        Scan.day.in_(clock.fair_days(fair)),
        Scan.counts == "session",
        Scan.direction == "in",
        Scan.verdict != "admitted_staff",
        Scan.annulled_by.is_(None),
    )


def _came_of(fair: Fair, session: FairSession) -> Subquery:
    door = select(Gate.id).where(Gate.session_id == session.id).scalar_subquery()
    return (
        select(
            Badge.registration_id,
            func.min(Scan.counted_at).label("came_at"),
            func.max(Scan.badge_id).label("badge_id"),
        )
        .join(Scan, Scan.badge_id == Badge.id)
        .where(*_let_in(fair), Scan.gate_id == door)
        .group_by(Badge.registration_id)
        .subquery()
    )


def _signed_up_by_session(fair_id: int) -> dict[int, int]:
    wanted = select(SessionSignup.session_id, func.count()).where(SessionSignup.fair_id == fair_id)
    rows = db.session.execute(wanted.where(SessionSignup.ended_at.is_(None)).group_by(SessionSignup.session_id))
    return {session_id: number for session_id, number in rows}


def _came_by_session(fair: Fair) -> dict[int, tuple[int, int]]:
    """(came, of them without a seat of their own) by session."""
    own = and_(
        SessionSignup.fair_id == fair.id,
        SessionSignup.session_id == Gate.session_id,
        SessionSignup.registration_id == Badge.registration_id,
        SessionSignup.ended_at.is_(None),
    )
    person = func.count(Badge.registration_id.distinct())
    wanted = (
        select(Gate.session_id, person, person.filter(SessionSignup.registration_id.is_(None)))
        .select_from(Scan)
        .join(Gate, Gate.id == Scan.gate_id)
        .join(Badge, Badge.id == Scan.badge_id)
        .outerjoin(SessionSignup, own)
        .where(*_let_in(fair), Gate.fair_id == fair.id, Gate.session_id.is_not(None))
        .group_by(Gate.session_id)
    )
    return {session_id: (came, walked_in) for session_id, came, walked_in in db.session.execute(wanted)}
