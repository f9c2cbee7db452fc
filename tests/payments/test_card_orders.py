"""A card order from Checkout to the letting, with Stripe's faults in between."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM, Actor
from app.booths import booking
from app.booths.errors import CardNotPossible, HoldEnded, OrderCannotChange
from app.booths.letting import equal_offers
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.demo.stripe_desk.errors import StripeRefusal
from app.fulfilment import choose_equal, give_back
from app.mail import Mail
from app.payments.models import Invoice, Order, OrderState, Payment, PaymentState, Refund, StripeEvent
from app.payments.papers import print_papers
from app.payments.refunds import send_refunds
from app.payments.stripe_gateway import CardServiceDown
from app.webhooks import ask_stripe
from tests.support.desk import DECLINED_CARD, Desk
from tests.support.market import Market, later

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def now_s() -> int:
    return int(clock.now().timestamp())


def fresh(order: Order) -> Order:
    db.session.commit()
    return db.session.get_one(Order, order.id, populate_existing=True)


def session_of(order: Order) -> str:
    session_id = fresh(order).stripe_session_id
    assert session_id is not None
    return session_id


def test_paid_in_time_lets_the_booths_and_numbers_the_papers(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03", "A05"))
    assert desk.deliver() == []
    desk.pay(session_of(order), now_s())
    assert [status for status, _outcome in desk.deliver()] == [200, 200]
    assert fresh(order).state == OrderState.PAID
    assert market.let(order) == ["A03", "A05"]
    assert {b.state for b in market.booths(["A03", "A05"]).values()} == {BoothState.LET}
    payment = db.session.scalars(select(Payment)).one()
    assert (payment.amount_minor, payment.currency, payment.state) == (31_680_000, "VND", PaymentState.SETTLED)
    assert sorted(db.session.scalars(select(Invoice.number))) == ["0001/2019/HĐTG", "HD2019-00001"]
    print_papers()
    print_papers()
    mail = db.session.scalars(select(Mail)).one()
    assert mail.template == "booths_confirmed" and len(mail.attachments) == 2


def test_dong_are_never_multiplied(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03"))
    session = desk.store.get(session_of(order))
    assert session is not None and session["amount_total"] == 15_840_000 == order.total_minor


def test_webhook_that_comes_twice_counts_once(market: Market, desk: Desk) -> None:
    desk.store.set("copies", "2")
    order = market.order(market.hold("A03"))
    desk.pay(session_of(order), now_s())
    outcomes = [outcome for status, outcome in desk.deliver() if status == 200]
    assert outcomes.count("repeated") == 2 and outcomes.count("settled") == 1
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1
    assert db.session.scalar(select(func.count()).select_from(StripeEvent)) == 2
    assert db.session.scalar(select(func.count()).select_from(Invoice)) == 2


def test_webhooks_out_of_order_change_nothing(market: Market, desk: Desk) -> None:
    desk.store.set("order", "reversed")
    order = market.order(market.hold("A03"))
    desk.pay(session_of(order), now_s())
    desk.deliver()
    assert fresh(order).state == OrderState.PAID


def test_forged_webhook_is_refused(app: Flask, market: Market, desk: Desk) -> None:
    with app.test_client() as client:
        for header in ("", "t=1,v1=00", "nonsense"):
            answer = client.post("/webhooks/stripe", data=b'{"id": "evt_1"}', headers={"Stripe-Signature": header})
            assert answer.status_code == 400


def test_declined_card_leaves_the_order_open_for_another_card(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03"))
    with pytest.raises(StripeRefusal):
        desk.pay(session_of(order), now_s(), DECLINED_CARD)
    desk.deliver()
    assert fresh(order).state == OrderState.AWAITING
    desk.pay(session_of(order), now_s())
    desk.deliver()
    assert fresh(order).state == OrderState.PAID


def test_checkout_keeps_the_booths_past_the_end_of_its_session(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03"))
    session = desk.store.get(session_of(order))
    booth = market.booths(["A03"])["A03"]
    assert session is not None and booth.held_until is not None
    assert round(booth.held_until.timestamp() - session["expires_at"]) in (120, 121)


def test_one_hold_makes_one_order(market: Market, desk: Desk) -> None:
    hold = market.hold("A03")
    order = market.order(hold)
    assert market.order(hold).reference == order.reference
    assert len(desk.store.all("checkout.session")) == 1


def test_expired_hold_cannot_be_ordered(market: Market, desk: Desk) -> None:
    hold = market.hold("A03")
    later(minutes=21)
    with pytest.raises(HoldEnded):
        market.order(hold)


def test_stripe_down_keeps_the_order_and_opens_one_session_later(market: Market, desk: Desk) -> None:
    hold = market.hold("A03")
    desk.http.down = True
    with pytest.raises(CardServiceDown):
        market.order(hold)
    desk.http.down = False
    order = market.order(hold)
    assert order.stripe_session_url and len(desk.store.all("checkout.session")) == 1


def test_checkout_that_is_opened_late_keeps_the_booths_so_much_longer(market: Market, desk: Desk) -> None:
    desk.http.down = True
    hold = market.hold("A03")
    with pytest.raises(CardServiceDown):
        market.order(hold)
    desk.http.down = False
    later(minutes=25)
    order = market.order(hold)
    session, booth = desk.store.get(session_of(order)), market.booths(["A03"])["A03"]
    assert session is not None and booth.held_until is not None
    assert session["expires_at"] - now_s() > 30 * 60
    assert round(booth.held_until.timestamp() - session["expires_at"]) in (120, 121)
    later(minutes=30)
    desk.pay(session_of(order), now_s())
    desk.deliver()
    assert fresh(order).state == OrderState.PAID


def test_checkout_is_not_opened_for_booths_that_went(market: Market, desk: Desk) -> None:
    desk.http.down = True
    hold = market.hold("A03")
    with pytest.raises(CardServiceDown):
        market.order(hold)
    desk.http.down = False
    later(minutes=40)
    with pytest.raises(HoldEnded):
        market.order(hold)
    assert desk.store.all("checkout.session") == []


def test_checkout_that_opens_while_the_order_is_cancelled_is_closed_again(market: Market, desk: Desk) -> None:
    desk.http.down = True
    hold = market.hold("A03")
    with pytest.raises(CardServiceDown):
        market.order(hold)
    desk.http.down = False
    order = db.session.scalars(select(Order)).one()
    asked = desk.http.request

    def cancelled_meanwhile(*arguments: object) -> object:
        answer = asked(*arguments)  # type: ignore[arg-type]
        desk.http.request = asked  # type: ignore[method-assign]
        booking.cancel(SYSTEM, db.session.get_one(Order, order.id), clock.now())
        return answer

    desk.http.request = cancelled_meanwhile  # type: ignore[method-assign, assignment]
    assert booking.start_checkout(market.fair, order, "http://localhost/return", "ema@example.org", "vi") is None
    assert [session["status"] for session in desk.store.all("checkout.session")] == ["expired"]
    assert fresh(order).state == OrderState.CANCELLED


def test_one_session_that_stripe_does_not_know_stops_none_of_the_others(market: Market, desk: Desk) -> None:
    desk.store.set("mode", "hold")
    strange, order = market.order(market.hold("A03")), market.order(market.hold("A05"))
    with transaction():
        db.session.get_one(Order, strange.id).stripe_session_id = "cs_of_another_account"
    desk.pay(session_of(order), now_s())
    later(minutes=32)
    ask_stripe()
    assert fresh(order).state == OrderState.PAID
    assert fresh(strange).stripe_session_url is None
    booking.end_unpaid()
    assert fresh(strange).state == OrderState.AWAITING  # its booths are kept until the hold's own end
    later(minutes=3)
    booking.end_unpaid()
    assert fresh(strange).state == OrderState.EXPIRED


def test_unpaid_order_expires_and_frees_the_booths(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03"))
    later(minutes=34)
    ask_stripe()
    booking.end_unpaid()
    assert fresh(order).state == OrderState.EXPIRED
    assert market.booths(["A03"])["A03"].state == BoothState.FREE


def test_lost_webhook_is_made_good_by_asking_stripe(market: Market, desk: Desk) -> None:
    desk.store.set("mode", "hold")
    order = market.order(market.hold("A03"))
    desk.pay(session_of(order), now_s())
    later(minutes=32)
    ask_stripe()
    assert fresh(order).state == OrderState.PAID
    booking.end_unpaid()
    assert market.let(order) == ["A03"]


def test_late_webhook_takes_back_booths_that_nobody_took(market: Market, desk: Desk) -> None:
    desk.store.set("mode", "hold")
    order = market.order(market.hold("A03", "A05"))
    desk.pay(session_of(order), now_s())
    later(minutes=60)
    booking.end_unpaid()
    assert fresh(order).state == OrderState.EXPIRED
    release(desk)
    assert fresh(order).state == OrderState.PAID
    assert market.let(order) == ["A03", "A05"]


def release(desk: Desk) -> None:
    from app.demo.stripe_desk.webhooks import release as let_go

    let_go(desk.store)
    assert all(status == 200 for status, _outcome in desk.deliver())


def paid_too_late(market: Market, desk: Desk, *numbers: str) -> Order:
    """Somebody else has one of the booths when the money comes."""
    desk.store.set("mode", "hold")
    order = market.order(market.hold(*numbers))
    desk.pay(session_of(order), now_s())
    later(minutes=60)
    market.hold(numbers[0], rival=True)
    release(desk)
    return fresh(order)


def test_late_webhook_after_another_took_a_booth_waits_for_a_choice(market: Market, desk: Desk) -> None:
    order = paid_too_late(market, desk, "A03", "A05")
    assert order.state == OrderState.UNDELIVERABLE
    assert market.let(order) == []
    assert market.booths(["A03"])["A03"].exhibitor_id == market.cast.rival.id
    payment = db.session.scalars(select(Payment)).one()
    assert (payment.state, payment.reason) == (PaymentState.UNMATCHED, "too_late")
    assert "paid_too_late" in db.session.scalars(select(Mail.template)).all()
    offers = equal_offers(order, clock.now())
    assert offers and all(len(offer) == 2 for offer in offers)
    with transaction():
        choose_equal(SYSTEM, market.fair, order, [booth.number for booth in offers[0]], clock.now())
    order = fresh(order)
    assert order.state == OrderState.PAID
    assert market.let(order) == sorted(booth.number for booth in offers[0])
    assert db.session.scalars(select(Payment.state)).one() == PaymentState.SETTLED


def test_late_payment_goes_back_when_that_is_chosen(market: Market, desk: Desk) -> None:
    order = paid_too_late(market, desk, "A03")
    with transaction():
        give_back(SYSTEM, order, clock.now())
    for _twice in range(2):
        send_refunds()
    assert fresh(order).state == OrderState.REFUNDED
    refund = db.session.scalars(select(Refund)).one()
    assert (refund.state, refund.amount_minor) == ("done", 15_840_000)
    assert [r["amount"] for r in desk.store.all("refund")] == [15_840_000]
    assert db.session.scalars(select(Payment.state)).one() == PaymentState.REFUNDED


def test_refund_waits_while_stripe_is_down_and_goes_once(market: Market, desk: Desk) -> None:
    order = paid_too_late(market, desk, "A03")
    with transaction():
        give_back(SYSTEM, order, clock.now())
    desk.http.down = True
    send_refunds()
    assert db.session.scalars(select(Refund.state)).one() == "due"
    desk.http.down = False
    send_refunds()
    assert len(desk.store.all("refund")) == 1


def test_changing_to_the_bank_closes_checkout_first(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03"))
    session_id = session_of(order)
    booking.change_to_transfer(Actor("person", market.cast.ema.id), market.fair, fresh(order), clock.now())
    assert fresh(order).pay_by == "transfer"
    session = desk.store.get(session_id)
    assert session is not None and session["status"] == "expired"
    assert market.booths(["A03"])["A03"].state == BoothState.RESERVED


def test_order_that_was_just_paid_by_card_is_neither_changed_nor_cancelled(market: Market, desk: Desk) -> None:
    desk.store.set("mode", "hold")
    order = market.order(market.hold("A03"))
    desk.pay(session_of(order), now_s())
    with pytest.raises(OrderCannotChange):
        booking.change_to_transfer(SYSTEM, market.fair, fresh(order), clock.now())
    with pytest.raises(OrderCannotChange):
        booking.cancel(SYSTEM, fresh(order), clock.now())


def test_cancelled_order_frees_the_booths(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03"))
    booking.cancel(SYSTEM, fresh(order), clock.now())
    assert fresh(order).state == OrderState.CANCELLED
    assert market.booths(["A03"])["A03"].state == BoothState.FREE
    with pytest.raises(StripeRefusal):
        desk.pay(session_of(order), now_s())


def test_large_order_is_for_the_bank_only(market: Market, desk: Desk) -> None:
    hold = market.hold("A03", "A04", "A05", "A06", "A07", "A08", "A09")
    with pytest.raises(CardNotPossible):
        market.order(hold)
    order = market.order(hold, "transfer")
    assert order.total_minor == 110_880_000
    ways = booking.pay_ways(market.fair, booking.orders.total_of(order))
    assert not ways.card and ways.too_large_for_card


def test_paid_order_given_back_frees_booths_and_writes_a_credit_note(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A03"))
    desk.pay(session_of(order), now_s())
    desk.deliver()
    with transaction():
        give_back(SYSTEM, fresh(order), clock.now())
    send_refunds()
    assert fresh(order).state == OrderState.REFUNDED
    assert db.session.scalars(select(Booth.state).where(Booth.number == "A03")).one() == BoothState.FREE
    assert db.session.scalars(select(Invoice.kind).order_by(Invoice.id)).all() == ["invoice", "contract", "credit_note"]
