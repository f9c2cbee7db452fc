"""A visitor who has an account: registrations and buyers by the same address are theirs, once the address is proved."""

from sqlalchemy import select, update

from app.accounts.address import address_proved
from app.accounts.models import Person
from app.audit import Actor, record
from app.db import db
from app.fairs.models import Buyer
from app.visitors.models import Registration


@address_proved.connect
def take_own_records(person: Person) -> None:
    """Give the person what was registered with the address, at every fair; so they sign in as a buyer.

    A buyer whom an exhibitor wrote down stays apart: that address is theirs by hearsay.
    """
    at = person.email_verified_at
    registered = update(Registration).where(Registration.email == person.email)
    db.session.execute(
        registered.where(Registration.person_id.is_(None), Registration.cancelled_at.is_(None)).values(
            person_id=person.id
        )
    )
    db.session.execute(registered.where(Registration.email_verified_at.is_(None)).values(email_verified_at=at))
    found = select(Buyer).where(
        Buyer.email == person.email, Buyer.person_id.is_(None), Buyer.email_typed_by != "exhibitor"
    )
    for buyer in db.session.scalars(found):
        buyer.person_id = person.id
        buyer.email_verified_at = buyer.email_verified_at or at
        record(Actor("person", person.id, person.name), "buyer.linked", "buyer", buyer.id, buyer.fair_id)
    db.session.flush()


def owner_of_address(email: str) -> int | None:
    """The person whose account has this address, and has proved it."""
    wanted = select(Person.id).where(
        Person.email == email, Person.email_verified_at.is_not(None), Person.blocked_at.is_(None)
    )
    return db.session.scalar(wanted)
