"""Orders that are paid and whose booths were released: somebody says what becomes of the money, or it goes back."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import ClassVar

from sqlalchemy import BindParameter, ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from app.audit import Actor, record
from app.booths.models import Allocation, Booth
from app.booths.moving import RELEASES
from app.db import db
from app.errors import DomainError, FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.money import Money
from app.payments.models import Order, OrderState
from app.payments.orders import OrderNotOpen, lock_order
from app.payments.support_models import Support

WORDS_AT_MOST = 300
NO_WORDS = N_("Write what was agreed: it stays with the order.")
LONG_WORDS = N_("Shorten it to 300 characters.")


class ReleaseSettled(DomainError):
    code: ClassVar[str] = "release_settled"
    message: ClassVar[str] = N_("Somebody has settled this order already. Reload the page to see how.")


@dataclass(frozen=True)
class ReleasedOrder:
    """Paid, and nothing given back. `last_at`: when the last of its booths was released."""

    reference: str
    paid: Money
    exhibitor: Exhibitor
    numbers: list[str]
    last_at: datetime


def is_unsettled(fair_id: int | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    """Conditions of such orders of a fair: nobody has said what becomes of what the exhibitor or a funder pays."""
    ended = aliased(Allocation)  # the few that were released are looked up once, not for each order
    released = Order.id.in_(
        select(ended.order_id).where(
            ended.fair_id == fair_id, ended.order_id.is_not(None), ended.end_reason.in_(RELEASES)
        )
    )
    supported = exists().where(
        Support.fair_id == Order.fair_id, Support.order_id == Order.id, Support.released_at.is_(None)
    )
    costs = or_(Order.total_minor > 0, supported)
    return Order.state == OrderState.PAID, Order.note == "", costs, released


def released_orders(fair_id: int, at_most: int) -> list[ReleasedOrder]:
    """Those that wait for somebody, the oldest first; one query."""
    found = (
        select(
            Order.id, Order.reference, Order.total_minor, Order.currency, Exhibitor, Booth.number, Allocation.ended_at
        )
        .join(Exhibitor, Exhibitor.id == Order.exhibitor_id)
        .join(Allocation, and_(Allocation.order_id == Order.id, Allocation.fair_id == Order.fair_id))
        .join(Booth, Booth.id == Allocation.booth_id)
        .where(Order.fair_id == fair_id, Allocation.end_reason.in_(RELEASES), *is_unsettled(fair_id))
        .order_by(Order.id, Allocation.ended_at, Booth.number)
        .limit(at_most)
    )
    waiting = []
    for _order_id, of_order in groupby(db.session.execute(found), key=lambda row: row.id):
        rows = list(of_order)
        first, numbers = rows[0], list(dict.fromkeys(row.number for row in rows))
        paid = Money(first.total_minor, first.currency)
        waiting.append(ReleasedOrder(first.reference, paid, first.Exhibitor, numbers, rows[-1].ended_at))
    return waiting


def settle_release(actor: Actor, fair: Fair, order: Order, words: str, now: datetime) -> bool:
    """Nothing more goes back for the booths that were released, and why. The same words again change nothing.

    Another booth of the order that is released later asks anew. Raises FieldErrors, OrderNotOpen, ReleaseSettled.
    """
    words = " ".join(words.split())
    if not words or len(words) > WORDS_AT_MOST:
        raise FieldErrors({"words": LONG_WORDS if words else NO_WORDS})
    order = lock_order(order.id)
    if order.note == words:
        return False
    if order.note:
        raise ReleaseSettled()
    settled = db.session.execute(
        update(Order)
        .where(Order.id == order.id, Order.fair_id == fair.id, *is_unsettled(fair.id))
        .values(note=words)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(order)
    if not settled.rowcount:  # type: ignore[attr-defined]
        raise OrderNotOpen()
    record(actor, "order.release_settled", "order", order.id, fair.id, reason=words)
    return True
