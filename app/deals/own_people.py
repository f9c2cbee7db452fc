"""Who belongs to a side of a deal: nobody agrees with himself, and nobody rules on his own affair."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from app.accounts.models import Person
from app.audit import Actor
from app.db import db
from app.deals.errors import SameOnBothSides
from app.deals.mailboxes import company_domain, mailbox
from app.deals.models import Deal
from app.deals.proof import Means, Side, Voice
from app.fairs.models import Buyer, Exhibitor, ExhibitorMember


@dataclass(frozen=True)
class OwnAddresses:
    """An exhibitor's mailboxes, its people's among them, and the domains that are its company's alone."""

    mailboxes: frozenset[str]
    domains: frozenset[str]

    def hold(self, address: str) -> bool:
        return bool(address) and (mailbox(address) in self.mailboxes or company_domain(address) in self.domains)


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


def own_addresses(exhibitor: Exhibitor) -> OwnAddresses:
    """What the exhibitor can read mail at: its address in the contract, its people's accounts, its domains."""
    members = select(Person.email).join(ExhibitorMember, ExhibitorMember.person_id == Person.id)
    people = db.session.scalars(members.where(ExhibitorMember.exhibitor_id == exhibitor.id))
    addresses = [exhibitor.email, *people]
    mailboxes, domains = map(mailbox, addresses), map(company_domain, [*addresses, exhibitor.website])
    return OwnAddresses(frozenset(mailboxes) - {""}, frozenset(domains) - {""})


def address_is_shared(deal: Deal, exhibitor: Exhibitor, buyer: Buyer) -> bool:
    """Whether the buyer's address is the exhibitor's own too, now or when the deal was recorded.

    An answer from it does not show who answered. Addresses change, and buyers get accounts, after a deal is recorded:
    what stood then is kept with the deal, and asked again at each answer.
    """
    return deal.shared_address or shares_address(buyer, own_addresses(exhibitor))


def shares_address(buyer: Buyer, own: OwnAddresses) -> bool:
    account = db.session.get(Person, buyer.person_id) if buyer.person_id is not None else None
    return own.hold(buyer.email) or (account is not None and own.hold(account.email))


def weighed(by: Voice, deal: Deal, exhibitor: Exhibitor, buyer: Buyer) -> Voice:
    """The same voice, for what it proves: nothing from a shared address, by whatever means, but at the deal desk."""
    if by.side is not Side.BUYER or by.means is Means.DEAL_DESK or not by.proves:
        return by
    return replace(by, means=Means.SHARED_ADDRESS) if address_is_shared(deal, exhibitor, buyer) else by


def refuse_own_affair(actor: Actor, exhibitor_id: int, buyer: Buyer | None) -> None:
    """The organiser's part is for somebody who belongs to neither side, by an own key for programs neither.

    Raises SameOnBothSides.
    """
    person_id = actor.answerable_id
    if person_id is None:
        return
    if (buyer is not None and buyer.person_id == person_id) or person_id in people_of_exhibitor(exhibitor_id):
        raise SameOnBothSides()
