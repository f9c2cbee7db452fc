"""The exhibitor's manual from the usual tasks to who is late: on a phone, through a dead network, past a deadline."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.cast import PASSWORD, let_booth

FAIR = "/fairs/test-fair"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def at(server: Any, day: date, hour: int = 9) -> None:
    """Start the server again at an hour of a day in Hà Nội."""
    wanted = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=7)
    server.at((wanted - datetime.now(UTC)).total_seconds())


def task(page: Page, title: str) -> Locator:
    """One of the exhibitor's tasks, opened."""
    found = page.locator(".tasks > li", has_text=title)
    if found.locator("details.task").get_attribute("open") is None:
        found.locator("summary").first.click()
    return found


def send(found: Locator, label: str = "Gửi") -> None:
    found.get_by_role("button", name=label, exact=True).click()


def row(page: Page, company: str, title: str) -> Locator:
    return page.locator(".task-answers tbody tr", has_text=company).filter(has_text=title)


def test_a_manual_from_the_usual_tasks_to_who_is_late(
    live_server: Any, browser: Browser, page: Page, mail_sink: Any, tmp_path: Path
) -> None:
    server = live_server
    scan, blurred = tmp_path / "hợp đồng.pdf", tmp_path / "mờ.pdf"
    scan.write_bytes(PDF)
    blurred.write_bytes(PDF + b"% blurred\n")
    with server.app.app_context():
        let_booth(server.cast.exhibitor, "A01")
        let_booth(server.cast.rival, "A03")
    server.settings["FAIR_MAIL_URL"] = mail_sink.url
    at(server, date(2019, 10, 7))

    # The organiser takes the usual tasks and moves a deadline.
    sign_in(page, server.url, "ola@example.org", PASSWORD)
    page.goto(f"{server.url}{FAIR}/organise/tasks")
    page.get_by_role("button", name="Lấy bộ việc thường dùng").click()
    expect(page.locator(".task-table tbody tr")).to_have_count(8)
    expect(page.locator(".lead")).to_contain_text("2 đơn vị đã thuê gian.")
    assert_accessible(page)
    page.get_by_role("link", name="Tên trên biển gian hàng").first.click()
    page.locator("#due_on").fill("2019-10-31")
    page.get_by_role("button", name="Lưu").click()
    expect(page.locator(".task-table")).to_contain_text("T5 31.10.2019")

    # On a phone the portal says what comes next. The network dies while the contract is sent, and nothing is lost.
    context = new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True)
    phone = watched(context.new_page())
    sign_in(phone, server.url, "ema@example.org", PASSWORD)
    phone.goto(f"{server.url}{FAIR}/portal")
    expect(phone.locator(".next h1")).to_have_text("Hợp đồng thuê gian hàng đã ký")
    expect(phone.locator(".next")).to_contain_text("Còn 21 ngày, hạn T2 28.10.2019.")
    phone.get_by_role("link", name="Làm ngay").click()
    contract = task(phone, "Hợp đồng thuê gian hàng đã ký")
    assert_fits(phone)
    assert_accessible(phone)
    contract.locator("input[type=file]").set_input_files(blurred)
    fascia = task(phone, "Tên trên biển gian hàng")
    fascia.locator("input[name=answer]").fill("Công ty Gốm sứ Thuỳ Hương")
    context.set_offline(True)
    send(contract)
    expect(contract.locator("[data-said]")).to_contain_text("Mất mạng, nhưng không mất gì.")
    context.set_offline(False)
    expect(phone.locator("section[aria-labelledby=waiting]")).to_contain_text("Hợp đồng thuê gian hàng đã ký")
    expect(phone.locator(".toast")).to_contain_text("Đã gửi.")

    # The other answer that was typed meanwhile is still there; one letter too many is said where it stands.
    fascia = task(phone, "Tên trên biển gian hàng")
    expect(fascia.locator("input[name=answer]")).to_have_value("Công ty Gốm sứ Thuỳ Hương")
    send(fascia)
    expect(fascia.locator(".error")).to_contain_text("Chỉ vừa 24 ký tự, bạn đã nhập 25.")
    assert_accessible(phone)
    fascia.locator("input[name=answer]").fill("GỐM THUỲ HƯƠNG")
    send(fascia)
    expect(phone.locator("section[aria-labelledby=waiting] .tasks > li")).to_have_count(2)

    # What waits is among what needs the organiser: one is sent back with a reason, one accepted.
    page.goto(f"{server.url}{FAIR}/organise/")
    page.get_by_role("link", name="Xem và duyệt").click()
    expect(page.locator(".task-answers tbody tr")).to_have_count(2)
    assert_accessible(page)
    row(page, "Gốm Chi", "Hợp đồng").locator("input[type=checkbox]").check()
    page.get_by_role("button", name="Trả lại các phần đã chọn").click()
    expect(page.locator(".decide .error")).to_contain_text("Ghi rõ còn thiếu hoặc sai gì")
    page.locator("#reason").fill("Trang 2 bị mờ, xin chụp lại.")
    page.get_by_role("button", name="Trả lại các phần đã chọn").click()
    expect(page.locator(".toast")).to_contain_text("Đã trả lại 1 phần.")
    row(page, "Gốm Chi", "Tên trên biển").locator("input[type=checkbox]").check()
    page.get_by_role("button", name="Duyệt các phần đã chọn").click()
    expect(page.locator(".toast")).to_contain_text("Đã duyệt 1 phần.")
    [letter] = mail_sink.wait_for("ema@example.org")
    assert letter["Subject"] == "Hội chợ thử: cần gửi lại 1 phần"
    text = letter.get_body(("plain",)).get_content()
    assert "Trang 2 bị mờ, xin chụp lại." in text

    # The link of the mail leads to the task; the corrected file is accepted on the company's page.
    phone.goto(f"{server.url}{FAIR}/portal")
    phone.goto(re.search(r"http\S+", text)[0])  # type: ignore[index]
    contract = task(phone, "Hợp đồng thuê gian hàng đã ký")
    expect(contract).to_contain_text("Trang 2 bị mờ, xin chụp lại.")
    contract.locator("input[type=file]").set_input_files(scan)
    send(contract, "Gửi lại")
    expect(phone.locator("section[aria-labelledby=waiting]")).to_contain_text("Hợp đồng thuê gian hàng đã ký")
    page.goto(f"{server.url}{FAIR}/organise/tasks/exhibitors/{server.cast.exhibitor.id}")
    again = page.locator(".task-answers tbody tr", has_text="Hợp đồng")
    link = again.locator("a", has_text="hợp đồng.pdf").get_attribute("href")
    assert page.request.get(f"{server.url}{link}").body() == PDF
    again.locator("summary").click()
    expect(again).to_contain_text("mờ.pdf")
    again.locator("input[type=checkbox]").check()
    page.get_by_role("button", name="Duyệt các phần đã chọn").click()
    expect(again).to_contain_text("Đã xong")

    # She does all but the house rules.
    phone.goto(f"{server.url}{FAIR}/portal/tasks")
    power = task(phone, "Nhu cầu điện")
    power.get_by_label("Đã đặt thêm điện 1 pha").check()
    send(power)
    expect(phone.locator("section[aria-labelledby=done]")).to_contain_text("Nhu cầu điện")
    insurance = task(phone, "Giấy chứng nhận bảo hiểm")
    insurance.locator("input[type=file]").set_input_files(scan)
    send(insurance)
    expect(phone.locator("section[aria-labelledby=waiting]")).to_contain_text("Giấy chứng nhận bảo hiểm")
    catalogue = task(phone, "Giới thiệu trong danh bạ")
    catalogue.locator("textarea").fill("Gốm Chi, Bát Tràng.\nẤm chén men lam.")
    send(catalogue)
    expect(phone.locator("section[aria-labelledby=done]")).to_contain_text("Giới thiệu trong danh bạ")
    staff = task(phone, "Danh sách nhân viên trực gian")
    staff.locator("input[type=checkbox]").check()
    send(staff)
    expect(phone.locator("header .soft")).to_contain_text("Còn 1 trên 7 việc phải làm.")
    assert_accessible(phone)
    assert_quiet(phone)

    # The server is down over every reminder. Past the deadline it is back: one mail each, and never again.
    at(server, date(2019, 12, 6))
    reminder = mail_sink.wait_for("ema@example.org", 2)[1]
    assert reminder["Subject"] == "Hội chợ thử: 1 việc đã quá hạn"
    assert "Nội quy và giờ dựng, tháo gian: đã quá hạn T5 05.12.2019" in reminder.get_body(("plain",)).get_content()
    [rivals] = mail_sink.wait_for("rita@example.org")
    assert rivals["Subject"] == "Hội chợ thử: 7 việc đã quá hạn"
    for day in (6, 7):
        at(server, date(2019, 12, day), 11)
        page.wait_for_timeout(2500)  # every sweep has run at the start
    assert len(mail_sink.to("ema@example.org")) == 2
    assert len(mail_sink.to("rita@example.org")) == 1

    # Late is taken, and says so; the organiser sees who is late and takes the list along.
    phone.goto(f"{server.url}{FAIR}/portal")
    expect(phone.locator(".next")).to_contain_text("Hạn là T5 05.12.2019.")
    phone.get_by_role("link", name="Làm ngay").click()
    rules = task(phone, "Nội quy và giờ dựng")
    expect(rules).to_contain_text("sẽ được ghi là nộp muộn")
    rules.locator("input[type=checkbox]").check()
    send(rules)
    expect(phone.locator("header .soft")).to_contain_text("Bạn đã làm đủ")
    page.goto(f"{server.url}{FAIR}/organise/tasks")
    page.get_by_role("link", name="7 việc").click()
    expect(page.locator(".task-answers tbody tr")).to_have_count(7)
    expect(page.locator(".task-answers tbody tr", has_text="Mây tre Phú Vinh")).to_have_count(7)
    expect(page.locator(".task-answers")).not_to_contain_text("Gốm Chi")
    table = page.request.get(f"{server.url}{FAIR}/organise/tasks/answers.csv").text()
    [late] = [line for line in table.splitlines() if "Gốm Chi" in line and "Nội quy" in line]
    assert '"có"' in late
    page.goto(f"{server.url}{FAIR}/organise/tasks")
    assert_accessible(page)
    assert_quiet(page)
    context.close()
