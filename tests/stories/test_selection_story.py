"""Windows are set up, the list is published, the evening's lottery gives the seed, and two companies choose in turn.

Through the browser; the clock is moved as the days pass, and the second company tries before its window.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.cast import PASSWORD

FAIR = "/fairs/test-fair"
ORGANISE = f"{FAIR}/organise/selection"


def at(server: Any, day: date, hour: int, minute: int = 0) -> None:
    """Start the server again at a time of a day in Hà Nội."""
    wanted = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=7)
    server.at((wanted - datetime.now(UTC)).total_seconds())


def on_a_phone(browser: Browser, server: Any, email: str) -> Page:
    phone = watched(new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True).new_page())
    sign_in(phone, server.url, email, PASSWORD)
    return phone


def looks_right(page: Page) -> None:
    assert_accessible(page, ".toasts")
    assert_fits(page)


def test_two_companies_choose_in_the_order_that_was_drawn(
    live_server: Any, mail_sink: Any, browser: Browser, page: Page
) -> None:
    server = live_server
    server.settings["FAIR_MAIL_URL"] = mail_sink.url
    at(server, date(2019, 10, 7), 9)
    watched(page)
    sign_in(page, server.url, "ola@example.org", PASSWORD)
    page.goto(f"{server.url}{ORGANISE}/new")
    for name, typed in {
        "days": "21.10.2019", "general_on": "2019-10-28", "general_time": "09:00", "draw_on": "2019-10-14",
        "draw_time": "18:30", "per_slot": "1", "seed_source": "Giải đặc biệt xổ số miền Bắc tối 14.10.2019",
    }.items():  # fmt: skip
        page.locator(f"#{name}").fill(typed)
    looks_right(page)
    page.get_by_role("button", name="Lưu và xem trước").click()
    expect(page.locator("#preview + *, [aria-labelledby=preview]").last).to_contain_text("2 đơn vị chọn gian.")
    looks_right(page)
    page.get_by_role("button", name="Công bố danh sách").click()
    page.locator("#publish").get_by_role("button", name="Công bố danh sách").click()
    expect(page.locator(".lead")).to_contain_text("Đã công bố danh sách, chờ số gốc")

    at(server, date(2019, 10, 14), 19)
    page.reload()
    page.locator("#seed").fill("62785")
    page.get_by_role("button", name="Bốc thăm và công bố").click()
    expect(page.locator(".lead")).to_contain_text("0 trên 2 đơn vị đã có gian")
    looks_right(page)
    subjects = [mail_sink.wait_for(f"{name}@example.org")[0]["Subject"] for name in ("ema", "rita")]
    assert sorted(subjects) == [f"Lượt chọn gian của bạn: {time}, 21.10.2019" for time in ("09:00", "09:30")]
    first, second = ("ema", "rita") if "09:00" in subjects[0] else ("rita", "ema")

    # The second looks at its turn, and tries when the first may already.
    at(server, date(2019, 10, 21), 9, 1)
    phone = on_a_phone(browser, server, f"{second}@example.org")
    phone.goto(f"{server.url}{FAIR}/portal/selection")
    expect(phone.locator(".turn")).to_contain_text("T2 21.10.2019, 09:30–10:00")
    expect(phone.locator(".turn [role=timer]")).to_have_text(re.compile(r"còn 0:2\d:\d\d"))
    looks_right(phone)
    phone.goto(f"{server.url}{FAIR}/plan?booth=A03")
    expect(phone.locator("#drawer")).to_contain_text("Bạn giữ được từ 09:30, 21.10.2019")
    looks_right(phone)
    quick = on_a_phone(browser, server, f"{first}@example.org")
    quick.goto(f"{server.url}{FAIR}/plan?booth=A03")
    quick.locator("#drawer form button.btn-seal").click()
    expect(quick.locator("#drawer .held")).to_contain_text("A03")

    at(server, date(2019, 10, 21), 9, 31)
    phone.goto(f"{server.url}{FAIR}/plan?booth=A05")
    phone.locator("#drawer form button.btn-seal").click()
    expect(phone.locator("#drawer .held")).to_contain_text("A05")
    page.goto(f"{server.url}{ORGANISE}/draws/1?show=chosen")
    expect(page.locator("table.lines tbody tr")).to_have_count(1)  # the first one's hold ran out unpaid

    # A stranger checks the draw.
    quick.context.clear_cookies()
    quick.goto(f"{server.url}{FAIR}/selection/1")
    expect(quick.locator(".seed")).to_have_text("62785")
    looks_right(quick)
    for one in (page, phone, quick):
        assert_quiet(one)
    phone.context.close()
    quick.context.close()
