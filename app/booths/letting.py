"""A paid booth becomes the exhibitor's own; what happens when it cannot; and how it is given back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import combinations
from typing import ClassVar

from sqlalchemy import and_, func, or_, select, update

from app.audit import Actor, record
from app.booths.amounts import listing_of
from app.booths.choosing import BEFORE_TURN, chooses_in_turn
from app.booths.claims import WAITING, allocate, can_be_had, claim, is_open_to, tell
from app.booths.errors import BoothNotAvailable, NeedsApproval, NotInTurn, NotYourTurn, TurnsNotDrawn
from app.booths.floorplan import line_label
from app.booths.holds import BEFORE_HOLD
from app.booths.models import Allocation, Booth, BoothState, Hold, HoldState
from app.booths.price_zones import PriceOfZone, keeps_its_zone, zone_of_price
from app.booths.pricing import listed_in, net_in, price_list_at
from app.booths.workflows import Workflow, workflows_of
from app.db import db
from app.errors import DomainError
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.payments.models import Order, OrderLine, Payment

OFFERS = 3
BANKS_ARE_LATE = timedelta(days=7)


class NotEqual(DomainError):
    code: ClassVar[str] = "booth_not_equal"
    message: ClassVar[str] = N_("Choose as many booths as you paid for, at the same price.")


def confirm_booths(actor: Actor, order: Order, lines: list[OrderLine], now: datetime) -> bool:
    """Let the order's booths to its exhibitor: all of them, or none and False.

    They are the order's own, or free again: money that comes late takes back what nobody else took.
    """
    ids = sorted(line.booth_id for line in lines if line.booth_id is not None)
    free_again = and_(can_be_had(now), is_open_to(order.exhibitor_id, now))
    kept = or_(Booth.held_until > now, is_open_to(order.exhibitor_id, now))  # what ran out goes to its group first
    own = and_(Booth.hold_id == order.hold_id, Booth.state.in_(WAITING), kept) if order.hold_id else free_again
    guard = or_(own, free_again)
    free = select(Booth.id).where(Booth.id.in_(ids), guard).order_by(Booth.id).with_for_update()
    locked = db.session.scalars(free).all()
    if sorted(locked) != ids or not _as_ordered(order, lines, now):
        return False
    numbers = _let(order, ids, guard, now)
    if order.hold_id:
        db.session.execute(
            update(Hold)
            .where(Hold.id == order.hold_id)
            .values(state=HoldState.ORDERED, ended_at=now)
            .execution_options(synchronize_session=False)
        )
    record(actor, "order.booths_let", "order", order.id, order.fair_id, booths=numbers)
    return True


def _as_ordered(order: Order, lines: list[OrderLine], now: datetime) -> bool:
    """Whether booths that ran out meanwhile are still what was ordered: a new plan may have made others of them.

    A bank may be a week late; who pays later still does not get the price of days that are over.
    """
    ordered = {line.booth_id: line for line in lines if line.kind == "booth"}
    found = list(
        db.session.scalars(select(Booth).where(Booth.id.in_(ordered)), execution_options={"populate_existing": True})
    )
    others = [booth for booth in found if booth.hold_id != order.hold_id or booth.state not in WAITING]
    if not others:
        return True
    lists = listed_in(db.session.get_one(Fair, order.fair_id), order.currency, others)
    same = all(
        (lists[booth.id], line_label(booth)) == (_listed(ordered[booth.id]), ordered[booth.id].label)
        for booth in others
    )
    if not same or now <= order.due_at + BANKS_ARE_LATE:
        return same
    nets = _nets(order, others, now)
    return all(net is not None and ordered[booth_id].net_minor >= net for booth_id, net in nets.items())


def _listed(line: OrderLine) -> int:
    """The list price of the booth when it was ordered, in the order's currency: what makes another one its equal."""
    return line.net_minor if line.listed_minor is None else line.listed_minor


def _nets(order: Order, booths: list[Booth], now: datetime) -> dict[int, int | None]:
    """Booth's id → what it costs today in the order's currency, before VAT; None where it has no price in it."""
    fair = db.session.get_one(Fair, order.fair_id)
    prices, listing = price_list_at(fair, now), listing_of(fair, order.currency, [booth.id for booth in booths])
    return {booth.id: net_in(fair, booth, prices, listing) for booth in booths}


def _price(priced: tuple[int, Booth]) -> int:
    return priced[0]


def came_late(order: Order) -> bool:
    """Whether an order's money came so late that the price of its days holds no more."""
    last = db.session.scalar(select(func.max(Payment.received_at)).where(Payment.order_id == order.id))
    return last is not None and last > order.due_at + BANKS_ARE_LATE


def take_other_booths(
    actor: Actor, fair: Fair, order: Order, numbers: Iterable[str], now: datetime, by_organiser: bool = False
) -> None:
    """Let other booths of the same prices for an order that was paid too late.

    None that is given by application, or that the waiting list is offered. An exhibitor waits for its turn here too,
    and takes none that needs the organiser's approval; the organiser gives both. Raises NotEqual, BoothNotAvailable,
    HeldBack, ForWaitingList, NeedsApproval, NotYourTurn, NotInTurn, TurnsNotDrawn, PriceOfZone.
    """
    wanted = sorted(set(numbers))
    booths = list(
        db.session.scalars(
            select(Booth).where(Booth.fair_id == fair.id, Booth.number.in_(wanted)).order_by(Booth.id),
            execution_options={"populate_existing": True},
        )
    )
    ways = workflows_of(fair, booths)
    if Workflow.APPLY in ways.values():
        raise NotEqual()
    asked_for = sorted(number for number, way in ways.items() if way is Workflow.REQUEST)
    if asked_for and not by_organiser:
        raise NeedsApproval(booths=asked_for)
    if not by_organiser:
        _require_turn(fair, order.exhibitor_id, booths, now)
    for guard in BEFORE_HOLD if fair.has_waiting else ():
        guard(fair, booths, now)
    lines = sorted((line for line in order.lines if line.kind == "booth"), key=_listed)
    lists = listed_in(fair, order.currency, booths)
    placed = sorted(((price, booth) for booth in booths if (price := lists[booth.id]) is not None), key=_price)
    if [_listed(line) for line in lines] != [price for price, _booth in placed] or len(placed) < len(booths):
        raise NotEqual()
    priced = zone_of_price(order)
    if not keeps_its_zone(order, priced, booths):
        outside = [booth.number for booth in booths if priced is not None and booth.zone_id != priced.zone_id]
        raise PriceOfZone(booth=outside[0], group=priced.name if priced is not None else "")
    nets = _nets(order, booths, now) if came_late(order) else {}
    for line, (_list_price, booth) in zip(lines, placed, strict=True):
        net = nets.get(booth.id, line.net_minor)
        if net is None or line.net_minor < net:
            raise NotEqual()
    ids = claim(
        fair,
        booths,
        now,
        state=BoothState.LET,
        held_until=None,
        hold_id=order.hold_id,
        exhibitor_id=order.exhibitor_id,
    )
    allocate(fair, ids, order.exhibitor_id, BoothState.LET, now, hold_id=order.hold_id, order_id=order.id, let_at=now)
    before = [line.label for line in lines]
    for line, (_list_price, booth) in zip(lines, placed, strict=True):
        line.booth_id, line.label = booth.id, line_label(booth)
    tell(fair.id, wanted, BoothState.LET)
    record(actor, "order.other_booths_taken", "order", order.id, fair.id, booths=wanted, instead_of=before)


def _require_turn(fair: Fair, exhibitor_id: int, booths: list[Booth], now: datetime) -> None:
    for whose in BEFORE_TURN if chooses_in_turn(fair, now) else ():
        whose(fair, exhibitor_id, booths, now)


def give_back_booths(actor: Actor, order: Order, now: datetime, reason: str = "refunded") -> list[str]:
    """Free every booth that its exhibitor has for this order, after its money goes back or it was cancelled.

    A booth that was transferred since stays with whoever has it now.
    """
    live = select(Allocation.booth_id).where(
        Allocation.fair_id == order.fair_id, Allocation.order_id == order.id, Allocation.ended_at.is_(None)
    )
    ids = (
        select(Booth.id)
        .where(Booth.id.in_(live), Booth.exhibitor_id == order.exhibitor_id)
        .order_by(Booth.id)
        .with_for_update()
    )
    freed = list(
        db.session.scalars(
            update(Booth)
            .where(Booth.id.in_(ids))
            .values(state=BoothState.FREE, held_until=None, hold_id=None, exhibitor_id=None, changed_at=now)
            .returning(Booth.number)
            .execution_options(synchronize_session=False)
        )
    )
    db.session.execute(
        update(Allocation)
        .where(Allocation.fair_id == order.fair_id, Allocation.order_id == order.id, Allocation.ended_at.is_(None))
        .where(Allocation.exhibitor_id == order.exhibitor_id)
        .values(ended_at=now, end_reason=reason)
        .execution_options(synchronize_session=False)
    )
    if freed:
        tell(order.fair_id, freed, BoothState.FREE)
        record(actor, "order.booths_given_back", "order", order.id, order.fair_id, booths=sorted(freed))
    return sorted(freed)


def equal_offers(order: Order, now: datetime, by_organiser: bool = False) -> list[list[Booth]]:
    """Sets of free booths that could stand in for the order's: same prices, nearest first, best side by side.

    Such as `take_other_booths` lets: what waits for a turn or an approval is offered to the organiser alone.
    """
    wanted = list(db.session.scalars(select(Booth).where(Booth.id.in_(order.booth_ids)).order_by(Booth.id)))
    if not wanted:
        return []
    fair = db.session.get_one(Fair, order.fair_id)
    prices = sorted(_listed(line) for line in order.lines if line.kind == "booth")
    had = select(Booth).where(Booth.fair_id == order.fair_id, can_be_had(now), is_open_to(order.exhibitor_id, now))
    if order.currency == fair.currency:
        had = had.where(Booth.price_minor.in_(prices))
    free = list(db.session.scalars(had, execution_options={"populate_existing": True}))
    lists = {one: price for one, price in listed_in(fair, order.currency, free).items() if price in prices}
    free = [booth for booth in free if booth.id in lists]
    if came_late(order):
        most = {_listed(line): line.net_minor for line in order.lines if line.kind == "booth"}
        nets = _nets(order, free, now)
        free = [b for b in free if (net := nets[b.id]) is not None and net <= most[lists[b.id] or 0]]
    ways = workflows_of(fair, free)
    barred = {Workflow.APPLY} if by_organiser else {Workflow.APPLY, Workflow.REQUEST}
    free = [booth for booth in free if ways[booth.number] not in barred]
    if not by_organiser:
        try:
            _require_turn(fair, order.exhibitor_id, free, now)
        except (NotYourTurn, NotInTurn, TurnsNotDrawn) as error:
            free = [booth for booth in free if booth.number not in error.params["booths"]]
    priced = zone_of_price(order)
    if priced is not None and all(booth.zone_id == priced.zone_id for booth in wanted):
        free = [booth for booth in free if booth.zone_id == priced.zone_id]
    free.sort(key=lambda booth: (booth.hall_id != wanted[0].hall_id, _distance(booth, wanted[0]), booth.id))
    nearest = free[: 12 if len(wanted) <= 3 else len(wanted) + 2]
    sets = [
        list(choice)
        for choice in combinations(nearest, len(wanted))
        if sorted(lists[booth.id] or 0 for booth in choice) == prices and keeps_its_zone(order, priced, choice)
    ]
    sets.sort(
        key=lambda choice: sum(_distance(a, b) for a, b in combinations(choice, 2)) + _distance(choice[0], wanted[0])
    )
    return sets[:OFFERS]


def _let(order: Order, ids: list[int], guard: object, now: datetime) -> list[str]:
    """The booths are locked and theirs to take: end what was before, and write the letting."""
    taken = db.session.execute(
        update(Booth)
        .where(Booth.id.in_(ids), guard)  # type: ignore[arg-type]
        .values(
            state=BoothState.LET,
            held_until=None,
            hold_id=order.hold_id,
            exhibitor_id=order.exhibitor_id,
            changed_at=now,
        )
        .returning(Booth.number)
        .execution_options(synchronize_session=False)
    ).all()
    if len(taken) != len(ids):  # locked above: cannot be, and must not pass in silence
        raise BoothNotAvailable(booths=[str(booth_id) for booth_id in ids], free_nearby=[])
    live = and_(Allocation.booth_id.in_(ids), Allocation.ended_at.is_(None))
    kept = db.session.scalars(
        update(Allocation)
        .where(live, Allocation.hold_id == order.hold_id)
        .values(state=BoothState.LET, order_id=order.id, let_at=now)
        .returning(Allocation.booth_id)
        .execution_options(synchronize_session=False)
    ).all()
    others = [booth_id for booth_id in ids if booth_id not in kept]
    if others:
        db.session.execute(
            update(Allocation)
            .where(Allocation.booth_id.in_(others), Allocation.ended_at.is_(None))
            .values(ended_at=now, end_reason="expired")
            .execution_options(synchronize_session=False)
        )
        fair = db.session.get_one(Fair, order.fair_id)
        allocate(
            fair, others, order.exhibitor_id, BoothState.LET, now, hold_id=order.hold_id, order_id=order.id, let_at=now
        )
    numbers = sorted(row.number for row in taken)
    tell(order.fair_id, numbers, BoothState.LET)
    return numbers


def _distance(one: Booth, other: Booth) -> int:
    return abs(one.x_cm - other.x_cm) + abs(one.y_cm - other.y_cm)
