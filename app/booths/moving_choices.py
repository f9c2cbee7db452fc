"""What an organiser chooses from: free booths, other exhibitors' booths, exhibitors that may take one over."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, or_, select

from app.booths.claims import can_be_had, is_open_to
from app.booths.fair_state import NO_ZONE, net_of, state_at
from app.booths.models import Allocation, Booth, BoothState
from app.booths.places import Place
from app.db import db
from app.fairs.models import Exhibitor, Fair, Zone
from app.fairs.queries import by_shown_name, exhibitors_matching
from app.money import Money
from app.payments.models import Order, OrderLine
from app.search import like

SHOWN = 60


@dataclass(frozen=True)
class Choice:
    """A booth or an exhibitor to choose; `to` is what the form sends for it."""

    to: str
    booth: Booth | None = None
    zone: Zone | None = None
    exhibitor: Exhibitor | None = None
    numbers: tuple[str, ...] = ()  # the exhibitor's let booths


@dataclass(frozen=True)
class Standing:
    """A booth that somebody has, as the organiser decides on it."""

    place: Place
    exhibitor: Exhibitor
    order: Order | None
    agreed: Money  # before VAT, its part of what came off taken off; nothing if free of charge, else the list price
    others: tuple[str, ...]  # its other let booths
    guests: int  # approved companies on its booths


def standing_of(fair: Fair, place: Place, now: datetime) -> Standing | None:
    """Who has the booth, let or reserved; None for a free one, or one that is only held. Three queries."""
    had, booth = place.allocation, place.booth
    if had is None or had.state not in (BoothState.LET, BoothState.RESERVED) or place.ran_out(now):
        return None
    line = and_(OrderLine.order_id == Order.id, OrderLine.booth_id == booth.id)
    exhibitor, order, net_minor = db.session.execute(
        select(Exhibitor, Order, net_of(OrderLine))
        .select_from(Exhibitor)
        .outerjoin(Order, Order.id == had.order_id)
        .outerjoin(OrderLine, line)
        .where(Exhibitor.id == had.exhibitor_id)
    ).one()
    agreed = Money(0 if had.free_of_charge else booth.price_minor, fair.currency)
    if net_minor is not None and not had.free_of_charge:
        agreed = Money(int(net_minor), order.currency)
    others = db.session.scalars(
        select(Booth.number)
        .where(Booth.fair_id == fair.id, Booth.exhibitor_id == exhibitor.id, Booth.id != booth.id)
        .where(Booth.state == BoothState.LET)
        .order_by(Booth.number)
    ).all()
    guests = db.session.scalar(
        exhibitors_matching(fair.id).where(Exhibitor.main_id == exhibitor.id).with_only_columns(func.count())
    )
    return Standing(place, exhibitor, order, agreed, tuple(others), guests or 0)


def free_choices(fair: Fair, booth: Booth, zone: str, q: str, now: datetime) -> list[Choice]:
    """Free booths: of the same size first, then the nearest in its hall; a zone's, or those whose number begins so."""
    across, down = Booth.x_cm - booth.x_cm, Booth.y_cm - booth.y_cm
    found = (
        select(Booth, Zone)
        .outerjoin(Zone, Zone.id == Booth.zone_id)
        .where(Booth.fair_id == fair.id, can_be_had(now), is_open_to(booth.exhibitor_id, now))
        .order_by(
            case((Booth.area_cm2 == booth.area_cm2, 0), else_=1),
            case((Booth.hall_id == booth.hall_id, 0), else_=1),
            across * across + down * down,
            Booth.id,
        )
        .limit(SHOWN + 1)
    )
    if zone:
        found = found.where(Booth.zone_id.is_(None) if zone == NO_ZONE else Zone.code == zone)
    if q:
        found = found.where(func.lower(Booth.number).startswith(q.lower(), autoescape=True))
    return [Choice(one.number, one, its_zone) for one, its_zone in db.session.execute(found)]


def taken_choices(fair: Fair, exhibitor_id: int, zone: str, q: str, now: datetime) -> list[Choice]:
    """Booths that other exhibitors have, let or reserved, by number; `q` is a booth or a company."""
    live = and_(Allocation.booth_id == Booth.id, Allocation.fair_id == fair.id, Allocation.ended_at.is_(None))
    found = (
        select(Booth, Zone, Exhibitor)
        .join(Allocation, live)
        .join(Exhibitor, Exhibitor.id == Booth.exhibitor_id)
        .outerjoin(Zone, Zone.id == Booth.zone_id)
        .where(Booth.fair_id == fair.id, Booth.exhibitor_id != exhibitor_id)
        .where(state_at(now).in_((BoothState.LET, BoothState.RESERVED)))
        .order_by(Booth.number)
        .limit(SHOWN + 1)
    )
    if zone:
        found = found.where(Booth.zone_id.is_(None) if zone == NO_ZONE else Zone.code == zone)
    if q:
        named = Exhibitor.folded.like(like(q), escape="\\")
        found = found.where(or_(func.lower(Booth.number).startswith(q.lower(), autoescape=True), named))
    return [Choice(one.number, one, its_zone, exhibitor) for one, its_zone, exhibitor in db.session.execute(found)]


def heir_choices(fair: Fair, exhibitor_id: int, q: str) -> list[Choice]:
    """Exhibitors with a contract of their own, each with its let booths; two queries."""
    found = exhibitors_matching(fair.id, q).where(Exhibitor.kind == "main", Exhibitor.id != exhibitor_id)
    rows = db.session.scalars(found.order_by(*by_shown_name()).limit(SHOWN + 1)).all()
    numbers: dict[int | None, list[str]] = {}
    let = select(Booth.exhibitor_id, Booth.number).where(
        Booth.fair_id == fair.id,
        Booth.exhibitor_id.in_([row.id for row in rows]),
        Booth.state == BoothState.LET,
    )
    for holder_id, number in db.session.execute(let.order_by(Booth.number)):
        numbers.setdefault(holder_id, []).append(number)
    return [Choice(str(row.id), exhibitor=row, numbers=tuple(numbers.get(row.id, ()))) for row in rows]
