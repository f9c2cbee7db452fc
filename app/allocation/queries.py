"""What pages and programs are shown of applications. Reads only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.allocation.models import Application, ApplicationState, Offer, OfferState, Way
from app.allocation.wanted import in_turn, is_waiting, to_be_placed, wishes_of
from app.booths.group_prices import every_step, groups_of, reduction_at
from app.booths.models import Booth, BoothState, Hold
from app.booths.pricing import PriceTerms, price_list_at, price_terms
from app.booths.reductions import bare_lines
from app.db import db
from app.errors import NotFound
from app.fairs.models import Exhibitor, Fair, Zone
from app.money import Money
from app.search import fold

ENDED = (
    ApplicationState.PLACED,
    ApplicationState.REFUSED,
    ApplicationState.LAPSED,
    ApplicationState.WITHDRAWN,
)
ENDED_SHOWN = 5
SHOWS: dict[str, ColumnElement[bool]] = {
    "decide": or_(to_be_placed(), and_(Application.way == Way.REQUEST, Application.state == ApplicationState.SENT)),
    "offered": Application.state == ApplicationState.OFFERED,
    "waiting": is_waiting(),
    "ended": Application.state.in_(ENDED),
}


@dataclass
class Wished:
    """A ranked wish, with how its booths stand now: free, held, reserved, let, theirs, or gone."""

    rank: int
    numbers: list[str]
    states: list[str]

    @property
    def is_free(self) -> bool:
        return all(state == "free" for state in self.states)

    def of_state(self, state: str) -> list[str]:
        return [number for number, its in zip(self.numbers, self.states, strict=True) if its == state]


@dataclass
class Shown:
    application: Application
    exhibitor: Exhibitor
    wishes: list[Wished]
    offers: list[Offer]  # the last first
    zone: Zone | None = None
    place: int | None = None  # on the waiting list, from 1
    totals: dict[int, Money] = field(default_factory=dict)  # of open offers: what they cost, with VAT

    @property
    def open_offers(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.state == OfferState.OPEN]


def own_applications(fair: Fair, exhibitor_ids: Collection[int], now: datetime) -> list[Shown]:
    """Those that are open, then the last few that ended."""
    theirs = (
        select(Application)
        .where(Application.fair_id == fair.id, Application.exhibitor_id.in_(exhibitor_ids))
        .order_by(Application.ended_at.is_not(None), Application.ended_at.desc(), Application.id.desc())
        .limit(ENDED_SHOWN + 20)
    )
    found = list(db.session.scalars(theirs, execution_options={"populate_existing": True})) if exhibitor_ids else []
    ended = [one for one in found if one.ended_at is not None][:ENDED_SHOWN]
    return shown(fair, [one for one in found if one.ended_at is None] + ended, now)


def open_applications(fair: Fair, exhibitor_ids: Collection[int], now: datetime) -> list[Shown]:
    """Those that are open, without what their offers cost."""
    theirs = select(Application).where(
        Application.fair_id == fair.id, Application.exhibitor_id.in_(exhibitor_ids), Application.ended_at.is_(None)
    )
    return shown(fair, list(db.session.scalars(theirs.order_by(Application.id))), now, priced=False)


def one_application(fair: Fair, application_id: int, now: datetime, exhibitor_ids: Collection[int] | None) -> Shown:
    """One of these exhibitors' (None: of any, but for drafts); NotFound where there is none."""
    application = db.session.get(Application, application_id, populate_existing=True)
    if application is None or application.fair_id != fair.id:
        raise NotFound()
    if exhibitor_ids is None and application.state == ApplicationState.DRAFT:
        raise NotFound()
    if exhibitor_ids is not None and application.exhibitor_id not in exhibitor_ids:
        raise NotFound()
    return shown(fair, [application], now)[0]


def listed(fair: Fair, show: str, q: str) -> Sequence[Application]:
    """The organiser's list, in the order in which they were sent; of what ended the last first."""
    found = in_turn(fair.id, SHOWS[show])
    if q:
        asked = fold(q)
        named = select(Exhibitor.id).where(
            Exhibitor.fair_id == fair.id, Exhibitor.folded.contains(asked, autoescape=True)
        )
        found = found.where(Application.exhibitor_id.in_(named))
    if show == "ended":
        found = found.order_by(None).order_by(Application.ended_at.desc(), Application.id.desc())
    return list(db.session.scalars(found))


def counts(fair: Fair) -> dict[str, int]:
    """How many each list of the organiser holds, in one query."""
    columns = [func.count().filter(which).label(name) for name, which in SHOWS.items()]
    row = db.session.execute(select(*columns).where(Application.fair_id == fair.id)).one()
    return dict(row._mapping)


def shown(fair: Fair, applications: Sequence[Application], now: datetime, priced: bool = True) -> list[Shown]:
    """With their companies, wishes and offers, in nine queries at most however many there are."""
    if not applications:
        return []
    ids = [one.id for one in applications]
    exhibitors = {
        one.id: one
        for one in db.session.scalars(
            select(Exhibitor).where(Exhibitor.id.in_({one.exhibitor_id for one in applications}))
        )
    }
    zone_ids = {one.zone_id for one in applications if one.zone_id}
    zones = {one.id: one for one in db.session.scalars(select(Zone).where(Zone.id.in_(zone_ids)))} if zone_ids else {}
    offers: dict[int, list[Offer]] = {one: [] for one in ids}
    made = select(Offer).where(Offer.application_id.in_(ids)).order_by(Offer.id.desc())
    for offer in db.session.scalars(made, execution_options={"populate_existing": True}):
        offers[offer.application_id].append(offer)
    wishes = wishes_of(ids)
    places = _places(fair) if any(one.waits for one in applications) else {}
    waiting = [offer for each in offers.values() for offer in each if offer.state == OfferState.OPEN]
    totals = _totals(fair, waiting, now) if priced else {}
    return [
        Shown(
            application=one,
            exhibitor=exhibitors[one.exhibitor_id],
            wishes=[_wished(rank, rows, one, offers[one.id], now) for rank, rows in wishes.get(one.id, {}).items()],
            offers=offers[one.id],
            zone=zones.get(one.zone_id or 0),
            place=places.get(one.id),
            totals={offer.id: totals[offer.id] for offer in offers[one.id] if offer.id in totals},
        )
        for one in applications
    ]


def _wished(rank: int, rows: list[Any], application: Application, offers: list[Offer], now: datetime) -> Wished:
    theirs = {offer.hold_id for offer in offers if offer.state == OfferState.OPEN} | {application.hold_id}
    return Wished(rank, [row.number for row in rows], [_state(row, theirs, now) for row in rows])


def _state(row: Any, theirs: Collection[str | None], now: datetime) -> str:
    if row.state in (BoothState.HELD, BoothState.RESERVED):
        if row.hold_id is not None and row.hold_id in theirs:
            return "theirs"
        return "free" if row.held_until is not None and row.held_until <= now else str(row.state)
    return "gone" if row.state in (BoothState.GONE, BoothState.NOT_LET, BoothState.SHOW) else str(row.state)


def _places(fair: Fair) -> dict[int, int]:
    waiting = in_turn(fair.id, is_waiting()).with_only_columns(Application.id)
    return {application_id: place for place, application_id in enumerate(db.session.scalars(waiting), start=1)}


def _totals(fair: Fair, offers: Sequence[Offer], now: datetime) -> dict[int, Money]:
    """What open offers cost, at the prices of the day on which their hold began, by group or quantity too."""
    if not offers:
        return {}
    ids = {booth_id for offer in offers for booth_id in offer.booth_ids}
    booths = {one.id: one for one in db.session.scalars(select(Booth).where(Booth.id.in_(ids)))}
    began = dict(
        db.session.execute(select(Hold.id, Hold.created_at).where(Hold.id.in_([one.hold_id for one in offers]))).all()
    )
    terms, lists = price_terms(fair, now), {}
    groups, steps = groups_of(fair.id, {offer.exhibitor_id for offer in offers}), every_step(fair.id)
    totals = {}
    for offer in offers:
        at = began[offer.hold_id]
        if at not in lists:  # as many as there were rounds of offers
            lists[at] = PriceTerms(terms.vat_bp, price_list_at(fair, at))
        mine = [booths[one] for one in offer.booth_ids]
        lines = bare_lines(mine, [lists[at].price(fair, booth) for booth in mine])
        reduction = reduction_at(fair, mine, lines, groups.get(offer.exhibitor_id, []), steps, at)
        total = sum(line.net.minor + line.vat.minor for line in lines)
        totals[offer.id] = Money(total + (reduction.total.minor if reduction is not None else 0), fair.currency)
    return totals
