"""A booth for a deposit: let on a phone, reminded once, late, and its balance paid by card under a doubled webhook."""

import json
import re
import urllib.request
from datetime import date
from typing import Any

from playwright.sync_api import Browser, Page, expect

from app.db import db, transaction
from app.fairs.models import Fair
from tests.stories.test_booth_story import choose, hold, order_by, pay_at_the_desk
from tests.stories.test_tasks_story import at
from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.cast import PASSWORD

FAIR = "/fairs/test-fair"
EMA = "ema@example.org"


def doubled(server: Any) -> None:
    """From now on the desk sends each webhook twice."""
    request = urllib.request.Request(
        f"{server.url}/desk/stripe/controls",
        data=json.dumps({"copies": 2}).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=20).close()


def test_a_booth_for_a_deposit_from_the_schedule_to_the_receipt(
    live_server: Any, browser: Browser, page: Page, mail_sink: Any
) -> None:
    server = live_server
    with server.app.app_context():
        with transaction():
            db.session.get_one(Fair, server.cast.fair.id).is_demo = True  # the desk serves demonstrations only
        db.session.remove()
    server.settings["FAIR_MAIL_URL"] = mail_sink.url
    at(server, date(2019, 10, 7))

    # The organiser asks for 30 % at order, the rest by 12 November; a day that is over is refused and stays typed.
    sign_in(page, server.url, "ola@example.org", PASSWORD)
    page.goto(f"{server.url}{FAIR}/organise/selling")
    page.locator("#schedule-deposit_percent").fill("30")
    page.locator("#schedule-balance_on").fill("2019-10-01")
    page.locator("#schedule").get_by_role("button", name="Lưu").click()
    expect(page.locator("#schedule [role=alert]")).to_contain_text("Ngày đó đã qua")
    expect(page.locator("#schedule-deposit_percent")).to_have_value("30")
    page.locator("#schedule-balance_on").fill("2019-11-12")
    page.locator("#schedule").get_by_role("button", name="Lưu").click()
    expect(page.locator("#schedule")).to_contain_text("17:00, 12.11.2019")
    assert_accessible(page)

    # On a phone the drawer says what is due now; the card pays the deposit, and the webhook comes twice.
    doubled(server)
    context = new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True)
    phone = watched(context.new_page())
    sign_in(phone, server.url, EMA, PASSWORD)
    phone.goto(f"{server.url}{FAIR}/plan")
    choose(phone, "A03")
    hold(phone)
    expect(phone.locator("#drawer")).to_contain_text("Nay bạn đặt cọc 30 %")
    assert_fits(phone)
    order_by(phone, "card")
    expect(phone.locator("main")).to_contain_text("4.752.000")
    pay_at_the_desk(phone)
    expect(phone.locator("h1")).to_have_text("Gian A03 là của bạn", timeout=15_000)
    expect(phone.locator("main")).to_contain_text("Còn 11.088.000")
    expect(phone.locator("main")).to_contain_text("Hoá đơn HD2019-00001")
    assert_fits(phone)
    assert_accessible(phone)
    order = phone.url.partition("?")[0]
    [letter] = [one for one in mail_sink.wait_for(EMA) if len(list(one.iter_attachments())) == 2]
    said = letter.get_body(("plain",)).get_content()
    assert "4.752.000" in said and "11.088.000" in said

    # A week before the day one mail reminds, however often the server starts again.
    before = len(mail_sink.to(EMA))
    for _twice in range(2):
        at(server, date(2019, 11, 5))
        reminder = mail_sink.wait_for(EMA, before + 1)[before]
    assert "11.088.000" in str(reminder["Subject"])
    page.wait_for_timeout(2_000)
    assert len(mail_sink.to(EMA)) == before + 1
    phone.goto(f"{server.url}{FAIR}/portal")
    expect(phone.locator(".next h1")).to_contain_text("Trả phần còn lại của đơn")

    # The day after it is late: the exhibitor is told, and the organiser sees who it is.
    at(server, date(2019, 11, 13))
    late = mail_sink.wait_for(EMA, before + 2)[before + 1]
    assert "đã quá hạn" in str(late["Subject"])
    page.goto(f"{server.url}{FAIR}/organise")
    page.get_by_text("1 đơn trả chậm phần còn lại").first.wait_for()
    page.goto(f"{server.url}{FAIR}/organise/money?state=late")
    expect(page.locator("#late")).to_contain_text("Gốm Chi")
    expect(page.locator("#late")).to_contain_text("11.088.000")
    assert_accessible(page)

    # She opens the card page in two tabs, pays in one, and the webhook comes twice: it counts once.
    doubled(server)
    phone.goto(order)
    expect(phone.locator("main h2").first).to_contain_text("Quá hạn: 11.088.000")
    other = watched(context.new_page())
    for tab in (phone, other):
        tab.goto(order)
        tab.get_by_role("button", name=re.compile("bằng thẻ")).click()
        tab.locator("#number").wait_for()
    assert phone.url == other.url
    pay_at_the_desk(other)
    expect(other.locator("main")).to_contain_text("Phiếu thu PT2019-00001", timeout=15_000)
    expect(other.locator("main")).not_to_contain_text("hoàn lại")
    receipt = other.get_by_role("link", name=re.compile("Phiếu thu")).get_attribute("href")
    assert other.request.get(f"{server.url}{receipt}").body()[:5] == b"%PDF-"
    assert_fits(other)
    assert_quiet(other)
    page.goto(f"{server.url}{FAIR}/organise/money")
    expect(page.locator("#late")).to_have_count(0)
    expect(page.locator("#waiting")).to_contain_text("Mọi khoản tiền")
    assert_quiet(page)
    context.close()
