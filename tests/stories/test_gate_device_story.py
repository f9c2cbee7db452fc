"""New at the gate: a phone set up in a minute by QR code, found ready, trained, revoked, and taken back."""

import io
import time
from collections import Counter
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from tests.support.browser import (
    DESK,
    PHONE,
    assert_accessible,
    assert_fits,
    assert_quiet,
    launch,
    new_context,
    scanner,
    sign_in,
    watched,
)
from tests.support.cast import PASSWORD
from tests.support.paper import pictures
from tests.visitors.stage import new_badge, open_today

CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
SAMPLES = (  # in the order of the printed sheet
    "admitted", "admitted_again", "admitted_staff", "revoked", "wrong_day", "wrong_fair", "forged", "unknown",
)  # fmt: skip


def test_new_phone_is_set_up_found_ready_and_trained(live_server: Any, browser: Any, playwright: Playwright) -> None:
    open_today(live_server.app)
    badge = new_badge(live_server.app, "huong@example.jp")
    api = Api(live_server, browser)
    organiser = watched(new_context(browser, viewport=DESK).new_page())
    sign_in(organiser, live_server.url, "ola@example.org", PASSWORD)
    chromium = launch(playwright, *CAMERA)  # its picture shows no badge
    try:
        link = shown_link(organiser, live_server)
        began = time.monotonic()
        phone = watched(
            new_context(chromium, viewport=PHONE, has_touch=True, is_mobile=True, permissions=["camera"]).new_page()
        )
        set_up(phone, link)
        found_ready(phone)
        assert time.monotonic() - began < 60
        expect(organiser.get_by_text("Điện thoại tự kiểm tra thấy sẵn sàng")).to_be_visible()
        [device] = api.get("/gate-devices")["items"]
        assert (device["name"], device["gate"], device["state"], device["unsent"]) == ("Điện thoại 3", "C1", "used", 0)

        second_phone_is_refused(browser, link)
        codes = printed_samples(phone, live_server)
        rehearse(phone, codes, api)
        sample_admits_nobody(phone, codes, api)

        scanner(phone, badge.token)
        expect(verdict(phone, "admitted").locator("#v-name")).to_have_text("")  # names were not allowed
        api.wait_for_scans(admitted=1, forged=3)

        link = revoked_and_shown_again(organiser, phone, new_badge(live_server.app, "khach@example.vn").token)
        api.wait_for_scans(admitted=1, forged=3)
        phone.goto(link)
        phone.get_by_role("button", name="Thiết lập máy này").click()
        phone.get_by_role("link", name="Mở cổng").click()
        api.wait_for_scans(admitted=2, forged=3)  # what had waited went up
        assert [scan["counts"] for scan in api.get("/scans")["items"]].count("visit") == 2
        moved_to_another_gate(organiser, phone)
        scanner(phone, new_badge(live_server.app, "moi@example.vn").token)
        api.wait_for_scans(admitted=3, forged=3)
        assert [scan["gate"] for scan in api.get("/scans")["items"]].count("C2") == 1
        assert_quiet(phone)
        assert_quiet(organiser)
    finally:
        chromium.close()


class Api:
    """The public API with an organiser's key."""

    def __init__(self, server: Any, browser: Any) -> None:
        self.request = new_context(browser).request
        self.base = f"{server.url}/api/v1/fairs/test-fair"
        self.headers = {"Authorization": f"Bearer {server.token('test-fair', 'organiser')}"}

    def get(self, path: str) -> Any:
        answer = self.request.get(self.base + path, headers=self.headers)
        assert answer.status == 200, answer.text()
        return answer.json()

    def wait_for_scans(self, **verdicts: int) -> None:
        """Until the server has these, and no others."""
        deadline = time.monotonic() + 20
        while (found := Counter(scan["verdict"] for scan in self.get("/scans")["items"])) != verdicts:
            assert time.monotonic() < deadline, found
            time.sleep(0.2)


def shown_link(organiser: Page, server: Any) -> str:
    """Ola names a device; what a camera reads from her screen."""
    organiser.goto(f"{server.url}/fairs/test-fair/organise/gates")
    organiser.get_by_role("link", name="Thiết lập thiết bị").click()
    assert_fits(organiser)
    organiser.get_by_role("textbox", name="Tên").fill("Điện thoại 3")
    organiser.get_by_role("button", name="Hiện mã QR").click()
    expect(organiser.get_by_text("Hãy chọn cổng")).to_be_visible()
    expect(organiser.get_by_role("textbox", name="Tên")).to_have_value("Điện thoại 3")  # what was typed is kept
    organiser.get_by_label("Cổng", exact=True).select_option("C1")
    assert_accessible(organiser)
    organiser.get_by_role("button", name="Hiện mã QR").click()
    expect(organiser.get_by_role("img", name="Mã QR")).to_be_visible()
    assert_accessible(organiser)
    return read_qr(organiser)


def read_qr(organiser: Page) -> str:
    picture = organiser.get_by_role("img", name="Mã QR").screenshot()
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    return str(read.text)


def set_up(phone: Page, link: str) -> None:
    phone.goto(link)
    expect(phone.get_by_role("heading", name="Điện thoại 3")).to_be_visible()
    expect(phone.get_by_text("Cổng 1")).to_be_visible()
    assert_fits(phone)
    assert_accessible(phone)
    phone.get_by_role("button", name="Thiết lập máy này").click()


def found_ready(phone: Page) -> None:
    answer = phone.locator("#ready-answer")
    for name in ("network", "snapshot", "camera", "clock", "offline"):
        expect(phone.locator(f'[data-check="{name}"]')).to_have_attribute("data-state", "ok", timeout=20_000)
    expect(phone.locator('[data-check="snapshot"]')).to_contain_text("1 thẻ")
    expect(answer).to_have_attribute("data-state", "ask")
    phone.get_by_role("button", name="Phát thử").click()
    phone.get_by_role("button", name="Không nghe thấy").click()
    expect(answer).to_have_attribute("data-state", "fix")
    expect(phone.locator('[data-check="sound"]')).to_contain_text("tăng âm lượng")
    phone.get_by_role("button", name="Phát thử").click()
    phone.get_by_role("button", name="Đã nghe thấy").click()
    expect(answer).to_contain_text("dùng được")  # the home screen is advice, not a fault
    assert_fits(phone)
    assert_accessible(phone)


def second_phone_is_refused(browser: Any, link: str) -> None:
    other = watched(new_context(browser, viewport=PHONE).new_page())
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("mỗi mã chỉ thiết lập một máy")
    expect(other.get_by_role("button", name="Thiết lập máy này")).to_have_count(0)
    other.context.close()


def printed_samples(phone: Page, server: Any) -> list[str]:
    """The sheet as it comes out of the printer, read by a camera."""
    answer = phone.context.request.get(f"{server.url}/fairs/test-fair/gate/rehearsal.pdf")
    read = [code for picture in pictures(answer.body()) for code in zxingcpp.read_barcodes(picture)]
    assert len(read) == len(SAMPLES)
    phone.goto(f"{server.url}/fairs/test-fair/gate/rehearsal")
    assert_fits(phone)
    shown = []
    for n in range(len(SAMPLES)):
        picture = phone.locator(".samples img").nth(n).screenshot()
        shown += [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]
    assert sorted(code.text for code in read) == sorted(shown)
    return shown


def rehearse(phone: Page, codes: list[str], api: Api) -> None:
    phone.get_by_role("link", name="Máy có dùng được không").click()
    phone.get_by_role("button", name="Bắt đầu tập dượt").click()
    expect(phone.get_by_role("button", name="Kết thúc tập dượt")).to_be_visible()
    phone.get_by_role("link", name="Mở cổng").click()
    expect(phone.locator("body[data-ready]")).to_be_attached()
    expect(phone.locator("#rehearsal")).to_be_visible()
    for code, expected in zip(codes, SAMPLES, strict=True):
        scanner(phone, code)
        shown = verdict(phone, expected)
        expect(shown.locator("#v-rehearsal")).to_be_visible()
        expect(shown.locator("#v-why")).not_to_contain_text("Đã kiểm tra lại")  # it judges the same
        expect(phone.locator("#sent")).to_have_text("đã gửi hết")
    assert_accessible(phone)
    assert api.get("/scans")["items"] == []
    phone.locator("#v-next").click()
    expect(phone.locator("#count")).to_have_text("0")


def sample_admits_nobody(phone: Page, codes: list[str], api: Api) -> None:
    phone.locator("#rehearsal-ends").click()
    expect(phone.locator("#rehearsal")).to_be_hidden()
    for code in codes[:3]:
        scanner(phone, code)
        expect(verdict(phone, "forged").locator("#v-why")).to_contain_text("thẻ mẫu")
        phone.locator("#v-next").click()
    api.wait_for_scans(forged=3)
    assert {scan["counts"] for scan in api.get("/scans")["items"]} == {"no"}


def revoked_and_shown_again(organiser: Page, phone: Page, code: str) -> str:
    """Revoked while the phone has no network: what it reads meanwhile waits on it, and it says so."""
    phone.context.set_offline(True)
    scanner(phone, code)
    expect(phone.locator("#strip")).to_contain_text("1 lượt chờ gửi")
    organiser.get_by_role("button", name="Thu hồi thiết bị").click()
    organiser.get_by_role("dialog").get_by_role("button", name="Thu hồi thiết bị").click()
    expect(organiser.get_by_text("Đã thu hồi lúc")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_role("heading", name="Ban tổ chức đã thu hồi thiết bị này")).to_be_visible(timeout=30_000)
    expect(phone.get_by_text("1 lượt quét còn chờ trên máy này")).to_be_visible()
    assert_fits(phone)
    assert_accessible(phone)
    organiser.get_by_role("button", name="Hiện mã QR mới").click()
    expect(organiser.get_by_role("img", name="Mã QR")).to_be_visible()
    return read_qr(organiser)


def moved_to_another_gate(organiser: Page, phone: Page) -> None:
    """The organiser moves a phone that is in use; it says so, and knows it without a network too."""
    organiser.reload()
    organiser.get_by_label("Cổng", exact=True).select_option(label="Cổng 2")
    organiser.get_by_role("button", name="Lưu").click()
    expect(organiser.get_by_text("Đã sửa máy")).to_be_visible()
    assert_fits(organiser)
    assert_accessible(organiser)
    phone.evaluate("dispatchEvent(new Event('online'))")  # or within 15 seconds by itself
    expect(phone.locator("#where")).to_have_text("Cổng 2")
    expect(phone.locator("#strip")).to_contain_text("từ giờ máy quét cho Cổng 2")
    phone.context.set_offline(True)
    phone.reload()  # the page from the device still names the former gate
    expect(phone.locator("#where")).to_have_text("Cổng 2")
    phone.context.set_offline(False)
    expect(phone.locator("body[data-ready]")).to_be_attached()


def verdict(page: Page, code: str) -> Any:
    shown = page.locator(f'#verdict[data-verdict="{code}"]')
    expect(shown).to_be_visible(timeout=9_000)
    return shown
