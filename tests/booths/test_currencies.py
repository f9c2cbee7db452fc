"""Further currencies: fixed lists of their own, nothing converted, nothing charged that was not read, no sum of two."""

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM, AuditEntry
from app.booths import booking, cancelling
from app.booths.amount_models import CurrencyAmount
from app.booths.amounts import listing_of
from app.booths.currency_choice import choose_currency
from app.booths.currency_lists import booths_with_prices, close_currency, keep_currency, set_amounts, set_rate
from app.booths.discounts import DiscountOtherCurrency
from app.booths.errors import (
    CurrencyNotOffered,
    HoldEnded,
    NoPriceInCurrency,
    PricesChanged,
    TransferNotPossible,
)
from app.booths.fair_state import Wanted, booth_rows, booths_wanted, fair_state, sums_of
from app.booths.letting import equal_offers
from app.booths.models import BoothState, Hold
from app.booths.moving import move_booth
from app.booths.price_lists import add_price_list
from app.booths.pricing import listed_in, price_terms
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair
from app.fulfilment import choose_equal, give_back
from app.mail import Mail
from app.money import Money
from app.payments.invoices import papers_of
from app.payments.models import Order, OrderState, PaymentState, Refund
from app.payments.papers import paper_pdf, print_papers
from app.payments.support import SupportOtherCurrency
from tests.support.currencies import abroad, amounts, extra, held, opened, ordered
from tests.support.desk import Desk
from tests.support.market import Market, later
from tests.support.paper import text_of
from tests.support.subsidy import granted
from tests.support.terms import arrive, code, deposit, fees, fresh

pytestmark = pytest.mark.usefixtures("context")
A03 = 99_000  # 9 m² at 100.00 USD, with 10 % VAT


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def lists(market: Market, *numbers: str, currency: str = "USD") -> list[int | None]:
    booths = market.booths(numbers)
    found = listed_in(market.fair, currency, booths.values())
    return [found[booths[number].id] for number in numbers]


def test_a_list_says_most_where_it_is_most_precise_and_nothing_is_converted(market: Market) -> None:
    opened(market, rate=0)
    assert lists(market, "A01", "A03") == [None, None]
    with transaction():
        fair = market.fair
        set_rate(SYSTEM, fair, "USD", "", "corner", 12_000)
        set_rate(SYSTEM, fair, "USD", "A", "", 10_000)
    assert lists(market, "A01", "A03") == [99_000, 90_000], "its zone's, and a tenth for the second open side"
    with transaction():
        set_rate(SYSTEM, fair, "USD", "A", "corner", 20_000)
    amounts(market, "booths", A05=123_456)
    assert lists(market, "A01", "A03", "A05") == [198_000, 90_000, 123_456]
    assert lists(market, "A01", "A03", currency="VND") == [15_840_000, 14_400_000]
    listing = listing_of(market.fair, "USD")
    assert listing is not None and booths_with_prices(market.fair, listing) == (20, 20, 0)
    assert amounts(market, "booths", A05=None) == 1 and amounts(market, "booths", A05=None) == 0
    with transaction():
        set_rate(SYSTEM, fair, "USD", "A", "corner", None)
        set_rate(SYSTEM, fair, "USD", "A", "", None)
    assert lists(market, "A01", "A05") == [118_800, None]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"currency": "usd"}, "currency"), ({"currency": "VND"}, "currency"), ({"offered_to": "some"}, "offered_to"),
     ({"bank_swift": "BFTV"}, "bank_swift"), ({"bank_account": ""}, "bank_account"), ({"bank_name": ""}, "bank_name")],
)  # fmt: skip
def test_what_is_no_currency_or_account_is_refused(market: Market, wrong: dict[str, str], field: str) -> None:
    given = {"currency": "USD", "offered_to": "everybody", "bank_name": "VCB", "bank_account": "007", "bank_swift": ""}
    given |= wrong
    with pytest.raises(FieldErrors) as refused, transaction():
        keep_currency(SYSTEM, market.fair, given.pop("currency"), given, clock.now())
    assert list(refused.value.fields) == [field]


def test_wrong_amounts_are_refused_whole_and_a_closed_list_takes_none(market: Market) -> None:
    opened(market)
    with pytest.raises(FieldErrors) as refused:
        amounts(market, "booths", A03=5, A04=-1, Z99=5)
    assert set(refused.value.fields) == {"booths-A04", "booths-Z99"}
    assert db.session.scalar(select(func.count()).select_from(CurrencyAmount)) == 0
    with transaction():
        close_currency(SYSTEM, market.fair, "USD", clock.now())
    for again in (
        lambda: close_currency(SYSTEM, market.fair, "USD", clock.now()),
        lambda: set_amounts(SYSTEM, market.fair, "USD", "booths", {"A03": 5}),
        lambda: set_rate(SYSTEM, market.fair, "EUR", "", "", 5),
    ):
        with pytest.raises(NotFound), transaction():
            again()
    opened(market, rate=0)
    assert lists(market, "A03") == [90_000], "opened again with the list that it had"


def test_per_cent_hold_in_every_currency_and_a_price_per_m2_where_it_has_an_amount(market: Market) -> None:
    opened(market)
    amounts(market, "booths", A05=100_000)
    with transaction():
        given = {"name": "Sớm", "name_en": "Early", "from_on": date(2019, 10, 1), "to_on": date(2019, 10, 10)}
        early = add_price_list(SYSTEM, market.fair, given | {"off_bp": None, "per_m2_minor": 1_500_000}, clock.now())
        per_cent = given | {"off_bp": 1500, "per_m2_minor": None}
        per_cent |= {"from_on": date(2019, 10, 11), "to_on": date(2019, 10, 20)}
        add_price_list(SYSTEM, market.fair, per_cent, clock.now())

    def nets() -> list[int]:
        terms = price_terms(market.fair, clock.now())
        from dataclasses import replace

        terms = replace(terms, listing=listing_of(market.fair, "USD"))
        found = [terms.price_in(market.fair, booth) for booth in market.booths(["A03", "A05"]).values()]
        return [one.net.minor for one in found if one is not None]

    assert nets() == [90_000, 100_000]
    amounts(market, "price_lists", **{f"_{early.id}": 8_000})
    assert nets() == [72_000, 100_000]
    later(days=5)
    assert nets() == [76_500, 85_000]


def test_an_order_is_in_its_currency_down_to_the_papers(market: Market) -> None:
    opened(market)
    power = extra(market, usd=5_000)
    code(market)
    one = ordered(market, held(market, "A03"), extras={power: 2}, code="TET-2020", seen_net_minor=100_000)
    assert (one.currency, one.net_minor, one.total_minor) == ("USD", 91_000, 100_100)
    assert [(line.kind, line.net_minor, line.listed_minor) for line in one.lines] == [
        ("booth", 90_000, 90_000), ("discount", -9_000, None), ("extra", 10_000, None),
    ]  # fmt: skip
    [mail] = db.session.scalars(select(Mail))
    assert (mail.context["account"], mail.context["swift"]) == ("0071370000", "BFTVVNVX")
    [placed] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "order.placed"))
    assert placed.details["currency"] == "USD"
    arrive(one, 100_100, currency="USD")
    one = fresh(one)
    assert (one.state, market.let(one)) == (OrderState.PAID, ["A03"])
    print_papers()
    for paper in papers_of(one):
        said = text_of(paper_pdf(market.fair, one, paper)).replace("\xa0", " ")
        assert "1.001,00 USD" in said and "₫" not in said and "VND" not in said
    assert db.session.get_one(Exhibitor, one.exhibitor_id).currency == "USD", "remembered for the next hold"


@pytest.mark.parametrize(("currency", "sent"), [("USD", 99_000), ("JPY", 148_500), ("KWD", 306_900)])
def test_stripe_is_asked_for_the_minor_unit_of_each_currency(
    market: Market, desk: Desk, currency: str, sent: int
) -> None:
    opened(market, currency)
    one = ordered(market, held(market, "A03", currency=currency), "card")
    session = desk.store.get(fresh(one).stripe_session_id or "")
    assert session is not None and (session["amount_total"], session["currency"]) == (sent, currency.lower())
    desk.pay(session["id"], int(clock.now().timestamp()))
    desk.deliver()
    assert (fresh(one).state, fresh(one).currency) == (OrderState.PAID, currency)


def test_what_cannot_be_bought_in_a_currency_is_said_and_nothing_is_taken(market: Market) -> None:
    opened(market, rate=0, offered_to="foreign")
    amounts(market, "booths", A03=90_000)
    power = extra(market)
    with pytest.raises(CurrencyNotOffered):
        held(market, "A03")
    with pytest.raises(CurrencyNotOffered):
        held(market, "A03", currency="EUR")
    abroad(market)
    with pytest.raises(NoPriceInCurrency) as refused:
        held(market, "A03", "A05")
    assert refused.value.params["things"] == ["A05"]
    hold = held(market, "A03")
    with pytest.raises(NoPriceInCurrency):
        ordered(market, hold, extras={power: 1})
    code(market, off_bp=None, off_minor=400_000)
    with pytest.raises(DiscountOtherCurrency):
        ordered(market, hold, code="TET-2020")
    opened(market, rate=0, offered_to="foreign", bank_name="", bank_account="", bank_swift="")
    with pytest.raises(TransferNotPossible):
        ordered(market, hold)
    with transaction():
        close_currency(SYSTEM, market.fair, "USD", clock.now())
    with pytest.raises(CurrencyNotOffered):
        ordered(market, hold)
    one = ordered(market, hold, currency="VND", extras={power: 1}, code="TET-2020")
    assert (one.currency, one.total_minor) == ("VND", 16_500_000)
    assert ordered(market, hold, currency="USD").id == one.id, "one hold makes one order"


def test_a_funder_pays_in_the_fairs_currency_alone(market: Market) -> None:
    opened(market)
    granted(market)
    hold = held(market, "A03")
    with pytest.raises(SupportOtherCurrency):
        ordered(market, hold)
    with transaction():
        choose_currency(SYSTEM, market.fair, db.session.get_one(Hold, hold.id), "VND")
        choose_currency(SYSTEM, market.fair, db.session.get_one(Hold, hold.id), "VND")
    one = ordered(market, db.session.get_one(Hold, hold.id))
    assert (one.currency, one.total_minor) == ("VND", 7_920_000)
    with pytest.raises(HoldEnded), transaction():
        choose_currency(SYSTEM, market.fair, db.session.get_one(Hold, hold.id), "USD")


def test_a_price_that_changed_since_it_was_read_is_told_and_nothing_is_ordered(market: Market) -> None:
    opened(market)
    power = extra(market, usd=5_000)
    hold = held(market, "A03")
    with transaction():
        set_rate(SYSTEM, market.fair, "USD", "", "", 11_000)
    with pytest.raises(PricesChanged) as refused:
        ordered(market, hold, seen_net_minor=90_000)
    assert refused.value.params["price"] == Money(99_000, "USD")
    amounts(market, "extras", **{f"_{power}": 6_000})
    with pytest.raises(PricesChanged):
        ordered(market, hold, extras={power: 1}, seen_net_minor=104_000)
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0
    one = ordered(market, hold, extras={power: 1}, seen_net_minor=105_000)
    with transaction():
        set_rate(SYSTEM, market.fair, "USD", "", "", 50_000)
        close_currency(SYSTEM, market.fair, "USD", clock.now())
    arrive(one, 115_500, currency="USD")
    assert (fresh(one).state, fresh(one).total_minor) == (OrderState.PAID, 115_500), "what is ordered keeps its price"


def test_two_who_write_one_amount_leave_one_and_an_order_in_between_has_one_of_the_prices(
    app: Flask, market: Market
) -> None:
    opened(market)
    hold_id, fair_id = held(market, "A03").id, market.cast.fair.id
    start, outcomes = threading.Barrier(3), []

    def act(what: str) -> None:
        with app.app_context():
            start.wait()
            try:
                if what == "order":
                    fair, hold = db.session.get_one(Fair, fair_id), db.session.get_one(Hold, hold_id)
                    one = retrying(
                        lambda: booking.place_order(
                            SYSTEM, fair, hold, "transfer", clock.now(), currency="USD", seen_net_minor=90_000
                        )
                    )
                    outcomes.append(one.net_minor)
                else:
                    fair = db.session.get_one(Fair, fair_id)
                    retrying(lambda: set_amounts(SYSTEM, fair, "USD", "booths", {"A03": int(what)}))
            except DomainError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=act, args=(what,)) for what in ("order", "80000", "70000")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes in ([90_000], ["price_changed"])
    db.session.commit()
    assert len(db.session.scalars(select(CurrencyAmount)).all()) == 1


def test_money_in_another_currency_settles_nothing_and_sums_stay_apart(market: Market) -> None:
    opened(market)
    one, home = ordered(market, held(market, "A03")), ordered(market, held(market, "A05", currency=None, rival=True))
    stray = arrive(one, A03, "FT1", currency="VND")
    assert (stray.state, stray.reason, fresh(one).state) == (PaymentState.UNMATCHED, "wrong_currency", "awaiting")
    assert arrive(home, home.total_minor, "FT2", currency="USD").reason == "wrong_currency"
    arrive(one, A03, "FT3", currency="USD")
    fair, now = market.fair, clock.now()
    [zone], whole = fair_state(fair, now)
    assert whole.money["agreed"].agreed == {"VND": 14_400_000, "USD": 90_000} == zone.money["agreed"].agreed
    assert whole.money["paid"].agreed == {"USD": 90_000} and whole.money["open"].agreed == {"VND": 14_400_000}
    assert whole.money["paid"].amounts(fair) == [Money(0, "VND"), Money(90_000, "USD")]
    assert sums_of(fair, Wanted(money="agreed"), now) == whole.money["agreed"]
    rows = {row.booth.number: row.agreed for row in booth_rows(booths_wanted(fair, Wanted(money="agreed"), now))}
    assert rows == {"A03": Money(90_000, "USD"), "A05": Money(14_400_000, "VND")}


def test_deposit_fee_and_what_goes_back_are_in_the_orders_currency(market: Market) -> None:
    opened(market)
    deposit(market)
    fees(market)
    one = ordered(market, held(market, "A03"))
    assert one.deposit_minor == 29_700
    arrive(one, 29_700, currency="USD")
    assert fresh(one).state == OrderState.DEPOSITED
    with transaction():
        assert move_booth(SYSTEM, market.fair, "A03", one.exhibitor_id, "A07", "Đổi chỗ", clock.now())
    wish = cancelling.ask_cancellation(SYSTEM, market.fair, fresh(one), "Không tham gia", 9_900, clock.now())
    cancelling.carry_out(SYSTEM, market.fair, fresh(one), wish, "", clock.now())
    [refund] = db.session.scalars(select(Refund))
    assert (refund.amount_minor, refund.currency) == (19_800, "USD")
    [credit] = [paper for paper in papers_of(fresh(one)) if paper.kind == "credit_note"]
    assert credit.content["currency"] == "USD" and credit.content["fee"]["kept_minor"] == 9_900
    second = ordered(market, held(market, "A09"))
    arrive(second, 29_700, "FT9", currency="USD")
    with transaction():
        give_back(SYSTEM, fresh(second), clock.now())
    assert {row.currency for row in db.session.scalars(select(Refund))} == {"USD"}


def test_late_money_is_offered_booths_of_the_same_price_in_its_own_currency(market: Market) -> None:
    opened(market)
    amounts(market, "booths", **{f"A{n:02}": 77_700 for n in range(5, 19) if n != 8})
    one = ordered(market, held(market, "A03"))
    later(days=4)
    booking.end_unpaid()
    assert fresh(one).state == OrderState.EXPIRED
    other = ordered(market, held(market, "A03", rival=True))
    arrive(other, A03, "FT1", currency="USD")
    arrive(one, A03, "FT2", currency="USD")
    one = fresh(one)
    assert one.state == OrderState.UNDELIVERABLE
    offers = equal_offers(one, clock.now())
    assert [[booth.number for booth in offer] for offer in offers] == [["A04"], ["A08"]]
    with pytest.raises(DomainError) as refused, transaction():
        choose_equal(SYSTEM, market.fair, one, ["A06"], clock.now())
    assert refused.value.code == "booth_not_equal"
    with transaction():
        choose_equal(SYSTEM, market.fair, one, ["A08"], clock.now())
    assert (fresh(one).state, market.booths(["A08"])["A08"].state) == (OrderState.PAID, BoothState.LET)


def test_late_money_takes_its_own_booth_back_unless_its_price_changed(market: Market) -> None:
    opened(market)
    one, second = ordered(market, held(market, "A03")), ordered(market, held(market, "A05", rival=True))
    later(days=4)
    booking.end_unpaid()
    amounts(market, "booths", A05=100_000)
    arrive(one, A03, "FT1", currency="USD")
    arrive(second, A03, "FT2", currency="USD")
    assert (fresh(one).state, fresh(second).state) == (OrderState.PAID, OrderState.UNDELIVERABLE)


def test_a_code_takes_off_no_more_vat_than_the_booths_have(market: Market) -> None:
    opened(market, "JPY", rate=0)
    amounts(market, "booths", "JPY", A03=4, A05=4, A07=4)  # 10 % of 4 is nothing, of 11 it is 1
    code(market, off_bp=None, off_minor=11, currency="JPY")
    one = ordered(market, held(market, "A03", "A05", "A07", currency="JPY"), code="TET-2020")
    assert (one.net_minor, one.vat_minor, one.total_minor) == (1, 0, 1)


@pytest.mark.parametrize("currency", ["USD", "XXX", "VND", None])
def test_booths_for_a_company_that_is_not_there_are_refused_in_any_currency(
    market: Market, call: Any, currency: str | None
) -> None:
    opened(market)
    asked = {"exhibitor": 999_999, "booths": ["A03"], "currency": currency}
    answer = call("sales", "POST", "/holds", asked)
    assert (answer.status_code, list(answer.json["fields"])) == (422, ["exhibitor"])
