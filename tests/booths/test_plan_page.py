"""The plan in a real browser: what others do shows, and never undoes what the person before it has chosen."""

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app import clock
from app.booths import claims
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from tests.support.browser import assert_quiet, sign_in
from tests.support.cast import PASSWORD
from tests.visitors.stage import change_fair

FAIR = "/fairs/test-fair"


@pytest.fixture
def coming(live_server: Any) -> Any:
    """The cast's fair, a month from now; cards are paid at the desk."""
    day = datetime.now(UTC).date() + timedelta(days=30)
    change_fair(live_server.app, starts_on=day, ends_on=day + timedelta(days=3), is_demo=True)
    return live_server


def rival_takes(server: Any, *numbers: str) -> None:
    request = urllib.request.Request(
        f"{server.url}/api/v1{FAIR}/holds",
        data=json.dumps({"exhibitor": server.cast.rival.id, "booths": numbers}).encode(),
        headers={
            "Authorization": f"Bearer {server.token('test-fair', 'sales')}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 201


def choose(page: Page, number: str) -> None:
    page.locator(f"#b-{number}").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer .booth-head.chosen b", has_text=number)).to_be_visible()


def test_what_others_take_shows_and_the_chosen_way_to_pay_stays(page: Page, coming: Any) -> None:
    sign_in(page, coming.url, "ema@example.org", PASSWORD)
    page.goto(f"{coming.url}{FAIR}/plan")
    expect(page.locator("[data-module~=floorplan][data-ready]")).to_be_attached()
    choose(page, "A01")
    page.locator("#drawer form[action$='/hold'] button.btn-seal").click()
    way = page.locator("#drawer form[action$='/order'] input[value=card]")
    way.check()
    way.evaluate("element => { element.kept = true; }")
    page.wait_for_timeout(1500)  # the word of the own hold has come back by now
    assert way.evaluate("element => element.kept === true"), "the form was taken from under the finger"
    choose(page, "A05")
    way.check()
    way.focus()
    rival_takes(coming, "A05")
    expect(page.locator("#b-A05")).to_have_attribute(
        "aria-label", re.compile("^A05, người khác đang giữ"), timeout=4000
    )
    expect(page.locator("#drawer .booth-head.chosen")).to_have_count(0)
    expect(way).to_be_checked()
    expect(way).to_be_focused()
    assert_quiet(page)


def test_others_deeds_show_in_every_view_and_a_change_of_view_keeps_the_choice(page: Page, coming: Any) -> None:
    page.goto(f"{coming.url}{FAIR}/plan?view=price")
    expect(page.locator("[data-module~=floorplan][data-ready]")).to_be_attached()
    choose(page, "A03")
    rival_takes(coming, "A05")
    held = page.locator("#b-A05")
    expect(held).to_have_class(re.compile(r"\bheld in p1\b"), timeout=4000)
    expect(held).to_have_attribute("aria-label", re.compile(r"^A05, người khác đang giữ, 15\.840\.000\s₫, 9\sm²$"))
    expect(held.locator(".o")).to_have_attribute("fill", "url(#o-held)")

    page.locator("[data-views]").select_option("province")
    expect(page.locator("#hall[data-paints=let]")).to_be_attached()
    expect(page.locator("#b-A03")).to_have_attribute("aria-pressed", "true")
    assert "view=province" in page.url and "pick=A03" in page.url
    with coming.app.app_context(), transaction():
        booth = db.session.scalars(
            select(Booth).where(Booth.fair_id == coming.cast.fair.id, Booth.number == "A07")
        ).one()
        booth.state, booth.exhibitor_id, booth.changed_at = BoothState.LET, coming.cast.exhibitor.id, clock.now()
        claims.tell(coming.cast.fair.id, ["A07"], BoothState.LET)
    let = page.locator("#b-A07")
    expect(let).to_have_class(re.compile(r"\blet in c1\b"), timeout=6000)
    expect(let).to_have_attribute("aria-label", re.compile("^A07, đã thuê: Gốm Chi, "))
    for _n in range(5):
        page.locator("[data-zoom=in]").click()
    expect(let.locator(".co").first).to_have_text("Gốm Chi")
    page.locator("[data-views]").select_option("")
    expect(page.locator("#hall[data-paints='']")).to_be_attached()
    expect(page.locator("#b-A03")).to_have_attribute("aria-pressed", "true")
    assert_quiet(page)
