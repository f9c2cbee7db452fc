"""Hours for students, a visitor whose company is missing, one who has not paid: set up, at the gate, also offline."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import (
    DESK,
    PHONE,
    assert_accessible,
    assert_fits,
    assert_quiet,
    new_context,
    scanner,
    sign_in,
    watched,
)
from tests.support.cast import PASSWORD
from tests.visitors.stage import change_fair

HA_NOI = ZoneInfo("Asia/Ho_Chi_Minh")
PAYING, ASKED, STUDENT = "Khách tham quan", "Nhà nhập khẩu", "Khách thương mại"


def test_hours_fee_and_missing_details_from_setting_to_gate(live_server: Any, browser: Any) -> None:
    today = datetime.now(HA_NOI).date()
    morning = (datetime.combine(today, time(9, 30), HA_NOI) - datetime.now(UTC)).total_seconds()
    change_fair(live_server.app, starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=2))
    live_server.restart(FAIR_CLOCK_OFFSET_SECONDS=str(int(morning)))
    token = live_server.token("test-fair", "organiser")
    office, street = new_context(browser, viewport=DESK), new_context(browser, viewport=PHONE, has_touch=True)
    desk, phone = watched(office.new_page()), watched(street.new_page())
    badges = {name: register(live_server, office, token, name, category, company) for name, category, company in (
        ("Trần Thị Sinh", "trade", "Đại học"), ("Lê Vắng", "importer", ""), ("Lê Sau", "importer", ""),
        ("Phạm Nợ", "public", "Gốm"))}  # fmt: skip

    # The organiser sets the rules on one page.
    sign_in(desk, live_server.url, "ola@example.org", PASSWORD)
    desk.goto(f"{live_server.url}/fairs/test-fair/organise/gates")
    desk.get_by_role("link", name="Cổng và loại khách").click()
    set_hours(desk, "09:00", "11:00")
    desk.get_by_role("link", name=ASKED).click()
    desk.get_by_role("group", name="Phải có khi qua cửa").get_by_label("Công ty hoặc tổ chức").check()
    desk.get_by_role("button", name="Lưu").click()
    desk.get_by_role("link", name=PAYING).click()
    desk.get_by_label("Loại khách này phải nộp phí").check()
    desk.get_by_role("button", name="Lưu").click()
    expect(desk.get_by_role("row", name=STUDENT)).to_contain_text("09:00–11:00")
    assert_fits(desk)
    assert_accessible(desk)

    # At the gate, online: in time, asked, sent to the desk.
    sign_in(phone, live_server.url, "gia@example.org", PASSWORD)
    phone.goto(f"{live_server.url}/fairs/test-fair/gate")
    phone.get_by_role("button", name="Cổng 1").click()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    verdict(phone, badges["Trần Thị Sinh"]["token"], "admitted")
    verdict(phone, badges["Lê Vắng"]["token"], "incomplete")
    expect(phone.get_by_label("Công ty hoặc tổ chức")).to_be_focused()
    assert_accessible(phone)
    phone.keyboard.type("Mây Vắng")
    phone.keyboard.press("Enter")
    shown(phone, "admitted")
    verdict(phone, badges["Phạm Nợ"]["token"], "unpaid")

    # He pays at the desk; the gate lets him in at once, though its network has gone in between.
    desk.goto(f"{live_server.url}/fairs/test-fair/organise/badges/{badges['Phạm Nợ']['id']}")
    desk.get_by_label("Số tiền đã thu").fill("không")
    desk.get_by_role("button", name="Ghi nhận phí").click()
    expect(desk.get_by_label("Số tiền đã thu")).to_have_value("không")  # what was typed stays
    desk.get_by_label("Số tiền đã thu").fill("50.000")
    desk.get_by_role("button", name="Ghi nhận phí").click()
    expect(desk.get_by_text("đã thu 50.000 ₫")).to_be_visible()
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    hear_the_server(phone)
    street.set_offline(True)
    verdict(phone, badges["Phạm Nợ"]["number"], "admitted")

    # Off the network: asked all the same, once; a scanner's digits are no company.
    verdict(phone, badges["Lê Sau"]["number"], "incomplete")
    scanner(phone, badges["Trần Thị Sinh"]["token"])
    shown(phone, "admitted_again")
    phone.wait_for_timeout(3100)  # the same badge within three seconds is the same reading
    verdict(phone, badges["Lê Sau"]["number"], "incomplete")
    phone.get_by_label("Công ty hoặc tổ chức").fill("Gốm Sau")
    phone.get_by_role("button", name="Lưu và cho vào").click()
    shown(phone, "admitted")
    phone.reload()  # from the worker; what was said at this door is still known
    expect(phone.locator("body[data-ready]")).to_be_attached(timeout=15_000)
    verdict(phone, badges["Lê Sau"]["number"], "admitted_again")
    street.set_offline(False)
    expect(phone.locator("#sent")).to_have_text("đã gửi hết", timeout=30_000)

    # The organiser ends the students' time early: the gate has it with its next word from the server.
    desk.goto(f"{live_server.url}/fairs/test-fair/organise/gates/rules")
    set_hours(desk, "09:00", "09:15")
    hear_the_server(phone)
    with phone.expect_response("**/scans"):
        late = verdict(phone, badges["Trần Thị Sinh"]["number"], "wrong_time")
    expect(late.locator("#v-why")).to_contain_text("từ 09:00 đến 09:15")
    assert_fits(phone)
    assert_quiet(phone)
    assert_quiet(desk)

    kept(live_server, office, token, badges)


def register(
    server: Any, context: BrowserContext, token: str, name: str, category: str, company: str
) -> dict[str, Any]:
    """Somebody registered by a program at the desk."""
    sent = context.request.post(
        f"{server.url}/api/v1/fairs/test-fair/registrations",
        data={"name": name, "category": category, "email": "", "company": company, "country": "VN"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert sent.status == 201, sent.text()
    made: dict[str, Any] = sent.json()
    return made


def set_hours(desk: Page, begins: str, ends: str) -> None:
    """First the wrong way round: it is refused, and stays typed."""
    desk.get_by_role("link", name=STUDENT).click()
    second = desk.locator(".hours .day").nth(1)
    second.get_by_label("Từ").fill(ends)
    second.get_by_label("Đến").fill(begins)
    desk.get_by_role("button", name="Lưu").click()
    expect(second.get_by_text("Giờ kết thúc sớm hơn giờ bắt đầu.")).to_be_visible()
    expect(second.get_by_label("Từ")).to_have_value(ends)
    second.get_by_label("Từ").fill(begins)
    second.get_by_label("Đến").fill(ends)
    desk.get_by_role("button", name="Lưu").click()


def hear_the_server(phone: Page) -> None:
    """As every quarter of a minute, or once the network is back."""
    with phone.expect_response("**/snapshot?**", timeout=20_000):
        phone.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_for_timeout(300)


def verdict(phone: Page, code: str, wanted: str) -> Any:
    """A USB scanner types; what the gate then shows."""
    scanner(phone, code)
    return shown(phone, wanted)


def shown(phone: Page, wanted: str) -> Any:
    screen = phone.locator(f'#verdict[data-verdict="{wanted}"]')
    expect(screen).to_be_attached(timeout=15_000)
    return screen


def kept(server: Any, context: BrowserContext, token: str, badges: dict[str, dict[str, Any]]) -> None:
    """By the public API: every scan once, each person one visit, the answers on the registrations."""
    headers = {"Authorization": f"Bearer {token}"}

    def items(path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = context.request.get(
            f"{server.url}/api/v1/fairs/test-fair/{path}", headers=headers
        ).json()["items"]
        return found

    def told(name: str) -> list[str]:
        scans = sorted(items(f"scans?badge={badges[name]['id']}"), key=lambda scan: str(scan["counted_at"]))
        return [scan["verdict"] for scan in scans]

    assert told("Trần Thị Sinh") == ["admitted", "admitted_again", "wrong_time"]
    assert told("Lê Vắng") == ["incomplete", "admitted"]
    assert told("Lê Sau") == ["incomplete", "incomplete", "admitted", "admitted_again"]
    assert told("Phạm Nợ") == ["unpaid", "admitted"]
    companies = {badge["name"]: badge["company"] for badge in items("badges?limit=10")}
    assert (companies["Lê Vắng"], companies["Lê Sau"]) == ("Mây Vắng", "Gốm Sau")
