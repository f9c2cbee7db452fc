"""A visitor's seat in a session: taken, and given back. Never more seats than there are, whoever comes at once.

The session's row is held while a seat is given: by the programme's page, by a program, and by every scan at the door.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import select, update

from app import audit, clock
from app.audit import Actor
from app.db import db
from app.errors import DomainError, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.visitors.models import Badge, BadgeState, Gate, VisitorCategory
from app.visitors.session_models import FairSession, SessionSignup
from app.visitors.session_room import room_of
from app.visitors.sessions import SessionCancelled, session_by_code


class SessionFull(DomainError):
    code: ClassVar[str] = "session_full"
    message: ClassVar[str] = N_(
        "All seats of this session are taken. Seats that stay free are given out at the door from %(time)s."
    )


class SignUpClosed(DomainError):
    code: ClassVar[str] = "sign_up_closed"
    message: ClassVar[str] = N_("This session has begun. Ask at its door for a free seat.")


class NoSignUp(DomainError):
    code: ClassVar[str] = "no_sign_up"
    message: ClassVar[str] = N_("Nobody signs up for this session: its door is open and its seats have no limit.")


class NotForYou(DomainError):
    code: ClassVar[str] = "not_for_category"
    message: ClassVar[str] = N_("This session is for other visitor categories than yours.")


class BadgeOpensNothing(DomainError):
    code: ClassVar[str] = "badge_not_valid"
    message: ClassVar[str] = N_("This badge does not open the gates. Ask at the registration desk.")


@dataclass(frozen=True)
class SignedUp:
    """`again`: the seat was there already."""

    session: FairSession
    again: bool = False


def takes_sign_ups(session: FairSession) -> bool:
    """An open door without a limit needs none."""
    return session.needs_sign_up or session.seats is not None


def is_for(session: FairSession, category: VisitorCategory) -> bool:
    """Whether the category may come: those that are named, or every visitor."""
    return category.code in session.categories if session.categories else category.counts


def sign_up(actor: Actor, fair: Fair, code: str, badge: Badge, at: datetime) -> SignedUp:
    """Give the badge's bearer a seat. Asked again it is the same seat.

    Raises NotFound, SessionCancelled, SignUpClosed, NoSignUp, NotForYou, BadgeOpensNothing, SessionFull.
    """
    session = session_by_code(fair.id, code, locked=True)
    if session.published_at is None:
        raise NotFound()
    own = db.session.get(SessionSignup, (fair.id, session.id, badge.registration_id), populate_existing=True)
    if own is not None and own.ended_at is None:
        return SignedUp(session, again=True)
    _require(session, badge, at)
    if session.seats is not None and _seats_given(fair, session) >= session.seats:
        raise SessionFull(time=f"{clock.local(fair, released_at(session)):%H:%M}")
    if own is None:
        key = {"fair_id": fair.id, "session_id": session.id, "registration_id": badge.registration_id}
        db.session.add(SessionSignup(**key, signed_up_at=at, changed_at=at))
    else:
        own.signed_up_at = own.changed_at = at
        own.ended_at = None
    db.session.flush()
    audit.record(actor, "session.signed_up", "badge", badge.id, fair.id, session=session.code)
    return SignedUp(session)


def give_back(actor: Actor, fair: Fair, code: str, badge: Badge, at: datetime) -> bool:
    """Take the sign-up back; whether there was one. The seat is free at once, for whoever signs up or stands there."""
    session = session_by_code(fair.id, code, locked=True)
    ended = db.session.execute(
        update(SessionSignup)
        .where(
            SessionSignup.fair_id == fair.id,
            SessionSignup.session_id == session.id,
            SessionSignup.registration_id == badge.registration_id,
            SessionSignup.ended_at.is_(None),
        )
        .values(ended_at=at, changed_at=at)
        .execution_options(synchronize_session=False)
    )
    if not ended.rowcount:  # type: ignore[attr-defined]
        return False
    audit.record(actor, "session.given_back", "badge", badge.id, fair.id, session=session.code)
    return True


def at_the_same_time(fair: Fair, session: FairSession, registration_id: int) -> list[FairSession]:
    """What else the person has signed up for that overlaps: told, never forbidden."""
    wanted = (
        select(FairSession)
        .join(SessionSignup, SessionSignup.session_id == FairSession.id)
        .where(
            SessionSignup.fair_id == fair.id,
            SessionSignup.registration_id == registration_id,
            SessionSignup.ended_at.is_(None),
            FairSession.id != session.id,
            FairSession.cancelled_at.is_(None),
            FairSession.begins_at < session.ends_at,
            FairSession.ends_at > session.begins_at,
        )
    )
    return list(db.session.scalars(wanted.order_by(FairSession.begins_at, FairSession.id)))


def released_at(session: FairSession) -> datetime:
    """From then on free seats go to whoever stands at the door."""
    return session.begins_at + timedelta(minutes=session.held_minutes)


def _require(session: FairSession, badge: Badge, at: datetime) -> None:
    if session.cancelled_at is not None:
        raise SessionCancelled()
    if session.begins_at <= at:
        raise SignUpClosed()
    if not takes_sign_ups(session):
        raise NoSignUp()
    if badge.state != BadgeState.VALID:
        raise BadgeOpensNothing()
    if not is_for(session, db.session.get_one(VisitorCategory, badge.category_id)):
        raise NotForYou()


def _seats_given(fair: Fair, session: FairSession) -> int:
    """Seats that are signed up for or sat on, before the release."""
    gate: Any = db.session.execute(select(Gate.id, Gate.code).where(Gate.session_id == session.id)).one()
    days = clock.fair_days(fair)
    return room_of(db.session.connection(), fair.id, session.id, gate.id, gate.code, days).seats_given(released=False)
