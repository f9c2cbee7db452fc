"""One day at the gates: four phones, a laptop with a USB scanner, 4,000 scans, and whatever can go wrong with them.

Two phones lose the network for three hours, one of them is reloaded meanwhile; one has its clock a day off; the server
is killed twice; one phone is lost with scans unsent. In the evening the counts are exact.
"""

import time as pause
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from app.db import db
from app.visitors.models import Badge, Scan, Visit
from app.visitors.models import Device as Heard
from tests.support.browser import DESK, PHONE, assert_fits, assert_quiet, new_context, watched
from tests.visitors.stage import change_fair, many_badges

HA_NOI = ZoneInfo("Asia/Ho_Chi_Minh")
EACH = 800  # scans a device
HOURS = 3600
A_DAY_AHEAD = """
{
  const True = Date, now = () => True.now() + 86400000;
  globalThis.Date = class extends True {
    constructor(...given) { given.length ? super(...given) : super(now()); }
    static now() { return now(); }
  };
}
"""
# A scanner is faster than fingers: it types the digits, then Enter. On the laptop an input method (Telex) is composing.
SCAN_ALL = """
([codes, composing]) => {
  const strike = (key, code) => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
  };
  globalThis.scanning = (async () => {
    for (const code of codes) {
      for (const digit of code) strike(composing ? "Process" : digit, `Digit${digit}`);
      strike("Enter", "Enter");
      await new Promise((done) => setTimeout(done, 8));
    }
  })();
}
"""


class Device:
    """A gate's page in a browser of its own."""

    def __init__(self, context: BrowserContext, server: Any, name: str, gate: str, telex: bool = False) -> None:
        self.context, self.server, self.name, self.gate, self.telex = context, server, name, gate, telex
        context.add_cookies([{"name": "phien", "value": server.session_of(server.cast.gia), "url": server.url}])
        self.page: Page = watched(context.new_page())
        self.open()

    def open(self) -> None:
        self.page.goto(f"{self.server.url}/fairs/test-fair/gate")
        self.page.locator("#device-name").fill(self.name)
        self.page.get_by_role("button", name=self.gate).click()
        expect(self.page.locator("body[data-ready]")).to_be_attached(timeout=20_000)
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def scan(self, codes: list[str]) -> None:
        self.page.evaluate(SCAN_ALL, [codes, self.telex])

    def scanned(self) -> None:
        self.page.evaluate("globalThis.scanning")

    def all_sent(self) -> None:
        expect(self.page.locator("#sent")).to_have_text("đã gửi hết", timeout=120_000)


def test_a_day_whose_counts_are_exact(live_server: Any, browser: Any) -> None:
    today = datetime.now(HA_NOI).date()
    morning = (datetime.combine(today, time(9, 30), HA_NOI) - datetime.now(UTC)).total_seconds()
    change_fair(live_server.app, starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=2))
    badges = many_badges(live_server.app, "trade", 1100)
    both, left, right, online, lost = (
        badges[a:b] for a, b in ((0, 30), (30, 300), (300, 570), (570, 1000), (1000, 1100))
    )
    live_server.at(morning)

    contexts = [new_context(browser, viewport=PHONE, has_touch=True, timezone_id="Asia/Ho_Chi_Minh") for _ in range(4)]
    contexts.append(new_context(browser, viewport=DESK, timezone_id="Asia/Ho_Chi_Minh"))
    contexts[2].add_init_script(A_DAY_AHEAD)
    names = ("Máy 1", "Máy 2", "Máy 3", "Máy 4", "Máy tính")
    gates = ("Cổng 1", "Cổng 2", "Cổng 1", "Cổng 2", "Cổng 1")
    devices = [
        Device(context, live_server, name, gate, telex=name == "Máy tính")
        for context, name, gate in zip(contexts, names, gates, strict=True)
    ]
    cut_one, cut_two, ahead, going, laptop = devices
    wait = 3500  # the same badge within three seconds is one scan

    # Two phones are cut off; they let the same thirty people in, and go on for three hours.
    for device in (cut_one, cut_two):
        device.context.set_offline(True)
    cut_one.scan(codes([*both, *left], EACH // 2))
    cut_two.scan(codes([*both, *right], EACH))
    ahead.scan(codes(online, EACH // 2))
    laptop.scan(codes(online[::-1], EACH // 2))
    going.scan(codes(online[100:], EACH - len(lost)))

    # The server dies while they scan, and comes back.
    laptop.page.wait_for_timeout(2000)
    live_server.kill()
    live_server.start()
    for device in devices:
        device.scanned()
    for device in (ahead, going, laptop):
        device.all_sent()

    # One phone reaches the server, but its scans do not go up; it says how many there are, and is never seen again.
    going.page.route("**/scans", lambda route: route.abort())
    going.scan(codes(lost, len(lost)))
    going.scanned()
    going.page.evaluate("dispatchEvent(new Event('online'))")
    expect(going.page.locator("#sent")).to_contain_text(str(len(lost)))
    wait_for_report(live_server, going.name, len(lost))
    going.context.close()

    # Three hours later: the server was killed again, a phone without a network was reloaded, and both come back.
    live_server.kill()
    live_server.start(FAIR_CLOCK_OFFSET_SECONDS=str(int(morning + 3 * HOURS)))
    cut_one.page.reload()
    expect(cut_one.page.locator("body[data-ready]")).to_be_attached(timeout=20_000)
    cut_one.page.wait_for_timeout(wait)
    cut_one.scan(codes([*both, *left], EACH // 2))
    ahead.scan(codes(online, EACH // 2))
    laptop.scan(codes(online[::-1], EACH // 2))
    for device in (cut_one, ahead, laptop):
        device.scanned()
    for device in (cut_one, cut_two):
        device.context.set_offline(False)
    for device in (cut_one, cut_two, ahead, laptop):
        device.all_sent()
        assert_quiet(device.page)

    # In the evening.
    live_server.kill()
    live_server.start(FAIR_CLOCK_OFFSET_SECONDS=str(int(morning + 9 * HOURS)))
    for device in (cut_one, cut_two, ahead, laptop):
        device.page.evaluate("dispatchEvent(new Event('online'))")
    came = {badge.id for badge in (*both, *left, *right, *online)}
    with live_server.app.app_context():
        kept = Counter(db.session.scalars(select(Scan.counts)))
        visitors = set(db.session.scalars(select(Visit.badge_id)))
        twice = set(db.session.scalars(
            select(Badge.id).join(Scan, Scan.badge_id == Badge.id).where(Scan.verdict == "admitted")
            .group_by(Badge.id).having(func.count() > 1)
        ))  # fmt: skip
        db.session.rollback()
    assert visitors == came
    assert kept == {"visit": len(came), "entry": 5 * EACH - len(lost) - len(came)}
    assert twice >= {badge.id for badge in both}

    context = new_context(browser, viewport=DESK, timezone_id="Asia/Ho_Chi_Minh")
    context.add_cookies(
        [{"name": "phien", "value": live_server.session_of(live_server.cast.ola), "url": live_server.url}]
    )
    page = watched(context.new_page())
    page.goto(f"{live_server.url}/fairs/test-fair/organise/gates")
    row = page.get_by_role("row").filter(has_text="Máy 4")
    expect(row).to_contain_text(str(len(lost)))
    close_without_the_lost(page, len(came), 5 * EACH - len(lost), len(twice), len(lost))
    context.close()
    for one in contexts:
        one.close()


def codes(badges: list[Badge], number: int) -> list[str]:
    """One after the other, again from the first when all came: nobody twice within three seconds."""
    return [badges[n % len(badges)].token for n in range(number)]


def wait_for_report(server: Any, name: str, unsent: int) -> None:
    """Until the server knows how many scans the device says that it holds."""
    for _ in range(200):
        with server.app.app_context():
            found = db.session.scalar(select(Heard.unsent).where(Heard.name == name))
            db.session.rollback()
        if found == unsent:
            return
        pause.sleep(0.1)
    raise AssertionError(f"{name} said {found}")


def close_without_the_lost(page: Page, visits: int, entries: int, doubles: int, unsent: int) -> None:
    """The organiser reads what the lost phone last said, decides, and puts a name to the day."""
    page.get_by_role("link", name="Chốt").click()
    counted = f"{visits:,} lượt khách", f"{entries:,} lượt vào", f"{doubles} người hai cổng cùng cho vào"
    for count in counted:
        expect(page.locator("main")).to_contain_text(count.replace(",", "."))
    expect(page.get_by_text("Máy 4")).to_be_visible()
    expect(page.get_by_text(f"còn {unsent} lượt chưa gửi")).to_be_visible()
    assert_fits(page)
    page.get_by_role("button", name="Chốt ngày và chấp nhận phần thiếu").click()
    expect(page.get_by_role("alert")).to_contain_text("Máy 4")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("Vì sao chốt ngày khi còn thiếu").fill("Máy 4 rơi ở bãi xe")
    page.get_by_role("button", name="Chốt ngày và chấp nhận phần thiếu").click()
    expect(page.get_by_role("heading", name="đã chốt")).to_be_visible()
    expect(page.get_by_text("Máy 4 rơi ở bãi xe")).to_be_visible()
    assert_quiet(page)
