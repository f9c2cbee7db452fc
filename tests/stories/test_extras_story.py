"""A corner at the early-bird price with power and furniture, booked on a phone through what goes wrong meanwhile."""

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.stories.test_booth_story import FAIR, ask, choose, hold, order_by, pay_at_the_desk, rival_of, token
from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.live_server import demo_passwords

CORNER = "A01"  # 13.5 million and 10 % for its second open side, 10 % off for the early bird
DAY = 24 * 3600


def typed(page: Page, name: str) -> Any:
    return page.locator(".extra", has_text=name).locator("input[type=number]")


def left(server: Any, name: str) -> int:
    _status, found = ask(server, token(server, "sales"), "GET", "/extras")
    return int(next(one["left"] for one in found["items"] if one["name"] == name))


def test_a_corner_at_the_early_bird_price_with_power_and_furniture(
    demo_server: Any, browser: Browser, page: Page
) -> None:
    server, passwords = demo_server, demo_passwords(demo_server)
    phone = watched(new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True).new_page())
    sales, rival = token(server, "sales"), rival_of(server, browser)
    assert left(server, "Internet có dây") == 40

    sign_in(phone, server.url, "exhibitor@example.com", passwords["exhibitor"])
    phone.goto(f"{server.url}{FAIR}/plan")
    choose(phone, CORNER)
    expect(phone.locator("#drawer")).to_contain_text("Giá đặt sớm −10 %")
    expect(phone.locator("#drawer dd.sum")).to_have_text(re.compile(r"14\.434\.200"))  # 13,365,000 and 8 % VAT
    hold(phone)
    phone.locator(".extras summary").click()
    typed(phone, "Điện 1 pha").fill("3")
    typed(phone, "Bàn quầy").fill("2")
    typed(phone, "Internet có dây").fill("40")
    expect(phone.locator("[data-total]")).to_have_text(re.compile(r"68\.920\.200"))
    assert_fits(phone)
    assert_accessible(phone)

    # Another buyer holds a booth beside it: the drawer may be drawn anew, and what was typed stays. He takes one line.
    status, held = ask(server, sales, "POST", "/holds", {"exhibitor": rival, "booths": ["A05"]})
    assert status == 201
    line = next(o["id"] for o in ask(server, sales, "GET", "/extras")[1]["items"] if o["name"] == "Internet có dây")
    body = {"hold": held["id"], "pay_by": "transfer", "extras": [{"id": line, "quantity": 1}]}
    status, others = ask(server, sales, "POST", "/orders", body)
    assert status == 201
    expect(phone.locator("#b-A05")).to_have_attribute("class", re.compile("reserved|held"))
    expect(typed(phone, "Điện 1 pha")).to_have_value("3")

    # Somebody who waits for a booth that is held sees at once that it came free, and can take it.
    status, held = ask(server, sales, "POST", "/holds", {"exhibitor": rival, "booths": ["A09"]})
    assert status == 201
    page.goto(f"{server.url}{FAIR}/plan?booth=A09")
    expect(page.locator("#drawer")).to_contain_text("Có người đang giữ gian này")
    expect(page.locator("[data-module~=floorplan][data-ready]")).to_be_attached()
    assert ask(server, sales, "DELETE", f"/holds/{held['id']}")[0] == 204
    expect(page.locator("#drawer .booth-head.chosen b")).to_have_text("A09")

    order_by(phone, "card")
    expect(phone.locator("#drawer [role=alert]")).to_contain_text("“Internet có dây” chỉ còn 39")
    expect(typed(phone, "Bàn quầy")).to_have_value("2")
    typed(phone, "Internet có dây").fill("1")
    expect(phone.locator("[data-total]")).to_have_text(re.compile(r"18\.376\.200"))

    # The server dies as the order is sent; the booth, what was typed and the stock are as they were.
    server.kill()
    phone.locator("#drawer input[value=card]").check()
    phone.locator("#drawer form[action$='/order'] button.btn-seal").click()
    phone.wait_for_timeout(500)
    server.start()
    phone.goto(f"{server.url}{FAIR}/plan?booth={CORNER}")
    phone.locator(".hold [data-clock]").wait_for()
    expect(typed(phone, "Điện 1 pha")).to_have_value("3")
    assert left(server, "Điện 1 pha") == 600
    expect(phone.locator("[data-total]")).to_have_text(re.compile(r"18\.376\.200"))
    order_by(phone, "card")
    pay_at_the_desk(phone)
    expect(phone.locator("h1")).to_have_text(f"Gian {CORNER} là của bạn", timeout=15_000)
    for line_of_order in ("Giá đặt sớm", "Điện 1 pha (kW) × 3", "Bàn quầy (cái) × 2", "Internet có dây (đường) × 1"):
        expect(phone.locator("body")).to_contain_text(line_of_order)
    expect(phone.locator("dd.sum")).to_have_text(re.compile(r"18\.376\.200"))
    invoice = phone.locator(".papers a").first.get_attribute("href")
    assert phone.request.get(f"{server.url}{invoice}").body()[:5] == b"%PDF-"
    assert_quiet(phone)

    # The other never pays: a week later his line is for sale again, and the early bird holds still.
    assert left(server, "Internet có dây") == 38
    server.at(9 * DAY)
    status, late = ask(server, sales, "GET", f"/orders/{others['reference']}")
    for _second in range(50):
        if late["state"] == "expired":
            break
        page.wait_for_timeout(200)
        status, late = ask(server, sales, "GET", f"/orders/{others['reference']}")
    assert late["state"] == "expired"
    assert left(server, "Internet có dây") == 39

    # The organiser reads who gets what, and ends the early bird: from then on booths cost their list price.
    sign_in(page, server.url, "organiser@example.com", passwords["owner"])
    page.goto(f"{server.url}{FAIR}/organise/booths")
    page.get_by_role("link", name="Giá và dịch vụ").click()
    expect(page.locator("#ordered")).to_contain_text("3 kW")
    expect(page.locator("#ordered")).to_contain_text("đã trả tiền")
    assert_accessible(page)
    page.locator("#prices").get_by_role("button", name="Bỏ").first.click()
    page.get_by_role("button", name="Bỏ giá này").click()
    expect(page.locator("#prices")).to_contain_text("mọi gian theo giá niêm yết")
    page.goto(f"{server.url}{FAIR}/plan?booth=A02")
    expect(page.locator("#drawer")).to_contain_text("16.038.000")
    assert_quiet(page)
