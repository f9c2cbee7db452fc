"""Prices by date: the early bird's is what it says, keeps what was held before midnight, and never meets another."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM, AuditEntry
from app.booths import booking
from app.booths.floorplan import plan_version
from app.booths.letting import NotEqual, equal_offers
from app.booths.models import PriceList
from app.booths.price_lists import add_price_list, price_lists_of, remove_price_list
from app.booths.pricing import booth_price, price_list_at
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors, NotFound
from app.fulfilment import choose_equal, receive_payment
from app.money import Money
from app.payments.invoices import paper_content
from app.payments.models import OrderState
from app.payments.settlement import Arrival
from tests.support.market import Market, later

pytestmark = pytest.mark.usefixtures("context")
LIST_PRICE, CORNER = 14_400_000, 15_840_000
TODAY = date(2019, 10, 7)


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def asked(**more: Any) -> dict[str, Any]:
    given = {"name": "Giá đặt sớm", "name_en": "Early bird", "from_on": TODAY, "to_on": TODAY + timedelta(days=3)}
    return given | {"off_bp": 1500, "per_m2_minor": None} | more


def early(market: Market, **more: Any) -> PriceList:
    with transaction():
        return add_price_list(SYSTEM, market.fair, asked(**more), clock.now())


@pytest.mark.parametrize(
    ("more", "row", "corner"),
    [
        ({}, 12_240_000, 13_464_000),  # 15 % off
        ({"off_bp": 333}, 13_920_480, 15_312_528),
        ({"off_bp": None, "per_m2_minor": 1_500_000}, 13_500_000, 14_850_000),  # with 10 % for the corner
        ({"off_bp": None, "per_m2_minor": 1_800_000}, 16_200_000, 17_820_000),  # a late price is dearer
    ],
)
def test_a_booth_costs_what_the_days_price_list_says(market: Market, more: Any, row: int, corner: int) -> None:
    early(market, **more)
    booths = market.booths(["A01", "A03"])
    prices = price_list_at(market.fair, clock.now())
    found = {number: booth_price(market.fair, booth, 800, prices) for number, booth in booths.items()}
    assert (found["A03"].net.minor, found["A01"].net.minor) == (row, corner)
    for number, listed in (("A03", LIST_PRICE), ("A01", CORNER)):
        price = found[number]
        assert price.listed.minor == price.base.minor + price.surcharge.minor == listed
        assert price.listed.minor + price.change.minor == price.net.minor
        assert price.net.minor + price.vat.minor == price.total.minor
        assert price.price_list is not None
    for days in (-1, 4):
        assert price_list_at(market.fair, clock.now() + timedelta(days=days)) is None


def test_a_booth_with_a_price_of_its_own_follows_a_reduction_alone(market: Market) -> None:
    booth = market.booths(["A03"])["A03"]
    with transaction():
        booth.price_minor = 20_000_000
    per_m2, off = PriceList(off_bp=None, per_m2_minor=1_000_000), PriceList(off_bp=1000, per_m2_minor=None)
    assert booth_price(market.fair, booth, 0, per_m2).net == Money(20_000_000, "VND")
    assert booth_price(market.fair, booth, 0, per_m2).price_list is None
    assert booth_price(market.fair, booth, 0, off).net == Money(18_000_000, "VND")


def test_what_was_held_before_midnight_keeps_the_early_price(market: Market) -> None:
    early(market, to_on=TODAY)
    later(minutes=14 * 60 + 55)  # 23:55 at the fair
    kept = market.hold("A01")
    later(minutes=10)
    order = market.order(kept, "transfer")
    line = order.lines[0]
    assert (line.net_minor, line.listed_minor, line.price_note) == (13_464_000, CORNER, "Giá đặt sớm / Early bird")
    assert paper_content(market.fair, order, clock.now())["lines"][0]["price_note"] == "Giá đặt sớm / Early bird"
    after = market.order(market.hold("A03", rival=True), "transfer")
    assert (after.lines[0].net_minor, after.lines[0].price_note) == (LIST_PRICE, "")


def test_what_is_held_keeps_its_price_whatever_the_organiser_does_to_the_list(market: Market) -> None:
    first = early(market)
    kept = market.hold("A01")
    later(minutes=1)
    with transaction():
        remove_price_list(SYSTEM, market.fair, first.id, clock.now())
        add_price_list(SYSTEM, market.fair, asked(name="Đắt", off_bp=None, per_m2_minor=9_000_000), clock.now())
    line = market.order(kept, "transfer").lines[0]
    assert (line.net_minor, line.price_note) == (13_464_000, "Giá đặt sớm / Early bird")
    after = market.order(market.hold("A03", rival=True), "transfer").lines[0]
    assert after.net_minor == 81_000_000


def test_a_list_that_takes_the_place_of_another_makes_kept_pages_old(market: Market) -> None:
    first = early(market)
    versions = [plan_version(market.fair.id, clock.now())]
    for number in (1, 2):
        with transaction():
            remove_price_list(SYSTEM, market.fair, first.id, clock.now())
            first = add_price_list(SYSTEM, market.fair, asked(off_bp=number), clock.now())
        versions.append(plan_version(market.fair.id, clock.now()))
    assert len(set(versions)) == 3


def test_late_money_at_the_early_price_still_gets_its_booth_or_an_equal_one(market: Market) -> None:
    early(market, to_on=TODAY)
    orders = [market.order(market.hold("A03"), "transfer"), market.order(market.hold("A05"), "transfer")]
    later(days=8)
    market.order(market.hold("A05", rival=True), "transfer")
    for n, order in enumerate(orders):
        arrival = Arrival("transfer", f"FT{n}", Money(order.total_minor, "VND"), clock.now())
        with transaction():
            receive_payment(SYSTEM, order.fair_id, order.id, arrival, clock.now())
    assert [order.state for order in orders] == [OrderState.PAID, OrderState.UNDELIVERABLE]
    assert market.let(orders[0]) == ["A03"]
    offered = {offer[0].number for offer in equal_offers(orders[1], clock.now())}
    assert offered
    assert "A01" not in offered  # dearer by the list
    with transaction():
        choose_equal(SYSTEM, market.fair, orders[1], [sorted(offered)[0]], clock.now())
    assert market.let(orders[1]) == [sorted(offered)[0]]


@pytest.mark.parametrize(("days", "state"), [(9, OrderState.PAID), (12, OrderState.UNDELIVERABLE)])
def test_nobody_orders_early_cancels_and_pays_the_early_price_weeks_later(
    market: Market, days: int, state: OrderState
) -> None:
    early(market, to_on=TODAY)
    order = market.order(market.hold("A03"), "transfer")  # due on the third day
    booking.cancel(SYSTEM, order, clock.now())
    later(days=days)
    arrival = Arrival("transfer", "FT1", Money(order.total_minor, "VND"), clock.now())
    with transaction():
        receive_payment(SYSTEM, order.fair_id, order.id, arrival, clock.now())
    assert order.state == state
    if state == OrderState.UNDELIVERABLE:
        assert equal_offers(order, clock.now()) == []
        with pytest.raises(NotEqual), transaction():
            choose_equal(SYSTEM, market.fair, order, ["A05"], clock.now())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"to_on": TODAY - timedelta(days=1)}, "to_on"),
        ({"off_bp": None}, "off_percent"),
        ({"per_m2_minor": 5}, "off_percent"),
        ({"off_bp": 0}, "off_percent"),
        ({"off_bp": 10_000}, "off_percent"),
        ({"off_bp": None, "per_m2_minor": 0}, "per_m2"),
        ({"from_on": TODAY - timedelta(days=9), "to_on": TODAY}, "from_on"),  # meets the one that is there
    ],
)
def test_what_cannot_be_a_price_list_is_refused_beside_its_field(market: Market, wrong: Any, field: str) -> None:
    early(market)
    with pytest.raises(FieldErrors) as refused, transaction():
        add_price_list(SYSTEM, market.fair, asked(**wrong), clock.now())
    assert set(refused.value.fields) == {field}
    assert len(price_lists_of(market.fair.id)) == 1


def test_of_12_at_once_for_the_same_days_one_is_kept(app: Flask, market: Market) -> None:
    refused, gate = [], threading.Barrier(12)

    def add(n: int) -> None:
        with app.app_context():
            fair, days = market.fair, {"from_on": TODAY + timedelta(days=n % 3), "to_on": TODAY + timedelta(days=5)}
            gate.wait()
            try:
                retrying(lambda: add_price_list(SYSTEM, fair, asked(**days), clock.now()))
            except DomainError as error:
                refused.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=add, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["invalid_input"] * 11
    assert len(price_lists_of(market.fair.id)) == 1


def test_removed_it_changes_no_price_any_more_and_is_logged(market: Market) -> None:
    prices = early(market)
    with pytest.raises(NotFound), transaction():
        remove_price_list(SYSTEM, market.cast.other_fair, prices.id, clock.now())
    with transaction():
        remove_price_list(SYSTEM, market.fair, prices.id, clock.now())
    with pytest.raises(NotFound), transaction():
        remove_price_list(SYSTEM, market.fair, prices.id, clock.now())
    assert price_list_at(market.fair, clock.now()) is None
    logged = select(func.count()).where(AuditEntry.action.in_(("price_list.added", "price_list.removed")))
    assert db.session.scalar(logged) == 2
