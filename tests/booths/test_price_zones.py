"""What an order was agreed at holds for the booth that it moves to: a group's zone, and a price in its currency."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.booths.letting import equal_offers
from app.booths.models import Booth
from app.booths.moving import move_booth, swap_booths
from app.booths.moving_errors import NoPriceThere
from app.booths.price_zones import PriceOfZone
from app.db import db, transaction
from app.fairs.models import Zone
from app.fulfilment import choose_equal
from app.payments.models import OrderState
from tests.support.currencies import amounts, held, opened, ordered
from tests.support.groups import group
from tests.support.market import Market, later
from tests.support.terms import arrive, fresh


@pytest.fixture
def shop(app: Flask, market: Market) -> Any:
    """A05, A07 and A09 are in zone B."""
    with app.app_context():
        with transaction():
            other = Zone(fair_id=market.cast.fair.id, hall_id=market.cast.hall.id, code="B", name="B", name_en="B")
            db.session.add(other)
            db.session.flush()
            theirs = update(Booth).where(Booth.number.in_(["A05", "A07", "A09"]))
            db.session.execute(theirs.values(zone_id=other.id))
        yield market


def zone_a(market: Market) -> int:
    return db.session.scalars(select(Zone.id).where(Zone.fair_id == market.cast.fair.id, Zone.code != "B")).one()


def test_a_zones_group_price_moves_within_its_zone_alone(shop: Market) -> None:
    group(shop, zone_id=zone_a(shop))
    shop.order(shop.hold("A03"), "transfer")
    rivals = shop.hold("A05", rival=True)
    shop.order(rivals, "transfer")
    ema, rita = shop.cast.exhibitor.id, shop.cast.rival.id
    with pytest.raises(PriceOfZone), transaction():
        move_booth(SYSTEM, shop.fair, "A03", ema, "A07", "Cột nhà", clock.now())
    with pytest.raises(PriceOfZone), transaction():
        swap_booths(SYSTEM, shop.fair, ("A05", rita), ("A03", ema), "Cột nhà", clock.now())
    with transaction():
        assert move_booth(SYSTEM, shop.fair, "A03", ema, "A11", "Cột nhà", clock.now())


def test_late_money_takes_no_equal_booth_of_another_zone_at_that_price(shop: Market) -> None:
    group(shop, zone_id=zone_a(shop))
    one = shop.order(shop.hold("A03"), "transfer")
    later(days=4)
    booking.end_unpaid()
    other = shop.order(shop.hold("A03", rival=True), "transfer")
    arrive(other, other.total_minor, "F1")
    arrive(one, one.total_minor, "F2")
    one = fresh(one)
    assert one.state == OrderState.UNDELIVERABLE
    offered = {booth.number for offer in equal_offers(one, clock.now()) for booth in offer}
    assert offered
    assert not offered & {"A05", "A07", "A09"}
    with pytest.raises(PriceOfZone), transaction():
        choose_equal(SYSTEM, shop.fair, one, ["A05"], clock.now())
    with transaction():
        choose_equal(SYSTEM, shop.fair, one, [min(offered)], clock.now())
    assert fresh(one).state == OrderState.PAID


def test_a_waiting_order_moves_to_no_booth_without_a_price_in_its_currency(shop: Market) -> None:
    opened(shop, rate=0)
    amounts(shop, "booths", A03=90_000, A11=90_000)
    one = ordered(shop, held(shop, "A03"))
    ema = shop.cast.exhibitor.id
    with pytest.raises(NoPriceThere), transaction():
        move_booth(SYSTEM, shop.fair, "A03", ema, "A13", "Cột nhà", clock.now())
    with transaction():
        move_booth(SYSTEM, shop.fair, "A03", ema, "A11", "Cột nhà", clock.now())
    later(days=4)
    booking.end_unpaid()
    arrive(one, one.total_minor, "F1", currency="USD")
    assert (fresh(one).state, shop.let(one)) == (OrderState.PAID, ["A11"])
