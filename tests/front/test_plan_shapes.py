"""Booths of any shape, from table and drawing board to every figure and picture; refused, repeated, raced."""

import io
import re
import threading
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.audit import SYSTEM
from app.booths import claims, holds
from app.booths.fair_state import Wanted, sums_of
from app.booths.guest_list import room_of
from app.booths.models import Allocation, Booth
from app.booths.outline import area_cm2, outline_of
from app.booths.pricing import list_price_minor
from app.db import db, transaction
from app.fairs.models import Fair
from app.front.plan_document import document_again, document_of
from app.front.plan_draft import hall_by_id
from app.front.plan_drawing import PlanHasFaults, write_plan
from app.passes.quota import quotas_of
from app.reports.tally import _booths
from tests.conftest import Client
from tests.front.test_plan_draft import address, entry, hall_id, owner, publish, save
from tests.front.test_plan_import import HALLS, send
from tests.support.cast import let_booth
from tests.support.market import Market

__all__ = ["address", "hall_id", "owner"]
L_SHAPE = [[400, 1200], [1000, 1200], [1000, 1500], [700, 1500], [700, 1800], [400, 1800]]
IN_METRES = [[4, 12], [10, 12], [10, 15], [7, 15], [7, 18], [4, 18]]
TABLE = """number,hall,x,y,width,depth,polygon
L01,Nhà A,,,,,"4 12; 10 12; 10 15; 7 15; 7 18; 4 18"
L02,Nhà A,7,15,3,3,
"""


def drawn(market: Market, *numbers: str) -> dict[str, Booth]:
    return market.booths(numbers)


@pytest.fixture
def shapes(owner: Client) -> Client:
    """The organiser, with an L of 27 m² and a booth in its corner on the plan."""
    assert owner.post(f"{send(owner, TABLE).location}/writing").status_code == 303
    return owner


def test_a_shape_from_a_table_costs_and_measures_its_own_floor(
    app: Flask, shapes: Client, market: Market, client: Client
) -> None:
    with app.app_context():
        one = drawn(market, "L01")["L01"]
        assert (one.outline, one.area_cm2, one.width_cm, one.depth_cm) == (L_SHAPE, 270_000, 600, 600)
        assert (one.open_sides, one.kind) == (2, "corner"), "the booth in its corner closes half of east and south"
        assert one.price_minor == list_price_minor(market.fair, 270_000, 2) == 27 * 1_600_000 * 110 // 100
        assert drawn(market, "L02")["L02"].outline is None
    told = {one["number"]: one for one in client.get("/api/v1/fairs/test-fair/booths?limit=100").json["items"]}
    assert (told["L01"]["polygon"], told["L01"]["area_m2"]) == (IN_METRES, 27)
    assert (told["L02"]["polygon"][2], told["L02"]["area_m2"]) == ([10, 18], 9)


@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
def test_the_table_of_the_plan_comes_back_unchanged(shapes: Client, file_type: str) -> None:
    table = shapes.get(f"{HALLS}/plan.{file_type}").data
    sent = {"file": (io.BytesIO(table), f"plan.{file_type}"), "unit": "ft"}
    page = shapes.post(f"{HALLS}/imports", data=sent).location
    assert "0 gian mới, 0 gian thay đổi, 22 gian giữ nguyên" in shapes.get(page).text


def test_what_is_wrong_with_a_shape_is_told_in_its_row_and_mended_there(owner: Client) -> None:
    page = send(owner, TABLE.replace("7 15; 7 18", "7 15; 12 13")).location
    shown = owner.get(page).text
    assert "Các cạnh cắt hoặc chạm nhau tại" in shown and 'name="0.polygon"' in shown
    assert owner.post(f"{page}/writing").status_code == 409
    found = re.search(r'name="seen" value="([^"]+)"', shown)
    assert found is not None
    mended = {"seen": found[1], "0.polygon": "4 12; 10 12; 10 15; 7 15; 7 18; 4 18"}
    assert owner.post(page, data=mended).status_code == 303
    assert "2 dòng đều hợp lệ" in owner.get(page).text


def test_every_figure_adds_up_the_floor_of_shapes(app: Flask, shapes: Client, market: Market) -> None:
    with app.app_context():
        let_booth(market.cast.exhibitor, "L01")
        fair, exhibitor, one = market.fair, market.cast.exhibitor.id, drawn(market, "L01")["L01"]
        with transaction():
            now = clock.now()
            db.session.add(
                Allocation(
                    fair_id=fair.id, booth_id=one.id, exhibitor_id=exhibitor, state="let", created_at=now, let_at=now
                )
            )
        whole = sums_of(fair, Wanted(state="lettable"), clock.now())
        assert (whole.booths, whole.area_m2) == (22, 20 * 9 + 27 + 9)
        assert [quota.area_m2 for quota in quotas_of(fair)] == [27]
        assert room_of(fair, exhibitor).area_cm2 == 270_000
        assert [group.area_cm2 for group in _booths(fair)] == [270_000]


def test_plan_print_frame_and_card_show_the_shape(shapes: Client, client: Client) -> None:
    plan = client.get("/fairs/test-fair/plan?booth=L01").text.replace("\xa0", " ")
    assert re.search(r'id="b-L01"[^>]*aria-label="L01, trống, 27 m²"><path class="f" d="M40\.', plan)
    assert "27 m² (hình riêng, trong khung 6 × 6 m)" in plan
    assert '<path class="f"' in client.get("/fairs/test-fair/plan/embed").text
    assert client.get("/fairs/test-fair/plan.pdf").data[:5] == b"%PDF-"


def test_a_shape_is_drawn_kept_published_and_told(app: Flask, owner: Client, market: Market, address: str) -> None:
    draft = owner.get(address).json
    backwards = [*L_SHAPE[::-1], [400, 1500]]
    draft["document"]["booths"].append({"number": "L01", "outline": backwards})
    tilted = [[2000, 1200], [2260, 1350], [2110, 1610], [1850, 1460]]
    entry(draft, "A05").update(outline=tilted)
    kept = save(owner, address, draft).json
    assert entry(kept, "L01") | {"outline": L_SHAPE, "x_cm": 400, "width_cm": 600} == entry(kept, "L01")
    assert kept["added"] == ["L01"] and not kept["faults"]
    assert {"number": "A05", "what": ["place", "size", "price", "kind", "shape"]} in kept["changed"]
    assert publish(owner, address, kept).status_code == 200
    with app.app_context():
        stands = drawn(market, "A05", "L01")
        assert (stands["L01"].outline, stands["A05"].outline, stands["A05"].area_cm2) == (L_SHAPE, tilted, 90_000)
    again = owner.get(address).json
    assert (again["added"], again["changed"], again["removed"]) == ([], [], []), "it is the plan as it stands"
    entry(again, "A05")["outline"] = [[x + 100, y] for x, y in tilted]
    assert save(owner, address, again).json["changed"] == [{"number": "A05", "what": ["place"]}]


@pytest.mark.parametrize(
    ("corners", "why"),
    [
        ([[400, 1200], [700, 1500], [700, 1200], [400, 1500]], "Các cạnh cắt hoặc chạm nhau tại 5.5 13.5 m"),
        ([[400, 1200], [700, 1500], [1000, 1800]], "hầu như không có diện tích"),
        ([[400, 1200], [430, 1200], [430, 1230], [400, 1230]], "Mỗi chiều của gian từ 0,5 đến 100 m."),
        ([[400, 600], [700, 600], [700, 1200]], "Chồng lên"),
        ([[3900, 1500], [4100, 1500], [3900, 1800]], "Nằm ngoài nhà"),
    ],
)
def test_a_shape_that_cannot_stand_is_kept_and_told(owner: Client, address: str, corners: Any, why: str) -> None:
    draft = owner.get(address).json
    draft["document"]["booths"].append({"number": "L01", "outline": corners})
    kept = save(owner, address, draft).json
    assert why in " ".join(fault["sentence"] for fault in kept["faults"])
    assert publish(owner, address, kept).json["code"] == "plan_has_faults"
    assert sorted(entry(owner.get(address).json, "L01")["outline"]) == sorted(corners), "nothing drawn is lost"
    assert save(owner, address, kept).status_code == 200, "and it is drawn on"


@pytest.mark.parametrize(
    "wrong",
    [{"outline": [[0, 0], [300, 0]]}, {"outline": [[0, 0], [300, 0], [300]]}, {"outline": [[0, 0], [300, 0], [0, -1]]},
     {"outline": [[n * 10, n * n % 7] for n in range(41)]}, {"outline": "4 4; 7 4; 7 7"}, {"x_cm": 5}],
)  # fmt: skip
def test_a_shape_of_no_sense_is_refused(owner: Client, address: str, wrong: dict[str, Any]) -> None:
    draft = owner.get(address).json
    draft["document"]["booths"].append({"number": "L01"} | wrong)
    assert save(owner, address, draft).status_code == 422


def test_a_shape_that_is_held_keeps_every_corner(
    app: Flask, shapes: Client, market: Market, address: str, hall_id: int
) -> None:
    with app.app_context():
        market.hold("L01")
    draft = shapes.get(address).json
    entry(draft, "L01").update(outline=[[400, 1200], [1000, 1200], [400, 1800]])
    kept = save(shapes, address, draft).json
    assert entry(kept, "L01")["outline"] == L_SHAPE and kept["changed"] == []
    moved = TABLE.replace("7 18; 4 18", "7 18; 4 17")
    assert "đang được giữ hoặc đã thuê" in shapes.get(send(shapes, moved).location).text
    with app.app_context():
        hall = hall_by_id(market.fair, hall_id)
        older = document_of(market.fair, hall, priced=True)
        for one in older["booths"]:
            del one["outline"]  # as versions were kept before
        assert len(document_again(market.fair, older)["booths"]) == 22


def test_of_a_drawing_and_a_buyer_each_has_a_whole_shape(app: Flask, shapes: Client, market: Market) -> None:
    """It is redrawn and held in the same moment: it is held, in the one shape or the other, with the floor of that."""
    page = send(shapes, TABLE.replace("10 15; 7 15; 7 18; 4 18", "4 18")).location
    with app.app_context():
        fair_id, exhibitor = market.fair.id, market.cast.exhibitor.id
    gate = threading.Barrier(2)

    def draw() -> None:
        with app.app_context():
            fair = db.session.get_one(Fair, fair_id)
            gate.wait(10)
            with suppress(PlanHasFaults), transaction():
                write_plan(SYSTEM, fair, page.rsplit("/", 1)[1], 1, clock.now())

    def hold() -> None:
        with app.app_context():
            fair = db.session.get_one(Fair, fair_id)
            gate.wait(10)
            seen = claims.look_at(fair, ["L01"], clock.now())
            with transaction():
                holds.hold_booths(SYSTEM, fair, exhibitor, seen, clock.now())

    threads = [threading.Thread(target=draw), threading.Thread(target=hold)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with app.app_context():
        one = drawn(market, "L01")["L01"]
        assert one.state == "held" and one.area_cm2 in (180_000, 270_000)
        assert one.area_cm2 == area_cm2(outline_of(one.outline))
