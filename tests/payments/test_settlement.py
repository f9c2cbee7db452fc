"""Money by bank: exact, less, more, twice, stray; and the papers' numbers under races."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.booths.models import BoothState, Hold
from app.db import db, retrying, transaction
from app.errors import DomainError
from app.fairs.models import Exhibitor, Fair
from app.fulfilment import match, receive_payment
from app.mail import Mail, compose
from app.money import Money
from app.payments.invoices import paper_content
from app.payments.models import Invoice, Order, OrderState, Payment, PaymentState, Refund
from app.payments.refunds import NothingLeftToRefund, refund_payment
from app.payments.settlement import AlreadyMatched, Arrival, BankNumberStray, BankNumberUsed, bank_number
from tests.support.desk import Desk
from tests.support.market import Market, later

pytestmark = pytest.mark.usefixtures("context")
PRICE = 15_840_000


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def arrive(
    order: Order | None, minor: int, number: str = "FT1", currency: str = "VND", method: str = "transfer"
) -> Payment:
    assert order is not None
    with transaction():
        arrival = Arrival(method, number, Money(minor, currency), clock.now(), "GOM CHI")
        return receive_payment(SYSTEM, order.fair_id, order.id, arrival, clock.now())


def state(order: Order) -> str:
    db.session.commit()
    return db.session.get_one(Order, order.id, populate_existing=True).state


@pytest.fixture
def order(market: Market, context: Any) -> Order:
    return market.order(market.hold("A03"), "transfer")


def test_transfer_keeps_the_booth_until_the_banks_close_on_the_due_day(market: Market, order: Order) -> None:
    booth = market.booths(["A03"])["A03"]
    assert booth.state == BoothState.RESERVED
    assert booth.held_until == order.due_at
    assert clock.local(market.fair, order.due_at).strftime("%d.%m. %H:%M") == "10.10. 17:00"


def test_exact_transfer_lets_the_booth(market: Market, order: Order) -> None:
    assert arrive(order, PRICE).state == PaymentState.SETTLED
    assert state(order) == OrderState.PAID
    assert market.let(order) == ["A03"]


def test_same_bank_number_again_changes_nothing(order: Order) -> None:
    first = arrive(order, PRICE)
    assert arrive(order, PRICE).id == first.id
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1
    assert db.session.scalar(select(func.count()).select_from(Refund)) == 0


@pytest.mark.parametrize("typed", ["FT 26 001", "ft26001", "ＦＴ２６００１", "FT-26.001"])
def test_a_banks_number_is_the_same_however_it_is_copied(typed: str) -> None:
    assert bank_number(typed) == "FT26001"


def test_a_banks_number_for_another_order_or_amount_is_refused(market: Market, order: Order) -> None:
    other = market.order(market.hold("A05"), "transfer")
    arrive(order, PRICE)
    for wanted, minor in ((other, PRICE), (order, PRICE - 1)):
        with pytest.raises(BankNumberUsed) as refused:
            arrive(wanted, minor)
        assert (refused.value.params["number"], refused.value.params["reference"]) == ("FT1", order.reference)
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1
    assert state(other) == OrderState.AWAITING


def test_a_banks_number_that_was_stray_is_matched_not_noted_again(order: Order) -> None:
    with transaction():
        arrival = Arrival("transfer", "FT1", Money(PRICE, "VND"), clock.now())
        receive_payment(SYSTEM, order.fair_id, None, arrival, clock.now())
    with pytest.raises(BankNumberStray):
        arrive(order, PRICE)
    assert state(order) == OrderState.AWAITING


def test_money_noted_twice_is_told_once(market: Market, order: Order) -> None:
    later(days=5)
    market.hold("A03", rival=True)
    for _twice in range(2):
        arrive(order, PRICE)
    assert [mail.template for mail in db.session.scalars(select(Mail))].count("paid_too_late") == 1


def test_second_payment_goes_back(order: Order) -> None:
    arrive(order, PRICE)
    second = arrive(order, PRICE, "FT2")
    assert (second.state, second.reason) == (PaymentState.REFUND_DUE, "twice")
    assert db.session.scalars(select(Refund.amount_minor)).one() == PRICE


def test_too_little_waits_and_counts_with_the_rest(market: Market, order: Order) -> None:
    first = arrive(order, PRICE - 40_000)
    assert (first.state, first.reason, state(order)) == (PaymentState.UNMATCHED, "too_little", OrderState.AWAITING)
    arrive(order, 40_000, "FT2")
    assert state(order) == OrderState.PAID
    assert {p.state for p in db.session.scalars(select(Payment))} == {PaymentState.SETTLED}
    assert market.let(order) == ["A03"]


def test_too_much_lets_the_booth_and_the_rest_goes_back(order: Order) -> None:
    assert arrive(order, PRICE + 25_000).state == PaymentState.SETTLED
    assert state(order) == OrderState.PAID
    assert db.session.scalars(select(Refund.amount_minor)).one() == 25_000


def test_another_currency_waits_for_a_person(order: Order) -> None:
    assert arrive(order, PRICE, currency="USD").reason == "wrong_currency"
    assert state(order) == OrderState.AWAITING


def test_wrong_amount_by_card_waits_for_a_person(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A05"))
    for minor, number in ((PRICE - 1, "pi_1"), (PRICE + 1, "pi_2"), (PRICE * 100, "pi_3")):
        payment = arrive(order, minor, number, method="card")
        assert (payment.state, payment.reason) == (PaymentState.UNMATCHED, "wrong_amount")
    assert state(order) == OrderState.AWAITING
    assert market.let(order) == []


def test_late_transfer_takes_the_booth_back_if_it_is_free(market: Market, order: Order) -> None:
    later(days=4)
    booking.end_unpaid()
    assert state(order) == OrderState.EXPIRED
    assert arrive(order, PRICE).state == PaymentState.SETTLED
    assert market.let(order) == ["A03"]


def test_late_transfer_after_another_took_it_is_undeliverable(market: Market, order: Order) -> None:
    later(days=4)
    market.hold("A03", rival=True)
    assert arrive(order, PRICE).reason == "too_late"
    assert state(order) == OrderState.UNDELIVERABLE
    assert market.booths(["A03"])["A03"].exhibitor_id == market.cast.rival.id


def test_stray_money_gets_its_order_once(market: Market, order: Order) -> None:
    with transaction():
        stray = receive_payment(
            SYSTEM, order.fair_id, None, Arrival("transfer", "FT9", Money(PRICE, "VND"), clock.now()), clock.now()
        )
    assert (stray.state, stray.reason) == (PaymentState.UNMATCHED, "no_order")
    with transaction():
        match(SYSTEM, stray, order, clock.now())
    assert state(order) == OrderState.PAID
    with pytest.raises(AlreadyMatched), transaction():
        match(SYSTEM, stray, order, clock.now())


def test_stray_money_can_go_back_once(order: Order) -> None:
    payment = arrive(order, 5_000)
    with transaction():
        refund_payment(SYSTEM, payment, "cancelled", clock.now())
    with pytest.raises(NothingLeftToRefund), transaction():
        refund_payment(SYSTEM, payment, "cancelled", clock.now())
    assert db.session.scalars(select(Refund.amount_minor)).all() == [5_000]


@pytest.mark.parametrize(
    ("currency", "price", "vat", "total"),
    [
        ("VND", 14_400_005, 1_440_001, 15_840_006),
        ("USD", 62_555, 6_256, 68_811),
        ("JPY", 90_005, 9_001, 99_006),
        ("KWD", 190_005, 19_001, 209_006),
    ],
)
def test_each_currency_settles_in_its_own_minor_unit(
    market: Market, currency: str, price: int, vat: int, total: int
) -> None:
    """VAT of 10 %, rounded half up to the minor unit."""
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).currency = currency
        market.booths(["A07"])["A07"].price_minor = price
    order = market.order(market.hold("A07"), "transfer")
    assert (order.net_minor, order.vat_minor, order.total_minor, order.currency) == (price, vat, total, currency)
    assert arrive(order, total, currency=currency).state == PaymentState.SETTLED
    assert state(order) == OrderState.PAID


def test_payments_at_once_let_each_booth_once_and_number_without_gaps(app: Flask, market: Market) -> None:
    """24 threads: each of 6 orders is paid 4 times with 2 different bank numbers."""
    orders = [market.order(market.hold(f"A{n:02}"), "transfer") for n in (3, 5, 7, 9, 11, 13)]
    ids = [(order.id, order.fair_id, order.total_minor) for order in orders]
    db.session.commit()
    gate, failed = threading.Barrier(24), []

    def pay(n: int) -> None:
        order_id, fair_id, total = ids[n % 6]
        arrival = Arrival("transfer", f"FT{order_id}-{n // 12}", Money(total, "VND"), clock.now())
        with app.app_context():
            gate.wait()
            try:
                retrying(lambda: receive_payment(SYSTEM, fair_id, order_id, arrival, clock.now()))
            except Exception as error:
                failed.append(repr(error))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=pay, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [state(order) for order in orders] == [OrderState.PAID] * 6
    assert sorted(db.session.scalars(select(Payment.state))) == ["refund_due"] * 6 + ["settled"] * 6
    assert sorted(db.session.scalars(select(Invoice.serial).where(Invoice.kind == "invoice"))) == [1, 2, 3, 4, 5, 6]
    assert sorted(db.session.scalars(select(Invoice.serial).where(Invoice.kind == "contract"))) == [1, 2, 3, 4, 5, 6]


def test_turning_to_the_bank_while_money_arrives_waits_in_no_circle(app: Flask, market: Market, desk: Desk) -> None:
    """On PostgreSQL each used to wait for the other, until one was told of a failure."""
    for n, number in enumerate(("A03", "A05", "A07", "A09", "A11", "A13")):
        order = market.order(market.hold(number), "card")
        ids = (order.id, order.fair_id, order.total_minor)
        db.session.commit()
        gate, failed = threading.Barrier(2), []

        def turn(ids=ids, gate=gate, failed=failed) -> None:  # type: ignore[no-untyped-def]
            with app.app_context():
                mine, fair = db.session.get_one(Order, ids[0]), db.session.get_one(Fair, ids[1])
                gate.wait()
                try:
                    booking.change_to_transfer(SYSTEM, fair, mine, clock.now())
                except DomainError as error:
                    failed.append(error.code)
                db.session.remove()

        def pay(ids=ids, gate=gate, number=f"FT{n}") -> None:  # type: ignore[no-untyped-def]
            arrival = Arrival("transfer", number, Money(ids[2], "VND"), clock.now())
            with app.app_context():
                gate.wait()
                retrying(lambda: receive_payment(SYSTEM, ids[1], ids[0], arrival, clock.now()))
                db.session.remove()

        threads = [threading.Thread(target=turn), threading.Thread(target=pay)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert state(order) == OrderState.PAID
        assert set(failed) <= {"order_not_open", "order_cannot_change"}
        assert market.let(order) == [number]


def test_transfer_is_explained_by_one_mail(market: Market, order: Order) -> None:
    with transaction():
        hold = db.session.get_one(Hold, order.hold_id)
        again = booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now())
    assert again.id == order.id
    mail = db.session.scalars(select(Mail)).one()
    assert (mail.recipient, mail.template) == ("ema@example.org", "order_transfer")
    message = compose(mail)
    body = message.get_body(("plain",))
    assert body is not None
    assert "17:00" in message["Subject"]
    for said in ("0011001234567", "15.840.000", order.reference, f"/fairs/test-fair/orders/{order.reference}"):
        assert said in body.get_content()


def test_card_order_is_explained_when_the_payer_turns_to_the_bank(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03"), "card")
    assert db.session.scalars(select(Mail)).all() == []
    booking.change_to_transfer(SYSTEM, market.fair, order, clock.now())
    assert [mail.template for mail in db.session.scalars(select(Mail))] == ["order_transfer"]


def test_papers_name_the_province_of_their_time_and_the_country(market: Market, order: Order) -> None:
    exhibitor = db.session.get_one(Exhibitor, order.exhibitor_id)
    exhibitor.province, exhibitor.country = "bac-giang", "VN"
    assert paper_content(market.fair, order, clock.now())["buyer"]["place"] == "Bắc Giang, Việt Nam"
    exhibitor.province, exhibitor.country = None, "JP"
    content = paper_content(market.fair, order, clock.now())
    assert content["buyer"]["place"] == "Nhật Bản (Japan)"
    db.session.rollback()
