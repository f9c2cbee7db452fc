"""The catalogue: asked for, made in a process of its own, failed and made again; and what stands in it."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.db import db, transaction
from app.directory import catalogue
from app.directory.catalogue import GIVEN_UP_AFTER, ask_catalogue, make_catalogues
from app.directory.errors import CatalogueAtWork
from app.directory.hiding import hide
from app.directory.models import Catalogue
from app.documents import store
from app.errors import FieldErrors
from app.fairs.queries import exhibitors_matching
from tests.conftest import Client
from tests.directory.stage import Shelf
from tests.fairs.test_exhibitors import add_guests
from tests.support.paper import text_of

PAGE = "/fairs/test-fair/organise/catalogues"


def asked(shelf: Shelf, locale: str = "vi", arranged: str = "category") -> Any:
    return shelf(lambda fair: ask_catalogue(shelf.actor("ola"), fair, locale, arranged, clock.now()))


def states(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Catalogue.state).order_by(Catalogue.id)))


@pytest.mark.parametrize(("locale", "arranged"), [("vi", "category"), ("en", "hall")])
def test_it_holds_everybody_with_a_booth(app: Flask, client: Client, shelf: Shelf, locale: str, arranged: str) -> None:
    add_guests(app, shelf.cast)
    picture = shelf.picture()
    shelf.keep(about="Lò gốm gia truyền", about_en="A family kiln", logo_id=picture.id, contact_phone="0912 345 678")
    item = shelf.add()
    asked(shelf, locale, arranged)
    with app.app_context():
        make_catalogues()
        document = db.session.scalars(select(store.Document).where(store.Document.kind == "catalogue")).one()
        text = text_of(store.read(document))
    for said in ("Gốm Chi", "Mây Đồng Hành", "A01", "0912 345 678"):
        assert said in text, said
    said, unsaid = ("Lò gốm gia truyền", "A family kiln") if locale == "vi" else ("A family kiln", "Lò gốm")
    assert said in text
    assert unsaid not in text
    with app.app_context():
        printed = db.session.scalars(select(Catalogue.entries)).one()
        listed = db.session.scalar(exhibitors_matching(shelf.cast.fair.id).with_only_columns(func.count())) or 0
    client.sign_in(shelf.cast.ola)
    page = client.get(PAGE).text
    assert f"{printed} đơn vị có gian đã thuê" in page
    assert (f"{listed - printed} đơn vị khác" in page) is (listed > printed)
    assert "Mây tre Phú Vinh" not in text  # has no booth
    assert shelf.cast.exhibitor.email not in text  # it chose not to show it
    client.sign_in(shelf.cast.sam)
    assert "Đã xong" in client.get(PAGE).text
    assert client.get(f"{PAGE}/1.pdf").data.startswith(b"%PDF-")
    shelf(lambda fair: hide(shelf.actor("ola"), fair, shelf.cast.exhibitor.id, str(item.id), "Mờ", clock.now()))


def test_one_is_made_at_a_time(app: Flask, shelf: Shelf) -> None:
    results = shelf.at_once(*[lambda: asked(shelf)] * 4)
    assert sum(isinstance(one, CatalogueAtWork) for one in results) == 3, results
    asked(shelf, "en")
    for wrong in (("fr", "category"), ("vi", "colour")):
        with pytest.raises(FieldErrors):
            asked(shelf, *wrong)


def test_a_failure_is_written_down_and_what_was_left_is_made_anew(
    app: Flask, client: Client, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_html: str) -> bytes:
        raise OSError("no PDF was made")

    asked(shelf)
    monkeypatch.setattr(catalogue, "pdf_apart", broken)
    with app.app_context():
        make_catalogues()
    assert states(app) == ["failed"]
    asked(shelf)
    with app.app_context(), transaction():
        begun = clock.now() - GIVEN_UP_AFTER
        db.session.execute(update(Catalogue).where(Catalogue.id == 2).values(state="making", begun_at=begun))
    monkeypatch.setattr(catalogue, "pdf_apart", lambda _html: b"%PDF-1.7 whole")
    with app.app_context():
        make_catalogues()
        make_catalogues()
    assert states(app) == ["failed", "done"]
    client.sign_in(shelf.cast.ola)
    assert "Không lập được" in client.get(PAGE).text


def test_who_may_have_it_made(client: Client, shelf: Shelf) -> None:
    typed = {"language": "vi", "arranged": "hall"}
    for who in (shelf.cast.ema, shelf.cast.gia, shelf.cast.stan):
        client.sign_in(who)
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE, data=typed).status_code == 403
    client.sign_in(shelf.cast.fin)
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, data=typed).status_code == 403
    client.sign_in(shelf.cast.sam)
    assert client.post(PAGE, data=typed).status_code == 303
    again = client.post(PAGE, data=typed)
    assert again.status_code == 409
    assert "Danh mục này đang được lập." in again.text
    assert client.post(PAGE, data={}).status_code == 422
    assert client.get(f"{PAGE}/1.pdf").status_code == 404
