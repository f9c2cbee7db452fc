"""Three people and one plan: a visitor on a phone, an organiser at the printer, and another site that shows it.

Through the browser alone; the site of others is served from a port of its own, which makes it another origin.
"""

import io
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pypdfium2
from playwright.sync_api import Browser, Page, expect

from tests.booths.test_plan_page import FAIR as TEST_FAIR
from tests.booths.test_plan_page import coming, rival_takes
from tests.support.browser import assert_accessible, assert_fits, assert_quiet, new_context, sign_in, watched
from tests.support.live_server import LiveServer, demo_passwords

__all__ = ["coming"]

PAST, NEXT = "/fairs/hanoi-2019", "/fairs/hanoi-next"
READY = "[data-ready]"
BOOTHS = "#hall"  # axe wants the written words in the name as they stand; a mark stands for words that are in it


def ready(page: Any) -> None:
    expect(page.locator(READY)).to_be_attached()


def test_a_visitor_colours_by_province_finds_an_exhibitor_and_opens_the_link(
    demo_server: LiveServer, browser: Browser, phone_page: Page
) -> None:
    phone, plan = phone_page, f"{demo_server.url}{PAST}/plan"
    phone.goto(plan)
    ready(phone)
    before = phone.locator("#hall").evaluate("svg => svg.style.transform")
    phone.locator("[data-views]").select_option("province")
    expect(phone.locator("#hall[data-paints='let']")).to_be_attached()
    assert phone.url.endswith("view=province")
    assert phone.locator("#hall").evaluate("svg => svg.style.transform") == before, "the plan stayed where it was"
    assert phone.locator("#hall .b.let.in .mk").count() > 10
    phone.locator(".plan-legend summary").click()
    expect(phone.locator(".legend-groups li").first).to_be_visible()
    assert_accessible(phone, BOOTHS)
    assert_fits(phone)
    phone.locator(".plan-legend summary").click()
    name = phone.locator("#hall .b.let.in").first.get_attribute("aria-label")
    assert name is not None
    number, company = re.match(r"^(\S+), [^:]+: ([^,]+),", name).groups()  # type: ignore[union-attr]
    phone.locator(".plan-search input[name=q]").fill(number)
    phone.locator(".plan-search input[name=q]").press("Enter")
    phone.wait_for_url(re.compile(rf"booth={number}&view=province"))
    ready(phone)
    expect(phone.locator("#drawer")).to_contain_text(company)
    expect(phone.locator(f"#b-{number}")).to_be_in_viewport()
    assert_quiet(phone)

    link = phone.url  # sent to somebody whose browser runs no script and reads English
    friend = new_context(browser, java_script_enabled=False, locale="en-GB").new_page()
    friend.goto(link)
    expect(friend.locator("#drawer")).to_contain_text(f"Let to {company}" if company in friend.content() else "Let to")
    expect(friend.locator("select[name=view]")).to_have_value("province")
    expect(friend.locator(f"#b-{number}")).to_have_class(re.compile(r"\bhere\b.*\bin\b"))
    friend.locator("select[name=view]").select_option("zone")
    friend.locator(".plan-filters [data-apply]").click()
    expect(friend.locator("#hall[data-paints*='free']")).to_be_attached()


def test_an_organiser_prints_a_hand_out_and_a_wall_plan(demo_server: LiveServer, page: Page) -> None:
    sign_in(page, demo_server.url, "organiser@example.com", demo_passwords(demo_server)["owner"])
    page.goto(f"{demo_server.url}{PAST}/plan")
    ready(page)
    page.locator("[popovertarget=print]").click()
    expect(page.locator("#print")).to_be_visible()
    assert_accessible(page, BOOTHS)
    for paper, size in (("A3", (420, 297)), ("A0", (1189, 841))):
        page.locator("#print-paper").select_option(paper)
        asked = page.locator("#print form").evaluate(
            "form => `${form.action}?${new URLSearchParams(new FormData(form))}`"
        )
        answer = page.request.get(asked)
        assert answer.status == 200 and answer.headers["content-type"] == "application/pdf"
        with pypdfium2.PdfDocument(io.BytesIO(answer.body())) as document:
            first = document[0]
            sides = sorted((first.get_width() * 25.4 / 72, first.get_height() * 25.4 / 72), reverse=True)
            assert [round(side) for side in sides] == list(size)
            text = first.get_textpage().get_text_range()
            booths = page.locator("#hall .b:not(.show)").evaluate_all("all => all.map((one) => one.dataset.n)")
            assert set(booths) <= set(text.split()), "every number of the hall is on the sheet"
            assert ("Đơn vị trưng bày" in text) == (paper == "A0")
    with page.expect_popup() as opened:
        page.locator("#print form button", has_text="Kèm giá").click()
    opened.value.close()
    page.goto(f"{demo_server.url}{NEXT}/organise/booths")
    page.get_by_role("link", name="In, nhúng").click()
    expect(page.locator("textarea").first).to_have_value(re.compile(r'^<iframe src="http://[^"]+/plan/embed\?lang=vi"'))
    expect(page.frame_locator("iframe").locator(READY)).to_be_attached()
    assert_accessible(page)
    assert_fits(page)
    assert_quiet(page)


@contextmanager
def other_site(body: str) -> Iterator[str]:
    """A page of somebody else's, at an origin of its own."""

    class Page_(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = f"<!doctype html><html lang=en><title>Ours</title><h1>Ours</h1>{body}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page_)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_another_site_shows_the_plan_and_a_hold_within_two_seconds(coming: Any, browser: Browser) -> None:
    embed = f"{coming.url}{TEST_FAIR}/plan/embed"
    body = (
        f'<iframe id="plan" src="{embed}?lang=en" title="Plan" width="900" height="640"></iframe>'
        f'<iframe id="whole" src="{coming.url}{TEST_FAIR}/plan" title="No" width="300" height="300"></iframe>'
        f'<iframe id="key" src="{coming.url}/sign-in" title="No" width="300" height="300"></iframe>'
    )
    with other_site(body) as site:
        context = new_context(browser, locale="en-GB")
        page = watched(context.new_page())
        page.goto(site)
        plan = page.frame_locator("#plan")
        ready(plan)
        expect(plan.locator("#b-A05")).to_have_attribute("aria-label", re.compile("^A05, free"))
        for frame in ("#whole", "#key"):
            expect(page.frame_locator(frame).locator("main")).to_have_count(0)
        refused = [said for said in page.heard if "frame-ancestors" in said]  # type: ignore[attr-defined]
        assert len(refused) == 2, "and every other page of ours refuses to stand in it"

        rival_takes(coming, "A05")
        begun = time.monotonic()
        expect(plan.locator("#b-A05")).to_have_class(re.compile(r"\bheld\b"), timeout=4000)
        assert time.monotonic() - begun < 2.0
        assert context.cookies() == []

        with context.expect_page() as opened:
            plan.locator("#b-A03").click()
        expect(opened.value.locator("#drawer")).to_contain_text("A03")
        assert opened.value.url.startswith(f"{coming.url}{TEST_FAIR}/plan?lang=en&booth=A03")
        opened.value.close()  # a page in the background gets no keys
        plan.locator("input[name=q]").fill("A05")
        plan.locator("input[name=q]").press("Enter")
        expect(plan.locator(".embed-found a")).to_contain_text("A05")
        expect(plan.locator("#b-A05")).to_have_class(re.compile(r"\bhere\b"))
        context.close()
    headers = urllib.request.urlopen(embed, timeout=20).headers
    assert "frame-ancestors *" in headers["Content-Security-Policy"] and headers["Set-Cookie"] is None
