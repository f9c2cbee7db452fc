"""What a hold comes to before it is ordered, by the server's word: a code, extras, a support, and when it is due."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.booths.discount_models import DiscountCode
from app.booths.errors import NoWayToPay
from app.booths.models import Hold
from app.db import db, transaction
from app.fairs.models import Organiser, VatRate
from app.money import Money
from app.payments.models import Order
from app.payments.schedule import plan_at
from tests.booths.test_more_extras import offer
from tests.conftest import Client
from tests.support.currencies import opened
from tests.support.desk import Desk
from tests.support.market import Market
from tests.support.subsidy import granted
from tests.support.terms import code, deposit

PRICE = "/fairs/test-fair/booths/A03/price"


def test_what_is_typed_is_reckoned_by_the_server_and_nothing_is_taken(
    app: Flask, client: Client, market: Market
) -> None:
    with app.app_context():
        power, tet = offer(market).id, code(market).code
        deposit(market)
        market.hold("A03")
    client.sign_in(market.cast.rita)
    assert client.get(PRICE).status_code == 404
    client.sign_out()
    client.sign_in(market.cast.ema)
    bare = client.get(PRICE).text
    wrong = client.get(PRICE, query_string={"code": "NIX2027", "lang": "vi"}).text
    assert "NIX2027" in wrong
    assert 'class="error"' in wrong
    said = client.get(PRICE, query_string={"code": tet.lower(), f"extra-{power}": "2"}).text
    assert "Extras" not in said
    plan = client.get("/fairs/test-fair/plan?booth=A03").text
    assert bare.split("<output", 1)[1].split("</output>")[0] in plan
    with app.app_context():
        assert db.session.scalars(select(DiscountCode.taken)).one() == 0
    form = {"pay_by": "transfer", "code": tet, f"extra-{power}": "2"}
    assert client.post("/fairs/test-fair/booths/A03/order", data=form).status_code == 303
    with app.app_context():
        order = db.session.scalars(select(Order)).one()
    for minor in (order.total_minor, order.deposit_minor or 0, order.total_minor - (order.deposit_minor or 0)):
        assert f"{minor:,}".replace(",", ".") in said
    assert client.get(PRICE, query_string={"code": tet}).status_code in (404, 409)  # it is ordered


def test_a_support_is_named_before_holding(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        granted(market)
    client.sign_in(market.cast.ema)
    chosen = client.get("/fairs/test-fair/plan/drawer?booth=A03&pick=A03").text
    with app.app_context():
        market.hold("A03")
    held = client.get("/fairs/test-fair/plan/drawer?booth=A03").text
    total = held.split("data-total", 1)[1].split(">", 1)[1].split("<")[0]
    assert "Trung tâm Khuyến công Hà Nội" in chosen
    assert total in chosen


def test_programs_read_the_price_with_a_code_and_its_parts(call: Any, app: Flask, market: Market) -> None:
    with app.app_context():
        name, held = code(market).code, market.hold("A03").id
        deposit(market)
    bare, priced = (call("exhibitor", "GET", f"/holds/{held}/price{q}").json for q in ("", f"?code={name}"))
    assert call("exhibitor", "GET", f"/holds/{held}/price?code=NIX2027").json["code"] == "discount_unknown"
    assert priced["price_minor"] == bare["total_minor"] == bare["price_minor"]
    order = call("exhibitor", "POST", "/orders", {"hold": held, "pay_by": "transfer", "code": name}).json
    assert (priced["total_minor"], priced["deposit_minor"]) == (
        order["total_minor"], order["instalments"][0]["amount_minor"],
    )  # fmt: skip
    assert priced["lines"][-1]["kind"] == "discount"


def test_a_hold_in_a_closed_currency_has_no_price(call: Any, app: Flask, market: Market) -> None:
    with app.app_context():
        opened(market)
        held = market.hold("A03").id
        with transaction():
            db.session.get_one(Hold, held).currency = "EUR"
    answer = call("exhibitor", "GET", f"/holds/{held}/price")
    assert (answer.status_code, answer.json["code"]) == (409, "currency_not_offered")


@pytest.mark.parametrize(("rate", "parts"), [(33_341, None), (33_340, (90_020, 210_040))])
def test_without_an_account_both_parts_can_be_paid_by_card_or_nothing_is_ordered(
    app: Flask, market: Market, desk: Desk, rate: int, parts: tuple[int, int] | None
) -> None:
    """KWD 9 m² with 0 % VAT: the card takes amounts that end in 0."""
    with app.app_context():
        opened(market, "KWD", rate, bank_name="", bank_account="", bank_swift="")
        with transaction():
            for one in db.session.scalars(select(VatRate)):
                one.rate_bp = 0
        deposit(market)
        held = market.hold("A03")
        if parts is None:
            with pytest.raises(NoWayToPay), transaction():
                booking.place_order(SYSTEM, market.fair, held, "card", clock.now(), currency="KWD")
            return
        with transaction():
            one = booking.place_order(SYSTEM, market.fair, held, "card", clock.now(), currency="KWD")
        assert (one.deposit_minor, one.total_minor - (one.deposit_minor or 0)) == parts


def test_a_balance_over_the_cards_ceiling_needs_an_account(app: Flask, market: Market, desk: Desk) -> None:
    with app.app_context():
        deposit(market)
        with transaction():
            market.booths(["A03"])["A03"].price_minor = 100_000_000
        assert booking.pay_ways(market.fair, Money(110_000_000, "VND"), plan_at(market.fair, clock.now())).card
        with transaction():
            db.session.get_one(Organiser, market.fair.organiser_id).bank_account = ""
        half = booking.pay_ways(market.fair, Money(110_000_000, "VND"), plan_at(market.fair, clock.now()))
        whole = booking.pay_ways(market.fair, Money(150_000_000, "VND"), plan_at(market.fair, clock.now()))
        assert (half.card, whole.card, whole.transfer, whole.too_large_for_card) == (True, False, False, True)
        held = market.hold("A03")
        with transaction():
            market.booths(["A03"])["A03"].price_minor = 140_000_000
        with pytest.raises(NoWayToPay), transaction():
            booking.place_order(SYSTEM, market.fair, held, "card", clock.now())
