"""What an exhibitor or a buyer has at the fair. Reads only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select

from app import clock
from app.access import Principal
from app.allocation.queries import Shown, open_applications
from app.booths.choosing import Turn, turns_shown
from app.booths.extras import extras_for_sale
from app.booths.guest_list import guests_of
from app.booths.models import Booth, BoothState
from app.booths.own import Own, own_booths
from app.booths.workflows import KeptFor
from app.db import db
from app.deals.models import Deal, DealConfirmation, DealState
from app.deals.proof import Means
from app.fairs.models import Buyer, Exhibitor, Fair
from app.payments.models import Order
from app.payments.orders import orders_of
from app.tasks.standing import Asked, asked_in_turn, companies_with
from app.visitors.models import Badge, BadgeState, Registration, VisitorCategory

DEALS_SHOWN = 6
TASKS_SHOWN = 4


@dataclass
class Portal:
    own: Own
    booths: list[Booth]
    orders: list[Order]
    deals: list[tuple[Deal, Exhibitor, Buyer]]
    waiting: list[tuple[Deal, Exhibitor, Buyer]]
    badges: list[tuple[Badge, Registration, VisitorCategory]] = field(default_factory=list)
    buyers: list[Buyer] = field(default_factory=list)
    tasks: list[Asked] = field(default_factory=list)  # everything that is asked of the companies
    to_do: list[Asked] = field(default_factory=list)  # of that what is their turn, the most pressing first
    kept_long: set[str] = field(default_factory=set)  # holds that are counted in days, not in minutes
    applications: list[Shown] = field(default_factory=list)  # those that are open
    turns: list[Turn] = field(default_factory=list)  # to choose booths, while they are chosen in turn
    sells_more: set[int] = field(default_factory=set)  # exhibitors with a let booth that can still order extras
    guests: dict[int, list[Exhibitor]] = field(default_factory=dict)  # by main exhibitor, without who withdrew


def portal_of(fair: Fair, who: Principal, now: datetime) -> Portal:
    own = own_booths(fair, who.exhibitor_ids, now, for_plan=False)
    exhibitors = {one.id: one for one in own.exhibitors}
    let = [(exhibitors[b.exhibitor_id], b) for b in own.booths if b.state == BoothState.LET and b.exhibitor_id]
    companies = companies_with(fair, let, now)
    buyers = _buyers(who) if who.buyer_ids else []
    return Portal(
        own=own,
        booths=own.booths,
        orders=orders_of(fair.id, who.exhibitor_ids) if who.exhibitor_ids else [],
        deals=_deals(fair, who, DEALS_SHOWN),
        waiting=_deals(fair, who, 50, waiting=True),
        badges=_badges(fair, who, buyers),
        buyers=buyers,
        tasks=[one for company in companies for one in company.asked.values()],
        to_do=asked_in_turn(companies),
        kept_long={one.hold.id for one in own.holds if one.hold.kept_for == KeptFor.OFFER or one.hold.extended_at},
        applications=_applications(fair, who, now),
        turns=turns_shown(fair, [one.id for one in own.exhibitors if one.kind == "main"], now),
        sells_more={one.id for one, _booth in let} if let and extras_for_sale(fair, now) else set(),
        guests=_guests(fair, own),
    )


def _guests(fair: Fair, own: Own) -> dict[int, list[Exhibitor]]:
    """The companies on the booths of each own main exhibitor that has a let one, or has guests from when it had."""
    mains = {one.id for one in own.exhibitors if one.kind == "main"}
    let = {booth.exhibitor_id for booth in own.booths if booth.state == BoothState.LET}
    found: dict[int, list[Exhibitor]] = {one: [] for one in sorted(mains) if one in let}
    for guest in guests_of(fair.id, mains):
        if guest.withdrawn_at is None and guest.main_id is not None:
            found.setdefault(guest.main_id, []).append(guest)
    return found


def days_to_go(fair: Fair, now: datetime) -> int:
    return (fair.starts_on - clock.fair_day(fair, now)).days


def _deals(fair: Fair, who: Principal, at_most: int, waiting: bool = False) -> list[tuple[Deal, Exhibitor, Buyer]]:
    sides = (("exhibitor", Deal.exhibitor_id, who.exhibitor_ids), ("buyer", Deal.buyer_id, who.buyer_ids))
    mine = [
        and_(column.in_(ids), ~_said_yes(side)) if waiting else column.in_(ids) for side, column, ids in sides if ids
    ]
    if not mine:
        return []
    found = (
        select(Deal, Exhibitor, Buyer)
        .join(Exhibitor, Exhibitor.id == Deal.exhibitor_id)
        .join(Buyer, Buyer.id == Deal.buyer_id)
        .where(Deal.fair_id == fair.id, or_(*mine))
        .order_by(Deal.recorded_at.desc(), Deal.id.desc())
        .limit(at_most)
    )
    if waiting:
        found = found.where(Deal.state == DealState.DECLARED)
    return [(deal, exhibitor, buyer) for deal, exhibitor, buyer in db.session.execute(found)]


def _applications(fair: Fair, who: Principal, now: datetime) -> list[Shown]:
    return open_applications(fair, who.exhibitor_ids, now) if who.exhibitor_ids else []


def _said_yes(side: str) -> Any:
    """Whether a side stands behind the present revision, or said yes and now has to come to the deal desk."""
    return exists().where(
        DealConfirmation.deal_id == Deal.id,
        DealConfirmation.revision == Deal.revision,
        DealConfirmation.side == side,
        DealConfirmation.answer == "confirm",
        or_(DealConfirmation.proves.is_(True), DealConfirmation.means == Means.SHARED_ADDRESS),
        DealConfirmation.voided_at.is_(None),
    )


def _buyers(who: Principal) -> list[Buyer]:
    return list(db.session.scalars(select(Buyer).where(Buyer.id.in_(who.buyer_ids)).order_by(Buyer.id)))


def _badges(fair: Fair, who: Principal, buyers: list[Buyer]) -> list[tuple[Badge, Registration, VisitorCategory]]:
    """Badges of the person, and of the buyers they are."""
    registrations = [buyer.registration_id for buyer in buyers if buyer.registration_id is not None]
    mine = [Registration.id.in_(registrations)] if registrations else []
    if who.person is not None:
        mine.append(Registration.person_id == who.person.id)
    if not mine:
        return []
    rows = db.session.execute(
        select(Badge, Registration, VisitorCategory)
        .join(Registration, Registration.id == Badge.registration_id)
        .join(VisitorCategory, VisitorCategory.id == Registration.category_id)
        .where(Badge.fair_id == fair.id, Badge.state == BadgeState.VALID, or_(*mine))
        .order_by(Badge.id)
    )
    return [(badge, registration, category) for badge, registration, category in rows]
