"""A pavilion: its price, booths held back for it, a stranger's plan that follows, and an order at the price shown."""

from datetime import date
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.stories.test_booth_story import choose, hold, order_by
from tests.stories.test_tasks_story import at
from tests.support.browser import PHONE, assert_accessible, assert_fits, new_context, sign_in, watched
from tests.support.cast import PASSWORD

FAIR = "/fairs/test-fair"
NAME = "Gian hàng chung Hà Nội"


def test_a_pavilion_from_its_terms_to_its_members_order(
    live_server: Any, browser: Browser, page: Page, mail_sink: Any
) -> None:
    server = live_server
    server.settings["FAIR_MAIL_URL"] = mail_sink.url
    at(server, date(2019, 10, 7))

    # The organiser adds the group from the page of prices; what was typed wrong stays typed.
    sign_in(page, server.url, "ola@example.org", PASSWORD)
    page.goto(f"{server.url}{FAIR}/organise/selling")
    page.locator("section", has_text="Giá nhóm và giá theo số lượng").get_by_role("link", name="Xem và thêm").click()
    form = page.locator("#group")
    for field, text in {
        "name": NAME, "name_en": "Hanoi pavilion", "off_percent": "20", "per_booth": "1.000.000",
        "from_on": "2019-10-01", "to_on": "2019-10-31", "most_booths": "5",
    }.items():  # fmt: skip
        form.locator(f"#{field}").fill(text)
    form.get_by_role("button", name="Thêm nhóm này").click()
    expect(page.locator("#off_percent-error")).to_be_visible()
    expect(page.locator("#per_booth")).to_have_value("1.000.000")
    page.locator("#per_booth").fill("")
    page.get_by_role("button", name="Thêm nhóm này").click()
    page.locator("#members #exhibitor").select_option(label="Gốm Chi")
    page.locator("#members").get_by_role("button", name="Thêm vào nhóm").click()
    expect(page.locator("#members")).to_contain_text("Gốm Chi")

    # A stranger's plan is open while A03 is held back: it follows, in word and shape.
    context = new_context(browser)
    stranger = watched(context.new_page())
    sign_in(stranger, server.url, "rita@example.org", PASSWORD)
    stranger.goto(f"{server.url}{FAIR}/plan")
    theirs = stranger.locator("#b-A03")
    expect(theirs).to_have_class("b free")
    page.locator("#back-booths").fill("A03 A05")
    page.locator("#back-until_on").fill("2019-10-31")
    page.locator("#booths").get_by_role("button", name="Giữ riêng", exact=True).click()
    expect(page.locator("#booths")).to_contain_text("A05")
    assert_accessible(page)
    assert_fits(page)
    expect(stranger.locator("#b-A03.kept")).to_have_attribute("aria-label", f"A03, giữ riêng cho {NAME}, 9\xa0m²")
    stranger.locator("#b-A03").click()
    expect(stranger.locator("#drawer")).to_contain_text(f"Giữ riêng cho “{NAME}” đến hết 31.10.2019")
    assert_accessible(stranger)

    # A member reads its price on the phone, holds the booth, lets it go: free again, it is still not the stranger's.
    phone = watched(new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True).new_page())
    sign_in(phone, server.url, "ema@example.org", PASSWORD)
    phone.goto(f"{server.url}{FAIR}/plan")
    choose(phone, "A03")
    expect(phone.locator("#drawer")).to_contain_text(f"Giá nhóm: {NAME} −20 %")
    expect(phone.locator("#drawer")).to_contain_text("12.672.000")
    hold(phone)
    expect(phone.locator("#drawer dt.off")).to_be_visible()
    expect(stranger.locator("#b-A03.held")).to_be_visible()
    assert_fits(phone)
    assert_accessible(phone)
    phone.get_by_role("button", name="Bỏ giữ, chọn gian khác").click()
    expect(stranger.locator("#b-A03.kept")).to_be_visible()

    # While she holds it again the price changes: she is told, nothing is ordered, and then it is at the new price.
    hold(phone)
    page.locator("#terms #off_percent").fill("10")
    page.locator("#terms").get_by_role("button", name="Lưu").click()
    order_by(phone, "transfer")
    expect(phone.locator("#drawer")).to_contain_text("Chưa đặt gì")
    expect(phone.locator("#drawer [data-total]")).to_contain_text("14.256.000")
    order_by(phone, "transfer")
    expect(phone.locator("main")).to_contain_text("Chuyển 14.256.000")
    expect(phone.locator("main")).to_contain_text(f"Giá nhóm: {NAME} −10 %")
    assert_fits(phone)
