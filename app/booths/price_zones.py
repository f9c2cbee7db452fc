"""A group's price for the booths of one zone goes with an order to no booth of another zone."""

from collections.abc import Collection
from typing import ClassVar

from sqlalchemy import select

from app.booths.group_models import PriceGroup, PriceGroupUse
from app.booths.models import Booth
from app.db import db
from app.errors import DomainError
from app.i18n_marks import N_
from app.payments.models import Order


class PriceOfZone(DomainError):
    code: ClassVar[str] = "price_of_zone"
    message: ClassVar[str] = N_(
        "The order has the price of “%(group)s”, which is for the booths of its zone, and %(booth)s is in another one. "
        "Choose a booth of that zone."
    )
    extra: ClassVar[tuple[str, ...]] = ("booth",)


def zone_of_price(order: Order) -> PriceGroup | None:
    """The group whose price an order has for the booths of one zone alone; None where it has none such."""
    found = (
        select(PriceGroup)
        .join(PriceGroupUse, PriceGroupUse.group_id == PriceGroup.id)
        .where(PriceGroupUse.order_id == order.id, PriceGroup.zone_id.is_not(None))
        .order_by(PriceGroupUse.id.desc())
    )
    return db.session.scalar(found.limit(1))


def keeps_its_zone(order: Order, priced: PriceGroup | None, booths: Collection[Booth]) -> bool:
    """Whether as many of these booths are in the zone of its group's price as have that price."""
    if priced is None:
        return True
    uses = select(PriceGroupUse.booths).where(PriceGroupUse.order_id == order.id).order_by(PriceGroupUse.id.desc())
    having = db.session.scalar(uses.limit(1)) or 0
    return sum(booth.zone_id == priced.zone_id for booth in booths) >= having
