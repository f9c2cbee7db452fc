"""A plan from a table on the pages: kept, mended, drawn whole or not at all; refused, repeated, raced."""

import io
import re
import threading
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.accounts.tokens import create_token
from app.audit import SYSTEM, AuditEntry
from app.booths import claims, holds
from app.booths.models import Booth, BoothState, PlanImport
from app.db import db, transaction
from app.fairs.models import Fair, Hall, Zone
from app.front.plan_drawing import PlanHasFaults, write_plan
from app.front.plan_import import forget_old_imports
from app.visitors.models import Gate
from tests.conftest import Client
from tests.support.market import Market, later

HALLS = "/fairs/test-fair/organise/halls"
NEW_HALL = """number,hall,x,y,width,depth,zone,zone name,kind,price
X01,Nhà Mới,4,4,3,3,X,Gốm và men,,
X02,Nhà Mới,7,4,3,3,X,,,20.000.000
X03,Nhà Mới,14,4,6,6,Y,Lụa,,
"""


def send(client: Client, text: str, name: str = "nhà mới.csv", unit: str = "m") -> Any:
    sent = {"file": (io.BytesIO(text.encode()), name), "unit": unit}
    return client.post(f"{HALLS}/imports", data=sent)


def seen(client: Client, page: str) -> dict[str, str]:
    """What a form of the page says of when it was made."""
    found = re.search(r'name="seen" value="([^"]+)"', client.get(page).text)
    assert found is not None
    return {"seen": found[1]}


def plan(app: Flask) -> dict[tuple[int, str], tuple[Any, ...]]:
    with app.app_context():
        return {
            (b.fair_id, b.number): (b.hall_id, b.zone_id, b.x_cm, b.y_cm, b.open_sides, b.kind, b.price_minor, b.state)
            for b in db.session.scalars(select(Booth))
        }


@pytest.fixture
def owner(market: Market, client: Client) -> Client:
    client.sign_in(market.cast.ola)
    return client


def test_a_sound_table_becomes_a_hall(app: Flask, owner: Client, market: Market) -> None:
    page = send(owner, NEW_HALL).location
    shown = owner.get(page).text
    assert "3 dòng đều hợp lệ" in shown and "Nhà Mới" in shown and "Chưa vẽ gì" in shown
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Booth.number == "X01")) == 0
    assert owner.post(f"{page}/writing", data={"gates": "2"}).status_code == 303
    with app.app_context():
        hall = db.session.scalars(select(Hall).where(Hall.name == "Nhà Mới")).one()
        assert (hall.width_cm, hall.depth_cm) == (2400, 1400)
        drawn = {b.number: b for b in db.session.scalars(select(Booth).where(Booth.hall_id == hall.id))}
        assert sorted(drawn) == ["X01", "X02", "X03"]
        assert (drawn["X01"].open_sides, drawn["X01"].kind) == (3, "corner")
        assert drawn["X02"].price_minor == 20_000_000 and drawn["X01"].price_minor > 0
        assert (drawn["X03"].kind, drawn["X03"].state) == ("island", "free")
        zones = {z.code: z.name for z in db.session.scalars(select(Zone).where(Zone.hall_id == hall.id))}
        assert zones == {"X": "Gốm và men", "Y": "Lụa"}
        assert db.session.scalar(select(func.count()).where(Gate.hall_id == hall.id)) == 2
        deeds = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        assert deeds[-2:] == ["plan.received", "plan.written"]
    assert owner.get(page).status_code == 404, "drawn once"
    assert owner.get(f"/fairs/test-fair/plan?hall={hall.code}").status_code == 200
    assert market is not None


def test_what_is_wrong_is_shown_mended_and_left_out(app: Flask, owner: Client) -> None:
    text = NEW_HALL + "X02,Nhà Mới,30,4,3,3,X,,,\nX05,Nhà Mới,8,5,3,3,X,,,\nX06,Nhà Mới,3 sải,4,3,0,X,,castle,rẻ\n"
    page = send(owner, text).location
    shown = owner.get(page).text
    assert "4 dòng cần xem lại" in shown, "of two that overlap, both"
    for sentence in (
        "Dòng 3 cũng có số này",
        "Chồng lên",
        "sải không phải đơn vị",
        "0,5 đến 100 m",
        "Loại gian là thường",
    ):
        assert sentence in shown
    refused = owner.post(f"{page}/writing")
    assert refused.status_code == 409 and "Chưa vẽ gì" in refused.text
    assert 'value="3 sải"' in refused.text, "what was typed stays"
    edits = {
        "3.number": "X04", "3.hall": "Nhà Mới", "3.x": "30", "3.y": "4", "3.width": "3", "3.depth": "3",
        "4.number": "X05", "4.hall": "Nhà Mới", "4.x": "40", "4.y": "5", "4.width": "3 m", "4.depth": "10 ft",
        "out.5": "on",
    }  # fmt: skip
    assert owner.post(page, data=edits | seen(owner, page)).status_code == 303
    assert "5 dòng đều hợp lệ" in owner.get(page).text
    assert owner.post(f"{page}/writing").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Booth.depth_cm).where(Booth.number == "X05")).one() == 305


def test_what_every_row_says_wrong_is_mended_once(app: Flask, owner: Client) -> None:
    rows = "\n".join(f"X{n:02},Nhà Mới,{n * 4},4,3 sải,3" for n in range(1, 31))
    page = send(owner, f"number,hall,x,y,width,depth\n{rows}\n").location
    assert "30 dòng cần xem lại" in owner.get(page).text
    for sent, mended in (({"column": "width", "old": "3 SẢI", "new": "3 m"}, "30 dòng"),
                         ({"column": "zone", "old": "", "new": "X"}, "30 dòng"),
                         ({"column": "kind", "old": "nothing", "new": "row"}, "0 dòng")):  # fmt: skip
        assert owner.post(f"{page}/replacement", data=sent | seen(owner, page)).status_code == 303
        assert f"{mended} đã được sửa" in owner.get(page).text
    assert owner.post(f"{page}/replacement", data={"column": "king"} | seen(owner, page)).status_code == 422
    assert "30 dòng đều hợp lệ" in owner.get(page).text


def test_the_plan_as_a_file_comes_back_unchanged(app: Flask, owner: Client) -> None:
    before = plan(app)
    for kind in ("csv", "xlsx"):
        file = owner.get(f"{HALLS}/plan.{kind}")
        sent = {"file": (io.BytesIO(file.data), f"plan.{kind}"), "unit": "m"}
        page = owner.post(f"{HALLS}/imports", data=sent).location
        assert owner.post(f"{page}/writing").status_code == 303
        with owner.session_transaction() as session:
            said = str(session["_flashes"])
        assert "0 gian được thêm, 0 gian thay đổi" in said
    assert plan(app) == before


def test_a_renumbered_resized_and_dropped_booth_is_told_before_and_done(app: Flask, owner: Client) -> None:
    page = send(owner, NEW_HALL).location
    assert owner.post(f"{page}/writing").status_code == 303
    table = owner.get(f"{HALLS}/plan.csv").data.decode("utf-8-sig").splitlines()
    mine = {line[1:4]: line for line in table if line.startswith('"X0')}
    assert mine["X01"].endswith(',""'), "the list price is not written out: another size has another"
    again = [table[0], mine["X01"].replace('"X01"', '"X09"'), mine["X03"].replace('"6","6"', '"5","6"')]
    page = send(owner, "\n".join(again)).location
    assert "1 gian mới, 1 gian thay đổi, 0 gian giữ nguyên" not in owner.get(page).text, "X09 stands on X01"
    assert owner.post(page, data={"removes": "yes"} | seen(owner, page)).status_code == 303
    shown = owner.get(page).text
    assert "1 gian mới, 1 gian thay đổi, 0 gian giữ nguyên" in shown and "2 gian bỏ khỏi sơ đồ: X01, X02" in shown
    assert owner.post(f"{page}/writing").status_code == 303
    with app.app_context():
        left = {b.number: b for b in db.session.scalars(select(Booth).where(Booth.number.like("X0%")))}
        assert sorted(left) == ["X03", "X09"]
        assert left["X03"].width_cm == 500 and left["X03"].price_minor < 36 * left["X09"].price_minor


def test_a_booth_that_somebody_had_never_leaves(app: Flask, owner: Client, market: Market) -> None:
    with app.app_context():
        hold = market.hold("A05")
        with transaction():
            holds.release_hold(SYSTEM, market.fair, hold, clock.now())
        market.hold("A03")
    table = owner.get(f"{HALLS}/plan.csv").data.decode("utf-8-sig").splitlines()
    page = send(owner, "\n".join(line for line in table if line[1:4] not in ("A03", "A05", "A06"))).location
    owner.post(page, data={"removes": "yes"} | seen(owner, page))
    assert "1 gian bỏ khỏi sơ đồ: A06" in owner.get(page).text
    assert owner.post(f"{page}/writing").status_code == 303
    with app.app_context():
        assert sorted(market.booths(["A03", "A05", "A06"])) == ["A03", "A05"]


def test_cells_that_were_typed_are_kept_when_many_rows_are_mended_and_any_row_can_be_opened(owner: Client) -> None:
    page = send(owner, NEW_HALL.replace("14,4,6,6", "14 sải,4,6,6")).location
    typed = {"0.name": "Gian mẫu", "column": "x", "old": "14 sải", "new": "14"}
    assert owner.post(f"{page}/replacement", data=typed | seen(owner, page)).status_code == 303
    assert "3 dòng đều hợp lệ" in owner.get(page).text
    everything = owner.get(f"{page}?all=1").text
    assert 'value="Gian mẫu"' in everything and everything.count('name="out.') == 3


def test_a_final_report_keeps_its_plan(app: Flask, owner: Client, market: Market) -> None:
    page = send(owner, NEW_HALL).location
    with app.app_context(), transaction():
        db.session.get_one(Fair, market.cast.fair.id).frozen_at = clock.now()
    refused = owner.post(f"{page}/writing")
    assert refused.status_code == 409 and "đã chốt" in refused.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Booth.number == "X01")) == 0


def test_a_form_of_before_hits_no_other_row(app: Flask, owner: Client) -> None:
    page = send(owner, NEW_HALL.replace("14,4,6,6", "14 sải,4,6,6")).location
    before = seen(owner, page)
    assert owner.post(page, data={"out.2": "on"} | before).status_code == 303
    for path, sent in ((page, {"out.1": "on"}), (f"{page}/replacement", {"column": "x", "old": "7", "new": "8"})):
        again = owner.post(path, data=sent | before)
        assert again.status_code == 409 and "vừa được sửa ở nơi khác" in again.text
    with app.app_context():
        assert [row["number"] for row in db.session.scalars(select(PlanImport.rows)).one()] == ["X01", "X02"]


def test_halls_are_called_by_their_names_even_where_another_has_it_as_its_code(app: Flask, owner: Client) -> None:
    table = "number,hall,x,y,width,depth\n" + "".join(f"Y{n},H{n},4,4,3,3\n" for n in (9, 8, 7, 2, 1))
    for said in ("5 gian được thêm", "0 gian được thêm, 0 gian thay đổi"):
        page = send(owner, table).location
        assert owner.post(f"{page}/writing").status_code == 303
        with owner.session_transaction() as session:
            assert said in str(session["_flashes"][-1])


def test_a_booth_that_is_held_or_let_never_moves(app: Flask, owner: Client, market: Market) -> None:
    with app.app_context():
        market.hold("A05")
        market.order(market.hold("A03"), "transfer")
        was = {n: (b.x_cm, b.y_cm, b.state) for n, b in market.booths(["A03", "A05"]).items()}
    table = owner.get(f"{HALLS}/plan.csv").data.decode("utf-8-sig").splitlines()
    shift = [",".join(c if n != 2 else '"90"' for n, c in enumerate(line.split(","))) for line in table[1:]
             if line.startswith(('"A03"', '"A05"', '"A07"'))]  # fmt: skip
    assert len(shift) == 3
    page = send(owner, "\n".join([table[0], *shift])).location
    shown = owner.get(page).text
    assert shown.count("đang được giữ hoặc đã thuê") == 2
    assert owner.post(f"{page}/writing").status_code == 409
    with app.app_context():
        assert {n: (b.x_cm, b.y_cm, b.state) for n, b in market.booths(["A03", "A05"]).items()} == was


def test_a_buyer_who_is_faster_than_the_drawing_keeps_the_booth(app: Flask, owner: Client, market: Market) -> None:
    """Eight rounds: a booth is redrawn and held in the same moment; it is one or the other, never both by halves."""
    with app.app_context():
        hall = market.booths(["A03"])["A03"].hall_id
        name = db.session.get_one(Hall, hall).name
        fair_id, exhibitor, person = market.fair.id, market.cast.exhibitor.id, market.cast.ema.id
    for n, number in enumerate(("A03", "A05", "A06", "A07")):
        with app.app_context():
            booth = market.booths([number])[number]
        row = f"{number},{name},{booth.x_cm},{booth.y_cm},{booth.width_cm},{booth.depth_cm},{5_000_000 + n}"
        page = send(owner, f"number,hall,x,y,width,depth,price\n{row}\n", unit="cm").location
        gate, said = threading.Barrier(2), {}

        def draw(page: str = page, gate: Any = gate, said: Any = said) -> None:
            with app.app_context():
                fair = db.session.get_one(Fair, fair_id)
                gate.wait(10)
                try:
                    with transaction():
                        write_plan(SYSTEM, fair, page.rsplit("/", 1)[1], 1, clock.now())
                    said["draw"] = True
                except PlanHasFaults:
                    said["draw"] = False

        def hold(number: str = number, gate: Any = gate, said: Any = said) -> None:
            with app.app_context():
                fair = db.session.get_one(Fair, fair_id)
                gate.wait(10)
                seen = claims.look_at(fair, [number], clock.now())
                with transaction():
                    holds.hold_booths(SYSTEM, fair, exhibitor, seen, clock.now())
                said["hold"] = True

        threads = [threading.Thread(target=draw), threading.Thread(target=hold)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert said.get("hold") is True and "draw" in said
        with app.app_context():
            booth = market.booths([number])[number]
            assert booth.state == BoothState.HELD
    assert person


def test_drawn_twice_in_the_same_moment_it_is_drawn_once(app: Flask, owner: Client, market: Market) -> None:
    page = send(owner, NEW_HALL).location
    gate, statuses = threading.Barrier(2), []

    def draw() -> None:
        client = app.test_client()
        client.sign_in(market.cast.ola)
        gate.wait(10)
        statuses.append(client.post(f"{page}/writing").status_code)

    threads = [threading.Thread(target=draw) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [303, 404]
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Booth.number.like("X0%"))) == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "Hãy chọn tệp"), (b"\x89PNG", "không đọc được"), (b"number,hall\nA,B", "Thiếu cột: x, y, width, depth")],
)
def test_what_is_no_table_is_refused_in_words(owner: Client, content: bytes, sentence: str) -> None:
    answer = owner.post(f"{HALLS}/imports", data={"file": (io.BytesIO(content), "plan.csv")})
    assert answer.status_code == 422 and sentence in answer.text


def test_thrown_away_and_forgotten(app: Flask, owner: Client) -> None:
    first, second = send(owner, NEW_HALL).location, send(owner, NEW_HALL).location
    assert owner.post(f"{first}/removal").status_code == 303
    assert owner.get(first).status_code == 404
    later(days=31)
    with app.app_context():
        forget_old_imports()
        assert db.session.scalar(select(func.count()).select_from(PlanImport)) == 0
    assert owner.get(second).status_code == 404


def test_nobody_else_sends_a_plan_or_sees_one(market: Market, client: Client, owner: Client) -> None:
    page = send(owner, NEW_HALL).location
    for person, status in (
        (market.cast.sam, 403),
        (market.cast.fin, 403),
        (market.cast.ema, 403),
        (market.cast.cleo, 403),
    ):
        client.sign_in(person)
        assert client.get(page).status_code == status
        assert send(client, NEW_HALL).status_code == status
    client.sign_in(market.cast.ola)
    assert client.get(page.replace("test-fair", "other-fair")).status_code in (403, 404)


@pytest.fixture
def call(app: Flask, market: Market) -> Any:
    with app.app_context(), transaction():
        keys = {role: create_token(SYSTEM, market.cast.fair.id, role, None, None, label="test") for role in ROLES}

    def call(role: str, sent: dict[str, Any], **headers: str) -> Any:
        named = {"Authorization": f"Bearer {keys[role]}"} | {n.replace("_", "-"): v for n, v in headers.items()}
        return app.test_client().post("/api/v1/fairs/test-fair/plan", json=sent, headers=named)

    return call


ROLES = ("organiser", "sales", "finance", "gate")
ROW = {"number": "X01", "hall": "Nhà Mới", "x": "4", "y": "4", "width": "10 ft", "depth": "3"}


def test_programs_have_a_plan_judged_and_drawn(app: Flask, call: Any) -> None:
    found = call("organiser", {"rows": [ROW, ROW | {"x": "5"}], "draw": True}).json
    assert [(f["row"], f["column"]) for f in found["faults"]] == [(0, "x"), (1, "number"), (1, "x")]
    assert found["drawn"] is None
    judged_only = call("organiser", {"rows": [ROW]}).json
    assert judged_only == {"faults": [], "drawn": None}
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Booth.number == "X01")) == 0
        assert db.session.scalar(select(func.count()).select_from(PlanImport)) == 0
    for _twice in range(2):
        drawn = call("organiser", {"rows": [ROW], "draw": True, "gates": 3}, Idempotency_Key="plan-1").json
        assert drawn == {
            "faults": [],
            "drawn": {"added": 1, "changed": 0, "same": 0, "removed": 0, "halls": ["Nhà Mới"]},
        }
    again = call("organiser", {"rows": [ROW], "draw": True}).json
    assert again["drawn"] == {"added": 0, "changed": 0, "same": 1, "removed": 0, "halls": []}
    for role in ROLES[1:]:
        assert call(role, {"rows": [ROW]}).status_code == 403
    blank = call("organiser", {"rows": [ROW | {"hall": " "}], "draw": True}).json
    assert [f["column"] for f in blank["faults"]] == ["hall"] and blank["drawn"] is None
    for wrong in ({"rows": []}, {"rows": [{"king": "1"}]}, {"rows": [ROW], "unit": "parsec"}, {}):
        assert call("organiser", wrong).status_code == 422


def test_ten_thousand_booths_are_drawn_in_seconds(app: Flask, call: Any) -> None:
    rows = [
        ROW | {"number": f"Z{n:05}", "hall": f"Nhà {n // 2500}", "x": f"{n % 50 * 4}", "y": f"{n // 50 % 50 * 6}"}
        for n in range(10_000)
    ]
    began = time.perf_counter()
    drawn = call("organiser", {"rows": rows, "draw": True}).json["drawn"]
    assert drawn["added"] == 10_000
    assert time.perf_counter() - began < 15  # 2 s on a quiet machine
