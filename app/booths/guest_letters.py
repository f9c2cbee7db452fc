"""What is told by mail about companies on another's booth. Called by the verbs, inside their transaction."""

from sqlalchemy import select

from app.accounts.models import Person
from app.db import db
from app.fairs.models import Approval, Exhibitor, ExhibitorMember, Fair
from app.mail import queue_mail


def tell_of_request(fair: Fair, guest: Exhibitor, main: Exhibitor) -> None:
    """The organiser learns that a company waits for its word, where it has named an address."""
    if fair.organiser.email:
        context = {"name": guest.name, "host": main.name, "kind": guest.kind}
        queue_mail(fair.organiser.email, "guest_requested", fair.locale, fair.id, context)


def tell_of_decision(fair: Fair, guest: Exhibitor, main: Exhibitor) -> None:
    """The exhibitor learns what was decided, and why: at the contract's address, else where its people are reached."""
    context = {
        "name": guest.name,
        "kind": guest.kind,
        "approved": guest.approval == Approval.APPROVED,
        "reason": guest.refusal,
        "exhibitor_id": main.id,
    }
    for address, locale in addresses_of(main):
        queue_mail(address, "guest_decided", locale, fair.id, context)


def addresses_of(main: Exhibitor) -> list[tuple[str, str]]:
    """Where an exhibitor is written to, each with its language: the contract's address, else its people's."""
    if main.email:
        return [(main.email, main.locale)]
    people = (
        select(Person.email, Person.locale)
        .join(ExhibitorMember, ExhibitorMember.person_id == Person.id)
        .where(ExhibitorMember.fair_id == main.fair_id, ExhibitorMember.exhibitor_id == main.id)
        .order_by(ExhibitorMember.id)
    )
    return [(email, locale) for email, locale in db.session.execute(people)]
