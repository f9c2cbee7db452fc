"""Finding a booth on the plan: by its number, by who is there, by the name of a show."""

from typing import Any

import pytest
from flask import Flask

from app.booths.models import BoothState
from app.db import db, transaction
from app.fairs.models import Exhibitor, Fair
from app.search import fold
from tests.conftest import Client
from tests.support.market import Market

SEARCH = "/fairs/test-fair/plan/search"


@pytest.fixture
def let(app: Flask, market: Market) -> Market:
    """A03 and A05 are let to a company with accents, A06 is held, A07 a show."""
    with app.app_context(), transaction():
        exhibitor = db.session.get_one(Exhibitor, market.cast.exhibitor.id)
        exhibitor.name = "Gốm Bát Tràng Đặng"
        exhibitor.folded = fold(exhibitor.name)
        booths = market.booths(["A03", "A05", "A07"])
        for number in ("A03", "A05"):
            booths[number].state, booths[number].exhibitor_id = BoothState.LET, exhibitor.id
        booths["A07"].state, booths["A07"].name = BoothState.SHOW, "Trình diễn nón lá"
    return market


def found(client: Client, query: str) -> Any:
    return client.get(SEARCH, query_string={"q": query})


def test_the_very_number_and_the_only_one_found_open_on_the_plan(let: Market, client: Client) -> None:
    for query in ("A05", "a05", " A05 "):
        answer = found(client, query)
        assert answer.status_code == 302 and answer.location.endswith("booth=A05"), query
    assert found(client, "non la").location.endswith("booth=A07")
    opened = client.get(found(client, "A05").location).text
    assert 'class="b let here"' in opened and 'data-card="A05"' in opened


def test_several_are_listed_with_who_is_there(let: Market, client: Client) -> None:
    page = found(client, "dang bat trang")
    assert page.status_code == 200
    for said in (">A03<", ">A05<", "Gốm Bát Tràng Đặng"):
        assert said in page.text
    assert ">A06<" not in page.text
    assert "Không có gian hàng hay đơn vị nào tên “zzz”" in found(client, "zzz").text
    assert found(client, "").status_code == 200
    assert found(client, "%").status_code == 200 and ">A03<" not in found(client, "%").text


def test_who_only_holds_a_booth_is_not_told(app: Flask, let: Market, client: Client) -> None:
    with app.app_context():
        let.hold("A06", rival=True)
        name = let.cast.rival.name
    assert ">A06<" not in found(client, name).text


def test_what_is_off_the_plan_or_of_a_hidden_fair_is_not_found(app: Flask, let: Market, client: Client) -> None:
    with app.app_context(), transaction():
        let.booths(["A05"])["A05"].state = BoothState.GONE
    assert found(client, "dang bat trang").location.endswith("booth=A03")
    with app.app_context(), transaction():
        db.session.get_one(Fair, let.cast.fair.id).published_at = None
    assert found(client, "A03").status_code == 404
