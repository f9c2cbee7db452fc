"""Whose balance is open is reminded before its day and the day after it: once each, from 8:00 at the fair."""

from datetime import datetime, time, timedelta
from functools import partial

from sqlalchemy import insert, literal, select

from app import clock
from app.audit import SYSTEM, record
from app.db import db, retrying
from app.fairs.models import Exhibitor, Fair
from app.jobs import sweep
from app.payments.balance import missing_minor
from app.payments.letters import tell_balance
from app.payments.models import BalanceReminder, Order, OrderState
from app.payments.orders import lock_order

SENT_FROM = time(8)
DAYS_BEFORE = (7, 1)
DAY_AFTER = -1


@sweep
def remind_of_balances() -> None:
    """Every fair that is not over and has a balance open. A server that was down sends one mail for what fell due."""
    now = clock.now()
    soon = (now - timedelta(days=2)).date()  # the last day of a fair in any time zone
    waiting = select(Order.id).where(Order.fair_id == Fair.id, Order.state == OrderState.DEPOSITED).exists()
    fairs = db.session.scalars(select(Fair).where(Fair.ends_on >= soon, waiting).order_by(Fair.id)).all()
    for fair in fairs:
        remind_of_fair(fair, now)


def remind_of_fair(fair: Fair, now: datetime) -> int:
    """Remind whoever is due at one fair; answers how many mails were written. Opens its own transactions."""
    if clock.fair_day(fair, now) > fair.ends_on or clock.local(fair, now).time() < SENT_FROM:
        return 0
    orders = db.session.scalars(
        select(Order).where(Order.fair_id == fair.id, Order.state == OrderState.DEPOSITED).order_by(Order.id)
    ).all()
    sent = select(BalanceReminder.order_id, BalanceReminder.days_before).where(BalanceReminder.fair_id == fair.id)
    known = {(order_id, days) for order_id, days in db.session.execute(sent)}
    due = [order.id for order in orders if any((order.id, days) not in known for days in _stages(fair, order, now))]
    return sum(retrying(partial(_remind, fair, order_id, now)) for order_id in due)


def _remind(fair: Fair, order_id: int, now: datetime) -> bool:
    """One mail for one order, unless it was paid meanwhile or another process was quicker."""
    order = lock_order(order_id)
    if order.state != OrderState.DEPOSITED or order.balance_due_at is None:
        return False
    if not db.session.get_one(Exhibitor, order.exhibitor_id).email:
        return False
    stages = _stages(fair, order, now)
    if not [days for days in stages if _claim(fair, order, days, now)]:
        return False
    tell_balance(order, missing_minor(order), late=order.balance_due_at <= now)
    record(SYSTEM, "order.balance_reminded", "order", order.id, fair.id)
    return True


def _stages(fair: Fair, order: Order, now: datetime) -> list[int]:
    """The reminders whose day has come; not those of days before the order was placed."""
    if order.balance_due_at is None:
        return []
    due_on, today = clock.fair_day(fair, order.balance_due_at), clock.fair_day(fair, now)
    placed_on = clock.fair_day(fair, order.created_at)
    return [days for days in (*DAYS_BEFORE, DAY_AFTER) if placed_on < due_on - timedelta(days=days) <= today]


def _claim(fair: Fair, order: Order, days_before: int, now: datetime) -> bool:
    """The guard: written in the transaction of the mail, and only where it was not there."""
    row = {"fair_id": fair.id, "order_id": order.id, "days_before": days_before, "sent_at": now}
    columns = BalanceReminder.__table__.c
    there = select(BalanceReminder.id).where(*(columns[name] == row[name] for name in list(row)[:3]))
    new = select(*(literal(value, columns[name].type).label(name) for name, value in row.items())).where(
        ~there.exists()
    )
    made = insert(BalanceReminder).from_select(list(row), new).returning(BalanceReminder.id)
    return db.session.scalar(made) is not None
