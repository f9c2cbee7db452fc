"""A booth of another shape and a turned one are drawn by hand, by pointer and by keys, and everybody sees them so."""

import math
import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.booths.test_plan_page import FAIR, coming
from tests.stories.test_drawing_story import KEPT, booths_of, drag, on_board, state
from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.cast import PASSWORD

__all__ = ["coming"]


def click(page: Page, x_cm: float, y_cm: float) -> None:
    page.mouse.click(*on_board(page, x_cm, y_cm))


def test_shapes_are_drawn_turned_and_published(page: Page, browser: Browser, coming: Any) -> None:
    sign_in(page, coming.url, "ola@example.org", PASSWORD)
    page.goto(f"{coming.url}{FAIR}/organise/halls/{coming.cast.hall.id}/drawing")
    expect(page.locator(".booth")).to_have_count(20)

    # Corner by corner: one too many is taken back, the first one again closes the shape.
    page.get_by_role("button", name="Hình tự do").click()
    pending = page.locator('[data-part="pending"]')
    for x, y in ((400, 1300), (1000, 1300), (1000, 1600), (700, 1600), (200, 1900)):
        click(page, x, y)
    expect(pending).to_have_text("5 góc, góc cuối ở 2; 19 m.")
    assert_accessible(page)
    page.keyboard.press("Escape")
    for x, y in ((700, 1900), (400, 1900), (400, 1300)):
        click(page, x, y)
    expect(page.locator(".booth")).to_have_count(21)
    expect(page.locator("h2", has_text="Gian A21")).to_be_visible()
    page.locator("summary", has_text="Các góc và độ xoay").click()
    expect(page.locator('[data-part="area"]')).to_have_text("Diện tích 27 m²")

    # A corner is dragged, one is added and taken away, one is typed; everything is undone and done again.
    drag(page, (1000, 1300), (1200, 1300))
    expect(page.locator('[data-part="area"]')).to_have_text("Diện tích 30 m²")
    click(page, 550, 1900)
    expect(page.locator(".handle.corner")).to_have_count(7)
    page.locator(".board-floor").press("Delete")
    expect(page.locator(".handle.corner")).to_have_count(6)
    page.get_by_label("Góc số").select_option(index=2)
    page.get_by_label("x của góc, m").fill("10,5")
    page.get_by_label("x của góc, m").press("Enter")
    expect(page.locator('[data-part="area"]')).to_have_text("Diện tích 30,75 m²")
    for _step in range(4):
        page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator('[data-part="area"]')).to_have_text("Diện tích 27 m²")
    for _step in range(4):
        page.get_by_role("button", name="Làm lại").click()
    expect(page.locator('[data-part="area"]')).to_have_text("Diện tích 30,75 m²")

    # By keys alone: B is a rectangle, H a shape; arrows go, space sets, Enter closes.
    board = page.locator(".board-floor")
    board.press("Escape")
    board.press("h")
    for keys in ("Space", "ArrowRight*6", "Space", "ArrowDown*6", "Space", "Enter"):
        key, _star, times = keys.partition("*")
        for _press in range(int(times or 1)):
            board.press(key)
    expect(page.locator(".booth")).to_have_count(22)
    page.locator(".board-floor").press("Delete")
    expect(page.locator(".booth")).to_have_count(21)

    # A rectangle is turned by its handle, in steps of 15° with Shift, and by a number.
    click(page, 3050, 550)
    expect(page.locator("h2", has_text="Gian A19")).to_be_visible()
    page.get_by_role("textbox", name="x, m", exact=True).fill("20")
    page.get_by_role("textbox", name="x, m", exact=True).press("Enter")
    page.get_by_role("textbox", name="y, m", exact=True).fill("14")
    page.get_by_role("textbox", name="y, m", exact=True).press("Enter")
    expect(state(page)).to_have_text(KEPT)
    handle = page.locator(".handle.turn").bounding_box()
    assert handle is not None
    x, y = on_board(page, 2150, 1550)
    far = y - handle["y"] - handle["height"] / 2
    page.keyboard.down("Shift")
    page.mouse.move(x, y - far)
    page.mouse.down()
    page.mouse.move(x + far * math.sin(0.55), y - far * math.cos(0.55), steps=5)  # 31.5°
    expect(page.locator(".rubber-words")).to_have_text("30°")
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator(".booth path")).to_have_count(2)
    expect(page.get_by_label("Rộng, m").locator("visible=true")).to_be_disabled()
    page.get_by_label("Xoay theo chiều kim đồng hồ").fill("-30")
    page.get_by_role("button", name="Xoay", exact=True).click()
    expect(page.locator(".booth path")).to_have_count(1)
    page.get_by_role("button", name="Hoàn tác").click()
    page.locator(".booth", has_text="A21").click(modifiers=["Shift"])
    page.get_by_role("button", name="Gộp thành một gian").click()
    expect(page.locator('[data-part="refusal"]')).to_contain_text("không gộp hay chia được")
    expect(state(page)).to_have_text(KEPT)
    page.get_by_role("button", name="Công bố…").click()
    expect(page.locator('[data-part="diff"]')).to_contain_text("hình dạng")
    page.get_by_role("button", name="Công bố", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("Đã công bố")
    seen = booths_of(coming, "test-fair")
    assert seen["A21"]["polygon"][1:3] == [[12, 13], [10.5, 16]] and seen["A21"]["area_m2"] == 30.75
    assert len(seen["A19"]["polygon"]) == 4 and abs(seen["A19"]["area_m2"] - 9) < 0.05

    # Everybody sees the shape; it is chosen and held as any booth, and found again by its number.
    phone = watched(new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True).new_page())
    sign_in(phone, coming.url, "ema@example.org", PASSWORD)
    phone.goto(f"{coming.url}{FAIR}/plan?booth=A21")
    expect(phone.locator("[data-module~=floorplan][data-ready]")).to_be_attached()
    expect(phone.locator("#b-A21 path.f")).to_be_visible()
    expect(phone.locator("#drawer")).to_contain_text(re.compile(r"hình riêng, trong khung"))
    phone.locator("#drawer form[action$='/hold'] button.btn-seal").click()
    expect(phone.locator("#b-A21.mine path.frame")).to_be_attached()
    assert_fits(phone)
    for one in (page, phone):
        assert_quiet(one)
