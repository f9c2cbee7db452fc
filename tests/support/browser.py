"""A real browser, Debian's Chromium: Vietnamese by default, nothing but this machine reachable."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--force-color-profile=srgb",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = launch(playwright)
    yield chromium
    chromium.close()


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """Chromium as the tests use it; more arguments for a camera that plays a film, say."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("Chromium is not installed: apt-get install chromium")
    return playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """A visitor with cookies of their own."""
    chosen: dict[str, Any] = {"locale": "vi-VN", "viewport": DESK, "timezone_id": "Asia/Ho_Chi_Minh"} | options
    context = browser.new_context(**chosen)
    context.set_default_timeout(10_000)
    return context


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = new_context(browser)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A desk's screen, 1440 px wide."""
    return watched(context.new_page())


@pytest.fixture
def phone_page(browser: Browser) -> Iterator[Page]:
    """A phone's screen, 390 px wide, with touch."""
    context = new_context(browser, viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    yield watched(context.new_page())
    context.close()


def watched(page: Page) -> Page:
    """Collect what scripts threw and what the policy refused, for `assert_quiet`."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(f"script: {error}"))
    page.on("console", lambda said: heard.append(f"console: {said.text}") if "Content Security" in said.text else None)
    page.heard = heard  # type: ignore[attr-defined]
    return page


def scanner(page: Page, text: str) -> None:
    """A USB scanner types this wherever the focus is: its keys are 4 ms apart, however busy this machine is."""
    keyboard = page.context.new_cdp_session(page)
    began = time.time() - 0.004 * (len(text) + 1)
    keys = [(f"Digit{sign}" if sign.isdecimal() else "", sign, sign) for sign in text] + [("Enter", "Enter", "\r")]
    for n, (code, key, typed) in enumerate(keys):
        event = {"code": code, "key": key, "timestamp": began + 0.004 * n}
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": typed, **event})
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
    keyboard.detach()


def assert_quiet(page: Page) -> None:
    """No script failed and nothing was refused by the content security policy."""
    heard: list[str] = page.heard  # type: ignore[attr-defined]
    assert heard == [], "\n".join(heard)


def assert_accessible(page: Page, *without: str) -> None:
    """axe finds nothing against WCAG 2.2 AA; `without` names parts (CSS) that are left out."""
    page.evaluate(AXE.read_text())
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    scope = {"include": [["html"]], "exclude": [[part] for part in without]}
    answer = page.evaluate(f"axe.run({json.dumps(scope)}, {json.dumps(options)})")
    found = [
        f"{violation['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for violation in answer["violations"]
        for node in violation["nodes"]
    ]
    assert found == [], "\n".join(found)


def assert_fits(page: Page) -> None:
    """Nothing makes the page scroll sideways."""
    page.wait_for_load_state("domcontentloaded")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px wider than the screen"


def sign_in(page: Page, base_url: str, email: str, password: str) -> None:
    """Through the form, as people do."""
    page.goto(f"{base_url}/sign-in")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
