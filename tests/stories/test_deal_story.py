"""A contract of 40,000 USD: recorded at the booth, confirmed from Tokyo, amended, confirmed again, verified, counted.

Through the browser, real mail and the public API alone.
"""

import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.deals.conftest import PDF
from tests.support.browser import PHONE, assert_accessible, assert_fits, assert_quiet, new_context, watched
from tests.support.cast import PASSWORD, let_booth

OPENING = datetime(2019, 12, 12, 3, 0, tzinfo=UTC)  # the first day, 10:00 in Hà Nội, noon in Tokyo
BUYER = "haruka@sakura-zakka.example"


@pytest.fixture
def fair(live_server: Any, mail_sink: Any) -> Any:
    """The server on the fair's first day, with a mail server to send to; Ema has her booth."""
    with live_server.app.app_context():
        let_booth(live_server.cast.exhibitor, "A19")
    ahead = int((OPENING - datetime.now(UTC)).total_seconds())
    live_server.restart(FAIR_MAIL_URL=mail_sink.url, FAIR_CLOCK_OFFSET_SECONDS=str(ahead))
    return live_server


@pytest.fixture
def people(browser: Browser) -> Iterator[dict[str, Page]]:
    """Ema with a phone at her booth, Haruka with a phone in Tokyo, Dana at the deal desk's laptop."""
    phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True}
    contexts = {
        "ema": new_context(browser, **phone),
        "haruka": new_context(browser, locale="en-GB", timezone_id="Asia/Tokyo", **phone),
        "dana": new_context(browser),
    }
    yield {name: watched(context.new_page()) for name, context in contexts.items()}
    for context in contexts.values():
        context.close()


def sign_in(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/sign-in")
    page.locator("input[name=email]").fill(f"{name}@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/sign-in" not in address)


def body_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage, needle: str) -> str:
    return next(link for link in re.findall(r"http://\S+", body_of(mail)) if needle in link)


def api(server: Any, token: str, path: str, body: Any = None) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{server.url}/api/v1/fairs/test-fair{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def deal_figures(server: Any, token: str) -> dict[str, int]:
    _status, answer = api(server, token, "/figures?rule=iso")
    wanted = ("deals_declared", "deals_confirmed", "deals_verified", "deals_recorded")
    return {figure["id"]: figure["value"] for figure in answer["figures"] if figure["id"] in wanted}


def register_from_tokyo(page: Page, server: Any, mail_sink: Any) -> None:
    """Haruka registers as an importer and opens the badge that was mailed to her."""
    page.goto(f"{server.url}/fairs/test-fair/register?lang=en")
    page.locator("input[name=name]").fill("Sato Haruka")
    page.locator("input[name=company]").fill("Sakura Zakka")
    category = page.locator("select[name=category]")
    if category.count():
        category.select_option("importer")
    else:
        page.locator("input[name=category][value=importer]").check()
    page.locator("select[name=country]").select_option("JP")
    page.locator("input[name=email]").fill(BUYER)
    page.locator("input[name=agreed]").check()
    page.get_by_role("button", name="Get my badge").click()
    page.wait_for_url("**/badge/**")
    badge = mail_sink.wait_for(BUYER, 1)[0]
    page.goto(link_in(badge, "/badge/"))
    expect(page.get_by_role("button", name="This is my address")).to_have_count(0)


def record_contract(page: Page, server: Any) -> str:
    """Ema, at her booth: the buyer by name, the value, the scanned contract."""
    page.goto(f"{server.url}/fairs/test-fair/deals/record")
    page.get_by_label("Tên, công ty hoặc số thẻ").fill("sakura")
    page.locator(".buyer-choice", has_text="Sakura Zakka").click()
    page.get_by_label("Hợp đồng", exact=True).check()
    page.locator("#value").fill("40.000")
    page.locator("#currency").select_option("USD")
    page.locator("#category").select_option("ceramics")
    page.locator("#subject").fill("Ấm chén men lam, 900 bộ")
    page.locator("#document").set_input_files({"name": "hợp đồng.pdf", "mimeType": "application/pdf", "buffer": PDF})
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("button", name="Ghi giao dịch này").click()
    page.wait_for_url(re.compile(r"/deals/GD-\d+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("40.000,00 USD")
    assert_fits(page)
    return page.url.rsplit("/", 1)[-1]


def test_contract_goes_from_the_booth_to_tokyo_and_into_the_figures(
    fair: Any, mail_sink: Any, people: dict[str, Page]
) -> None:
    ema, haruka, dana = people["ema"], people["haruka"], people["dana"]
    organiser = fair.token("test-fair", "organiser")
    register_from_tokyo(haruka, fair, mail_sink)

    # The exhibitor records it: one side says so.
    sign_in(ema, fair.url, "ema")
    number = record_contract(ema, fair)
    assert deal_figures(fair, organiser) == {
        "deals_declared": 1, "deals_confirmed": 0, "deals_verified": 0, "deals_recorded": 1,
    }  # fmt: skip

    # The buyer, in Tokyo and in English, gets the mail and confirms without an account.
    first_mail = mail_sink.wait_for(BUYER, 2)[1]
    assert "USD 40,000.00" in str(first_mail["Subject"]).replace("\u00a0", " ")
    first_link = link_in(first_mail, "/deals/answer/")
    haruka.goto(first_link)
    expect(haruka.locator("html")).to_have_attribute("lang", "en")
    expect(haruka.locator(".answer-value")).to_have_text("USD 40,000.00")
    assert_fits(haruka)
    assert_accessible(haruka)
    assert deal_figures(fair, organiser)["deals_confirmed"] == 0  # opening the page answers nothing
    haruka.get_by_role("button", name="Confirm revision 1").click()
    expect(haruka.locator("h1")).to_have_text("You said: revision 1 is right")
    assert deal_figures(fair, organiser)["deals_confirmed"] == 1
    assert "GD-" in str(mail_sink.wait_for("ema@example.org", 1)[0]["Subject"])

    # The exhibitor amends: the confirmation falls, and the old link confirms nothing any more.
    ema.goto(f"{fair.url}/fairs/test-fair/deals/{number}/amend")
    ema.locator("#value").fill("42.500")
    expect(ema.locator(".deal-changes")).to_contain_text("40.000,00 → 42.500")
    ema.get_by_role("button", name="Ghi bản 2").click()
    ema.wait_for_url(re.compile(r"/deals/GD-\d+$"))
    expect(ema.locator(".knot.is-void")).to_contain_text("Sakura Zakka xác nhận bản 1")
    assert deal_figures(fair, organiser) == {
        "deals_declared": 1, "deals_confirmed": 0, "deals_verified": 0, "deals_recorded": 1,
    }  # fmt: skip
    haruka.goto(first_link)
    expect(haruka.get_by_role("button", name=re.compile("Confirm"))).to_have_count(0)
    expect(haruka.locator("h1")).to_have_text("Revision 1 was replaced")

    # Neither does the exhibitor's own program confirm in the buyer's name.
    token = fair.token("test-fair", "exhibitor", "--exhibitor", str(fair.cast.exhibitor.id))
    deal_id = api(fair, token, f"/deals?q={number}")[1]["items"][0]["id"]
    refused, problem = api(fair, token, f"/deals/{deal_id}/confirmations", {"revision": 2, "side": "buyer"})
    assert (refused, problem["code"]) == (403, "not_your_side")

    # The buyer confirms the new revision by the new mail.
    second_mail = mail_sink.wait_for(BUYER, 3)[2]
    text = " ".join(body_of(second_mail).replace("\u00a0", " ").split())
    assert "changed the value from USD 40,000.00 to USD 42,500.00" in text
    haruka.goto(link_in(second_mail, "/deals/answer/"))
    haruka.get_by_role("button", name="Confirm revision 2").click()
    expect(haruka.locator(".note.ok")).to_contain_text("Both sides have now confirmed revision 2")

    # The organiser looks at the scan, seals it, and sees it apart from what is only declared.
    assert api(fair, token, "/deals", SMALL_DEAL | {"buyer": fair.cast.buyer.id})[0] == 201
    sign_in(dana, fair.url, "dana")
    dana.goto(f"{fair.url}/fairs/test-fair/deals/{number}")
    scan = dana.request.get(fair.url + str(dana.get_by_role("link", name="Xem chứng từ").get_attribute("href")))
    assert (scan.status, scan.body()) == (200, PDF)
    assert_accessible(dana)
    dana.get_by_role("button", name="Thẩm tra bản 2").click()
    expect(dana.locator(".deal-state")).to_have_text("Đã thẩm tra bản 2")
    assert deal_figures(fair, organiser) == {
        "deals_declared": 1, "deals_confirmed": 0, "deals_verified": 1, "deals_recorded": 2,
    }  # fmt: skip
    dana.goto(f"{fair.url}/fairs/test-fair/deals?state=verified")
    expect(dana.locator("tbody tr")).to_have_count(1)
    expect(dana.locator("tfoot")).to_contain_text("42.500,00 USD")
    assert_accessible(dana)
    for page in people.values():
        assert_quiet(page)


SMALL_DEAL = {
    "kind": "order",
    "category": "ceramics",
    "amount_minor": 5_000_000,
    "currency": "VND",
    "signed_on": "2019-12-12",
}
