"""Short ways to a group of exhibitors with a price, its members, booths held back for it, and prices by quantity."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM
from app.booths import booking, quantities
from app.booths.group_models import PriceGroup, PriceGroupUse, QuantityStep
from app.booths.groups import add_members, keep_group
from app.booths.held_back import hold_back
from app.db import db, transaction
from app.payments.models import Order
from tests.support.market import Market

TERMS: dict[str, Any] = {
    "name": "Gian hàng chung Hà Nội", "name_en": "Hanoi pavilion", "off_bp": 2000, "per_m2_minor": None,
    "per_booth_minor": None, "zone_id": None, "from_on": date(2019, 10, 1), "to_on": date(2019, 10, 31),
    "most_booths": None, "most_m2": None,
}  # fmt: skip
UNTIL = date(2019, 10, 31)


def group(market: Market, *, rival: bool = False, members: bool = True, **more: Any) -> PriceGroup:
    """With Ema's Gốm Chi in it, and Rita's Mây tre Phú Vinh besides if `rival`."""
    with transaction():
        one = keep_group(SYSTEM, market.fair, TERMS | more, clock.now())
        theirs = [market.cast.exhibitor.id] + [market.cast.rival.id] * rival
        if members:
            add_members(SYSTEM, market.fair, one.id, clock.now(), theirs)
    return one


def step(market: Market, booths: int | None = 3, off_bp: int = 1000, m2: int | None = None) -> QuantityStep:
    with transaction():
        asked = {"from_booths": None if m2 else booths, "from_m2": m2, "off_bp": off_bp}
        return quantities.add_step(SYSTEM, market.fair, asked, clock.now())


def back(market: Market, one: PriceGroup, *numbers: str, until: date = UNTIL, zone: int | None = None) -> list[str]:
    with transaction():
        return hold_back(SYSTEM, market.fair, one.id, numbers, zone, until, clock.now())


def order(market: Market, *numbers: str, rival: bool = False, **more: Any) -> Order:
    hold = market.hold(*numbers, rival=rival)
    with transaction():
        return booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), **more)


def taken() -> tuple[int, int]:
    """Booths and cm² of the only group, as its row says: what the uses that stand come to."""
    db.session.commit()
    sums = select(func.coalesce(func.sum(PriceGroupUse.booths), 0), func.coalesce(func.sum(PriceGroupUse.area_cm2), 0))
    standing = db.session.execute(sums.where(PriceGroupUse.released_at.is_(None))).one()
    row = db.session.scalars(select(PriceGroup), execution_options={"populate_existing": True}).one()
    assert (row.taken_booths, row.taken_cm2) == tuple(standing)
    assert row.most_booths is None or row.taken_booths <= row.most_booths
    assert row.most_m2 is None or row.taken_cm2 <= row.most_m2 * 10_000
    return row.taken_booths, row.taken_cm2
