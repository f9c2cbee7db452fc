"""A deposit and a balance: split exactly, let at the deposit, every dong accounted for whichever way it comes."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM, AuditEntry
from app.booths import booking
from app.booths.models import BoothState
from app.db import db, retrying, transaction
from app.errors import FieldErrors
from app.fairs.models import Fair
from app.fulfilment import choose_equal, give_back, match, receive_payment
from app.mail import Mail, compose
from app.money import Money
from app.payments.balance import JustPaid, missing_minor, start_balance_checkout
from app.payments.invoices import papers_of
from app.payments.models import BalanceReminder, Order, OrderState, Payment, PaymentState, Refund
from app.payments.papers import print_papers
from app.payments.reminders import remind_of_balances, remind_of_fair
from app.payments.schedule import counted_minor, end_schedule, instalments_of
from app.payments.settlement import Arrival
from app.webhooks import ask_stripe
from tests.support.desk import Desk
from tests.support.market import Market, later
from tests.support.terms import BALANCE, DEPOSIT, PRICE, arrive, deposit, fresh

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


@pytest.fixture
def order(market: Market, context: Any) -> Order:
    deposit(market)
    return market.order(market.hold("A03"), "transfer")


def refunds() -> list[tuple[int, str]]:
    db.session.commit()
    return [(one.amount_minor, one.reason) for one in db.session.scalars(select(Refund).order_by(Refund.id))]


def kinds(order: Order) -> list[str]:
    return [paper.kind for paper in papers_of(order)]


def accounted(order: Order) -> int:
    """What came for the order and is neither gone back nor about to."""
    came = db.session.scalar(select(func.sum(Payment.amount_minor)).where(Payment.order_id == order.id)) or 0
    back = db.session.scalar(select(func.sum(Refund.amount_minor)).where(Refund.state != "failed")) or 0
    return int(came) - int(back)


def test_without_a_schedule_orders_are_due_whole(market: Market) -> None:
    one = market.order(market.hold("A03"), "transfer")
    assert (one.deposit_minor, one.balance_due_at, instalments_of(one)) == (None, None, [])
    arrive(one, PRICE)
    assert fresh(one).state == OrderState.PAID


def test_an_order_is_split_and_its_parts_come_to_its_total(market: Market, order: Order) -> None:
    first, second = instalments_of(order)
    assert (first.amount.minor, second.amount.minor) == (DEPOSIT, BALANCE)
    assert first.amount.minor + second.amount.minor == order.total_minor
    assert clock.local(market.fair, second.due_at).strftime("%d.%m. %H:%M") == "12.11. 17:00"
    assert (first.due_at, first.state, second.state) == (order.due_at, "open", "open")


@pytest.mark.parametrize(
    ("currency", "price", "total", "first"),
    [("VND", 14_400_005, 15_840_006, 5_279_474), ("USD", 62_555, 68_811, 22_935), ("JPY", 90_005, 99_006, 32_999),
     ("KWD", 190_005, 209_006, 69_660)],
)  # fmt: skip
def test_a_deposit_is_rounded_half_up_and_the_balance_is_the_rest(
    market: Market, currency: str, price: int, total: int, first: int
) -> None:
    """33.33 % of each total, by the currency's own minor unit: of 15,840,006 ₫ it is 5,279,473.9998.

    With three decimals to ten of them, as cards take it.
    """
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).currency = currency
        market.booths(["A07"])["A07"].price_minor = price
    deposit(market, bp=3333)
    one = market.order(market.hold("A07"), "transfer")
    parts = [part.amount for part in instalments_of(one)]
    assert (parts[0].minor, sum(part.minor for part in parts), parts[0].currency) == (first, total, currency)
    arrive(one, first, currency=currency)
    assert fresh(one).state == OrderState.DEPOSITED
    arrive(one, total - first, "FT2", currency=currency)
    assert fresh(one).state == OrderState.PAID


def test_orders_after_the_balances_day_are_due_whole_and_a_deposit_is_never_due_after_its_balance(
    market: Market,
) -> None:
    deposit(market, on=date(2019, 10, 9))
    soon = market.order(market.hold("A03"), "transfer")
    assert soon.due_at == soon.balance_due_at
    later(days=3)
    whole = market.order(market.hold("A05"), "transfer")
    assert whole.deposit_minor is None


def test_days_before_the_fair_and_its_first_day_before_it_opens(market: Market) -> None:
    deposit(market, on=None, days=30)
    one = market.order(market.hold("A03"), "transfer")
    assert one.balance_due_at is not None and one.balance_due_at.date() == date(2019, 11, 12)
    deposit(market, on=None, days=0)
    two = market.order(market.hold("A05"), "transfer")
    assert two.balance_due_at is not None
    assert clock.local(market.fair, two.balance_due_at).strftime("%d.%m. %H:%M") == "12.12. 08:30"
    assert fresh(one).balance_due_at != two.balance_due_at  # an order keeps the day that it was placed with


@pytest.mark.parametrize(
    "wrong",
    [{"deposit_bp": 0}, {"deposit_bp": 10_000}, {"deposit_bp": None}, {"balance_on": None}, {"balance_days_before": 3},
     {"balance_on": date(2019, 12, 13)}, {"balance_on": date(2019, 10, 6)},
     {"balance_on": None, "balance_days_before": 366}, {"balance_on": None, "balance_days_before": 300}],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(market: Market, wrong: dict[str, Any]) -> None:
    from app.payments.schedule import set_schedule, terms_of

    given = {"deposit_bp": 3000, "balance_on": date(2019, 11, 12), "balance_days_before": None} | wrong
    with pytest.raises(FieldErrors), transaction():
        set_schedule(SYSTEM, market.fair, given, clock.now())
    assert terms_of(market.cast.fair.id) is None


def test_a_schedule_that_ends_leaves_orders_as_they_are(market: Market, order: Order) -> None:
    for _twice in range(2):
        with transaction():
            end_schedule(SYSTEM, market.fair)
    assert fresh(order).deposit_minor == DEPOSIT
    assert market.order(market.hold("A05"), "transfer").deposit_minor is None
    told = select(AuditEntry.action).where(AuditEntry.action.like("schedule.%")).order_by(AuditEntry.id)
    assert list(db.session.scalars(told)) == ["schedule.set", "schedule.ended"]


def test_the_deposit_lets_the_booth_and_the_balance_pays_the_order(market: Market, order: Order) -> None:
    assert arrive(order, DEPOSIT).state == PaymentState.SETTLED
    assert fresh(order).state == OrderState.DEPOSITED
    assert market.let(order) == ["A03"]
    assert [part.state for part in instalments_of(order)] == ["paid", "open"]
    assert kinds(order) == ["invoice", "contract"]
    assert papers_of(order)[0].content["open_minor"] == BALANCE
    later(days=10)
    booking.end_unpaid()
    assert (fresh(order).state, market.let(order)) == (OrderState.DEPOSITED, ["A03"])  # nothing runs out any more
    assert arrive(order, BALANCE, "FT2").state == PaymentState.SETTLED
    assert fresh(order).state == OrderState.PAID
    assert kinds(order) == ["invoice", "contract", "receipt"]
    receipt = papers_of(order)[2]
    assert (receipt.number, receipt.content["amount_minor"]) == ("PT2019-00001", BALANCE)
    print_papers()
    mails = {mail.template: mail for mail in db.session.scalars(select(Mail))}
    assert len(mails["booths_confirmed"].attachments) == 2 and len(mails["balance_paid"].attachments) == 1


def test_papers_mail_of_a_deposit_says_what_is_open(market: Market, order: Order) -> None:
    arrive(order, DEPOSIT)
    print_papers()
    mail = db.session.scalars(select(Mail).where(Mail.template == "booths_confirmed")).one()
    text = compose(mail).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "4.752.000" in text and "11.088.000" in text and "12.11.2019" in text


def test_the_mail_of_a_transfer_asks_for_the_deposit(market: Market, order: Order) -> None:
    mail = db.session.scalars(select(Mail)).one()
    text = compose(mail).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "4.752.000" in text and "11.088.000" in text


def test_all_at_once_is_paid_and_needs_no_receipt(order: Order) -> None:
    arrive(order, PRICE)
    assert fresh(order).state == OrderState.PAID
    assert kinds(order) == ["invoice", "contract"]
    assert refunds() == []


def test_more_than_the_deposit_goes_towards_the_balance(order: Order) -> None:
    arrive(order, DEPOSIT + 1_000_000)
    assert (fresh(order).state, missing_minor(order), refunds()) == (OrderState.DEPOSITED, BALANCE - 1_000_000, [])
    arrive(order, BALANCE - 1_000_000, "FT2")
    assert (fresh(order).state, accounted(order)) == (OrderState.PAID, PRICE)


def test_less_waits_and_counts_with_what_follows_at_each_part(order: Order) -> None:
    assert arrive(order, DEPOSIT - 10).reason == "too_little"
    assert fresh(order).state == OrderState.AWAITING
    arrive(order, 10, "FT2")
    assert fresh(order).state == OrderState.DEPOSITED
    assert arrive(order, BALANCE - 5, "FT3").reason == "too_little"
    assert (fresh(order).state, missing_minor(order)) == (OrderState.DEPOSITED, 5)
    short = [mail for mail in db.session.scalars(select(Mail).order_by(Mail.id)) if mail.template == "payment_short"]
    assert [mail.context["balance"] for mail in short] == [False, True]
    assert [mail.context["missing_minor"] for mail in short] == [10, 5]
    arrive(order, 5, "FT4")
    assert (fresh(order).state, refunds()) == (OrderState.PAID, [])


def test_more_than_the_balance_goes_back(order: Order) -> None:
    arrive(order, DEPOSIT)
    arrive(order, BALANCE + 7, "FT2")
    assert (fresh(order).state, refunds(), accounted(order)) == (OrderState.PAID, [(7, "too_much")], PRICE)


def test_what_comes_after_all_is_paid_goes_back(order: Order) -> None:
    for number, minor in (("FT1", DEPOSIT), ("FT2", BALANCE), ("FT3", BALANCE)):
        arrive(order, minor, number)
    assert (refunds(), accounted(order)) == ([(BALANCE, "twice")], PRICE)


def test_over_of_an_older_stray_payment_goes_back_over_several(order: Order) -> None:
    """The stray one is the older: what is over is more than the last one is."""
    with transaction():
        arrival = Arrival("transfer", "FT0", Money(PRICE + 1_000, "VND"), clock.now())
        stray = receive_payment(SYSTEM, order.fair_id, None, arrival, clock.now())
    arrive(order, 10)
    with transaction():
        match(SYSTEM, stray, order, clock.now())
    assert (fresh(order).state, sum(minor for minor, _reason in refunds())) == (OrderState.PAID, 1_010)
    assert accounted(order) == PRICE


def test_same_bank_number_again_changes_nothing(order: Order) -> None:
    for _twice in range(2):
        arrive(order, DEPOSIT)
    assert (fresh(order).state, counted_minor(order)) == (OrderState.DEPOSITED, DEPOSIT)


def test_a_deposit_that_comes_after_the_booth_went_waits_for_a_choice(market: Market, order: Order) -> None:
    later(days=4)
    market.hold("A03", rival=True)
    assert arrive(order, DEPOSIT).reason == "too_late"
    assert fresh(order).state == OrderState.UNDELIVERABLE
    with transaction():
        choose_equal(SYSTEM, market.fair, order, ["A05"], clock.now())
    assert (fresh(order).state, market.let(order)) == (OrderState.DEPOSITED, ["A05"])
    arrive(order, BALANCE, "FT2")
    assert fresh(order).state == OrderState.PAID


def test_a_deposit_is_given_back_whole_by_the_organiser(market: Market, order: Order) -> None:
    arrive(order, DEPOSIT)
    with transaction():
        give_back(SYSTEM, fresh(order), clock.now())
    assert (fresh(order).state, refunds()) == (OrderState.REFUNDED, [(DEPOSIT, "cancelled")])
    assert market.booths(["A03"])["A03"].state == BoothState.FREE
    assert papers_of(order)[2].content["part_paid"] is True


def now_s() -> int:
    return int(clock.now().timestamp())


def card_order(market: Market) -> Order:
    deposit(market)
    return market.order(market.hold("A03"))


def checkout(market: Market, order: Order) -> str | None:
    return start_balance_checkout(market.fair, fresh(order), "http://localhost/b", "ema@example.org", "vi", clock.now())


def pay_deposit(desk: Desk, order: Order) -> None:
    desk.pay(fresh(order).stripe_session_id or "", now_s())
    desk.deliver()
    assert fresh(order).state == OrderState.DEPOSITED


def test_each_part_has_a_card_page_of_its_own_and_a_doubled_webhook_counts_once(market: Market, desk: Desk) -> None:
    desk.store.set("copies", "2")
    order = card_order(market)
    pay_deposit(desk, order)
    assert fresh(order).stripe_session_url is None
    url = checkout(market, order)
    assert url and checkout(market, order) == url
    sessions = desk.store.all("checkout.session")
    assert sorted(one["amount_total"] for one in sessions) == [DEPOSIT, BALANCE]
    desk.pay(fresh(order).stripe_session_id or "", now_s())
    outcomes = [outcome for _status, outcome in desk.deliver()]
    assert (outcomes.count("settled"), outcomes.count("repeated")) == (1, 2)
    assert (fresh(order).state, accounted(order), refunds()) == (OrderState.PAID, PRICE, [])
    assert checkout(market, order) is None


def test_a_late_webhook_of_the_deposit_pays_no_balance(market: Market, desk: Desk) -> None:
    """Half and half: both parts are the same amount, and the deposit is paid by card and by transfer."""
    deposit(market, bp=5000)
    desk.store.set("mode", "hold")
    order = market.order(market.hold("A03"))
    desk.pay(fresh(order).stripe_session_id or "", now_s())
    arrive(order, PRICE // 2)
    assert fresh(order).state == OrderState.DEPOSITED
    from app.demo.stripe_desk.webhooks import release

    release(desk.store)
    desk.deliver()
    assert (fresh(order).state, refunds()) == (OrderState.DEPOSITED, [(PRICE // 2, "twice")])
    assert counted_minor(order) == PRICE // 2


def test_balance_by_card_and_by_transfer_at_once_is_counted_once(market: Market, desk: Desk) -> None:
    order = card_order(market)
    pay_deposit(desk, order)
    checkout(market, order)
    desk.store.set("mode", "hold")
    desk.pay(fresh(order).stripe_session_id or "", now_s())
    arrive(order, BALANCE)
    from app.demo.stripe_desk.webhooks import release

    release(desk.store)
    desk.deliver()
    assert (fresh(order).state, refunds(), accounted(order)) == (OrderState.PAID, [(BALANCE, "twice")], PRICE)


def test_a_part_by_transfer_while_the_card_pays_all_goes_back(market: Market, desk: Desk) -> None:
    order = card_order(market)
    pay_deposit(desk, order)
    checkout(market, order)
    arrive(order, 1_000_000)
    assert checkout(market, order) is None  # nobody is asked for a part twice
    desk.pay(fresh(order).stripe_session_id or "", now_s())
    desk.deliver()
    assert (fresh(order).state, refunds(), accounted(order)) == (OrderState.PAID, [(1_000_000, "too_much")], PRICE)


def test_a_wrong_amount_by_card_waits_for_a_person(market: Market, order: Order) -> None:
    arrive(order, DEPOSIT)
    for n, minor in enumerate((BALANCE - 1, BALANCE + 1, PRICE)):
        assert arrive(order, minor, f"pi_{n}", "card", "balance").reason == "wrong_amount"
    assert fresh(order).state == OrderState.DEPOSITED


def test_a_lost_webhook_of_the_balance_is_made_good_by_asking(market: Market, desk: Desk) -> None:
    order = card_order(market)
    pay_deposit(desk, order)
    checkout(market, order)
    desk.store.set("mode", "hold")
    desk.pay(fresh(order).stripe_session_id or "", now_s())
    later(minutes=32)
    with pytest.raises(JustPaid):
        checkout(market, order)
    ask_stripe()
    assert fresh(order).state == OrderState.PAID


def test_a_card_page_that_ran_out_is_opened_anew(market: Market, desk: Desk) -> None:
    order = card_order(market)
    pay_deposit(desk, order)
    first = checkout(market, order)
    later(minutes=32)
    second = checkout(market, order)
    assert first and second and first != second


def test_an_order_too_large_for_a_card_can_have_its_deposit_paid_by_one(market: Market, desk: Desk) -> None:
    deposit(market)
    order = market.order(market.hold("A03", "A04", "A05", "A06", "A07", "A08", "A09"))
    assert order.total_minor == 110_880_000
    pay_deposit(desk, order)
    assert checkout(market, order) is not None  # 77,616,000: eight digits


def test_parts_at_once_are_counted_once_and_number_without_gaps(app: Flask, market: Market) -> None:
    """16 threads: each of 4 orders gets its deposit and its balance, each noted twice."""
    deposit(market)
    orders = [market.order(market.hold(f"A{n:02}"), "transfer") for n in (3, 5, 7, 9)]
    ids = [(order.id, order.fair_id) for order in orders]
    db.session.commit()
    gate, failed = threading.Barrier(16), []

    def pay(n: int) -> None:
        (order_id, fair_id), second = ids[n % 4], n // 4 % 2
        arrival = Arrival("transfer", f"FT{order_id}-{second}", Money((DEPOSIT, BALANCE)[second], "VND"), clock.now())
        with app.app_context():
            gate.wait()
            try:
                retrying(lambda: receive_payment(SYSTEM, fair_id, order_id, arrival, clock.now()))
            except Exception as error:
                failed.append(repr(error))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=pay, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [fresh(order).state for order in orders] == [OrderState.PAID] * 4
    assert refunds() == []
    assert [counted_minor(order) for order in orders] == [PRICE] * 4


def test_reminders_come_once_each_before_the_day_and_the_day_after(market: Market, order: Order) -> None:
    arrive(order, DEPOSIT)
    sent = []
    start = clock.now()  # 7 October, 9:00 at the fair
    for day in range(25, 45):
        for hours in (-2, -1, 0, 9):
            later(minutes=((start + timedelta(days=day, hours=hours)) - clock.now()).total_seconds() / 60)
            if number := remind_of_fair(market.fair, clock.now()):
                sent.append((clock.local(market.fair, clock.now()).strftime("%d.%m. %H"), number))
    assert sent == [("05.11. 08", 1), ("11.11. 08", 1), ("13.11. 08", 1)]
    mails = [mail for mail in db.session.scalars(select(Mail).order_by(Mail.id)) if "balance" in mail.template]
    assert [mail.context["late"] for mail in mails] == [False, False, True]
    assert "11.088.000" in compose(mails[0])["Subject"]


def test_who_has_paid_is_not_reminded_and_two_processes_write_one_mail(app: Flask, market: Market) -> None:
    deposit(market)
    open_one, paid = (market.order(market.hold(number), "transfer") for number in ("A03", "A05"))
    arrive(open_one, DEPOSIT)
    arrive(paid, PRICE, "FT2")
    later(days=30)
    gate, failed = threading.Barrier(4), []

    def remind() -> None:
        with app.app_context():
            gate.wait()
            try:
                remind_of_balances()
            except Exception as error:
                failed.append(repr(error))
            db.session.remove()

    threads = [threading.Thread(target=remind) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert list(db.session.scalars(select(Mail.template).where(Mail.template == "balance_reminder"))) == [
        "balance_reminder"
    ]
    assert db.session.scalar(select(func.count()).select_from(BalanceReminder)) == 1
