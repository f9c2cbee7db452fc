"""A co-exhibitor is entered on a phone while the network fails; the organiser approves; it is listed and counted.

Through the browser, real mail and the public pages alone.
"""

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.live_server import LiveServer, demo_passwords

FAIR = "/fairs/hanoi-today"
NAME = "Hợp tác xã Đèn lồng Đan Phượng"


def counted(page: Page, server: LiveServer) -> int:
    """The report's exhibitors, as the organiser reads them."""
    page.goto(f"{server.url}{FAIR}/report/exhibitors")
    return int(re.sub(r"\D", "", page.locator(".evidence-sum").inner_text().split()[0]))


def fill(phone: Page) -> None:
    phone.get_by_label("Tên đơn vị").fill(NAME)
    phone.locator("select[name=province]").select_option(index=1)
    phone.get_by_label("Địa chỉ").fill("Đan Phượng, Hà Nội")
    phone.get_by_label("Mã số thuế").fill("0108888888")
    phone.get_by_label("Người ký thay đơn vị").fill("Cao Thị Lê")
    phone.get_by_label("Điện thoại").fill("0912 345 678")
    phone.locator("select[name=category]").select_option("bamboo")
    phone.get_by_label("Hàng trưng bày").fill("đèn lồng tre")


def test_a_co_exhibitor_from_the_phone_to_the_report(
    demo_server: LiveServer, browser: Browser, page: Page, mail_sink: Any
) -> None:
    server, passwords = demo_server, demo_passwords(demo_server)
    server.restart(FAIR_MAIL_URL=mail_sink.url)
    sign_in(page, server.url, "organiser@example.com", passwords["owner"])
    before = counted(page, server)

    context = new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2)
    phone = watched(context.new_page())
    sign_in(phone, server.url, "exhibitor@example.com", passwords["exhibitor"])
    phone.goto(f"{server.url}{FAIR}/portal")
    heading = phone.get_by_role("heading", name="Đơn vị tại gian của bạn")
    phone.locator("section", has=heading).get_by_role("link").click()
    assert_fits(phone)
    assert_accessible(phone)
    phone.get_by_role("link", name="Thêm đơn vị đồng trưng bày").click()
    fill(phone)
    phone.get_by_label("Mã số thuế").fill("12")
    send = phone.get_by_role("button", name="Gửi để duyệt")
    send.click()
    expect(phone.locator("[role=alert]", has_text="Có mục cần xem lại")).to_be_focused()
    expect(phone.get_by_label("Tên đơn vị")).to_have_value(NAME)
    phone.get_by_label("Mã số thuế").fill("0108888888")

    context.set_offline(True)
    send.click()
    expect(phone.get_by_text("Mất mạng nên chưa gửi được")).to_be_visible()
    expect(send).to_be_enabled()
    expect(phone.get_by_label("Tên đơn vị")).to_have_value(NAME)
    expect(phone.get_by_label("Hàng trưng bày")).to_have_value("đèn lồng tre")
    assert_accessible(phone)
    assert_fits(phone)
    context.set_offline(False)
    send.click()
    phone.wait_for_url(re.compile(r"/companies$"))
    expect(phone.locator(".entries li", has_text=NAME)).to_contain_text("Chờ duyệt")
    assert_fits(phone)
    assert_accessible(phone, ".toasts")

    stranger = new_context(browser)
    public = watched(stranger.new_page())
    public.goto(f"{server.url}{FAIR}/exhibitors?q=den+long+dan+phuong")
    expect(public.get_by_text(NAME)).to_have_count(0)
    assert counted(page, server) == before

    page.goto(f"{server.url}{FAIR}/organise/")
    page.locator("a[href$='/organise/exhibitors#requests']").click()
    request = page.locator("#requests article", has_text=NAME)
    assert_accessible(page)
    assert_fits(page)
    request.get_by_role("button", name="Duyệt").click()
    expect(page.locator("#requests")).to_have_count(0)
    [letter] = mail_sink.wait_for("exhibitor@example.com")
    assert NAME in str(letter["Subject"]) and "đã được duyệt" in str(letter["Subject"])
    link = re.search(r"http\S+/companies", letter.get_body(("plain",)).get_content())[0]
    phone.goto(link)
    expect(phone.locator(".entries li", has_text=NAME)).to_contain_text("Đã duyệt")

    public.reload()
    row = public.locator("table.lines tbody tr", has_text=NAME)
    expect(row).to_contain_text("tại gian của")
    row.locator("a[href*='booth=']").first.click()
    expect(public.locator("#drawer")).to_contain_text(f"Cùng gian: {NAME}")
    assert counted(page, server) == before + 1
    page.locator("input[name=q]").fill("den long dan phuong")
    page.get_by_role("button", name="Lọc các dòng").click()
    expect(page.locator("table.rows tbody tr")).to_have_count(1)
    expect(page.locator("table.rows tbody tr")).to_contain_text("Đơn vị đồng trưng bày")
    for one in (phone, public, page):
        assert_quiet(one)
    context.close()
    stranger.close()
