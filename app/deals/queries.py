"""What is known of deals: who may see which, lists, totals, and the people behind a side. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, literal, or_, select, tuple_, union_all
from sqlalchemy.engine import Row

from app.access import Permission, Principal
from app.accounts.models import Person
from app.db import db
from app.deals.models import Deal, DealConfirmation, DealDocument, DealRevision, DealState, DealVerification
from app.documents.store import Document
from app.errors import NotFound
from app.fairs.models import Buyer, Exhibitor, ExhibitorMember, Fair
from app.money import Money
from app.search import like
from app.visitors.models import Registration

COUNTED = (DealState.DECLARED, DealState.CONFIRMED, DealState.VERIFIED)


@dataclass(frozen=True)
class DealFilter:
    """What a list is narrowed to; an empty value does not narrow."""

    state: str = ""
    kind: str = ""
    country: str = ""  # of the buyer
    category: str = ""
    currency: str = ""
    day: date | None = None  # the fair's day on which it was recorded
    paper: str = ""  # there, missing: a document of the present revision
    q: str = ""

    @property
    def narrows(self) -> bool:
        return any((self.kind, self.country, self.category, self.currency, self.day, self.paper, self.q))


def visible_deals(fair: Fair, who: Principal) -> Select[Deal]:
    """The deals that somebody may see: the deal desk all of them, a company its own."""
    deals = select(Deal).where(Deal.fair_id == fair.id)
    if who.staff_can(Permission.DEALS_SEE):
        return deals
    return deals.where(or_(Deal.exhibitor_id.in_(who.exhibitor_ids), Deal.buyer_id.in_(who.buyer_ids)))


def visible_deal(fair: Fair, who: Principal, number_or_id: str | int) -> Deal:
    """One deal by its number (GD-0001) or id; NotFound where there is none for this reader."""
    same = Deal.id == number_or_id if isinstance(number_or_id, int) else Deal.number == number_or_id
    deal = db.session.scalars(visible_deals(fair, who).where(same)).first()
    if deal is None:
        raise NotFound()
    return deal


def narrowed(deals: Select[Any], fair: Fair, wanted: DealFilter, with_state: bool = True) -> Select[Any]:
    """The same selection, narrowed by a filter; `with_state` off leaves the tabs' own state aside."""
    if wanted.state and with_state:
        deals = deals.where(Deal.state == wanted.state)
    for column, value in ((Deal.kind, wanted.kind), (Deal.category, wanted.category), (Deal.currency, wanted.currency)):
        if value:
            deals = deals.where(column == value)
    if wanted.country:
        deals = deals.where(Deal.buyer_id.in_(select(Buyer.id).where(Buyer.country == wanted.country)))
    if wanted.day:
        begin, end = _day_bounds(fair, wanted.day)
        deals = deals.where(Deal.recorded_at >= begin, Deal.recorded_at < end)
    if wanted.paper:
        deals = deals.where(has_paper() if wanted.paper == "there" else ~has_paper())
    if wanted.q.strip():
        deals = deals.where(Deal.folded.like(like(wanted.q), escape="\\"))
    return deals


def has_paper() -> ColumnElement[bool]:
    """Whether a scan came with the revision that stands: what the organiser needs to verify a confirmed deal."""
    return exists().where(
        DealDocument.fair_id == Deal.fair_id, DealDocument.deal_id == Deal.id, DealDocument.revision == Deal.revision
    )


def page_of_deals(
    deals: Select[Deal], after: int | None, limit: int
) -> tuple[list[Row[Deal, Exhibitor, Buyer]], int | None]:
    """Deals with their sides, the last recorded first, after the deal with id `after`; and the id to go on from."""
    if after is not None:
        last = select(Deal.recorded_at, Deal.id).where(Deal.id == after).subquery()
        deals = deals.where(tuple_(Deal.recorded_at, Deal.id) < select(last.c.recorded_at, last.c.id).scalar_subquery())
    rows = list(db.session.execute(_with_sides(deals).limit(limit + 1)))
    return rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None


def every_deal(deals: Select[Deal]) -> Iterator[Row[Deal, Exhibitor, Buyer]]:
    """All of them with their sides, for a file: read in portions of 500."""
    yield from db.session.execute(_with_sides(deals).execution_options(yield_per=500))


def counts_by_state(deals: Select[Deal]) -> dict[str, int]:
    """How many deals stand in each state; states without any are absent."""
    inner = deals.with_only_columns(Deal.id, Deal.state).subquery()
    rows = db.session.execute(select(inner.c.state, func.count()).group_by(inner.c.state))
    return {state: count for state, count in rows}


def totals(deals: Select[Deal]) -> dict[DealState, list[tuple[Money, int]]]:
    """The value and number of deals that carry one, by level and currency. Never added across either."""
    columns = (Deal.state, Deal.currency, Deal.amount_minor)
    inner = deals.where(Deal.amount_minor.is_not(None)).with_only_columns(*columns).subquery()
    number = func.count()
    rows = db.session.execute(
        select(inner.c.state, inner.c.currency, func.sum(inner.c.amount_minor), number)
        .group_by(inner.c.state, inner.c.currency)
        .order_by(number.desc(), inner.c.currency)
    )
    found: dict[DealState, list[tuple[Money, int]]] = {}
    for state, currency, total, count in rows:
        found.setdefault(DealState(state), []).append((Money(int(total), currency), count))
    return {state: found[state] for state in DealState if state in found}


def choices_of(deals: Select[Deal], zone: str) -> dict[str, list[Any]]:
    """What the filters can offer: the countries, categories, currencies and days that occur."""
    joined = deals.join(Buyer, Buyer.id == Deal.buyer_id)
    columns = {"countries": Buyer.country, "categories": Deal.category, "currencies": Deal.currency}
    found: dict[str, list[Any]] = {name: [] for name in columns}
    occur = (joined.with_only_columns(literal(name), column).distinct() for name, column in columns.items())
    for name, value in db.session.execute(union_all(*occur)):
        if value:
            found[name].append(value)
    hour = func.substr(cast(Deal.recorded_at, String), 1, 13)  # an hour is of two days at most: of its first and last
    ends = deals.with_only_columns(func.min(Deal.recorded_at), func.max(Deal.recorded_at)).group_by(hour)
    instants = {instant for row in db.session.execute(ends) for instant in row}
    return {name: sorted(values) for name, values in found.items()} | {
        "days": sorted({instant.astimezone(ZoneInfo(zone)).date() for instant in instants})
    }


def parties(deal: Deal) -> tuple[Exhibitor, Buyer]:
    """The two companies of a deal."""
    exhibitor, buyer = db.session.get(Exhibitor, deal.exhibitor_id), db.session.get(Buyer, deal.buyer_id)
    assert exhibitor is not None
    assert buyer is not None
    return exhibitor, buyer


def addresses_of_exhibitor(exhibitor: Exhibitor) -> list[tuple[str, str]]:
    """Where mail about a deal goes, as (address, language): the company's people, else its own address."""
    people = (
        select(Person.email, Person.locale)
        .join(ExhibitorMember, ExhibitorMember.person_id == Person.id)
        .where(ExhibitorMember.exhibitor_id == exhibitor.id, Person.blocked_at.is_(None))
        .order_by(ExhibitorMember.id)
    )
    found = [(email, locale) for email, locale in db.session.execute(people)]
    return found or ([(exhibitor.email, exhibitor.locale)] if exhibitor.email else [])


def address_verified_at(buyer: Buyer) -> datetime | None:
    """When the buyer's address was first shown to be his: by its own link, or by the badge that was mailed to it."""
    instants = [buyer.email_verified_at]
    if buyer.registration_id is not None:
        registration = db.session.get(Registration, buyer.registration_id)
        if registration is not None and registration.email.lower() == buyer.email.lower():
            instants.append(registration.email_verified_at)
    return min((instant for instant in instants if instant is not None), default=None)


def revisions_of(deal: Deal) -> list[DealRevision]:
    found = select(DealRevision).where(DealRevision.deal_id == deal.id).order_by(DealRevision.revision)
    return list(db.session.scalars(found))


def answers_to(deal: Deal) -> list[DealConfirmation]:
    found = select(DealConfirmation).where(DealConfirmation.deal_id == deal.id).order_by(DealConfirmation.id)
    return list(db.session.scalars(found))


def verifications_of(deal: Deal) -> list[DealVerification]:
    found = select(DealVerification).where(DealVerification.deal_id == deal.id).order_by(DealVerification.id)
    return list(db.session.scalars(found))


def documents_of(deal: Deal) -> list[tuple[DealDocument, Document]]:
    """The deal's scans with their stored files, the newest first."""
    found = select(DealDocument, Document).join(Document, Document.id == DealDocument.document_id)
    rows = db.session.execute(found.where(DealDocument.deal_id == deal.id).order_by(DealDocument.id.desc()))
    return [(attached, document) for attached, document in rows]


def document_of(attached: DealDocument) -> Document:
    document = db.session.get(Document, attached.document_id)
    assert document is not None  # a foreign key
    return document


def _with_sides(deals: Select[Deal]) -> Select[Deal, Exhibitor, Buyer]:
    return (
        deals.join(Exhibitor, and_(Exhibitor.id == Deal.exhibitor_id))
        .join(Buyer, Buyer.id == Deal.buyer_id)
        .add_columns(Exhibitor, Buyer)
        .order_by(Deal.recorded_at.desc(), Deal.id.desc())
    )


def _day_bounds(fair: Fair, day: date) -> tuple[datetime, datetime]:
    """The instants at which a day at the fair begins and ends."""
    zone = ZoneInfo(fair.time_zone)
    return (
        datetime.combine(day, time(), tzinfo=zone),
        datetime.combine(day + timedelta(days=1), time(), tzinfo=zone),
    )
