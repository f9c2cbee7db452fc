"""Orders: what an exhibitor buys, as a snapshot of prices, VAT and currency, and the states it goes through."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import func, select, update

from app.audit import Actor, record
from app.db import db
from app.errors import DomainError, NotFound
from app.i18n_marks import N_
from app.money import Money
from app.payments.letters import tell_where_to_transfer
from app.payments.models import Order, OrderLine, OrderState
from app.payments.schedule import Plan

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that are taken for one another when copied by hand


@dataclass(frozen=True)
class Line:
    """One thing to be bought, priced."""

    kind: str
    booth_id: int | None
    label: str
    net: Money
    vat_bp: int
    vat: Money
    quantity: int = 1
    unit_minor: int | None = None  # None: the whole net
    extra_id: int | None = None  # taken from its stock already
    price_note: str = ""
    listed_minor: int | None = None


class OrderNotOpen(DomainError):
    code: ClassVar[str] = "order_not_open"
    message: ClassVar[str] = N_("This order is no longer open. Reload the page to see how it stands.")


def open_order(
    actor: Actor,
    fair_id: int,
    exhibitor_id: int,
    hold_id: str | None,
    pay_by: str,
    lines: list[Line],
    due_at: datetime,
    now: datetime,
    plan: Plan | None = None,
) -> Order:
    """Place an order for a hold, which the caller has found to be the exhibitor's and keeps until `due_at`.

    Extras that are ordered alone have no hold.

    With a `plan` its deposit is due then, and the balance on the plan's day; else the whole is.
    """
    net = lines[0].net
    vat = lines[0].vat
    for line in lines[1:]:
        net, vat = net + line.net, vat + line.vat
    deposit_minor = plan.deposit_of(net + vat) if plan is not None else None
    order = Order(
        fair_id=fair_id,
        exhibitor_id=exhibitor_id,
        person_id=actor.person_id,
        hold_id=hold_id,
        reference=new_reference(),
        pay_by=pay_by,
        state=OrderState.AWAITING,
        currency=net.currency,
        net_minor=net.minor,
        vat_minor=vat.minor,
        total_minor=(net + vat).minor,
        deposit_minor=deposit_minor,
        balance_due_at=plan.balance_due_at if plan is not None and deposit_minor is not None else None,
        created_at=now,
        due_at=due_at,
        lines=[
            OrderLine(
                fair_id=fair_id,
                kind=line.kind,
                booth_id=line.booth_id,
                extra_id=line.extra_id,
                kept=line.extra_id is not None,
                label=line.label,
                price_note=line.price_note,
                listed_minor=line.listed_minor,
                quantity=line.quantity,
                unit_minor=line.net.minor if line.unit_minor is None else line.unit_minor,
                net_minor=line.net.minor,
                vat_bp=line.vat_bp,
                vat_minor=line.vat.minor,
            )
            for line in lines
        ],
    )
    db.session.add(order)
    db.session.flush()
    told = {"reference": order.reference, "total_minor": order.total_minor, "currency": order.currency}
    record(actor, "order.placed", "order", order.id, fair_id, **told)
    if pay_by == "transfer" and order.total_minor:
        tell_where_to_transfer(order)
    return order


def new_reference() -> str:
    """What a payer writes on a transfer: short, of capitals and digits, not to be guessed."""
    return "PH" + "".join(secrets.choice(LETTERS) for _ in range(8))


def order_by_reference(fair_id: int, reference: str, exhibitor_ids: Collection[int] | None = None) -> Order:
    """The order with this reference; NotFound where there is none, or it is of none of the `exhibitor_ids`."""
    statement = select(Order).where(Order.fair_id == fair_id, Order.reference == reference.upper())
    if exhibitor_ids is not None:
        statement = statement.where(Order.exhibitor_id.in_(exhibitor_ids))
    order = db.session.scalar(statement)
    if order is None:
        raise NotFound()
    return order


def order_of_hold(fair_id: int, hold_id: str) -> Order | None:
    return db.session.scalar(select(Order).where(Order.fair_id == fair_id, Order.hold_id == hold_id))


def orders_of(fair_id: int, exhibitor_ids: Collection[int]) -> list[Order]:
    """The newest first."""
    return list(
        db.session.scalars(
            select(Order)
            .where(Order.fair_id == fair_id, Order.exhibitor_id.in_(exhibitor_ids))
            .order_by(Order.created_at.desc(), Order.id.desc())
        )
    )


def total_of(order: Order) -> Money:
    return Money(order.total_minor, order.currency)


def lock_order(order_id: int) -> Order:
    """The order as it is now, and nobody else changes it until this transaction ends."""
    order = db.session.scalar(
        select(Order).where(Order.id == order_id).with_for_update(), execution_options={"populate_existing": True}
    )
    if order is None:
        raise NotFound()
    return order


def move(order: Order, leaves: Collection[OrderState], enters: OrderState, now: datetime) -> bool:
    """Take an order from one of the states to another, once; False when it is in none of them any more."""
    values: dict[str, object] = {"state": enters}
    if enters in (OrderState.PAID, OrderState.DEPOSITED):
        values |= {"paid_at": now if enters == OrderState.PAID else None, "ended_at": None}
        if order.deposit_minor is not None:
            values |= {"deposit_paid_at": func.coalesce(Order.deposit_paid_at, now), "checkout_ends_at": None}
            values |= {"stripe_session_id": None, "stripe_session_url": None}  # the balance opens one of its own
    elif enters != OrderState.AWAITING:
        values["ended_at"] = now
    moved = db.session.execute(
        update(Order)
        .where(Order.id == order.id, Order.state.in_(leaves))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(order)
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def pay_by_transfer(actor: Actor, order: Order, due_at: datetime, now: datetime) -> None:
    """The payer chose the bank instead of the card: the Checkout Session has been closed before."""
    changed = db.session.execute(
        update(Order)
        .where(Order.id == order.id, Order.state == OrderState.AWAITING, Order.pay_by == "card")
        .values(pay_by="transfer", due_at=due_at, stripe_session_id=None, stripe_session_url=None)
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise OrderNotOpen()
    db.session.refresh(order)
    record(actor, "order.transfer_chosen", "order", order.id, order.fair_id)
    tell_where_to_transfer(order)


def cancel_order(actor: Actor, order: Order, now: datetime) -> None:
    """The buyer thought better of it, before paying. The caller frees what was kept for it."""
    if not move(order, [OrderState.AWAITING], OrderState.CANCELLED, now):
        raise OrderNotOpen()
    record(actor, "order.cancelled", "order", order.id, order.fair_id)


def expire_order(order: Order, actor: Actor, now: datetime) -> bool:
    """Its time ran out unpaid. False when it was paid or ended otherwise in the meantime."""
    if not move(order, [OrderState.AWAITING], OrderState.EXPIRED, now):
        return False
    record(actor, "order.expired", "order", order.id, order.fair_id)
    return True
