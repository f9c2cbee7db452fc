"""Further currencies as people and programs meet them: what is chosen, typed, read, refused, and noted."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.booths.amounts import listing_of
from app.booths.currency_lists import close_currency
from app.booths.models import Hold
from app.db import db, transaction
from app.payments.models import Order, OrderState, Payment
from tests.conftest import Client
from tests.support.currencies import abroad, amounts, extra, held, opened, ordered
from tests.support.desk import Desk
from tests.support.market import Market
from tests.support.subsidy import granted
from tests.support.terms import code

FAIR = "/fairs/test-fair"
PAGE = f"{FAIR}/organise/selling/currencies"
API = "/api/v1/fairs/test-fair"
NEW = {"currency": "usd", "offered_to": "foreign", "bank_name": "Vietcombank", "bank_swift": "", "bank_account": ""}


def last_order(app: Flask) -> Order:
    with app.app_context():
        found = db.session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).one()
        db.session.expunge_all()
        return found


def order_of(app: Flask, reference: str) -> Order:
    with app.app_context():
        found = db.session.scalars(select(Order).where(Order.reference == reference)).one()
        db.session.expunge_all()
        return found


def hidden(text: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return found[1]


def test_the_organiser_opens_a_currency_and_types_its_list(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        power = extra(market)
    client.sign_in(market.cast.ola)
    refused = client.post(PAGE, data=NEW)
    assert refused.status_code == 422 and "Cần cả tên ngân hàng và số tài khoản" in refused.text
    assert 'value="Vietcombank"' in refused.text
    assert client.post(PAGE, data=NEW | {"bank_account": "007 137"}).location.endswith("/currencies/USD")
    again = client.post(PAGE, data=NEW | {"bank_name": ""})
    assert again.status_code == 422 and "có trong danh sách ở trên" in again.text, "its account is not emptied unseen"
    at = f"{PAGE}/USD"
    assert client.post(f"{at}/rates", data={"rate-zone": "A", "rate-kind": "", "rate-per_m2": "100"}).status_code == 303
    wrong = client.post(f"{at}/rates", data={"rate-zone": "", "rate-kind": "row", "rate-per_m2": "một trăm"})
    assert wrong.status_code == 422 and 'value="một trăm"' in wrong.text
    typed = {"booths-A03": "1.250,50", "was-booths-A03": "", "booths-A05": "oops", "was-booths-A05": ""}
    wrong = client.post(f"{at}/amounts/booths", data=typed)
    assert wrong.status_code == 422 and 'value="oops"' in wrong.text and 'value="1.250,50"' in wrong.text
    typed |= {"booths-A05": "", "booths-A07": "0.00", "was-booths-A07": "0.00"}
    assert client.post(f"{at}/amounts/booths?zone=A", data=typed).status_code == 303
    client.sign_out()
    client.sign_in(market.cast.sam)
    extras = {f"extras-{power}": "50", f"was-extras-{power}": ""}
    assert client.post(f"{at}/amounts/extras", data=extras).status_code == 303
    assert client.post(f"{at}/amounts/booths", data=typed).status_code == 403
    assert client.post(f"{at}/closing").status_code == 403
    page = client.get(f"{at}?zone=A").text
    assert "20 trong 20 gian đang bán có giá bằng USD." in page and "1.250,50" in page
    with app.app_context():
        listing = listing_of(market.fair, "USD")
        assert listing is not None and list(listing.booths.values()) == [125_050] and listing.extras == {power: 5_000}
    client.sign_out()
    client.sign_in(market.cast.ola)
    assert client.post(f"{at}/closing").status_code == 303
    assert "đã đóng" in client.get(PAGE).text
    assert client.post(f"{at}/amounts/extras", data=extras | {f"extras-{power}": "5"}).status_code == 404
    assert client.get(f"{PAGE}/EUR").status_code == 404
    log = client.get(f"{FAIR}/organise/audit").text
    assert "Mở loại tiền" in log and "– → 1250.50 USD" in log


def test_a_company_from_abroad_is_shown_the_list_holds_and_pays_by_card(
    app: Flask, client: Client, market: Market, desk: Desk
) -> None:
    with app.app_context():
        opened(market, offered_to="foreign")
        power = extra(market, usd=5_000)
        chairs = extra(market)
    stranger = client.get(f"{FAIR}/plan?booth=A03&hall=A")
    assert "Giá theo" in stranger.text and "15.840.000" in stranger.text
    chosen = client.post(f"{FAIR}/plan/currency?booth=A03&hall=A", data={"currency": "USD"})
    assert chosen.status_code == 303
    dollars = client.get(chosen.location, headers={"If-None-Match": stranger.headers["ETag"]})
    assert dollars.status_code == 200 and "990,00" in dollars.text and "nước khác" in dollars.text
    client.sign_in(market.cast.rita)
    assert "990,00" not in client.get(f"{FAIR}/plan?booth=A03").text, "at home it is not offered"
    client.sign_out()
    with app.app_context():
        abroad(market)
    client.sign_in(market.cast.ema)
    assert "990,00" in client.get(f"{FAIR}/plan?booth=A03").text
    assert "990,00" in client.get(f"{FAIR}/plan?view=list").text
    assert client.post(f"{FAIR}/booths/A03/hold", data={"currency": "USD"}).status_code == 303
    page = client.get(f"{FAIR}/plan?booth=A03").text
    assert (hidden(page, "net_minor"), hidden(page, f"price-{power}")) == ("90000", "5000")
    assert f'name="extra-{chairs}"' not in page and "không có giá USD" in page and "VietQR" not in page
    typed = {"pay_by": "card", "currency": "USD", f"extra-{power}": "2", f"price-{power}": "5000"}
    stale = client.post(f"{FAIR}/booths/A03/order", data=typed | {"net_minor": "89999"})
    assert stale.status_code == 409 and "Giá đã thay đổi" in stale.text and 'value="2"' in stale.text
    assert client.post(f"{FAIR}/booths/A03/order", data=typed | {"net_minor": "90000"}).status_code == 307
    order = last_order(app)
    assert (order.currency, order.total_minor) == ("USD", 110_000)
    client.post(f"{FAIR}/orders/{order.reference}/checkout")
    desk.pay(last_order(app).stripe_session_id or "", int(clock.now().timestamp()))
    desk.deliver()
    assert last_order(app).state == OrderState.PAID
    paid = client.get(f"{FAIR}/orders/{order.reference}").text
    assert "1.100,00" in paid and "₫" not in paid
    client.sign_out()
    client.sign_in(market.cast.ola)
    booths = client.get(f"{FAIR}/organise/booths").text
    assert "900,00" in booths
    lines = client.get(f"{FAIR}/organise/zones.csv").text.splitlines()
    assert [line.count('"USD"') for line in lines[1:]] == [0, 4, 0, 4]
    assert "900.00" in client.get(f"{FAIR}/organise/booths.csv?state=let").text


def test_what_stands_in_the_way_is_said_with_a_choice(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        opened(market, rate=0)
        amounts(market, "booths", A03=90_000)
    client.sign_in(market.cast.ema)
    client.post(f"{FAIR}/plan/currency", data={"currency": "USD"})
    page = client.get(f"{FAIR}/plan?pick=A03,A05").text
    assert "A05: không có giá USD. Hãy chọn VND, hoặc viết cho ban tổ chức." in page
    assert "/booths/A03,A05/hold" not in page
    assert client.post(f"{FAIR}/booths/A03,A05/hold", data={"currency": "USD"}).status_code == 409
    assert client.post(f"{FAIR}/booths/A03,A05/hold", data={"currency": "VND"}).status_code == 303
    refused = client.post(f"{FAIR}/booths/A03,A05/currency", data={"currency": "USD"})
    assert refused.status_code == 409 and "A05: không có giá USD" in refused.text
    client.post(f"{FAIR}/booths/A03,A05/hold", data={"_method": "DELETE"})
    assert client.post(f"{FAIR}/booths/A03/hold", data={"currency": "USD"}).status_code == 303
    with app.app_context():
        granted(market)
    page = client.get(f"{FAIR}/plan?booth=A03").text
    assert "chỉ chi trả bằng VND" in page and "/booths/A03/order" not in page
    assert client.post(f"{FAIR}/booths/A03/currency", data={"currency": "VND"}).status_code == 303
    assert hidden(client.get(f"{FAIR}/plan?booth=A03").text, "currency") == "VND"
    with app.app_context(), transaction():
        hold = db.session.scalars(select(Hold).where(Hold.state == "live")).one()
        hold.currency = "USD"
        close_currency(SYSTEM, market.fair, "USD", clock.now())
    page = client.get(f"{FAIR}/plan?booth=A03").text
    assert "không bán gian" in page and "Chọn VND" in page and "/booths/A03/order" not in page
    assert client.post(f"{FAIR}/booths/A03/currency", data={"currency": "VND"}).status_code == 303
    assert "/booths/A03/order" in client.get(f"{FAIR}/plan?booth=A03").text


def test_a_transfer_goes_to_its_own_account_and_is_noted_in_its_own_currency(
    app: Flask, client: Client, market: Market
) -> None:
    with app.app_context():
        opened(market)
        code(market, off_bp=None, off_minor=5_000, currency="USD")
        order = ordered(market, held(market, "A03"), code="TET-2020")
        reference = order.reference
        assert order.total_minor == 93_500
    client.sign_in(market.cast.ema)
    page = client.get(f"{FAIR}/orders/{reference}").text
    assert "0071370000" in page and "BFTVVNVX" in page and "0011001234567" not in page and "data:image" not in page
    client.sign_out()
    client.sign_in(market.cast.sam)
    booked = client.post(
        f"{FAIR}/organise/exhibitors/{market.cast.rival.id}/booths", data={"booths": "A05", "currency": "USD"}
    )
    assert booked.status_code == 302 and last_order(app).total_minor == 99_000
    assert last_order(app).currency == "USD"
    client.sign_out()
    client.sign_in(market.cast.fin)
    assert "currency=USD" in client.get(f"{FAIR}/orders/{reference}").text
    money = client.get(f"{FAIR}/organise/money?reference={reference}&amount=935.00&currency=USD").text
    assert "<option selected>USD" in money
    line = {"reference": reference, "amount": "935.00", "number": "FT1"}
    assert client.post(f"{FAIR}/organise/money/transfers", data=line | {"currency": "CHF"}).status_code == 422
    assert client.post(f"{FAIR}/organise/money/transfers", data=line | {"currency": "VND"}).status_code == 422
    other = line | {"currency": "VND", "amount": "93500", "number": "FT0"}
    assert client.post(f"{FAIR}/organise/money/transfers", data=other).status_code == 303
    assert order_of(app, reference).state == OrderState.AWAITING
    assert client.post(f"{FAIR}/organise/money/transfers", data=line | {"currency": "USD"}).status_code == 303
    assert order_of(app, reference).state == OrderState.PAID
    with app.app_context():
        assert [row.state for row in db.session.scalars(select(Payment).order_by(Payment.id))] == [
            "unmatched",
            "settled",
        ]
    money = client.get(f"{FAIR}/organise/money").text
    assert "935,00" in money and "khác loại tiền của đơn" in money
    client.sign_out()
    client.sign_in(market.cast.ola)
    assert "−50,00" in client.get(f"{FAIR}/organise/selling/codes").text


@pytest.fixture
def call(app: Flask, market: Market) -> Any:
    with app.app_context(), transaction():
        fair, own = market.cast.fair.id, market.cast.exhibitor.id
        tokens = {
            role: create_token(SYSTEM, fair, role, own if role == "exhibitor" else None, None, label="test")
            for role in ("organiser", "sales", "exhibitor")
        }

    def call(role: str, method: str, path: str, json: Any = None) -> Any:
        with app.test_client() as client:
            return client.open(
                API + path, method=method, json=json, headers={"Authorization": f"Bearer {tokens[role]}"}
            )

    return call


def test_programs_keep_lists_and_order_in_a_currency(app: Flask, market: Market, call: Any) -> None:
    terms = {"offered_to": "everybody", "bank_name": "VCB", "bank_account": "007"}
    assert call("sales", "PUT", "/currencies/USD", terms).status_code == 403
    assert call("organiser", "PUT", "/currencies/VND", terms).status_code == 422
    assert call("organiser", "PUT", "/currencies/USD/rates", {"per_m2_minor": 5}).status_code == 404
    assert call("organiser", "PUT", "/currencies/USD", terms).json["open"] is True
    assert call("organiser", "PUT", "/currencies/USD/rates", {"zone": "A", "per_m2_minor": 10_000}).status_code == 200
    wrong = call("organiser", "PUT", "/currencies/USD/amounts", {"booths": {"A03": 5}, "extras": {"99": 5}})
    assert wrong.status_code == 422
    put = call("organiser", "PUT", "/currencies/USD/amounts", {"booths": {"A05": 120_000}})
    assert put.json["booths"] == {"A05": 120_000} and put.json["rates"][0]["zone"] == "A"
    assert [one["currency"] for one in call("exhibitor", "GET", "/currencies").json["items"]] == ["VND", "USD"]
    shown = {one["number"]: one for one in call("exhibitor", "GET", "/booths?limit=20").json["items"]}
    assert shown["A05"]["price_minor"] == 14_400_000 and shown["A05"]["currency"] == "VND"
    assert shown["A05"]["prices"][1] == {"currency": "USD", "price_minor": 120_000, "list_price_minor": 120_000}
    booths = {"exhibitor": market.cast.exhibitor.id, "booths": ["A05"]}
    refused = call("exhibitor", "POST", "/holds", booths | {"currency": "EUR"})
    assert (refused.status_code, refused.json["code"]) == (409, "currency_not_offered")
    hold = call("exhibitor", "POST", "/holds", booths).json
    assert hold["currency"] is None
    order = {"hold": hold["id"], "pay_by": "transfer", "currency": "USD"}
    stale = call("exhibitor", "POST", "/orders", order | {"net_minor": 119_999})
    assert (stale.status_code, stale.json["code"]) == (409, "price_changed")
    placed = call("exhibitor", "POST", "/orders", order | {"net_minor": 120_000}).json
    assert (placed["currency"], placed["total_minor"], placed["transfer"]["account"]) == ("USD", 132_000, "007")
    assert placed["transfer"]["vietqr"] is None
    state = call("organiser", "GET", "/zones/state").json["fair"]["money"]["agreed"]
    assert (state["agreed_minor"], state["agreed_else"]) == (0, {"USD": 120_000})
    assert call("organiser", "DELETE", "/currencies/USD").status_code == 204
    assert call("organiser", "DELETE", "/currencies/USD").status_code == 404
    assert "USD" not in call("exhibitor", "GET", "/booths").text
    still = call("exhibitor", "GET", f"/orders/{placed['reference']}").json
    assert (still["currency"], still["transfer"]["account"]) == ("USD", "007")
