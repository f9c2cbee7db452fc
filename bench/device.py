"""`device`: in Chromium, from a camera's frame to the verdict; a code's signature; a fair's snapshot of 13,000 badges.

A phone of 2019 is stood in for by a page's thread that is four times slower. Chromium leaves other threads as they are,
so what the decoder's thread took for the frame is counted four times too.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.frame import Bench, require, share
from bench.stage import Stage, stage

FAIR = "hanoi-2019"
FRAME_MS, TOKEN_MS, SNAPSHOT_MS = 150, 1, 500
HERE = "this machine"
BADGES = 20
A_SECOND = 2  # frames of the film
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
SLOWER = 4
# How long the decoder's thread had the last frame.
READING = """window.slower_ = 1; window.reading_ = 0; const truly_ = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (...all) { const began = performance.now();
  this.addEventListener("message", () => { reading_ = performance.now() - began; }, { once: true });
  return truly_.apply(this, all); };"""
# From the instant at which the camera took the frame to that at which the verdict has been painted.
WATCH = """window.took_ = []; new MutationObserver(() => {
  const { frameAt } = document.getElementById("verdict").dataset;
  if (!frameAt) return;
  requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => took_.push(performance.now() - Number(frameAt) + (slower_ - 1) * reading_);
    port2.postMessage(0); });
}).observe(document.getElementById("verdict"), { attributeFilter: ["data-scan"] })"""
# One after the other, each in milliseconds, its decoding from digits included.
CHECK = """async ([codes, keys]) => {
  const { decode, isGenuine } = await import("/static/js/badge_token.js");
  const took = [];
  for (const code of codes) {
    const began = performance.now();
    const token = decode(code);
    if (!(await isGenuine(token, keys[token.payload.key]))) throw new Error("not genuine");
    took.push(performance.now() - began);
  }
  return took;
}"""
# What a page does with its snapshot when it opens: read it, and have it ready to look things up in.
LOAD = """async (slug) => {
  const { openStore } = await import("/static/js/gate_store.js");
  const began = performance.now();
  const store = await openStore(slug);
  const facts = await store.facts();
  return [performance.now() - began, facts.badges.size, facts.raw.keys];
}"""


def device(bench: Bench) -> None:
    at = stage("sqlite")
    codes = _codes(at)
    with tempfile.TemporaryDirectory(prefix="phien-bench-camera-") as folder:
        with at.serving():
            film = _film(at, Path(folder), codes)
        at.server.settings["FAIR_CLOCK_OFFSET_SECONDS"] = str(_to_the_fair())
        try:
            with at.serving(), _gate(at, film) as page:
                wire = page.context.new_cdp_session(page)
                for case, rate in ((HERE, 1), (f"{SLOWER} times slower", SLOWER)):
                    wire.send("Emulation.setCPUThrottlingRate", {"rate": rate})
                    page.evaluate(f"slower_ = {rate}")
                    _measure(bench, page, codes, case)
        finally:
            del at.server.settings["FAIR_CLOCK_OFFSET_SECONDS"]


def _measure(bench: Bench, page: Any, codes: list[str], case: str) -> None:
    frames, middles, tokens, loads = [], [], [], []
    for _run in range(bench.runs):
        page.evaluate("took_.length = 0")
        page.wait_for_timeout(1000 * (BADGES + 2) / A_SECOND)
        took = page.evaluate("took_")
        require(len(took) >= BADGES - 2, f"of {BADGES} badges before the camera {len(took)} were answered")
        frames.append(share(took, 95))
        middles.append(share(took, 50))
        seconds, badges, keys = page.evaluate(LOAD, FAIR)
        require(badges > 12_000, f"a snapshot of {badges} badges")
        loads.append(seconds)
        tokens.append(share(page.evaluate(CHECK, [random.sample(codes, bench.size(1000)), keys]), 95))
    bench.note(case, "frame to verdict, p95", frames, "ms", at_most=FRAME_MS)
    bench.note(case, "frame to verdict, p50", middles, "ms")
    bench.note(case, "token check, p95", tokens, "ms", at_most=TOKEN_MS if case == HERE else None)
    bench.note(case, f"snapshot of {badges:,} badges", loads, "ms", at_most=SNAPSHOT_MS if case == HERE else None)


def _codes(at: Stage) -> list[str]:
    rows = at.run(
        "SELECT b.token FROM badge b JOIN fair f ON f.id = b.fair_id WHERE f.slug = :slug AND b.state = 'valid'",
        slug=FAIR,
    )
    return [row.token for row in rows]


def _film(at: Stage, folder: Path, codes: list[str]) -> Path:
    """Twenty badges as printed, each in a frame of its own."""
    import urllib.request

    from tests.support.film import film, paper, photograph

    chosen = ",".join(f"'{code}'" for code in random.sample(codes, BADGES))  # digits alone
    ids = [row.id for row in at.run(f"SELECT id FROM badge WHERE token IN ({chosen})")]
    headers = {"Authorization": f"Bearer {at.token(FAIR, 'organiser')}"}
    frames = []
    for n, badge in enumerate(ids):
        asked = urllib.request.Request(f"{at.server.url}/api/v1/fairs/{FAIR}/badges/{badge}.pdf", headers=headers)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            frames.append(photograph(paper(answer.read()), n))
    return film(folder / "badges.y4m", frames, A_SECOND)


def _to_the_fair() -> int:
    """Seconds from now to noon of the edition's second day, when its badges are let in."""
    noon = datetime(2019, 12, 14, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    return int((noon - datetime.now(UTC)).total_seconds())


@contextmanager
def _gate(at: Stage, film: Path) -> Iterator[Any]:
    """The gate's page in a phone's size with its camera."""
    from playwright.sync_api import sync_playwright
    from sqlalchemy import select

    from app.accounts.models import Person
    from app.db import db
    from tests.support.browser import PHONE, launch, new_context

    with at.app.app_context():
        cookie = at.server.session_of(
            db.session.scalars(select(Person).where(Person.email == "gate@example.com")).one()
        )
        db.session.remove()
    with sync_playwright() as playwright:
        browser = launch(playwright, *CAMERA, f"--use-file-for-fake-video-capture={film}")
        context = new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True, permissions=["camera"])
        context.add_cookies([{"name": "phien", "value": cookie, "url": at.server.url}])
        context.add_init_script(READING)
        page = context.new_page()
        page.goto(f"{at.server.url}/fairs/{FAIR}/gate")
        page.locator("#gate-list button").first.click()
        page.locator("body[data-ready]").wait_for(state="attached", timeout=30_000)
        page.evaluate(WATCH)
        yield page
        browser.close()
