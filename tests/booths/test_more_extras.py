"""Extras for a booth that is let already: an order of their own, never more than there is, never twice."""

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.booths.extras import ExtraNotForSale, ExtraSoldOut, keep_extra
from app.booths.models import Extra
from app.booths.more_extras import NotYourBooth, OrderedMeanwhile, order_more
from app.booths.moving import move_booth, release_booth
from app.booths.ordered_extras import ordered_extras
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors
from app.fulfilment import give_back, receive_payment, take_money_back
from app.money import Money
from app.payments.invoices import papers_of
from app.payments.models import Order, OrderState
from app.payments.papers import paper_pdf, print_papers
from app.payments.settlement import Arrival
from tests.conftest import Client
from tests.support.market import Market, later
from tests.support.paper import text_of

PAGE = "/fairs/test-fair/portal/company/{}/extras"


@pytest.fixture
def shop(app: Flask, market: Market) -> Any:
    with app.app_context():
        yield market


def offer(market: Market, **more: Any) -> Extra:
    given = dict(name="Điện", name_en="Power", unit="kW", unit_en="kW", about="", about_en="")
    given |= dict(price_minor=650_000, stock=10, order_until=None) | more
    with transaction():
        return keep_extra(SYSTEM, market.fair, given, clock.now())


def let(market: Market, number: str = "A03", rival: bool = False) -> Order:
    one = market.order(market.hold(number, rival=rival), "transfer")
    pay(one, f"FT-{number}")
    return one


def pay(one: Order, number: str) -> None:
    with transaction():
        arrival = Arrival("transfer", number, Money(one.total_minor, "VND"), clock.now())
        receive_payment(SYSTEM, one.fair_id, one.id, arrival, clock.now())
    db.session.refresh(one)


def more(market: Market, extras: dict[int, int], number: str = "A03", **given: Any) -> Order:
    asked = {"pay_by": "transfer", "now": clock.now()} | given
    return retrying(lambda: order_more(SYSTEM, market.fair, market.cast.exhibitor.id, number, extras, **asked))


def taken(extra: Extra) -> int:
    db.session.commit()
    return db.session.get_one(Extra, extra.id, populate_existing=True).taken


def test_more_extras_are_an_order_with_an_invoice_and_no_contract(shop: Market) -> None:
    power = offer(shop)
    booth = let(shop)
    one = more(shop, {power.id: 3})
    assert (one.state, one.total_minor, one.deposit_minor, taken(power)) == (OrderState.AWAITING, 2_145_000, None, 3)
    pay(one, "FT-more")
    assert one.state == OrderState.PAID
    assert [paper.kind for paper in papers_of(one)] == ["invoice"]
    assert [paper.kind for paper in papers_of(booth)] == ["invoice", "contract"]
    print_papers()
    said = text_of(paper_pdf(shop.fair, one, papers_of(one)[0]))
    assert "Invoice for booth extras" in said
    assert "For booth A03" in said
    assert shop.let(booth) == ["A03"]
    assert [(row.line.quantity, row.numbers) for row in ordered_extras(shop.fair.id)] == [(3, ["A03"])]
    with transaction():
        give_back(SYSTEM, one, clock.now())
    assert (taken(power), shop.let(booth)) == (0, ["A03"])


@pytest.mark.parametrize("number", ["A05", "A07", "A09", "nowhere"])
def test_only_for_a_booth_that_is_let_to_the_company(shop: Market, number: str) -> None:
    power = offer(shop)
    let(shop, "A05", rival=True)
    shop.order(shop.hold("A07"), "transfer")  # reserved, not paid
    with pytest.raises(NotYourBooth):
        more(shop, {power.id: 1}, number)
    assert taken(power) == 0


def test_nothing_too_much_and_too_late_are_refused(shop: Market) -> None:
    power, carpet = offer(shop), offer(shop, name="Thảm", order_until=date(2019, 10, 7))
    let(shop)
    with pytest.raises(FieldErrors):
        more(shop, {})
    with pytest.raises(ExtraSoldOut):
        more(shop, {power.id: 11})
    more(shop, {carpet.id: 1})  # its last day
    later(days=1)
    with pytest.raises(ExtraNotForSale):
        more(shop, {power.id: 1, carpet.id: 1})
    assert taken(power) == 0


def test_sent_twice_it_is_one_order_and_another_wish_is_told(shop: Market) -> None:
    power = offer(shop)
    let(shop)
    first = more(shop, {power.id: 2}, seen_last="")
    assert more(shop, {power.id: 2}, seen_last="").id == first.id
    with pytest.raises(OrderedMeanwhile) as told:
        more(shop, {power.id: 3}, seen_last="")
    assert told.value.params == {"reference": first.reference}
    assert more(shop, {power.id: 3}, seen_last=first.reference).id != first.id
    assert taken(power) == 5


def test_unpaid_it_ends_and_late_money_takes_what_is_left(shop: Market) -> None:
    power = offer(shop, stock=4)
    let(shop)
    one, other = more(shop, {power.id: 3}), more(shop, {power.id: 1}, pay_by="card")
    later(minutes=32)
    booking.end_unpaid()
    assert taken(power) == 4  # the card is asked two minutes more
    later(minutes=2)
    booking.end_unpaid()
    assert taken(power) == 3
    later(days=9)
    booking.end_unpaid()
    booking.end_unpaid()
    db.session.refresh(other)
    assert (taken(power), other.state) == (0, OrderState.EXPIRED)
    third = more(shop, {power.id: 2})
    pay(one, "FT-late")
    assert (one.state, taken(power)) == (OrderState.UNDELIVERABLE, 2)
    with transaction():
        take_money_back(SYSTEM, one, clock.now())
    pay(third, "FT-third")
    assert third.state == OrderState.PAID


def test_they_follow_the_booth_and_money_after_its_release_waits(shop: Market) -> None:
    power = offer(shop)
    let(shop)
    one, two = more(shop, {power.id: 1}), more(shop, {power.id: 2})
    pay(one, "FT-one")
    ema = shop.cast.exhibitor.id
    with transaction():
        move_booth(SYSTEM, shop.fair, "A03", ema, "A05", "Cột nhà", clock.now())
    assert {tuple(row.numbers) for row in ordered_extras(shop.fair.id)} == {("A05",)}
    with transaction():
        release_booth(SYSTEM, shop.fair, "A05", ema, "no_show", "Không đến", clock.now())
    pay(two, "FT-two")
    assert two.state == OrderState.UNDELIVERABLE


def test_of_ten_at_once_the_stock_goes_once(app: Flask, shop: Market) -> None:
    power = offer(shop, stock=7)
    let(shop)
    gate, codes, power_id = threading.Barrier(10), [], power.id
    db.session.commit()

    def work() -> None:
        with app.app_context():
            gate.wait()
            try:
                more(shop, {power_id: 2})
                codes.append("ok")
            except DomainError as error:
                codes.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["extra_sold_out"] * 7 + ["ok"] * 3
    assert taken(power) == 6


def test_on_the_page_what_is_typed_stays_and_the_order_is_opened(app: Flask, client: Client, shop: Market) -> None:
    power = offer(shop)
    page, one = PAGE.format(shop.cast.exhibitor.id), let(shop).reference
    rivals = PAGE.format(shop.cast.rival.id)
    client.sign_in(shop.cast.ema)
    assert client.get(rivals).status_code == 404
    for place in (
        f"/fairs/test-fair/orders/{one}",
        "/fairs/test-fair/portal",
        "/fairs/test-fair/plan/drawer?booth=A03",
    ):
        assert page in client.get(place).text
    typed = {"booth": "A03", "pay_by": "transfer", "seen_last": "", f"price-{power.id}": "650000"}
    refused = client.post(page, data=typed | {f"extra-{power.id}": "11"})
    assert refused.status_code == 409
    assert "chỉ còn 10. Hãy sửa số lượng" in refused.text
    assert 'value="11"' in refused.text
    other = client.post(page, data=typed | {f"extra-{power.id}": "2", f"price-{power.id}": "600000"})
    assert (other.status_code, taken(power)) == (409, 0)
    placed = client.post(page, data=typed | {f"extra-{power.id}": "2"})
    assert placed.status_code == 303
    assert "Dịch vụ của gian A03" in client.get(placed.location).text
    assert client.get(placed.location + "?lang=en").status_code == 200
    assert client.post(page, data=typed | {f"extra-{power.id}": "2"}).location == placed.location
    assert taken(power) == 2


def test_programs_order_more_once_a_key(call: Any, app: Flask, market: Market) -> None:
    with app.app_context():
        power_id, exhibitor = offer(market).id, market.cast.exhibitor.id
        let(market)
    asked = {"exhibitor": exhibitor, "booth": "A03", "extras": [{"id": power_id, "quantity": 2}], "pay_by": "transfer"}
    assert call("rival", "POST", "/ordered-extras", asked).status_code == 404
    assert call("gate", "POST", "/ordered-extras", asked).status_code == 403
    stale = call("exhibitor", "POST", "/ordered-extras", asked | {"net_minor": 1})
    assert stale.json["code"] == "price_changed"
    answers = [call("exhibitor", "POST", "/ordered-extras", asked, Idempotency_Key="k1") for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert answers[0].json["lines"][0]["label"] == "Điện / Power (kW)"
    with app.app_context():
        assert db.session.scalar(select(func.sum(Extra.taken))) == 2
