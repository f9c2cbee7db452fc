"""Who is signed in: the session names a person and the epoch of their password."""

import hmac

from flask import Flask, session

from app.access import login
from app.accounts.models import Person
from app.db import db


@login.user_loader
def load_person(key: str) -> Person | None:
    """The person of a session; None, and the session ends, when they are blocked or changed their password since."""
    person_id, _dot, epoch = key.partition(".")
    if not (person_id.isdigit() and epoch.isdigit()):
        return None
    person = db.session.get(Person, int(person_id))
    if person is None or person.blocked_at or not hmac.compare_digest(str(person.session_epoch), epoch):
        session.clear()
        return None
    return person


def init_sign_in(app: Flask) -> None:
    login.init_app(app)
    login.session_protection = None
