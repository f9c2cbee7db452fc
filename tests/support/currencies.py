"""Short ways to a further currency: opened with a price per m² and an account, amounts of things, a foreign company."""

from typing import Any

from app import clock
from app.audit import SYSTEM
from app.booths import booking
from app.booths.claims import look_at
from app.booths.currency_choice import hold_in
from app.booths.currency_lists import keep_currency, set_amounts, set_rate
from app.booths.extras import keep_extra
from app.booths.models import Hold
from app.db import db, transaction
from app.fairs.models import Exhibitor
from app.payments.models import Order
from tests.support.market import Market

ACCOUNT = {
    "bank_name": "Vietcombank",
    "bank_swift": "BFTV VNVX",
    "bank_account": "007 137 0000",
    "bank_account_name": "",
}
RATES = {"USD": 10_000, "EUR": 9_500, "JPY": 15_000, "KWD": 31_000}  # per m², minor: a 9 m² booth is nine times as much


def opened(market: Market, currency: str = "USD", rate: int | None = None, **more: str) -> None:
    """Without a `rate` the usual one; 0: no price per m²."""
    rate = RATES[currency] if rate is None else rate
    with transaction():
        fair = market.fair
        keep_currency(SYSTEM, fair, currency, {"offered_to": "everybody"} | ACCOUNT | more, clock.now())
        if rate:
            set_rate(SYSTEM, fair, currency, "", "", rate)


def amounts(market: Market, what: str, currency: str = "USD", **given: int | None) -> int:
    with transaction():
        return set_amounts(SYSTEM, market.fair, currency, what, {key.lstrip("_"): one for key, one in given.items()})


def extra(market: Market, minor: int = 1_000_000, usd: int | None = None) -> int:
    words: dict[str, Any] = dict.fromkeys(("name_en", "unit", "unit_en", "about", "about_en"), "")
    with transaction():
        given = words | {"name": "Điện", "price_minor": minor, "stock": 5, "order_until": None}
        row = keep_extra(SYSTEM, market.fair, given, clock.now())
    if usd is not None:
        amounts(market, "extras", **{f"_{row.id}": usd})
    return row.id


def abroad(market: Market, country: str = "JP", rival: bool = False) -> None:
    whose = market.cast.rival if rival else market.cast.exhibitor
    with transaction():
        db.session.get_one(Exhibitor, whose.id).country = country


def held(market: Market, *numbers: str, currency: str | None = "USD", rival: bool = False) -> Hold:
    whose = market.cast.rival if rival else market.cast.exhibitor
    with transaction():
        now = clock.now()
        return hold_in(SYSTEM, market.fair, whose.id, look_at(market.fair, numbers, now), now, currency)


def ordered(market: Market, hold: Hold, pay_by: str = "transfer", **more: Any) -> Order:
    with transaction():
        order = booking.place_order(SYSTEM, market.fair, hold, pay_by, clock.now(), **more)
    if pay_by == "card":
        booking.start_checkout(market.fair, order, "http://localhost/return", "ema@example.org", "vi")
    return order
