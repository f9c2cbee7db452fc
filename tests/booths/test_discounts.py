"""Discount codes: off the booths alone, VAT with it, never more often than allowed, once a company, and given back."""

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.booths.discount_models import DiscountCode, DiscountUse
from app.booths.discounts import (
    DiscountNotNow,
    DiscountTooLarge,
    DiscountUnknown,
    DiscountUsedBefore,
    DiscountUsedUp,
    code_typed,
    uses_of,
    withdraw_code,
)
from app.booths.extras import keep_extra
from app.booths.models import Hold
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors
from app.fairs.models import Fair
from app.fulfilment import give_back
from app.payments.models import Order, OrderState
from tests.support.market import Market, later
from tests.support.terms import arrive, code, deposit, fresh

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def order(market: Market, number: str, typed: str = "TET-2020", rival: bool = False, **more: Any) -> Order:
    hold = market.hold(number, rival=rival)
    with transaction():
        return booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), code=typed, **more)


def taken() -> int:
    """As the row says, which is what the uses that stand come to."""
    db.session.commit()
    standing = db.session.scalar(select(func.count()).select_from(DiscountUse).where(DiscountUse.released_at.is_(None)))
    row = db.session.scalars(select(DiscountCode), execution_options={"populate_existing": True}).one()
    assert row.taken == standing
    return row.taken


def test_a_code_is_a_line_of_its_own_with_its_vat(market: Market) -> None:
    code(market)
    one = order(market, "A03", " tet-2020 ")
    booth, line = one.lines
    assert (line.kind, line.label) == ("discount", "Mã giảm giá TET-2020 / Discount code TET-2020")
    assert (line.net_minor, line.vat_bp, line.vat_minor) == (-1_440_000, 1000, -144_000)
    assert (one.net_minor, one.vat_minor, one.total_minor) == (12_960_000, 1_296_000, 14_256_000)
    assert one.total_minor == sum(each.net_minor + each.vat_minor for each in one.lines)
    assert one.booth_labels == [booth.label]
    assert taken() == 1


@pytest.mark.parametrize(
    ("currency", "price", "off", "vat_off", "total"),
    [("VND", 14_400_005, 1_440_001, 144_000, 14_256_005), ("USD", 62_555, 6_256, 626, 61_929),
     ("JPY", 90_005, 9_001, 900, 89_105), ("KWD", 190_005, 19_001, 1_900, 188_105)],
)  # fmt: skip
def test_each_currency_is_rounded_half_up_by_the_line(
    market: Market, currency: str, price: int, off: int, vat_off: int, total: int
) -> None:
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).currency = currency
        market.booths(["A07"])["A07"].price_minor = price
    code(market)
    one = order(market, "A07")
    line = one.lines[1]
    assert (line.net_minor, line.vat_minor, one.total_minor, one.currency) == (-off, -vat_off, total, currency)


def test_it_takes_nothing_off_extras_and_the_deposit_is_of_the_rest(market: Market) -> None:
    code(market, off_bp=None, off_minor=400_000)
    deposit(market)
    with transaction():
        given: dict[str, Any] = dict.fromkeys(("name_en", "unit", "unit_en", "about", "about_en"), "")
        given |= {"name": "Điện", "price_minor": 1_000_000, "stock": 2, "order_until": None}
        power = keep_extra(SYSTEM, market.fair, given, clock.now()).id
    one = order(market, "A03", extras={power: 1})
    assert [line.kind for line in one.lines] == ["booth", "discount", "extra"]
    assert one.total_minor == 15_840_000 - 440_000 + 1_100_000
    assert one.deposit_minor == 4_950_000
    arrive(one, 4_950_000)
    assert (fresh(one).state, market.let(one), taken()) == (OrderState.DEPOSITED, ["A03"], 1)


def test_what_cannot_be_used_is_refused_and_takes_nothing(market: Market) -> None:
    code(market, most=1)
    code(market, code="XUAN", from_on=date(2019, 11, 1), to_on=date(2019, 11, 30))
    code(market, code="LON", off_bp=None, off_minor=14_400_000)
    for typed, refusal in (("TET", DiscountUnknown), ("xuan", DiscountNotNow), ("LON", DiscountTooLarge)):
        hold = market.hold("A03")
        with pytest.raises(refusal), transaction():
            booking.place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), code=typed)
        with transaction():
            from app.booths.holds import release_hold

            release_hold(SYSTEM, market.fair, db.session.get_one(Hold, hold.id), clock.now())
    order(market, "A05")
    with pytest.raises(DiscountUsedUp):
        order(market, "A07", rival=True)
    assert [row.taken for row in db.session.scalars(select(DiscountCode).order_by(DiscountCode.id))] == [1, 0, 0]


def test_a_company_uses_it_once_and_a_code_that_is_removed_is_unknown(market: Market) -> None:
    first = code(market, most=5)
    order(market, "A03")
    with pytest.raises(DiscountUsedBefore):
        order(market, "A05")
    order(market, "A07", rival=True)
    assert taken() == 2
    with transaction():
        withdraw_code(SYSTEM, market.fair, first.id, clock.now())
    with pytest.raises(DiscountUnknown):
        order(market, "A09", rival=True)
    assert [len(uses) for uses in uses_of(market.cast.fair.id).values()] == [2]
    code(market)  # the name is free again


def test_orders_that_end_give_the_use_back(market: Market) -> None:
    code(market, most=1)
    one = order(market, "A03")
    booking.cancel(SYSTEM, fresh(one), clock.now())
    assert taken() == 0
    two = order(market, "A05")
    later(days=4)
    booking.end_unpaid()
    assert (fresh(two).state, taken()) == (OrderState.EXPIRED, 0)
    three = order(market, "A07")
    arrive(three, three.total_minor)
    with transaction():
        give_back(SYSTEM, fresh(three), clock.now())
    assert taken() == 0


def test_late_money_takes_the_use_again_if_there_is_one(market: Market) -> None:
    code(market, most=1)
    one, two = order(market, "A03"), None
    later(days=4)
    booking.end_unpaid()
    arrive(one, one.total_minor)
    assert (fresh(one).state, taken()) == (OrderState.PAID, 1)
    with transaction():
        give_back(SYSTEM, fresh(one), clock.now())
    two = order(market, "A05")
    later(days=4)
    booking.end_unpaid()
    order(market, "A07", rival=True)
    assert arrive(two, two.total_minor, "FT2").reason == "too_late"
    assert (fresh(two).state, taken(), market.let(two)) == (OrderState.UNDELIVERABLE, 1, [])


def test_one_hold_ordered_twice_at_once_is_one_order_with_one_use(app: Flask, market: Market) -> None:
    code(market, most=1)
    hold = market.hold("A03").id
    db.session.commit()
    gate, placed, failed = threading.Barrier(4), [], []

    def place() -> None:
        with app.app_context():
            fair, mine = db.session.get_one(Fair, market.cast.fair.id), db.session.get_one(Hold, hold)
            gate.wait()
            try:
                placed.append(
                    retrying(
                        lambda: booking.place_order(SYSTEM, fair, mine, "transfer", clock.now(), code="TET-2020").id
                    )
                )
            except Exception as error:
                failed.append(repr(error))
            db.session.remove()

    threads = [threading.Thread(target=place) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, len(placed), len(set(placed)), taken()) == ([], 4, 1, 1)


def test_the_last_use_is_given_once(app: Flask, market: Market) -> None:
    code(market, most=1)
    holds = [market.hold("A03").id, market.hold("A05", rival=True).id]
    db.session.commit()
    gate, said = threading.Barrier(2), []

    def place(hold: str) -> None:
        with app.app_context():
            fair, mine = db.session.get_one(Fair, market.cast.fair.id), db.session.get_one(Hold, hold)
            gate.wait()
            try:
                retrying(lambda: booking.place_order(SYSTEM, fair, mine, "transfer", clock.now(), code="TET-2020"))
                said.append("placed")
            except DomainError as error:
                said.append(error.code)
            db.session.remove()

    threads = [threading.Thread(target=place, args=(hold,)) for hold in holds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(said), taken()) == (["discount_used_up", "placed"], 1)


@pytest.mark.parametrize(
    "wrong",
    [{"code": "ẤM"}, {"code": "AB"}, {"code": "-ABC"}, {"code": "A" * 21}, {"off_bp": None}, {"off_minor": 5},
     {"off_bp": 10_000}, {"off_bp": 0}, {"off_bp": None, "off_minor": 0}, {"most": 0}, {"to_on": date(2019, 9, 30)}],
)  # fmt: skip
def test_what_is_no_code_is_refused(market: Market, wrong: dict[str, Any]) -> None:
    with pytest.raises(FieldErrors):
        code(market, **wrong)
    assert list(db.session.scalars(select(DiscountCode))) == []


def test_a_code_is_the_same_however_it_is_typed(market: Market) -> None:
    assert {code_typed(text) for text in ("tet2020", " TET 2020 ", "ＴＥＴ２０２０")} == {"TET2020"}
    code(market)
    with pytest.raises(FieldErrors):
        code(market, code="tet-2020")
