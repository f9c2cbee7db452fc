"""A hall that was drawn in a spreadsheet: 30 faults are mended in the preview, then it is drawn, priced and seen."""

import io
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.live_server import LiveServer, demo_passwords

ROWS = ("XA", "XB", "XC", "XD", "XE", "XF")
# (row of the sheet, column, what stands there, what is typed instead)
FAULTS = [
    *((n, "x", f"{n} sải", None) for n in range(60, 75)),  # fifteen rows in a unit that nobody knows
    (7, "number", "", "XA06"), (9, "number", "XA 08", "XA08"), (14, "number", "XA01", "XA13"),
    (16, "hall", "", "Nhà 4"), (22, "x", "-3", "4"), (24, "x", "", "10"), (27, "width", "0", "3"),
    (30, "depth", "300", "3"), (33, "y", "bảy", "7"),
    (36, "x", "45", "46"), (40, "sides", "9", "2"), (44, "kind", "lâu đài", "row"), (48, "state", "đã thuê", "free"),
    (52, "price", "rẻ", "14.000.000"), (56, "zone", "Khu hàng gốm sứ", "XC"),
]  # fmt: skip
COLUMNS = ("number", "hall", "x", "y", "width", "depth", "zone", "kind", "sides", "state", "price")


def sheet(path: Path) -> Path:
    """120 booths in six rows of twenty, back to back, with 30 faults."""
    table = []
    for r, letter in enumerate(ROWS):
        for c in range(20):
            y = 4 + r // 2 * 9 + r % 2 * 3
            table.append({"number": f"{letter}{c + 1:02}", "hall": "Nhà 4", "x": f"{4 + 3 * c}", "y": f"{y}",
                          "width": "3", "depth": "3", "zone": letter})  # fmt: skip
    for n, column, wrong, _right in FAULTS:
        table[n - 2][column] = wrong
    text = io.StringIO()
    text.write("Số gian;Nhà;x (m);y (m);Rộng (m);Sâu (m);Khu;Loại;Mặt thoáng;Tình trạng;Giá\n")
    for row in table:
        text.write(";".join(row.get(column, "") for column in COLUMNS) + "\n")
    path.write_text(text.getvalue(), encoding="utf-8-sig")
    return path


def test_a_hall_from_a_table_with_thirty_faults_is_mended_drawn_and_booked_from(
    demo_server: LiveServer, browser: Browser, page: Page, tmp_path: Path
) -> None:
    server, passwords = demo_server, demo_passwords(demo_server)
    halls = f"{server.url}/fairs/hanoi-next/organise/halls"
    sign_in(page, server.url, "organiser@example.com", passwords["owner"])
    page.goto(halls)
    page.get_by_role("link", name="Gian mọi cỡ, mọi vị trí").click()
    page.locator("#file").set_input_files(sheet(tmp_path / "nhà 4.csv"))
    page.get_by_role("button", name="Xem tệp").click()
    expect(page.locator("h1")).to_have_text("nhà 4.csv")
    expect(page.locator(".lead")).to_contain_text("31 dòng cần xem lại, 89 dòng hợp lệ")
    expect(page.get_by_role("button", name="Vẽ 120 gian")).to_have_count(0)
    expect(page.locator("#why-12")).to_contain_text("Dòng 2 cũng có số này")
    for n in (33, 34):  # 30 faults in 31 rows: of two booths that overlap either may be the one mistyped
        expect(page.locator(f"#why-{n}")).to_contain_text("Chồng lên")
    assert_accessible(page)
    assert_fits(page)

    for n, column, _wrong, right in FAULTS:
        if right is not None:
            page.locator(f"[name='{n - 2}.{column}']").fill(right)
    page.get_by_role("button", name="Kiểm tra lại").first.click()
    expect(page.locator(".lead")).to_contain_text("15 dòng cần xem lại")

    # The server dies without warning, and what was mended is kept: another device of the organiser goes on from there.
    server.kill()
    server.restart()
    phone = watched(new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True).new_page())
    sign_in(phone, server.url, "organiser@example.com", passwords["owner"])
    phone.goto(f"{halls}/imports")
    phone.get_by_role("link", name="nhà 4.csv").click()
    expect(phone.locator(".lead")).to_contain_text("15 dòng cần xem lại")
    assert_fits(phone)
    for n in range(60, 75):
        phone.locator(f"[name='{n - 2}.x']").fill(f"{4 + 3 * ((n - 2) % 20)} m")
    phone.get_by_role("button", name="Kiểm tra lại").last.click()
    expect(phone.locator(".lead")).to_contain_text("Cả 120 dòng đều hợp lệ")
    phone.get_by_label("Số cổng mỗi nhà mới").fill("2")
    phone.get_by_role("button", name="Vẽ 120 gian").click()
    expect(phone.locator(".toasts")).to_contain_text("120 gian được thêm")
    assert_quiet(phone)

    page.goto(f"{server.url}/fairs/hanoi-next/plan?booth=XC11")
    expect(page.locator("[data-n='XC11']")).to_be_visible()
    expect(page.locator(".drawer")).to_contain_text("XC11")
    page.goto(f"{halls}/imports")
    expect(page.get_by_text("nhà 4.csv")).to_have_count(0)
    assert_quiet(page)
