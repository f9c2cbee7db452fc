"""What needs a person: each kind is said in words on the organiser's day, and leads to a page that opens."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.deals.models import Deal, DealDocument, DealState
from app.documents.store import Document
from app.mail import queue_mail
from app.payments.models import Order, OrderState, Payment, PaymentState
from app.visitors.models import Badge, BadgeState
from tests.support.cast import Cast
from tests.support.market import Market, spring
from tests.visitors.stage import new_badge

__all__ = ["spring"]


def stray_money(cast: Cast) -> None:
    db.session.add(
        Payment(
            fair_id=cast.fair.id, method="transfer", external_id="FT1", amount_minor=5_000_000, currency="VND",
            received_at=clock.now(), state=PaymentState.UNMATCHED, reason="no_order",
        )
    )  # fmt: skip


def paid_too_late(cast: Cast) -> None:
    order = Market(cast).order(Market(cast).hold("A03"), "transfer")
    db.session.get_one(Order, order.id).state = OrderState.UNDELIVERABLE


def payment_due(cast: Cast) -> None:
    booth = db.session.scalars(select(Booth).where(Booth.fair_id == cast.fair.id, Booth.number == "A05")).one()
    booth.state, booth.exhibitor_id = BoothState.RESERVED, cast.exhibitor.id
    booth.held_until = clock.now() + timedelta(hours=3)


def disputed_deal(cast: Cast) -> None:
    _deal(cast, DealState.DISPUTED)


def deal_to_verify(cast: Cast) -> None:
    deal = _deal(cast, DealState.CONFIRMED)
    scan = Document(
        fair_id=cast.fair.id, key="0" * 32, kind="deal", filename="x.pdf", media_type="application/pdf", size=1,
        sha256="0" * 64, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(scan)
    db.session.flush()
    db.session.add(
        DealDocument(
            fair_id=cast.fair.id, deal_id=deal.id, revision=1, document_id=scan.id, side="exhibitor",
            added_at=clock.now(),
        )
    )  # fmt: skip


def _deal(cast: Cast, state: DealState) -> Deal:
    deal = Deal(
        fair_id=cast.fair.id, number="GD-0001", exhibitor_id=cast.exhibitor.id, buyer_id=cast.buyer.id, kind="order",
        category="ceramics", subject="ấm", amount_minor=1, currency="VND", signed_on=clock.now().date(), state=state,
        revision=1, recorded_at=clock.now(), recorded_side="exhibitor", folded="",
    )  # fmt: skip
    db.session.add(deal)
    db.session.flush()
    return deal


@pytest.mark.usefixtures("mail_server_named")
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (stray_money, "khoản tiền"),
        (paid_too_late, "quá muộn"),
        (payment_due, "đến hạn"),
        (disputed_deal, "bị phản đối"),
        (deal_to_verify, "thẩm tra"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_it_is_said_and_leads_to_its_page(
    app: Flask, cast: Cast, client: Any, spring: Any, kind: Any, said: str
) -> None:
    with app.app_context(), transaction():
        kind(cast)
    client.sign_in(cast.ola)
    check(client, said)


@pytest.mark.usefixtures("mail_server_named")
def test_buyers_who_wait_for_approval(app: Flask, cast: Cast, client: Any, spring: Any) -> None:
    badge = new_badge(app, "huong@example.jp")
    with app.app_context(), transaction():
        db.session.get_one(Badge, badge.id).state = BadgeState.NOT_APPROVED
    client.sign_in(cast.ola)
    check(client, "chờ duyệt")


def test_mails_that_no_server_takes(app: Flask, cast: Cast, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client.sign_in(cast.ola)
    check(client, "Chưa gửi được thư")
    with app.app_context(), transaction():
        queue_mail("huong@example.jp", "welcome", "vi", None, {"name": "Hương", "link": "x"})
    check(client, "1 thư đang chờ")
    monkeypatch.setitem(app.config, "FAIR_MAIL_URL", "smtp://127.0.0.1:9")
    assert "thư đang chờ" not in client.get("/fairs/test-fair/organise/").text


def check(client: Any, said: str) -> None:
    answer = client.get("/fairs/test-fair/organise/")
    assert answer.status_code == 200
    [listed] = re.findall(r'<ul class="todo">(.*?)</ul>', answer.text, re.S)
    [what] = re.findall(r"<strong>(.*?)</strong>", listed)
    [link] = re.findall(r'<a href="([^"]+)"', listed)
    assert said in html.unescape(what)
    assert client.get(html.unescape(link)).status_code == 200
