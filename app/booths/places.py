"""A booth with whoever has it: read under locks before the organiser changes it, and its history."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.booths.errors import UnknownBooth
from app.booths.floorplan import on_plan
from app.booths.models import Allocation, Booth, BoothState
from app.booths.moving_errors import NotTheirs, OnlyHeld
from app.db import db
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.payments.models import Order, OrderLine, OrderState

HISTORY_SHOWN = 200
END_WORDS = {
    "expired": N_("Time ran out"),
    "released": N_("Let go"),
    "cancelled": N_("Order cancelled"),
    "taken_back": N_("Offer taken back"),
    "refused": N_("Request refused"),
    "refunded": N_("Money given back"),
    "moved": N_("Moved to another booth"),
    "swapped": N_("Swapped with another booth"),
    "transferred": N_("Transferred to another exhibitor"),
    "no_show": N_("Did not come"),
    "withdrawn": N_("Withdrew"),
    "unpaid": N_("Did not pay"),
    "other": N_("Released by the organiser"),
}


@dataclass(frozen=True)
class Place:
    """A booth and the allocation that is live on it, if any."""

    booth: Booth
    allocation: Allocation | None

    def of(self, exhibitor_id: int, now: datetime) -> Allocation:
        """The allocation by which this exhibitor has the booth, let or reserved. Raises NotTheirs, OnlyHeld."""
        mine = self.allocation
        if mine is None or mine.exhibitor_id != exhibitor_id or self.ran_out(now):
            raise NotTheirs(booth=self.booth.number)
        if mine.state not in (BoothState.LET, BoothState.RESERVED):
            raise OnlyHeld(booth=self.booth.number)
        return mine

    def ran_out(self, now: datetime) -> bool:
        return self.booth.held_until is not None and self.booth.held_until <= now


@dataclass(frozen=True)
class Past:
    """One row of a booth's history. `number_before`, `number_after`: where its holder came from and went to."""

    allocation: Allocation
    exhibitor: Exhibitor
    order: Order | None
    number_before: str
    number_after: str
    exhibitor_after: Exhibitor | None  # whom it was transferred to
    came_from_elsewhere: bool  # else it was transferred, and the booth is the same


def place_of(fair: Fair, number: str) -> Place:
    """How a booth stands, without a lock. Raises UnknownBooth."""
    return _places(fair, [number], lock=False)[number]


def lock_places(fair: Fair, numbers: Collection[str], wanted: Collection[str] = ()) -> dict[str, Place]:
    """These booths as they are, and nobody else changes them until the transaction ends. Raises UnknownBooth.

    Their orders are locked first, as every verb on money does, then the booths in the order of their ids, as every
    claim does. NotTheirs if one of them came to another order between the two. The `wanted` have to be free, so that no
    order of theirs matters.
    """
    before = _places(fair, numbers, lock=False)
    orders = {place.allocation.order_id for place in before.values() if place.allocation is not None} - {None}
    if orders:
        db.session.scalars(
            select(Order).where(Order.id.in_(orders)).order_by(Order.id).with_for_update(),
            execution_options={"populate_existing": True},
        ).all()
    places = _places(fair, {*numbers, *wanted}, lock=True)
    for number in numbers:
        place = places[number]
        if place.allocation is not None and place.allocation.order_id not in orders | {None}:
            raise NotTheirs(booth=number)
    return places


def open_line_of(allocation: Allocation) -> tuple[OrderLine, Order] | None:
    """What was agreed for the booth: it goes with its holder to another one, while its order waits or is paid."""
    found = db.session.execute(
        select(OrderLine, Order)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.fair_id == allocation.fair_id,
            OrderLine.order_id == allocation.order_id,
            OrderLine.booth_id == allocation.booth_id,
            Order.state.in_((OrderState.AWAITING, OrderState.DEPOSITED, OrderState.PAID)),
        )
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def lost_places(order: Order) -> list[tuple[str, bool, datetime]]:
    """Booths that its company had by this order and has no more: number, whether another company has it, since when."""
    found = (
        select(Booth.number, Allocation.end_reason, Allocation.ended_at)
        .join(Booth, Booth.id == Allocation.booth_id)
        .where(
            Allocation.fair_id == order.fair_id,
            Allocation.order_id == order.id,
            Allocation.exhibitor_id == order.exhibitor_id,
            Allocation.state == BoothState.LET,
            Allocation.ended_at.is_not(None),
            Allocation.end_reason.not_in(("moved", "swapped")),
        )
        .order_by(Allocation.ended_at, Booth.number)
    )
    return [(number, reason == "transferred", at) for number, reason, at in db.session.execute(found)]


def booth_history(fair: Fair, booth: Booth) -> list[Past]:
    """Who had the booth, the last first, in three queries."""
    rows = db.session.execute(
        select(Allocation, Exhibitor, Order)
        .join(Exhibitor, Exhibitor.id == Allocation.exhibitor_id)
        .outerjoin(Order, Order.id == Allocation.order_id)
        .where(Allocation.fair_id == fair.id, Allocation.booth_id == booth.id)
        .order_by(Allocation.id.desc())
        .limit(HISTORY_SHOWN)
    ).all()
    before = {row.Allocation.follows_id for row in rows} - {None}
    earlier = db.session.execute(
        select(Allocation.id, Booth.number)
        .join(Booth, Booth.id == Allocation.booth_id)
        .where(Allocation.fair_id == fair.id, Allocation.id.in_(before))
    )
    numbers = {row.id: row.number for row in earlier}
    followers = db.session.execute(
        select(Allocation.follows_id, Booth.number, Exhibitor)
        .join(Booth, Booth.id == Allocation.booth_id)
        .join(Exhibitor, Exhibitor.id == Allocation.exhibitor_id)
        .where(Allocation.fair_id == fair.id, Allocation.follows_id.in_([row.Allocation.id for row in rows]))
    ).all()
    after = {follows_id: (number, exhibitor) for follows_id, number, exhibitor in followers}
    history = []
    for allocation, exhibitor, order in rows:
        number_before = numbers.get(allocation.follows_id or 0, "")
        number_after, exhibitor_after = after.get(allocation.id, ("", None))
        elsewhere = number_before not in ("", booth.number)
        history.append(Past(allocation, exhibitor, order, number_before, number_after, exhibitor_after, elsewhere))
    return history


def _places(fair: Fair, numbers: Collection[str], lock: bool) -> dict[str, Place]:
    wanted = select(Booth).where(Booth.fair_id == fair.id, on_plan(), Booth.number.in_(numbers)).order_by(Booth.id)
    booths = db.session.scalars(
        wanted.with_for_update() if lock else wanted, execution_options={"populate_existing": True}
    ).all()
    unknown = sorted(set(numbers) - {booth.number for booth in booths})
    if unknown:
        raise UnknownBooth(booths=unknown)
    live = db.session.scalars(
        select(Allocation).where(
            Allocation.fair_id == fair.id,
            Allocation.booth_id.in_([booth.id for booth in booths]),
            Allocation.ended_at.is_(None),
        ),
        execution_options={"populate_existing": True},
    ).all()
    by_booth = {one.booth_id: one for one in live}
    return {booth.number: Place(booth, by_booth.get(booth.id)) for booth in booths}
