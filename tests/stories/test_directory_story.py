"""A profile from a phone in a craft village to a buyer in Japan at the booth, into print; and a pass at the gate."""

import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import db, transaction
from app.visitors.models import Badge
from tests.directory.stage import photograph
from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.cast import PASSWORD, let_booth
from tests.support.paper import text_of

FAIR = "/fairs/test-fair"


def at(server: Any, moment: datetime) -> None:
    """Start the server again at a moment."""
    server.at((moment - datetime.now(UTC)).total_seconds())


def test_a_profile_from_a_phone_to_a_buyer_at_the_booth(
    live_server: Any, browser: Browser, page: Page, tmp_path: Path
) -> None:
    server = live_server
    photo = tmp_path / "ấm chén.jpg"
    photo.write_bytes(photograph(1200, 900))
    with server.app.app_context():
        let_booth(server.cast.exhibitor, "A05")
    at(server, datetime(2019, 10, 7, 2, tzinfo=UTC))

    # Ema fills in the profile on her phone. A wrong address is said where it stands, and nothing typed is lost.
    context = new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True)
    phone = watched(context.new_page())
    sign_in(phone, server.url, "ema@example.org", PASSWORD)
    phone.goto(f"{server.url}{FAIR}/portal")
    phone.get_by_role("link", name="Hồ sơ cho khách xem").click()
    assert_fits(phone)
    assert_accessible(phone)
    phone.locator("#about").fill("Lò gốm gia truyền ở Bát Tràng.")
    phone.locator("#about_en").fill("A family kiln in Bat Trang, celadon since 1920.")
    phone.get_by_label("Đại lý").check()
    phone.locator("#website").fill("gốm chi")
    phone.get_by_role("button", name="Lưu hồ sơ").click()
    expect(phone.locator(".summary-errors")).to_contain_text("https://")
    expect(phone.locator("#about_en")).to_have_value("A family kiln in Bat Trang, celadon since 1920.")
    phone.locator("#website").fill("gom-chi.vn")
    phone.get_by_role("button", name="Lưu hồ sơ").click()
    expect(phone.locator("#content")).to_contain_text("Khách tham quan thấy như thế này.")
    expect(phone.locator(".toast")).to_contain_text("Đã lưu.")

    # The network dies while a product with its photograph is sent: it goes by itself once it is back, and once only.
    phone.get_by_role("link", name="Sửa tiếp hồ sơ").click()
    phone.get_by_role("link", name="Thêm sản phẩm").click()
    assert_accessible(phone)
    phone.locator("#photograph").set_input_files(photo)
    expect(phone.locator("[data-preview]")).to_be_visible()
    phone.locator("#name").fill("Ấm chén men lam")
    phone.locator("#name_en").fill("Celadon tea set")
    phone.locator("#price_from").fill("380.000")
    context.set_offline(True)
    phone.get_by_role("button", name="Lưu", exact=True).click()
    expect(phone.locator("[data-said]")).to_contain_text("Mất mạng, nhưng không mất gì.")
    context.set_offline(False)
    expect(phone.locator("#products")).to_contain_text("Ấm chén men lam")
    expect(phone.locator("#products li")).to_have_count(1)
    assert_fits(phone)
    assert_quiet(phone)

    # Haruka in Japan finds it by a word without accents, reads English, and gets to the booth on the plan.
    abroad = new_context(browser, locale="ja-JP", timezone_id="Asia/Tokyo")
    haruka = watched(abroad.new_page())
    haruka.goto(f"{server.url}{FAIR}/exhibitors")
    haruka.locator("input[name=q]").fill("gia truyen")
    haruka.get_by_role("button", name="Search").click()
    expect(haruka.locator("tbody tr")).to_have_count(1)
    assert_accessible(haruka)
    haruka.get_by_role("link", name="Gốm Chi").click()
    expect(haruka.locator("#content")).to_contain_text("celadon since 1920")
    expect(haruka.locator(".product")).to_contain_text("Celadon tea set")
    expect(haruka.locator(".product")).to_contain_text("from VND\u00a0380,000")
    picture = haruka.locator(".product img")
    picture.scroll_into_view_if_needed()
    haruka.wait_for_function("document.querySelector('.product img').naturalWidth > 0")
    assert picture.evaluate("image => image.naturalHeight > image.naturalWidth")  # it stands upright
    assert_accessible(haruka)
    haruka.get_by_role("link", name="Booth A05").click()
    expect(haruka.locator(".drawer-box")).to_contain_text("Let to Gốm Chi.")
    haruka.get_by_role("link", name="Look at the company").click()
    expect(haruka.locator("h1")).to_have_text("Gốm Chi")
    assert_quiet(haruka)
    abroad.close()

    # The organiser has the catalogue made; it holds the company with its booth.
    sign_in(page, server.url, "ola@example.org", PASSWORD)
    page.goto(f"{server.url}{FAIR}/organise/catalogues")
    assert_accessible(page)
    page.get_by_role("button", name="Lập danh mục").click()
    expect(page.locator("#catalogues")).to_contain_text("Tiếng Việt, Theo ngành hàng")
    link = page.locator("#catalogues a", has_text="Tiếng Việt")
    expect(link).to_be_visible(timeout=60_000)
    text = text_of(page.request.get(server.url + str(link.get_attribute("href"))).body())
    assert re.search(r"Gốm Chi.*A05", text, re.DOTALL)
    assert "Ấm chén men lam" in text
    assert_quiet(page)

    # Ema gives a pass in Lan's name, and on the first day Lan's badge opens the gate.
    phone.goto(f"{server.url}{FAIR}/portal")
    phone.get_by_role("link", name="Thẻ cho nhân viên").click()
    phone.get_by_label("Tên trên thẻ").fill("Nguyễn Thị Lan")
    phone.get_by_role("button", name="Cấp thẻ").click()
    expect(phone.locator(".passes li")).to_contain_text("Nguyễn Thị Lan")
    assert_fits(phone)
    assert_accessible(phone)
    phone.get_by_role("link", name="Mở thẻ").click()
    expect(phone.locator("#content")).to_contain_text("Nguyễn Thị Lan")
    assert_quiet(phone)
    with server.app.app_context(), transaction():
        badge = db.session.scalars(select(Badge).order_by(Badge.id.desc()).limit(1)).one()
        token = create_token(SYSTEM, server.cast.fair.id, "gate", None, None, label="gate")
    first_day = datetime(2019, 12, 12, 3, tzinfo=UTC)  # 10:00 in Hà Nội
    at(server, first_day)
    scan = {"id": str(uuid.uuid4()), "code": badge.token, "gate": "C1", "direction": "in"}
    answer = page.request.post(
        f"{server.url}/api/v1{FAIR}/scans",
        data={"scans": [scan | {"scanned_at": first_day.isoformat()}]},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.json()["results"][0]["verdict"] == "admitted_staff", answer.text()
    context.close()
