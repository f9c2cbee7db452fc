"""A fire alarm: exits are scanned out, the board says who is still inside, by hall."""

from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from app.audit import SYSTEM
from app.db import db, transaction
from app.visitors.badges import revoke_badge
from app.visitors.models import Badge
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
from tests.visitors.stage import a_scan, clock, new_badge, open_today
from tests.visitors.test_board import add_hall_b

SOON = 8_000  # ms: within two seconds, and more where the machine is busy


def test_everybody_is_scanned_out_and_the_board_counts_them_down(live_server: Any, browser: Any) -> None:
    server = live_server
    open_today(server.app)
    add_hall_b(server.app, server.cast)
    visitors = [new_badge(server.app, f"v{n}@example.jp", name=f"Khách {n}") for n in range(4)]
    crew = new_badge(server.app, "tho@example.vn", "crew")
    desk = new_context(browser, viewport=DESK)
    api = Api(desk, server)
    api.scan(*[(badge, "C1") for badge in (*visitors[:3], crew)], (visitors[3], "C3"))

    board = watched(desk.new_page())
    sign_in(board, server.url, "ola@example.org", PASSWORD)
    board.goto(f"{server.url}/fairs/test-fair/organise/gates")
    expect(board.locator(".board-inside")).to_contain_text("4 khách tham quan, và 1 nhân viên")
    expect(hall(board, "A")).to_have_text("4")
    expect(hall(board, "B")).to_have_text("1")

    first, second = phone_at(browser, server, "Cổng 1"), phone_at(browser, server, "Cổng 3", streams=False)
    second.context.set_offline(True)

    board.get_by_role("button", name="Báo cháy").click()
    board.get_by_role("button", name="Bật báo cháy").click()
    expect(board.locator(".board-alarm")).to_contain_text("Còn 5 người bên trong.")
    expect(first.locator("#alarm")).to_contain_text("Quét ra cho mọi người", timeout=SOON)
    expect(first.get_by_role("button", name="Ra", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(first.get_by_role("button", name="Vào", exact=True)).to_be_disabled()
    expect(board.locator(".board-alarm")).to_contain_text("1 máy đang quét ra. Chưa nghe được từ:", timeout=SOON)
    assert_accessible(first)
    assert_accessible(board)

    # Out through gate 1: one is counted down after the other, whatever is wrong with the badge.
    scanned_out(first, visitors[0])
    expect(board.locator(".still")).to_have_text("Còn 4 người bên trong.", timeout=SOON)
    with server.app.app_context(), transaction():
        revoke_badge(db.session.get_one(Badge, visitors[1].id), "misuse", SYSTEM, clock.now())
    scanned_out(first, visitors[1])
    expect(board.locator(".still")).to_have_text("Còn 3 người bên trong.", timeout=SOON)
    expect(hall(board, "A")).to_have_text("2")

    # Gate 3 has no network and knows of no alarm; its staff hear the bell and turn by hand.
    expect(second.locator("#alarm")).to_be_hidden()
    second.get_by_role("button", name="Ra", exact=True).click()
    scanned_out(second, visitors[2])  # who came in by hall A

    # The list: with names for the organiser, printed when the network is gone; without them for the gate's staff.
    sheet = desk.new_page()
    sheet.goto(f"{server.url}/fairs/test-fair/organise/gates/inside")
    desk.set_offline(True)
    for name in ("Khách 2", "Khách 3", "Thợ"):
        expect(sheet.get_by_text(name)).to_be_visible()
    expect(sheet.get_by_text("Khách 0")).to_have_count(0)
    assert sheet.pdf(format="A4").startswith(b"%PDF")
    assert_fits(sheet)
    assert_accessible(sheet)
    sheet.close()
    desk.set_offline(False)
    reading = first.context.new_page()
    reading.goto(f"{server.url}/fairs/test-fair/organise/gates/inside")
    expect(reading.get_by_text(visitors[3].number[-5:])).to_be_visible()
    expect(reading.get_by_text("Khách 3")).to_have_count(0)
    reading.close()

    # The network comes back: gate 3 turns too, and its exit counts, from hall A.
    second.context.set_offline(False)
    expect(second.locator("#alarm")).to_be_visible(timeout=20_000)
    expect(board.locator(".still")).to_have_text("Còn 2 người bên trong.", timeout=20_000)
    expect(hall(board, "A")).to_have_text("1")
    expect(board.locator(".board-alarm")).to_contain_text("2 máy đang quét ra.", timeout=SOON)
    scanned_out(second, visitors[3])
    api.scan((crew, "C1"), direction="out")
    expect(board.locator(".board-alarm")).to_contain_text("không còn ai bên trong", timeout=SOON)

    board.get_by_role("button", name="Kết thúc báo cháy").first.click()
    board.get_by_role("dialog").get_by_role("button", name="Kết thúc báo cháy").click()
    expect(board.locator(".board-alarm")).to_have_count(0)
    expect(first.locator("#alarm")).to_be_hidden(timeout=SOON)
    expect(first.get_by_role("button", name="Vào", exact=True)).to_have_attribute("aria-pressed", "true")
    assert api.get("/alarm") == {"alarm": None}
    assert api.get("/board")["inside"]["people"] == 0
    assert [scan["verdict"] for scan in api.get("/scans")["items"] if scan["direction"] == "out"] == ["goodbye"] * 5

    board.goto(f"{server.url}/fairs/test-fair/organise/audit?kind=alarm")
    for deed in ("Đã báo cháy", "Đã kết thúc báo cháy"):
        expect(board.get_by_text(deed, exact=True)).to_be_visible()
    for page in (board, first, second):
        assert_quiet(page)
        page.context.close()


class Api:
    """The organiser's program."""

    def __init__(self, context: BrowserContext, server: Any) -> None:
        self.request, self.address = context.request, f"{server.url}/api/v1/fairs/test-fair"
        self.headers = {"Authorization": f"Bearer {server.token('test-fair', 'organiser')}"}

    def get(self, path: str) -> Any:
        return self.request.get(self.address + path, headers=self.headers).json()

    def scan(self, *badges: tuple[Badge, str], direction: str = "in") -> None:
        scans = [a_scan(badge.token, gate, direction) for badge, gate in badges]
        answer = self.request.post(f"{self.address}/scans", headers=self.headers, data={"scans": scans})
        assert answer.ok, answer.text()


def phone_at(browser: Any, server: Any, gate: str, streams: bool = True) -> Page:
    """A phone of Gia's at this gate. A cut network does not end a stream in the browser: then none is opened."""
    context = new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True)
    context.add_cookies([{"name": "phien", "value": server.session_of(server.cast.gia), "url": server.url}])
    page = watched(context.new_page())
    if not streams:
        page.route("**/test-fair/gate/live**", lambda route: route.abort())
    page.goto(f"{server.url}/fairs/test-fair/gate")
    page.get_by_role("button", name=gate).click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    return page


def scanned_out(phone: Page, badge: Badge) -> None:
    scanner(phone, badge.token)
    expect(phone.locator('#verdict[data-verdict="goodbye"]')).to_be_visible(timeout=SOON)


def hall(board: Page, code: str) -> Any:
    return board.locator(f'[data-place="{code}"] .inside-people')
