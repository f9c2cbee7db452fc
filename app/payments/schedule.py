"""A deposit at order and the balance until a date: the organiser's terms, and the instalments of an order."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, func, select

from app.audit import Actor, record
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money, apply_rate, exponent
from app.payments.models import Order, OrderState, Payment, PaymentState, Refund, SalesTerms

BANKS_CLOSE = time(17, 0)
DAYS_BEFORE_MOST = 365
NO_DEPOSIT = N_("A deposit is more than 0 and less than 100 per cent.")
ONE_OF_BOTH = N_("Give either the day of the balance or the number of days before the fair.")
TOO_LATE = N_("The balance is due on the fair's first day, %(day)s, at the latest.")
OVER_ALREADY = N_("That day is over: every new order would be due whole.")
TOO_MANY_DAYS = N_("Give a whole number of days from 0 to %(most)s.")


@dataclass(frozen=True)
class Plan:
    """How an order that is placed now is split."""

    deposit_bp: int
    balance_due_at: datetime

    def deposit_of(self, total: Money) -> int | None:
        """Rounded half up to a whole minor unit; the balance is the rest. None where nothing could be split.

        To ten of them where there are three decimals: cards take no other amount (docs.stripe.com/currencies).
        """
        step = 10 if exponent(total.currency) == 3 else 1
        deposit = (apply_rate(total.minor, self.deposit_bp) + step // 2) // step * step
        return deposit if 0 < deposit < total.minor else None


@dataclass(frozen=True)
class Instalment:
    """A part of an order. The amounts of an order's parts come to its total."""

    kind: str  # deposit, balance
    amount: Money
    due_at: datetime
    paid_at: datetime | None

    @property
    def state(self) -> str:
        return "open" if self.paid_at is None else "paid"

    def is_late(self, now: datetime) -> bool:
        return self.paid_at is None and self.due_at <= now


def terms_of(fair_id: int) -> SalesTerms | None:
    return db.session.get(SalesTerms, fair_id)


def set_schedule(actor: Actor, fair: Fair, asked: dict[str, Any], now: datetime) -> SalesTerms:
    """A deposit and the balance's day, for orders placed from now on. Raises FieldErrors.

    `asked`: deposit_bp, and balance_on or balance_days_before.
    """
    _lock(fair)
    faults = schedule_faults(fair, asked, now)
    if faults:
        raise FieldErrors(faults, day=f"{fair.starts_on:%d.%m.%Y}", most=DAYS_BEFORE_MOST)
    terms = _kept(fair)
    before = (terms.deposit_bp, terms.balance_on, terms.balance_days_before)
    terms.deposit_bp, terms.balance_on = asked["deposit_bp"], asked["balance_on"]
    terms.balance_days_before = asked["balance_days_before"]
    db.session.flush()
    if before != (terms.deposit_bp, terms.balance_on, terms.balance_days_before):
        due = balance_due_at(fair, terms)
        record(
            actor, "schedule.set", "fair", fair.id, fair.id, rate_bp=terms.deposit_bp, due_at=due and due.isoformat()
        )
    return terms


def end_schedule(actor: Actor, fair: Fair) -> None:
    """Orders placed from now on are due whole. Orders with instalments keep theirs. Repeated, nothing more happens."""
    _lock(fair)
    terms = terms_of(fair.id)
    if terms is None or terms.deposit_bp is None:
        return
    terms.deposit_bp = terms.balance_on = terms.balance_days_before = None
    db.session.flush()
    record(actor, "schedule.ended", "fair", fair.id, fair.id)


def set_cancels_at_once(actor: Actor, fair: Fair, at_once: bool) -> None:
    """Whether the rule confirms a cancellation at its fee, or the organiser does."""
    _lock(fair)
    terms = _kept(fair)
    if terms.cancels_at_once != at_once:
        terms.cancels_at_once = at_once
        db.session.flush()
        record(actor, "cancellation.rule_set", "fair", fair.id, fair.id, at_once=at_once)


def schedule_faults(fair: Fair, asked: dict[str, Any], now: datetime) -> dict[str, str]:
    """What is wrong with it, by field."""
    faults = {}
    on, days = asked["balance_on"], asked["balance_days_before"]
    if asked["deposit_bp"] is None or not 0 < asked["deposit_bp"] < 10_000:
        faults["deposit_percent"] = NO_DEPOSIT
    if (on is None) == (days is None):
        faults["balance_on"] = ONE_OF_BOTH
    elif days is not None and not 0 <= days <= DAYS_BEFORE_MOST:
        faults["balance_days_before"] = TOO_MANY_DAYS
    elif on is not None and on > fair.starts_on:
        faults["balance_on"] = TOO_LATE
    elif _moment(fair, on or fair.starts_on - timedelta(days=days or 0)) <= now:
        faults["balance_on" if on is not None else "balance_days_before"] = OVER_ALREADY
    return faults


def balance_due_at(fair: Fair, terms: SalesTerms | None) -> datetime | None:
    """When the balance of an order is due that is placed under these terms; None where orders are due whole."""
    if terms is None or terms.deposit_bp is None:
        return None
    if terms.balance_on is not None:
        return _moment(fair, terms.balance_on)
    return _moment(fair, fair.starts_on - timedelta(days=terms.balance_days_before or 0))


def plan_at(fair: Fair, now: datetime) -> Plan | None:
    """How an order placed now is split; None where it is due whole: no schedule, or the balance's day has come."""
    terms = terms_of(fair.id)
    due_at = balance_due_at(fair, terms)
    if terms is None or terms.deposit_bp is None or due_at is None:
        return None
    if now + timedelta(minutes=fair.hold_minutes) >= due_at:
        return None
    return Plan(terms.deposit_bp, due_at)


def deposit_due_at(order: Order, fair: Fair, due_at: datetime, now: datetime) -> datetime:
    """No later than its balance, and never less than a hold lasts."""
    if order.balance_due_at is None:
        return due_at
    return max(min(due_at, order.balance_due_at), now + timedelta(minutes=fair.hold_minutes))


def instalments_of(order: Order) -> list[Instalment]:
    """Deposit and balance; none where the order is due whole."""
    if order.deposit_minor is None or order.balance_due_at is None:
        return []
    deposit = Money(order.deposit_minor, order.currency)
    balance = Money(order.total_minor - order.deposit_minor, order.currency)
    return [
        Instalment("deposit", deposit, order.due_at, order.deposit_paid_at),
        Instalment("balance", balance, order.balance_due_at, order.paid_at),
    ]


def first_due(order: Order) -> Money:
    """What lets the booths: the deposit, or the whole where there is none."""
    return Money(order.total_minor if order.deposit_minor is None else order.deposit_minor, order.currency)


def due_now(order: Order) -> Money:
    """What is asked for at this moment: first the deposit or the whole, then what is left of the total."""
    if order.state == OrderState.DEPOSITED:
        return Money(order.total_minor - counted_minor(order), order.currency)
    return first_due(order)


def counted_minor(order: Order) -> int:
    """What has been counted for the order and not gone back, in minor units."""
    return int(db.session.scalar(select(counted_of(Order)).where(Order.id == order.id)) or 0)


def counted_of(order: Any) -> ColumnElement[int]:
    """The same as a part of a statement on orders, for lists and sums."""
    payments = (
        select(func.coalesce(func.sum(Payment.amount_minor), 0))
        .where(Payment.order_id == order.id, Payment.state == PaymentState.SETTLED)
        .correlate(order)
        .scalar_subquery()
    )
    back = (
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order.id, Payment.state == PaymentState.SETTLED, Refund.state != "failed")
        .correlate(order)
        .scalar_subquery()
    )
    difference: ColumnElement[int] = payments - back
    return difference


def is_late(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Conditions of the orders whose balance is late."""
    return Order.state == OrderState.DEPOSITED, Order.balance_due_at <= now


def _moment(fair: Fair, day: date) -> datetime:
    """When banks close that day at the fair; on the first day, before it opens."""
    zone = ZoneInfo(fair.time_zone)
    opens = datetime.combine(fair.starts_on, fair.opens_at_time, zone)
    return min(datetime.combine(day, BANKS_CLOSE, zone), opens).astimezone(UTC)


def _kept(fair: Fair) -> SalesTerms:
    terms = db.session.get(SalesTerms, fair.id, populate_existing=True)
    if terms is None:
        terms = SalesTerms(fair_id=fair.id, cancels_at_once=False)
        db.session.add(terms)
    return terms


def _lock(fair: Fair) -> None:
    """One at a time changes what a fair sells under."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())
