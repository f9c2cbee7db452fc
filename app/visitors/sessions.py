"""Sessions of the fair: made as drafts, published, changed, cancelled; never deleted, since scans name their doors.

Whoever changes one holds its row, as who signs up and who scans at its door do. Callers open the transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

from sqlalchemy import func, select, update

from app import audit, clock
from app.audit import Actor
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair, Hall
from app.i18n_marks import N_
from app.mail import queue_mail
from app.visitors.gates import codes_taken, halls_of, locked_gates
from app.visitors.models import Gate, Registration, VisitorCategory
from app.visitors.session_models import FairSession, SessionSignup

TITLE_LENGTH, ROOM_LENGTH, REASON_LENGTH = 160, 80, 500
SEATS_AT_MOST, HELD_AT_MOST, SESSIONS_AT_MOST = 100_000, 120, 500
MOVED_MAIL, CANCELLED_MAIL = "session_moved", "session_cancelled"
PLACE_AND_TIME = ("begins_at", "ends_at", "hall_id", "room")


class SessionCancelled(DomainError):
    code: ClassVar[str] = "session_cancelled"
    message: ClassVar[str] = N_("This session was cancelled.")


class SessionOver(DomainError):
    code: ClassVar[str] = "session_over"
    message: ClassVar[str] = N_("This session is over.")


@dataclass(frozen=True)
class Asked:
    """A session as somebody wants it. `hall` and `categories` are codes; `seats` None is no limit."""

    title: str
    begins_at: datetime
    ends_at: datetime
    title_en: str = ""
    hall: str = ""
    room: str = ""
    seats: int | None = None
    held_minutes: int = 10
    needs_sign_up: bool = False
    categories: tuple[str, ...] = field(default_factory=tuple)


def session_by_code(fair_id: int, code: str, locked: bool = False) -> FairSession:
    """The session with this code, in any state; `locked`: read anew, and nobody else changes it. NotFound."""
    wanted = select(FairSession).where(FairSession.fair_id == fair_id, FairSession.code == code)
    if locked:
        wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = db.session.scalars(wanted).first() if code.isprintable() else None
    if found is None:
        raise NotFound()
    return found


def make_session(actor: Actor, fair: Fair, asked: Asked, at: datetime) -> FairSession:
    """A draft, and its door. Raises FieldErrors by the names of Asked."""
    locked_gates(fair.id)  # two who make one at once get two codes
    values = _checked(fair, asked)
    number = db.session.scalar(select(func.count()).where(FairSession.fair_id == fair.id)) or 0
    if number >= SESSIONS_AT_MOST:
        raise FieldErrors({"title": N_("A fair has at most 500 sessions.")})
    taken = codes_taken(fair.id)
    code = next(f"S{n}" for n in count(1) if f"S{n}" not in taken)
    session = FairSession(fair_id=fair.id, code=code, created_at=at, **values)
    db.session.add(session)
    db.session.flush()
    db.session.add(Gate(fair_id=fair.id, code=code, session_id=session.id, retired_at=at, **_door_names(session)))
    audit.record(actor, "session.made", "session", session.id, fair.id, code=code)
    return session


def change_session(actor: Actor, fair: Fair, code: str, asked: Asked, at: datetime) -> FairSession:
    """Say all of it anew. Who signed up is mailed where time or place changed. Raises FieldErrors, SessionCancelled."""
    session = session_by_code(fair.id, code, locked=True)
    if session.cancelled_at is not None:
        raise SessionCancelled()
    values = _checked(fair, asked)
    given = signed_up_for(session)
    if values["seats"] is not None and values["seats"] < given:
        raise FieldErrors({"seats": N_("%(n)s have signed up: write at least as many seats.")}, n=given)
    changed = sorted(name for name, value in values.items() if getattr(session, name) != value)
    if not changed:
        return session
    for name in changed:
        setattr(session, name, values[name])
    db.session.flush()
    if {"title", "title_en"} & set(changed):
        db.session.execute(update(Gate).where(Gate.session_id == session.id).values(**_door_names(session)))
    if set(PLACE_AND_TIME) & set(changed) and session.published_at is not None and session.ends_at > at:
        _tell(fair, session, MOVED_MAIL)
    audit.record(actor, "session.changed", "session", session.id, fair.id, fields=changed)
    return session


def publish_session(actor: Actor, fair: Fair, code: str, at: datetime) -> FairSession:
    """Visitors find it and sign up; devices can be set up for its door. Raises SessionCancelled."""
    session = session_by_code(fair.id, code, locked=True)
    if session.cancelled_at is not None:
        raise SessionCancelled()
    if session.published_at is None:
        session.published_at = at
        _open_door(session, None)
        audit.record(actor, "session.published", "session", session.id, fair.id)
    return session


def cancel_session(actor: Actor, fair: Fair, code: str, reason: str, at: datetime) -> FairSession:
    """It does not take place: who signed up is mailed the reason, and its door lets nobody in.

    Raises FieldErrors (`reason`), SessionCancelled, SessionOver.
    """
    session, reason = session_by_code(fair.id, code, locked=True), " ".join(reason.split())
    if session.cancelled_at is not None:
        raise SessionCancelled()
    if session.ends_at <= at:
        raise SessionOver()
    if not 1 <= len(reason) <= REASON_LENGTH:
        raise FieldErrors({"reason": N_("Say why, in at most 500 characters: those who signed up read it.")})
    session.cancelled_at, session.cancel_reason = at, reason
    _open_door(session, at)
    if session.published_at is not None:
        _tell(fair, session, CANCELLED_MAIL)
    audit.record(actor, "session.cancelled", "session", session.id, fair.id)
    return session


def signed_up_for(session: FairSession) -> int:
    """How many seats stand."""
    of = (SessionSignup.fair_id == session.fair_id, SessionSignup.session_id == session.id)
    return db.session.scalar(select(func.count()).where(*of, SessionSignup.ended_at.is_(None))) or 0


def _checked(fair: Fair, asked: Asked) -> dict[str, Any]:
    """The columns that follow. Raises FieldErrors."""
    faults = {}
    words = {name: " ".join(getattr(asked, name).split()) for name in ("title", "title_en", "room")}
    if not words["title"]:
        faults["title"] = N_("Give the session a title.")
    for name, longest in (("title", TITLE_LENGTH), ("title_en", TITLE_LENGTH), ("room", ROOM_LENGTH)):
        if len(words[name]) > longest:
            faults[name] = (
                N_("A title has at most 160 characters.") if longest == TITLE_LENGTH
                else N_("A room has at most 80 characters.")
            )  # fmt: skip
    hall_id = {hall.code: hall.id for hall in halls_of(fair.id)}.get(asked.hall)
    if asked.hall and hall_id is None:
        faults["hall"] = N_("Choose one of the fair's halls.")
    elif not asked.hall and not words["room"]:
        faults["room"] = N_("Say where it is: a hall, a room, or both.")
    day = clock.fair_day(fair, asked.begins_at)
    if not fair.starts_on <= day <= fair.ends_on:
        faults["begins_at"] = N_("It begins on a day of the fair.")
    elif asked.ends_at <= asked.begins_at:
        faults["ends_at"] = N_("It ends after it begins.")
    elif clock.fair_day(fair, asked.ends_at - timedelta(seconds=1)) != day:
        faults["ends_at"] = N_("It ends on the same day; make one session a day.")
    if asked.seats is not None and not 1 <= asked.seats <= SEATS_AT_MOST:
        faults["seats"] = N_("From 1 to 100,000 seats, or nothing: then there is no limit.")
    if not 0 <= asked.held_minutes <= HELD_AT_MOST:
        faults["held_minutes"] = N_("From 0 to 120 minutes.")
    codes = set(db.session.scalars(select(VisitorCategory.code).where(VisitorCategory.fair_id == fair.id)))
    if not set(asked.categories) <= codes:
        faults["categories"] = N_("Choose among the fair's visitor categories.")
    if faults:
        raise FieldErrors(faults)
    return words | {
        "hall_id": hall_id, "begins_at": asked.begins_at, "ends_at": asked.ends_at, "seats": asked.seats,
        "held_minutes": asked.held_minutes, "needs_sign_up": asked.needs_sign_up,
        "categories": sorted(set(asked.categories)),
    }  # fmt: skip


def _door_names(session: FairSession) -> dict[str, str]:
    return {"name": session.title[:60], "name_en": session.title_en[:60]}


def _open_door(session: FairSession, retired_at: datetime | None) -> None:
    db.session.execute(update(Gate).where(Gate.session_id == session.id).values(retired_at=retired_at))


def _tell(fair: Fair, session: FairSession, template: str) -> None:
    """A mail to each who has a seat and an address; written in the reader's language when it is sent."""
    hall = db.session.get(Hall, session.hall_id) if session.hall_id else None
    begins, ends = clock.local(fair, session.begins_at), clock.local(fair, session.ends_at)
    about = {
        "title": session.title, "title_en": session.title_en, "room": session.room, "reason": session.cancel_reason,
        "hall": hall.name if hall else "", "hall_en": hall.name_en if hall else "",
        "when": f"{begins:%H:%M}–{ends:%H:%M}, {begins:%d.%m.%Y}",
    }  # fmt: skip
    wanted = (
        select(Registration.email, Registration.locale, Registration.name)
        .join(SessionSignup, SessionSignup.registration_id == Registration.id)
        .where(SessionSignup.fair_id == fair.id, SessionSignup.session_id == session.id)
        .where(SessionSignup.ended_at.is_(None), Registration.email != "")
    )
    for email, locale, name in db.session.execute(wanted.order_by(Registration.id)):
        queue_mail(email, template, locale, fair.id, about | {"name": name})
