"""`device`: in Chromium, from a camera's frame to the verdict; a code's signature; a fair's snapshot of 13,000 badges.

A phone of 2019 is stood in for by this machine's browser at a quarter of its time: all its processes, with all their
threads, are stopped for three of every four parts, as the decoder's thread would be slower there too.
"""

import os
import random
import signal
import tempfile
import threading
import time
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
BADGES = 20
A_SECOND = 2  # frames of the film
RUNS_S = 0.002
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
# From the instant at which the camera took the frame to that at which the verdict has been painted.
WATCH = """window.took_ = []; new MutationObserver(() => {
  const { frameAt } = document.getElementById("verdict").dataset;
  if (!frameAt) return;
  requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => took_.push(performance.now() - Number(frameAt)); port2.postMessage(0); });
}).observe(document.getElementById("verdict"), { attributeFilter: ["data-scan"] })"""
BUSY = "() => { const began = performance.now(); for (let n = 0; n < 5e8;) n += 1; return performance.now() - began; }"
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
  const { Facts, openStore } = await import("/static/js/gate_store.js");
  const began = performance.now();
  const store = await openStore(slug);
  const facts = new Facts(await store.get("snapshot"), await store.own());
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
            with at.serving(), _gate(at, film) as (page, pids):
                busy = page.evaluate(BUSY)
                for case, slower in (("this machine", False), ("at a quarter of its time", True)):
                    with _slowed(pids if slower else []):
                        if slower:  # a machine that others load leaves less to take away
                            bench.note(case, "a busy loop takes so much longer", [page.evaluate(BUSY) / busy], "×")
                        _measure(bench, page, codes, case)
        finally:
            del at.server.settings["FAIR_CLOCK_OFFSET_SECONDS"]


def _measure(bench: Bench, page: Any, codes: list[str], case: str) -> None:
    frames, tokens, loads = [], [], []
    for _run in range(bench.runs):
        page.evaluate("took_.length = 0")
        page.wait_for_timeout(1000 * (BADGES + 2) / A_SECOND)
        took = page.evaluate("took_")
        require(len(took) >= BADGES - 2, f"of {BADGES} badges before the camera {len(took)} were answered")
        frames.append(share(took, 95))
        seconds, badges, keys = page.evaluate(LOAD, FAIR)
        require(badges > 12_000, f"a snapshot of {badges} badges")
        loads.append(seconds)
        tokens.append(share(page.evaluate(CHECK, [random.sample(codes, bench.size(1000)), keys]), 95))
    bench.note(case, "frame to verdict, p95", frames, "ms", at_most=FRAME_MS)
    bench.note(case, "token check, p95", tokens, "ms", at_most=None if "quarter" in case else TOKEN_MS)
    bench.note(case, f"snapshot of {badges:,} badges", loads, "ms", at_most=None if "quarter" in case else SNAPSHOT_MS)


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
def _gate(at: Stage, film: Path) -> Iterator[tuple[Any, list[int]]]:
    """The gate's page in a phone's size with its camera, and the processes of its browser."""
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
        before = _browsers()
        browser = launch(playwright, *CAMERA, f"--use-file-for-fake-video-capture={film}")
        context = new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True, permissions=["camera"])
        context.add_cookies([{"name": "phien", "value": cookie, "url": at.server.url}])
        page = context.new_page()
        page.goto(f"{at.server.url}/fairs/{FAIR}/gate")
        page.locator("#gate-list button").first.click()
        page.locator("body[data-ready]").wait_for(state="attached", timeout=30_000)
        page.evaluate(WATCH)
        yield page, _browsers() - before
        browser.close()


def _browsers() -> set[int]:
    """The processes of browsers that descend from this one."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _end, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            parents[int(entry.name)], names[int(entry.name)] = int(rest.split()[1]), name

    def is_ours(pid: int) -> bool:
        while pid in parents:
            if pid == os.getpid():
                return True
            pid = parents[pid]
        return False

    return {pid for pid, name in names.items() if name.startswith("chrom") and is_ours(pid)}


@contextmanager
def _slowed(pids: Any) -> Iterator[None]:
    """Stop and continue these processes so that they have a quarter of the time."""
    ended = threading.Event()

    def beat() -> None:
        ran = RUNS_S
        while not ended.is_set():
            _tell(pids, signal.SIGSTOP)
            time.sleep(3 * ran)
            went_on = time.perf_counter()
            _tell(pids, signal.SIGCONT)
            time.sleep(RUNS_S)
            ran = time.perf_counter() - went_on  # a busy machine wakes this thread late

    beating = threading.Thread(target=beat, daemon=True)
    if pids:
        beating.start()
    try:
        yield
    finally:
        ended.set()
        if pids:
            beating.join()
            _tell(pids, signal.SIGCONT)


def _tell(pids: Any, what: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            continue
