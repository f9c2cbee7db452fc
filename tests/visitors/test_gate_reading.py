"""How badges come in at the gate: printed ones before a camera, and scanners that type, in a real browser."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, expect
from sqlalchemy import select

from app.db import db
from app.visitors.models import Scan
from tests.support.browser import (
    PHONE,
    assert_accessible,
    assert_fits,
    assert_quiet,
    launch,
    new_context,
    scanner,
    watched,
)
from tests.support.film import film, nothing, paper, photograph
from tests.visitors.stage import counts, new_badge, on_sqlite, open_today, token_for

CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
BADGES = 20
A_SECOND = 4  # frames; each badge is shown for half a second
STATIC = Path(__file__).parents[2] / "app" / "static"

# A lens with all that lenses can do; what it was told stands in `told_`.
LENS = """
  window.told_ = [];
  MediaStreamTrack.prototype.getCapabilities = () => ({
    torch: true, zoom: { min: 1, max: 4, step: 0.1 }, exposureCompensation: { min: -2, max: 2, step: 0.5 } });
  MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => { told_.push(advanced[0]); };
"""
TWO_CAMERAS = """
  const asked_ = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.wanted_ = [];
  navigator.mediaDevices.getUserMedia = (wanted) => { wanted_.push(wanted.video); return asked_({ video: true }); };
  navigator.mediaDevices.enumerateDevices = async () => ["facing front", "facing back"].map((label, n) => (
    { kind: "videoinput", deviceId: `camera-${n}`, label: `camera2 ${n}, ${label}` }));
"""

HEARD = """async () => {
  const { signal } = await import("/static/js/gate_signals.js");
  const heard = {};
  let now = "";
  OscillatorNode.prototype.start = function () { now += `${this.type} ${this.frequency.value} `; };
  OscillatorNode.prototype.stop = () => {};
  for (const kind of ["go", "staff", "forced", "ask", "stop", "exit", "corrected"]) {
    signal(kind);
    heard[kind] = now;
    now = "";
  }
  return heard;
}"""


@pytest.fixture
def opened(live_server: Any) -> Any:
    open_today(live_server.app)
    return live_server


@pytest.fixture
def before_camera(playwright: Playwright, opened: Any, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """`before_camera(frames, script)`: Gia's phone at gate 1, its camera seeing these frames over and over."""
    made: list[Browser] = []

    def open_gate(frames: list[Any], script: str = "") -> Page:
        path = film(tmp_path / "camera.y4m", frames, A_SECOND)
        chromium = launch(playwright, *CAMERA, f"--use-file-for-fake-video-capture={path}")
        made.append(chromium)
        context = new_context(chromium, viewport=PHONE, has_touch=True, is_mobile=True, permissions=["camera"])
        context.add_init_script(script)
        return at_gate(context, opened)

    yield open_gate
    for chromium in made:
        chromium.close()


def at_gate(context: BrowserContext, server: Any) -> Page:
    page = watched(context.new_page())
    context.add_cookies([{"name": "phien", "value": server.session_of(server.cast.gia), "url": server.url}])
    page.goto(f"{server.url}/fairs/test-fair/gate")
    page.get_by_role("button", name="Cổng 1").click()
    expect(page.locator("body[data-ready]")).to_be_attached()
    return page


def printed(server: Any, number: int) -> list[Any]:
    """Photographs of badges as the product prints them, each held in another way."""
    headers = token_for(server.app, "organiser")
    badges = [new_badge(server.app, f"v{n}@example.jp", name=f"Đặng Thị Hương {n}") for n in range(number)]
    url = f"{server.url}/api/v1/fairs/test-fair/badges"
    pdfs = [urlopen(Request(f"{url}/{badge.id}.pdf", headers=headers)).read() for badge in badges]
    return [photograph(paper(pdf), n) for n, pdf in enumerate(pdfs)]


def until(page: Page, met: Callable[[], bool]) -> None:
    """The film runs on until this is so: on a busy machine a badge may be gone before its frame was read."""
    for _ in range(120):
        if met():
            return
        page.wait_for_timeout(250)
    raise AssertionError("not all were read within three showings")


WAITING = """() => new Promise((done, fail) => {
  const opening = indexedDB.open("phien-gate-test-fair");
  opening.onerror = fail;
  opening.onsuccess = () => {
    const asked = opening.result.transaction("queue").objectStore("queue").getAll();
    asked.onsuccess = () => { opening.result.close(); done(asked.result.map(({ scan }) => [scan.code, scan.device_verdict])); };
  };
})"""  # noqa: E501


@on_sqlite
def test_twenty_printed_badges_are_read_with_and_without_a_network(before_camera: Any, opened: Any) -> None:
    shots = printed(opened, BADGES)
    page = before_camera([frame for shot in shots for frame in (shot, shot)])
    until(page, lambda: counts(opened.app)[0] == BADGES)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    until(page, lambda: len({code for code, _verdict in page.evaluate(WAITING)}) == BADGES)
    assert {verdict for _code, verdict in page.evaluate(WAITING)} == {"admitted_again"}
    page.reload()  # reader and all come from the device
    expect(page.locator('#verdict[data-verdict="admitted_again"]')).to_be_visible(timeout=15_000)
    page.context.set_offline(False)
    until(page, lambda: counts(opened.app)[1] >= 2 * BADGES)
    assert counts(opened.app)[0] == BADGES
    assert_quiet(page)


@on_sqlite
def test_a_badge_counts_again_when_it_was_gone_for_three_seconds(before_camera: Any, opened: Any) -> None:
    first, second = printed(opened, 2)
    page = before_camera([first] * 2 + [second] * 2 + [first] * 2 + [nothing()] * 14)  # the first one twice in 1.5 s
    for _ in range(150):
        page.wait_for_timeout(100)
        with opened.app.app_context():
            moments: dict[int | None, list[Any]] = {}
            for scan in db.session.scalars(select(Scan).order_by(Scan.scanned_at)):
                moments.setdefault(scan.badge_id, []).append(scan.scanned_at)
            db.session.rollback()
        if len(moments) == 2 and all(len(each) > 1 for each in moments.values()):
            break
    assert len(moments) == 2
    for each in moments.values():
        assert len(each) > 1
        assert all((after - before).total_seconds() >= 3 for before, after in pairwise(each))


@on_sqlite
def test_lamp_zoom_and_camera_are_offered_and_remembered(before_camera: Any, opened: Any) -> None:
    page = before_camera([nothing()], LENS + TWO_CAMERAS)
    assert page.evaluate("wanted_[0].facingMode.ideal") == "environment"
    assert page.evaluate("told_.length") == 0  # nothing was wished for yet
    page.locator("#torch").click()
    expect(page.locator("#torch")).to_have_attribute("aria-pressed", "true")
    page.locator("#zoom").fill("2.5")
    page.get_by_role("button", name="Camera và âm thanh").click()
    expect(page.locator("#camera-list label")).to_have_text(["Camera sau", "Camera trước"])
    page.locator("#brightness").fill("1")
    assert_accessible(page)
    page.get_by_label("Camera trước").check()
    page.get_by_role("button", name="Đóng").click()
    wished = {"torch": True, "zoom": 2.5, "exposureCompensation": 1}
    assert page.evaluate("told_.at(-1)") == wished
    page.reload()
    expect(page.locator("#torch")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("wanted_[0].deviceId.ideal") == "camera-0"
    assert page.evaluate("told_[0]") == wished
    expect(page.locator("#sound-note")).to_have_text("Chạm màn hình một lần để có tiếng")
    page.get_by_role("button", name="Camera và âm thanh").click()
    expect(page.locator("#sound-note")).to_be_hidden()
    heard = page.evaluate(HEARD)
    assert heard.pop("staff") == heard["go"]
    assert len(set(heard.values())) == len(heard), heard  # told apart without looking
    page.get_by_label("Phát tiếng mỗi lượt quét").uncheck()
    assert set(page.evaluate(HEARD).values()) == {""}
    page.reload()
    expect(page.locator("#sound-note")).to_have_text("Đang tắt tiếng")
    assert_fits(page)
    assert_quiet(page)


@on_sqlite
def test_a_dark_picture_is_told_and_lit_and_a_hidden_page_frees_the_camera(before_camera: Any, opened: Any) -> None:
    dark = nothing().point(lambda value: value // 6)
    page = before_camera([dark], LENS + "window.awake_ = 0; WakeLock.prototype.request = async () => { awake_ += 1; };")
    light = page.locator("#light")
    expect(light).to_contain_text("Hình quá tối.")
    page.locator("#light-deed").click()
    assert page.evaluate("told_.at(-1).torch") is True
    hide = "Object.defineProperty(document, 'hidden', {{ value: {0}, configurable: true }});"
    hide += "document.dispatchEvent(new Event('visibilitychange'))"
    track = page.evaluate_handle("document.getElementById('video').srcObject.getTracks()[0]")
    page.evaluate(hide.format("true"))
    assert track.evaluate("(track) => track.readyState") == "ended"
    assert page.evaluate("document.getElementById('video').srcObject") is None
    assert page.evaluate("awake_") >= 1
    page.evaluate("told_.length = awake_ = 0")
    page.evaluate(hide.format("false"))
    page.wait_for_timeout(1000)
    assert page.evaluate("document.getElementById('video').srcObject.active") is True
    assert page.evaluate("told_[0].torch") is True  # the lamp is lit again
    assert page.evaluate("awake_") == 1  # a browser lets the screen sleep with the page


@on_sqlite
def test_a_camera_that_does_not_open_says_what_to_do(before_camera: Any, opened: Any) -> None:
    page = before_camera(
        [nothing()],
        "window.truly_ = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "window.fault_ = 'NotAllowedError';"
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', fault_); };",
    )
    trouble = page.locator("#camera-trouble")
    for fault, says in (
        ("NotAllowedError", "Trình duyệt chưa được phép dùng camera"),
        ("NotReadableError", "Chương trình khác đang giữ camera"),
        ("NotFoundError", "Máy này không có camera"),
    ):
        page.evaluate(f"fault_ = '{fault}'")
        page.locator("#camera-again").click()
        expect(trouble).to_contain_text(says)
        expect(trouble).to_contain_text("nhập 20 số hoặc tìm tên")
    assert_accessible(page)
    scanner(page, new_badge(opened.app, "huong@example.jp").token)  # it does without a camera
    expect(page.locator("#verdict")).to_be_visible()
    page.locator("#v-next").click()
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = truly_; }")
    page.locator("#camera-again").click()
    expect(trouble).to_be_hidden()


# A page with the scanner's module alone: a field for names, and what was read.
BARE = """<!doctype html><html lang="en"><title>Scanner</title><form><input id="name"></form><button>Next</button>
<script type="module">import { onScanner } from "/static/js/gate_scanner.js"; window.read_ = []; window.sent_ = 0;
onScanner((code) => read_.push(code)); document.querySelector("form").onsubmit = () => { sent_ += 1; return false; };
document.querySelector("button").onclick = () => { sent_ += 1; }; document.body.dataset.ready = "yes";</script>"""
CODE = "0" * 60 + "1234567890123456789" * 7
# Keys as a scanner strikes them, at instants of their own: no test waits for a slow one.
STRIKE = """([signs, gap, how]) => {
  let at = (window.clock_ = (window.clock_ ?? performance.now()) + 2000);
  const target = document.activeElement;
  const fire = (kind, made) => { Object.defineProperty(made, "timeStamp", { value: at }); target.dispatchEvent(made); };
  const compose = (kind, data) => fire(kind, new CompositionEvent(kind, { data, bubbles: true }));
  const isField = target.tagName === "INPUT";
  if (how.ime && isField) compose("compositionstart", "");
  let composed = "";
  for (const sign of signs) {
    at += gap;
    const named = { Enter: "Enter", Tab: "Tab" }[sign];
    const struck = named ?? (how.wide ? String.fromCharCode(sign.charCodeAt(0) + 0xFEE0) : sign);
    const made = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, isComposing: Boolean(how.ime),
      key: how.ime ? "Process" : struck, code: how.noCode ? "" : named ?? (/[0-9]/.test(sign) ? `Digit${sign}` : ""),
      shiftKey: Boolean(how.shift) });
    fire("keydown", made);
    if (named || !isField || made.defaultPrevented) continue;
    fire("beforeinput", new InputEvent("beforeinput", { data: struck, inputType: "insertText", bubbles: true }));
    target.value += struck;
    composed += struck;
    const inputType = how.ime ? "insertCompositionText" : "insertText";
    if (how.ime) compose("compositionupdate", composed);
    fire("input", new InputEvent("input", { data: how.ime ? composed : struck, inputType, bubbles: true }));
  }
  if (how.ime && isField) compose("compositionend", composed);
  window.clock_ = at;
}"""


@pytest.fixture
def bare(page: Page) -> Page:
    def answer(route: Route) -> None:
        name = route.request.url.partition("/static/")[2]
        if name:
            route.fulfill(path=STATIC / name)
        else:
            route.fulfill(body=BARE, content_type="text/html")

    page.route("**/*", answer)
    page.goto("http://gate.test/")
    expect(page.locator("body[data-ready]")).to_be_attached()
    return page


def strike(page: Page, signs: list[str], gap_ms: int = 4, **how: bool) -> None:
    page.evaluate(STRIKE, [signs, gap_ms, how])


def read(page: Page, silent: bool = False) -> Any:
    page.wait_for_timeout(450 if silent else 20)  # a scanner that ends with nothing is known by its silence
    return page.evaluate("read_.splice(0)")


@pytest.mark.parametrize("field", [False, True], ids=["page", "field"])
def test_scanners_of_every_kind_are_read_wherever_the_focus_is(bare: Page, field: bool) -> None:
    """Of a field's text nothing is lost and nothing is added, and no form is sent."""
    bare.locator("#name").fill("Nguyễn")
    bare.locator("#name" if field else "button").focus()
    for gap_ms, end, how in (
        (4, ["Enter"], {}),
        (30, ["Enter"], {}),  # by Bluetooth
        (4, ["Tab"], {}),
        (4, [], {}),
        (4, ["Enter"], {"ime": True}),  # Telex or VNI is composing
        (30, ["Tab"], {"ime": True}),
        (4, ["Enter"], {"wide": True, "noCode": True}),  # full-width digits
        (4, ["Enter"], {"shift": True}),  # CapsLock, as some scanners undo it
    ):
        strike(bare, [*CODE, *end], gap_ms, **how)
        assert read(bare, silent=not end) == [CODE], (gap_ms, end, how)
        assert bare.locator("#name").input_value() == "Nguyễn", (gap_ms, end, how)
    other = CODE[:-1] + "0"
    strike(bare, [*CODE, "Enter", *other, "Enter"])
    assert read(bare) == [CODE, other]
    strike(bare, [*CODE, *other])  # nothing between them, nothing after
    assert read(bare, silent=True) == [CODE, other]
    assert bare.evaluate("sent_") == 0
    assert bare.locator("#name").input_value() == "Nguyễn"


def test_what_a_person_types_stays_in_the_field(bare: Page) -> None:
    bare.locator("#name").fill("")
    for signs, gap_ms in ((list("Hương 0912345678"), 120), (list("12345678901234567890"), 110), (list("2026"), 10)):
        strike(bare, signs, gap_ms)
        assert read(bare, silent=True) == []
    assert bare.locator("#name").input_value() == "Hương 0912345678123456789012345678902026"
    bare.locator("#name").fill("")
    bare.keyboard.type("a1b2", delay=5)  # fast, and no badge
    bare.keyboard.press("Enter")
    assert (read(bare), bare.evaluate("sent_")) == ([], 1)
    bare.keyboard.insert_text(CODE)  # a device with a scanner inside hands over the text alone
    assert read(bare, silent=True) == [CODE]
    assert bare.locator("#name").input_value() == "a1b2"
