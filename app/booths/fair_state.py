"""How the whole fair stands by zone, in booths, m² and money; and the rows behind each figure.

What each figure counts:
- booths: numbered booths that can be let; not those out of the market, theme shows, or gone from the plan. A hold or
  reservation that ran out is free, whether swept or not; free ones that are held back for a group stand apart;
- list price: of all of these, before VAT, without the price list of any day;
- agreed: of booths that are let or await their payment, what their orders say before VAT, each currency by itself:
  nothing where they are free of charge, the list price where they were let without an order. A booth that was moved
  keeps its price;
  What a group, a quantity or a code took off the order's booths is off each by its part of their price, so that the
  parts add up; a funder's support is not: the funder owes it;
- paid: that of orders that are paid, and of deposits as much as has come; open: the rest of what was agreed; due: of
  booths that await a payment, what has to come within a day, or is late.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app.booths.floorplan import HELD_BACK, held_back, on_plan
from app.booths.models import Allocation, Booth, BoothState
from app.db import UTCDateTime, db
from app.fairs.models import Exhibitor, Fair, Hall, Zone
from app.i18n_marks import N_
from app.money import Money
from app.payments.models import Order, OrderLine, OrderState
from app.payments.schedule import counted_of
from app.search import like

WAITING = (BoothState.HELD, BoothState.RESERVED)
LETTABLE: tuple[str, ...] = (BoothState.LET, BoothState.RESERVED, BoothState.HELD, HELD_BACK, BoothState.FREE)
OFF = ("group", "quantity", "discount")  # lines that take something off an order's booths
AGREED = (BoothState.LET, BoothState.RESERVED)
MONEY = ("agreed", "paid", "open", "due")
DUE_WITHIN = timedelta(days=1)
Instant = datetime | BindParameter[datetime]
EXACT: ColumnElement[int] = literal_column("1.0")  # whole numbers would be divided without their rest
NO_ZONE = "-"  # in an address: booths that stand in none

STATE_WORDS: dict[str, str] = {
    HELD_BACK: N_("Held back for a group"),
    BoothState.FREE: N_("Free"),
    BoothState.HELD: N_("Held"),
    BoothState.RESERVED: N_("Awaits payment"),
    BoothState.LET: N_("Let"),
    BoothState.NOT_LET: N_("Not let"),
    BoothState.SHOW: N_("Theme show"),
}


@dataclass
class Sums:
    """Booths, and m² and money of them, before VAT: list prices in the fair's currency, what is agreed in each."""

    booths: int = 0
    area_m2: float = 0
    list_minor: int = 0
    agreed: Counter[str] = field(default_factory=Counter)  # currency → minor

    def add(self, other: "Sums") -> None:
        self.booths += other.booths
        self.area_m2 += other.area_m2
        self.list_minor += other.list_minor
        for currency, minor in other.agreed.items():
            self.agreed[currency] += minor

    def amounts(self, fair: Fair) -> list[Money]:
        """What is agreed, the fair's own currency first and always, then the others with something in them."""
        others = sorted(one for one, minor in self.agreed.items() if minor and one != fair.currency)
        return [Money(self.agreed[one], one) for one in (fair.currency, *others)]


@dataclass
class ZoneState:
    """A zone's row, or the fair's. None as zone: the sum, or booths that stand in none."""

    zone: Zone | None
    hall: Hall | None
    whole: Sums = field(default_factory=Sums)
    states: dict[str, Sums] = field(default_factory=lambda: {str(state): Sums() for state in LETTABLE})
    money: dict[str, Sums] = field(default_factory=lambda: {name: Sums() for name in MONEY})

    @property
    def code(self) -> str:
        return self.zone.code if self.zone is not None else NO_ZONE


@dataclass(frozen=True)
class Wanted:
    """What a list of booths is narrowed to; empty: everything."""

    state: str = ""
    zone: str = ""  # its code, or NO_ZONE
    money: str = ""
    q: str = ""

    @property
    def narrows(self) -> bool:
        return bool(self.state or self.zone or self.money or self.q)

    @property
    def arguments(self) -> dict[str, str]:
        return {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name)}


@dataclass(frozen=True)
class BoothRow:
    booth: Booth
    state: str  # a BoothState, or HELD_BACK
    exhibitor: Exhibitor | None
    order: Order | None
    zone: Zone | None
    agreed: Money | None  # None where nothing is agreed


def state_at(now: Instant) -> ColumnElement[str]:
    """A booth's state as it holds, in SQL: what ran out is free, and what is free is HELD_BACK while a group's."""
    ran_out = and_(Booth.state.in_(WAITING), Booth.held_until <= now)
    kept = and_(or_(Booth.state == BoothState.FREE, ran_out), held_back(now))
    return case((kept, literal(HELD_BACK)), (ran_out, literal(str(BoothState.FREE))), else_=Booth.state)


def fair_state(fair: Fair, now: datetime) -> tuple[list[ZoneState], ZoneState]:
    """A row a zone in the order of halls and codes, and their sum; two queries."""
    placed = db.session.execute(
        select(Zone, Hall)
        .join(Hall, Hall.id == Zone.hall_id)
        .where(Zone.fair_id == fair.id)
        .order_by(Hall.position, Hall.id, Zone.code)
    ).all()
    rows = {zone.id: ZoneState(zone, hall) for zone, hall in placed} | {None: ZoneState(None, None)}
    whole = ZoneState(None, None)
    asked = {"fair": fair.id, "currency": fair.currency, "now": now, "soon": now + DUE_WITHIN}
    for zone_id, state, kind_of_money, in_part, paid_minor, *figures in db.session.execute(_by_zone(), asked).all():
        for row in (rows[zone_id], whole):
            _count(row, state, kind_of_money, _sums(figures), int(paid_minor or 0) if in_part else None)
    return [row for row in rows.values() if row.whole.booths], whole


@cache
def _by_zone() -> Select[Any]:
    """Put together once: that takes as long as to count."""
    now: BindParameter[datetime] = bindparam("now", type_=UTCDateTime)
    soon: BindParameter[datetime] = bindparam("soon", type_=UTCDateTime)
    currency: BindParameter[str] = bindparam("currency", type_=String)
    stands, kind = state_at(now).label("stands"), _money(soon).label("owed")
    came = func.sum(case((state_at(now).in_(AGREED), _paid()), else_=0))
    figures = (stands, kind, _in_part().label("part"), came, *_figures(currency, now))
    statement = _joined(select(Booth.zone_id, *figures), bindparam("fair", type_=Integer))
    shown = statement.where(state_at(now).in_(LETTABLE))
    return shown.group_by(Booth.zone_id, "stands", "owed", "part", "agreed_in")


def booths_wanted(fair: Fair, wanted: Wanted, now: datetime) -> Select[Any]:
    """The booths that a figure counts, or all on the plan, with whoever has them; in the order of their numbers."""
    agreed = case((state_at(now).in_(AGREED), _amount(wanted.money)))
    found = _joined(
        select(Booth, state_at(now), Exhibitor, Order, Zone, agreed, _currency(literal(fair.currency))), fair.id
    )
    return found.where(*_narrowed(wanted, now)).order_by(Booth.number)


def booth_rows(statement: Select[Any]) -> Iterable[BoothRow]:
    for booth, state, exhibitor, order, zone, agreed_minor, currency in db.session.execute(statement):
        taken = state in (BoothState.LET, *WAITING)
        agreed = Money(int(agreed_minor), currency) if agreed_minor is not None else None
        yield BoothRow(booth, state, exhibitor if taken else None, order if taken else None, zone, agreed)


def sums_of(fair: Fair, wanted: Wanted, now: datetime) -> Sums:
    """What the list adds up to; one query."""
    whole = Sums()
    counted = (
        _joined(select(*_figures(literal(fair.currency), now, wanted.money)), fair.id)
        .where(*_narrowed(wanted, now))
        .group_by("agreed_in")
    )
    for figures in db.session.execute(counted).all():
        whole.add(_sums(figures))
    return whole


def _figures(fairs: ColumnElement[str], now: Instant, money: str = "") -> tuple[ColumnElement[Any], ...]:
    """The columns of Sums, as `_sums` reads them: of the booths of one currency."""
    agreed = case((state_at(now).in_(AGREED), _amount(money)), else_=0)
    currency = _currency(fairs).label("agreed_in")  # a name that no column has: PostgreSQL would group by that one
    return currency, func.count(), func.sum(Booth.area_cm2), func.sum(Booth.price_minor), func.sum(agreed)


def _sums(figures: Iterable[Any]) -> Sums:
    currency, *numbers = figures
    booths, area_cm2, list_minor, agreed_minor = (int(number or 0) for number in numbers)
    return Sums(booths, area_cm2 / 10_000, list_minor, Counter({currency: agreed_minor}))


def support_in(fair: Fair) -> Money:
    """What funders bear of the orders that await payment or are paid, before VAT: `agreed` counts it in."""
    theirs = (
        select(func.coalesce(func.sum(-OrderLine.net_minor), 0))
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.fair_id == fair.id,
            OrderLine.kind == "support",
            Order.state.in_((OrderState.AWAITING, OrderState.DEPOSITED, OrderState.PAID)),
        )
    )
    return Money(int(db.session.scalar(theirs) or 0), fair.currency)


def squares_of(whole: ZoneState, squares: int = 40) -> list[str]:
    """The fair as so many squares, each in the state of its share of booths; whoever has one booth has a square."""
    counts = {state: sums.booths for state, sums in whole.states.items() if sums.booths}
    if not counts:
        return []
    shares = {state: n * squares / whole.whole.booths for state, n in counts.items()}
    given = {state: max(1, int(share)) for state, share in shares.items()}
    while (left := squares - sum(given.values())) != 0:
        step = 1 if left > 0 else -1
        chosen = max(given, key=lambda state: step * (shares[state] - given[state]))
        given[chosen] += step
    return [state for state, number in given.items() for _square in range(number)]


def _count(row: ZoneState, state: str, kind: str, sums: Sums, came_minor: int | None) -> None:
    """`came_minor`: of what is agreed, where it is paid in part; its booths then stand on both sides."""
    row.whole.add(sums)
    row.states[state].add(sums)
    if state in AGREED:
        row.money["agreed"].add(sums)
        left = sums
        if came_minor is not None:
            came, left = (replace(sums, agreed=Counter(sums.agreed)) for _side in range(2))
            for currency, minor in sums.agreed.items():
                came.agreed[currency], left.agreed[currency] = came_minor, minor - came_minor
            row.money["paid"].add(came)
        row.money["paid" if kind == "paid" else "open"].add(left)
        if kind == "due":
            row.money["due"].add(left)


def _joined(statement: Any, fair_id: int | BindParameter[int]) -> Select[Any]:
    """Every booth on the plan once: its live allocation, if any, with holder, order and the order's line."""
    live = and_(Allocation.booth_id == Booth.id, Allocation.fair_id == fair_id, Allocation.ended_at.is_(None))
    line = and_(OrderLine.fair_id == fair_id, OrderLine.order_id == Order.id, OrderLine.booth_id == Booth.id)
    joined: Select[Any] = (
        statement.select_from(Booth)
        .outerjoin(Allocation, live)
        .outerjoin(Exhibitor, Exhibitor.id == Booth.exhibitor_id)
        .outerjoin(Order, Order.id == Allocation.order_id)
        .outerjoin(OrderLine, line)
        .outerjoin(Zone, Zone.id == Booth.zone_id)
        .where(Booth.fair_id == fair_id, on_plan())
    )
    return joined


def _agreed() -> ColumnElement[int]:
    return case((Allocation.free_of_charge, 0), else_=func.coalesce(net_of(OrderLine), Booth.price_minor))


def net_of(line: Any) -> ColumnElement[int]:
    """A booth's price in its order, less its part of what came off the order's booths; the parts add up to it.

    Before VAT. Each takes what is off the booths up to it less what is off those before it, rounded to a minor unit.
    """
    one = aliased(OrderLine)

    def summed(*conditions: Any) -> Any:
        of_order = (one.fair_id == line.fair_id, one.order_id == line.order_id, *conditions)
        return select(func.coalesce(func.sum(one.net_minor), 0)).where(*of_order).correlate(line).scalar_subquery()

    whole, off = summed(one.kind == "booth"), summed(one.kind.in_(OFF))
    before = summed(one.kind == "booth", one.id < line.id)

    def share(upto: Any) -> Any:
        return cast(func.coalesce(func.round(off * EXACT * upto / func.nullif(whole, 0)), 0), BigInteger)

    parts: ColumnElement[int] = line.net_minor + share(before + line.net_minor) - share(before)
    return parts


def _paid() -> ColumnElement[int]:
    """Of what is agreed, what has come: all of it with a paid order, with a deposit its part of the total."""
    part = cast(func.round(_agreed() * EXACT * counted_of(Order) / func.nullif(Order.total_minor, 0)), BigInteger)
    return case((Order.state == OrderState.PAID, _agreed()), (_in_part(), func.coalesce(part, 0)), else_=0)


def _in_part() -> ColumnElement[bool]:
    is_part = and_(Order.state == OrderState.DEPOSITED, Allocation.free_of_charge.is_(False))
    return case((is_part, literal(True)), else_=literal(False))


def _amount(money: str) -> ColumnElement[int]:
    """What of a booth's price a figure of that name adds up."""
    if money == "paid":
        return _paid()
    return _agreed() - _paid() if money in ("open", "due") else _agreed()


def _currency(fairs: ColumnElement[str]) -> ColumnElement[str]:
    """Of what is agreed: the order's; the fair's where there is no order, or nothing to pay."""
    ordered = and_(OrderLine.id.is_not(None), Allocation.free_of_charge.is_(False))
    return case((ordered, Order.currency), else_=fairs)


def _money(soon: Instant) -> ColumnElement[str]:
    """What a booth's price is: paid whole (a booth free of charge owes nothing), open, or open and due.

    With a deposit alone it is open, and its deposit is among what is paid.
    """
    is_paid = or_(Allocation.free_of_charge, Order.state == OrderState.PAID)
    is_due = or_(
        and_(Order.state == OrderState.AWAITING, Order.due_at <= soon),
        and_(Order.state == OrderState.DEPOSITED, Order.balance_due_at <= soon),
    )
    return case((is_paid, literal("paid")), (is_due, literal("due")), else_=literal("open"))


def _narrowed(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    guards: list[ColumnElement[bool]] = []
    if wanted.state == "lettable":
        guards.append(state_at(now).in_(LETTABLE))
    elif wanted.state:
        guards.append(state_at(now) == wanted.state)
    if wanted.zone:
        guards.append(Booth.zone_id.is_(None) if wanted.zone == NO_ZONE else Zone.code == wanted.zone)
    if wanted.money:
        guards.append(state_at(now).in_(AGREED))
        if wanted.money == "paid":
            guards.append(or_(_money(now + DUE_WITHIN) == "paid", _in_part()))
        kinds = {"open": ("open", "due"), "due": ("due",)}.get(wanted.money)
        if kinds:
            guards.append(_money(now + DUE_WITHIN).in_(kinds))
    if wanted.q:
        guards.append(or_(Booth.number == wanted.q.upper(), Exhibitor.folded.like(like(wanted.q), escape="\\")))
    return guards
