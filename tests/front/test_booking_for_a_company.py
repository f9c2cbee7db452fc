"""Sales books for a company that wrote or called: works, refused, repeated."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit import AuditEntry
from app.booths.models import BoothState
from app.db import db
from app.mail import Mail
from app.payments.models import Order
from tests.conftest import Client
from tests.support.market import Market


@pytest.fixture
def page(market: Market) -> str:
    return f"/fairs/test-fair/organise/exhibitors/{market.cast.exhibitor.id}"


def test_booths_are_kept_ordered_and_mailed_in_one_step(app: Flask, client: Client, market: Market, page: str) -> None:
    client.sign_in(market.cast.sam)
    assert "Đặt gian cho đơn vị này" in client.get(page).text
    answer = client.post(f"{page}/booths", data={"booths": "a03; A05"})
    assert answer.status_code == 302
    with app.app_context():
        order = db.session.scalars(select(Order)).one()
        assert answer.headers["Location"].endswith(order.reference)
        assert (order.pay_by, order.state, order.exhibitor_id) == ("transfer", "awaiting", market.cast.exhibitor.id)
        assert {b.state for b in market.booths(["A03", "A05"]).values()} == {BoothState.RESERVED}
        assert db.session.scalars(select(Mail.template)).all() == ["order_transfer"]
        deeds = set(db.session.execute(select(AuditEntry.action, AuditEntry.actor)))
        assert {
            ("hold.made", f"person:{market.cast.sam.id}"),
            ("order.placed", f"person:{market.cast.sam.id}"),
        } <= deeds
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [("", 422, "Chọn ít nhất một gian"), ("A03 Z99", 404, "Z99"), ("A03 A04", 409, "A04")],
)
def test_what_cannot_be_had_is_named_and_nothing_is_kept(
    app: Flask, client: Client, market: Market, page: str, typed: str, status: int, sentence: str
) -> None:
    with app.app_context():
        market.hold("A04", rival=True)
    client.sign_in(market.cast.sam)
    answer = client.post(f"{page}/booths", data={"booths": typed})
    assert answer.status_code == status
    assert sentence in answer.text and f'value="{typed}"' in answer.text
    with app.app_context():
        assert market.booths(["A03"])["A03"].state == BoothState.FREE
        assert db.session.scalars(select(Order)).first() is None


def test_pressed_twice_books_once(app: Flask, client: Client, market: Market, page: str) -> None:
    client.sign_in(market.cast.sam)
    assert [client.post(f"{page}/booths", data={"booths": "A03"}).status_code for _twice in range(2)] == [302, 409]
    with app.app_context():
        assert len(list(db.session.scalars(select(Order)))) == 1


def test_only_the_owner_and_sales_may(client: Client, market: Market, page: str) -> None:
    for person in (market.cast.fin, market.cast.gia, market.cast.ema):
        client.sign_in(person)
        assert client.post(f"{page}/booths", data={"booths": "A03"}).status_code == 403
