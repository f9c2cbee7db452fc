"""Areas of zones in a hall's drawing: kept, judged, published, shown; booths follow them where nothing else changes."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import AuditEntry
from app.booths.models import Booth
from app.db import db, transaction
from app.fairs.models import Fair, Hall, Zone
from app.front.plan_draft import DrawingChanged, hall_by_id, save_draft
from tests.conftest import Client
from tests.front.test_plan_draft import address, booth, entry, hall_id, owner, publish, save
from tests.support.market import Market

__all__ = ["address", "hall_id", "owner"]
CHANGES = ("zone_areas", "area_faults", "strays")


def around(draft: dict[str, Any], *numbers: str) -> list[list[int]]:
    """A rectangle around booths."""
    found = [entry(draft, number) for number in numbers]
    left, top = min(one["x_cm"] for one in found), min(one["y_cm"] for one in found)
    right = max(one["x_cm"] + one["width_cm"] for one in found)
    bottom = max(one["y_cm"] + one["depth_cm"] for one in found)
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def zone_of(number: str) -> str:
    found = select(Zone.code).join(Booth, Booth.zone_id == Zone.id).where(Booth.number == number)
    return db.session.scalars(found).one()


def test_areas_are_drawn_published_shown_and_kept_in_versions(
    app: Flask, owner: Client, address: str, hall_id: int
) -> None:
    draft = owner.get(address).json
    assert draft["document"]["areas"] == [] and [draft[name] for name in CHANGES] == [[], [], []]
    shape = around(draft, "A01", "A04")
    draft["document"]["areas"] = [
        {"zone": "A", "corners": shape},
        {"zone": "N", "corners": [[0, 0], [90, 0], [90, 200]]},
    ]
    kept = save(owner, address, draft).json
    assert kept["zone_areas"] == ["A", "N"] and not kept["floor"]
    assert [(one["area"], one["sentence"]) for one in kept["area_faults"]] == [(1, "Mỗi vùng rộng ít nhất 1 m².")]
    assert publish(owner, address, kept).json["code"] == "plan_has_faults"
    kept["document"]["areas"][1]["corners"] = [[0, 0], [90, 0], [90, 250], [0, 250]]
    before = owner.get("/fairs/test-fair/plan").text
    assert 'class="area"' not in before
    published = publish(owner, address, save(owner, address, kept).json)
    assert published.json == {"version": 2, "added": 0, "changed": 0, "removed": 0}
    for page in ("plan", "plan/embed"):
        shown = owner.get(f"/fairs/test-fair/{page}").text
        assert shown.count('class="area"') == 2 and "<title>A · Mây tre đan</title>" in shown, page
        assert shown.index('class="area"') < shown.index('class="b '), "under the booths"
    with app.app_context():
        assert db.session.scalars(select(Zone.hall_id).where(Zone.code == "N")).one() == hall_id
        last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert last.details["areas"] == ["A", "N"]
    assert "Vùng của khu: A, N" in owner.get(f"/fairs/test-fair/organise/halls/{hall_id}/versions").text
    again = f"/fairs/test-fair/organise/halls/{hall_id}/versions/1/drawing"
    assert owner.post(again, data={"seen": "0"}).status_code == 303
    assert owner.get(address).json["document"]["areas"] == [], "as they were before"


def test_areas_of_two_zones_that_share_floor_are_told(owner: Client, address: str) -> None:
    draft = owner.get(address).json
    shape = around(draft, "A01", "A04")
    draft["document"]["areas"] = [{"zone": "A", "corners": shape}, {"zone": "B", "corners": shape}]
    kept = save(owner, address, draft).json
    assert [one["area"] for one in kept["area_faults"]] == [0, 1]
    assert kept["area_faults"][0]["sentence"].startswith("Vùng này nằm chồng lên vùng của khu B.")
    assert publish(owner, address, kept).json["code"] == "plan_has_faults"


@pytest.mark.parametrize(
    "wrong", [[[0, 0], [1, 1]], [[0, 0], [1, 1], [2]], [[0, 0], [1, 1], [-2, 0]], [[0, 0], [300, 0], ["x", 0]]]
)
def test_an_area_of_no_sense_is_refused(owner: Client, address: str, wrong: Any) -> None:
    draft = owner.get(address).json
    draft["document"]["areas"] = [{"zone": "A", "corners": wrong}]
    assert save(owner, address, draft).status_code == 422


def test_a_program_that_says_nothing_of_areas_loses_none(owner: Client, address: str) -> None:
    draft = owner.get(address).json
    draft["document"]["areas"] = [{"zone": "A", "corners": around(draft, "A01", "A04")}]
    kept = save(owner, address, draft).json
    for name in ("areas", "background"):
        del kept["document"][name]
    again = save(owner, address, kept).json
    assert again["document"]["areas"] == draft["document"]["areas"]
    assert publish(owner, address, again).status_code == 200
    fresh = owner.get(address).json
    del fresh["document"]["areas"]
    assert save(owner, address, fresh).json["document"]["areas"] == draft["document"]["areas"]


def test_booths_follow_their_areas_where_nothing_else_of_them_changes(
    app: Flask, owner: Client, market: Market, address: str, hall_id: int
) -> None:
    with app.app_context():
        market.hold("A01")
        market.order(market.hold("A02"), "transfer")
        with transaction():
            db.session.add(Zone(fair_id=market.cast.fair.id, hall_id=hall_id, code="Q", name="Q", workflow="request"))
        was = {n: (b.x_cm, b.price_minor, b.state, b.hold_id) for n, b in market.booths(["A01", "A02"]).items()}
    draft = owner.get(address).json
    draft["document"]["areas"] = [
        {"zone": "N", "corners": around(draft, "A01", "A04")}, {"zone": "Q", "corners": around(draft, "A05", "A06")}
    ]  # fmt: skip
    kept = save(owner, address, draft).json
    assert {(one["number"], one["zone"], one["why"]) for one in kept["strays"]} == {
        ("A01", "N", ""), ("A02", "N", ""), ("A03", "N", ""), ("A04", "N", ""), ("A05", "Q", ""), ("A06", "Q", "")
    }  # fmt: skip
    with app.app_context():
        market.hold("A05", rival=True)
    strays = {one["number"]: one for one in owner.get(address).json["strays"]}
    assert strays["A05"]["why"] == "Gian đang có người giữ, mà khu đó cho thuê theo cách khác."
    for one in kept["strays"]:
        kept["document"]["booths"][one["booth"]]["zone"] = one["zone"]
    followed = save(owner, address, kept).json
    assert [one["number"] for one in followed["strays"]] == ["A05"], "it keeps its own, whatever was drawn"
    assert {one["booth"]["number"]: one["booth"]["zone"] for one in followed["taken"]} == {
        "A01": "N", "A02": "N", "A05": "A"
    }  # fmt: skip
    assert [one["number"] for one in followed["changed"]] == ["A01", "A02", "A03", "A04", "A06"]
    assert publish(owner, address, followed).json["changed"] == 5
    with app.app_context():
        after = {n: (b.x_cm, b.price_minor, b.state, b.hold_id) for n, b in market.booths(["A01", "A02"]).items()}
        assert after == was, "nothing but the zone"
        assert [zone_of(f"A0{n}") for n in range(1, 7)] == ["N", "N", "N", "N", "A", "Q"]
    again = owner.get(address).json
    assert (again["changed"], [one["number"] for one in again["strays"]]) == ([], ["A05"])


def test_of_two_who_draw_areas_at_once_one_is_told(app: Flask, owner: Client, address: str, hall_id: int) -> None:
    draft = owner.get(address).json
    draft["document"]["areas"] = [{"zone": "A", "corners": around(draft, "A01", "A04")}]
    first = save(owner, address, draft).json
    late = draft["document"] | {"areas": []}
    assert save(owner, address, draft | {"document": late}).json["code"] == "plan_changed"
    with app.app_context(), pytest.raises(DrawingChanged), transaction():
        fair = db.session.get_one(Fair, db.session.get_one(Hall, hall_id).fair_id)
        save_draft(fair, hall_by_id(fair, hall_id), late, first["revision"] + 1, "", clock.now())
    assert owner.get(address).json["document"]["areas"] == first["document"]["areas"]


def test_a_plan_with_areas_asks_the_database_for_no_more(owner: Client, address: str, statements: Any) -> None:
    with statements() as before:
        owner.get("/fairs/test-fair/plan")
    draft = owner.get(address).json
    draft["document"]["booths"].append(booth("N01", 0, 0))
    draft["document"]["areas"] = [{"zone": "A", "corners": around(draft, "A01", "A04")}]
    assert publish(owner, address, save(owner, address, draft).json).status_code == 200
    with statements() as after:
        assert 'class="area"' in owner.get("/fairs/test-fair/plan").text
    assert len(after) <= len(before)
