"""The organiser on a phone, and words in the reader's language."""

import re

import pytest

from tests.support.market import Market, spring

__all__ = ["spring"]


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("ola", ["organise/", "organise/booths", "deals", "organise/visitors"]),
        ("fin", ["organise/", "organise/booths", "organise/money", "report"]),
        ("dana", ["organise/", "deals", "report", "organise/exhibitors"]),
    ],
)
def test_the_bottom_bar_has_only_what_the_person_may_open(cast, client, name, ends) -> None:
    client.sign_in(getattr(cast, name))
    page = client.get("/fairs/test-fair/organise/").text
    bar = re.search(r'<nav class="phone-bar".*?</nav>', page, re.S)
    assert bar is not None
    links = re.findall(r'href="/fairs/test-fair/([^"]*)"', bar[0])
    assert [link.rstrip("/") for link in links] == [end.rstrip("/") for end in ends]
    assert bar[0].count("aria-current") == 1
    assert all(client.get(f"/fairs/test-fair/{link}").status_code == 200 for link in links)


def test_an_orders_booths_are_named_in_the_readers_language(app, cast, client, spring) -> None:
    with app.app_context():
        market = Market(cast)
        order = market.order(market.hold("A03", "A04"), "transfer")
    client.sign_in(cast.ema)
    path = f"/fairs/test-fair/orders/{order.reference}"
    assert "Gian A03, 9 m²" in client.get(f"{path}?lang=vi").text.replace("\xa0", " ").replace("hàng ", "")
    english = client.get(f"{path}?lang=en").text.replace("\xa0", " ")
    assert "Booth A03, 9 m²" in english and "Gian hàng" not in english
