"""Journey 4: the organiser opens the report of hanoi-2019 and reaches the rows behind each of the five figures."""

import re

from playwright.sync_api import Page, expect

from app.demo.edition import SMALL
from app.fairs.lookup import fair_by_slug
from app.reports.figures import figures_of
from app.reports.rules import RULES
from app.reports.tally import Tally
from tests.support.browser import assert_accessible, assert_fits, assert_quiet, sign_in
from tests.support.live_server import LiveServer, demo_passwords

FIVE = ("booths", "provinces", "countries", "visits", "deals_recorded")


def values(server: LiveServer) -> dict[str, int]:
    with server.app.app_context():
        found = figures_of(Tally(fair_by_slug("hanoi-2019")), RULES["iso"])
        return {figure_id: int(found[figure_id].value or 0) for figure_id in FIVE}


def plain(number: int) -> str:
    """As a Vietnamese page writes it."""
    return f"{number:,}".replace(",", ".")


def test_the_organiser_reaches_the_rows_behind_each_of_the_five_figures_in_two_clicks(
    demo_server: LiveServer, page: Page
) -> None:
    expected = values(demo_server)
    assert expected["visits"] == SMALL.visits
    sign_in(page, demo_server.url, "organiser@example.com", demo_passwords(demo_server)["owner"])
    for figure_id in FIVE:
        page.goto(f"{demo_server.url}/fairs/hanoi-2019/organise/")
        page.get_by_role("link", name="Báo cáo", exact=True).first.click()
        link = page.locator(f".report-lead a[href$='/report/{figure_id}']").first
        expect(link).to_have_text(plain(expected[figure_id]))
        link.click()
        page.wait_for_url(re.compile(f"/report/{figure_id}$"))
        expect(page.locator("h1")).to_contain_text(plain(expected[figure_id]))
        expect(page.locator(".evidence-sum")).to_contain_text(plain(expected[figure_id]))
        seen = page.locator("table.rows tbody tr").count()
        while page.locator("a[rel=next]").count():
            page.locator("a[rel=next]").click()
            page.wait_for_load_state()
            seen += page.locator("table.rows tbody tr").count()
        assert seen == expected[figure_id]
    assert_quiet(page)


def test_rows_are_narrowed_searched_and_taken_along(demo_server: LiveServer, page: Page) -> None:
    sign_in(page, demo_server.url, "organiser@example.com", demo_passwords(demo_server)["owner"])
    page.goto(f"{demo_server.url}/fairs/hanoi-2019/report/exhibitors")
    page.locator("input[name=q]").fill("gom thuy huong")
    page.get_by_role("button", name="Lọc các dòng").click()
    expect(page.locator("table.rows tbody tr")).to_have_count(1)
    expect(page.locator("table.rows tbody th")).to_have_text("Công ty TNHH Gốm Thuỳ Hương")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 2
    assert "Gốm Thuỳ Hương" in text
    page.locator("input[name=q]").fill("không ai tên thế này")
    page.get_by_role("button", name="Lọc các dòng").click()
    page.get_by_role("link", name="Bỏ bộ lọc").first.click()
    assert page.locator("table.rows tbody tr").count() > 1


def test_the_reports_pages_are_accessible_and_fit_a_phone(
    demo_server: LiveServer, page: Page, phone_page: Page
) -> None:
    password = demo_passwords(demo_server)["owner"]
    for screen in (page, phone_page):
        sign_in(screen, demo_server.url, "organiser@example.com", password)
        for path in ("report", "report?rule=fr&lang=en", "report/visits", "report/deals_recorded", "report/provinces"):
            screen.goto(f"{demo_server.url}/fairs/hanoi-2019/{path}")
            assert_accessible(screen)
            assert_fits(screen)
        assert_quiet(screen)
