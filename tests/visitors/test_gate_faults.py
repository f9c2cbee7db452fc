"""What goes wrong at a gate and must stop nobody: strange codes, a full device, a clock that is set, an alarm."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.audit import SYSTEM
from app.db import db, transaction
from app.fairs.models import Fair
from app.visitors.alarm import raise_alarm
from app.visitors.models import Scan
from tests.support.browser import PHONE, assert_accessible, assert_fits, new_context, scanner, watched
from tests.visitors.stage import change_fair, clock, counts, new_badge, on_sqlite
from tests.visitors.test_gate_page import at_gate, verdict
from tests.visitors.test_gate_page import opened as opened

# A device's clock that tests can set, at once and through reloads.
CLOCK = """
{
  const True = Date, now = () => True.now() + Number(localStorage.getItem("shift") ?? 0);
  globalThis.Date = class extends True {
    constructor(...given) { given.length ? super(...given) : super(now()); }
    static now() { return now(); }
  };
}
"""
A_DAY_MS = 86_400_000
FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  globalThis.full_ = true;
  IDBObjectStore.prototype.put = function (...all) {
    if (full_ && this.name === "queue") throw new DOMException("no room", "QuotaExceededError");
    return put.apply(this, all);
  };
}"""


@pytest.fixture
def phone(opened: Any, browser: Any) -> Iterator[Page]:
    """Gia's phone at gate C1, which knows the fair's key."""
    context = new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True)
    new_badge(opened.app, "first@example.jp")
    yield at_gate(context, opened)
    context.close()


def reload(page: Page) -> None:
    page.reload()
    expect(page.locator("body[data-ready]")).to_be_attached()


def read(page: Page, code: str, expected: str) -> None:
    if page.locator("#verdict").is_visible():
        page.locator("#v-next").click()
    scanner(page, code)
    verdict(page, expected)


def online(page: Page) -> None:
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#sent")).to_have_text("đã gửi hết", timeout=30_000)


def alarm(server: Any) -> None:
    with server.app.app_context(), transaction():
        fair = db.session.scalars(select(Fair).where(Fair.slug == "test-fair")).one()
        raise_alarm(SYSTEM, fair, clock.now())


def a_device(browser: Any, server: Any) -> Page:
    """A phone that was set up for gate 1, without anybody's account."""
    context = new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True)
    headers = {"Authorization": f"Bearer {server.token('test-fair', 'organiser')}"}
    wanted = {"name": "Điện thoại 9", "gate": "C1"}
    made = context.request.post(f"{server.url}/api/v1/fairs/test-fair/gate-devices", headers=headers, data=wanted)
    page = watched(context.new_page())
    page.goto(made.json()["link"])
    page.get_by_role("button", name="Thiết lập máy này").click()
    page.get_by_role("link", name="Mở cổng").click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    return page


@on_sqlite
def test_what_no_text_can_hold_stops_no_scan_behind_it(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    reload(phone)
    read(phone, "7" * 1001, "unknown")
    read(phone, badge.token, "admitted")
    expect(phone.locator("#sent")).to_have_text("đã gửi hết")
    expect(phone.locator("#strip")).to_be_hidden()
    assert counts(opened.app) == (1, 2)


@on_sqlite
def test_refused_scan_is_told_and_sent_once_more(phone: Page, opened: Any) -> None:
    """What the server does not take goes aside, the others go up; opened anew, the gate tries it again."""
    first, second = new_badge(opened.app, "a@example.jp"), new_badge(opened.app, "b@example.jp")
    reload(phone)
    phone.route("**/scans", lambda route: route.fulfill(status=400, json={"code": "bad_request"}))
    read(phone, first.token, "admitted")
    expect(phone.locator("#strip")).to_contain_text("Máy chủ không nhận 1 lượt")
    phone.unroute("**/scans")
    read(phone, second.token, "admitted")
    expect(phone.locator("#sent")).to_have_text("đã gửi hết")
    assert counts(opened.app) == (1, 1)
    reload(phone)
    expect(phone.locator("#strip")).to_be_hidden()
    assert counts(opened.app) == (2, 2)


@on_sqlite
def test_device_without_room_still_answers_and_sends(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    reload(phone)
    phone.evaluate(FULL)
    phone.context.set_offline(True)
    read(phone, badge.token, "admitted")
    expect(phone.locator("#strip")).to_contain_text("Máy hết chỗ lưu cho 1 lượt quét")
    assert_fits(phone)
    online(phone)
    expect(phone.locator("#strip")).to_be_hidden()
    assert counts(opened.app) == (1, 1)


@on_sqlite
def test_clock_set_right_under_the_open_page_moves_no_scan_to_another_day(phone: Page, opened: Any) -> None:
    """A day behind, and known to be; without a network somebody sets it right between two scans."""
    before, after = new_badge(opened.app, "a@example.jp"), new_badge(opened.app, "b@example.jp")
    phone.add_init_script(CLOCK)
    phone.evaluate(f"localStorage.setItem('shift', -{A_DAY_MS})")
    reload(phone)
    phone.context.set_offline(True)
    read(phone, before.token, "admitted")
    phone.evaluate("localStorage.setItem('shift', 0)")
    read(phone, after.token, "admitted")
    online(phone)
    all_counted_now(opened)


@on_sqlite
def test_scans_of_two_openings_without_a_network_get_the_clock_that_is_measured(phone: Page, opened: Any) -> None:
    """The phone was restarted a day behind; one scan, the page opened anew, one more; then the network is back."""
    before, after = new_badge(opened.app, "a@example.jp"), new_badge(opened.app, "b@example.jp")
    phone.add_init_script(CLOCK)
    reload(phone)
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.evaluate(f"localStorage.setItem('shift', -{A_DAY_MS})")
    for badge in (before, after):
        phone.context.set_offline(True)
        reload(phone)
        scanner(phone, badge.token)
        expect(phone.locator("#verdict")).to_be_visible()  # by a clock that nobody could compare: of yesterday, perhaps
    online(phone)
    all_counted_now(opened)


def all_counted_now(opened: Any) -> None:
    with opened.app.app_context():
        scans = db.session.scalars(select(Scan)).all()
        assert len(scans) == 2
        assert all(abs(scan.counted_at - clock.now()) < timedelta(minutes=5) for scan in scans)


@on_sqlite
def test_alarm_turns_a_gate_that_scans_nobody_out_on_other_days(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    change_fair(opened.app, counts_exits=False)
    reload(phone)
    read(phone, badge.token, "admitted")
    expect(phone.locator("#ways")).to_be_hidden()
    alarm(opened)
    expect(phone.locator("#alarm")).to_be_visible(timeout=20_000)
    expect(phone.locator("#way-out")).to_have_attribute("aria-pressed", "true")
    phone.wait_for_timeout(3100)  # the same badge within three seconds is the same reading
    read(phone, badge.token, "goodbye")


@on_sqlite
def test_alarm_reaches_a_set_up_phone_at_once_ends_its_rehearsal_and_shows_who_is_inside(
    browser: Any, opened: Any
) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    phone = a_device(browser, opened)
    read(phone, badge.token, "admitted")
    phone.locator("#v-next").click()
    phone.locator("#choose").click()
    phone.get_by_role("button", name="Bắt đầu tập dượt").click()
    expect(phone.locator("#rehearsal")).to_be_visible()
    phone.wait_for_event("response", lambda answer: "/snapshot" in answer.url, timeout=20_000)  # 15 s to the next
    began = time.monotonic()
    alarm(opened)
    expect(phone.locator("#alarm")).to_be_visible(timeout=10_000)
    assert time.monotonic() - began < 10
    expect(phone.locator("#rehearsal")).to_be_hidden()
    phone.get_by_role("link", name="Ai còn bên trong").click()
    expect(phone.get_by_role("heading", name="Ai còn bên trong")).to_be_visible()
    expect(phone.get_by_text(badge.number[-5:])).to_be_visible()
    expect(phone.get_by_text("Đặng Thị Hương")).to_have_count(0)
    phone.get_by_role("link", name="Quay lại").click()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    read(phone, badge.token, "goodbye")
    phone.context.close()


@on_sqlite
def test_two_tabs_of_one_device_know_each_others_scans(browser: Any, opened: Any) -> None:
    change_fair(opened.app, entry_rule="single_entry")
    badge = new_badge(opened.app, "huong@example.jp")
    context = new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True)
    one = at_gate(context, opened)
    two = watched(context.new_page())
    two.goto(f"{opened.url}/fairs/test-fair/gate")
    expect(two.locator("body[data-ready]")).to_be_attached()
    context.set_offline(True)
    one.bring_to_front()
    read(one, badge.token, "admitted")
    two.bring_to_front()
    read(two, badge.token, "already_in")
    context.close()


@on_sqlite
def test_last_scan_is_shown_again_and_its_answer_stands(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    reload(phone)
    read(phone, badge.token, "admitted")
    expect(phone.locator("#verdict")).to_be_hidden()
    phone.get_by_role("button", name="Xem lại lượt vừa quét").click()
    phone.wait_for_timeout(2500)  # it does not go by itself
    expect(phone.locator('#verdict[data-verdict="admitted"]')).to_be_visible()
    phone.get_by_role("button", name="Thu hồi lượt này").click()
    verdict(phone, "annulled")
    expect(phone.locator("#count")).to_have_text("0")


@on_sqlite
def test_second_exit_says_when_the_first_was(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    reload(phone)
    read(phone, badge.token, "admitted")
    phone.locator("#v-next").click()
    phone.locator("#way-out").click()
    read(phone, badge.token, "goodbye")
    phone.wait_for_timeout(3100)
    read(phone, badge.token, "goodbye")
    expect(phone.locator("#v-why")).to_contain_text("Đã ra lúc")


@on_sqlite
def test_visitors_check_in_by_themselves_and_are_accused_of_nothing(phone: Page, opened: Any) -> None:
    """The device resets itself after each answer, shows nothing of staff's, and stays so through a reload."""
    badge = new_badge(opened.app, "huong@example.jp")
    reload(phone)
    phone.locator("#choose").click()
    phone.get_by_role("button", name="Để khách tự quét thẻ").click()
    expect(phone.get_by_text("Đưa thẻ vào trước camera")).to_be_visible()
    assert_fits(phone)
    assert_accessible(phone)
    reload(phone)
    scanner(phone, badge.token)
    expect(verdict(phone, "admitted").locator("#v-word")).to_have_text("Mời vào")
    expect(phone.locator("#v-undo")).to_be_hidden()
    expect(phone.locator("#verdict")).to_be_hidden(timeout=5_000)
    scanner(phone, "7" * 193)  # no badge of anybody's
    shown = verdict(phone, "unknown")
    expect(shown.locator("#v-why")).to_have_text("Mời quý khách mang thẻ đến bàn đăng ký.")
    expect(shown).to_have_class("v ask")
    expect(shown).to_be_hidden(timeout=8_000)
    for hidden in ("Tìm tên", "Xem lại lượt vừa quét", "Ra"):
        expect(phone.get_by_role("button", name=hidden, exact=True)).to_be_hidden()
    name = phone.get_by_role("button", name="Cổng 1")
    name.click()
    expect(phone.locator("#gates")).to_be_hidden()
    name.click(delay=3_300)
    expect(phone.get_by_role("button", name="Tìm tên")).to_be_visible()
