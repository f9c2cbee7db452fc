"""Subsidised booths as people and programs meet them: pages, what was typed, rights, files, and the API."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import db, transaction
from app.payments.models import Order
from app.payments.papers import paper_pdf
from app.payments.support_models import Funder, FunderPayment, SupportGrant, SupportProgramme
from app.payments.support_papers import support_papers_of
from tests.conftest import Client
from tests.support.market import Market
from tests.support.paper import text_of
from tests.support.subsidy import FUNDER, granted, order, programme
from tests.support.terms import arrive

FAIR = "/fairs/test-fair"
PAGE = f"{FAIR}/organise/support"
API = "/api/v1/fairs/test-fair"
HALF = 7_920_000
TERMS = {
    "name": "Khuyến công 2019", "decision_number": "123/QĐ-SCT", "decision_on": "2019-03-01", "rate_percent": "50",
    "per_booth": "", "per_exhibitor": "", "budget": "20.000.000", "from_on": "2019-10-01", "to_on": "2019-11-30",
}  # fmt: skip
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def only(app: Flask, model: Any) -> Any:
    with app.app_context():
        found = db.session.scalars(select(model)).one()
        db.session.expunge_all()
        return found


@pytest.fixture
def paid(app: Flask, market: Market) -> str:
    """Ema's supported order, paid; its reference."""
    with app.app_context():
        granted(market)
        one = order(market, "A03")
        arrive(one, HALF)
        return one.reference


def test_sales_keep_a_funder_a_programme_and_a_grant(app: Flask, client: Client, market: Market) -> None:
    client.sign_in(market.cast.sam)
    refused = client.post(f"{PAGE}/funders/new", data=FUNDER | {"tax_code": ""})
    assert refused.status_code == 422 and f'value="{FUNDER["address"]}"' in refused.text
    assert client.post(f"{PAGE}/funders/new", data=FUNDER).status_code == 303
    payer = only(app, Funder)
    assert client.post(f"{PAGE}/funders/new", data=FUNDER).status_code == 422
    where = f"{PAGE}/funders/{payer.id}"
    assert client.post(f"{where}/details", data=FUNDER | {"address": "10 Phố Huế"}).status_code == 303
    for wrong, sentence in (
        ({"rate_percent": "0"}, "Mức hỗ trợ phải lớn hơn 0"),
        ({"rate_percent": "33.333"}, "nhiều nhất hai số lẻ"),
        ({"budget": "nhiều"}, 'value="nhiều"'),
        ({"to_on": "2019-09-01"}, "Ngày cuối"),
        ({"per_booth": "0"}, "Số tiền phải lớn hơn 0"),
    ):
        refused = client.post(f"{where}/programmes/new", data=TERMS | wrong)
        assert refused.status_code == 422 and sentence in refused.text, wrong
        assert 'value="123/QĐ-SCT"' in refused.text
    assert client.post(f"{where}/programmes/new", data=TERMS).status_code == 303
    one = only(app, SupportProgramme)
    assert (one.rate_bp, one.budget_minor, one.per_booth_minor) == (5000, 20_000_000, None)
    assert 'value="50"' in client.get(f"{PAGE}/programmes/{one.id}/terms").text
    grants = f"{PAGE}/programmes/{one.id}/grants"
    whom = {"exhibitor": str(market.cast.exhibitor.id), "province": "", "reason": "Làng nghề"}
    for wrong, sentence in (
        ({"reason": ""}, "Ghi lý do"),
        ({"province": "01"}, "Chọn một đơn vị, hoặc chọn cả một tỉnh."),
        ({"exhibitor": ""}, "Chọn một đơn vị, hoặc chọn cả một tỉnh."),
        ({"exhibitor": "999"}, "Làng nghề"),
        ({"document": (io.BytesIO(b"MZ"), "x.pdf")}, "PDF, PNG"),
    ):
        refused = client.post(grants, data=whom | wrong)
        assert refused.status_code == 422 and sentence in refused.text, wrong
    assert client.post(grants, data=whom | {"document": (io.BytesIO(PDF), "đơn.pdf")}).status_code == 303
    page = client.get(f"{PAGE}/programmes/{one.id}")
    assert "Gốm Chi" in page.text and "đơn.pdf" in page.text and "Sam" in page.text
    proof = client.get(f"{PAGE}/grants/{only(app, SupportGrant).id}/proof")
    assert proof.data == PDF and proof.headers["X-Content-Type-Options"] == "nosniff"
    assert "Trung tâm Khuyến công Hà Nội" in client.get(PAGE).text


def test_a_grant_is_withdrawn_until_an_order_has_it_and_its_proof_comes_later(
    app: Flask, client: Client, market: Market
) -> None:
    with app.app_context():
        one = granted(market).id
    client.sign_in(market.cast.ola)
    where = f"{PAGE}/grants/{one}"
    assert client.get(f"{where}/proof").status_code == 404
    refused = client.post(f"{where}/proof", data={})
    assert refused.status_code == 422 and "Hãy chọn tệp trước." in refused.text
    assert client.post(f"{where}/proof", data={"document": (io.BytesIO(PDF), "a.pdf")}).status_code == 303
    with app.app_context():
        order(market, "A03")
    refused = client.post(f"{where}/withdrawal")
    assert refused.status_code == 409 and "Đã có đơn dùng khoản hỗ trợ này" in refused.text
    one = only(app, SupportGrant).programme_id
    refused = client.post(f"{PAGE}/programmes/{one}/terms", data=TERMS | {"budget": "1.000.000"})
    assert refused.status_code == 409 and "7.920.000" in refused.text
    assert client.post(f"{PAGE}/programmes/{one}/withdrawal").status_code == 303
    assert client.get(f"{PAGE}/programmes/{one}/terms").status_code == 404


def test_an_exhibitor_sees_it_before_ordering_and_pays_the_rest(
    app: Flask, client: Client, market: Market, statements: Any
) -> None:
    with app.app_context():
        granted(market)
        market.hold("A03")
    client.sign_in(market.cast.ema)
    with statements() as seen:
        page = client.get(f"{FAIR}/plan").text
    assert len([one for one in seen if "FROM support_" in one]) == 1
    assert "Hỗ trợ từ Trung tâm Khuyến công Hà Nội" in page and f'value="{HALF}"' in page
    assert "bạn chỉ trả phần còn lại" in page
    typed = {"pay_by": "transfer", "support_minor": "1"}
    refused = client.post(f"{FAIR}/booths/A03/order", data=typed)
    assert refused.status_code == 409 and "nên số phải trả đã khác" in refused.text
    assert client.post(f"{FAIR}/booths/A03/order", data=typed | {"support_minor": str(HALF)}).status_code == 303
    one = only(app, Order)
    page = client.get(f"{FAIR}/orders/{one.reference}").text
    assert "Hỗ trợ từ Trung tâm Khuyến công Hà Nội" in page and "15.840.000" in page
    assert PAGE not in page
    client.sign_in(market.cast.rita)
    assert client.get(f"{FAIR}/orders/{one.reference}").status_code == 404


def test_who_is_supported_whole_books_and_has_the_booth(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        granted(market, rate_bp=10_000)
        market.hold("A03")
    client.sign_in(market.cast.ema)
    page = client.get(f"{FAIR}/plan").text
    assert "bạn không phải trả gì" in page and 'type="radio" name="pay_by"' not in page
    typed = {"pay_by": "transfer", "support_minor": "15840000"}
    assert client.post(f"{FAIR}/booths/A03/order", data=typed).status_code == 303
    page = client.get(f"{FAIR}/orders/{only(app, Order).reference}").text
    assert "Gian A03 là của bạn" in page and "Hợp đồng" in page


def test_the_list_is_a_page_a_paper_and_a_file(
    app: Flask, client: Client, market: Market, paid: str, statements: Any
) -> None:
    client.sign_in(market.cast.fin)
    where = f"{PAGE}/funders/{only(app, Funder).id}"
    with statements() as seen:
        page = client.get(where).text
    assert len(seen) <= 15
    assert "HT2019-00001" in page and "còn phải trả 7.920.000" in page
    refused = client.post(f"{where}/payments", data={"number": "KB1", "amount": "nhiều"})
    assert refused.status_code == 422 and 'value="nhiều"' in refused.text and 'value="KB1"' in refused.text
    for _twice in range(2):
        assert client.post(f"{where}/payments", data={"number": "KB1", "amount": "5.000.000"}).status_code == 303
    refused = client.post(f"{where}/payments", data={"number": "kb 1", "amount": "6.000.000"})
    assert refused.status_code == 409 and "KB1" in refused.text
    assert "còn phải trả 2.920.000" in client.get(where).text
    table = client.get(f"{where}/list.csv?lang=vi").data.decode()
    assert table.count("\r\n") == 2 and "7920000" in table and "123/QĐ-SCT" in table and "HD2019-00001" in table
    assert client.get(f"{where}/list.xlsx").data[:2] == b"PK"
    said = text_of(client.get(f"{where}/list.pdf").data)
    assert "Gốm Chi" in said and "7.920.000" in said and "A03" in said
    with statements() as seen:
        page = client.get(f"{FAIR}/orders/{paid}").text
    assert len(seen) <= 15
    paper = page.partition("support/papers/")[2].partition(".pdf")[0]
    assert client.get(f"{PAGE}/papers/{paper}.pdf").data[:5] == b"%PDF-"
    assert client.get(f"{PAGE}/papers/99.pdf").status_code == 404
    back = f"{where}/payments/{only(app, FunderPayment).id}/taking-back"
    assert client.post(back).status_code == 303
    assert "còn phải trả 7.920.000" in client.get(where).text
    for page in ("", "/funders/new"):
        assert client.get(f"{PAGE}{page}").status_code == (403 if page else 200)
    client.sign_in(market.cast.sam)
    assert client.post(f"{where}/payments", data={"number": "KB2", "amount": "5.000.000"}).status_code == 403


@pytest.mark.parametrize("who", ["ema", "rita", "bao", "gia", "stan", "dana"])
def test_nobody_else_reads_or_grants(app: Flask, client: Client, market: Market, paid: str, who: str) -> None:
    payer, one = only(app, Funder), only(app, SupportProgramme)
    client.sign_in(getattr(market.cast, who))
    pages = ("", f"/funders/{payer.id}", f"/programmes/{one.id}", f"/funders/{payer.id}/list.csv", "/papers/2.pdf")
    for page in pages:
        assert client.get(PAGE + page).status_code in (403, 404), page
    assert client.post(f"{PAGE}/programmes/{one.id}/grants", data={}).status_code in (403, 404)


def test_english_words(app: Flask, client: Client, market: Market, paid: str) -> None:
    client.sign_in(market.cast.ola)
    payer, one = only(app, Funder), only(app, SupportProgramme)
    page = client.get(f"{PAGE}/funders/{payer.id}?lang=en").text
    assert "Hanoi Promotion Centre" in page and "Invoiced and standing" in page
    assert "50 % of the booth's price before VAT" in client.get(f"{PAGE}/programmes/{one.id}?lang=en").text
    log = client.get(f"{FAIR}/organise/audit?lang=en").text
    assert "Support granted" in log and "Programme of support added" in log and "Khuyến công 2019" in log


def test_subsidies_over_the_api(app: Flask, market: Market) -> None:
    cast, tokens = market.cast, {}
    with app.app_context(), transaction():
        for role in ("organiser", "sales", "finance"):
            tokens[role] = create_token(SYSTEM, cast.fair.id, role, None, None, label="test")
        tokens["exhibitor"] = create_token(SYSTEM, cast.fair.id, "exhibitor", cast.exhibitor.id, None, label="test")

    def call(role: str, method: str, path: str, json: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {tokens[role]}"}
        with app.test_client() as client:
            return client.open(f"{API}{path}", method=method, json=json, headers=headers)

    payer = call("sales", "POST", "/funders", FUNDER)
    assert payer.status_code == 201, payer.text
    where = f"/funders/{payer.json['id']}"
    assert call("sales", "PUT", where, FUNDER | {"address": "10 Phố Huế"}).json["address"] == "10 Phố Huế"
    assert call("finance", "POST", "/funders", FUNDER).status_code == 403
    asked = {
        "name": "Khuyến công", "decision_number": "123", "decision_on": "2019-03-01", "rate_bp": 5000,
        "budget_minor": 20_000_000, "from_on": "2019-10-01", "to_on": "2019-11-30",
    }  # fmt: skip
    made = call("sales", "POST", f"{where}/programmes", asked)
    assert (made.status_code, made.json["taken_minor"]) == (201, 0)
    one = f"/support-programmes/{made.json['id']}"
    assert call("sales", "POST", f"{where}/programmes", asked | {"rate_bp": 10_001}).status_code == 422
    grant = {"exhibitor": cast.exhibitor.id, "reason": "Làng nghề"}
    first = call("sales", "POST", f"{one}/grants", grant)
    assert (first.status_code, first.json["has_proof"]) == (201, False)
    assert call("sales", "POST", f"{one}/grants", grant).json["id"] == first.json["id"]
    assert call("exhibitor", "POST", f"{one}/grants", grant).status_code == 403
    [own] = call("exhibitor", "GET", "/support").json["items"]
    assert (own["rate_bp"], own["funder"]) == (5000, FUNDER["name"])
    hold = call("exhibitor", "POST", "/holds", {"exhibitor": cast.exhibitor.id, "booths": ["A03"]}).json["id"]
    wanted = {"hold": hold, "pay_by": "transfer", "support_minor": HALF + 1}
    assert call("exhibitor", "POST", "/orders", wanted).json["code"] == "support_changed"
    placed = call("exhibitor", "POST", "/orders", wanted | {"support_minor": HALF})
    assert (placed.status_code, placed.json["total_minor"]) == (201, HALF)
    assert [line["kind"] for line in placed.json["lines"]] == ["booth", "support"]
    assert call("sales", "DELETE", f"/support-grants/{first.json['id']}").json["code"] == "support_in_use"
    assert call("sales", "PUT", one, asked | {"budget_minor": 1}).json["code"] == "support_budget_taken"
    with app.app_context():
        arrive(db.session.scalars(select(Order)).one(), HALF)
    assert call("exhibitor", "GET", f"{where}/list").status_code == 403
    assert call("sales", "POST", f"{where}/payments", {"number": "KB1", "amount_minor": 5}).status_code == 403
    paid = call("finance", "POST", f"{where}/payments", {"number": "kb 1", "amount_minor": 20})
    assert (paid.status_code, paid.json["number"]) == (201, "KB1")
    assert call("finance", "POST", f"{where}/payments", {"number": "--", "amount_minor": 5}).status_code == 422
    shown = call("finance", "GET", f"{where}/list").json
    [row], [sums] = shown["items"], shown["sums"]
    assert (row["state"], row["support_minor"], row["booths"], row["invoice"]) == (
        "invoiced", HALF, ["A03"], "HT2019-00001",
    )  # fmt: skip
    assert (sums["stands_minor"], sums["open_minor"]) == (HALF, HALF - 20)
    assert call("finance", "DELETE", f"{where}/payments/{paid.json['id']}").status_code == 204
    assert call("finance", "GET", f"{where}/list").json["payments"] == []
    assert call("sales", "DELETE", one).status_code == 204
    assert [each["withdrawn_at"] is None for each in call("sales", "GET", f"{where}/programmes").json["items"]] == [
        False
    ]
    assert len(call("sales", "GET", f"{one}/grants").json["items"]) == 1
    assert len(call("sales", "GET", "/funders").json["items"]) == 1


def test_another_fairs_funder_is_not_there(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        one = programme(market)
    client.sign_in(market.cast.ola)
    for page in (f"/funders/{one.funder_id}", f"/programmes/{one.id}"):
        assert client.get(f"/fairs/other-fair/organise/support{page}").status_code in (403, 404)


def test_the_ceiling_is_named_and_the_booths_say_what_funders_bear(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        granted(market, per_booth_minor=3_300_000)
        one = order(market, "A03")
        arrive(one, one.total_minor)
        paper = support_papers_of(one)[0]
        said = text_of(paper_pdf(market.fair, one, paper))
        payer = db.session.scalars(select(Funder.id)).one()
    assert "at most VND 3,300,000 a booth with VAT" in " ".join(said.split())
    assert "of 1 March 2019" in " ".join(said.split())
    client.sign_in(market.cast.fin)
    assert "nhiều nhất 3.300.000\u00a0₫ mỗi gian" in client.get(f"{PAGE}/funders/{payer}").text
    assert "3300000" in client.get(f"{PAGE}/funders/{payer}/list.csv").text
    client.sign_in(market.cast.sam)
    assert "bên hỗ trợ chịu 3.000.000\u00a0₫" in client.get("/fairs/test-fair/organise/booths").text


def test_moneys_list_ends_with_its_total(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        totals = [order(market, number).total_minor for number in ("A03", "A01")]
    client.sign_in(market.cast.fin)
    page = client.get("/fairs/test-fair/organise/money?state=open").text
    foot = page.split("<tfoot>")[1].split("</tfoot>")[0]
    assert f"{sum(totals):,}".replace(",", ".") in foot
