"""Passwords: argon2 hashes, and the signed links with which somebody sets a new one."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.accounts.models import Person
from app.db import db

SHORTEST = 10
LINK_SECONDS = {"reset": 2 * 3600, "invite": 14 * 86_400, "by_hand": 14 * 86_400, "address": 14 * 86_400}
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def password_fits(person: Person | None, password: str) -> bool:
    """Whether this is the person's password. Takes as long for an address that nobody has."""
    kept = person.password_hash if person is not None and person.password_hash else None
    try:
        return _hasher.verify(kept or _nobodys_hash(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def wants_new_hash(person: Person) -> bool:
    """Hashes made with older parameters are made anew at the next sign-in."""
    return bool(person.password_hash) and _hasher.check_needs_rehash(person.password_hash or "")


def link_token(secret: str, purpose: str, person: Person) -> str:
    """The secret part of a link that is mailed, or given by hand; it dies with the next change of the password."""
    return _serializer(secret, purpose).dumps([person.id, person.session_epoch])


def person_of_link(secret: str, purpose: str, token: str) -> Person | None:
    """Whose link this is; None when it is too old, was used, or was never ours."""
    try:
        person_id, epoch = _serializer(secret, purpose).loads(token, max_age=LINK_SECONDS[purpose])
    except (BadSignature, ValueError, TypeError):
        return None
    person = db.session.get(Person, person_id)
    if person is None or person.blocked_at or person.session_epoch != epoch:
        return None
    return person


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("a password that nobody has")


def _serializer(secret: str, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=f"accounts.{purpose}")
