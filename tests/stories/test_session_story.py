"""A seminar with two seats: signed up for on the phone, read at its door with and without a network, the late seat."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import update

from app import clock
from app.db import db, transaction
from app.visitors.session_models import FairSession
from tests.stories.test_gate_device_story import Api, read_qr, verdict
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
from tests.visitors.stage import new_badge, open_today

TITLE = "Xu hướng thiết kế 2027"


def test_a_seat_is_kept_for_ten_minutes_and_then_goes_to_who_stands_there(live_server: Any, browser: Any) -> None:
    open_today(live_server.app)
    names = {"huong": "Đặng Thị Hương", "sato": "Sato Kenji", "an": "Lê An"}
    badges = {who: new_badge(live_server.app, f"{who}@example.jp", name=name) for who, name in names.items()}
    api = Api(live_server, browser)
    organiser = watched(new_context(browser, viewport=DESK).new_page())
    sign_in(organiser, live_server.url, "ola@example.org", PASSWORD)
    code = published_in_the_programme(organiser, live_server)
    begins(live_server, code, in_minutes=30)

    visitor = watched(new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True).new_page())
    signs_up(visitor, live_server, badges["huong"].number)
    signs_up(visitor, live_server, badges["sato"].number)
    finds_it_full(visitor, live_server, badges["an"].number)

    door = set_up_at_the_door(organiser, browser, live_server, code)
    scanner(door, badges["huong"].token)
    expect(verdict(door, "admitted_session")).to_contain_text("Đã đăng ký, có chỗ")
    scanner(door, badges["an"].token)
    expect(verdict(door, "wrong_gate").locator("#v-word")).to_have_text("Chưa đăng ký")
    expect(door.locator("#v-why")).to_contain_text(f"Chưa đăng ký {TITLE}")

    begins(live_server, code, in_minutes=-11)  # and Sato is not there
    door.reload()
    expect(door.locator("body")).to_have_attribute("data-ready", "yes")
    door.context.set_offline(True)
    scanner(door, badges["an"].token)
    expect(verdict(door, "admitted_session")).to_contain_text("ngồi chỗ còn trống")
    scanner(door, badges["sato"].token)
    expect(verdict(door, "full")).to_contain_text(f"{TITLE} đã hết chỗ")
    door.reload()  # without a network too
    expect(door.locator("body")).to_have_attribute("data-ready", "yes")
    scanner(door, badges["huong"].token)
    expect(verdict(door, "admitted_again")).to_be_visible()
    door.context.set_offline(False)
    api.wait_for_scans(admitted_session=2, wrong_gate=1, full=1, admitted_again=1)
    assert {scan["counts"] for scan in api.get("/scans")["items"]} == {"session", "no"}  # none is a visit

    figures_open_their_rows(organiser, live_server)
    for page in (organiser, visitor, door):
        assert_quiet(page)


def published_in_the_programme(organiser: Page, server: Any) -> str:
    organiser.goto(f"{server.url}/fairs/test-fair/organise/gates")
    organiser.get_by_role("link", name="Chương trình").first.click()
    organiser.get_by_role("link", name="Thêm sự kiện").first.click()
    organiser.get_by_label("Tên sự kiện").fill(TITLE)
    organiser.get_by_label("Bắt đầu").fill("13:00")
    organiser.get_by_label("Kết thúc").fill("12:00")
    organiser.get_by_label("Số chỗ").fill("2")
    organiser.get_by_label("Cần đăng ký").check()
    organiser.get_by_role("button", name="Tạo bản nháp").click()
    expect(organiser.get_by_text("Giờ kết thúc phải sau giờ bắt đầu.").first).to_be_visible()
    expect(organiser.get_by_text("Hãy cho biết địa điểm").first).to_be_visible()
    expect(organiser.get_by_label("Tên sự kiện")).to_have_value(TITLE)  # what was typed is kept
    assert_accessible(organiser)
    organiser.get_by_label("Kết thúc").fill("14:00")
    organiser.get_by_label("Phòng hoặc sân khấu").fill("Phòng B")
    organiser.get_by_role("button", name="Tạo bản nháp").click()
    organiser.get_by_role("button", name="Công bố").click()
    expect(organiser.get_by_text("Đã công bố").first).to_be_visible()
    assert_accessible(organiser)
    return organiser.url.rsplit("/", 1)[1]


def begins(server: Any, code: str, in_minutes: int) -> None:
    """Let the session begin then, whatever the time of day is while this runs."""
    with server.app.app_context(), transaction():
        at = clock.now() + timedelta(minutes=in_minutes)
        moved = update(FairSession).where(FairSession.code == code)
        db.session.execute(moved.values(begins_at=at, ends_at=at + timedelta(hours=1)))


def signs_up(visitor: Page, server: Any, number: str) -> None:
    open_own(visitor, server, number)
    visitor.get_by_role("button", name=f"Đăng ký {TITLE}").click()
    expect(visitor.get_by_text("Bạn có chỗ", exact=True)).to_be_visible()
    assert_fits(visitor)
    assert_accessible(visitor)


def open_own(visitor: Page, server: Any, number: str) -> None:
    visitor.goto(f"{server.url}/fairs/test-fair/programme")
    assert_fits(visitor)
    visitor.get_by_label("Đăng ký bằng số thẻ").fill("123")
    visitor.get_by_role("button", name="Tiếp tục").click()
    expect(visitor.get_by_text("Hội chợ không có thẻ nào mang số này")).to_be_visible()
    visitor.get_by_label("Đăng ký bằng số thẻ").fill(" ".join(number[n : n + 5] for n in range(0, 20, 5)))
    visitor.get_by_role("button", name="Tiếp tục").click()
    expect(visitor.get_by_text(f"thẻ có số cuối {number[-5:]}")).to_be_visible()


def finds_it_full(visitor: Page, server: Any, number: str) -> None:
    open_own(visitor, server, number)
    expect(visitor.get_by_text("chỗ còn trống được phát tại cửa")).to_be_visible()
    expect(visitor.get_by_role("button", name="Đăng ký")).to_have_count(0)


def set_up_at_the_door(organiser: Page, browser: Any, server: Any, code: str) -> Page:
    organiser.reload()
    organiser.get_by_role("link", name="Thiết lập cửa vào").click()
    expect(organiser.get_by_label("Cổng", exact=True)).to_have_value(code)
    organiser.get_by_role("textbox", name="Tên").fill("Điện thoại phòng B")
    organiser.get_by_role("button", name="Hiện mã QR").click()
    expect(organiser.get_by_role("img", name="Mã QR")).to_be_visible()
    door = watched(new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True).new_page())
    door.goto(read_qr(organiser))
    expect(door.get_by_text(TITLE)).to_be_visible()
    door.get_by_role("button", name="Thiết lập máy này").click()
    door.get_by_role("link", name="Mở cổng").click()
    expect(door.locator("body")).to_have_attribute("data-ready", "yes")
    expect(door.locator("#where")).to_have_text(TITLE)
    door.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return door


def figures_open_their_rows(organiser: Page, server: Any) -> None:
    organiser.goto(f"{server.url}/fairs/test-fair/organise/sessions")
    row = organiser.get_by_role("row", name=TITLE)
    figures = row.locator("td.desk .fact")
    expect(figures).to_have_text(["2", "2"])
    assert_fits(organiser)
    assert_accessible(organiser)
    figures.nth(1).click()
    expect(organiser.locator("tbody tr")).to_have_count(2)
    expect(organiser.locator("tbody")).to_contain_text("Lê An")
    organiser.get_by_role("link", name="Đến không đăng ký").click()
    expect(organiser.locator("tbody tr")).to_have_count(1)
    organiser.get_by_role("link", name="Chưa đến").click()
    expect(organiser.locator("tbody")).to_contain_text("Sato Kenji")
    assert_accessible(organiser)
