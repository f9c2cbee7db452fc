"""Groups' prices in a further currency: per cent hold there, an amount of the fair's own currency does not."""

import pytest
from flask import Flask

from app import clock
from app.audit import SYSTEM
from app.booths.booking import place_order
from app.booths.group_prices import OrderPriceChanged
from app.db import transaction
from tests.support.currencies import held, opened, ordered
from tests.support.groups import group, step
from tests.support.market import Market

USD_LIST = 90_000


@pytest.fixture(autouse=True)
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def test_per_cent_of_a_group_or_a_quantity_hold_in_every_currency(market: Market) -> None:
    opened(market)
    group(market)
    one = ordered(market, held(market, "A03"))
    assert [(line.kind, line.net_minor) for line in one.lines] == [("booth", USD_LIST), ("group", -18_000)]
    assert one.currency == "USD"
    step(market, 2, 3000)
    other = ordered(market, held(market, "A04", "A05"))
    whole = sum(line.net_minor for line in other.lines if line.booth_id is not None)
    assert (other.lines[-1].kind, other.lines[-1].net_minor) == ("quantity", -whole * 3 // 10)


@pytest.mark.parametrize("price", [{"per_m2_minor": 1_000}, {"per_booth_minor": 1_000}])
def test_a_groups_own_price_counts_in_the_fairs_currency_alone(market: Market, price: dict[str, int]) -> None:
    opened(market)
    group(market, off_bp=None, **price)
    one = ordered(market, held(market, "A03"))
    assert [(line.kind, line.net_minor) for line in one.lines] == [("booth", USD_LIST)]


def test_a_group_that_changed_while_held_is_told_in_the_holds_currency(market: Market) -> None:
    opened(market)
    hold = held(market, "A03")
    group(market)
    with pytest.raises(OrderPriceChanged) as told, transaction():
        ordered_at = {"seen_net_minor": USD_LIST, "seen_price_minor": 99_000}
        place_order(SYSTEM, market.fair, hold, "transfer", clock.now(), **ordered_at)
    assert (told.value.params["price"].currency, told.value.params["price"].minor) == ("USD", 79_200)
