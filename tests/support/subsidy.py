"""Short ways to a funder, its programme, and a grant for Ema's Gốm Chi or Rita's Mây tre Phú Vinh."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.db import db, transaction
from app.payments.funders import funders_of, keep_funder, keep_programme
from app.payments.grants import grant_support
from app.payments.models import Order
from app.payments.support_models import Funder, Support, SupportGrant, SupportProgramme
from tests.support.market import Market

FUNDER = {"name": "Trung tâm Khuyến công Hà Nội", "name_en": "Hanoi Promotion Centre", "tax_code": "0109999999",
          "address": "9 Phố Huế, Hà Nội"}  # fmt: skip
TERMS: dict[str, Any] = {
    "name": "Khuyến công 2019", "decision_number": "123/QĐ-SCT", "decision_on": date(2019, 3, 1), "rate_bp": 5000,
    "per_booth_minor": None, "per_exhibitor_minor": None, "budget_minor": 20_000_000, "from_on": date(2019, 10, 1),
    "to_on": date(2019, 11, 30),
}  # fmt: skip


def funder(market: Market) -> Funder:
    known = funders_of(market.cast.fair.id)
    if known:
        return known[0]
    with transaction():
        return keep_funder(SYSTEM, market.fair, FUNDER, clock.now())


def programme(market: Market, **more: Any) -> SupportProgramme:
    payer = funder(market).id
    with transaction():
        return keep_programme(SYSTEM, market.fair, payer, TERMS | more, clock.now())


def granted(market: Market, one: SupportProgramme | None = None, rival: bool = False, **more: Any) -> SupportGrant:
    one = one or programme(market, **more)
    whose = market.cast.rival if rival else market.cast.exhibitor
    with transaction():
        return grant_support(SYSTEM, market.fair, one.id, whose.id, "Làng nghề được công nhận", clock.now())


def order(market: Market, *numbers: str, rival: bool = False, **more: Any) -> Order:
    hold = market.hold(*numbers, rival=rival)
    with transaction():
        return booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), **more)


def taken() -> int:
    """Of the only budget, as its row says: what the supports and the grants that stand come to."""
    db.session.commit()
    total = Support.net_minor + Support.vat_minor
    standing = db.session.scalar(select(func.coalesce(func.sum(total), 0)).where(Support.released_at.is_(None)))
    of_grants = db.session.scalar(select(func.coalesce(func.sum(SupportGrant.taken_minor), 0)))
    row = db.session.scalars(select(SupportProgramme), execution_options={"populate_existing": True}).one()
    assert row.taken_minor == standing == of_grants
    assert 0 <= row.taken_minor <= row.budget_minor
    return int(row.taken_minor)
