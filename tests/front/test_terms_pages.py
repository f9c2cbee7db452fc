"""Deposit, fees and codes as people and programs meet them: pages, what was typed, rights, and the API."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.booths.cancelling import cancellation_of
from app.booths.discount_models import DiscountCode
from app.db import db, transaction
from app.payments.models import CancellationStep, Order, OrderState
from app.payments.refunds import going_back
from app.payments.schedule import terms_of
from tests.conftest import Client
from tests.support.desk import Desk
from tests.support.market import Market, later
from tests.support.terms import DEPOSIT, PRICE, arrive, code, deposit, fees, fresh

FAIR = "/fairs/test-fair"
PAGE = f"{FAIR}/organise/selling"
API = "/api/v1/fairs/test-fair"
SCHEDULE = {"schedule-deposit_percent": "30", "schedule-balance_on": "2019-11-12", "schedule-balance_days_before": ""}


@pytest.fixture
def deposited(app: Flask, market: Market) -> str:
    """Ema's order with its deposit paid and fees set; its reference."""
    with app.app_context():
        deposit(market)
        fees(market)
        order = market.order(market.hold("A03"), "transfer")
        arrive(order, DEPOSIT)
        return order.reference


def order_of(app: Flask, reference: str) -> Order:
    with app.app_context():
        found = db.session.scalars(select(Order).where(Order.reference == reference)).one()
        db.session.expunge_all()
        return found


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"schedule-deposit_percent": "100"}, "Tiền cọc phải lớn hơn 0"),
        ({"schedule-deposit_percent": "33.333"}, "nhiều nhất hai số lẻ"),
        ({"schedule-balance_on": ""}, "Chỉ ghi ngày trả phần còn lại"),
        ({"schedule-balance_on": "2019-12-20"}, "muộn nhất vào ngày khai mạc, 12.12.2019"),
        ({"schedule-balance_on": "2019-10-01"}, "Ngày đó đã qua"),
    ],
)
def test_a_schedule_is_set_or_refused_with_what_was_typed(
    app: Flask, client: Client, market: Market, typed: dict[str, str], sentence: str
) -> None:
    client.sign_in(market.cast.ola)
    refused = client.post(f"{PAGE}/schedule", data=SCHEDULE | typed)
    assert refused.status_code == 422 and sentence in refused.text
    for name, value in (SCHEDULE | typed).items():
        assert f'name="{name}"' in refused.text and f'value="{value}"' in refused.text
    assert client.post(f"{PAGE}/schedule", data=SCHEDULE).status_code == 303
    page = client.get(PAGE).text
    assert "trả cọc 30 %" in page and "17:00" in page
    terms = client.get(f"{FAIR}/terms?lang=en").text
    assert "30 % of an order is due when it is placed" in terms
    assert client.post(f"{PAGE}/schedule/removal").status_code == 303
    with app.app_context():
        assert terms_of(market.cast.fair.id).deposit_bp is None  # type: ignore[union-attr]


def test_fees_are_added_refused_and_removed(app: Flask, client: Client, market: Market) -> None:
    client.sign_in(market.cast.ola)
    assert (
        client.post(f"{PAGE}/fees", data={"step-until_on": "2019-10-31", "step-fee_percent": "10"}).status_code == 303
    )
    falls = client.post(f"{PAGE}/fees", data={"step-until_on": "2019-11-30", "step-fee_percent": "5"})
    assert (
        falls.status_code == 422 and "đến hết 31.10.2019 là 10 %" in falls.text and 'value="2019-11-30"' in falls.text
    )
    late = client.post(f"{PAGE}/fees", data={"step-until_on": "2019-12-12", "step-fee_percent": "50"})
    assert late.status_code == 422 and "ngày cuối là 11.12.2019" in late.text
    assert "10 %" in client.get(f"{FAIR}/terms").text
    assert client.post(f"{PAGE}/fees/rule/at_once").status_code == 303
    assert "thực hiện ngay theo quy định" in client.get(PAGE).text
    with app.app_context():
        step = db.session.scalars(select(CancellationStep.id)).one()
    for status in (303, 404):
        assert client.post(f"{PAGE}/fees/{step}/removal").status_code == status


CODE = {"code": "tet 2020", "off_percent": "10", "off_amount": "", "from_on": "2019-10-01", "to_on": "2019-10-31"}


def test_codes_are_added_seen_with_their_uses_and_removed(app: Flask, client: Client, market: Market) -> None:
    client.sign_in(market.cast.ola)
    assert client.post(f"{PAGE}/codes", data=CODE | {"most": "2"}).status_code == 303
    for wrong, sentence in (
        ({"code": "ấm"}, "3 đến 20 chữ không dấu"), ({"off_percent": "100"}, "nhỏ hơn 100 phần trăm"),
        ({"off_amount": "5.000"}, "Chỉ ghi phần trăm hoặc số tiền"), ({"to_on": "2019-09-01"}, "Ngày cuối đứng trước"),
        ({"code": "TET2020"}, "Đã có mã này"), ({"off_percent": "", "off_amount": "x"}, "VND"),
    ):  # fmt: skip
        refused = client.post(f"{PAGE}/codes", data=CODE | {"most": "7", "code": "KHAC"} | wrong)
        assert refused.status_code == 422 and sentence in refused.text and 'value="7"' in refused.text, wrong
    client.sign_in(market.cast.ema)
    with app.app_context():
        market.hold("A03")
    placed = client.post(f"{FAIR}/booths/A03/order", data={"pay_by": "transfer", "code": "tet2020"})
    page = client.get(placed.location).text
    assert "Mã giảm giá TET2020" in page and "−1.440.000" in page and "14.256.000" in page
    client.sign_in(market.cast.ola)
    seen = client.get(f"{PAGE}/codes").text
    assert "Gốm Chi" in seen and "đã dùng 1 trên 2 lượt" in seen and "1.440.000" in seen
    with app.app_context():
        code_id = db.session.scalars(select(DiscountCode.id)).one()
    assert client.post(f"{PAGE}/codes/{code_id}/removal").status_code == 303


def test_a_code_that_is_refused_stays_typed_and_the_booths_stay_held(
    app: Flask, client: Client, market: Market
) -> None:
    with app.app_context():
        market.hold("A03")
    client.sign_in(market.cast.ema)
    refused = client.post(f"{FAIR}/booths/A03/order", data={"pay_by": "transfer", "code": "KHÔNG"})
    assert refused.status_code == 422
    assert "không có mã giảm giá “KHÔNG”" in refused.text and 'value="KHÔNG"' in refused.text
    assert 'aria-invalid="true"' in refused.text
    with app.app_context():
        assert market.booths(["A03"])["A03"].state == "held"


def test_the_drawer_says_what_is_due_now_and_when_the_rest_is(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        deposit(market)
        market.hold("A03")
    client.sign_in(market.cast.ema)
    drawer = client.get(f"{FAIR}/plan/drawer?booth=A03").text
    assert "đặt cọc 30 %" in drawer and "12.11.2019" in drawer


def test_the_balance_stands_in_portal_order_and_money(
    app: Flask, client: Client, market: Market, desk: Desk, deposited: str
) -> None:
    client.sign_in(market.cast.ema)
    order = client.get(f"{FAIR}/orders/{deposited}").text
    for said in ("Còn 11.088.000", "12.11.2019", "0011001234567", "bằng thẻ", "Đặt cọc", "Huỷ có phí", "Hợp đồng"):
        assert said in order, said
    assert "Còn lại trả trước" in client.get(f"{FAIR}/portal").text
    checkout = client.post(f"{FAIR}/orders/{deposited}/balance")
    assert checkout.status_code == 303 and "/desk/stripe/pay/" in checkout.location
    back = client.get(f"{FAIR}/orders/{deposited}/balance?back=paid")
    assert back.status_code == 303
    assert "hx-get" in client.get(back.location).text
    client.sign_in(market.cast.fin)
    assert "11.088.000" in client.get(f"{FAIR}/organise/money").text
    assert 'id="late"' not in client.get(f"{FAIR}/organise/money").text
    later(days=40)
    money = client.get(f"{FAIR}/organise/money?state=late").text
    assert 'id="late"' in money and "Gốm Chi" in money and deposited in money
    client.sign_in(market.cast.ema)
    assert "Trả phần còn lại của đơn" in client.get(f"{FAIR}/portal").text
    assert "Quá hạn: 11.088.000" in client.get(f"{FAIR}/orders/{deposited}").text


def test_today_names_late_balances_and_cancellations(
    app: Flask, client: Client, market: Market, deposited: str
) -> None:
    from app.access import Principal, Role
    from app.front.todo import todos

    client.sign_in(market.cast.ema)
    ask(client, deposited)
    now = later(days=40)
    with app.test_request_context("/?lang=vi"):
        who = Principal(roles={Role.FINANCE})
        said = [one.what for one in todos(market.fair, who, date(2019, 11, 16), False, now)]
    assert {"1 yêu cầu huỷ chờ bạn", "1 đơn trả chậm phần còn lại"} <= set(said)


def ask(client: Client, reference: str, **more: Any) -> Any:
    typed = {"reason": "Xưởng cháy", "fee_minor": str(PRICE // 10)} | more
    return client.post(f"{FAIR}/orders/{reference}/calling-off", data=typed)


def test_cancelling_is_read_asked_and_decided(app: Flask, client: Client, market: Market, deposited: str) -> None:
    client.sign_in(market.cast.ema)
    page = client.get(f"{FAIR}/orders/{deposited}/calling-off").text
    for said in ("15.840.000", "1.584.000", "3.168.000", "Giao dịch đã ghi vẫn giữ nguyên"):
        assert said in page, said
    silent = ask(client, deposited, reason=" ")
    assert silent.status_code == 422 and "Hãy ghi lý do" in silent.text
    changed = ask(client, deposited, fee_minor="1")
    assert changed.status_code == 409 and "Xưởng cháy" in changed.text and "1.584.000" in changed.text
    assert ask(client, deposited).status_code == 303
    assert client.post(f"{FAIR}/orders/{deposited}/calling-off/decision").status_code == 403
    client.sign_in(market.cast.fin)
    assert deposited in client.get(f"{FAIR}/organise/money").text.partition('id="asked"')[2]
    decision = f"{FAIR}/orders/{deposited}/calling-off/decision"
    assert "Xưởng cháy" in client.get(f"{FAIR}/orders/{deposited}/calling-off").text
    assert client.post(decision, data={"decision": "accept", "reason": ""}).status_code == 422
    assert client.post(decision, data={"decision": "accept", "reason": "Đồng ý"}).status_code == 303
    again = client.post(decision, data={"decision": "accept", "reason": "Đồng ý"})
    assert again.status_code == 409
    order = client.get(f"{FAIR}/orders/{deposited}").text
    for said in ("Đơn này đã huỷ có phí", "1.584.000", "3.168.000", "Đồng ý", "Xưởng cháy"):
        assert said in order, said
    assert order_of(app, deposited).state == OrderState.CALLED_OFF
    assert "1.584.000" in client.get(f"{FAIR}/organise/money").text


def test_it_is_withdrawn_refused_or_done_by_the_organiser_unasked(
    app: Flask, client: Client, market: Market, deposited: str
) -> None:
    decision = f"{FAIR}/orders/{deposited}/calling-off/decision"
    client.sign_in(market.cast.ema)
    assert ask(client, deposited).status_code == 303
    assert client.post(f"{FAIR}/orders/{deposited}/calling-off/withdrawal").status_code == 303
    assert ask(client, deposited).status_code == 303
    client.sign_in(market.cast.ola)
    assert client.post(decision, data={"decision": "refuse", "reason": "Đã in sách"}).status_code == 303
    client.sign_in(market.cast.ema)
    assert "Đã in sách" in client.get(f"{FAIR}/orders/{deposited}").text
    client.sign_in(market.cast.ola)
    own = {"decision": "own", "reason": "Không trả", "fee_minor": str(PRICE // 10)}
    assert client.post(decision, data=own).status_code == 303
    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        wish = cancellation_of(order)
        assert wish is not None and (wish.state, wish.answer, fresh(order).state) == ("done", "Không trả", "called_off")


def test_a_strangers_order_is_nobodys_to_cancel(client: Client, market: Market, deposited: str) -> None:
    client.sign_in(market.cast.rita)
    assert client.get(f"{FAIR}/orders/{deposited}/calling-off").status_code == 404
    assert ask(client, deposited).status_code == 404
    assert client.post(f"{FAIR}/orders/{deposited}/balance").status_code == 404
    client.sign_in(market.cast.sam)  # sells booths, settles no money: where the rule decides, asking sends it back
    assert ask(client, deposited).status_code == 404
    assert client.post(f"{FAIR}/orders/{deposited}/calling-off/withdrawal").status_code == 404


@pytest.mark.parametrize("who", ["sam", "fin", "gia", "ema", "stan"])
def test_terms_are_set_by_the_organiser_alone(app: Flask, client: Client, market: Market, who: str) -> None:
    client.sign_in(getattr(market.cast, who))
    for path in ("schedule", "schedule/removal", "fees", "fees/rule/at_once", "codes"):
        assert client.post(f"{PAGE}/{path}", data=SCHEDULE).status_code == 403, path


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/codes", f"{FAIR}/organise/money", "order", "calling-off"])
def test_no_page_asks_the_database_more_than_15_times(
    client: Client, market: Market, statements: Any, deposited: str, path: str
) -> None:
    client.sign_in(market.cast.ola)
    order = f"{FAIR}/orders/{deposited}"
    address = {"order": order, "calling-off": f"{order}/calling-off"}.get(path, path)
    assert client.get(address).status_code == 200
    with statements() as seen:
        client.get(address)
    assert len(seen) <= 15, "\n".join(seen)


def speaking(app: Flask, token: str) -> Any:
    """A client that speaks as a program."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def test_all_of_it_over_the_api(app: Flask, market: Market) -> None:
    tokens: dict[str, str] = {}
    with app.app_context(), transaction():
        for role in ("organiser", "finance"):
            tokens[role] = create_token(SYSTEM, market.cast.fair.id, role, label="test")
        tokens["ema"] = create_token(SYSTEM, market.cast.fair.id, "exhibitor", market.cast.exhibitor.id, label="test")
    ola, ema, fin = (speaking(app, tokens[role]) for role in ("organiser", "ema", "finance"))
    asked = {"deposit_bp": 3000, "balance_on": "2019-11-12"}
    assert ola.put(f"{API}/payment-schedule", json={"deposit_bp": 3000}).status_code == 422
    assert ola.put(f"{API}/payment-schedule", json=asked).json["balance_due_at"] == "2019-11-12T10:00:00+00:00"
    for until_on, fee in (("2019-10-31", 1000), ("2019-11-30", 5000)):
        assert ola.post(f"{API}/cancellation-steps", json={"until_on": until_on, "fee_bp": fee}).status_code == 201
    made = {"code": "TET-2020", "off_bp": 1000, "from_on": "2019-10-01", "to_on": "2019-10-31", "most": 2}
    assert ola.post(f"{API}/discount-codes", json=made).json["taken"] == 0
    with app.app_context():
        hold = market.hold("A03").id
    body = {"hold": hold, "pay_by": "transfer", "code": "NEIN"}
    assert ema.post(f"{API}/orders", json=body).json["code"] == "discount_unknown"
    placed = ema.post(f"{API}/orders", json=body | {"code": "tet-2020"}).json
    assert [part["amount_minor"] for part in placed["instalments"]] == [4_276_800, 9_979_200]
    assert (placed["total_minor"], placed["missing_minor"]) == (14_256_000, 4_276_800)
    assert "54074276800" in placed["transfer"]["vietqr"]
    with app.app_context():
        arrive(db.session.scalars(select(Order)).one(), 4_276_800)
    one = f"{API}/orders/{placed['reference']}"
    order = ema.get(one).json
    assert (order["state"], order["missing_minor"]) == ("deposited", 9_979_200)
    assert "54079979200" in order["transfer"]["vietqr"]
    standing = ema.get(f"{one}/cancellation").json
    assert standing["today"]["fee_minor"] == 1_425_600 and standing["asked"] is None
    wish = {"reason": "Xưởng cháy", "fee_minor": 1}
    assert ema.post(f"{one}/cancellation", json=wish).json["code"] == "fee_changed"
    assert ema.post(f"{one}/cancellation", json=wish | {"fee_minor": 1_425_600}).status_code == 201
    assert ema.delete(f"{one}/cancellation").status_code == 204
    assert ema.delete(f"{one}/cancellation").json["code"] == "cancellation_decided"
    ema.post(f"{one}/cancellation", json=wish | {"fee_minor": 1_425_600})
    assert ema.post(f"{one}/cancellation/decision", json={"decision": "accept", "reason": "x"}).status_code == 403
    done = fin.post(f"{one}/cancellation/decision", json={"decision": "accept", "reason": "Đồng ý"}).json
    assert (done["state"], done["kept_minor"], done["refund_minor"]) == ("done", 1_425_600, 2_851_200)
    [kept] = ola.get(f"{API}/discount-codes").json["items"]
    assert kept["taken"] == 0
    assert ola.delete(f"{API}/discount-codes/{kept['id']}").status_code == 204
    assert ola.delete(f"{API}/discount-codes/{kept['id']}").status_code == 404
    for step in ola.get(f"{API}/cancellation-steps").json["items"]:
        assert ola.delete(f"{API}/cancellation-steps/{step['id']}").status_code == 204
    assert ola.delete(f"{API}/payment-schedule").status_code == 204
    assert ola.get(f"{API}/payment-schedule").json["deposit_bp"] is None


@pytest.mark.parametrize("kind", ["invoice", "contract", "receipt"])
def test_papers_of_an_order_in_parts_are_printed(client: Client, app: Flask, market: Market, kind: str) -> None:
    with app.app_context():
        fees(market)
        deposit(market)
        code(market)
        order = market.order(market.hold("A03"), "transfer")
        arrive(order, DEPOSIT)
        arrive(order, PRICE - DEPOSIT, "FT2")
        reference = order.reference
    client.sign_in(market.cast.ema)
    answer = client.get(f"{FAIR}/orders/{reference}/{kind}.pdf")
    assert answer.status_code == 200 and answer.data[:5] == b"%PDF-"


def test_the_credit_note_of_a_fee_is_printed(client: Client, app: Flask, market: Market, deposited: str) -> None:
    client.sign_in(market.cast.ola)
    own = {"decision": "own", "reason": "Không trả", "fee_minor": str(PRICE // 10)}
    client.post(f"{FAIR}/orders/{deposited}/calling-off/decision", data=own)
    answer = client.get(f"{FAIR}/orders/{deposited}/credit_note.pdf")
    assert answer.status_code == 200 and answer.data[:5] == b"%PDF-"


def test_a_called_off_order_says_which_payment_goes_back_how_far(
    client: Client, app: Flask, market: Market, deposited: str
) -> None:
    with app.app_context():
        arrive(order_of(app, deposited), PRICE - DEPOSIT, "FT2")
    client.sign_in(market.cast.ola)
    tenth = PRICE // 10
    done = {"decision": "own", "reason": "Xưởng cháy", "fee_minor": str(tenth)}
    assert client.post(f"{FAIR}/orders/{deposited}/calling-off/decision", data=done).status_code == 303
    page = client.get(f"{FAIR}/orders/{deposited}").text
    assert "trong đó hoàn lại" in page
    with app.app_context():
        parts = going_back(order_of(app, deposited))
    assert sum(part.minor for part in parts.values()) == PRICE - tenth
