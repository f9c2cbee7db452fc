"""Prices by date and extras as people and programs meet them: pages, what was typed, and the API."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.booths.extras import keep_extra
from app.booths.models import Extra
from app.booths.price_lists import add_price_list, price_lists_of
from app.db import db, transaction
from tests.conftest import Client
from tests.support.market import Market

PAGE = "/fairs/test-fair/organise/selling"
CORNER = 15_840_000


@pytest.fixture
def offer(app: Flask, market: Market) -> Any:
    """Offers an extra and answers its id."""

    def offered(**more: Any) -> int:
        given = dict(name="Điện", name_en="Power", unit="kW", unit_en="kW", about="", about_en="")
        given |= dict(price_minor=650_000, stock=10, order_until=None) | more
        with app.app_context(), transaction():
            return keep_extra(SYSTEM, market.fair, given, clock.now()).id

    return offered


@pytest.fixture
def held(app: Flask, market: Market) -> str:
    """A03 is held for Ema's company; the hold's id."""
    with app.app_context():
        return market.hold("A03").id


def test_the_organiser_adds_a_price_and_plan_and_api_show_it(client: Client, market: Market) -> None:
    plan = client.get("/fairs/test-fair/plan", headers={"Accept": "text/html"})
    client.sign_in(market.cast.ola)
    typed = {"prices-name": "Giá đặt sớm", "prices-name_en": "Early bird", "prices-from_on": "2019-10-07"}
    typed |= {"prices-to_on": "2019-10-06", "prices-off_percent": "15"}
    refused = client.post(f"{PAGE}/prices", data=typed)
    assert refused.status_code == 422
    assert "Ngày cuối đứng trước ngày đầu." in refused.text
    assert 'value="Giá đặt sớm"' in refused.text
    typed["prices-to_on"] = "2019-10-31"
    assert client.post(f"{PAGE}/prices", data=typed).status_code == 303
    again = client.post(f"{PAGE}/prices", data=typed)
    assert again.status_code == 422
    assert "“Giá đặt sớm” đã áp dụng từ 07.10.2019 đến hết 31.10.2019" in again.text
    assert "đang áp dụng" in client.get(PAGE).text
    client.sign_out()
    kept = client.get("/fairs/test-fair/plan", headers={"If-None-Match": plan.headers["ETag"]})
    assert kept.status_code == 200  # what a reader had kept is no longer true
    card = client.get("/fairs/test-fair/plan/drawer?booth=A01").text
    assert "Giá đặt sớm −15 %, đến hết 31.10.2019" in card
    assert "−2.376.000" in card
    booths = {one["number"]: one for one in client.get("/api/v1/fairs/test-fair/booths").json["items"]}
    assert (booths["A01"]["price_minor"], booths["A01"]["list_price_minor"]) == (13_464_000, CORNER)
    assert booths["A01"]["price_list"] == "Giá đặt sớm"


def test_the_organiser_reads_how_many_booths_a_price_per_m2_changes(app: Flask, client: Client, market: Market) -> None:
    client.sign_in(market.cast.ola)
    days = {"prices-from_on": "2019-10-07", "prices-to_on": "2019-10-31"}
    assert client.post(f"{PAGE}/prices", data=days | {"prices-name": "Sớm", "prices-per_m2": "1.5"}).status_code == 422
    assert client.post(f"{PAGE}/prices", data=days | {"prices-name": "Sớm", "prices-per_m2": "1"}).status_code == 303
    assert "gian đang bán theo giá này" not in client.get(PAGE).text
    with app.app_context(), transaction():
        market.booths(["A03"])["A03"].price_minor = 20_000_000
    assert "19 trong 20 gian đang bán theo giá này; các gian khác có giá riêng" in client.get(PAGE).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"prices-off_percent": "NaN"}, "Hãy viết một số"),
        ({"prices-off_percent": "12.345"}, "nhiều nhất hai số lẻ"),
        ({"prices-off_percent": "1" + "0" * 400}, "Mức giảm phải trên 0 % và dưới 100 %."),
        ({"prices-off_percent": "", "prices-per_m2": "rẻ"}, "VND"),
        ({"prices-off_percent": ""}, "một trong hai"),
        ({"prices-from_on": "0001-01-01"}, ""),
    ],
)
def test_what_is_no_price_is_refused_and_stays_typed(
    app: Flask, client: Client, market: Market, typed: dict[str, str], sentence: str
) -> None:
    client.sign_in(market.cast.ola)
    given = {"prices-name": "Giá lạ", "prices-from_on": "2019-10-07", "prices-to_on": "2019-10-08"}
    answer = client.post(f"{PAGE}/prices", data=given | {"prices-off_percent": "15"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Giá lạ"' in answer.text
    with app.app_context():
        assert price_lists_of(market.fair.id) == []


@pytest.mark.parametrize("who", ["sam", "fin", "ema", "stan"])
def test_prices_are_the_organisers_alone(app: Flask, client: Client, market: Market, who: str) -> None:
    given = {"name": "Sớm", "name_en": "", "from_on": date(2019, 10, 1), "to_on": date(2019, 10, 2)}
    with app.app_context(), transaction():
        kept = add_price_list(SYSTEM, market.fair, given | {"off_bp": 1, "per_m2_minor": None}, clock.now()).id
    client.sign_in(getattr(market.cast, who))
    assert client.post(f"{PAGE}/prices", data={"prices-name": "x"}).status_code in (403, 404)
    assert client.post(f"{PAGE}/prices/{kept}/removal").status_code in (403, 404)
    with app.app_context():
        assert len(price_lists_of(market.fair.id)) == 1


def test_what_was_typed_stays_when_an_extra_is_gone(client: Client, market: Market, offer: Any, held: str) -> None:
    power, chair = offer(), offer(name="Ghế", name_en="Chair", stock=None)
    client.sign_in(market.cast.ema)
    typed = {"pay_by": "transfer", f"extra-{power}": "11", f"extra-{chair}": "5"}
    answer = client.post("/fairs/test-fair/booths/A03/order", data=typed)
    assert answer.status_code == 409
    assert "“Điện” chỉ còn 10" in answer.text
    assert 'value="11"' in answer.text
    assert 'value="5"' in answer.text
    answer = client.post("/fairs/test-fair/booths/A03/order", data=typed | {f"extra-{power}": "một"})
    assert answer.status_code == 422
    assert "Nhập số nguyên từ 0 đến 999." in answer.text
    assert 'value="một"' in answer.text
    answer = client.post("/fairs/test-fair/booths/A03/order", data=typed | {f"extra-{power}": "10"})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Điện (kW) × 10" in page
    assert "Ghế (kW) × 5" in page


def test_sales_keep_them_and_see_who_ordered_what(
    app: Flask, client: Client, market: Market, held: str, statements: Any
) -> None:
    client.sign_in(market.cast.sam)
    assert "Thêm dịch vụ đầu tiên" in client.get(PAGE).text
    typed = {"name": "Điện", "name_en": "Power", "unit": "kW", "price": "650.000,5", "stock": "10"}
    refused = client.post(f"{PAGE}/extras", data=typed)
    assert (refused.status_code, 'value="Điện"' in refused.text) == (422, True)
    assert client.post(f"{PAGE}/extras", data=typed | {"price": "650.000"}).status_code == 303
    with app.app_context(), transaction():
        extra = db.session.scalars(select(Extra.id)).one()
        hold = market.hold("A05", rival=True)
        reference = booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), {extra: 3}).reference
    with statements() as seen:
        shown = client.get(PAGE).text
    assert len(seen) <= 12
    assert "còn 7" in shown
    assert reference in shown
    table = client.get(f"{PAGE}/ordered.csv").text
    assert f'"Điện","Mây tre Phú Vinh","A05","3","kW","{reference}"' in table
    too_few = client.post(f"{PAGE}/extras/{extra}", data=typed | {"price": "700000", "stock": "2"})
    assert "Đã có 3 được đặt: số lượng không thể ít hơn." in too_few.text
    assert client.post(f"{PAGE}/extras/{extra}", data=typed | {"price": "700000"}).status_code == 303
    assert client.post(f"{PAGE}/extras/{extra}/removal").status_code == 303
    assert client.get(f"{PAGE}/extras/{extra}").status_code == 404
    assert reference in client.get(PAGE).text  # ordered stays ordered


def test_extras_over_the_api(call: Any, held: str) -> None:
    made = call("organiser", "POST", "/extras", {"name": "Điện", "price_minor": 650_000, "stock": 5})
    assert (made.status_code, made.json["left"]) == (201, 5)
    number = made.json["id"]
    changed = call("sales", "PUT", f"/extras/{number}", {"name": "Điện", "price_minor": 600_000, "stock": 4})
    assert (changed.status_code, changed.json["left"], changed.json["price_minor"]) == (200, 4, 600_000)
    body: dict[str, Any] = {"hold": held, "pay_by": "transfer"}
    body["extras"] = [{"id": number, "quantity": 3}, {"id": number, "quantity": 2}]
    refused = call("exhibitor", "POST", "/orders", body)
    assert (refused.status_code, refused.json["code"], refused.json["left"]) == (409, "extra_sold_out", 4)
    body["extras"] = [{"id": number, "quantity": 4}]
    placed = call("exhibitor", "POST", "/orders", body)
    assert placed.status_code == 201
    assert [line["quantity"] for line in placed.json["lines"]] == [1, 4]
    assert call(None, "GET", "/extras").json["items"][0]["left"] == 0
    assert call("exhibitor", "GET", "/ordered-extras").status_code == 403
    assert call("finance", "GET", "/ordered-extras").json["items"][0]["quantity"] == 4
    assert call("sales", "DELETE", f"/extras/{number}").status_code == 204
    assert call("sales", "DELETE", f"/extras/{number}").status_code == 404
    assert call(None, "GET", "/extras").json["items"] == []


def test_price_lists_over_the_api(call: Any) -> None:
    given = {"name": "Giá đặt sớm", "from_on": "2019-10-01", "to_on": "2019-10-31", "off_bp": 1000}
    assert call("sales", "POST", "/price-lists", given).status_code == 403
    made = call("organiser", "POST", "/price-lists", given)
    assert made.status_code == 201
    again = call("organiser", "POST", "/price-lists", given)
    assert (again.status_code, again.json["code"]) == (422, "invalid_input")
    assert [one["off_bp"] for one in call(None, "GET", "/price-lists").json["items"]] == [1000]
    assert call("organiser", "DELETE", f"/price-lists/{made.json['id']}").status_code == 204
    assert call("organiser", "DELETE", f"/price-lists/{made.json['id']}").status_code == 404


@pytest.mark.parametrize("who", ["fin", "gia", "ema", "bao", "stan"])
def test_extras_are_kept_by_sales_and_the_organiser_alone(
    app: Flask, client: Client, market: Market, offer: Any, who: str
) -> None:
    extra = offer()
    client.sign_in(getattr(market.cast, who))
    for path in ("extras", f"extras/{extra}", f"extras/{extra}/removal"):
        assert client.post(f"{PAGE}/{path}", data={"name": "x", "price": "1"}).status_code in (403, 404)
    with app.app_context():
        kept = db.session.get_one(Extra, extra)
        assert (kept.name, kept.withdrawn_at) == ("Điện", None)
