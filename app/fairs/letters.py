"""Where mails to an exhibitor go."""

from sqlalchemy import select

from app.accounts.models import Person
from app.db import db
from app.fairs.models import Exhibitor, ExhibitorMember


def address_of(exhibitor: Exhibitor) -> str:
    """The company's own address, else that of the first of its people; "" where there is none."""
    if exhibitor.email:
        return exhibitor.email
    person = (
        select(Person.email)
        .join(ExhibitorMember, ExhibitorMember.person_id == Person.id)
        .where(ExhibitorMember.exhibitor_id == exhibitor.id, Person.blocked_at.is_(None))
        .order_by(ExhibitorMember.id)
        .limit(1)
    )
    return db.session.scalar(person) or ""
