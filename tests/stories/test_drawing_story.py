"""A hall of 120 booths drawn by hand, with the network, the server and a colleague in the way; let booths stay."""

import re
from typing import Any

import requests
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.live_server import LiveServer, demo_passwords

KEPT, EVERYBODY = re.compile("Đã lưu"), re.compile("Đúng như mọi người đang thấy")


def state(page: Page) -> Locator:
    return page.locator('[data-part="state"]')


def on_board(page: Page, x_cm: float, y_cm: float) -> tuple[float, float]:
    """Where a place of the hall is on the screen."""
    x, y = page.eval_on_selector(
        ".board-floor",
        """(svg, [x, y]) => {
          const { left, top, width, height } = svg.getBoundingClientRect();
          const box = svg.viewBox.baseVal;
          return [left + ((x - box.x) / box.width) * width, top + ((y - box.y) / box.height) * height];
        }""",
        [x_cm, y_cm],
    )
    return x, y


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*on_board(page, *begin))
    page.mouse.down()
    page.mouse.move(*on_board(page, *end), steps=6)
    page.mouse.up()


def draw(page: Page, tool: str, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.get_by_role("button", name=tool, exact=True).click()
    drag(page, begin, end)


def booths_of(server: LiveServer, fair: str) -> dict[str, Any]:
    """Every booth as strangers see it."""
    found: dict[str, Any] = {}
    following = ""
    while following is not None:
        query = f"?limit=500&after={following}" if following else "?limit=500"
        answer = requests.get(f"{server.url}/api/v1/fairs/{fair}/booths{query}", timeout=10).json()
        found |= {one["number"]: one for one in answer["items"]}
        following = answer["next"]
    return found


def test_a_hall_is_drawn_by_hand_through_every_fault_and_published(
    demo_server: LiveServer, browser: Browser, page: Page
) -> None:
    server, passwords = demo_server, demo_passwords(demo_server)
    halls = f"{server.url}/fairs/hanoi-next/organise/halls"
    before = booths_of(server, "hanoi-next")
    sign_in(page, server.url, "organiser@example.com", passwords["owner"])
    page.goto(halls)
    page.get_by_role("link", name="Vẽ nhà bằng tay").click()
    page.locator("[name=name]").fill("Nhà Thợ Thủ Công")
    page.get_by_label("Chiều rộng nhà").fill("72")
    page.get_by_label("Chiều sâu nhà").fill("36.5")
    page.get_by_role("button", name="Sang bàn vẽ").click()
    expect(page.locator("h1")).to_have_text("Nhà Thợ Thủ Công")
    expect(state(page)).to_contain_text("chưa ai thấy nhà này")
    assert_accessible(page)

    # One booth by hand, 119 after its likeness, numbered row by row.
    draw(page, "Gian hàng", (610, 590), (890, 910))
    expect(page.locator("[name=width]")).to_have_value("3")
    expect(state(page)).to_have_text(KEPT)
    page.locator("summary", has_text="Lặp lại").click()
    page.get_by_label("Số gian theo chiều ngang").fill("20")
    page.get_by_label("Số hàng từ trên xuống").fill("6")
    page.get_by_role("button", name="Lặp lại").click()
    expect(page.locator(".booth")).to_have_count(120)
    page.locator("summary", has_text="Đánh số").click()
    page.get_by_label("Chữ đứng trước").fill("TA")
    page.get_by_role("button", name="Đánh số").click()
    expect(page.locator(".booth text").last).to_have_text("TF20")
    page.get_by_role("button", name="Hoàn tác").click()
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator(".booth")).to_have_count(1)
    page.get_by_role("button", name="Làm lại").click()
    page.get_by_role("button", name="Làm lại").click()
    expect(page.locator(".booth text").last).to_have_text("TF20")
    expect(state(page)).to_have_text(KEPT)

    # The network goes; what is drawn stays on the device, also when the page is closed, and is sent on its return.
    page.context.set_offline(True)
    draw(page, "Cột", (300, 300), (360, 360))
    expect(state(page)).to_contain_text("Mất mạng")
    page.context.set_offline(False)
    expect(state(page)).to_have_text(KEPT, timeout=15_000)
    server.kill()
    draw(page, "Sân khấu", (5000, 2400), (6200, 3300))
    expect(state(page)).to_contain_text("Mất mạng", timeout=15_000)
    page.evaluate("addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)")
    server.restart()
    page.reload()
    expect(page.locator(".piece.stage")).to_have_count(1)
    expect(state(page)).to_have_text(KEPT, timeout=15_000)

    # Two booths become one, and are cut in two again; one too many is drawn over another and told.
    page.locator(".booth", has_text="TA01").click()
    page.locator(".booth", has_text="TA02").click(modifiers=["Shift"])
    page.get_by_role("button", name="Gộp thành một gian").click()
    expect(page.locator(".booth")).to_have_count(119)
    expect(page.locator("h2", has_text="Gian TA01")).to_be_visible()
    page.get_by_label("Giá chưa VAT").fill("33.000.000")
    page.get_by_label("Tên trên sơ đồ").click()
    expect(state(page)).to_have_text(KEPT)
    draw(page, "Gian hàng", (1500, 600), (1800, 900))
    faults = page.locator('[data-part="faults"]')
    expect(faults).to_contain_text("Chồng lên")
    page.get_by_role("button", name="Công bố…").click()
    expect(page.locator("dialog[open]")).to_contain_text("Chưa được")
    expect(page.get_by_role("button", name="Công bố", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Quay lại").locator("visible=true").click()
    page.locator(".board-floor").press("Delete")
    expect(faults).to_be_hidden()

    # A colleague draws on a phone meanwhile: nothing is written over silently.
    colleague = watched(new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True).new_page())
    sign_in(colleague, server.url, "organiser@example.com", passwords["owner"])
    colleague.goto(page.url)
    colleague.locator(".booth", has_text="TF20").tap()
    colleague.get_by_label("Trạng thái").select_option("not_let")
    expect(state(colleague)).to_have_text(KEPT)
    assert_fits(colleague)
    page.locator(".booth", has_text="TF19").click()
    page.get_by_label("Tên trên sơ đồ").fill("Gian mẫu")
    page.get_by_label("Số", exact=True).click()
    expect(page.locator('[data-part="conflict"]')).to_be_visible()
    page.get_by_role("button", name="Lấy bản của họ").click()
    expect(page.locator('[data-part="conflict"]')).to_be_hidden()
    expect(page.locator(".booth.off", has_text="TF20")).to_have_count(1)

    # Nobody has seen any of it; then everybody does.
    assert booths_of(server, "hanoi-next") == before
    stranger = watched(new_context(browser).new_page())
    stranger.goto(f"{server.url}/fairs/hanoi-next/plan")
    expect(stranger.get_by_role("link", name=re.compile("Nhà Thợ"))).to_have_count(0)
    page.get_by_role("button", name="Công bố…").click()
    expect(page.locator('[data-part="diff"]')).to_contain_text("Mới, 119: TA01")
    page.get_by_role("button", name="Công bố", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("Đã công bố: bản 2")
    expect(state(page)).to_have_text(EVERYBODY)
    after = booths_of(server, "hanoi-next")
    drawn = {number: one for number, one in after.items() if number not in before}
    assert len(drawn) == 119 and {number: after[number] for number in before} == before
    assert (drawn["TA01"]["area_m2"], drawn["TA01"]["list_price_minor"]) == (18, 33_000_000)
    assert (drawn["TF20"]["state"], drawn["TB20"]["kind"], drawn["TB10"]["kind"]) == ("not_let", "corner", "row")
    stranger.goto(f"{server.url}/fairs/hanoi-next/plan?booth=TA01")
    expect(stranger.locator("[data-n='TF18']")).to_be_visible()
    expect(stranger.locator(".drawer")).to_contain_text("18 m²")
    expect(stranger.locator(".feature.is-stage")).to_have_count(1)

    # A second publication reaches the plan that is open already: what leaves it is gone, what moved stands elsewhere.
    page.locator(".booth", has_text="TF18").click()
    page.locator(".board-floor").press("Delete")
    expect(state(page)).to_have_text(KEPT)
    page.get_by_role("button", name="Công bố…").click()
    expect(page.locator('[data-part="diff"]')).to_contain_text("Rời sơ đồ, 1: TF18")
    page.get_by_role("button", name="Công bố", exact=True).click()
    expect(stranger.locator("[data-n='TF18']")).to_have_count(0)
    expect(stranger.locator("[data-n='TF17']")).to_be_visible()
    expect(stranger.locator(".b[tabindex='0']")).to_have_count(1)  # by keys it goes on as before
    stranger.locator(".b[tabindex='0']").focus()
    before_step = stranger.evaluate("document.activeElement.dataset.n")
    stranger.keyboard.press("ArrowRight")
    assert stranger.evaluate("document.activeElement.dataset.n") != before_step
    page.get_by_role("link", name="Các bản").click()
    expect(page.locator("table")).to_contain_text("Sơ đồ trước lần vẽ đầu tiên")
    assert_accessible(page)
    for one in (page, colleague, stranger):
        assert_quiet(one)


def test_a_plan_changes_around_let_booths_and_harms_none(demo_server: LiveServer, page: Page) -> None:
    server, passwords = demo_server, demo_passwords(demo_server)
    sign_in(page, server.url, "organiser@example.com", passwords["owner"])
    before = booths_of(server, "hanoi-today")
    page.goto(f"{server.url}/fairs/hanoi-today/organise/halls")
    page.get_by_role("link", name="Vẽ", exact=True).first.click()
    let = page.locator(".booth.let")
    expect(let.first).to_be_visible()
    three = [before[let.nth(n).locator("text").text_content() or ""] for n in (0, 1, 2)]
    for one in three:
        x, y = (sum(corner[axis] for corner in one["polygon"]) / 4 * 100 for axis in (0, 1))
        drag(page, (x, y), (x + 700, y + 700))
        expect(page.locator('[data-part="taken"]')).to_contain_text("giữ nguyên chỗ")
        expect(page.get_by_label("Số", exact=True)).to_be_disabled()
        page.locator(".board-floor").press("Delete")
    expect(let).to_have_count(
        len([1 for one in before.values() if one["state"] == "let" and one["hall"] == three[0]["hall"]])
    )
    page.locator(".board-floor").press("Escape")
    width = page.get_by_label("Rộng, m").locator("visible=true")
    room = float(width.input_value().replace(",", ".")) * 100
    width.fill(f"{(room + 900) / 100:g}")
    width.press("Enter")
    expect(state(page)).to_have_text(KEPT)
    page.get_by_role("button", name="Cả nhà").click()
    draw(page, "Gian hàng", (room + 300, 300), (room + 600, 600))
    page.get_by_label("Số", exact=True).fill("MOI1")
    page.get_by_label("Số", exact=True).press("Enter")
    expect(state(page)).to_have_text(KEPT)
    page.get_by_role("button", name="Công bố…").click()
    expect(page.locator('[data-part="diff"]')).to_contain_text("Mới, 1: MOI1")
    page.get_by_role("button", name="Công bố", exact=True).click()
    expect(page.locator(".toasts")).to_contain_text("Đã công bố")
    after = booths_of(server, "hanoi-today")
    assert after.pop("MOI1")["state"] == "free"
    assert after == before
    assert_quiet(page)
