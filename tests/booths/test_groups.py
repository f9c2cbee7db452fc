"""Group and quantity prices: the better of the two and never both, a line of its own, never beyond the limit."""

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import clock
from app.audit import SYSTEM, AuditEntry
from app.booths import booking
from app.booths.fair_state import fair_state
from app.booths.group_members import add_members, members_of, remove_member
from app.booths.group_models import PriceGroup, PriceGroupMember, QuantityStep
from app.booths.group_prices import OrderPriceChanged
from app.booths.groups import keep_group, withdraw_group
from app.booths.models import Booth, Hold
from app.booths.price_lists import add_price_list
from app.booths.quantities import add_step, remove_step
from app.booths.quoting import quote_of
from app.booths.reductions import reduction_for
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair
from app.fulfilment import give_back
from app.money import Money, apply_rate
from app.payments.invoices import paper_content
from app.payments.models import Order, OrderState
from app.payments.orders import Line
from tests.support.groups import TERMS, group, order, step, taken
from tests.support.market import Market, later
from tests.support.subsidy import granted
from tests.support.terms import arrive, code, fresh

pytestmark = pytest.mark.usefixtures("context")
LIST_PRICE, CORNER = 14_400_000, 15_840_000
A_BOOTH = (1, 90_000)


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def lines(one: Order) -> list[tuple[str, int]]:
    return [(line.kind, line.net_minor) for line in one.lines]


def test_a_groups_price_is_a_line_of_its_own_with_its_reason_and_its_vat(market: Market) -> None:
    group(market)
    one = order(market, "A03")
    _booth, line = one.lines
    assert (line.kind, line.net_minor, line.vat_minor) == ("group", -2_880_000, -288_000)
    assert line.label == "Giá nhóm: Gian hàng chung Hà Nội −20 % / Group price: Hanoi pavilion −20 %"
    assert line.price_note == ""
    assert (one.net_minor, one.vat_minor, one.total_minor) == (11_520_000, 1_152_000, 12_672_000)
    assert paper_content(market.fair, one, clock.now())["lines"][1]["label"] == line.label
    assert (lines(order(market, "A05", rival=True)), taken()) == ([("booth", LIST_PRICE)], A_BOOTH)
    _zones, whole = fair_state(market.fair, clock.now())
    assert whole.money["agreed"].list_minor == 2 * LIST_PRICE
    assert whole.money["agreed"].agreed["VND"] == 2 * LIST_PRICE * 9 // 10  # less what came off


@pytest.mark.parametrize(
    ("more", "off"),
    [
        ({"off_bp": None, "per_m2_minor": 1_000_000}, [5_940_000, 5_400_000]),  # 10 % more for the corner's open side
        ({"off_bp": None, "per_booth_minor": 15_000_000}, [840_000, 0]),  # no lower than the list: nothing off
        ({"most_booths": 1}, [3_168_000, 0]),  # in the order of their numbers
        ({"most_m2": 17}, [3_168_000, 0]),
        ({"from_on": date(2019, 10, 8)}, [0, 0]),
        ({"off_bp": None}, [0, 0]),  # a group that only has booths held back
    ],
)
def test_what_it_takes_off_which_booths(market: Market, more: Any, off: list[int]) -> None:
    group(market, **more)
    one = order(market, "A01", "A03")
    having = [number for number, less in zip(("A01", "A03"), off, strict=True) if less]
    assert -sum(net for kind, net in lines(one) if kind == "group") == sum(off)
    [note] = [line.price_note for line in one.lines if line.kind == "group"] or [""]
    assert note.endswith("A01") == (having == ["A01"])  # where not all of them have it
    assert taken() == (len(having), len(having) * 90_000)


def test_the_better_of_group_and_quantity_never_both_then_the_code_then_support(market: Market) -> None:
    """The day's price list first; of the two the one that takes more off; each line of what is left before it."""
    with transaction():
        days = {"from_on": date(2019, 10, 1), "to_on": date(2019, 10, 31), "off_bp": 1000, "per_m2_minor": None}
        add_price_list(SYSTEM, market.fair, {"name": "Sớm", "name_en": "Early"} | days, clock.now())
    group(market, off_bp=500)
    step(market, 2, 1000)
    code(market)
    granted(market)
    one = order(market, "A03", "A05", code="TET-2020")
    early = LIST_PRICE - 1_440_000
    quantity = apply_rate(2 * early, 1000)
    discount = apply_rate(2 * early - quantity, 1000)
    rest = 2 * early - quantity - discount
    expected = [("booth", early)] * 2 + [("quantity", -quantity), ("discount", -discount), ("support", -rest // 2)]
    assert lines(one)[:4] == expected[:4]
    kind, share = lines(one)[4]
    assert kind == "support"
    assert share == pytest.approx(-rest / 2, abs=2)  # rounded for each booth, and held by the budget
    assert one.total_minor == sum(line.net_minor + line.vat_minor for line in one.lines)
    assert "từ 2 gian: −10 %" in one.lines[2].label
    assert taken() == (0, 0)
    booking.cancel(SYSTEM, fresh(one), clock.now())
    single = order(market, "A07")
    assert [kind for kind, _net in lines(single)] == ["booth", "group", "support"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    prices=st.lists(st.integers(1, 10**9), min_size=1, max_size=5),
    off_bp=st.integers(1, 9_999),
    step_bp=st.integers(1, 9_999),
    vat_bp=st.sampled_from([0, 500, 800, 1000, 2500]),
    most=st.none() | st.integers(1, 5),
)
def test_whatever_the_prices_it_is_the_better_one_to_the_minor_unit(
    prices: list[int], off_bp: int, step_bp: int, vat_bp: int, most: int | None
) -> None:
    fair = Fair(currency="VND", price_per_m2_minor=1, corner_surcharge_bp=0)
    booths = [Booth(id=n, number=f"A{n}", area_cm2=90_000, open_sides=1) for n in range(len(prices))]
    theirs = [
        Line("booth", n, "", Money(net, "VND"), vat_bp, Money(apply_rate(net, vat_bp), "VND"))
        for n, net in enumerate(prices)
    ]
    terms = TERMS | {"off_bp": off_bp, "most_booths": most}
    one = PriceGroup(id=1, taken_booths=0, taken_cm2=0, **terms)
    steps = [QuantityStep(from_booths=2, off_bp=step_bp)]
    found = reduction_for(fair, booths, theirs, [one], steps, date(2019, 10, 7))
    by_group = sum(apply_rate(net, off_bp) for net in prices[:most])
    by_quantity = apply_rate(sum(prices), step_bp) if len(prices) > 1 else 0
    assert -(found.line.net.minor if found else 0) == max(by_group, by_quantity)
    if found is not None:
        assert (found.line.kind == "group") == (by_group > by_quantity)
        assert len(found.line.price_note) <= 130 and len(found.line.label) <= 200
    net = sum(prices) + (found.line.net.minor if found else 0)
    vat = sum(line.vat.minor for line in theirs) + (found.line.vat.minor if found else 0)
    assert net >= 0 and vat >= 0
    assert abs(vat - apply_rate(net, vat_bp)) <= (len(prices) + 2) // 2  # half a unit for each line


@pytest.mark.parametrize(
    ("currency", "price", "off"), [("USD", 62_555, 12_511), ("JPY", 90_003, 18_001), ("KWD", 190_002, 38_000)]
)
def test_each_currency_is_rounded_half_up(market: Market, currency: str, price: int, off: int) -> None:
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).currency = currency
        market.booths(["A07"])["A07"].price_minor = price
    group(market)
    one = order(market, "A07")
    assert (lines(one)[1], one.currency) == (("group", -off), currency)
    assert one.total_minor == one.net_minor + one.vat_minor == sum(row.net_minor + row.vat_minor for row in one.lines)


def test_quantity_is_of_the_whole_order_by_the_highest_step_that_it_reaches(market: Market) -> None:
    step(market, 2, 500)
    step(market, 3, 1000)
    step(market, m2=36, off_bp=1500)
    for numbers, off in ((["A03"], 0), (["A05", "A07"], 1_440_000), (["A09", "A11", "A13"], 4_320_000)):
        one = order(market, *numbers, rival=True)
        assert -sum(net for kind, net in lines(one) if kind == "quantity") == off
    four = order(market, "A04", "A06", "A08", "A10")
    assert lines(four)[4] == ("quantity", -8_640_000)


def test_what_is_held_before_midnight_keeps_the_groups_last_day_and_a_removed_step(market: Market) -> None:
    group(market, to_on=date(2019, 10, 7))
    two = step(market, 2)
    later(minutes=14 * 60 + 55)  # 23:55 at the fair
    kept, pair = market.hold("A03"), market.hold("A05", "A07", rival=True)
    later(minutes=10)
    with transaction():
        remove_step(SYSTEM, market.fair, two.id, clock.now())
    assert [line.kind for line in market.order(kept, "transfer").lines] == ["booth", "group"]
    assert [line.kind for line in market.order(pair, "transfer").lines] == ["booth", "booth", "quantity"]
    assert lines(order(market, "A09")) == [("booth", LIST_PRICE)]


@pytest.mark.parametrize("what", ["removed", "withdrawn", "price", "limit", "added"])
def test_nothing_is_charged_that_was_not_shown(market: Market, what: str) -> None:
    one = group(market, rival=True, most_booths=1, members=what != "added")
    hold = market.hold("A03")
    seen = sum(line.net.minor + line.vat.minor for line in quote_of(market.fair, hold, clock.now()))
    assert seen == (15_840_000 if what == "added" else 12_672_000)
    with transaction():
        if what == "removed":
            remove_member(SYSTEM, market.fair, one.id, market.cast.exhibitor.id, clock.now())
        elif what == "withdrawn":
            withdraw_group(SYSTEM, market.fair, one.id, clock.now())
        elif what == "price":
            keep_group(SYSTEM, market.fair, TERMS | {"off_bp": 1000}, clock.now(), one.id)
        elif what == "added":
            add_members(SYSTEM, market.fair, one.id, clock.now(), [market.cast.exhibitor.id])
    if what == "limit":
        order(market, "A05", rival=True)
    before = taken()
    with pytest.raises(OrderPriceChanged) as refused, transaction():
        booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), seen_price_minor=seen)
    now = refused.value.params["price"].minor
    assert now != seen and taken() == before
    assert db.session.scalars(select(Order).where(Order.hold_id == hold.id)).all() == []
    with transaction():
        placed = booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), seen_price_minor=now)
    assert placed.total_minor == now
    with transaction():  # asked again, what was ordered answers
        again = booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), seen_price_minor=seen)
    assert again.id == placed.id


def test_orders_that_end_give_the_limit_back_and_late_money_takes_it_again(market: Market) -> None:
    group(market, rival=True, most_booths=1)
    one = order(market, "A03")
    booking.cancel(SYSTEM, fresh(one), clock.now())
    assert taken() == (0, 0)
    two = order(market, "A05")
    later(days=4)
    booking.end_unpaid()
    assert (fresh(two).state, taken()) == (OrderState.EXPIRED, (0, 0))
    arrive(two, two.total_minor)
    assert (fresh(two).state, taken()) == (OrderState.PAID, A_BOOTH)
    with transaction():
        give_back(SYSTEM, fresh(two), clock.now())
    three = order(market, "A07")
    later(days=4)
    booking.end_unpaid()
    order(market, "A09", rival=True)
    assert arrive(three, three.total_minor, "FT3").reason == "too_late"
    assert (fresh(three).state, taken(), market.let(three)) == (OrderState.UNDELIVERABLE, A_BOOTH, [])


def test_of_8_orders_at_once_three_have_the_price_and_the_others_are_told(app: Flask, market: Market) -> None:
    """Each has read the group's price: nobody pays the list price unasked, and the limit is never passed."""
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).booths_held_at_most = 20
    group(market, rival=True, most_booths=3)
    holds = [market.hold(f"A{3 + 2 * n:02}", rival=n % 2 == 1).id for n in range(8)]
    done: list[Any] = []
    gate = threading.Barrier(8)

    def buy(hold_id: str) -> None:
        with app.app_context():
            fair, mine = market.fair, db.session.get_one(Hold, hold_id)
            gate.wait()
            try:
                done.append(
                    retrying(
                        lambda: (
                            booking.place_order(
                                SYSTEM, fair, mine, "transfer", clock.now(), seen_price_minor=12_672_000
                            ).total_minor
                        )
                    )
                )
            except DomainError as error:
                done.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=buy, args=(hold_id,)) for hold_id in holds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done, key=str) == [12_672_000] * 3 + ["order_price_changed"] * 5
    assert taken() == (3, 270_000)


def test_members_by_name_province_and_country_none_twice(market: Market) -> None:
    one = group(market, members=False)

    def names() -> list[str]:
        return sorted(exhibitor.name for _member, exhibitor in members_of(one))

    def add(**asked: Any) -> int:
        with transaction():
            return add_members(SYSTEM, market.fair, one.id, clock.now(), **asked)

    assert (add(exhibitor_ids=[market.cast.exhibitor.id]), add(exhibitor_ids=[market.cast.exhibitor.id])) == (1, 0)
    assert (add(province="01"), names()) == (1, ["Gốm Chi", "Mây tre Phú Vinh"])
    for asked, field in (
        ({"country": "VN"}, "country"), ({"country": "JP"}, "country"), ({"exhibitor_ids": [10**6]}, "exhibitor"),
        ({}, "exhibitor"),
    ):  # fmt: skip
        with pytest.raises(FieldErrors) as refused:
            add(**asked)
        assert set(refused.value.fields) == {field}
    for _twice in range(2):
        with transaction():
            remove_member(SYSTEM, market.fair, one.id, market.cast.rival.id, clock.now())
    assert (names(), add(country="VN")) == (["Gốm Chi"], 1)
    rows = db.session.scalars(select(PriceGroupMember.removed_at)).all()
    assert len(rows) == 3
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("group.member"))).all()
    assert sorted(actions) == ["group.member_added"] * 3 + ["group.member_removed"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"), ({"to_on": date(2019, 9, 1)}, "to_on"), ({"off_bp": 10_000}, "off_percent"),
        ({"per_booth_minor": 5}, "off_percent"), ({"off_bp": None, "per_m2_minor": 0}, "per_m2"),
        ({"most_booths": 0}, "most_booths"), ({"zone_id": 10**6}, "zone_id"), ({"name": "Khác"}, "name"),
        ({"most_m2": 8}, "most_m2"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused_beside_their_field(market: Market, wrong: Any, field: str) -> None:
    group(market, members=False, name="Khác")
    one = group(market)
    order(market, "A03")
    with pytest.raises(FieldErrors) as refused, transaction():
        keep_group(SYSTEM, market.fair, TERMS | wrong, clock.now(), one.id)
    assert set(refused.value.fields) == {field}
    with pytest.raises(NotFound), transaction():
        keep_group(SYSTEM, market.cast.other_fair, TERMS, clock.now(), one.id)


@pytest.mark.parametrize(
    ("asked", "field"),
    [((1, None, 500), "from_booths"), ((3, 9, 500), "from_booths"), ((None, None, 500), "from_booths"),
     ((None, 0, 500), "from_m2"), ((3, None, 0), "off_percent"), ((4, None, 1000), "from_booths"),
     ((5, None, 900), "off_percent"), ((3, None, 1100), "off_percent")],
)  # fmt: skip
def test_steps_that_cannot_be_are_refused_beside_their_field(market: Market, asked: Any, field: str) -> None:
    step(market, 4, 1000)
    with pytest.raises(FieldErrors) as refused, transaction():
        add_step(SYSTEM, market.fair, dict(zip(("from_booths", "from_m2", "off_bp"), asked, strict=True)), clock.now())
    assert set(refused.value.fields) == {field}
