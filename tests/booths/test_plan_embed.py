"""The plan in a frame of another site: the one page that may be framed; it keeps nothing and shows nobody's own."""

import re

import pytest
from flask import Flask

from app.access import OPEN_ENDPOINTS
from app.db import db, transaction
from app.fairs.models import Fair
from app.security import CSP
from tests.conftest import Client
from tests.support.cast import let_booth
from tests.support.market import Market

EMBED = "/fairs/test-fair/plan/embed"


def test_it_may_be_framed_anywhere_and_sets_no_cookie(market: Market, client: Client) -> None:
    for query in ("", "?lang=en", "?lang=vi&view=zone&q=gom", "?booth=A05"):
        answer = client.get(EMBED + query)
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"] == CSP.replace("frame-ancestors 'self'", "frame-ancestors *")
        assert "Set-Cookie" not in answer.headers, query
        assert "csrf" not in answer.text, "there is nothing to send"


def test_no_other_page_may_be_framed(app: Flask, market: Market, client: Client) -> None:
    """Every page that needs no more than the fair's slug, as a stranger and as the owner; refusals too."""
    for person in (None, market.cast.ola):
        if person is not None:
            client.sign_in(person)
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.arguments - {"slug"} or rule.rule.endswith("/live"):
                continue
            answer = client.get(rule.rule.replace("<slug>", "test-fair"))
            if (
                rule.endpoint != "booths.embed"
                and answer.mimetype == "text/html"
                and rule.endpoint not in OPEN_ENDPOINTS
            ):
                assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"], rule.rule
            answer.close()
    assert "frame-ancestors 'self'" in client.get("/fairs/nothing/plan/embed").headers["Content-Security-Policy"]


def test_only_a_published_fair_is_shown_even_to_its_own_staff(app: Flask, market: Market, client: Client) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Fair, market.cast.fair.id).published_at = None
    client.sign_in(market.cast.ola)
    assert client.get(EMBED).status_code == 404
    assert "plan/embed" not in client.get("/fairs/test-fair/organise/plan").text


def test_it_is_the_same_for_everybody_and_opens_the_full_page_in_a_new_tab(
    app: Flask, market: Market, client: Client
) -> None:
    with app.app_context():
        market.hold("A03")
    stranger = client.get(f"{EMBED}?lang=en").text
    client.sign_in(market.cast.ema)
    assert client.get(f"{EMBED}?lang=en").text == stranger, "nothing of her own, nothing to do"
    assert 'class="b held" id="b-A03"' in stranger
    link = re.findall(r'id="b-A05" (href="[^"]*" target="_blank" rel="noopener")', stranger)
    assert link == ['href="/fairs/test-fair/plan?lang=en&amp;booth=A05" target="_blank" rel="noopener"']
    assert "A05, free" in stranger and 'lang="en"' in stranger
    assert "A05, trống" in client.get(f"{EMBED}?lang=vi").text


def test_the_search_finds_within_the_frame(app: Flask, market: Market, client: Client) -> None:
    with app.app_context():
        let_booth(market.cast.exhibitor, "A03")
        let_booth(market.cast.exhibitor, "A04")
    several = client.get(f"{EMBED}?q=gom+chi&view=zone").text
    assert re.findall(r'href="(/fairs/test-fair/plan/embed\?[^"]*booth=A03[^"]*)"', several)
    one = client.get(f"{EMBED}?q=a05").text
    assert 'data-shown="A05"' in one and "A05" in one
    assert "xyz" in client.get(f"{EMBED}?q=xyz").text


def test_the_snippet_is_for_staff_who_see_booths(market: Market, client: Client) -> None:
    client.sign_in(market.cast.sam)
    page = client.get("/fairs/test-fair/organise/plan").text
    assert "&lt;iframe src=&#34;http://" in page and "plan/embed?lang=en" in page and "plan/embed?lang=vi" in page
    client.sign_in(market.cast.ema)
    assert client.get("/fairs/test-fair/organise/plan").status_code == 403


@pytest.mark.parametrize("name", ['Hội chợ "Tết" & Xuân <b>'])
def test_a_name_does_not_break_out_of_the_snippet(app: Flask, market: Market, client: Client, name: str) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Fair, market.cast.fair.id).name = name
    client.sign_in(market.cast.ola)
    page = client.get("/fairs/test-fair/organise/plan").text
    assert "title=&#34;Hội chợ &amp;quot;Tết&amp;quot; &amp;amp; Xuân &lt;b&gt;&#34;" in page
