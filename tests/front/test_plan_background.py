"""The picture under a plan: checked, placed, whose to see, kept through versions, and freed when nobody needs it."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from sqlalchemy import func, select

from app import clock
from app.booths import plan_pictures
from app.booths.models import PlanPicture
from app.db import db
from app.fairs.models import Hall
from tests.conftest import Client
from tests.front.test_plan_draft import API, HALLS, address, bearer, hall_id, owner, publish, save
from tests.support.market import Market, later

__all__ = ["address", "hall_id", "owner"]


def drawing(form: str = "PNG", size: tuple[int, int] = (400, 200), mode: str = "RGB") -> bytes:
    """A plan as an architect sends it."""
    picture = Image.new(mode, size, (255, 255, 255, 0) if mode == "RGBA" else "white")
    ImageDraw.Draw(picture).rectangle((20, 20, size[0] - 20, size[1] - 20), outline="black", width=3)
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def send(client: Client, address: str, content: bytes) -> Any:
    data = {"picture": (io.BytesIO(content), "plan.png")}
    return client.post(address.replace("/draft", "/pictures"), data=data, content_type="multipart/form-data")


def laid(picture: str, **more: Any) -> dict[str, Any]:
    return {"picture": picture, "x_cm": -50, "y_cm": 0, "width_cm": 3000, "opacity": 40, "public": False} | more


def file_of(app: Flask, key: str) -> Path:
    return Path(app.config["FAIR_DATA_DIR"]) / "pictures" / key[:2] / key


@pytest.fixture
def place(app: Flask, owner: Client, address: str) -> Any:
    """Puts a background (or None) into the draft; answers it as it is then."""

    def put(background: dict[str, Any] | None) -> Any:
        draft = owner.get(address).json
        draft["document"]["background"] = background
        return save(owner, address, draft)

    return put


@pytest.mark.parametrize(("form", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("JPEG", "RGB"), ("WEBP", "RGB")])
def test_a_picture_is_kept_on_white(app: Flask, owner: Client, address: str, form: str, mode: str) -> None:
    sent = send(owner, address, drawing(form, mode=mode))
    assert sent.status_code == 201 and (sent.json["width"], sent.json["height"]) == (400, 200)
    kept = Image.open(file_of(app, sent.json["picture"]))
    assert kept.mode == "RGB" and min(kept.getpixel((5, 5))) > 240


def test_what_is_no_picture_is_refused(owner: Client, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")  # a few kilobytes that unpack to 81 million points
    whole = drawing()
    wrong = {
        "Thêm một ảnh": (b"", b"%PDF-1.7", b"<svg onload=alert(1)>", b"RIFF1234WAVE"),
        "Ảnh có quá nhiều điểm": (bomb.getvalue(),),
        "Ảnh bị hỏng": (whole[: len(whole) // 2], whole[:20]),
    }
    for sentence, contents in wrong.items():
        for content in contents:
            refused = send(owner, address, content)
            assert refused.status_code == 422 and refused.json["fields"]["picture"].startswith(sentence), content[:9]
    monkeypatch.setattr("app.booths.plan_pictures.BYTES_AT_MOST", 100)
    assert send(owner, address, whole).json["fields"]["picture"].startswith("Ảnh lớn hơn 10 MB")


def test_a_large_picture_is_kept_smaller(owner: Client, address: str) -> None:
    sent = send(owner, address, drawing("JPEG", (5000, 2500))).json
    assert (sent["width"], sent["height"]) == (4000, 2000)


def test_a_drafts_picture_is_the_organisers_and_everybodys_once_it_is_published_to_be_seen(
    app: Flask, owner: Client, market: Market, address: str, hall_id: int, place: Any
) -> None:
    key = send(owner, address, drawing()).json["picture"]
    page, stranger = f"/fairs/test-fair/plan/pictures/{key}", app.test_client()
    assert owner.get(page).headers["Cache-Control"] == "private, no-cache"
    assert stranger.get(page).status_code == 404
    kept = place(laid(key, depth_cm=7)).json
    assert kept["background"] == "added" and kept["document"]["background"] == laid(key, depth_cm=1500)
    assert publish(owner, address, kept).status_code == 200
    assert stranger.get(page).status_code == 404 and key not in stranger.get("/fairs/test-fair/plan").text
    assert publish(owner, address, place(laid(key, public=True)).json).status_code == 200
    for shown in ("plan", "plan/embed"):
        assert f'href="/fairs/test-fair/plan/pictures/{key}"' in stranger.get(f"/fairs/test-fair/{shown}").text
    seen = stranger.get(page)
    assert (seen.mimetype, seen.headers["Cache-Control"]) == ("image/png", "public, max-age=86400, immutable")
    assert stranger.get(page, headers={"If-None-Match": seen.headers["ETag"]}).status_code == 304
    paper = stranger.get("/fairs/test-fair/plan.pdf?paper=A4")
    assert paper.status_code == 200 and b"/Subtype /Image" in paper.data
    with app.app_context():
        assert db.session.get_one(Hall, hall_id).background == laid(key, public=True, depth_cm=1500)
    assert publish(owner, address, place(None).json).status_code == 200
    assert stranger.get(page).status_code == 404 and owner.get(page).status_code == 200, "an older version has it"


def test_only_who_keeps_the_settings_sends_pictures(app: Flask, market: Market, client: Client, address: str) -> None:
    assert send(client, address, drawing()).status_code == 401
    for role in ("sales", "gate"):
        client.environ_base["HTTP_AUTHORIZATION"] = bearer(app, market, role)
        assert send(client, address, drawing()).status_code == 403


def test_a_picture_of_another_hall_is_none_of_this_one(app: Flask, owner: Client, address: str, place: Any) -> None:
    size = {"name": "Nhà B", "width_m": "30", "depth_m": "30", "gates": "0"}
    other = owner.post(f"{HALLS}/blank", data=size).location.split("/")[-2]
    key = send(owner, f"{API}/{other}/draft", drawing()).json["picture"]
    refused = place(laid(key))
    assert (refused.status_code, refused.json["code"]) == (409, "picture_gone")
    assert place(laid("0" * 32)).json["code"] == "picture_gone"
    assert place(laid(key, opacity=0)).status_code == place(laid(key, width_cm=1)).status_code == 422


def test_what_no_draft_and_no_version_needs_leaves_the_disk_after_a_day(
    app: Flask, owner: Client, address: str, hall_id: int, place: Any
) -> None:
    published, dropped, never = (send(owner, address, drawing()).json["picture"] for _n in range(3))
    assert publish(owner, address, place(laid(published)).json).status_code == 200
    assert place(laid(dropped)).json["background"] == "changed"
    later(days=30)
    assert owner.get(f"/fairs/test-fair/plan/pictures/{dropped}").status_code == 200
    assert place(None).json["background"] == "removed"

    def swept() -> list[bool]:
        with app.app_context():
            plan_pictures.free_plan_pictures()
        return [file_of(app, key).exists() for key in (published, dropped, never)]

    assert swept() == [True, True, False], "what was left a moment ago can be undone"
    assert place(laid(dropped)).status_code == 200 and place(None).status_code == 200
    clock.set_offset(clock._offset + timedelta(days=1, minutes=1))
    assert swept() == swept() == [True, False, False]
    assert place(laid(dropped)).json["code"] == "picture_gone"
    assert publish(owner, address, owner.get(address).json).status_code == 200
    owner.post(f"{HALLS}/{hall_id}/versions/2/drawing", data={"seen": "0"})
    assert owner.get(address).json["document"]["background"]["picture"] == published, "a version brings it back"
    removed = owner.post(f"{HALLS}/{hall_id}/removal")
    assert removed.status_code == 302
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PlanPicture)) == 0
    assert not file_of(app, published).exists()


def test_a_picture_that_a_draft_takes_up_while_it_is_freed_stays(
    app: Flask, owner: Client, address: str, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = send(owner, address, drawing()).json["picture"]
    later(days=2)
    retrying = plan_pictures.retrying

    def late(work: Any) -> Any:
        assert place(laid(key)).status_code == 200, "somebody undoes in this moment"
        return retrying(work)

    monkeypatch.setattr(plan_pictures, "retrying", late)
    with app.app_context():
        plan_pictures.free_plan_pictures()
    assert file_of(app, key).exists()
    assert owner.get(address).json["document"]["background"]["picture"] == key
