"""Short ways to what booths are sold under: a deposit, fees of cancelling, a code, and money that comes."""

from datetime import date
from typing import Any

from app import clock
from app.audit import SYSTEM
from app.booths.cancelling_fees import add_step
from app.booths.discount_models import DiscountCode
from app.booths.discounts import add_code
from app.db import db, transaction
from app.fulfilment import receive_payment
from app.money import Money
from app.payments.models import Order, Payment
from app.payments.schedule import set_schedule
from app.payments.settlement import Arrival
from tests.support.market import Market

BALANCE_ON = date(2019, 11, 12)
PRICE = 15_840_000  # A03 with 10 % VAT
DEPOSIT, BALANCE = 4_752_000, 11_088_000


def deposit(market: Market, bp: int = 3000, on: date | None = BALANCE_ON, days: int | None = None) -> None:
    with transaction():
        asked = {"deposit_bp": bp, "balance_on": on, "balance_days_before": days}
        set_schedule(SYSTEM, market.fair, asked, clock.now())


def fees(market: Market, *steps: tuple[date, int]) -> None:
    with transaction():
        for until_on, bp in steps or ((date(2019, 10, 31), 1000), (date(2019, 11, 30), 5000)):
            add_step(SYSTEM, market.fair, until_on, bp)


def code(market: Market, **more: Any) -> DiscountCode:
    given = {"code": "TET-2020", "off_bp": 1000, "off_minor": None, "most": 2}
    given |= {"from_on": date(2019, 10, 1), "to_on": date(2019, 10, 31)} | more
    with transaction():
        return add_code(SYSTEM, market.fair, given, clock.now())


def arrive(
    order: Order, minor: int, number: str = "FT1", method: str = "transfer", part: str = "", currency: str = "VND"
) -> Payment:
    with transaction():
        arrival = Arrival(method, number, Money(minor, currency), clock.now(), "GOM CHI", part)
        return receive_payment(SYSTEM, order.fair_id, order.id, arrival, clock.now())


def fresh(order: Order) -> Order:
    db.session.commit()
    return db.session.get_one(Order, order.id, populate_existing=True)
