"""Three ranked wishes, an offer that nobody answers, the waiting list, and three in a row on the last day.

Through what goes wrong: the network dies as wishes are sent, the server is down over the deadline.
"""

import json
import urllib.error
import urllib.request
from datetime import UTC, date, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.cast import PASSWORD, let_booth

FAIR = "/fairs/test-fair"
OWN = f"{FAIR}/portal/applications"
ORGANISE = f"{FAIR}/organise/applications"
COMPANY = {
    "name": "Sơn mài Hạ Thái", "address": "Duyên Thái, Thường Tín, Hà Nội", "tax_code": "0103333333",
    "representative": "Stan", "phone": "0912 345 678",
}  # fmt: skip


def at(server: Any, day: date, hour: int = 9) -> None:
    """Start the server again at an hour of a day in Hà Nội."""
    wanted = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=7)
    server.at((wanted - datetime.now(UTC)).total_seconds())


def ask(server: Any, token: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """The public API of the fair."""
    request = urllib.request.Request(
        f"{server.url}/api/v1{FAIR}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def on_a_phone(browser: Browser, server: Any, email: str) -> Page:
    phone = watched(new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True).new_page())
    sign_in(phone, server.url, email, PASSWORD)
    return phone


def order_by_transfer(phone: Page, booth: str) -> None:
    """Accept what is offered, and come to the order's page."""
    phone.get_by_role("link", name="Nhận và đặt gian").first.click()
    drawer = phone.locator("#drawer .held", has_text=booth)
    drawer.locator("input[value=transfer]").check()
    drawer.locator("button.btn-seal").click()
    phone.wait_for_url("**/orders/*")


def test_wishes_an_offer_that_lapses_and_a_group_on_the_last_day(
    live_server: Any, browser: Browser, page: Page, mail_sink: Any
) -> None:
    server = live_server
    with server.app.app_context():
        for number in range(1, 21):
            if number not in (5, 7, 9, 11):
                let_booth(server.cast.rival, f"A{number:02}")
    server.settings["FAIR_MAIL_URL"] = mail_sink.url
    at(server, date(2019, 12, 2))

    # The organiser lets booths by application; the plan says so.
    sign_in(page, server.url, "ola@example.org", PASSWORD)
    page.goto(f"{server.url}{ORGANISE}")
    page.get_by_role("link", name="Cách cho thuê gian").first.click()
    page.get_by_label("Xét đơn: đơn vị gửi nguyện vọng").check()
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".lead")).to_contain_text("xét đơn")
    assert_accessible(page)

    # Ema ranks three wishes on a phone: one from the plan, two by number. The network dies as she sends them.
    phone = on_a_phone(browser, server, "ema@example.org")
    phone.goto(f"{server.url}{FAIR}/plan?booth=A03")
    phone.get_by_role("button", name="Chờ gian A03").click()
    expect(phone.locator("#wish-1")).to_have_value("A03")
    phone.locator("#wish-2").fill("A05")
    phone.locator("#wish-3").fill("A07, A77")
    phone.locator("#note").fill("Xin gần lối vào.")
    assert_fits(phone)
    assert_accessible(phone)
    phone.context.set_offline(True)
    phone.get_by_role("button", name="Gửi đơn").click()
    expect(phone.locator("[data-offline]")).to_contain_text("Mất mạng")
    phone.context.set_offline(False)
    phone.get_by_role("button", name="Gửi đơn").click()
    expect(phone.locator("#wish-3-error")).to_contain_text("Hội chợ không có gian A77.")
    expect(phone.locator("#note")).to_have_value("Xin gần lối vào.")
    phone.locator("#wish-3").fill("A07")
    phone.get_by_role("button", name="Gửi đơn").click()
    expect(phone.locator(".toast")).to_contain_text("Đã gửi đơn.")
    expect(phone.locator("#wishes + span")).to_contain_text("Chờ duyệt")

    # Stan's company comes later, and wants just the second of them.
    stan = on_a_phone(browser, server, "stan@example.org")
    stan.goto(f"{server.url}{FAIR}/join?next={OWN}")
    for name, value in COMPANY.items():
        stan.locator(f"input[name={name}]").fill(value)
    stan.locator("select[name=province]").select_option(index=1)
    stan.locator("select[name=category]").select_option("bamboo")
    stan.locator("[name=products]").fill("Hộp sơn mài")
    stan.locator("main form button.btn-ink").last.click()
    expect(stan.get_by_role("heading", name="Đăng ký gian")).to_be_visible()
    stan.locator("#wish-1").fill("a05")
    stan.get_by_role("button", name="Gửi đơn").click()
    expect(stan.locator(".toast")).to_contain_text("Đã gửi đơn.")

    # Ola sees both in the order in which they came. Ema's first wish is let: the proposal gives her the second.
    page.goto(f"{server.url}{FAIR}/organise/")
    expect(page.locator("main")).to_contain_text("2 đơn đăng ký gian chờ bạn")
    page.goto(f"{server.url}{ORGANISE}/proposal")
    rows = page.locator("table.applications tbody tr")
    expect(rows.nth(0)).to_contain_text("Gốm Chi")
    expect(rows.nth(0)).to_contain_text("nguyện vọng 2")
    expect(rows.nth(1)).to_contain_text("dành cho đơn gửi trước")
    assert_accessible(page)
    page.get_by_role("button", name="Gửi các lời mời đã chọn").click()
    expect(page.locator(".toast")).to_contain_text("Đã gửi 1 lời mời.")
    page.goto(f"{server.url}{ORGANISE}?show=decide")
    page.get_by_role("button", name="Cho các đơn còn lại vào danh sách chờ").click()
    expect(page.locator("table.applications")).to_contain_text("Trong danh sách chờ, thứ 1")
    [letter] = mail_sink.wait_for("ema@example.org")
    assert letter["Subject"] == "Mời bạn nhận đến 09:00, 04.12.2019: A05"

    # She is shown why it is the second wish, and forgets it. The server is down over the deadline.
    phone.goto(f"{server.url}{FAIR}/portal")
    phone.get_by_role("link", name="Xem lời mời").click()
    expect(phone.locator(".offer")).to_contain_text("Nguyện vọng 1 không đáp ứng được: A03 không còn trống.")
    expect(phone.locator(".offer")).to_contain_text("15.840.000")
    assert_fits(phone)
    assert_accessible(phone)
    at(server, date(2019, 12, 3), 22)
    assert "trả lời trước 09:00, 04.12.2019" in mail_sink.wait_for("ema@example.org", 2)[1]["Subject"]
    server.kill()
    at(server, date(2019, 12, 4), 10)

    # It has passed on to Stan by itself; Ema is told, and can look back at what became of it.
    # The server may have died between the reminder's arrival and its note of it: then that comes once more, before.
    letters = mail_sink.wait_for("ema@example.org", 3)
    if "Đã hết hạn đặt gian A05" not in [letter["Subject"] for letter in letters]:
        letters = mail_sink.wait_for("ema@example.org", len(letters) + 1)
    assert "Đã hết hạn đặt gian A05" in [letter["Subject"] for letter in letters]
    assert "A05" in mail_sink.wait_for("stan@example.org")[0]["Subject"]
    phone.reload()
    expect(phone.locator("[aria-labelledby=over]")).to_contain_text("Hết hạn")
    stan.goto(f"{server.url}{OWN}")
    order_by_transfer(stan, "A05")
    page.goto(f"{server.url}{FAIR}/organise/money")
    page.locator("#reference").fill(stan.url.rpartition("/")[2].partition("?")[0])
    page.locator("#amount").fill("15.840.000")
    page.locator("#number").fill("FT1912041")
    page.locator("#received button").click()
    expect(page.locator("#done")).to_be_visible()
    stan.reload()
    expect(stan.locator("h1")).to_have_text("Gian A05 là của bạn")
    page.goto(f"{server.url}{ORGANISE}?show=ended")
    expect(page.locator("table.applications tbody tr").first).to_contain_text("Đã đặt gian")

    # A group wants three next to each other. Two are free; the one between them is ordered by somebody else.
    token = server.token("test-fair", "sales")
    rival = {"exhibitor": server.cast.rival.id, "booths": ["A09"]}
    assert ask(server, token, "POST", "/holds", rival | {"booths": ["A05"]})[0] == 409
    status, held = ask(server, token, "POST", "/holds", rival)
    assert status == 201
    status, _order = ask(server, token, "POST", "/orders", {"hold": held["id"], "pay_by": "transfer"})
    assert status == 201
    phone.goto(f"{server.url}{OWN}")
    phone.get_by_label("Gian khác cũng được, theo khu, cỡ và ngân sách").check()
    phone.locator("#booths").fill("3")
    phone.get_by_role("button", name="Gửi đơn").click()
    expect(phone.locator(".toast")).to_contain_text("Đã gửi đơn.")
    page.goto(f"{server.url}{ORGANISE}?show=decide")
    page.get_by_role("button", name="Cho các đơn còn lại vào danh sách chờ").click()

    # That order is never paid. On the last day the server is back: the group has the three booths within a moment.
    at(server, date(2019, 12, 11), 18)
    assert "A07, A09, A11" in mail_sink.wait_for("ema@example.org", 4)[3]["Subject"]
    phone.goto(f"{server.url}{OWN}")
    expect(phone.locator(".offer")).to_have_count(1)
    expect(phone.locator(".offer h2")).to_have_text("A07, A09, A11")
    expect(phone.locator(".offer")).to_contain_text("đến 08:30, 12.12.2019")
    own = server.token("test-fair", "exhibitor", "--exhibitor", str(server.cast.exhibitor.id))
    status, refused = ask(server, own, "POST", "/holds", {"exhibitor": server.cast.exhibitor.id, "booths": ["A09"]})
    assert (status, refused["code"]) == (409, "booth_not_available")
    order_by_transfer(phone, "A07")
    for number in ("A07", "A09", "A11"):
        expect(phone.locator("main")).to_contain_text(number)
    assert_quiet(phone)
    assert_quiet(page)
    assert_quiet(stan)
    phone.context.close()
    stan.context.close()
