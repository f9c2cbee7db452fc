"""An order's page: each sees what is theirs to do, and decides no more than that."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM
from app.db import db, transaction
from app.fulfilment import receive_payment
from app.money import Money
from app.payments.models import Order, OrderState, Payment, Refund
from app.payments.settlement import Arrival
from tests.support.market import Market

FAIR = "/fairs/test-fair"
PRICE = 15_840_000


def ordered(app: Flask, market: Market, *amounts: int) -> tuple[str, int]:
    """Reference and id of an order by transfer for A03, for which these amounts have come."""
    with app.app_context():
        order = market.order(market.hold("A03"), "transfer")
        for n, minor in enumerate(amounts):
            with transaction():
                arrival = Arrival("transfer", f"FT{n}", Money(minor, "VND"), clock.now())
                receive_payment(SYSTEM, order.fair_id, order.id, arrival, clock.now())
        return order.reference, order.id


@pytest.mark.parametrize("name", ["ema", "sam"])
def test_a_paid_order_is_given_back_by_finance_alone(app: Flask, client: Any, market: Market, name: str) -> None:
    reference, order_id = ordered(app, market, PRICE)
    client.sign_in(getattr(market.cast, name))
    assert client.post(f"{FAIR}/orders/{reference}/choice", data={"booths": ""}).status_code == 409
    assert client.post(f"{FAIR}/organise/money/orders/{reference}/refund").status_code == 403
    with app.app_context():
        assert db.session.get_one(Order, order_id).state == OrderState.PAID
        assert db.session.scalar(select(func.count()).select_from(Refund)) == 0
    client.sign_in(market.cast.fin)
    assert client.post(f"{FAIR}/organise/money/orders/{reference}/refund").status_code == 303
    with app.app_context():
        assert db.session.get_one(Order, order_id).state == OrderState.REFUNDED


def test_a_part_that_came_for_a_cancelled_order_waits_to_be_sent_back(app: Flask, client: Any, market: Market) -> None:
    reference, order_id = ordered(app, market, 5_000_000)
    client.sign_in(market.cast.ema)
    path = f"{FAIR}/orders/{reference}"
    assert "5.000.000" in client.get(path).text
    client.post(f"{path}/cancellation")
    page = client.get(path).text
    assert "Đã nhận 5.000.000" in page and "hoàn lại" in page
    with app.app_context():
        assert db.session.scalars(select(Payment.reason).where(Payment.order_id == order_id)).one() == "order_ended"
    client.sign_in(market.cast.fin)
    assert "hãy hoàn lại" in client.get(f"{FAIR}/organise/money").text


def test_finance_notes_a_transfer_from_the_orders_page(app: Flask, client: Any, market: Market) -> None:
    reference, _order_id = ordered(app, market)
    client.sign_in(market.cast.fin)
    page = client.get(f"{FAIR}/orders/{reference}").text
    assert "Bạn chuyển" not in page, "these words are the payer's"
    [link] = re.findall(rf'href="({FAIR}/organise/money\?[^"]+)"', page)
    form = client.get(html.unescape(link)).text
    assert f'value="{reference}"' in form and 'value="15840000"' in form
