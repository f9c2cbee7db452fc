"""The gate in a real browser: camera, scanner, hand and name; with the network cut; with the server gone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from sqlalchemy import select

from app.audit import SYSTEM
from app.db import db, transaction
from app.visitors.badges import revoke_badge
from app.visitors.models import Badge, Device, Scan
from tests.support.browser import (
    PHONE,
    assert_accessible,
    assert_fits,
    assert_quiet,
    launch,
    new_context,
    scanner,
    watched,
)
from tests.visitors.stage import clock, counts, film, new_badge, on_sqlite, open_today

CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


@pytest.fixture
def opened(live_server: Any) -> Any:
    open_today(live_server.app)
    return live_server


@pytest.fixture
def phone(opened: Any, browser: Any) -> Iterator[Page]:
    """Gia's phone at gate C1, without a camera."""
    context = new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True)
    yield at_gate(context, opened)
    context.close()


def at_gate(context: BrowserContext, server: Any) -> Page:
    page = watched(context.new_page())
    context.add_cookies([{"name": "phien", "value": server.session_of(server.cast.gia), "url": server.url}])
    page.goto(f"{server.url}/fairs/test-fair/gate")
    page.get_by_role("button", name="Cổng 1").click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    return page


def verdict(page: Page, code: str) -> Any:
    shown = page.locator(f'#verdict[data-verdict="{code}"]')
    expect(shown).to_be_visible(timeout=9_000)  # a busy machine: the server may correct it within ten seconds
    return shown


def test_scanner_admits_and_the_server_knows(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    scanner(phone, badge.token)
    shown = verdict(phone, "admitted")
    expect(shown.locator("#v-name")).to_have_text("Đặng Thị Hương")
    expect(shown).to_be_hidden(timeout=4000)
    expect(phone.locator("#sent")).to_have_text("đã gửi hết")
    assert counts(opened.app) == (1, 1)
    phone.wait_for_timeout(3100)
    scanner(phone, badge.token)
    expect(verdict(phone, "admitted_again").locator("#v-why")).to_contain_text("Cổng 1")
    assert_quiet(phone)
    assert_fits(phone)


@on_sqlite
def test_what_is_no_badge_is_answered_too(phone: Page, opened: Any) -> None:
    phone.locator('[data-open="by-number"]').focus()  # a scanner's Enter must not press the button under the focus
    scanner(phone, "HELLO12345XYZ")
    verdict(phone, "unknown")
    expect(phone.locator("#by-number")).to_be_hidden()
    phone.locator("#v-next").click()
    phone.keyboard.type("slow", delay=120)  # fingers
    phone.keyboard.press("Enter")
    expect(phone.locator("#verdict")).to_be_hidden()
    expect(phone.locator("#sent")).to_have_text("đã gửi hết")
    assert counts(opened.app) == (0, 1)


@on_sqlite
def test_number_is_typed_and_a_wrong_digit_is_seen_at_once(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    phone.reload()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    phone.locator('[data-open="by-number"]').click()
    phone.locator("#number").fill(badge.number[:-1] + str((int(badge.number[-1]) + 1) % 10))
    phone.locator('#by-number [value="ok"]').click()
    expect(phone.locator("#number-bad")).to_be_visible()
    phone.locator("#number").fill("")
    phone.locator("#number").press_sequentially(badge.number)
    expect(phone.locator("#number")).to_have_value(" ".join(badge.number[n : n + 5] for n in range(0, 20, 5)))
    phone.locator('#by-number [value="ok"]').click()
    verdict(phone, "admitted")


def test_name_is_found_without_accents(phone: Page, opened: Any) -> None:
    new_badge(opened.app, "huong@example.jp")
    phone.locator('[data-open="by-name"]').click()
    phone.locator("#name").fill("h n")
    phone.locator('#by-name [value="find"]').click()
    expect(phone.locator("#found")).to_have_text("Hãy tìm bằng ít nhất 3 chữ cái của tên.")
    phone.locator("#name").fill("dang thi huong")
    phone.locator('#by-name [value="find"]').click()
    phone.locator("#found").get_by_role("button", name=re.compile("Đặng Thị Hương")).click()
    verdict(phone, "admitted")


@on_sqlite
def test_red_waits_for_a_tap(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    with opened.app.app_context(), transaction():
        revoke_badge(db.session.get_one(Badge, badge.id), "misuse", SYSTEM, clock.now())
    phone.reload()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    scanner(phone, badge.token)
    shown = verdict(phone, "revoked")
    phone.wait_for_timeout(2500)
    expect(shown).to_be_visible()
    assert_accessible(phone)
    phone.locator("#v-next").click()
    expect(shown).to_be_hidden()
    scanner(phone, "12345678901234567890123")
    verdict(phone, "unknown")


def test_server_that_knows_better_turns_the_green_red(phone: Page, opened: Any) -> None:
    new_badge(opened.app, "first@example.jp")  # with it comes the fair's key
    phone.reload()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    badge = new_badge(opened.app, "huong@example.jp")
    with opened.app.app_context(), transaction():
        revoke_badge(db.session.get_one(Badge, badge.id), "lost", SYSTEM, clock.now())
    scanner(phone, badge.token)  # the snapshot is older than the badge
    expect(verdict(phone, "revoked").locator("#v-why")).to_contain_text("Đã kiểm tra lại")
    expect(phone.locator("#count")).to_have_text("0")


def test_last_scan_is_taken_back(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    scanner(phone, badge.token)
    verdict(phone, "admitted")
    phone.locator("#v-undo").click()
    verdict(phone, "annulled")
    expect(phone.locator("#sent")).to_have_text("đã gửi hết")
    phone.wait_for_timeout(300)
    assert counts(opened.app) == (0, 2)


def test_without_a_network_it_goes_on_and_nothing_is_lost(phone: Page, opened: Any) -> None:
    known = new_badge(opened.app, "a@example.jp")
    phone.reload()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.wait_for_timeout(1500)
    phone.context.set_offline(True)
    scanner(phone, known.token)
    verdict(phone, "admitted")
    expect(phone.locator("#strip")).to_contain_text("Mất mạng")
    phone.reload()  # the page comes from the worker, the queue from the device
    expect(phone.locator("#sent")).to_contain_text("1")
    scanner(phone, known.token)
    verdict(phone, "admitted_again")
    assert counts(opened.app) == (0, 0)
    phone.context.set_offline(False)
    expect(phone.locator("#sent")).to_have_text("đã gửi hết", timeout=20_000)
    phone.wait_for_timeout(300)
    assert counts(opened.app) == (1, 2)


def test_server_killed_between_scan_and_answer_loses_nothing(phone: Page, opened: Any) -> None:
    badge = new_badge(opened.app, "a@example.jp")
    answered: list[str] = []

    def after_the_deed(route: Any) -> None:
        """The server keeps the scan and dies before its answer arrives."""
        if not answered:
            answered.append(route.fetch().text())
            opened.kill()
            route.abort()
        else:
            route.continue_()

    phone.route("**/scans", after_the_deed)
    scanner(phone, badge.token)
    # Shown for two seconds, and the kill may take as long: what it said stays readable.
    expect(phone.locator('#verdict[data-verdict="admitted"]')).to_be_attached()
    expect(phone.locator("#strip")).to_be_visible()
    assert counts(opened.app) == (1, 1)
    opened.start()
    expect(phone.locator("#sent")).to_have_text("đã gửi hết", timeout=30_000)
    assert counts(opened.app) == (1, 1)


@on_sqlite
def test_camera_reads_a_badge(playwright: Playwright, opened: Any, tmp_path: Path) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    path = film(tmp_path / "badge.mjpeg", badge.token)
    chromium = launch(playwright, *CAMERA, f"--use-file-for-fake-video-capture={path}")
    try:
        context = new_context(chromium, viewport=PHONE, permissions=["camera"])
        page = at_gate(context, opened)
        shown = verdict(page, "admitted")
        expect(shown.locator("#v-name")).to_have_text("Đặng Thị Hương")
        expect(shown).to_be_hidden(timeout=5000)
        page.wait_for_timeout(4000)  # the badge stays before the camera: no second scan
        assert counts(opened.app) == (1, 1)
        assert_quiet(page)
    finally:
        chromium.close()


@on_sqlite
def test_camera_whose_reader_did_not_load_says_so_and_tries_again(
    playwright: Playwright, opened: Any, tmp_path: Path
) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    path = film(tmp_path / "badge.mjpeg", badge.token)
    chromium = launch(playwright, *CAMERA, f"--use-file-for-fake-video-capture={path}")
    try:
        context = new_context(chromium, viewport=PHONE, permissions=["camera"], service_workers="block")
        context.route("**/zxing_reader.wasm", lambda route: route.abort())
        page = at_gate(context, opened)
        expect(page.locator("#camera-note")).to_contain_text("bộ đọc mã chưa tải xong")
        context.unroute("**/zxing_reader.wasm")
        verdict(page, "admitted")
        expect(page.locator("#camera-note")).to_be_hidden()
    finally:
        chromium.close()


@on_sqlite
def test_clock_that_was_set_while_the_page_was_closed_counts_the_scan_today(phone: Page, opened: Any) -> None:
    """The device remembers a drift of two days that is no longer true, and is asked before it has measured anew."""
    badge = new_badge(opened.app, "huong@example.jp")
    phone.reload()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    phone.evaluate(
        """() => new Promise((done, fail) => {
          const opening = indexedDB.open("phien-gate-test-fair");
          opening.onerror = fail;
          opening.onsuccess = () => {
            const work = opening.result.transaction("kept", "readwrite");
            work.objectStore("kept").put(2 * 86400000, "drift");
            work.oncomplete = () => { opening.result.close(); done(); };
          };
        })"""
    )
    phone.route("**/api/**", lambda route: route.abort())
    phone.reload()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    scanner(phone, badge.token)
    verdict(phone, "wrong_day")
    phone.unroute("**/api/**")
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(verdict(phone, "admitted").locator("#v-why")).to_contain_text("Đã kiểm tra lại")
    with opened.app.app_context():
        scan = db.session.scalars(select(Scan)).one()
        assert (scan.counts, abs(scan.drift_ms or 0) < 60_000) == ("visit", True)
        db.session.rollback()


@on_sqlite
def test_browser_without_ed25519_checks_codes_without_a_network(browser: Any, opened: Any) -> None:
    badge = new_badge(opened.app, "huong@example.jp")
    context = new_context(browser, viewport=PHONE, has_touch=True)
    context.add_init_script("crypto.subtle.importKey = () => Promise.reject(new Error('unknown algorithm'));")
    page = at_gate(context, opened)
    context.set_offline(True)
    scanner(page, badge.token)
    verdict(page, "admitted")
    forged = badge.token[:-1] + str((int(badge.token[-1]) + 1) % 10)
    scanner(page, forged)
    verdict(page, "forged")
    context.close()


def test_device_is_heard_of(phone: Page, opened: Any) -> None:
    expect(phone.locator("#where")).to_have_text("Cổng 1")
    phone.wait_for_timeout(800)
    with opened.app.app_context():
        device = db.session.scalars(select(Device)).first()
        assert device is not None
        assert device.unsent == 0
        assert db.session.scalars(select(Scan)).first() is None
    assert_accessible(phone)
