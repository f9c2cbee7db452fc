"""On the fair's first days the organiser puts things right: a no-show, a move, a swap, a transfer.

An exhibitor tries to hold the target of the move meanwhile, and a stranger's open plan shows all of it. Through the
browser and real mail alone; at the end the figures add up.
"""

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.stories.test_booth_story import choose, hold
from tests.support.browser import assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.live_server import LiveServer, demo_passwords

FAIR = "/fairs/hanoi-today"
COMPANY = "Gốm Thuỳ Hương"
WHY = "Cột chắn lối vào, đã thống nhất qua điện thoại"


def figure(page: Page, server: LiveServer, row: str, column: int) -> int:
    """A figure of the table of zones; `row`: the beginning of its name."""
    page.goto(f"{server.url}{FAIR}/organise/booths")
    found = page.locator(".by-zone tr", has=page.locator("th", has_text=re.compile(f"^{row}")))
    return int(re.sub(r"\D", "", found.locator("td").nth(column).inner_text()))


def booths_of(page: Page, server: LiveServer, company: str) -> list[str]:
    page.goto(f"{server.url}{FAIR}/organise/booths?q={company}&state=let")
    return [text.split()[0] for text in page.locator("table.booth-list tbody td:first-child").all_inner_texts()]


def let_on(plan: Page) -> dict[str, str]:
    """Booths of the open hall that are let, one of each company: number and company."""
    found: dict[str, str] = {}
    for name in plan.locator("#hall .b.let").evaluate_all("all => all.map((one) => one.ariaLabel)"):
        number, company = re.match(r"(\S+), [^:]+: ([^,]+)", name).groups()  # type: ignore[union-attr]
        if company not in found.values():
            found[number] = company
    return found


def report_of(page: Page, server: LiveServer) -> int:
    page.goto(f"{server.url}{FAIR}/report/booths")
    return int(re.sub(r"\D", "", page.locator(".evidence-sum").inner_text().split()[0]))


def change(page: Page, server: LiveServer, number: str, link: str) -> None:
    page.goto(f"{server.url}{FAIR}/organise/booths/{number}")
    page.get_by_role("link", name=link).click()


def looks_right(page: Page) -> None:
    assert_accessible(page, ".toasts")
    assert_fits(page)


def shape(page: Page, number: str, name: str) -> None:
    expect(page.locator(f"#b-{number}")).to_have_attribute("class", re.compile(rf"\b{name}\b"))


def test_a_no_show_a_move_a_swap_and_a_transfer(
    demo_server: LiveServer, browser: Browser, page: Page, mail_sink: Any
) -> None:
    server, passwords = demo_server, demo_passwords(demo_server)
    server.restart(FAIR_MAIL_URL=mail_sink.url)
    sign_in(page, server.url, "organiser@example.com", passwords["owner"])
    page.goto(f"{server.url}{FAIR}/organise/settings")
    page.get_by_role("button", name="Mở lại việc đặt gian").click()
    booths, paid = figure(page, server, "Toàn hội chợ", 2), figure(page, server, "Toàn hội chợ", 8)
    free = figure(page, server, "Toàn hội chợ", 5)
    looks_right(page)
    assert report_of(page, server) == booths
    hers, *_more = booths_of(page, server, COMPANY)

    public, own = new_context(browser), new_context(browser)
    watcher, exhibitor = watched(public.new_page()), watched(own.new_page())
    sign_in(exhibitor, server.url, "exhibitor@example.com", passwords["exhibitor"])
    for one in (watcher, exhibitor):
        one.goto(f"{server.url}{FAIR}/booths/{hers}")
        expect(one.locator("[data-ready]")).to_be_attached()
    shape(exhibitor, hers, "mine")
    (gone, _), (moved, mover), (other, _), *_rest = let_on(exhibitor).items()

    # Nobody came to a booth: it is released with the reason, and every open plan has it free.
    change(page, server, gone, "Thu hồi gian")
    agreed = page.locator("dl.facts dt", has_text="Giá đã chốt").locator("xpath=following-sibling::dd[1]")
    of_the_no_show = int(re.sub(r"\D", "", agreed.inner_text()))
    page.get_by_role("button", name=f"Thu hồi gian {gone}").click()
    expect(page.locator("[role=alert]")).to_be_focused()
    looks_right(page)
    page.get_by_label("Đơn vị không đến").check()
    page.get_by_label("Lý do cụ thể").fill("Đến 10 giờ vẫn vắng, không liên lạc được")
    page.get_by_role("button", name=f"Thu hồi gian {gone}").click()
    expect(page.locator("table.lines tbody tr").first).to_contain_text("Đến 10 giờ vẫn vắng")
    looks_right(page)
    shape(watcher, gone, "free")

    # A company is to move there. An exhibitor was faster: the form says so and keeps what was typed.
    change(page, server, moved, "Chuyển sang gian khác")
    looks_right(page)
    page.get_by_role("link", name=f"Chọn {gone}").click()
    page.get_by_label("Lý do cụ thể").fill(WHY)
    looks_right(page)
    choose(exhibitor, gone)
    hold(exhibitor)
    shape(watcher, gone, "held")
    page.get_by_role("button", name=f"Chuyển sang gian {gone}").click()
    expect(page.locator("[role=alert]")).to_contain_text(f"Gian {gone} vừa có người giữ")
    shape(watcher, moved, "let")
    exhibitor.get_by_role("button", name="Bỏ giữ").first.click()
    shape(watcher, gone, "free")
    shape(exhibitor, gone, "free")

    # She thinks again and chooses it once more, but now the organiser is faster.
    exhibitor.goto(f"{server.url}{FAIR}/booths/{hers}")
    expect(exhibitor.locator("[data-ready]")).to_be_attached()
    page.goto(f"{server.url}{FAIR}/organise/booths/{moved}/move?to={gone}")
    page.get_by_label("Lý do cụ thể").fill(WHY)
    page.get_by_role("button", name=f"Chuyển sang gian {gone}").click()
    page.wait_for_url(re.compile(rf"/booths/{gone}$"))
    for one in (watcher, exhibitor):
        shape(one, gone, "let")
        shape(one, moved, "free")
    watcher.locator(f"#b-{gone}").click()
    expect(watcher.locator("#drawer")).to_contain_text(mover)
    page.goto(f"{server.url}{FAIR}/organise/booths/{moved}")
    expect(page.locator("table.lines tbody tr").first).to_contain_text(f"Chuyển sang gian khác: {gone}")

    # Two change places: her own plan shows it while it is open, and she reads why in her mail.
    change(page, server, hers, "Đổi chỗ với gian khác")
    page.locator("input[name=q]").fill(other)
    page.locator("input[name=q]").press("Enter")
    page.get_by_role("link", name=f"Chọn {other}").click()
    looks_right(page)
    page.get_by_label("Lý do cụ thể").fill("Hai đơn vị xin đổi chỗ")
    page.get_by_role("button", name=f"Đổi chỗ {hers} và {other}").click()
    page.wait_for_url(re.compile(rf"/booths/{other}$"))
    shape(exhibitor, other, "mine")
    shape(exhibitor, hers, "let")
    [letter] = mail_sink.wait_for("exhibitor@example.com")
    assert str(letter["Subject"]) == f"Gian của bạn nay là {other}, thay cho {hers}"
    assert "Hai đơn vị xin đổi chỗ" in letter.get_body(("plain",)).get_content()

    # A company was sold: another one takes its booth over, and the plan names it.
    change(page, server, gone, "Chuyển giao cho đơn vị khác")
    page.locator("input[name=q]").fill("gom thuy huong")
    page.locator("input[name=q]").press("Enter")
    page.locator("table.lines tbody tr").first.get_by_role("link").click()
    looks_right(page)
    page.get_by_label("Lý do cụ thể").fill("Công ty được mua lại")
    page.get_by_role("button", name="Chuyển giao cho").click()
    page.wait_for_url(re.compile(rf"/booths/{gone}$"))
    expect(page.locator("dl.facts")).to_contain_text("Gốm Thuỳ Hương")
    shape(exhibitor, gone, "mine")
    looks_right(page)

    # One booth less is let, one is free; the money of the no-show is in its order, no more on the floor.
    assert figure(page, server, "Toàn hội chợ", 2) == booths - 1
    assert figure(page, server, "Toàn hội chợ", 5) == free + 1
    assert figure(page, server, "Toàn hội chợ", 8) == paid - of_the_no_show
    zones = page.locator(".by-zone tbody tr td:nth-of-type(3)").all_inner_texts()
    assert sum(int(re.sub(r"\D", "", text)) for text in zones) == booths - 1
    assert report_of(page, server) == booths - 1
    for one in (page, watcher, exhibitor):
        assert_quiet(one)
    public.close()
    own.close()
