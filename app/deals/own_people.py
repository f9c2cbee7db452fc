"""Who belongs to a side of a deal: nobody agrees with himself, and nobody rules on his own affair."""

from sqlalchemy import select

from app.accounts.models import Person
from app.audit import Actor
from app.db import db
from app.deals.errors import SameOnBothSides
from app.fairs.models import Buyer, ExhibitorMember


def people_of_exhibitor(exhibitor_id: int) -> set[int]:
    """The ids of everyone who acts for the company."""
    members = select(ExhibitorMember.person_id).where(ExhibitorMember.exhibitor_id == exhibitor_id)
    return set(db.session.scalars(members))


def belongs_to_exhibitor(buyer: Buyer, exhibitor_id: int) -> bool:
    """Whether the buyer is one of the exhibitor's own people, by account or by address."""
    if buyer.person_id is not None and buyer.person_id in people_of_exhibitor(exhibitor_id):
        return True
    members = select(Person.id).join(ExhibitorMember, ExhibitorMember.person_id == Person.id)
    same = members.where(ExhibitorMember.exhibitor_id == exhibitor_id, Person.email == buyer.email.lower())
    return bool(buyer.email) and db.session.scalars(same.limit(1)).first() is not None


def refuse_own_affair(actor: Actor, exhibitor_id: int, buyer: Buyer | None) -> None:
    """The organiser's part is for somebody who belongs to neither side, by an own key for programs neither.

    Raises SameOnBothSides.
    """
    person_id = actor.answerable_id
    if person_id is None:
        return
    if (buyer is not None and buyer.person_id == person_id) or person_id in people_of_exhibitor(exhibitor_id):
        raise SameOnBothSides()
