"""The organiser's money page: what is typed of a bank's statement is taken, or refused beside its field and kept."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.db import db
from app.mail import Mail
from app.payments.models import Payment
from tests.conftest import Client
from tests.support.market import Market
from tests.support.terms import BALANCE, DEPOSIT, arrive, deposit

PAGE = "/fairs/test-fair/organise/money/transfers"
TYPED = {"number": "FT26328", "amount": "18.150.000", "reference": "", "payer": "GOM CHI"}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"currency": "XX"}, "Nhập số tiền như trên sao kê"),
        ({"currency": "vnd"}, "Nhập số tiền như trên sao kê"),
        ({"amount": "1" * 4400}, "Nhập số tiền như trên sao kê"),
        ({"number": "N" * 121}, "có nhiều nhất 120 chữ và số"),
    ],
)
def test_a_line_that_no_statement_has_is_refused_and_stays_typed(client, cast, typed, sentence) -> None:
    client.sign_in(cast.fin)
    answer = client.post(PAGE, data=TYPED | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="GOM CHI"' in answer.text


def test_part_of_an_order_that_came_is_not_awaited_any_more(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        order = market.order(market.hold("A03"), "transfer")
        reference, total = order.reference, order.total_minor
    client.sign_in(market.cast.fin)
    assert f"{total:,}".replace(",", ".") in lead(client)
    part = TYPED | {"reference": reference, "amount": "15.000.000"}
    assert client.post(PAGE, data=part).status_code == 303
    assert f"{total - 15_000_000:,}".replace(",", ".") in lead(client)


def test_part_for_an_order_that_ended_promises_nothing(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        order = market.order(market.hold("A03"), "transfer")
        reference = order.reference
        booking.cancel(SYSTEM, order, clock.now())
    client.sign_in(market.cast.fin)
    assert client.post(PAGE, data=TYPED | {"reference": reference, "amount": "1.000"}).status_code == 303
    with app.app_context():
        assert "payment_short" not in db.session.scalars(select(Mail.template)).all()
        second = market.order(market.hold("A04"), "transfer").reference
    assert client.post(PAGE, data=TYPED | {"reference": second, "amount": "1.000", "number": "FT2"}).status_code == 303
    with app.app_context():
        mail = db.session.scalars(select(Mail).where(Mail.template == "payment_short")).one()
        assert (mail.context["amount_minor"], mail.context["reference"]) == (1_000, second)


def test_money_is_said_to_be_noted_before_only_when_it_was(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        order = market.order(market.hold("A03"), "transfer")
        typed = TYPED | {"reference": order.reference, "amount": str(order.total_minor)}
    client.sign_in(market.cast.fin)
    first, second = (client.get(client.post(PAGE, data=typed).location).text for _twice in range(2))
    assert "đã ghi nhận trước đó" not in first
    assert "đã ghi nhận trước đó" in second


def test_the_figures_lead_to_lists_that_add_up_to_them(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        deposit(market)
        booked = market.order(market.hold("A03"), "transfer")
        reference = booked.reference
        arrive(booked, DEPOSIT)
    client.sign_in(market.cast.fin)
    said = lead(client)
    for state, amount in (("received", DEPOSIT), ("open", BALANCE)):
        shown = f"{amount:,}".replace(",", ".")
        assert f'href="?state={state}">{shown}' in said
        page = client.get(f"/fairs/test-fair/organise/money?state={state}").text
        rows = page.partition("<tbody>")[2].partition("</tbody>")[0]
        assert (rows.count("<tr>"), reference in rows, shown in rows) == (1, True, True)


def lead(client: Client) -> str:
    page = client.get("/fairs/test-fair/organise/money").text
    return page[page.index('<p class="lead">') :].partition("</p>")[0]


def test_one_number_of_the_bank_for_two_orders_at_once_is_noted_for_one(app: Flask, market: Market) -> None:
    with app.app_context():
        first, second = (market.order(market.hold(number), "transfer").reference for number in ("A03", "A04"))
    gate, answers = threading.Barrier(2), []

    def note(reference: str) -> None:
        client = app.test_client()
        client.sign_in(market.cast.fin)
        for n in range(8):
            gate.wait(20)
            answers.append(client.post(PAGE, data=TYPED | {"reference": reference, "number": f"FT{n}"}).status_code)

    threads = [threading.Thread(target=note, args=(reference,)) for reference in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [303] * 8 + [409] * 8
    with app.app_context():
        assert len(list(db.session.scalars(select(Payment)))) == 8


def test_a_long_number_counts_by_all_of_it(app: Flask, client, cast) -> None:
    client.sign_in(cast.fin)
    for end in "AB":
        assert client.post(PAGE, data=TYPED | {"number": "N" * 119 + end}).status_code == 303
    with app.app_context():
        assert len(list(db.session.scalars(select(Payment)))) == 2
