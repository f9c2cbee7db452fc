"""What is sold with a booth: in the same order, never more than there is, and back in stock when the order ends."""

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.booths.extras import (
    ExtraGone,
    ExtraNotForSale,
    ExtraSoldOut,
    asked_for,
    extras_for_sale,
    keep_extra,
    withdraw_extra,
)
from app.booths.models import Extra, Hold
from app.booths.ordered_extras import ordered_extras
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors, NotFound
from app.fulfilment import choose_equal, give_back, receive_payment
from app.money import Money
from app.payments.models import Order, OrderLine, OrderState
from app.payments.settlement import Arrival
from tests.support.desk import Desk
from tests.support.market import Market, later

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def offer(market: Market, **more: Any) -> Extra:
    given = dict(name="Điện", name_en="Power", unit="kW", unit_en="kW", about="", about_en="")
    given |= dict(price_minor=650_000, stock=10, order_until=None) | more
    with transaction():
        return keep_extra(SYSTEM, market.fair, given, clock.now())


def order(market: Market, number: str, extras: dict[int, int], pay_by: str = "transfer", rival: bool = False) -> Order:
    hold = market.hold(number, rival=rival)
    with transaction():
        return booking.place_order(SYSTEM, market.fair, hold, pay_by, clock.now(), extras)


def pay(one: Order, number: str = "FT1") -> None:
    with transaction():
        arrival = Arrival("transfer", number, Money(one.total_minor, "VND"), clock.now())
        receive_payment(SYSTEM, one.fair_id, one.id, arrival, clock.now())
    db.session.refresh(one)


def taken(extra: Extra) -> int:
    """As the row says, which is what the lines that are kept come to."""
    db.session.commit()
    kept = func.coalesce(func.sum(OrderLine.quantity), 0)
    of_lines = db.session.scalar(select(kept).where(OrderLine.extra_id == extra.id, OrderLine.kept))
    row = db.session.get_one(Extra, extra.id, populate_existing=True)
    assert row.taken == of_lines
    return row.taken


def test_extras_stand_in_the_same_order_with_their_vat(market: Market) -> None:
    power, chair = offer(market), offer(market, name="Ghế", name_en="Chair", price_minor=61_111, stock=None)
    one = order(market, "A03", {power.id: 3, chair.id: 7})
    booth, kilowatts, chairs = one.lines
    assert (kilowatts.label, kilowatts.quantity, kilowatts.net_minor) == ("Điện / Power (kW)", 3, 1_950_000)
    assert (chairs.unit_minor, chairs.net_minor, chairs.vat_minor) == (61_111, 427_777, 42_778)  # half up, by the line
    assert one.total_minor == sum(line.net_minor + line.vat_minor for line in (booth, kilowatts, chairs))
    assert (taken(power), taken(chair)) == (3, 7)
    pay(one)
    assert (one.state, market.let(one)) == (OrderState.PAID, ["A03"])
    assert [(row.extra.name, row.line.quantity, row.exhibitor.name) for row in ordered_extras(market.fair.id)] == [
        ("Điện", 3, "Gốm Chi"),
        ("Ghế", 7, "Gốm Chi"),
    ]


def test_more_than_there_is_orders_nothing_and_the_booth_stays_held(market: Market) -> None:
    power, chair = offer(market), offer(market, name="Ghế", stock=None)
    hold = market.hold("A03")
    with pytest.raises(ExtraSoldOut) as refused, transaction():
        booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), {chair.id: 2, power.id: 11})
    assert refused.value.params == {"name": "Điện", "left": 10}
    assert (taken(power), taken(chair)) == (0, 0)
    assert db.session.scalar(select(func.count(Order.id))) == 0
    with transaction():
        booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), {power.id: 10})
    assert taken(power) == 10


def test_ordered_twice_it_is_taken_once(market: Market) -> None:
    power = offer(market)
    hold = market.hold("A03")
    for _again in range(2):
        with transaction():
            booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), {power.id: 4})
    assert taken(power) == 4


@pytest.mark.parametrize("end", ["cancelled", "expired", "refunded"])
def test_an_order_that_ends_puts_its_extras_back_once(market: Market, desk: Desk, end: str) -> None:
    power = offer(market)
    one = order(market, "A03", {power.id: 4})
    if end == "cancelled":
        booking.cancel(SYSTEM, one, clock.now())
    elif end == "expired":
        later(days=9)
        booking.end_unpaid()
        booking.end_unpaid()
    else:
        pay(one)
        assert taken(power) == 4
        with transaction():
            give_back(SYSTEM, one, clock.now())
    db.session.refresh(one)
    assert (one.state, taken(power)) == (end, 0)


def test_late_money_takes_them_again_where_there_are_enough(market: Market) -> None:
    power = offer(market)
    one = order(market, "A03", {power.id: 6})
    later(days=9)
    booking.end_unpaid()
    pay(one)
    assert (one.state, taken(power), market.let(one)) == (OrderState.PAID, 6, ["A03"])


def test_late_money_whose_extras_went_waits_and_takes_neither(market: Market) -> None:
    power = offer(market)
    one = order(market, "A03", {power.id: 6})
    later(days=9)
    booking.end_unpaid()
    order(market, "A05", {power.id: 5}, rival=True)
    pay(one)
    assert (one.state, taken(power), market.let(one)) == (OrderState.UNDELIVERABLE, 5, [])
    with pytest.raises(ExtraGone), transaction():
        choose_equal(SYSTEM, market.fair, one, ["A07"], clock.now())
    with transaction():
        given = dict(name="Điện", name_en="", unit="", unit_en="", about="", about_en="", price_minor=1)
        keep_extra(SYSTEM, market.fair, given | {"stock": 11, "order_until": None}, clock.now(), power.id)
        choose_equal(SYSTEM, market.fair, one, ["A07"], clock.now())
    db.session.refresh(one)
    assert (one.state, taken(power), market.let(one)) == (OrderState.PAID, 11, ["A07"])


def test_booths_gone_let_the_extras_go_too(market: Market) -> None:
    power = offer(market)
    one = order(market, "A03", {power.id: 6})
    later(days=9)  # its time is over, and no sweep came
    order(market, "A03", {}, rival=True)
    pay(one)
    assert (one.state, taken(power)) == (OrderState.UNDELIVERABLE, 0)


def test_what_is_withdrawn_or_out_of_time_is_not_ordered(market: Market) -> None:
    old = offer(market, name="Thảm", order_until=date(2019, 10, 6))
    gone = offer(market, name="Kệ")
    with transaction():
        withdraw_extra(SYSTEM, market.fair, gone.id, clock.now())
    assert extras_for_sale(market.fair, clock.now()) == []
    hold = market.hold("A03")
    for extra in (old, gone):
        with pytest.raises(ExtraNotForSale), transaction():
            booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), {extra.id: 1})
    with pytest.raises(NotFound), transaction():
        booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), {99: 1})
    for number in (0, -1, 1000):
        with pytest.raises(FieldErrors), transaction():
            booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), {old.id: number})


def test_stock_is_never_less_than_what_is_ordered(market: Market) -> None:
    power = offer(market)
    order(market, "A03", {power.id: 4})
    given = dict(name="Điện", name_en="", unit="", unit_en="", about="", about_en="", price_minor=1, order_until=None)
    with pytest.raises(FieldErrors) as refused, transaction():
        keep_extra(SYSTEM, market.fair, given | {"stock": 3}, clock.now(), power.id)
    assert (set(refused.value.fields), refused.value.params["taken"]) == ({"stock"}, 4)
    with transaction():
        keep_extra(SYSTEM, market.fair, given | {"stock": 4}, clock.now(), power.id)
    assert order_lines(power) == [650_000]  # what is ordered keeps its price


def order_lines(extra: Extra) -> list[int]:
    return list(db.session.scalars(select(OrderLine.unit_minor).where(OrderLine.extra_id == extra.id)))


@pytest.mark.parametrize(("typed", "found"), [("3", 3), (" 3 ", 3), ("", 0), ("0", 0)])
def test_numbers_are_read_from_the_form(market: Market, typed: str, found: int) -> None:
    assert asked_for({"extra-5": typed, "pay_by": "card", "extra-x": "7"}) == ({5: found} if found else {})


@pytest.mark.parametrize("typed", ["-1", "1.5", "1000", "٣", "ba", "9" * 5000])
def test_what_is_no_number_is_refused(market: Market, typed: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        asked_for({"extra-5": typed})
    assert set(refused.value.fields) == {"extra-5"}


def test_of_20_at_once_the_stock_goes_to_as_many_as_it_holds(app: Flask, market: Market) -> None:
    """Two extras asked for in opposite orders: nobody waits in a circle."""
    power, chair = offer(market, stock=13), offer(market, name="Ghế", stock=25)
    holds = [market.hold(f"A{n:02}", rival=n > 10).id for n in range(1, 21)]
    gate, codes = threading.Barrier(20), []
    power_id, chair_id = power.id, chair.id
    db.session.commit()

    def work(n: int) -> None:
        with app.app_context():
            fair, hold = market.fair, db.session.get_one(Hold, holds[n])
            wanted = {power_id: 2, chair_id: 1} if n % 2 else {chair_id: 1, power_id: 2}
            db.session.commit()
            gate.wait()
            try:
                retrying(lambda: booking.place_order(SYSTEM, fair, hold, "transfer", clock.now(), wanted))
                codes.append("ok")
            except DomainError as error:
                codes.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["extra_sold_out"] * 14 + ["ok"] * 6
    assert (taken(power), taken(chair)) == (12, 6)


def test_late_money_and_new_orders_at_once_share_one_stock(app: Flask, market: Market) -> None:
    power = offer(market, stock=3)
    late = [order(market, f"A{n:02}", {power.id: 1}) for n in (3, 5, 7)]
    later(days=9)
    booking.end_unpaid()
    holds = [market.hold(f"A{n:02}", rival=True).id for n in (9, 11, 13)]
    ids, power_id, gate = [(one.id, one.total_minor) for one in late], power.id, threading.Barrier(6)
    db.session.commit()

    def money(n: int) -> None:
        with app.app_context():
            order_id, total = ids[n]
            arrival = Arrival("transfer", f"FT{n}", Money(total, "VND"), clock.now())
            gate.wait()
            retrying(lambda: receive_payment(SYSTEM, market.cast.fair.id, order_id, arrival, clock.now()))
            db.session.remove()

    def buy(n: int) -> None:
        with app.app_context():
            fair, hold = market.fair, db.session.get_one(Hold, holds[n])
            db.session.commit()
            gate.wait()
            try:
                retrying(lambda: booking.place_order(SYSTEM, fair, hold, "transfer", clock.now(), {power_id: 1}))
            except ExtraSoldOut:
                pass
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3) for work in (money, buy)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken(power) == 3
    states = db.session.scalars(select(Order.state).where(Order.id.in_([order_id for order_id, _total in ids])))
    assert set(states) <= {OrderState.PAID, OrderState.UNDELIVERABLE}
