"""Money that came after the booths went: who may decide about it, and that nothing is decided twice."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM
from app.booths.models import Allocation, Booth, BoothState, Hold
from app.db import db, retrying, transaction
from app.errors import DomainError
from app.fairs.models import Fair
from app.fulfilment import FairFrozen, MoneyWentBack, choose_equal, give_back, receive_payment, take_money_back
from app.money import Money
from app.payments.models import Invoice, Order, OrderLine, OrderState, Payment, PaymentState, Refund
from app.payments.orders import OrderNotOpen
from app.payments.refunds import NothingLeftToRefund, refund_payment
from app.payments.settlement import Arrival
from tests.support.market import SPRING, Market, later

pytestmark = pytest.mark.usefixtures("context")
PRICE = 15_840_000


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def arrive(order: Order, minor: int, number: str, currency: str = "VND") -> Payment:
    with transaction():
        arrival = Arrival("transfer", number, Money(minor, currency), clock.now())
        return receive_payment(SYSTEM, order.fair_id, order.id, arrival, clock.now())


def fresh(order: Order) -> Order:
    db.session.commit()
    return db.session.get_one(Order, order.id, populate_existing=True)


def late_order(market: Market, number: str = "A03") -> Order:
    """By transfer, never paid in time; the rival has taken the booth since."""
    order = market.order(market.hold(number), "transfer")
    later(days=5)
    market.hold(number, rival=True)
    return order


def refund(payment: Payment) -> None:
    with transaction():
        refund_payment(SYSTEM, payment, "cancelled", clock.now())


def let_for(order: Order) -> int:
    return db.session.scalar(select(func.count()).where(Booth.exhibitor_id == order.exhibitor_id, Booth.state == "let"))


def test_a_paid_order_is_not_for_its_buyer_to_give_back(market: Market) -> None:
    order = market.order(market.hold("A03"), "transfer")
    arrive(order, PRICE, "FT1")
    with pytest.raises(OrderNotOpen), transaction():
        take_money_back(SYSTEM, order, clock.now())
    assert (fresh(order).state, let_for(order)) == (OrderState.PAID, 1)


def test_a_final_report_keeps_the_booths_it_counted(market: Market) -> None:
    order = market.order(market.hold("A03"), "transfer")
    arrive(order, PRICE, "FT1")
    with transaction():
        db.session.get_one(Fair, order.fair_id).frozen_at = clock.now()
    with pytest.raises(FairFrozen), transaction():
        give_back(SYSTEM, order, clock.now())
    assert (fresh(order).state, let_for(order)) == (OrderState.PAID, 1)


def test_no_other_booth_for_money_that_went_back(market: Market) -> None:
    order = late_order(market)
    part = arrive(order, PRICE - 40_000, "FT1")
    arrive(order, 40_000, "FT2")
    assert fresh(order).state == OrderState.UNDELIVERABLE
    refund(part)
    with pytest.raises(MoneyWentBack), transaction():
        choose_equal(SYSTEM, market.fair, order, ["A05"], clock.now())
    assert (fresh(order).state, let_for(order)) == (OrderState.UNDELIVERABLE, 0)
    assert db.session.scalar(select(func.count()).select_from(Invoice)) == 0


def test_no_other_booth_for_money_of_another_currency(market: Market) -> None:
    order = late_order(market)
    arrive(order, PRICE, "FT1", currency="USD")
    whole = arrive(order, PRICE, "FT2")
    refund(whole)
    with pytest.raises(MoneyWentBack), transaction():
        choose_equal(SYSTEM, market.fair, order, ["A05"], clock.now())
    assert let_for(order) == 0


def at_once(app: Flask, *deeds: Callable[[], Any]) -> list[str]:
    """Start them in the same moment; what each was told."""
    gate, said = threading.Barrier(len(deeds)), [""] * len(deeds)

    def run(n: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                retrying(deeds[n])
                said[n] = "done"
            except DomainError as error:
                said[n] = error.code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def assert_it_adds_up(order: Order) -> None:
    """Paid means covered by what stayed; nothing went back more than once."""
    order = fresh(order)
    theirs = select(Payment).where(Payment.order_id == order.id)
    payments = db.session.scalars(theirs, execution_options={"populate_existing": True}).all()
    back = dict(
        db.session.execute(select(Refund.payment_id, func.sum(Refund.amount_minor)).group_by(Refund.payment_id)).all()
    )
    assert all(back.get(payment.id, 0) <= payment.amount_minor for payment in payments), (order.state, back)
    kept = sum(p.amount_minor - back.get(p.id, 0) for p in payments if p.state == PaymentState.SETTLED)
    assert kept == (order.total_minor if order.state == OrderState.PAID else 0), (order.state, kept)
    assert let_for(order) == (1 if order.state == OrderState.PAID else 0)
    db.session.rollback()


ROUNDS = 20


def test_money_that_goes_back_while_the_rest_arrives_is_counted_once(app: Flask, market: Market) -> None:
    for n in range(ROUNDS):
        order = market.order(market.hold("A03"), "transfer")
        first = arrive(order, PRICE - 1000, f"A{n}")
        ids, rest = (order.fair_id, order.id, first.id), Arrival("transfer", f"B{n}", Money(1000, "VND"), clock.now())
        db.session.commit()
        said = at_once(
            app,
            lambda ids=ids: refund_payment(SYSTEM, db.session.get_one(Payment, ids[2]), "cancelled", clock.now()),
            lambda ids=ids, rest=rest: receive_payment(SYSTEM, ids[0], ids[1], rest, clock.now()),
            lambda ids=ids: refund_payment(SYSTEM, db.session.get_one(Payment, ids[2]), "cancelled", clock.now()),
        )
        assert said[1] == "done"
        assert said.count("done") <= 2 and set(said) <= {"done", NothingLeftToRefund.code}
        assert_it_adds_up(order)
        clear()


@pytest.mark.parametrize("chooses_booths", [True, False], ids=["other booths", "money back"])
def test_a_choice_while_the_organiser_sends_it_back_decides_once(
    app: Flask, market: Market, chooses_booths: bool
) -> None:
    order = late_order(market)
    for n in range(ROUNDS):
        payment = arrive(order, PRICE, f"A{n}")
        assert fresh(order).state == OrderState.UNDELIVERABLE
        ids = (order.id, payment.id)
        db.session.commit()

        def choose(ids: tuple[int, int] = ids) -> None:
            mine = db.session.get_one(Order, ids[0])
            if chooses_booths:
                choose_equal(SYSTEM, market.fair, mine, ["A05"], clock.now())
            else:
                take_money_back(SYSTEM, mine, clock.now())

        said = at_once(
            app,
            choose,
            lambda ids=ids: refund_payment(SYSTEM, db.session.get_one(Payment, ids[1]), "cancelled", clock.now()),
        )
        assert "done" in said
        assert_it_adds_up(order)
        clear()
        order = late_order(market, "A07" if n % 2 else "A09")


def clear() -> None:
    """The floor and the clock as they were, for the next round."""
    clock.set_offset(SPRING - datetime.now(UTC))
    db.session.commit()
    with transaction():
        for table in (Invoice, Refund, Payment, Allocation):
            db.session.execute(table.__table__.delete())
        values = {"state": BoothState.FREE, "held_until": None, "hold_id": None, "exhibitor_id": None}
        db.session.execute(Booth.__table__.update().values(**values))
        for table in (OrderLine, Order, Hold):
            db.session.execute(table.__table__.delete())
    db.session.expunge_all()
