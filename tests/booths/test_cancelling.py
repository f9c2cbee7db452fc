"""A let booth is cancelled for the fee of the day: once, whatever happens at the same time, and to the last dong."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM, Actor, AuditEntry
from app.booths import cancelling
from app.booths.cancelling import (
    BoothsElsewhere,
    CancellationDecided,
    CannotCancel,
    FeeChanged,
    add_step,
    ask_cancellation,
    call_off,
    cancellation_of,
    carry_out,
    fee_today,
    refuse,
    remove_step,
    withdraw,
)
from app.booths.errors import FairFrozen
from app.booths.extras import keep_extra
from app.booths.models import Allocation, BoothState, Extra
from app.booths.moving import release_booth, transfer_booth
from app.booths.moving_errors import BalanceOpen
from app.db import db, retrying, transaction
from app.deals.models import Deal
from app.errors import DomainError, FieldErrors
from app.fairs.models import Fair
from app.fulfilment import give_back, receive_payment
from app.mail import Mail, compose
from app.money import Money
from app.payments.balance import JustPaid, start_balance_checkout
from app.payments.invoices import papers_of
from app.payments.models import Cancellation, Order, OrderState, Payment, Refund
from app.payments.papers import print_papers
from app.payments.refunds import send_refunds
from app.payments.schedule import set_cancels_at_once
from app.payments.settlement import Arrival
from tests.support.desk import Desk
from tests.support.market import Market, later
from tests.support.terms import BALANCE, DEPOSIT, PRICE, arrive, deposit, fees, fresh

pytestmark = pytest.mark.usefixtures("context")
OLA = Actor("person", 1, "Ola")
TENTH, HALF = PRICE // 10, PRICE // 2


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


@pytest.fixture
def order(market: Market, context: Any) -> Order:
    """Paid whole, 10 % until the end of October."""
    fees(market)
    one = market.order(market.hold("A03"), "transfer")
    arrive(one, PRICE)
    return fresh(one)


def ask(market: Market, order: Order, fee: int = TENTH, reason: str = "Xưởng cháy") -> Cancellation:
    actor = Actor("person", market.cast.ema.id, "Ema")
    return ask_cancellation(actor, market.fair, fresh(order), reason, fee, clock.now())


def done(market: Market, order: Order, fee: int = TENTH) -> Order:
    wish = ask(market, order, fee)
    carry_out(OLA, market.fair, fresh(order), wish, "Đồng ý", clock.now())
    return fresh(order)


def money_back() -> list[tuple[int, str]]:
    db.session.commit()
    return [(one.amount_minor, one.reason) for one in db.session.scalars(select(Refund).order_by(Refund.id))]


def test_the_fee_is_that_of_the_day_at_the_fair(market: Market, order: Order) -> None:
    said = []
    for day in (0, 24, 25, 54, 55, 65):
        at = clock.now() + timedelta(days=day)
        fee = fee_today(market.fair, order, at)
        said.append(fee and (fee.bp, fee.amount.minor, fee.goes_back.minor))
    tenth, half, whole = (1000, TENTH, PRICE - TENTH), (5000, HALF, HALF), (10_000, PRICE, 0)
    assert said == [tenth, tenth, half, half, whole, whole]
    assert fee_today(market.fair, order, clock.now() + timedelta(days=66)) is None  # the fair has begun


def test_without_steps_or_before_it_is_let_nothing_is_cancelled(market: Market) -> None:
    one = market.order(market.hold("A03"), "transfer")
    arrive(one, PRICE)
    with pytest.raises(CannotCancel):
        ask(market, one)
    fees(market)
    waiting = market.order(market.hold("A05"), "transfer")
    with pytest.raises(CannotCancel):
        ask(market, waiting)


def test_steps_never_fall_and_never_stand_twice(market: Market, order: Order) -> None:
    for until_on, bp in (
        (date(2019, 10, 31), 1000), (date(2019, 11, 5), 900), (date(2019, 10, 1), 1100), (date(2019, 12, 12), 9000),
        (date(2019, 11, 5), 10_001), (date(2019, 11, 5), -1),
    ):  # fmt: skip
        with pytest.raises(FieldErrors), transaction():
            add_step(SYSTEM, market.fair, until_on, bp)


def test_a_contract_keeps_its_lower_fee_when_the_organiser_asks_for_more(market: Market, order: Order) -> None:
    with transaction():
        for step in cancelling.steps_of(market.cast.fair.id):
            remove_step(SYSTEM, market.fair, step.id)
        add_step(SYSTEM, market.fair, date(2019, 11, 30), 8000)
    fee = fee_today(market.fair, order, clock.now())
    assert fee is not None and fee.bp == 1000
    newer = market.order(market.hold("A05"), "transfer")
    arrive(newer, PRICE, "FT2")
    fee = fee_today(market.fair, fresh(newer), clock.now())
    assert fee is not None and fee.bp == 8000


def test_it_is_asked_decided_and_carried_out_whole(market: Market) -> None:
    fees(market)
    with transaction():
        given: dict[str, Any] = dict.fromkeys(("name_en", "unit", "unit_en", "about", "about_en"), "")
        given |= {"name": "Điện", "price_minor": 1_000_000, "stock": 2, "order_until": None}
        power = keep_extra(SYSTEM, market.fair, given, clock.now()).id
    hold = market.hold("A03")
    from app.booths import booking

    with transaction():
        one = booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), {power: 2})
    total = PRICE + 2_200_000
    arrive(one, total)
    wish = ask(market, one, total // 10)
    assert (wish.state, wish.reason, wish.asked_by) == ("asked", "Xưởng cháy", "Ema")
    assert fresh(one).state == OrderState.PAID  # until the organiser decides
    carry_out(OLA, market.fair, fresh(one), wish, "Đồng ý", clock.now())
    assert fresh(one).state == OrderState.CALLED_OFF
    assert market.booths(["A03"])["A03"].state == BoothState.FREE
    assert db.session.get_one(Extra, power, populate_existing=True).taken == 0
    allocation = db.session.scalars(select(Allocation).where(Allocation.order_id == one.id)).one()
    assert allocation.ended_at is not None and allocation.end_reason == "cancelled"
    assert money_back() == [(total - total // 10, "called_off")]
    wish = cancellation_of(one)
    assert wish is not None
    assert (wish.state, wish.answer, wish.decided_by) == ("done", "Đồng ý", "Ola")
    assert (wish.kept_minor, wish.refund_minor) == (total // 10, total - total // 10)
    actions = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "order")))
    assert {"cancellation.asked", "cancellation.done", "order.booths_given_back"} <= actions
    note = papers_of(one)[2]
    fee = note.content["fee"]
    assert (note.kind, fee["fee_net_minor"] + fee["fee_vat_minor"]) == ("credit_note", total // 10)
    print_papers()
    mail = db.session.scalars(select(Mail).where(Mail.template == "order_called_off")).one()
    text = compose(mail).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "1.804.000" in text and "16.236.000" in text and len(mail.attachments) == 1


def test_after_the_last_day_all_is_kept_and_no_credit_note_is_written(market: Market, order: Order) -> None:
    later(days=60)
    done(market, order, PRICE)
    assert (money_back(), [paper.kind for paper in papers_of(order)]) == ([], ["invoice", "contract"])
    assert "order_called_off" in db.session.scalars(select(Mail.template)).all()


def test_the_fee_that_was_read_is_the_fee(market: Market, order: Order) -> None:
    with pytest.raises(FeeChanged) as refused:
        ask(market, order, TENTH - 1)
    assert refused.value.params["fee"] == Money(TENTH, "VND")
    assert cancellation_of(order) is None
    wish = ask(market, order)
    later(days=30)  # the organiser decides when the fee of the day is another one
    carry_out(OLA, market.fair, fresh(order), wish, "Đồng ý", clock.now())
    assert money_back() == [(PRICE - TENTH, "called_off")]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_reason_is_needed_of_both(market: Market, order: Order, reason: str) -> None:
    with pytest.raises(FieldErrors):
        ask(market, order, reason=reason)
    wish = ask(market, order)
    for verb in (refuse, lambda a, w, r, n: carry_out(a, market.fair, order, w, r, n)):
        with pytest.raises(FieldErrors), transaction():
            verb(OLA, wish, reason, clock.now())


def test_asked_twice_it_waits_once_and_can_be_withdrawn_or_refused(market: Market, order: Order) -> None:
    wish = ask(market, order)
    assert ask(market, order).id == wish.id
    with transaction():
        withdraw(SYSTEM, wish, clock.now())
    with pytest.raises(CancellationDecided), transaction():
        refuse(OLA, wish, "Muộn rồi", clock.now())
    second = ask(market, order)
    assert second.id != wish.id
    with transaction():
        refuse(OLA, second, "Muộn rồi", clock.now())
    with pytest.raises(CancellationDecided):
        carry_out(OLA, market.fair, fresh(order), second, "Thôi", clock.now())
    assert (fresh(order).state, market.let(order), money_back()) == (OrderState.PAID, ["A03"], [])
    assert "cancellation_refused" in db.session.scalars(select(Mail.template)).all()


def test_the_rule_carries_it_out_at_once(market: Market, order: Order) -> None:
    with transaction():
        set_cancels_at_once(SYSTEM, market.fair, True)
    wish = ask(market, order)
    assert (wish.state, wish.decided_by) == ("done", "system")
    assert fresh(order).state == OrderState.CALLED_OFF
    assert ask(market, order).id == wish.id  # repeated, nothing more happens
    assert money_back() == [(PRICE - TENTH, "called_off")]


def test_the_organiser_cancels_a_late_payer_and_what_is_owed_is_said(market: Market) -> None:
    fees(market)
    deposit(market)
    one = market.order(market.hold("A03"), "transfer")
    arrive(one, DEPOSIT)
    later(days=40)
    wish = call_off(OLA, market.fair, fresh(one), "Không trả phần còn lại", HALF, clock.now())
    assert (wish.fee_minor, wish.kept_minor, wish.refund_minor) == (HALF, DEPOSIT, 0)
    assert (fresh(one).state, money_back()) == (OrderState.CALLED_OFF, [])
    assert arrive(one, BALANCE, "FT2").reason == "called_off"  # what comes afterwards goes back whole
    assert money_back() == [(BALANCE, "called_off")]
    assert market.booths(["A03"])["A03"].state == BoothState.FREE
    assert "money_goes_back" in db.session.scalars(select(Mail.template)).all()


def test_a_part_of_the_balance_goes_back_or_counts_for_the_fee(market: Market) -> None:
    fees(market)
    deposit(market)
    first, second = (market.order(market.hold(number), "transfer") for number in ("A03", "A05"))
    for n, one in enumerate((first, second)):
        arrive(one, DEPOSIT, f"FT{n}")
        arrive(one, 6_000_000, f"FT{n}B")
        arrive(one, 100, f"FT{n}C", currency="USD")
    done(market, first)
    assert sum(minor for minor, _reason in money_back()) == DEPOSIT + 6_000_000 - TENTH + 100
    later(days=40)
    done(market, second, HALF)
    wish = cancellation_of(second)
    assert wish is not None and (wish.kept_minor, wish.refund_minor) == (HALF, DEPOSIT + 6_000_000 - HALF)
    for one in (first, second):
        states = db.session.scalars(select(Payment.state).where(Payment.order_id == one.id))
        assert "unmatched" not in set(states)


def test_money_that_is_given_back_whole_ends_what_was_asked(market: Market, order: Order) -> None:
    wish = ask(market, order)
    with transaction():
        give_back(OLA, fresh(order), clock.now())
    assert (fresh(order).state, money_back()) == (OrderState.REFUNDED, [(PRICE, "cancelled")])
    ended = cancellation_of(order)
    assert ended is not None and (ended.state, ended.kept_minor, ended.refund_minor) == ("done", 0, PRICE)
    with pytest.raises(CancellationDecided):
        carry_out(OLA, market.fair, fresh(order), wish, "Đồng ý", clock.now())


def test_a_final_report_keeps_its_booths(market: Market, order: Order) -> None:
    wish = ask(market, order)
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).frozen_at = clock.now()
    with pytest.raises(FairFrozen):
        carry_out(OLA, market.fair, fresh(order), wish, "Đồng ý", clock.now())
    assert (cancellation_of(order) or wish).state == "asked"


def test_deals_of_the_exhibitor_stay(market: Market, order: Order) -> None:
    with transaction():
        deal = Deal(
            fair_id=market.cast.fair.id, number="GD-0001", exhibitor_id=order.exhibitor_id,
            buyer_id=market.cast.buyer.id, kind="order", subject="Bình", amount_minor=1000, currency="VND",
            state="declared", recorded_at=clock.now(), signed_on=date(2019, 10, 1), recorded_side="exhibitor",
        )  # fmt: skip
        db.session.add(deal)
    done(market, order)
    kept = db.session.scalars(select(Deal)).one()
    assert (kept.state, kept.exhibitor_id) == ("declared", order.exhibitor_id)


def test_cancelled_at_once_by_many_it_is_done_once(app: Flask, market: Market, order: Order) -> None:
    wish = ask(market, order)
    order_id, wish_id = order.id, wish.id
    db.session.commit()
    gate, said = threading.Barrier(6), []

    def decide(n: int) -> None:
        with app.app_context():
            fair, mine = db.session.get_one(Fair, market.cast.fair.id), db.session.get_one(Order, order_id)
            theirs = db.session.get_one(Cancellation, wish_id)
            gate.wait()
            try:
                if n % 3 == 0:
                    retrying(lambda: refuse(OLA, theirs, "Không", clock.now()))
                elif n % 3 == 1:
                    carry_out(OLA, fair, mine, theirs, "Có", clock.now())
                else:
                    retrying(lambda: withdraw(SYSTEM, theirs, clock.now()))
                said.append("done")
            except DomainError as error:
                said.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=decide, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["cancellation_decided"] * 5 + ["done"]
    state = fresh(order).state
    ended = (cancellation_of(order) or wish).state == "done"
    assert (state == OrderState.CALLED_OFF) == ended
    assert money_back() == ([(PRICE - TENTH, "called_off")] if ended else [])


def test_cancelled_while_the_balance_is_paid_every_dong_is_kept_or_goes_back(app: Flask, market: Market) -> None:
    """Whichever is first: the fee is kept once, and all else goes back."""
    fees(market)
    deposit(market)
    for n, number in enumerate(("A03", "A05", "A07", "A09")):
        one = market.order(market.hold(number), "transfer")
        arrive(one, DEPOSIT, f"FT{n}")
        wish = ask(market, one)
        ids = (one.id, one.fair_id, wish.id)
        db.session.commit()
        gate, failed = threading.Barrier(2), []

        def pay(ids=ids, gate=gate, failed=failed, n=n) -> None:  # type: ignore[no-untyped-def]
            arrival = Arrival("transfer", f"FT{n}B", Money(BALANCE, "VND"), clock.now())
            with app.app_context():
                gate.wait()
                try:
                    retrying(lambda: receive_payment(SYSTEM, ids[1], ids[0], arrival, clock.now()))
                except Exception as error:
                    failed.append(repr(error))
                db.session.remove()

        def cancel(ids=ids, gate=gate, failed=failed) -> None:  # type: ignore[no-untyped-def]
            with app.app_context():
                fair, mine = db.session.get_one(Fair, ids[1]), db.session.get_one(Order, ids[0])
                theirs = db.session.get_one(Cancellation, ids[2])
                gate.wait()
                try:
                    carry_out(OLA, fair, mine, theirs, "Có", clock.now())
                except Exception as error:
                    failed.append(repr(error))
                db.session.remove()

        threads = [threading.Thread(target=pay), threading.Thread(target=cancel)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert fresh(one).state == OrderState.CALLED_OFF
        back = db.session.scalar(
            select(func.sum(Refund.amount_minor))
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.order_id == one.id)
        )
        assert back == PRICE - TENTH
        assert market.booths([number])[number].state == BoothState.FREE


def test_a_card_page_that_is_open_is_closed_first_and_one_that_was_paid_in_is_believed(
    market: Market, desk: Desk
) -> None:
    fees(market)
    deposit(market)
    one = market.order(market.hold("A03"))

    def now_s() -> int:
        return int(clock.now().timestamp())

    def open_page() -> str:
        start_balance_checkout(market.fair, fresh(one), "http://localhost/b", "ema@example.org", "vi", clock.now())
        return fresh(one).stripe_session_id or ""

    desk.pay(fresh(one).stripe_session_id or "", now_s())
    desk.deliver()
    wish = ask(market, one)
    session_id = open_page()
    desk.store.set("mode", "hold")
    desk.pay(session_id, now_s())
    with pytest.raises(JustPaid):
        carry_out(OLA, market.fair, fresh(one), wish, "Có", clock.now())
    assert fresh(one).state == OrderState.DEPOSITED
    from app.demo.stripe_desk.webhooks import release

    release(desk.store)
    desk.deliver()
    assert fresh(one).state == OrderState.PAID
    carry_out(OLA, market.fair, fresh(one), wish, "Có", clock.now())
    send_refunds()
    assert sum(one["amount"] for one in desk.store.all("refund")) == PRICE - TENTH
    other = market.order(market.hold("A05"))
    desk.store.set("mode", "")
    desk.pay(fresh(other).stripe_session_id or "", now_s())
    release(desk.store)
    desk.deliver()
    start_balance_checkout(market.fair, fresh(other), "http://localhost/b", "ema@example.org", "vi", clock.now())
    open_session = fresh(other).stripe_session_id
    done(market, other)
    found = desk.store.get(open_session or "")
    assert found is not None and found["status"] == "expired"


def test_who_handed_a_booth_on_cancels_nothing(market: Market, order: Order) -> None:
    heir = market.cast.rival.id
    with transaction():
        transfer_booth(OLA, market.fair, "A03", market.cast.exhibitor.id, heir, "Nhượng lại", clock.now())
    assert fee_today(market.fair, fresh(order), clock.now()) is None
    with pytest.raises(CannotCancel):
        ask_cancellation(OLA, market.fair, fresh(order), "Không đi nữa", TENTH, clock.now())
    assert fresh(order).state == OrderState.PAID


@pytest.mark.parametrize("handed_on", [True, False])
def test_what_was_asked_is_not_carried_out_once_a_booth_went_on(market: Market, order: Order, handed_on: bool) -> None:
    """Else its money would go back, and whoever has the booth would have it for nothing."""
    wish = ask(market, order)
    number, ema = market.let(order)[0], market.cast.exhibitor.id
    with transaction():
        if handed_on:
            transfer_booth(OLA, market.fair, number, ema, market.cast.rival.id, "Nhượng lại", clock.now())
        else:
            release_booth(OLA, market.fair, number, ema, "no_show", "Không đến", clock.now())
    with pytest.raises(BoothsElsewhere):
        carry_out(OLA, market.fair, fresh(order), wish, "Đồng ý", clock.now())
    with pytest.raises(BoothsElsewhere):
        call_off(OLA, market.fair, fresh(order), "Huỷ", TENTH, clock.now())
    assert (fresh(order).state, money_back()) == (OrderState.PAID, [])
    with transaction():
        refuse(OLA, wish, "Gian đã chuyển", clock.now())
    assert cancellation_of(order).state == "refused"  # type: ignore[union-attr]


def test_a_booth_is_cancelled_or_handed_on_and_never_both(app: Flask, market: Market, order: Order) -> None:
    wish, number, fair_id = ask(market, order), market.let(order)[0], market.cast.fair.id
    gate, said = threading.Barrier(2), []

    def at_once(deed: Any) -> None:
        with app.app_context():
            gate.wait()
            try:
                deed(db.session.get_one(Fair, fair_id))
                said.append("done")
            except DomainError as error:
                said.append(error.code)
            db.session.remove()

    def hand_on(fair: Fair) -> None:
        heir = market.cast.rival.id
        retrying(lambda: transfer_booth(OLA, fair, number, market.cast.exhibitor.id, heir, "Nhượng", clock.now()))

    def cancel(fair: Fair) -> None:
        mine, asked = db.session.get_one(Order, order.id), db.session.get_one(Cancellation, wish.id)
        carry_out(OLA, fair, mine, asked, "Đồng ý", clock.now())

    db.session.commit()
    threads = [threading.Thread(target=at_once, args=(deed,)) for deed in (hand_on, cancel)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) in (["booths_elsewhere", "done"], ["booth_not_theirs", "done"])
    assert (fresh(order).state == OrderState.CALLED_OFF) == (market.let(order) == []) == bool(money_back())


def test_a_booth_with_an_open_balance_is_neither_released_nor_transferred(market: Market) -> None:
    deposit(market)
    order = market.order(market.hold("A03"), "transfer")
    arrive(order, DEPOSIT)
    for work in (
        lambda: release_booth(OLA, market.fair, "A03", market.cast.exhibitor.id, "unpaid", "Chưa trả", clock.now()),
        lambda: transfer_booth(
            OLA, market.fair, "A03", market.cast.exhibitor.id, market.cast.rival.id, "Nhượng", clock.now()
        ),
    ):
        with pytest.raises(BalanceOpen), transaction():
            work()
    assert market.let(order) == ["A03"]


def test_a_contract_keeps_its_fees_when_the_organiser_removes_all_steps(market: Market, order: Order) -> None:
    print_papers()
    before = fee_today(market.fair, fresh(order), clock.now())
    assert before is not None
    for step in cancelling.steps_of(market.cast.fair.id):
        with transaction():
            remove_step(OLA, market.fair, step.id)
    assert fee_today(market.fair, fresh(order), clock.now()) == before


def test_what_waits_is_not_carried_out_at_another_fee(market: Market, order: Order) -> None:
    ask_cancellation(OLA, market.fair, fresh(order), "Không đi nữa", TENTH, clock.now())
    with pytest.raises(FeeChanged):
        ask_cancellation(OLA, market.fair, fresh(order), "Không đi nữa", TENTH + 1, clock.now())
