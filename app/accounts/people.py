"""What somebody does with an account: make it, change it, get back into it. Callers open the transaction."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Person
from app.accounts.passwords import SHORTEST, hash_password
from app.audit import Actor, record
from app.db import db
from app.errors import DomainError, FieldErrors
from app.i18n_marks import N_

TAKEN = N_("There is an account with this address already. Sign in, or have a new password sent to you.")
TOO_SHORT = N_("A password has at least 10 characters. Several words make a good one.")
TOO_PLAIN = N_("This password is too easy to guess. Take several words that are not your name.")


class PasswordChanged(DomainError):
    code: ClassVar[str] = "password_changed"
    message: ClassVar[str] = N_("The password was changed elsewhere a moment ago. Sign in with the new one.")


def tidy_email(text: str) -> str:
    """An address as it is kept: without spaces, in lower case."""
    return "".join(text.split()).lower()


def person_by_email(email: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.email == tidy_email(email)))


def sign_up(email: str, name: str, password: str, locale: str, at: datetime) -> Person:
    """A new account. FieldErrors when the address has one, or the password is weak."""
    check_password(password, email)
    if person_by_email(email) is not None:
        raise FieldErrors({"email": TAKEN})
    person = Person(
        email=tidy_email(email),
        name=" ".join(name.split()),
        password_hash=hash_password(password),
        locale=locale,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(person)
    except IntegrityError:  # the same form, twice in the same moment
        raise FieldErrors({"email": TAKEN}) from None
    record(Actor("person", person.id, person.name), "person.sign_up", "person", person.id)
    return person


def invite_person(email: str, name: str, locale: str, at: datetime) -> Person:
    """Whoever has this address; an account without a password where there is none yet.

    Somebody may have signed up with the address of another: a password from before the address was proved
    opens nothing any more, and the mailed invitation is the way in.
    """
    person = person_by_email(email)
    if person is not None and person.email_verified_at is None and person.password_hash is not None:
        person.password_hash = None
        person.session_epoch = Person.session_epoch + 1
        db.session.flush()
    if person is None:
        person = Person(email=tidy_email(email), name=" ".join(name.split()) or email, locale=locale, created_at=at)
        db.session.add(person)
        db.session.flush()
    return person


def set_password(person: Person, password: str, at: datetime) -> None:
    """A new password: every session and link that knew the old one ends. A mailed link proves the address.

    Raises FieldErrors for a weak one, PasswordChanged when another came first.
    """
    _replace_password(person, password)
    person.email_verified_at = person.email_verified_at or at
    db.session.flush()


def change_password(person: Person, password: str) -> None:
    """As `set_password`, by somebody who knew the old one or had a link by hand; it proves nothing of the address."""
    _replace_password(person, password)


def renew_hash(person: Person, password: str) -> None:
    """The same password under today's parameters; a password that came meanwhile stays."""
    renewed = update(Person).where(Person.id == person.id, Person.session_epoch == person.session_epoch)
    db.session.execute(renewed.values(password_hash=hash_password(password)))


def check_password(password: str, email: str) -> None:
    """FieldErrors for a password that would be found by trying."""
    plain = password.casefold()
    if len(password) < SHORTEST:
        raise FieldErrors({"password": TOO_SHORT})
    if len(set(plain)) < 4 or plain in ("1234567890", "0123456789", "password123", tidy_email(email)):
        raise FieldErrors({"password": TOO_PLAIN})
    if plain.startswith(tidy_email(email).partition("@")[0]) and len(password) < SHORTEST + 4:
        raise FieldErrors({"password": TOO_PLAIN})


def _replace_password(person: Person, password: str) -> None:
    """One guarded statement: who came by an older password, or by a link of that time, comes too late."""
    check_password(password, person.email)
    replaced = db.session.execute(
        update(Person)
        .where(Person.id == person.id, Person.session_epoch == person.session_epoch)
        .values(password_hash=hash_password(password), session_epoch=Person.session_epoch + 1)
        .execution_options(synchronize_session=False)
    )
    if replaced.rowcount != 1:  # type: ignore[attr-defined]
        raise PasswordChanged()
    db.session.refresh(person)
    record(Actor("person", person.id, person.name), "person.new_password", "person", person.id)
