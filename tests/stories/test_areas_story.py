"""Areas of zones and the architect's drawing on the board: by pointer and by keys, undone, published, seen."""

import io
import re

import requests
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Locator, Page, expect

from tests.stories.test_drawing_story import KEPT, drag, draw, on_board, state
from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.live_server import LiveServer, demo_passwords


def architects_drawing() -> bytes:
    """A hall of 72 × 36 m at 20 pixels a metre, with a margin of 4 m around."""
    picture = Image.new("RGB", (1600, 880), "white")
    ImageDraw.Draw(picture).rectangle((80, 80, 1520, 800), outline="black", width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def click_at(page: Page, *places: tuple[float, float]) -> None:
    for place in places:
        page.mouse.click(*on_board(page, *place))


def areas(page: Page) -> Locator:
    return page.locator(".zone-area")


def test_areas_and_a_background_are_drawn_and_seen(demo_server: LiveServer, browser: Browser, page: Page) -> None:
    server, passwords = demo_server, demo_passwords(demo_server)
    sign_in(page, server.url, "organiser@example.com", passwords["owner"])
    page.goto(f"{server.url}/fairs/hanoi-next/organise/halls/blank")
    page.locator("[name=name]").fill("Nhà Khu Vực")
    page.get_by_label("Chiều rộng nhà").fill("72")
    page.get_by_label("Chiều sâu nhà").fill("36")
    page.get_by_role("button", name="Sang bàn vẽ").click()
    expect(state(page)).to_contain_text("chưa ai thấy nhà này")
    draw(page, "Gian hàng", (600, 600), (900, 900))
    page.locator("summary", has_text="Lặp lại").click()
    page.get_by_label("Số gian theo chiều ngang").fill("10")
    page.get_by_label("Số hàng từ trên xuống").fill("2")
    page.get_by_role("button", name="Lặp lại").click()
    expect(page.locator(".booth")).to_have_count(20)

    # A rectangle at once, a corner by corner one, and one by keys alone; a zone each.
    draw(page, "Vùng", (450, 450), (2100, 1350))
    expect(page.locator("[name=area_zone]")).to_be_focused()
    page.keyboard.type("MT")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Vùng", exact=True).click()
    click_at(page, (2100, 450), (3900, 450), (3900, 1350), (2100, 1350), (2100, 450))
    expect(areas(page)).to_have_count(2)
    zone = page.locator("[name=area_zone]")
    zone.fill("GO")
    zone.press("Enter")
    expect(page.locator("[data-part=corner-list] li")).to_have_count(4)
    page.locator(".board-floor").press("Escape")
    page.locator(".board-floor").press("a")
    for key in ["Enter", *["ArrowRight"] * 8, "Enter", *["ArrowDown"] * 8, "Enter", "Enter"]:
        page.locator(".board-floor").press(key)
    expect(areas(page)).to_have_count(3)
    zone.fill("MT")
    zone.press("Enter")
    expect(state(page)).to_have_text(KEPT)
    page.locator(".board-floor").press("Delete")
    expect(areas(page)).to_have_count(2)

    # A corner that is dragged onto the other zone is told at once, and undone.
    page.locator(".zone-area", has_text="GO").locator("text").click()
    drag(page, (2100, 450), (1500, 450))
    expect(page.locator("[data-part=zone-area-refusal]")).to_contain_text("chồng lên vùng của khu MT")
    expect(page.locator("[data-part=faults]")).to_contain_text("Vùng của hai khu")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("[data-part=faults]")).to_be_hidden()
    page.locator("[name=corner_x_1]").fill("40")
    page.locator("[name=corner_x_1]").press("Enter")
    expect(state(page)).to_have_text(KEPT)
    assert_accessible(page)

    # By its name it is dragged, by its button chosen.
    page.locator(".board-floor").press("Escape")
    x, y = (float(areas(page).last.locator("text").get_attribute(name) or 0) for name in ("x", "y"))
    drag(page, (x + 120, y + 60), (x + 120, y + 1160))
    page.locator(".board-floor").press("Escape")
    page.get_by_role("button", name="GO · 166,5 m²").click()
    expect(page.locator("[name=corner_y_0]")).to_have_value("15,5")
    page.get_by_role("button", name="Hoàn tác").click()

    # Booths go into the zones of their areas.
    page.locator(".board-floor").press("Escape")
    expect(page.locator("[data-part=strays-count]")).to_have_text(
        "20 gian nằm trong vùng của một khu nhưng chưa thuộc khu đó."
    )
    page.get_by_role("button", name="Xếp gian vào khu theo vùng").click()
    expect(page.locator("[data-part=strays-done]")).to_contain_text("Đã xếp 20 gian vào khu theo vùng.")
    expect(page.locator("[data-part=strays-count]")).to_have_text("Mọi gian trong các vùng đều đã thuộc khu của vùng.")

    # The architect's drawing: 72 m lie between its walls, which are 1440 of its 1600 pixels apart.
    page.locator("summary", has_text="Ảnh nền").click()
    page.locator("[name=bg_file]").set_input_files({"name": "a.pdf", "mimeType": "image/png", "buffer": b"%PDF-1.7"})
    expect(page.locator("[data-part=picture-refusal]")).to_contain_text("PNG, JPEG hoặc WebP")
    page.locator("[name=bg_file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": architects_drawing()}
    )
    width = page.locator("[name=bg_width]")
    expect(width).to_have_value("65,45")
    page.get_by_role("button", name="Chỉnh tỉ lệ bằng hai điểm").click()
    scale = 6545 / 1600
    click_at(page, (80 * scale, 80 * scale), (1520 * scale, 80 * scale))
    page.locator("[name=bg_distance]").fill("72")
    page.get_by_role("button", name="Chỉnh tỉ lệ ảnh").click()
    assert abs(float(width.input_value().replace(",", ".")) - 80) < 0.5
    image = page.locator(".backdrop image")
    before = image.get_attribute("x")
    drag(page, (5000, 2800), (5300, 2800))
    assert image.get_attribute("x") == before, "locked"
    page.get_by_role("button", name="Dời ảnh bằng tay").click()
    drag(page, (5000, 2800), (5300, 2800))
    expect(image).not_to_have_attribute("x", before or "")
    page.get_by_label("Hiện khi vẽ").uncheck()
    expect(image).to_be_hidden()
    page.get_by_label("Mọi người đều thấy, trên sơ đồ").check()
    expect(state(page)).to_have_text(KEPT)
    address = f"{server.url}{image.get_attribute('href')}"
    assert requests.get(address, timeout=10).status_code == 404

    # The difference is read, then everybody sees both.
    page.get_by_role("button", name="Công bố…").click()
    expect(page.locator("[data-part=diff]")).to_contain_text("Vùng của khu thay đổi: GO, MT")
    expect(page.locator("[data-part=diff]")).to_contain_text("Ảnh nền mới hoặc đặt ở chỗ khác. Mọi người đều thấy.")
    page.get_by_role("button", name="Công bố", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("Đã công bố")
    assert requests.get(address, timeout=10).headers["Content-Type"] == "image/png"
    phone = watched(new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True).new_page())
    number = page.locator(".booth text").first.text_content()
    phone.goto(f"{server.url}/fairs/hanoi-next/plan?booth={number}")
    expect(phone.locator("path.area")).to_have_count(2)
    expect(phone.locator("text.zone, text.zone-name").filter(has_text=re.compile("GO|MT"))).to_have_count(2)
    assert phone.evaluate("document.querySelector('image.backdrop').getBBox().width") > 700
    assert_fits(phone)
    for one in (page, phone):
        assert_quiet(one)
