"""Plans from drawings on the pages and for programs: laid, mended, drawn whole or not at all, and taken along."""

import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.tokens import create_token
from app.audit import SYSTEM, AuditEntry
from app.booths.models import Booth, PlanImport
from app.db import db, transaction
from app.fairs.models import Hall, Zone
from tests.conftest import Client
from tests.front.test_plan_import import HALLS, plan, seen
from tests.support.market import Market

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">
<g id="floor"><rect id="Sàn" width="400" height="300"/></g>
<g id="booths"><rect id="X01" x="40" y="40" width="30" height="30"/>
<rect id="X02" x="70" y="40" width="30" height="30"/>
<g id="Khu Y"><rect x="140" y="40" width="60" height="60"/><text x="150" y="60">X03</text></g>
<path id="X04" d="M0 0L9 9"/></g></svg>"""
PLACED = {"one": "0.1", "unit": "m", "hall": "Nhà Mới", "left": "", "top": "", "layer": "0"}


def send(client: Client, text: str | bytes, name: str = "sơ đồ.svg", unit: str = "m") -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(f"{HALLS}/imports", data={"file": (io.BytesIO(content), name), "unit": unit})


def place(client: Client, page: str, **typed: Any) -> Any:
    return client.post(f"{page}/placing", data=PLACED | typed | seen(client, page))


def flashed(client: Client) -> str:
    with client.session_transaction() as session:
        return str(session["_flashes"][-1])


@pytest.fixture
def owner(market: Market, client: Client) -> Client:
    client.sign_in(market.cast.ola)
    return client


def test_a_drawing_is_laid_mended_and_drawn(app: Flask, owner: Client) -> None:
    page = send(owner, SVG).location
    shown = owner.get(page).text
    assert "được đoán từ cỡ gian thường gặp" in shown and 'value="0.1"' in shown and "30 × 30 đơn vị" in shown
    assert 'name="0.number"' not in shown, "no rows before it is said how long a unit is"
    assert owner.post(f"{page}/writing").status_code == 409
    assert place(owner, page).status_code == 303
    shown = owner.get(page).text
    assert "Một hình cần xem lại" in shown or "1 hình cần xem lại" in shown
    assert "path#X04" in shown and "đường hở" in shown and "Sàn" not in shown
    edits = {"3.x": "30", "3.y": "4", "3.width": "3", "3.depth": "3", "3.kind": "góc"}
    assert owner.post(page, data=edits | seen(owner, page)).status_code == 303
    assert "4 hình đều hợp lệ" in owner.get(page).text
    assert place(owner, page, left="2,5", top="1").status_code == 303
    with app.app_context():
        rows = db.session.scalars(select(PlanImport.rows)).one()
        assert [(row["number"], row.get("x")) for row in rows] == [
            ("X01", "2.5"), ("X02", "5.5"), ("X03", "12.5"), ("X04", None),
        ]  # fmt: skip
        assert rows[3]["kind"] == "góc", "what was mended stays, places come from the drawing"
    assert owner.post(page, data={"out.3": "on"} | seen(owner, page)).status_code == 303
    assert owner.post(f"{page}/writing", data={"gates": "1"}).status_code == 303
    with app.app_context():
        hall = db.session.scalars(select(Hall).where(Hall.name == "Nhà Mới")).one()
        drawn = {
            b.number: (b.x_cm, b.y_cm, b.width_cm) for b in db.session.scalars(select(Booth).filter_by(hall_id=hall.id))
        }
        assert drawn == {"X01": (250, 100, 300), "X02": (550, 100, 300), "X03": (1250, 100, 600)}
        assert db.session.scalars(select(Zone.code).where(Zone.hall_id == hall.id)).all() == ["Y"]
        deeds = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        assert deeds[-2:] == ["plan.received", "plan.written"]
    assert place_again(owner, page) == 404


def place_again(client: Client, page: str) -> int:
    return int(client.post(f"{page}/placing", data=PLACED | {"seen": "x"}).status_code)


def test_a_wrong_unit_or_place_is_told_and_what_was_typed_stays(app: Flask, owner: Client) -> None:
    page = send(owner, SVG).location
    for typed, sentence in (
        ({"one": "0"}, "một số lớn hơn 0"), ({"one": "ba"}, "một số lớn hơn 0"), ({"one": "9" * 40}, "một số lớn hơn"),
        ({"left": "-3"}, "từ 0 đến 1.000"), ({"top": "1e9"}, "từ 0 đến 1.000"), ({"hall": " "}, "tên nhà mà bản vẽ"),
        ({"layer": "7"}, "ít nhất một lớp"), ({"hall": "H" * 81}, "80"),
    ):  # fmt: skip
        refused = place(owner, page, **typed)
        assert refused.status_code == 422 and sentence in refused.text, typed
        [(name, value)] = typed.items()
        assert name in ("layer", "hall") or f'value="{value}"' in refused.text
    assert owner.post(f"{page}/placing", data=PLACED | {"seen": "before"}).status_code == 409
    table = send(owner, "number,hall,x,y,width,depth\nX1,Nhà,1,1,3,3\n", "x.csv").location
    assert place(owner, table).status_code == 404


def test_cells_that_were_typed_are_kept_when_the_drawing_is_laid_anew(app: Flask, owner: Client) -> None:
    page = send(owner, SVG).location
    place(owner, page)
    assert place(owner, page, **{"3.number": "X09", "one": "0"}).status_code == 422
    assert place(owner, page, **{"2.name": "Lụa", "unit": "ft", "one": "0.3"}).status_code == 303
    everything = owner.get(f"{page}?all=1").text
    assert 'value="X09"' in everything and 'value="Lụa"' in everything and 'value="2.74"' in everything


def test_only_numbered_elements_and_chosen_layers_come(app: Flask, owner: Client) -> None:
    page = send(owner, SVG.replace('id="X02" ', "")).location
    place(owner, page, layer=["0", "1"])
    with app.app_context():
        assert len(db.session.scalars(select(PlanImport.rows)).one()) == 5
    place(owner, page, layer=["0", "1"], numbered="yes")
    with app.app_context():
        rows = db.session.scalars(select(PlanImport.rows)).one()
        assert [row["number"] for row in rows] == ["X01", "X03", "X04"]


@pytest.mark.parametrize("kind", ["geojson", "svg", "dxf"])
def test_the_plan_as_a_drawing_comes_back_unchanged(app: Flask, owner: Client, market: Market, kind: str) -> None:
    with app.app_context():
        market.hold("A05")
        market.order(market.hold("A03"), "transfer")
    before = plan(app)
    file = owner.get(f"{HALLS}/plan.{kind}")
    assert file.status_code == 200 and f"test-fair-plan.{kind}" in file.headers["Content-Disposition"]
    page = send(owner, file.data, f"plan.{kind}").location
    shown = owner.get(page).text
    assert "hình đều hợp lệ" in shown and "0 gian mới, 0 gian thay đổi" in shown
    assert owner.post(f"{page}/writing").status_code == 303
    assert "0 gian được thêm, 0 gian thay đổi, 0 gian bỏ" in flashed(owner)
    assert plan(app) == before


def test_booths_of_any_shape_are_drawn_and_come_back_unchanged(app: Flask, owner: Client) -> None:
    shape = '<polygon id="X09" points="140,140 200,140 200,170 170,170 170,200 140,200"/>'
    shape += '<path id="X08" d="M240 140l30 0-15 30z"/>'
    page = send(owner, SVG.replace('<path id="X04" d="M0 0L9 9"/>', shape)).location
    place(owner, page)
    assert "5 hình đều hợp lệ" in owner.get(page).text
    assert owner.post(f"{page}/writing").status_code == 303
    with app.app_context():
        drawn = db.session.scalars(select(Booth).where(Booth.number == "X09")).one()
        assert drawn.area_cm2 == 270_000 and len(drawn.outline or []) == 6
    before = plan(app)
    for kind in ("geojson", "svg", "dxf", "csv"):
        page = send(owner, owner.get(f"{HALLS}/plan.{kind}").data, f"plan.{kind}").location
        assert owner.post(f"{page}/writing").status_code == 303, kind
        assert "0 gian được thêm, 0 gian thay đổi, 0 gian bỏ" in flashed(owner), kind
    assert plan(app) == before


def test_one_hall_is_taken_along_by_its_code(app: Flask, owner: Client, market: Market) -> None:
    send_new = send(owner, SVG).location
    place(owner, send_new)
    owner.post(send_new, data={"out.3": "on"} | seen(owner, send_new))
    owner.post(f"{send_new}/writing")
    with app.app_context():
        code = db.session.scalars(select(Hall.code).where(Hall.name == "Nhà Mới")).one()
    numbers = {f["id"] for f in json.loads(owner.get(f"{HALLS}/plan.geojson?hall={code}").data)["features"]}
    assert numbers == {"X01", "X02", "X03"}
    table = owner.get(f"{HALLS}/plan.csv?hall={code}").data.decode("utf-8-sig").splitlines()
    assert len(table) == 4
    assert owner.get(f"{HALLS}/plan.svg?hall=nothing").status_code == 404
    drawing = owner.get(f"{HALLS}/plan.svg?hall={code}").text
    assert "<script" not in drawing and re.search(r'inkscape:label="X01"[^>]* x="400"', drawing)


def test_what_is_no_drawing_is_refused_in_words(owner: Client) -> None:
    for content, name, sentence in (
        (b"<svg><oops", "a.svg", "Không đọc được tệp SVG"), (b'{"a": 1}', "a.geojson", "FeatureCollection"),
        (b"AC1032", "a.dwg", "tệp DWG"), (b"x", "a.dxf", "DXF này bị hỏng"), (b"\x89PNG", "a.png", "không đọc được"),
    ):  # fmt: skip
        answer = send(owner, content, name)
        assert answer.status_code == 422 and sentence in answer.text, name


def test_sales_take_the_plan_along_and_nobody_else_lays_one(market: Market, client: Client, owner: Client) -> None:
    page = send(owner, SVG).location
    for person, status in ((market.cast.sam, 403), (market.cast.fin, 403), (market.cast.ema, 403)):
        client.sign_in(person)
        assert place_again(client, page) == status
    client.sign_in(market.cast.sam)
    assert client.get(f"{HALLS}/plan.svg").status_code == 200
    client.sign_in(market.cast.ema)
    assert client.get(f"{HALLS}/plan.svg").status_code == 403
    client.sign_in(market.cast.ola)
    assert place_again(client, page.replace("test-fair", "other-fair")) in (403, 404)


@pytest.fixture
def call(app: Flask, market: Market) -> Any:
    with app.app_context(), transaction():
        keys = {role: create_token(SYSTEM, market.cast.fair.id, role, None, None, label="test") for role in ROLES}

    def call(role: str, query: str = "", content: bytes | None = None, name: str = "plan.svg", **headers: str) -> Any:
        named = {"Authorization": f"Bearer {keys[role]}"} | {n.replace("_", "-"): v for n, v in headers.items()}
        address = f"/api/v1/fairs/test-fair/plan/file?{query}"
        if content is None:
            return app.test_client().get(address, headers=named)
        return app.test_client().post(address, data={"file": (io.BytesIO(content), name)}, headers=named)

    return call


ROLES = ("organiser", "sales", "gate")


def test_programs_send_a_drawing_and_take_the_plan_along(app: Flask, call: Any) -> None:
    sent = SVG.encode()
    assert call("organiser", "hall=X", sent).status_code == 422, "its unit is not said"
    said = "one=0.1&unit=m&hall=Nhà Mới"
    found = call("organiser", said + "&draw=true", sent).json
    assert [(f["element"], f["column"]) for f in found["faults"]] == [("path#X04", "x")] and found["drawn"] is None
    assert found["layers"] == [
        {"name": "booths", "shapes": 4, "numbered": 4, "chosen": True},
        {"name": "floor", "shapes": 1, "numbered": 0, "chosen": False},
    ]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PlanImport)) == 0
    whole = sent.replace(b'<path id="X04" d="M0 0L9 9"/>', b"")
    for _twice in range(2):
        drawn = call("organiser", said + "&draw=true&left=1&top=1", whole, Idempotency_Key="plan-9").json
        assert drawn["drawn"] == {"added": 3, "changed": 0, "same": 0, "removed": 0, "halls": ["Nhà Mới"]}
    taken = call("organiser", "format=geojson")
    again = call("organiser", "draw=true", taken.data, "plan.geojson").json
    assert again["drawn"]["added"] == 0 and again["drawn"]["changed"] == 0
    assert call("organiser", "layer=king&" + said, sent).status_code == 422
    assert call("organiser", "format=king").status_code == 422
    table = b"number,hall,x,y,width,depth\nX09,H,30,4,3,3\n"
    assert call("organiser", "draw=true", table, "x.csv").json["drawn"]["added"] == 1
    assert call("sales", said, sent).status_code == 403 and call("sales", "format=svg").status_code == 200
    assert call("gate", "format=svg").status_code == 403
