"""A booth that the city pays half of: granted, ordered on a phone, paid by both, listed; a cancellation frees it."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.stories.test_booth_story import choose, hold, order_by
from tests.stories.test_tasks_story import at
from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.cast import PASSWORD

FAIR = "/fairs/test-fair"
HALF = "7.920.000"


def test_a_supported_booth_from_the_decision_to_the_funders_list(
    live_server: Any, browser: Browser, page: Page, mail_sink: Any, tmp_path: Path
) -> None:
    server = live_server
    server.settings["FAIR_MAIL_URL"] = mail_sink.url
    at(server, date(2019, 10, 7))

    # The organiser keeps the funder and its decision, and grants the support to Gốm Chi with the paper that proves it.
    sign_in(page, server.url, "ola@example.org", PASSWORD)
    page.goto(f"{server.url}{FAIR}/organise/selling")
    page.get_by_role("link", name="Bên hỗ trợ và mức hỗ trợ").click()
    page.get_by_role("link", name="Thêm bên hỗ trợ").click()
    page.locator("#name").fill("Trung tâm Khuyến công Hà Nội")
    page.locator("#name_en").fill("Hanoi Promotion Centre")
    page.locator("#tax_code").fill("0109999999")
    page.locator("#address").fill("9 Phố Huế, Hà Nội")
    page.get_by_role("button", name="Lưu").click()
    page.get_by_role("link", name="Thêm chương trình").click()
    for field, text in {
        "name": "Khuyến công 2019", "decision_number": "123/QĐ-SCT", "decision_on": "2019-03-01",
        "rate_percent": "50", "budget": HALF, "from_on": "2019-10-01", "to_on": "2019-09-30",
    }.items():  # fmt: skip
        page.locator(f"#{field}").fill(text)
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator("#to_on-error")).to_be_visible()
    expect(page.locator("#decision_number")).to_have_value("123/QĐ-SCT")
    page.locator("#to_on").fill("2019-11-30")
    page.get_by_role("button", name="Lưu").click()
    proof = tmp_path / "làng nghề.pdf"
    proof.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    page.locator("#exhibitor").select_option(label="Gốm Chi")
    page.locator("#reason").fill("Làng nghề được công nhận")
    page.locator("#grant #document").set_input_files(proof)
    page.get_by_role("button", name="Duyệt", exact=True).click()
    expect(page.locator("#grants")).to_contain_text("Gốm Chi")
    expect(page.locator("#grants")).to_contain_text("làng nghề.pdf")
    assert_accessible(page)
    assert_fits(page)
    programme = page.url

    # On a phone the drawer says who pays what; she orders by transfer and owes only the rest.
    context = new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True)
    phone = watched(context.new_page())
    sign_in(phone, server.url, "ema@example.org", PASSWORD)
    phone.goto(f"{server.url}{FAIR}/plan")
    choose(phone, "A03")
    hold(phone)
    expect(phone.locator("#drawer")).to_contain_text("Hỗ trợ từ Trung tâm Khuyến công Hà Nội")
    expect(phone.locator("#drawer [data-total]")).to_contain_text(HALF)
    assert_fits(phone)
    assert_accessible(phone)
    order_by(phone, "transfer")
    expect(phone.locator("main")).to_contain_text(f"Chuyển {HALF}")
    expect(phone.locator("#support")).to_contain_text("15.840.000")
    assert_fits(phone)
    assert_accessible(phone)
    order = phone.url.partition("?")[0]
    reference = order.rpartition("/")[2]

    # Her transfer comes: she has her invoice, and the funder its own.
    page.goto(f"{server.url}{FAIR}/organise/money?reference={reference}&amount=7920000#received")
    page.locator("#received #number").fill("FT1")
    page.locator("#received button.btn-ink").click()
    phone.goto(order)
    expect(phone.locator("h1")).to_have_text("Gian A03 là của bạn")
    expect(phone.locator("main")).to_contain_text("Hoá đơn HD2019-00001")
    expect(phone.locator("main")).not_to_contain_text("HT2019-00001")
    page.goto(order)
    paper = page.get_by_role("link", name=re.compile("HT2019-00001"))
    assert page.request.get(f"{server.url}{paper.get_attribute('href')}").body()[:5] == b"%PDF-"
    page.get_by_role("link", name="Bảng kê của bên hỗ trợ").click()
    expect(page.locator("main")).to_contain_text(f"còn phải trả {HALF}")
    page.locator("#number").fill("KB1")
    page.locator("#amount").fill("5.000.000")
    page.get_by_role("button", name="Ghi khoản đã trả").click()
    expect(page.locator("main")).to_contain_text("còn phải trả 2.920.000")
    assert_accessible(page)
    assert_fits(page)
    funder = page.url.partition("#")[0]
    for ending in ("pdf", "csv", "xlsx"):
        assert page.request.get(f"{funder}/list.{ending}").ok

    # The budget is used up: her next booth is at the whole price, and the drawer says so.
    phone.goto(f"{server.url}{FAIR}/plan")
    choose(phone, "A05")
    hold(phone)
    expect(phone.locator("#drawer")).to_contain_text("đã dùng hết")
    expect(phone.locator("#drawer [data-total]")).to_contain_text("15.840.000")

    # The money goes back: both invoices are credited, and the budget is there again.
    page.goto(order)
    page.locator("summary", has_text="Hoàn tiền").click()
    page.locator("details.sure[open] button").click()
    expect(page.locator("main")).to_contain_text("GH2019-00001")
    page.goto(funder)
    expect(page.locator("#list")).to_contain_text("đã huỷ, đã ghi giảm")
    expect(page.locator("main")).to_contain_text("thừa 5.000.000")
    page.goto(programme)
    expect(page.locator("dd.sum")).to_contain_text(HALF)
    phone.goto(f"{server.url}{FAIR}/plan")
    expect(phone.locator("#drawer [data-total]")).to_contain_text(HALF)
    assert_quiet(phone)
    assert_quiet(page)
    context.close()
