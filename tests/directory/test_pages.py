"""The directory as people meet it: found, looked at, kept on a phone, hidden; and who gets where."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app import clock
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.directory.hiding import hide
from app.directory.models import CompanyProfile, ProfileItem
from app.fairs.models import Exhibitor
from tests.conftest import Client
from tests.directory.stage import PDF, TEA, Shelf, photograph
from tests.fairs.test_exhibitors import add_guests

FAIR = "/fairs/test-fair"
WORDS = {"about": "Lò gốm gia truyền ở Bát Tràng", "about_en": "A family kiln", "website": "gom-chi.vn"}


def own(shelf: Shelf, path: str = "") -> str:
    return f"{FAIR}/portal/profiles/{shelf.cast.exhibitor.id}{path}"


def page_of(shelf: Shelf) -> str:
    return f"{FAIR}/exhibitors/{shelf.cast.exhibitor.id}"


def file(content: bytes = b"", name: str = "ảnh.jpg") -> Any:
    return (io.BytesIO(content or photograph()), name)


def kept_digest(page: str) -> str:
    [digest] = re.findall(r'name="kept"[^>]*value="([0-9a-f]{64})"', page)
    return digest


def test_a_profile_is_saved_and_seen_by_everybody(client: Client, shelf: Shelf) -> None:
    client.sign_in(shelf.cast.ema)
    assert client.get(f"{FAIR}/portal/profiles").location.endswith(own(shelf))
    saved = client.post(own(shelf), data=WORDS | {"revision": "0", "photograph": file()})
    assert saved.location.endswith("/preview")
    assert "Lò gốm gia truyền" in client.get(saved.location).text
    client.post(own(shelf, "/products/new"), data={
        "name": "Ấm chén", "name_en": "Tea set", "category": "ceramics", "price_from": "380.000", "price_to": "650 000",
        "currency": "VND", "key": "k", "photograph": file(photograph(colour="blue")),
    })  # fmt: skip
    client.post(own(shelf, "/certificates/new"), data={"name": "OCOP", "key": "c", "photograph": file(PDF, "ocop.pdf")})
    client.sign_out()
    page = client.get(page_of(shelf)).text
    for said in (
        "Lò gốm gia truyền",
        "380.000\u00a0₫ – 650.000\u00a0₫",
        "https://gom-chi.vn",
        "OCOP (PDF)",
        "canonical",
    ):
        assert said in page, said
    assert '<meta name="description" content="Lò gốm gia truyền ở Bát Tràng">' in page
    english = client.get(page_of(shelf) + "?lang=en").text
    assert "A family kiln" in english
    assert "Tea set" in english


def test_a_photograph_is_kept_while_a_word_is_refused(client: Client, shelf: Shelf) -> None:
    client.sign_in(shelf.cast.ema)
    typed = {
        "name": "Ấm",
        "about": "Vuốt tay",
        "category": "ceramics",
        "key": "k",
        "price_from": "rẻ",
        "currency": "VND",
    }
    refused = client.post(own(shelf, "/products/new"), data=typed | {"photograph": file()})
    assert refused.status_code == 422
    assert "Hãy viết giá bằng chữ số" in refused.text
    assert 'value="rẻ"' in refused.text
    again = typed | {"price_from": "9", "kept": kept_digest(refused.text)}
    assert client.post(own(shelf, "/products/new"), data=again).status_code == 303
    with shelf.app.app_context():
        assert db.session.scalars(select(ProfileItem)).one().picture_id is not None
    no_picture = client.post(own(shelf), data=WORDS | {"revision": "0", "photograph": file(b"GIF89a", "a.gif")})
    assert no_picture.status_code == 422
    assert "Hãy chọn ảnh JPEG hoặc PNG." in no_picture.text
    assert "Lò gốm gia truyền" in no_picture.text


def test_a_colleagues_words_are_shown_before_they_are_saved_over(client: Client, shelf: Shelf) -> None:
    shelf.keep(about="Bản của Cleo", who="cleo")
    item = shelf.add()
    shelf.change(item.id, 1, TEA.__class__(name="Ấm của Cleo", category="ceramics"), "cleo")
    client.sign_in(shelf.cast.ema)
    refused = client.post(own(shelf), data=WORDS | {"revision": "0"})
    assert refused.status_code == 409
    for said in ("Bản Cleo đã lưu", "Bản của Cleo", "Lò gốm gia truyền"):
        assert said in refused.text
    assert re.search(r'name="revision"[^>]*value="1"', refused.text)
    assert client.post(own(shelf), data=WORDS | {"revision": "1"}).status_code == 303
    changed = {"name": "Ấm của Ema", "category": "ceramics", "revision": "1", "key": "k1", "kind": "product"}
    refused = client.post(own(shelf, f"/items/{item.id}"), data=changed)
    assert refused.status_code == 409
    assert "Ấm của Cleo" in refused.text
    kept = client.post(own(shelf, f"/items/{item.id}/remove"), data={"revision": "1"})
    assert kept.location.endswith(f"/items/{item.id}")  # to be looked at again
    assert client.post(own(shelf, f"/items/{item.id}/remove"), data={"revision": "2"}).status_code == 303
    gone = client.post(own(shelf, f"/items/{item.id}"), data=changed)
    assert gone.status_code == 409
    assert "Ấm của Ema" in gone.text


def test_files_are_handed_out_by_their_digest(client: Client, shelf: Shelf) -> None:
    picture = shelf.picture()
    item = shelf.add(TEA.__class__(name="Ấm", category="ceramics", picture_id=picture.id))
    address = f"{FAIR}/files/{picture.small_sha256}"
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=86400, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for wrong in ("0" * 64, "x", "..%2F..%2Fsecret", picture.sha256.upper()):
        assert client.get(f"{FAIR}/files/{wrong}").status_code == 404
    shelf(lambda fair: hide(shelf.actor("ola"), fair, shelf.cast.exhibitor.id, str(item.id), "Mờ", clock.now()))
    assert client.get(address).status_code == 404
    client.sign_in(shelf.cast.rita)
    assert client.get(address).status_code == 404
    for may in (shelf.cast.ema, shelf.cast.ola):
        client.sign_in(may)
        assert client.get(address).headers["Cache-Control"] == "private, no-store"


def test_a_company_on_the_booth_has_a_profile_that_its_host_keeps(app: Flask, client: Client, shelf: Shelf) -> None:
    add_guests(app, shelf.cast)
    with app.app_context():
        guest = db.session.scalars(select(Exhibitor.id).where(Exhibitor.name == "Mây Đồng Hành")).one()
    client.sign_in(shelf.cast.ema)
    listed = client.get(f"{FAIR}/portal/profiles").text
    assert "Mây Đồng Hành" in listed
    assert "Gốm Vắng Mặt" in listed
    typed = {"about": "Đan mây", "revision": "0"}
    assert client.post(f"{FAIR}/portal/profiles/{guest}", data=typed).status_code == 303
    page = client.get(f"{FAIR}/exhibitors/{guest}").text
    assert "Đan mây" in page
    assert "booth=A01" in page
    assert f"/exhibitors/{guest}" in client.get(page_of(shelf)).text
    client.sign_in(shelf.cast.rita)
    assert client.post(f"{FAIR}/portal/profiles/{guest}", data=typed).status_code == 404


@pytest.mark.parametrize("who", ["rita", "bao", "gia", "stan", "ola", None])
def test_nobody_else_keeps_a_profile(client: Client, shelf: Shelf, who: str | None) -> None:
    item = shelf.add()
    if who:
        client.sign_in(getattr(shelf.cast, who))
    for path in ("", "/preview", "/products/new", f"/items/{item.id}"):
        assert client.get(own(shelf, path)).status_code in (302, 403, 404), path
    assert client.post(own(shelf), data=WORDS | {"revision": "0"}).status_code in (302, 401, 403, 404)
    assert client.post(own(shelf, f"/items/{item.id}/remove"), data={"revision": "1"}).status_code != 303


def test_the_organiser_hides_a_part_and_says_why(client: Client, shelf: Shelf) -> None:
    shelf.keep(about="Tốt nhất thế giới")
    where = f"{FAIR}/organise/exhibitors/{shelf.cast.exhibitor.id}/profile"
    client.sign_in(shelf.cast.sam)
    assert "Tốt nhất thế giới" in client.get(where).text
    refused = client.post(f"{where}/about/hide", data={"reason": " "})
    assert refused.status_code == 422
    assert "Hãy viết ngắn gọn lý do" in refused.text
    assert client.post(f"{where}/about/hide", data={"reason": "Quá lời"}).status_code == 303
    assert "Tốt nhất" not in client.get(page_of(shelf)).text
    assert client.post(f"{where}/nothing/hide", data={"reason": "Quá lời"}).status_code == 404
    client.sign_in(shelf.cast.ema)
    assert "Ban tổ chức đã ẩn: Quá lời" in client.get(own(shelf)).text
    assert client.post(f"{where}/about/show").status_code == 403
    client.sign_in(shelf.cast.fin)
    assert client.get(where).status_code == 200
    assert client.post(f"{where}/about/show").status_code == 403
    client.sign_in(shelf.cast.sam)
    assert client.post(f"{where}/about/show").status_code == 303
    assert "Tốt nhất thế giới" in client.get(page_of(shelf)).text


def test_the_list_finds_by_profile_and_place(client: Client, shelf: Shelf) -> None:
    shelf.let("A05")
    shelf.keep(about="Men rạn, men lam")
    shelf.add(TEA.__class__(name="Khay sơn mài", name_en="Lacquer tray", category="lacquer"))

    def found(query: str) -> list[str]:
        page = client.get(f"{FAIR}/exhibitors?{query}").text
        return [name for name in ("Gốm Chi", "Mây tre Phú Vinh") if f"<b>{name}</b>" in page]

    assert found("") == ["Gốm Chi"]  # the other one has registered, and has no booth yet
    for query in ("q=men+ran", "q=lacquer", "q=son+mai", "category=lacquer", "hall=A", "zone=A", "q=chi+lam"):
        assert found(query) == ["Gốm Chi"], query
    assert found("hall=B") == []
    nothing = client.get(f"{FAIR}/exhibitors?q=khong+co").text
    assert "Hãy thử một từ thôi" in nothing
    assert "noindex" in nothing


def test_the_list_and_a_page_are_quick_with_everybody_there(
    app: Flask, client: Client, shelf: Shelf, statements: Any
) -> None:
    shelf.let("A05")
    with app.app_context(), transaction():
        fair_id = shelf.cast.fair.id
        rows = [
            {"id": n, "fair_id": fair_id, "name": f"Hãng {n}", "folded": f"hang {n}", "tax_code": str(n),
             "category": "wood", "created_at": clock.now()}
            for n in range(1000, 1650)
        ]  # fmt: skip
        db.session.execute(insert(Exhibitor), rows)
        db.session.execute(insert(CompanyProfile), [
            {"fair_id": fair_id, "exhibitor_id": row["id"], "about": "Gỗ", "folded": "go " * 300,
             "changed_at": clock.now(), "seeks": []}
            for row in rows
        ])  # fmt: skip
        db.session.execute(insert(ProfileItem), [
            {"fair_id": fair_id, "exhibitor_id": row["id"], "kind": "product", "key": f"k{n}", "name": "Tủ",
             "category": "wood", "created_at": clock.now(), "changed_at": clock.now()}
            for row in rows for n in range(12)
        ])  # fmt: skip
    for path in ("exhibitors", "exhibitors?q=go+hang", "exhibitors?category=wood&after=600", "exhibitors/1200"):
        client.get(f"{FAIR}/{path}")
        with statements() as seen:
            assert client.get(f"{FAIR}/{path}").status_code == 200
        assert len(seen) <= 15, path


def test_the_way_leads_from_front_page_and_plan(client: Client, shelf: Shelf) -> None:
    shelf.let("A05")
    assert f'href="{FAIR}/exhibitors"' in client.get(f"{FAIR}/").text
    assert page_of(shelf) in client.get(f"{FAIR}/plan?booth=A05").text
    with shelf.app.app_context(), transaction():
        exhibitor = db.session.get_one(Exhibitor, shelf.cast.exhibitor.id)
        exhibitor.withdrawn_at = clock.now()
        booth = db.session.scalars(select(Booth).where(Booth.number == "A05")).one()
        booth.state, booth.exhibitor_id = BoothState.FREE, None
    assert client.get(page_of(shelf)).status_code == 404
