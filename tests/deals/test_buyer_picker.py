"""The buyer's badge before the camera of the booth's phone."""

import io
from pathlib import Path
from typing import Any

import qrcode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from playwright.sync_api import Playwright, expect
from sqlalchemy import select

from app import badge_token
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.visitors.models import Badge, Registration, VisitorCategory
from tests.support.browser import PHONE, assert_quiet, launch, new_context, watched
from tests.support.cast import LONG_AGO, PASSWORD


def give_badge(server: Any) -> str:
    """A badge for a trade visitor, and a booth for who scans it; answers its code."""
    payload = badge_token.Payload(fair=7, code_id=b"\x01" * 8, category=1, days_mask=15)
    code = badge_token.encode(payload, Ed25519PrivateKey.generate())
    with server.app.app_context(), transaction():
        booth = db.session.scalars(select(Booth).where(Booth.number == "A01")).one()
        booth.state, booth.exhibitor_id = BoothState.LET, server.cast.exhibitor.id
        category = db.session.scalars(select(VisitorCategory).where(VisitorCategory.code == "trade")).one()
        same: dict[str, Any] = {"fair_id": server.cast.fair.id, "category_id": category.id, "created_at": LONG_AGO}
        registration = Registration(name="Đặng Thị Hương", company="Lụa Xa", folded="lua xa", **same)
        db.session.add(registration)
        db.session.flush()
        number = badge_token.new_number()
        badge = Badge(
            registration_id=registration.id, number=number, code_id="01" * 8, token=code, days_mask=15, **same
        )
        db.session.add(badge)
    return code


def film_of(code: str, path: Path) -> Path:
    """A second of video: somebody holds the badge before the camera."""
    drawing = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4, box_size=8)
    drawing.add_data(code)
    picture = drawing.make_image().convert("RGB")
    frame = Image.new("RGB", (1280, 720), "#999999")
    frame.paste(picture, ((1280 - picture.width) // 2, (720 - picture.height) // 2))
    taken = io.BytesIO()
    frame.save(taken, "JPEG", quality=90)
    path.write_bytes(taken.getvalue() * 30)
    return path


def test_badge_before_the_camera_picks_the_buyer(live_server: Any, playwright: Playwright, tmp_path: Path) -> None:
    film = film_of(give_badge(live_server), tmp_path / "badge.mjpeg")
    browser = launch(
        playwright,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    try:
        page = watched(new_context(browser, viewport=PHONE, is_mobile=True, has_touch=True).new_page())
        page.goto(f"{live_server.url}/sign-in")
        page.locator("input[name=email]").fill("ema@example.org")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda address: "/sign-in" not in address)
        page.goto(f"{live_server.url}/fairs/test-fair/deals/record")
        page.get_by_role("button", name="Quét thẻ của bên mua").click()
        expect(page.locator(".buyer-choice")).to_contain_text("Lụa Xa", timeout=20_000)
        expect(page.locator(".buyer-choice input")).to_be_checked()
        assert_quiet(page)
    finally:
        browser.close()
