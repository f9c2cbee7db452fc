"""A buyer in Japan registers, gets the badge by mail, and comes in: in the morning, after lunch, and the next day."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import zxingcpp
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import select

from app.db import db
from app.fairs.models import Buyer
from tests.support.browser import DESK, PHONE, assert_fits, assert_quiet, launch, new_context, sign_in, watched
from tests.support.cast import PASSWORD
from tests.support.mail_sink import MailSink
from tests.support.paper import pictures
from tests.visitors.stage import change_fair, counts, film

HA_NOI = ZoneInfo("Asia/Ho_Chi_Minh")
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def test_two_visits_and_three_entries(
    live_server: Any, mail_sink: MailSink, browser: Any, playwright: Playwright, tmp_path: Path
) -> None:
    today = datetime.now(HA_NOI).date()
    morning = (datetime.combine(today, time(9, 30), HA_NOI) - datetime.now(UTC)).total_seconds()
    change_fair(live_server.app, starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=2))
    live_server.restart(FAIR_MAIL_URL=mail_sink.url, FAIR_CLOCK_OFFSET_SECONDS=str(int(morning)))

    code = register_from_japan(browser, live_server, mail_sink)

    path = film(tmp_path / "badge.mjpeg", code)
    chromium = launch(playwright, *CAMERA, f"--use-file-for-fake-video-capture={path}")
    try:
        gate = new_context(chromium, viewport=PHONE, has_touch=True, permissions=["camera"])
        phone = watched(gate.new_page())
        sign_in(phone, live_server.url, "gia@example.org", PASSWORD)

        # In the morning, with the network cut and back.
        phone.goto(f"{live_server.url}/fairs/test-fair/gate")
        expect(phone.locator("body[data-ready]")).to_be_attached()
        gate.set_offline(True)
        phone.get_by_role("button", name="Cổng 1").click()
        verdict(phone, "admitted")
        expect(phone.locator("#strip")).to_contain_text("1 lượt chờ gửi")
        assert counts(live_server.app) == (0, 0)
        gate.set_offline(False)
        expect(phone.locator("#sent")).to_have_text("đã gửi hết", timeout=30_000)
        assert counts(live_server.app) == (1, 1)

        # After lunch: the server dies between the scan and its answer, and comes back.
        live_server.at(morning + 4 * 3600)
        killed: list[str] = []

        def die_before_answering(route: Any) -> None:
            if killed:
                return route.continue_()
            killed.append(route.fetch().text())
            live_server.kill()
            return route.abort()

        phone.route("**/scans", die_before_answering)
        phone.reload()
        # Shown for two seconds, and the kill may take as long: what it said stays readable.
        shown = phone.locator('#verdict[data-verdict="admitted_again"]')
        expect(shown).to_be_attached(timeout=20_000)
        expect(shown.locator("#v-why")).to_contain_text("09:3")
        expect(phone.locator("#strip")).to_contain_text("Mất mạng", timeout=15_000)
        assert counts(live_server.app) == (1, 2)
        live_server.start()
        expect(phone.locator("#sent")).to_have_text("đã gửi hết", timeout=30_000)
        assert counts(live_server.app) == (1, 2)

        # The next day.
        live_server.at(morning + 24 * 3600)
        phone.reload()
        verdict(phone, "admitted")
        expect(phone.locator("#sent")).to_have_text("đã gửi hết", timeout=30_000)
        expect(phone.locator("#v-name")).to_contain_text("Yamamoto Kenichirō")
        assert_quiet(phone)
    finally:
        chromium.close()

    entries_and_visits(browser, live_server)


def register_from_japan(browser: Any, server: Any, sink: MailSink) -> str:
    """The form, the mail with the sheet, the mailed link; returns the code on the printed badge."""
    context = new_context(browser, viewport=PHONE, locale="en-GB", timezone_id="Asia/Tokyo")
    page = watched(context.new_page())
    page.goto(f"{server.url}/fairs/test-fair/register")
    page.get_by_label("Name as it should appear on the badge").fill("Yamamoto Kenichirō")
    page.get_by_label("Company or organisation").fill("Tōkyō Zakka")
    page.get_by_label("Importer").check()
    page.get_by_label("Country").select_option("JP")
    expect(page.get_by_label("Province or city")).to_be_hidden()
    page.get_by_label("E-mail", exact=False).first.fill("not an address")
    page.get_by_role("button", name="Get my badge").click()
    expect(page.get_by_label("Company or organisation")).to_have_value("Tōkyō Zakka")  # what was typed is kept
    expect(page.get_by_text("Without these details no badge can be made.").first).to_be_visible()
    page.get_by_label("E-mail", exact=False).first.fill("kenichiro@example.jp")
    page.get_by_label("I have read what my details are used for").check()
    page.get_by_role("button", name="Get my badge").click()
    expect(page.get_by_role("heading", name="Yamamoto Kenichirō")).to_be_visible()
    assert_fits(page)

    [mail] = sink.wait_for("kenichiro@example.jp", seconds=30)
    [sheet] = [part for part in mail.iter_attachments() if part.get_content_type() == "application/pdf"]
    [picture] = pictures(sheet.get_content())
    [read] = zxingcpp.read_barcodes(picture)
    assert len(read.text) == 193

    text = mail.get_body(("plain",)).get_content()
    link = next(word for word in text.split() if word.startswith(f"{server.url}/fairs/test-fair/badge/"))
    page.goto(link)
    expect(page.get_by_text("Thank you: this address is confirmed.")).to_be_visible()
    with server.app.app_context():
        buyer = db.session.scalars(select(Buyer).where(Buyer.email == "kenichiro@example.jp")).one()
        assert buyer.email_verified_at is not None
        db.session.rollback()
    assert_quiet(page)
    context.close()
    return str(read.text)


def verdict(page: Page, code: str) -> Any:
    shown = page.locator(f'#verdict[data-verdict="{code}"]')
    expect(shown).to_be_visible(timeout=20_000)
    return shown


def entries_and_visits(browser: Any, server: Any) -> None:
    """Visits: two, entries: three; by the public API and on the organiser's page."""
    context = new_context(browser, viewport=DESK)
    token = server.token("test-fair", "organiser")
    answer = context.request.get(
        f"{server.url}/api/v1/fairs/test-fair/scans", headers={"Authorization": f"Bearer {token}"}
    )
    kept = answer.json()["items"]
    assert sorted(scan["counts"] for scan in kept) == ["entry", "visit", "visit"]
    page = watched(context.new_page())
    sign_in(page, server.url, "ola@example.org", PASSWORD)
    first = sorted(scan["day"] for scan in kept)[0]
    page.goto(f"{server.url}/fairs/test-fair/organise/gates?day={first}")
    expect(page.get_by_text("2 lượt vào, 1 lượt khách")).to_be_visible()
    page.goto(f"{server.url}/fairs/test-fair/organise/gates")
    expect(page.get_by_text("1 lượt vào, 1 lượt khách")).to_be_visible()
    page.get_by_role("link", name="mọi lượt quét").click()
    expect(page.get_by_role("cell", name="Yamamoto Kenichirō")).to_be_visible()
    assert_fits(page)
    assert_quiet(page)
    context.close()
