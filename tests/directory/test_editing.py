"""Profiles: saved, refused, saved twice, two at once; products and certificates by their number."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.audit import AuditEntry
from app.db import db
from app.directory.editing import Thing, remove_item
from app.directory.errors import EditedMeanwhile, ItemGone, TooManyItems
from app.directory.hiding import hide, show
from app.directory.models import CompanyProfile, ProfileItem
from app.errors import FieldErrors, NotFound
from tests.directory.stage import TEA, Shelf


def stored(shelf: Shelf) -> CompanyProfile:
    return shelf(lambda fair: db.session.scalars(
        select(CompanyProfile).where(CompanyProfile.exhibitor_id == shelf.cast.exhibitor.id)).one())  # fmt: skip


def items(shelf: Shelf) -> int:
    return shelf(lambda fair: db.session.scalar(select(func.count()).select_from(ProfileItem)))


def test_a_profile_is_saved_tidied_and_logged(shelf: Shelf) -> None:
    kept = shelf.keep(about=" Lò gốm  ở Bát Tràng \r\n\r\n từ 1920 ", website="gom-chi.vn", seeks=("agents", "buyers"))
    assert kept.about == "Lò gốm ở Bát Tràng\n\ntừ 1920"
    assert kept.website == "https://gom-chi.vn"
    assert kept.seeks == ["buyers", "agents"]
    assert (kept.revision, kept.changed_by) == (1, "Ema")
    assert "lo gom o bat trang" in kept.folded
    logged = shelf(lambda fair: list(db.session.scalars(select(AuditEntry.action))))
    assert logged.count("profile.changed") == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"about": "x" * 2001}, "about"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "gốm"}, "website"),
        ({"contact_email": "ema"}, "contact_email"),
        ({"contact_phone": "không có"}, "contact_phone"),
        ({"seeks": ("gold",)}, "seeks"),
    ],
)
def test_what_cannot_be_shown_is_refused(shelf: Shelf, said: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        shelf.keep(**said)
    assert list(refused.value.fields) == [field]


def test_the_same_profile_sent_twice_is_one(shelf: Shelf) -> None:
    for _time in range(2):
        assert shelf.keep(0, about="Gốm").revision == 1


def test_of_two_colleagues_the_second_sees_the_first(shelf: Shelf) -> None:
    shelf.keep(about="Gốm")
    results = shelf.at_once(*[lambda n=n: shelf.keep(1, ("ema", "cleo")[n % 2], about=f"Gốm {n}") for n in range(6)])
    refused = [one for one in results if isinstance(one, EditedMeanwhile)]
    assert len(refused) == 5
    assert {one.params["revision"] for one in refused} == {2}
    [winner] = [one for one in results if not isinstance(one, EditedMeanwhile)]
    assert stored(shelf).about == winner.about


def test_first_savings_at_once_make_one_row(shelf: Shelf) -> None:
    results = shelf.at_once(*[lambda n=n: shelf.keep(0, about=f"Gốm {n}") for n in range(4)])
    assert sum(isinstance(one, EditedMeanwhile) for one in results) == 3, results
    assert stored(shelf).revision == 1


def test_nobody_elses_picture_is_a_logo(shelf: Shelf) -> None:
    theirs = shelf.picture(exhibitor_id=shelf.cast.rival.id)
    with pytest.raises(NotFound):
        shelf.keep(logo_id=theirs.id)
    with pytest.raises(NotFound):
        shelf.keep(exhibitor_id=999_999)


@pytest.mark.parametrize(
    ("kind", "thing", "field"),
    [
        ("product", Thing(name=" ", category="ceramics"), "name"),
        ("product", Thing(name="Ấm", category="weapons"), "category"),
        ("product", Thing(name="Ấm", category="ceramics", price_from_minor=5, currency="ABC"), "currency"),
        (
            "product",
            Thing(name="Ấm", category="ceramics", price_from_minor=5, price_to_minor=4, currency="VND"),
            "price_to",
        ),
        ("certificate", Thing(name="OCOP 4 sao"), "photograph"),
    ],
)
def test_what_is_no_item_is_refused(shelf: Shelf, kind: str, thing: Thing, field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        shelf.add(thing, kind=kind)
    assert list(refused.value.fields) == [field]


def test_the_same_product_sent_twice_is_one(shelf: Shelf) -> None:
    first, second = shelf.at_once(lambda: shelf.add(), lambda: shelf.add())
    assert first.id == second.id
    assert items(shelf) == 1


def test_two_colleagues_add_the_last_product_at_once(shelf: Shelf) -> None:
    for n in range(11):
        shelf.add(key=f"k{n}")
    results = shelf.at_once(*[lambda n=n: shelf.add(key=f"last{n}") for n in range(4)])
    assert sum(isinstance(one, TooManyItems) for one in results) == 3, results
    assert items(shelf) == 12
    photo = shelf.picture()
    shelf.add(Thing(name="OCOP 4 sao", picture_id=photo.id), "c1", "certificate")  # counted apart


def test_a_product_is_changed_over_what_was_seen(shelf: Shelf) -> None:
    item = shelf.add()
    dearer = Thing(name="Ấm", category="ceramics", price_from_minor=380_000, currency="VND")
    assert shelf.change(item.id, 1, dearer).revision == 2
    assert shelf.change(item.id, 1, dearer).revision == 2  # its receipt was lost
    with pytest.raises(EditedMeanwhile):
        shelf.change(item.id, 1, TEA, "cleo")

    def remove(seen: int) -> None:
        shelf(lambda fair: remove_item(shelf.actor(), fair, shelf.cast.exhibitor.id, item.id, seen, clock.now()))

    with pytest.raises(EditedMeanwhile):
        remove(1)
    remove(2)
    remove(2)
    with pytest.raises(ItemGone):
        shelf.change(item.id, 2, TEA)
    assert stored(shelf).folded == ""


def test_what_the_organiser_hides_is_not_found_until_it_is_shown(shelf: Shelf) -> None:
    shelf.keep(about="Lò gốm gia truyền")
    item, whose = shelf.add(), shelf.cast.exhibitor.id
    ola = shelf.actor("ola")
    for what, reason, field in ((str(item.id), " ", "reason"), ("about", "x" * 501, "reason")):
        with pytest.raises(FieldErrors) as refused:
            shelf(lambda fair, w=what, r=reason: hide(ola, fair, whose, w, r, clock.now()))
        assert list(refused.value.fields) == [field]
    for what in (str(item.id), "about"):
        shelf(lambda fair, w=what: hide(ola, fair, whose, w, "Hàng nhái", clock.now()))
    assert stored(shelf).folded == ""
    with pytest.raises(NotFound):
        shelf(lambda fair: hide(ola, fair, shelf.cast.rival.id, str(item.id), "Hàng nhái", clock.now()))
    for what in (str(item.id), "about", "about"):
        shelf(lambda fair, w=what: show(ola, fair, whose, w, clock.now()))
    assert "gia truyen" in stored(shelf).folded
    assert "am chen men lam" in stored(shelf).folded
