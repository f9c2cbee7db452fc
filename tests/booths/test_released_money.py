"""A paid booth that was released: its money waits in Money until somebody says what becomes of it."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.allocation.applying import Asked, keep_wishes
from app.audit import SYSTEM, AuditEntry
from app.booths.moving import release_booth, transfer_booth
from app.booths.released_money import ReleaseSettled, released_orders, settle_release
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors
from app.fairs.models import Fair
from app.fulfilment import give_back
from app.payments.models import Order
from app.payments.orders import OrderNotOpen
from tests.conftest import Client
from tests.support.market import Market
from tests.support.subsidy import granted
from tests.support.subsidy import order as supported
from tests.support.terms import arrive, fresh

WHY, KEPT = "Không đến ngày khai mạc", "Theo điều 7 hợp đồng, không hoàn phí."
MONEY, TODAY = "/fairs/test-fair/organise/money", "/fairs/test-fair/organise/"


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def paid(market: Market, *numbers: str) -> Order:
    one = market.order(market.hold(*numbers), "transfer")
    arrive(one, one.total_minor, f"FT-{one.reference}")
    return fresh(one)


def release(market: Market, number: str, of: int | None = None) -> None:
    with transaction():
        release_booth(SYSTEM, market.fair, number, of or market.cast.exhibitor.id, "no_show", WHY, clock.now())


def waiting(market: Market) -> list[tuple[str, list[str]]]:
    db.session.commit()
    return [(one.reference, one.numbers) for one in released_orders(market.cast.fair.id, 50)]


def settle(market: Market, order: Order, words: str = KEPT) -> bool:
    with transaction():
        return settle_release(SYSTEM, market.fair, order, words, clock.now())


@pytest.mark.usefixtures("context")
def test_it_waits_until_somebody_says_why_and_asks_anew_for_another_booth(market: Market) -> None:
    one = paid(market, "A03", "A05")
    with pytest.raises(OrderNotOpen):
        settle(market, one)
    assert waiting(market) == []
    release(market, "A03")
    assert waiting(market) == [(one.reference, ["A03"])]
    for words in (" ", "x" * 301):
        with pytest.raises(FieldErrors):
            settle(market, one, words)
    assert settle(market, one)
    assert not settle(market, one)
    with pytest.raises(ReleaseSettled):
        settle(market, one, "Khác")
    assert waiting(market) == []
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "order.release_settled")).one()
    assert (entry.subject_id, entry.details) == (str(one.id), {"reason": KEPT})
    release(market, "A05")
    assert waiting(market) == [(one.reference, ["A03", "A05"])]
    with transaction():
        give_back(SYSTEM, fresh(one), clock.now())
    assert waiting(market) == []


@pytest.mark.usefixtures("context")
def test_a_booth_that_was_handed_on_waits_with_who_paid_and_what_cost_nothing_waits_not(market: Market) -> None:
    one, heir = paid(market, "A03"), market.cast.rival.id
    with transaction():
        transfer_booth(SYSTEM, market.fair, "A03", market.cast.exhibitor.id, heir, WHY, clock.now())
    assert waiting(market) == []
    release(market, "A03", heir)
    assert waiting(market) == [(one.reference, ["A03"])]
    with transaction():
        for booth in market.booths(["A07"]).values():
            booth.price_minor = 0
    free = fresh(supported(market, "A07"))
    assert (free.state, free.total_minor) == ("paid", 0)
    release(market, "A07")
    assert waiting(market) == [(one.reference, ["A03"])]
    granted(market, rate_bp=10_000, budget_minor=20_000_000)
    funded = supported(market, "A09")
    release(market, "A09")
    assert waiting(market) == [(one.reference, ["A03"]), (funded.reference, ["A09"])], "its funder has the invoice"


@pytest.mark.usefixtures("context")
def test_of_two_at_once_one_settles_it(app: Flask, market: Market) -> None:
    one = paid(market, "A03").id
    release(market, "A03")
    gate, said = threading.Barrier(2), []
    fair_id = market.cast.fair.id

    def run(words: str) -> None:
        with app.app_context():
            fair, order = db.session.get_one(Fair, fair_id), db.session.get_one(Order, one)
            gate.wait()
            try:
                said.append(str(retrying(lambda: settle_release(SYSTEM, fair, order, words, clock.now()))))
            except DomainError as error:
                said.append(error.code)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(words,)) for words in ("Giữ", "Trả ngoài")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["True", "release_settled"]


def test_finance_settles_it_on_the_page_and_over_the_api(
    app: Flask, client: Client, market: Market, call: Any, statements: Any
) -> None:
    with app.app_context():
        first, second = paid(market, "A03"), paid(market, "A05")
        release(market, "A03"), release(market, "A05")
    client.sign_in(market.cast.ola)
    assert "2 đơn đã trả tiền có gian bị thu hồi" in client.get(TODAY).text
    with statements() as seen:
        answer = client.get(MONEY)
        page = answer.text
    assert answer.status_code == 200, page
    assert len(seen) <= 15, "\n".join(seen)
    assert "Đã thu hồi gian, chưa hoàn tiền" in page and first.reference in page
    where = f"{MONEY}/orders/{first.reference}/released"
    refused = client.post(where, data={"words": "x" * 301})
    assert refused.status_code == 422
    assert "Rút gọn còn 300 ký tự." in refused.text and 'value="xxx' in refused.text
    assert client.post(where, data={"words": KEPT}).status_code == 303
    assert f'id="released-{first.reference}"' not in client.get(MONEY).text
    assert KEPT in client.get(f"/fairs/test-fair/orders/{first.reference}").text
    client.sign_in(market.cast.ema)
    assert KEPT not in client.get(f"/fairs/test-fair/orders/{first.reference}").text
    client.sign_in(market.cast.sam)
    assert client.post(where, data={"words": KEPT}).status_code in (403, 404)
    [listed] = call("finance", "GET", "/released-orders").json["items"]
    assert (listed["order"], listed["booths"], listed["paid_minor"]) == (second.reference, ["A05"], second.total_minor)
    path = f"/orders/{second.reference}/release-settlement"
    assert [call("finance", "POST", path, {"words": KEPT}).json for _twice in range(2)] == [
        {"done": True}, {"done": False}
    ]  # fmt: skip
    assert call("finance", "POST", path, {"words": "Khác"}).json["code"] == "release_settled"
    for role in ("sales", "exhibitor", "gate"):
        assert call(role, "POST", path, {"words": KEPT}).status_code in (403, 404)
        assert call(role, "GET", "/released-orders").status_code == 403


def test_a_released_booth_that_somebody_waits_for_is_not_said_to_be_free(
    app: Flask, client: Client, market: Market
) -> None:
    with app.app_context():
        paid(market, "A03"), paid(market, "A05")
        asked = Asked(wishes=[["A03"]])
        with transaction():
            keep_wishes(SYSTEM, market.fair, market.cast.rival.id, asked, 0, clock.now())
    client.sign_in(market.cast.sam)
    said = {}
    for number in ("A03", "A05"):
        form = {"exhibitor": str(market.cast.exhibitor.id), "reason": "no_show", "why": WHY}
        where = f"/fairs/test-fair/organise/booths/{number}/release"
        said[number] = client.post(where, data=form, follow_redirects=True).text
    assert "Gian A03 dành cho danh sách chờ trước." in said["A03"]
    assert "Gian A05 nay đã trống." in said["A05"]
