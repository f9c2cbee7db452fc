"""A group's price on an order: taken with it from the group's limit, given back at its end, had again by late money."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import or_, select, update

from app import clock
from app.booths.group_models import PriceGroup, PriceGroupMember, PriceGroupUse, QuantityStep
from app.booths.letting import came_late
from app.booths.models import Booth
from app.booths.reductions import CM2, Reduction, reduction_for
from app.db import db
from app.errors import DomainError
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money
from app.payments.models import Order
from app.payments.orders import Line


class OrderPriceChanged(DomainError):
    """`price` is what the booths would cost now, with VAT, before a code and a support."""

    code: ClassVar[str] = "order_price_changed"
    message: ClassVar[str] = N_(
        "These booths cost %(price)s with VAT by now: a group's price, its limit or who is in it changed, or the VAT "
        "did. Nothing was ordered: read it again, then book; your booths stay held."
    )


class GroupPriceGone(DomainError):
    """Late money: what the group may have at its price went to others meanwhile."""

    code: ClassVar[str] = "group_price_gone"
    message: ClassVar[str] = N_(
        "The group price of this order went to others meanwhile, so the order cannot be delivered at its price. Get "
        "the money back and book again."
    )


def groups_of(fair_id: int, exhibitor_ids: Collection[int]) -> dict[int, list[PriceGroup]]:
    """Exhibitor's id → the groups that it is in, in one query; none for nobody."""
    if not exhibitor_ids:
        return {}
    found = (
        select(PriceGroupMember.exhibitor_id, PriceGroup)
        .join(PriceGroup, PriceGroup.id == PriceGroupMember.group_id)
        .where(
            PriceGroupMember.fair_id == fair_id,
            PriceGroupMember.exhibitor_id.in_(exhibitor_ids),
            PriceGroupMember.removed_at.is_(None),
            PriceGroup.withdrawn_at.is_(None),
        )
        .order_by(PriceGroup.id)
    )
    groups: dict[int, list[PriceGroup]] = {}
    for exhibitor_id, group in db.session.execute(found, execution_options={"populate_existing": True}):
        groups.setdefault(exhibitor_id, []).append(group)
    return groups


def has_groups(fair_id: int) -> bool:
    """Whether any group stands at this fair."""
    live = select(PriceGroup.id).where(PriceGroup.fair_id == fair_id, PriceGroup.withdrawn_at.is_(None))
    return db.session.scalar(live.limit(1)) is not None


def lock_groups(fair: Fair, exhibitor_id: int) -> list[PriceGroup]:
    """The exhibitor's groups as they are; nobody takes of their limits or leaves them until this transaction ends."""
    theirs = select(PriceGroupMember.group_id).where(
        PriceGroupMember.fair_id == fair.id, PriceGroupMember.exhibitor_id == exhibitor_id
    )
    locked = select(PriceGroup.id).where(PriceGroup.fair_id == fair.id, PriceGroup.id.in_(theirs))
    if not db.session.scalars(locked.order_by(PriceGroup.id).with_for_update()).all():
        return []
    return groups_of(fair.id, [exhibitor_id]).get(exhibitor_id, [])  # who left while this waited is out by now


def every_step(fair_id: int) -> list[QuantityStep]:
    """The fair's prices by quantity, those that were removed too: what was held before keeps them."""
    return list(db.session.scalars(select(QuantityStep).where(QuantityStep.fair_id == fair_id)))


def known_at(steps: Iterable[QuantityStep], at: datetime) -> list[QuantityStep]:
    """Those that held at a moment, as they were known then."""
    return [step for step in steps if step.created_at <= at and (step.removed_at is None or step.removed_at > at)]


def reduction_at(
    fair: Fair,
    booths: Sequence[Booth],
    lines: Sequence[Line],
    groups: Sequence[PriceGroup],
    steps: Iterable[QuantityStep],
    at: datetime,
) -> Reduction | None:
    """What comes off booths that are held since `at`: groups as they are now, on the day and by the steps of then."""
    return reduction_for(fair, booths, lines, groups, known_at(steps, at), clock.fair_day(fair, at)) if lines else None


def require_price_seen(lines: Sequence[Line], seen_minor: int | None) -> None:
    """Nobody orders at another price than was read. `seen_minor`: with VAT; None where nothing was shown."""
    price = sum(line.net.minor + line.vat.minor for line in lines)
    if seen_minor is not None and seen_minor != price:
        raise OrderPriceChanged(price=Money(price, lines[0].net.currency))


def take_group_price(order: Order, reduction: Reduction | None, now: datetime) -> None:
    """The guard of the limit, in one statement; nothing to take where the line is no group's."""
    if reduction is None or reduction.group is None:
        return
    use = PriceGroupUse(
        fair_id=order.fair_id,
        group_id=reduction.group.id,
        exhibitor_id=order.exhibitor_id,
        order_id=order.id,
        booths=len(reduction.booths),
        area_cm2=reduction.area_cm2,
        off_minor=-reduction.line.net.minor,
        used_at=now,
    )
    if not _take(use):
        raise OrderPriceChanged(price=Money(order.total_minor, order.currency))  # locked by the caller: cannot be
    db.session.add(use)
    db.session.flush()


def release_group_price(order: Order, now: datetime) -> None:
    """Its order ended: what it had of the limit goes back, once."""
    let_go = (
        update(PriceGroupUse)
        .where(PriceGroupUse.order_id == order.id, PriceGroupUse.released_at.is_(None))
        .values(released_at=now)
        .returning(PriceGroupUse.group_id, PriceGroupUse.booths, PriceGroupUse.area_cm2)
        .execution_options(synchronize_session=False)
    )
    for group_id, booths, area_cm2 in db.session.execute(let_go).all():
        db.session.execute(
            update(PriceGroup)
            .where(PriceGroup.id == group_id)
            .values(taken_booths=PriceGroup.taken_booths - booths, taken_cm2=PriceGroup.taken_cm2 - area_cm2)
            .execution_options(synchronize_session=False)
        )


def keep_group_price(order: Order, now: datetime) -> bool:
    """Its money came, if late: take again what was let go. False where the limit has no room for it.

    Late money is not asked who is in the group; but weeks late it does not get the price of days that are over.
    """
    uses = select(PriceGroupUse).where(PriceGroupUse.order_id == order.id).order_by(PriceGroupUse.id.desc()).limit(1)
    last = db.session.scalar(uses, execution_options={"populate_existing": True})
    if last is None or last.released_at is None:
        return True
    group = db.session.get_one(PriceGroup, last.group_id, populate_existing=True)
    over = group.withdrawn_at is not None or group.to_on < clock.fair_day(db.session.get_one(Fair, order.fair_id), now)
    if over and came_late(order):
        return False
    names = ("fair_id", "group_id", "exhibitor_id", "order_id", "booths", "area_cm2", "off_minor")
    again = PriceGroupUse(used_at=now, **{name: getattr(last, name) for name in names})
    if not _take(again):
        return False
    db.session.add(again)
    db.session.flush()
    return True


def require_group_price(order: Order, now: datetime) -> None:
    """As keep_group_price. Raises GroupPriceGone."""
    if not keep_group_price(order, now):
        raise GroupPriceGone()


def _take(use: PriceGroupUse) -> bool:
    booths, floor = PriceGroup.taken_booths + use.booths, PriceGroup.taken_cm2 + use.area_cm2
    taken: Any = db.session.execute(
        update(PriceGroup)
        .where(
            PriceGroup.id == use.group_id,
            or_(PriceGroup.most_booths.is_(None), booths <= PriceGroup.most_booths),
            or_(PriceGroup.most_m2.is_(None), floor <= PriceGroup.most_m2 * CM2),
        )
        .values(taken_booths=booths, taken_cm2=floor)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)
