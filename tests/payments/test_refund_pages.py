"""What goes back by card on the money page: Stripe does it, and where Stripe refuses a person does, once."""

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import SYSTEM, AuditEntry
from app.db import db, transaction
from app.fulfilment import give_back
from app.payments import stripe_gateway
from app.payments.models import Payment, PaymentState, Refund
from app.payments.refunds import send_refunds
from tests.conftest import Client
from tests.payments.test_card_orders import paid_too_late
from tests.support.desk import Desk
from tests.support.market import Market

MONEY = "/fairs/test-fair/organise/money"


@pytest.fixture
def refund_id(app: Flask, market: Market, desk: Desk, client: Client) -> int:
    """A refund that is due on a card; finance is signed in."""
    with app.app_context():
        order = paid_too_late(market, desk, "A03")
        with transaction():
            give_back(SYSTEM, order, clock.now())
        found = db.session.scalars(select(Refund.id)).one()
    client.sign_in(market.cast.fin)
    return found


@pytest.fixture
def refusing(app: Flask, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Let Stripe refuse what is due."""

    def refuse(*_: object) -> str:
        raise stripe_gateway.CardServiceRefused(code="charge_disputed")

    def sweep() -> None:
        with monkeypatch.context() as patched, app.app_context():
            patched.setattr(stripe_gateway, "refund", refuse)
            send_refunds()

    return sweep


def test_what_stripe_gives_back_is_not_noted_by_hand(app: Flask, client: Client, desk: Desk, refund_id: int) -> None:
    desk.http.down = True
    with app.app_context():
        send_refunds()
    answer = client.post(f"{MONEY}/refunds/{refund_id}/done")
    assert answer.status_code == 409 and "Khoản này do Stripe tự hoàn" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Refund.state)).one() == "due"
    assert "Stripe tự hoàn trong vòng một phút" in client.get(MONEY).text
    desk.http.down = False
    with app.app_context():
        send_refunds()
        assert db.session.scalars(select(Refund.state)).one() == "done"


def test_refund_that_stripe_refused_is_given_back_by_hand_or_asked_again(
    app: Flask, client: Client, refund_id: int, refusing
) -> None:
    refusing()
    page = client.get(MONEY).text
    assert "Stripe từ chối lệnh hoàn" in page
    assert page.count("payments/") == page.count(f"refunds/{refund_id}/done") == 1, "one task, two ways"
    with app.app_context():
        payment_id = db.session.scalars(select(Payment.id)).one()
    assert client.post(f"{MONEY}/payments/{payment_id}/refund").status_code == 303
    assert client.post(f"{MONEY}/refunds/{refund_id}/done").status_code == 409, "it was asked for again: not both"
    refusing()
    with app.app_context():
        second = db.session.scalars(select(Refund.id).order_by(Refund.id.desc())).first()
    for _twice in range(2):
        assert client.post(f"{MONEY}/refunds/{second}/done").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Refund.state).order_by(Refund.id)).all() == ["failed", "done"]
        assert db.session.scalars(select(Payment.state)).one() == PaymentState.REFUNDED
        finished = select(AuditEntry.details).where(AuditEntry.action == "refund.finished")
        assert db.session.scalars(finished).all() == [{"by_hand": True}]
    assert "Mọi khoản tiền đều đã rõ" in client.get(MONEY).text
