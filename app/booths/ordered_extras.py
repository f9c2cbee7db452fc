"""Who ordered which extras, and where they are brought to."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from app.booths.models import Allocation, Booth, Extra
from app.db import db
from app.fairs.models import Exhibitor
from app.payments.models import Order, OrderLine, OrderState


@dataclass(frozen=True)
class Ordered:
    """One order's number of an extra, for whoever brings it to the booth."""

    extra: Extra
    line: OrderLine
    order: Order
    exhibitor: Exhibitor
    numbers: list[str]  # where the order's booths are now, after moves and swaps; as ordered where none is left


def ordered_extras(fair_id: int) -> list[Ordered]:
    """What stands in orders that are paid or wait for their payment, by extra, then by exhibitor."""
    found = (
        select(Extra, OrderLine, Order, Exhibitor)
        .join(OrderLine, OrderLine.extra_id == Extra.id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Exhibitor, Exhibitor.id == Order.exhibitor_id)
        .where(
            Extra.fair_id == fair_id,
            OrderLine.kept,
            Order.state.in_((OrderState.AWAITING, OrderState.DEPOSITED, OrderState.PAID)),
        )
        .order_by(Extra.position, Extra.id, Exhibitor.name, Order.id)
    )
    rows = db.session.execute(found).all()
    places: defaultdict[int | None, list[str]] = defaultdict(list)
    stands = (
        select(Allocation.order_id, Booth.number)
        .join(Booth, Booth.id == Allocation.booth_id)
        .where(
            Allocation.fair_id == fair_id,
            Allocation.ended_at.is_(None),
            Allocation.order_id.in_({order.id for _extra, _line, order, _exhibitor in rows}),
        )
        .order_by(Booth.number)
    )
    for order_id, number in db.session.execute(stands) if rows else ():
        places[order_id].append(number)
    named = {order.id: line.booth_id for _extra, line, order, _exhibitor in rows if line.booth_id is not None}
    own = select(Booth.id, Booth.number).where(Booth.fair_id == fair_id, Booth.id.in_(set(named.values())))
    numbers = {booth_id: number for booth_id, number in db.session.execute(own)} if named else {}
    places.update({order_id: [numbers[booth_id]] for order_id, booth_id in named.items() if booth_id in numbers})
    return [Ordered(*row, numbers=places.get(row[2].id) or _as_ordered(row[2])) for row in rows]


def _as_ordered(order: Order) -> list[str]:
    return [label.partition(",")[0].rpartition(" ")[2] for label in order.booth_labels]
