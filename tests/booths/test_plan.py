"""The plan's pages: for strangers and for who holds something, by drawing and by list, and the organiser's view."""

import html
import re
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import clock
from app.accounts.models import Person
from app.booths.models import Hold
from app.db import db, transaction
from tests.booths.test_holds import Market
from tests.conftest import Client
from tests.support.market import later

PLAN = "/fairs/test-fair/plan"


def test_stranger_sees_every_booth_with_its_state_in_words(client: Client, market: Market) -> None:
    page = client.get(PLAN).text
    assert page.count('class="b free"') >= 20
    assert 'aria-label="A07, trống, 9\xa0m²"' in page
    english = client.get(PLAN, headers={"Accept-Language": "en"}).text
    assert 'aria-label="A07, free, 9\xa0m²"' in english


def test_unchanged_plan_is_not_sent_again(app: Flask, client: Client, market: Market) -> None:
    first = client.get(PLAN)
    again = client.get(PLAN, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with app.app_context():
        market.hold("A07")
    changed = client.get(PLAN, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert 'class="b held" id="b-A07"' in changed.text
    later(minutes=21)
    ended = client.get(PLAN, headers={"If-None-Match": changed.headers["ETag"]})
    assert 'class="b free" id="b-A07"' in ended.text, "a hold that ran out changes the plan, swept or not"


def test_few_queries_however_many_booths(client: Client, market: Market, statements) -> None:  # type: ignore[no-untyped-def]
    client.get(PLAN)
    with statements() as seen:
        client.get(PLAN)
    assert len([s for s in seen if s.startswith("SELECT")]) <= 12


def test_card_says_price_with_vat_and_the_list_filters_alike(client: Client, market: Market) -> None:
    drawer = client.get(f"{PLAN}/drawer?pick=A01,A03").text
    assert "17.424.000" in drawer and "15.840.000" in drawer and "33.264.000" in drawer
    rows = client.get(f"{PLAN}?view=list&sides=2").text
    assert "A01" in rows and ">A03<" not in rows
    dimmed = client.get(f"{PLAN}?sides=2").text
    assert 'class="b free dim" id="b-A03"' in dimmed and 'class="b free" id="b-A01"' in dimmed


def test_stranger_is_led_to_sign_up_with_the_choice_kept(client: Client, market: Market) -> None:
    drawer = client.get(f"{PLAN}/drawer?pick=A03,A05").text
    assert "/sign-up?next=/fairs/test-fair/plan?pick%3DA03,A05" in drawer.replace("%2F", "/").replace(
        "%3F", "?"
    ).replace("%2C", ",").replace("%252C", ",")


def test_exhibitor_holds_orders_and_sees_it_as_own(client: Client, market: Market) -> None:
    client.sign_in(market.cast.ema)
    held = client.post("/fairs/test-fair/booths/A03,A05/hold")
    assert held.status_code == 303
    page = client.get(PLAN).text
    assert 'class="b mine" id="b-A03"' in page and "data-clock" in page
    ordered = client.post("/fairs/test-fair/booths/A03,A05/order", data={"pay_by": "transfer"})
    assert ordered.status_code == 303
    order = client.get(ordered.headers["Location"])
    assert order.status_code == 200 and "31.680.000" in order.text and "data:image/png" in order.text
    client.sign_in(market.cast.rita)
    assert client.get(ordered.headers["Location"]).status_code == 404
    client.sign_in(market.cast.stan)
    assert client.get(ordered.headers["Location"]).status_code == 403


def test_loser_sees_what_is_free_nearby_and_keeps_the_rest(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        market.hold("A05", rival=True)
    client.sign_in(market.cast.ema)
    answer = client.post("/fairs/test-fair/booths/A03,A05/hold")
    assert answer.status_code == 409
    assert "Gian A05 vừa có người giữ" in answer.text and 'data-choose="A06"' in answer.text
    assert 'data-picks="A03"' in answer.text


def test_hold_is_let_go_by_its_own_only(client: Client, market: Market) -> None:
    client.sign_in(market.cast.ema)
    client.post("/fairs/test-fair/booths/A03/hold")
    client.sign_in(market.cast.rita)
    assert client.post("/fairs/test-fair/booths/A03/hold", data={"_method": "DELETE"}).status_code == 404
    client.sign_in(market.cast.ema)
    assert client.post("/fairs/test-fair/booths/A03/hold", data={"_method": "DELETE"}).status_code == 303
    assert 'class="b free" id="b-A03"' in client.get(PLAN).text


def test_organiser_sees_who_holds_and_takes_a_booth_out_of_the_market(client: Client, market: Market) -> None:
    client.sign_in(market.cast.ema)
    client.post("/fairs/test-fair/booths/A03/hold")
    client.sign_in(market.cast.sam)
    page = client.get("/fairs/test-fair/organise/booths?state=held").text
    assert "A03" in page and "Gốm Chi" in page
    for let, shape in (("no", "off"), ("yes", "free")):
        assert client.post("/fairs/test-fair/organise/booths/A09/letting", data={"let": let}).status_code == 303
        assert f'class="b {shape}" id="b-A09"' in client.get(PLAN).text
    assert client.post("/fairs/test-fair/organise/booths/A03/letting", data={"let": "no"}).status_code == 404
    client.sign_in(market.cast.fin)
    assert client.get("/fairs/test-fair/organise/booths").status_code == 200
    assert client.post("/fairs/test-fair/organise/booths/A09/letting", data={"let": "no"}).status_code == 403


def test_money_is_for_finance_and_the_owner(client: Client, market: Market) -> None:
    for person, status in (("ola", 200), ("fin", 200), ("sam", 403), ("ema", 403), ("gia", 403)):
        client.sign_in(getattr(market.cast, person))
        assert client.get("/fairs/test-fair/organise/money").status_code == status, person
    client.sign_in(market.cast.fin)
    bad = client.post("/fairs/test-fair/organise/money/transfers", data={"amount": "mười triệu", "number": ""})
    assert bad.status_code == 422 and "mười triệu" in bad.text


def test_a_transfer_waits_until_the_address_is_known_to_be_theirs(app: Flask, client: Client, market: Market) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Person, market.cast.ema.id).email_verified_at = None
    client.sign_in(market.cast.ema)
    client.post("/fairs/test-fair/booths/A03/hold")
    assert "ema@example.org" in client.get("/fairs/test-fair/plan").text
    refused = client.post("/fairs/test-fair/booths/A03/order", data={"pay_by": "transfer"})
    assert refused.status_code == 409
    assert "xác nhận địa chỉ trước" in refused.text
    assert 'data-mine="A03"' in refused.text, "what is held stays held"
    with app.app_context():
        wanted = {"hold": db.session.scalars(select(Hold.id)).one(), "pay_by": "transfer"}
    token = re.search(r'name="csrf-token" content="([^"]+)"', refused.text)
    by_api = client.post("/api/v1/fairs/test-fair/orders", json=wanted, headers={"X-CSRFToken": token[1]})
    assert (by_api.status_code, by_api.json["code"]) == (409, "address_not_confirmed")
    with app.app_context(), transaction():
        db.session.get_one(Person, market.cast.ema.id).email_verified_at = clock.now()
    assert client.post("/fairs/test-fair/booths/A03/order", data={"pay_by": "transfer"}).status_code == 303


def test_a_chosen_booth_that_went_is_named_with_what_is_free_nearby(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        market.hold("A05", rival=True)
    client.sign_in(market.cast.ema)
    drawer = client.get("/fairs/test-fair/plan/drawer?pick=A03,A05").text
    assert 'role="alert"' in drawer and "A05" in drawer
    assert 'data-picks="A03"' in drawer
    assert "A05" not in client.get("/fairs/test-fair/plan/drawer?pick=A03").text


def test_a_let_booth_is_shown_while_others_are_chosen(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        market.hold("A05", rival=True)
    drawer = client.get("/fairs/test-fair/plan/drawer?pick=A03&booth=A05").text
    assert drawer.count("booth-head") == 2


def test_a_touch_without_a_script_keeps_what_was_chosen(cast: Any, client: Any) -> None:
    """A slow phone follows the booth's own link, before the script has come: the second adds to the first."""
    plan = "/fairs/test-fair/plan"

    def link(page: str, number: str) -> str:
        [href] = re.findall(rf'id="b-{number}" role="button" href="([^"]+)"', page)
        return plan + html.unescape(href)

    def chosen(page: str) -> str:
        [picks] = re.findall(r'data-picks="([^"]*)"', page)
        return picks

    first = client.get(link(client.get(plan).text, "A03")).text
    second = client.get(link(first, "A05")).text
    third = client.get(link(second, "A03")).text
    assert [chosen(page) for page in (first, second, third)] == ["A03", "A03,A05", "A05"]
