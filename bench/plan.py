"""`plan`: the floor plan's page with 650 and with 10,000 booths; `live`: 500 plans open while booths are held."""

import gzip
import json
import subprocess
import sys
import time
import urllib.request
from typing import Any

from bench.frame import ROOT, Bench, require, send, share
from bench.stage import Stage, stage

FAIR = "hanoi-next"
MANY = 10_000
OPEN_PLANS = 500
SECONDS = 20


def plan(bench: Bench) -> None:
    """A stranger's page over eight connections, the same page when nothing changed, and what a phone makes of it."""
    at = stage("sqlite")
    hall = _ten_thousand(at)
    with at.serving() as server:
        for case, path, bar, weight in (
            ("650 booths", f"/fairs/{FAIR}/plan", 60, 60),
            (f"{MANY:,} booths in one hall", f"/fairs/{FAIR}/plan?hall={hall}", 250, None),
        ):
            asked = {"port": server.port, "connections": 8, "headers": {"Accept": "text/html"}, "keep": 0}
            send(asked | {"requests": [["GET", path, None]] * 16})
            p95 = []
            for _run in range(bench.runs):
                seen = send(asked | {"requests": [["GET", path, None]] * bench.size(240)})
                require(set(seen["statuses"]) == {200}, f"{path} answered {set(seen['statuses'])}")
                p95.append(share(seen["ms"], 95))
            bench.note(case, "p95 at 8", p95, "ms", at_most=bar)
            body, tag, cookie = _fetched(server.port, path)
            bench.note(case, "page, gzip", [len(gzip.compress(body, 6)) / 1024], "KB", at_most=weight)
            same = {"Accept": "text/html", "If-None-Match": tag, "Cookie": cookie}
            seen = send(asked | {"connections": 1, "headers": same, "requests": [["GET", path, None]] * 60})
            require(set(seen["statuses"]) == {304}, f"{path} answered {set(seen['statuses'])} where nothing changed")
            bench.note(case, "304, p95", [share(seen["ms"][10:], 95)], "ms", at_most=5)
            told = _on_a_phone(f"http://127.0.0.1:{server.port}{path}", bench.runs)
            bench.note(case, "interactive, phone", told["interactive"], "ms", at_most=1000 if weight else None)
            bench.note(case, "frame while panning, p95", told["frames"], "ms", at_most=34)


def live(bench: Bench) -> None:
    """Every open plan is told of each hold; meanwhile others read pages."""
    at = stage("sqlite")
    at.server.settings |= {"FAIR_THREADS": str(3 * OPEN_PLANS), "FAIR_STREAMS_PER_ADDRESS": str(2 * OPEN_PLANS)}
    token = at.token(FAIR, "sales")
    exhibitor = at.run(
        "SELECT min(e.id) AS id FROM exhibitor e JOIN fair f ON f.id = e.fair_id WHERE f.slug = :slug", slug=FAIR
    )[0].id
    plans, seconds = bench.size(OPEN_PLANS), 5 if bench.quick else SECONDS
    with at.serving() as server:
        asked = {
            "port": server.port, "plans": plans, "seconds": seconds, "token": token, "exhibitor": exhibitor,
            "fair": FAIR, "booths": [f"A{n:02}" for n in range(1, 29)],
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "bench.watchers"], input=json.dumps(asked), capture_output=True, text=True,
            cwd=ROOT, check=False,
        )  # fmt: skip
        require(done.returncode == 0, f"the load process failed: {done.stderr[-500:]}")
        told = json.loads(done.stdout)
    require(told["held"] >= seconds - 1, f"only {told['held']} holds were made")
    require(told["open"] == plans, f"only {told['open']} of {plans} plans were served")
    require(told["seen"] == told["held"] * plans, f"{told['seen']} of {told['held'] * plans} were seen")
    bench.note(f"{plans} open plans, a hold a second", "seen everywhere", [told["slowest_ms"]], "ms", at_most=2000)
    bench.note(f"{plans} open plans, a hold a second", "other pages, p99", [told["others_p99"]], "ms", at_most=50)
    at.server.settings |= {"FAIR_THREADS": "", "FAIR_STREAMS_PER_ADDRESS": ""}


def _ten_thousand(at: Stage) -> str:
    """A hall of 10,000 booths of 3 × 3 m in blocks with aisles, a tenth of them let; its code."""
    if at.run("SELECT 1 FROM hall WHERE code = 'MANY'"):
        return "MANY"
    fair = at.run("SELECT id FROM fair WHERE slug = :slug", slug=FAIR)[0].id
    at.run(
        "INSERT INTO hall (fair_id, code, name, name_en, position, width_cm, depth_cm, features)"
        " VALUES (:fair, 'MANY', 'Nhà lớn', 'Large hall', 9, 46000, 45000, '[]')", fair=fair,
    )  # fmt: skip
    hall = at.run("SELECT id FROM hall WHERE code = 'MANY'")[0].id
    at.run(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        " INSERT INTO booth (fair_id, hall_id, number, x_cm, y_cm, width_cm, depth_cm, area_cm2, open_sides, kind,"
        " category, name, name_en, price_minor, state)"
        " SELECT :fair, :hall, 'M' || printf('%05d', i), 600 + (i % 100) * 300 + (i % 100) / 2 * 300,"
        " 600 + (i / 100) * 300 + (i / 100) / 10 * 600, 300, 300, 90000, 1, 'row', '', '', '', 14400000, 'free' FROM n",
        fair=fair, hall=hall, last=MANY - 1,
    )  # fmt: skip
    return "MANY"


def _fetched(port: int, path: str) -> tuple[bytes, str, str]:
    """A page's bytes, its ETag and the cookie that came with it."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        cookie = (answer.headers.get("Set-Cookie") or "").partition(";")[0]
        body, tag = answer.read(), answer.headers["ETag"]
    if cookie:  # the page of a session is another one
        request.add_header("Cookie", cookie)
        with urllib.request.urlopen(request, timeout=30) as answer:
            body, tag = answer.read(), answer.headers["ETag"]
    return body, tag, cookie


def _on_a_phone(url: str, runs: int) -> dict[str, list[float]]:
    """A phone's screen on 4G (9 Mbit/s, 60 ms) with a processor four times slower; frames are this machine's own."""
    from playwright.sync_api import sync_playwright

    from tests.support.browser import PHONE, launch, new_context

    interactive, frames = [], []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for _run in range(runs):
            context = new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True)
            page = context.new_page()
            wire = context.new_cdp_session(page)
            wire.send("Network.enable")
            wire.send(
                "Network.emulateNetworkConditions",
                {"offline": False, "latency": 60, "downloadThroughput": 9e6 / 8, "uploadThroughput": 3e6 / 8},
            )
            wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
            started = time.perf_counter()
            page.goto(url, wait_until="commit")
            page.locator("[data-module~=floorplan][data-ready]").wait_for(state="attached", timeout=60_000)
            interactive.append((time.perf_counter() - started) * 1000)
            wire.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            frames.append(share(_panned(page), 95))
            context.close()
        browser.close()
    return {"interactive": interactive, "frames": frames}


def _panned(page: Any) -> list[float]:
    """Milliseconds between frames while the plan is dragged to and fro."""
    page.locator("[data-zoom=in]").click()
    box = page.locator("[data-module~=floorplan] svg").first.bounding_box()
    page.evaluate(
        "window.frames_ = []; let last = performance.now(); requestAnimationFrame(function tick(now) {"
        " frames_.push(now - last); last = now; requestAnimationFrame(tick); })"
    )
    middle = (box["x"] + box["width"] / 2, box["y"] + min(box["height"], 400) / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(middle[0] + 60 * (1 if step // 15 % 2 else -1) * (step % 15) / 15, middle[1], steps=1)
    page.mouse.up()
    return [float(one) for one in page.evaluate("frames_")][2:]
