"""What an exhibitor has on the plan: booths of its own, live holds, and orders that wait."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select

from app.booths.group_models import PriceGroup
from app.booths.group_prices import groups_of
from app.booths.models import Allocation, Booth, BoothState, Hold, HoldState
from app.booths.pricing import Price
from app.booths.reductions import Reduction
from app.db import db
from app.errors import DomainError, NotFound
from app.fairs.currencies import FairCurrency
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import is_shown
from app.money import Money
from app.payments.grants import Granted
from app.payments.models import Order, OrderState
from app.payments.orders import Line


@dataclass
class OwnHold:
    """A live hold with its booths; prices and ways to pay are filled in by the page that shows it."""

    hold: Hold
    booths: list[Booth]
    currency: str = ""  # chosen for it, or what would be
    choices: list[str] = field(default_factory=list)  # the fair's own first
    lacking: list[str] = field(default_factory=list)  # booths without a price in it
    prices: list[Price] = field(default_factory=list)  # none while any is lacking
    extra_prices: dict[int, Money | None] = field(default_factory=dict)
    ways: object = None
    lines: list[Line] = field(default_factory=list)  # without their words, before a code
    offered: Sequence[FairCurrency] = ()  # that the fair sells in
    supported_elsewhere: bool = False  # a funder would pay, but in the fair's currency alone
    reduction: Reduction | None = None  # by its group's price, or by quantity
    price: Money | None = None  # of the booths after it, with VAT
    lapsed: list[tuple[PriceGroup, str]] = field(default_factory=list)  # groups whose price it has not, and why
    granted: Granted | None = None  # whose support it gets
    support: Money | None = None  # how much of it, with VAT, before a code
    code_line: Line | None = None  # what the code takes off that is typed
    code_fault: DomainError | None = None  # or why it takes nothing
    support_shown: Money | None = None  # after the code
    without_extras: Money | None = None  # to pay, with VAT
    extras_total: Money | None = None  # of those that are typed, with VAT
    deposit: Money | None = None  # of all of it due with the order; None: all is

    @property
    def net_minor(self) -> int:
        return sum(price.net.minor for price in self.prices)


@dataclass
class Own:
    booths: list[Booth] = field(default_factory=list)  # let, reserved or held, by number
    numbers: list[str] = field(default_factory=list)
    holds: list[OwnHold] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    ended: list[tuple[list[str], datetime]] = field(default_factory=list)  # booths, and when they can be held again
    exhibitors: list[Exhibitor] = field(default_factory=list)
    groups: dict[int, list[PriceGroup]] = field(default_factory=dict)  # by exhibitor

    @property
    def group_ids(self) -> frozenset[int]:
        """Those whose booths are not held back from the reader."""
        return frozenset(group.id for groups in self.groups.values() for group in groups)


def own_booths(fair: Fair, exhibitor_ids: Collection[int], now: datetime, for_plan: bool = True) -> Own:
    """Everything of these exhibitors on the plan, in six queries; elsewhere in three: booths, holds and names."""
    if not exhibitor_ids:
        return Own()
    booths = list(
        db.session.scalars(
            select(Booth)
            .where(
                Booth.fair_id == fair.id,
                Booth.exhibitor_id.in_(exhibitor_ids),
                or_(Booth.state == BoothState.LET, Booth.held_until > now),
            )
            .order_by(Booth.number)
        )
    )
    live = db.session.scalars(
        select(Hold)
        .where(
            Hold.fair_id == fair.id,
            Hold.exhibitor_id.in_(exhibitor_ids),
            Hold.state == HoldState.LIVE,
            Hold.held_until > now,
        )
        .order_by(Hold.created_at)
    )
    exhibitors = db.session.scalars(select(Exhibitor).where(Exhibitor.id.in_(exhibitor_ids)).order_by(Exhibitor.id))
    own = Own(
        booths=booths,
        numbers=[booth.number for booth in booths],
        holds=[OwnHold(hold, [booth for booth in booths if booth.hold_id == hold.id]) for hold in live],
        exhibitors=list(exhibitors),
    )
    if not for_plan:
        return own
    waiting = db.session.scalars(
        select(Order)
        .where(
            Order.fair_id == fair.id,
            Order.exhibitor_id.in_(exhibitor_ids),
            Order.state.in_((OrderState.AWAITING, OrderState.DEPOSITED, OrderState.UNDELIVERABLE)),
        )
        .order_by(Order.created_at)
    )
    pause = timedelta(minutes=fair.rehold_minutes)
    ran_out = db.session.execute(
        select(Booth.number, Hold.held_until)
        .join(Allocation, Allocation.booth_id == Booth.id)
        .join(Hold, Hold.id == Allocation.hold_id)
        .where(
            Hold.fair_id == fair.id,
            Hold.exhibitor_id.in_(exhibitor_ids),
            Hold.state.in_((HoldState.LIVE, HoldState.EXPIRED)),
            Hold.held_until > now - pause,
            Hold.held_until <= now,
        )
        .order_by(Hold.held_until, Booth.number)
    )
    ended: dict[datetime, list[str]] = {}
    for number, held_until in ran_out:
        ended.setdefault(held_until + pause, []).append(number)
    own.orders, own.groups = list(waiting), groups_of(fair.id, exhibitor_ids)
    own.ended = [(numbers, again_at) for again_at, numbers in ended.items()]
    return own


def has_booth(fair: Fair, exhibitor_ids: Collection[int], now: datetime) -> bool:
    """Whether one of them stands at the fair: a booth is let to it or to its host, or reserved for its transfer.

    A hold, or a card that is yet to be charged, is a click that costs nothing, and does not count.
    """
    if not exhibitor_ids:
        return False
    hosts = select(Exhibitor.main_id).where(Exhibitor.id.in_(exhibitor_ids), Exhibitor.main_id.is_not(None), is_shown())
    theirs = exists().where(
        Booth.fair_id == fair.id,
        or_(Booth.exhibitor_id.in_(exhibitor_ids), Booth.exhibitor_id.in_(hosts)),
        or_(Booth.state == BoothState.LET, and_(Booth.state == BoothState.RESERVED, Booth.held_until > now)),
    )
    return bool(db.session.scalar(select(theirs)))


def own_hold(fair_id: int, exhibitor_ids: Collection[int], numbers: Collection[str]) -> Hold:
    """The hold that keeps these booths for one of the exhibitors; NotFound where there is none."""
    hold = db.session.scalar(
        select(Hold)
        .join(Booth, Booth.hold_id == Hold.id)
        .where(Hold.fair_id == fair_id, Hold.exhibitor_id.in_(exhibitor_ids), Booth.number.in_(numbers))
        .limit(1)
    )
    if hold is None:
        raise NotFound()
    return hold


def hold_by_id(fair_id: int, hold_id: str, exhibitor_ids: Collection[int] | None) -> Hold:
    """A hold by its id, of one of these exhibitors (of any, for staff); NotFound otherwise."""
    statement = select(Hold).where(Hold.fair_id == fair_id, Hold.id == hold_id)
    if exhibitor_ids is not None:
        statement = statement.where(Hold.exhibitor_id.in_(exhibitor_ids))
    hold = db.session.scalar(statement)
    if hold is None:
        raise NotFound()
    return hold
