"""Who is signed in: the session names a person, the epoch of their password, and itself, so that it can be ended."""

import hmac
import secrets
from datetime import datetime

from flask import Flask, current_app, session
from flask_login import login_user
from sqlalchemy import bindparam, delete, exists, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.access import digest_of, login
from app.accounts.models import EndedSession, Person
from app.db import db, transaction
from app.jobs import sweep

_SIGNED_IN = select(Person, exists().where(EndedSession.digest == bindparam("digest"))).where(
    Person.id == bindparam("id")
)


@login.user_loader
def load_person(key: str) -> Person | None:
    """The person of a session, in one query.

    None, and the session ends here too, when it was signed out of, the password changed since, or they are blocked.
    """
    (person_id, _dot, epoch), own = key.partition("."), session.get("key")
    if not (person_id.isdigit() and epoch.isdigit() and own):
        return None
    found = db.session.execute(_SIGNED_IN, {"id": int(person_id), "digest": digest_of(own)}).first()
    if found is None or not _goes_on(found[0], epoch, ended=found[1]):
        session.clear()
        return None
    person: Person = found[0]
    return person


def begin_session(person: Person, at: datetime) -> None:
    """Sign the person in. Whoever was signed in here before is not any more."""
    end_session(at)
    login_user(person)
    session["key"] = secrets.token_urlsafe(24)
    session.permanent = True


def end_session(at: datetime) -> None:
    """End this session, on the server too: a copy of its cookie opens nothing. The person's other sessions go on.

    Nothing that a stranger put into the session outlives signing in or out, the language aside.
    """
    locale, messages, key = session.get("locale"), session.get("_flashes"), session.get("key")
    session.clear()
    if locale:
        session["locale"] = locale
    if messages:
        session["_flashes"] = messages
    if key:
        with transaction():
            _keep_end(digest_of(key), at)


def _goes_on(person: Person, epoch: str, ended: bool) -> bool:
    return not ended and person.blocked_at is None and hmac.compare_digest(str(person.session_epoch), epoch)


def _keep_end(digest: str, at: datetime) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(EndedSession(digest=digest, ended_at=at))
    except IntegrityError:  # signed out twice in the same instant
        return


@sweep
def forget_ended_sessions() -> None:
    """A cookie's signature is good for a month after its last use: older ends are remembered no longer."""
    before = clock.now() - current_app.permanent_session_lifetime
    with transaction():
        db.session.execute(delete(EndedSession).where(EndedSession.ended_at < before))


def init_sign_in(app: Flask) -> None:
    login.init_app(app)
    login.session_protection = None
