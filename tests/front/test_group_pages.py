"""Groups as people and programs meet them: pages, what was typed, members' plans and strangers', rights, the API."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.booths.group_models import PriceGroup, QuantityStep
from app.db import db, transaction
from app.payments.models import Order
from tests.conftest import Client
from tests.support.groups import back, group, order, step
from tests.support.market import Market

FAIR = "/fairs/test-fair"
PAGE = f"{FAIR}/organise/selling/groups"
API = "/api/v1/fairs/test-fair"
TERMS = {
    "name": "Gian hàng chung Hà Nội", "name_en": "Hanoi pavilion", "off_percent": "20", "per_m2": "", "per_booth": "",
    "zone_id": "", "from_on": "2019-10-01", "to_on": "2019-10-31", "most_booths": "10", "most_m2": "",
}  # fmt: skip


def only(app: Flask, model: Any) -> Any:
    with app.app_context():
        found = db.session.scalars(select(model)).one()
        db.session.expunge_all()
        return found


def test_the_organiser_keeps_groups_and_steps(app: Flask, client: Client, market: Market, statements: Any) -> None:
    client.sign_in(market.cast.ola)
    assert "Giá nhóm và giá theo số lượng" in client.get(f"{FAIR}/organise/selling").text
    for wrong, sentence in (
        ({"off_percent": "0"}, "trên 0 %"),
        ({"per_m2": "nhiều"}, 'value="nhiều"'),
        ({"per_booth": "1.000.000"}, "Chỉ nhập một giá"),
        ({"most_booths": "0"}, "Giới hạn từ 1"),
        ({"to_on": "2019-09-01"}, "Ngày cuối"),
        ({"name": ""}, 'value="Hanoi pavilion"'),
    ):
        refused = client.post(PAGE, data=TERMS | wrong)
        assert refused.status_code == 422 and sentence in refused.text, wrong
    assert client.post(PAGE, data=TERMS).status_code == 303
    assert client.post(PAGE, data=TERMS).status_code == 422
    one = only(app, PriceGroup)
    here = f"{PAGE}/{one.id}"
    assert client.post(here, data=TERMS | {"off_percent": "12.5"}).status_code == 303
    assert (only(app, PriceGroup).off_bp, one.most_booths) == (1250, 10)
    assert 'value="12.5"' in client.get(here).text
    for members, status in (
        ({}, 422),
        ({"exhibitor": "999"}, 422),
        ({"province": "01"}, 303),
        ({"province": "01"}, 422),
    ):
        assert client.post(f"{here}/members", data=members).status_code == status, members
    client.post(f"{here}/members/{market.cast.rival.id}/removal")
    for asked, sentence in (
        ({"back-booths": "A03 Z99", "back-until_on": "2019-10-31"}, "Z99"),
        ({"back-booths": "A03"}, 'value="A03"'),
        ({"back-booths": "", "back-until_on": "2019-10-31"}, "Nhập ít nhất một số gian"),
    ):
        refused = client.post(f"{here}/booths", data=asked)
        assert refused.status_code == 422 and sentence in refused.text, asked
    asked = {"back-booths": "a03, A05", "back-until_on": "2019-10-31"}
    assert client.post(f"{here}/booths", data=asked).status_code == 303
    client.post(f"{here}/booths/release", data={"number": "A05"})
    with statements() as seen:
        page = client.get(here).text
    assert len(seen) <= 15
    assert "Gốm Chi" in page and "A03" in page and "31.10.2019" in page
    assert "cho Gian hàng chung Hà Nội" in client.get(f"{FAIR}/organise/booths").text
    assert "Giữ riêng cho" in client.get(f"{FAIR}/organise/booths/A03").text
    refused = client.post(
        f"{FAIR}/organise/selling/quantities", data={"quantity-from_booths": "1", "quantity-off_percent": "10"}
    )
    assert refused.status_code == 422 and "một gian thì chưa phải là số lượng" in refused.text
    client.post(f"{FAIR}/organise/selling/quantities", data={"quantity-from_booths": "3", "quantity-off_percent": "10"})
    with statements() as seen:
        page = client.get(PAGE).text
    assert len(seen) <= 15
    assert "từ 3 gian" in page and "1 đơn vị" in page
    terms = client.get(f"{FAIR}/terms").text
    assert "không cộng cả hai" in terms and "từ 3 gian trở lên" in terms
    client.post(f"{FAIR}/organise/selling/quantities/{only(app, QuantityStep).id}/removal")
    client.post(f"{here}/removal")
    assert client.get(here).status_code == 404
    assert "từ 3 gian" not in client.get(PAGE).text


def test_members_see_their_price_and_booths_and_strangers_the_list_price(
    app: Flask, client: Client, market: Market, statements: Any
) -> None:
    with app.app_context():
        back(market, group(market), "A03")
        step(market, 2, 500)
    client.sign_in(market.cast.ema)
    with statements() as seen:
        card = client.get(f"{FAIR}/plan?booth=A03").text
    assert len(seen) <= 25
    assert "Giá nhóm: Gian hàng chung Hà Nội −20 %" in card and "12.672.000" in card
    assert "A03, trống, giữ riêng cho Gian hàng chung Hà Nội, 9" in card and 'class="ours"' in card
    pair = client.get(f"{FAIR}/plan/drawer?pick=A05,A07").text
    assert "25.344.000" in pair
    client.sign_in(market.cast.rita)
    card = client.get(f"{FAIR}/plan?booth=A03").text
    assert "Giữ riêng cho “Gian hàng chung Hà Nội” đến hết 31.10.2019" in card
    assert 'class="b kept' in card and "data-kept" in card and 'href="?booth=A03"' in card
    assert "/booths/A03/hold" not in card
    lost = client.get(f"{FAIR}/plan/drawer?pick=A03").text
    assert "Hãy chọn gian khác hoặc hỏi ban tổ chức" in lost
    other = client.get(f"{FAIR}/plan/drawer?pick=A05&lang=en").text
    assert "VND\xa015,840,000" in other and "Group price" not in other
    pair = client.get(f"{FAIR}/plan/drawer?pick=A05,A07").text
    assert "Price by quantity, 2 booths or more: −5 %" in pair and "VND\xa030,096,000" in pair
    client.get(f"{FAIR}/plan?lang=vi")
    refused = client.post(f"{FAIR}/booths/A03/hold")
    assert refused.status_code == 409 and "Hãy chọn gian khác hoặc hỏi ban tổ chức" in refused.text
    rows = client.get(f"{FAIR}/plan?view=list&state=free").text
    assert ">A05<" in rows and ">A03<" not in rows
    assert client.get(f"{FAIR}/plan/embed").text.count('<a class="b kept') == 1
    assert client.get(f"{FAIR}/plan.pdf").data[:5] == b"%PDF-"


def test_an_order_is_at_the_price_that_was_shown_or_none(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        one = group(market).id
        market.hold("A03")
    client.sign_in(market.cast.ema)
    assert 'name="price_minor" value="12672000"' in client.get(f"{FAIR}/plan").text
    market_sam = {"exhibitor": str(market.cast.exhibitor.id)}
    client.sign_in(market.cast.sam)
    assert client.post(f"{PAGE}/{one}/members/{market_sam['exhibitor']}/removal").status_code == 303
    client.sign_in(market.cast.ema)
    refused = client.post(f"{FAIR}/booths/A03/order", data={"pay_by": "transfer", "price_minor": "12672000"})
    assert refused.status_code == 409 and "Chưa đặt gì" in refused.text
    assert 'name="price_minor" value="15840000"' in refused.text
    assert (
        client.post(f"{FAIR}/booths/A03/order", data={"pay_by": "transfer", "price_minor": "15840000"}).status_code
        == 303
    )
    assert only(app, Order).total_minor == 15_840_000


def test_an_order_shows_its_line_and_the_hold_why_there_is_none(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        group(market, rival=True, most_booths=1)
        one = order(market, "A03")
        reference = one.reference
        market.hold("A05", rival=True)
    client.sign_in(market.cast.ema)
    page = client.get(f"{FAIR}/orders/{reference}").text
    assert "Giá nhóm: Gian hàng chung Hà Nội −20 %" in page and "−2.880.000" in page
    client.sign_in(market.cast.rita)
    assert "Phần được hưởng giá của “Gian hàng chung Hà Nội” đã dùng hết" in client.get(f"{FAIR}/plan").text
    client.sign_in(market.cast.ola)
    page = client.get(f"{PAGE}/{only(app, PriceGroup).id}").text
    assert reference in page and "đã dùng 1 trong 1 gian" in page


def test_rights(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        one = group(market).id
    cast = market.cast
    for person, see, members, terms in (
        (cast.sam, 200, 422, 403), (cast.fin, 200, 403, 403), (cast.ema, 403, 403, 403), (cast.gia, 403, 403, 403),
    ):  # fmt: skip
        client.sign_in(person)
        assert client.get(PAGE).status_code == see
        assert client.get(f"{PAGE}/{one}").status_code == see
        assert client.post(f"{PAGE}/{one}/members", data={}).status_code == members
        assert client.post(f"{PAGE}/{one}", data={}).status_code == terms
        assert client.post(PAGE, data={}).status_code == terms


@pytest.fixture
def call(app: Flask, market: Market) -> Any:
    tokens = {}
    with app.app_context(), transaction():
        for role, whose in (("organiser", None), ("exhibitor", market.cast.exhibitor), ("rival", market.cast.rival)):
            named = "exhibitor" if whose is not None else role
            tokens[role] = create_token(SYSTEM, market.cast.fair.id, named, whose and whose.id, None, label="test")

    def call(role: str, method: str, path: str, json: Any = None) -> Any:
        with app.test_client() as api:
            return api.open(API + path, method=method, json=json, headers={"Authorization": f"Bearer {tokens[role]}"})

    return call


def test_over_the_api(call: Any, market: Market) -> None:
    terms = {"name": "Japan", "per_booth_minor": 12_000_000, "from_on": "2019-10-01", "to_on": "2019-10-31"}
    made = call("organiser", "POST", "/price-groups", terms)
    assert made.status_code == 201, made.json
    here = f"/price-groups/{made.json['id']}"
    assert call("organiser", "POST", "/price-groups", terms).status_code == 422
    assert call("organiser", "PUT", here, terms | {"most_booths": 2}).json["most_booths"] == 2
    assert call("exhibitor", "POST", "/price-groups", terms).status_code == 403
    ids = {"exhibitors": [market.cast.exhibitor.id]}
    assert [call("organiser", "POST", f"{here}/members", ids).json["added"] for _twice in range(2)] == [1, 0]
    assert call("organiser", "GET", f"{here}/members").json["items"][0]["name"] == "Gốm Chi"
    asked = {"booths": ["A03", "A05"], "until_on": "2019-10-31"}
    assert call("organiser", "POST", f"{here}/booths", asked).json == {"booths": ["A03", "A05"]}
    assert call("organiser", "DELETE", f"{here}/booths/A05").status_code == 204
    assert [one["number"] for one in call("organiser", "GET", f"{here}/booths").json["items"]] == ["A03"]
    booth = next(one for one in call("rival", "GET", "/booths").json["items"] if one["number"] == "A03")
    assert (booth["held_back_for"], booth["state"]) == ("Japan", "free")
    wanted = {"booths": ["A03"], "exhibitor": market.cast.rival.id}
    refused = call("rival", "POST", "/holds", wanted)
    assert (refused.status_code, refused.json["code"], refused.json["group"]) == (409, "held_back", "Japan")
    hold = call("exhibitor", "POST", "/holds", wanted | {"exhibitor": market.cast.exhibitor.id}).json["id"]
    quote = call("exhibitor", "GET", f"/holds/{hold}/price").json
    assert [line["net_minor"] for line in quote["lines"]] == [14_400_000, -2_400_000]
    assert (quote["price_minor"], quote["lines"][1]["kind"]) == (13_200_000, "group")
    assert call("rival", "GET", f"/holds/{hold}/price").status_code == 404
    sent = {"hold": hold, "pay_by": "transfer", "price_minor": 15_840_000}
    assert call("exhibitor", "POST", "/orders", sent).json["code"] == "order_price_changed"
    placed = call("exhibitor", "POST", "/orders", sent | {"price_minor": 13_200_000})
    assert placed.status_code == 201 and placed.json["total_minor"] == 13_200_000
    assert call("exhibitor", "GET", f"/holds/{hold}/price").json["code"] == "hold_ended"
    assert call("organiser", "GET", "/price-groups").json["items"][0]["taken_booths"] == 1
    made = call("organiser", "POST", "/quantity-prices", {"from_booths": 3, "off_bp": 500})
    assert call("rival", "GET", "/quantity-prices").json["items"] == [made.json]
    assert call("organiser", "DELETE", f"/quantity-prices/{made.json['id']}").status_code == 204
    assert call("organiser", "DELETE", f"{here}/members/{market.cast.exhibitor.id}").status_code == 204
    assert call("organiser", "DELETE", f"{here}/booths").status_code == 204
    assert call("organiser", "DELETE", here).status_code == 204
    assert call("organiser", "GET", f"{here}/members").status_code == 404
