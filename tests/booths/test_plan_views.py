"""The plan coloured by price, zone or province: what is coloured, what it says besides, and what stays private."""

import re
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.audit import SYSTEM
from app.booths.models import BoothState
from app.booths.plan_colours import initials, price_bands
from app.booths.price_lists import add_price_list
from app.db import db, transaction
from app.fairs.models import Exhibitor
from tests.conftest import Client
from tests.support.market import Market, later

PLAN = "/fairs/test-fair/plan"


@pytest.fixture
def floor(app: Flask, market: Market) -> Market:
    """A03 and A04 are let to Ema from Hà Nội, A05 to a company from Japan, A06 is held by Rita, A07 is not let."""
    with app.app_context(), transaction():
        ema = db.session.get_one(Exhibitor, market.cast.exhibitor.id)
        ema.province = "ha-noi"
        abroad = Exhibitor(
            fair_id=ema.fair_id, name="Kawabe Washi", folded="kawabe washi", country="JP", created_at=ema.created_at
        )
        db.session.add(abroad)
        db.session.flush()
        booths = market.booths(["A03", "A04", "A05", "A07"])
        for number, holder in (("A03", ema), ("A04", ema), ("A05", abroad)):
            booths[number].state, booths[number].exhibitor_id = BoothState.LET, holder.id
        booths["A07"].state = BoothState.NOT_LET
    with app.app_context():
        market.hold("A06", rival=True)
    return market


def booth(page: str, number: str) -> str:
    """The element of one booth, as it was sent."""
    [element] = re.findall(rf'<a class="[^"]*" id="b-{number}".*?</a>', page)
    return str(element)


def legend(page: str) -> list[str]:
    return re.findall(r'<li data-mark="[^"]*" data-words="([^"]*)"', page)


def test_by_price_only_what_is_for_sale_is_coloured(floor: Market, client: Client) -> None:
    page = client.get(PLAN, query_string={"view": "price"}).text
    assert legend(page) == ["15.840.000\xa0₫", "17.424.000\xa0₫"], "with the VAT of the day"
    assert 'class="b free in p1"' in booth(page, "A08") and ">•</text>" in booth(page, "A08")
    assert 'class="b free in p2"' in booth(page, "A01") and ">••</text>" in booth(page, "A01")
    assert "15.840.000" in booth(page, "A08"), "said in words too"
    held = booth(page, "A06")
    assert 'class="b held in p1"' in held and "url(#o-held)" in held, "held keeps its strips"
    let = booth(page, "A03")
    assert 'class="b let"' in let and "url(#s-let)" in let and 'class="mk"' not in let
    assert 'class="b off"' in booth(page, "A07")


def test_prices_are_those_of_the_day(app: Flask, floor: Market, client: Client) -> None:
    before = client.get(PLAN, query_string={"view": "price"})
    with app.app_context(), transaction():
        day = clock.fair_day(floor.fair, clock.now())
        asked = {"name": "Sớm", "name_en": "", "from_on": day, "to_on": day, "off_bp": 1000, "per_m2_minor": None}
        add_price_list(SYSTEM, floor.fair, asked, clock.now())
    page = client.get(PLAN, query_string={"view": "price"}, headers={"If-None-Match": before.headers["ETag"]})
    assert page.status_code == 200
    assert legend(page.text) == ["14.256.000\xa0₫", "15.681.600\xa0₫"]
    later(days=1)
    assert legend(client.get(PLAN, query_string={"view": "price"}).text) == ["15.840.000\xa0₫", "17.424.000\xa0₫"]


def test_by_zone_a_let_booth_keeps_its_plait(floor: Market, client: Client) -> None:
    page = client.get(PLAN, query_string={"view": "zone"}).text
    assert legend(page) == ["A Mây tre đan"]
    assert 'class="b let in c1"' in booth(page, "A03") and "url(#o-let)" in booth(page, "A03")
    assert "trống, A Mây tre đan" in booth(page, "A08")
    english = client.get(PLAN, query_string={"view": "zone"}, headers={"Accept-Language": "en"}).text
    assert legend(english) == ["A Bamboo and rattan"]


def test_by_province_tells_no_more_than_the_plan_and_the_list(app: Flask, floor: Market, client: Client) -> None:
    page = client.get(PLAN, query_string={"view": "province"}).text
    assert legend(page) == ["Hà Nội", "Nhật Bản"]
    assert 'class="b let in c1"' in booth(page, "A03") and ">HN</text>" in booth(page, "A03")
    assert "Gốm Chi, Hà Nội" in booth(page, "A03")
    assert 'class="b held"' in booth(page, "A06"), "who holds a booth is nobody's to see, nor where they come from"
    assert 'class="b free"' in booth(page, "A08")
    with app.app_context(), transaction():
        db.session.get_one(Exhibitor, floor.cast.exhibitor.id).withdrawn_at = clock.now()
        floor.booths(["A08"])["A08"].changed_at = clock.now()
    assert legend(client.get(PLAN, query_string={"view": "province"}).text) == ["Nhật Bản"], "as on the list"


def test_the_view_stays_in_every_link_and_the_default_is_as_ever(floor: Market, client: Client) -> None:
    plain = client.get(PLAN)
    assert "data-paints" not in plain.text and 'class="mk"' not in plain.text
    nonsense = client.get(PLAN, query_string={"view": "weather"}).text
    assert "data-paints" not in nonsense
    page = client.get(PLAN, query_string={"view": "zone", "sides": "2"})
    assert page.headers["ETag"] != plain.headers["ETag"]
    assert '<option value="zone" selected>' in page.text
    assert 'href="?hall=A&amp;view=zone"' in page.text, "clearing the filters leaves the colours"
    assert "?booth=A08&amp;view=zone" in booth(page.text, "A08"), "without a script too"
    found = client.get(f"{PLAN}/search", query_string={"q": "A08", "view": "zone"})
    assert found.location.endswith("booth=A08&view=zone")


def test_few_queries_in_every_view(floor: Market, client: Client, statements: Any) -> None:
    for view in ("price", "zone", "province"):
        client.get(PLAN)
        with statements() as seen:
            client.get(PLAN, query_string={"view": view})
        assert len([s for s in seen if s.startswith("SELECT")]) <= 14, view
        with statements() as again:
            client.get(PLAN, query_string={"view": view})
        assert len(again) < len(seen), "a plan that nobody changed is drawn once"


def test_bands_hold_about_as_many_booths_and_share_no_price() -> None:
    few = [(100, 5), (200, 3)]
    assert price_bands(few) == [(100, 100), (200, 200)]
    assert price_bands([]) == []
    many = [(price, 10) for price in range(100, 200, 10)]
    assert price_bands(many) == [(100, 110), (120, 130), (140, 150), (160, 170), (180, 190)]
    lopsided = [(1, 500), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1)]
    bands = price_bands(lopsided)
    assert len(bands) == 5 and bands[0] == (1, 1) and bands[-1][1] == 7
    assert all(before[1] < after[0] for before, after in pairwise(bands))


def test_marks_are_short_and_never_the_same() -> None:
    marks = initials(["Hà Nội", "Hà Nam", "Huế", "Hung-ga-ri", "Thừa Thiên Huế", "Ý", "Hà Nội mới", "01"])
    assert marks["Hà Nội"] == "HN" and marks["Hà Nam"] == "HNa" and marks["Huế"] == "Hu"
    assert len(set(marks.values())) == len(marks)
    assert len(initials([f"Hà Nội {n}" for n in range(40)]).values()) == 40
