"""Choosing in turn as people and programs meet it: set-up, publication, one's own turn, and what strangers check."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event

from app.allocation.selection_models import SelectionState
from app.db import db
from tests.allocation.selection_stage import DRAW_AT, FIRST, SEED, Chooser, at
from tests.conftest import Client

FAIR = "/fairs/test-fair"
ORGANISE = f"{FAIR}/organise/selection"
TYPED = {
    "zone": "", "basis": "points", "bands": "", "days": "21.10.2019", "from_time": "09:00", "to_time": "17:00",
    "slot_minutes": "30", "per_slot": "1", "general_on": "2019-10-28", "general_time": "09:00",
    "seed_source": "Giải đặc biệt xổ số miền Bắc tối 14.10", "draw_on": "2019-10-14", "draw_time": "18:30",
}  # fmt: skip
SENT = {
    "basis": "points", "days": ["2019-10-21"], "from_time": "09:00", "to_time": "17:00", "slot_minutes": 30,
    "per_slot": 1, "general_at": "2019-10-28T09:00:00+07:00", "seed_source": "Xổ số tối 14.10",
    "draw_at": "2019-10-14T18:30:00+07:00",
}  # fmt: skip


def test_the_organiser_sets_up_publishes_and_draws(client: Client, chooser: Chooser) -> None:
    client.sign_in(chooser.cast.ola)
    wrong = client.post(f"{ORGANISE}/new", data=TYPED | {"days": "21.10.2019, 32.10.2019", "per_slot": "7"})
    assert wrong.status_code == 422
    assert "32.10.2019 không phải là ngày" in wrong.text
    assert 'value="7"' in wrong.text
    made = client.post(f"{ORGANISE}/new", data=TYPED)
    assert made.status_code == 303, made.text
    draft = client.get(made.location).text
    assert "2 đơn vị bằng điểm" in draft
    saved = client.post(made.location, data=TYPED | {"slot_minutes": "20", "revision": "1"})
    assert saved.status_code == 303
    stale = client.post(f"{made.location}/list", data={"revision": "1"})
    assert (stale.status_code, "Vừa có người sửa lịch này" in stale.text) == (409, True)
    assert client.post(f"{made.location}/list", data={"revision": "2"}).status_code == 303
    early = client.post(f"{made.location}/seed", data={"seed": SEED})
    assert early.status_code == 409
    at(DRAW_AT)
    assert "Bốc thăm và công bố" in client.get(made.location).text
    assert client.post(f"{made.location}/seed", data={"seed": SEED}).status_code == 303
    at(FIRST + timedelta(minutes=25))
    page = client.get(made.location).text
    assert "Lỡ lượt" in page
    assert client.get(f"{made.location}?show=missed").text.count("<tr><td>") == 1
    assert client.get(f"{made.location}/standing.csv").status_code == 200
    client.sign_in(chooser.cast.sam)
    assert client.get(made.location).status_code == 200
    assert client.post(f"{made.location}/renewal", data={"reason": "x"}).status_code == 403
    client.sign_in(chooser.cast.ola)
    renewed = client.post(f"{made.location}/renewal", data={"reason": "Sót một đơn vị."}, follow_redirects=True)
    assert "Lần này thay cho lần đã công bố" in renewed.text
    assert "Sót một đơn vị." in client.get(made.location).text


def test_exhibitors_read_their_turn_and_strangers_check_the_draw(client: Client, chooser: Chooser) -> None:
    chooser.past("Gốm Chi", "0101111111", booths=2)
    assert client.get(f"{FAIR}/selection").status_code == 200
    chooser.company("Lụa Vạn Phúc")
    chooser.drawn()
    client.sign_in(chooser.cast.ema)
    own = client.get(f"{FAIR}/portal/selection").text
    for words in ("T2 21.10.2019, 09:00–09:30", "thứ 1 trong 3", "2018", "2 gian: ", "(+5)", "(+2)", "(+3)"):
        assert words in own
    assert "Lượt chọn của bạn: 09:00, 21.10.2019" in client.get(f"{FAIR}/portal").text
    drawer = client.get(f"{FAIR}/plan/drawer?booth=A03").text
    assert "Bạn giữ được từ 09:00, 21.10.2019" in drawer
    assert "Giữ A03" not in drawer
    refused = client.post(f"{FAIR}/booths/A03/hold")
    assert (refused.status_code, "A03: lượt chọn của bạn bắt đầu lúc 09:00, 21.10.2019" in refused.text) == (409, True)
    at(FIRST)
    assert "Đang là lượt của bạn." in client.get(f"{FAIR}/plan").text
    assert client.post(f"{FAIR}/booths/A03/hold").status_code == 303
    named = client.get(f"{FAIR}/selection/1").text
    client.sign_out()
    page = client.get(f"{FAIR}/selection/1").text
    assert chooser.one().digest in page
    assert SEED in page
    assert "sha256sum" in page
    assert ("Gốm Chi" in named, "Gốm Chi" in page) == (True, False)
    assert client.get(f"{FAIR}/selection/1/list.csv").text == chooser.one().list_text
    assert client.get(f"{FAIR}/selection/1/order.csv").text.count("\n") == 4
    assert client.get(f"{FAIR}/selection/2").status_code == 404
    assert client.get(f"{FAIR}/portal/selection").status_code == 302


def test_points_are_listed_and_corrected(client: Client, chooser: Chooser) -> None:
    chooser.past("Gốm Chi", "0101111111")
    client.sign_in(chooser.cast.sam)
    whose = f"{ORGANISE}/points/{chooser.cast.exhibitor.id}"
    assert "Gốm Chi: 9 điểm" in client.get(whose).text
    wrong = client.post(whose, data={"points": "mười", "reason": "Tài trợ"})
    assert (wrong.status_code, 'value="mười"' in wrong.text) == (422, True)
    assert client.post(whose, data={"points": "−2", "reason": "Trả gian muộn"}).status_code == 303
    page = client.get(whose).text
    assert "Gốm Chi: 7 điểm" in page
    assert "Trả gian muộn" in page
    assert "Gốm Chi" in client.get(f"{ORGANISE}/points?q=gom").text
    assert client.get(f"{ORGANISE}/points.csv").status_code == 200
    assert client.get(f"{ORGANISE}/rule").status_code == 403
    assert client.post(f"{ORGANISE}/corrections/1/withdrawal").status_code == 303
    client.sign_in(chooser.cast.fin)
    assert client.get(whose).status_code == 200
    assert client.post(whose, data={"points": "1", "reason": "x"}).status_code == 403
    client.sign_in(chooser.cast.ola)
    weights = {"edition": "7", "per_9_m2": "0", "on_time": "0", "late": "0", "released": "0"}
    assert client.post(f"{ORGANISE}/rule", data=weights | {"late": "5000"}).status_code == 422
    assert client.post(f"{ORGANISE}/rule", data=weights).status_code == 303
    client.sign_in(chooser.cast.ema)
    own = client.get(f"{FAIR}/portal/selection?lang=en").text
    assert "for each earlier edition with a booth of your own" in own
    assert "9 m² that you had" not in own


def test_programs_draw_and_check(call: Any, chooser: Chooser) -> None:
    assert call("sales", "POST", "/selections", SENT).status_code == 403
    made = call("organiser", "POST", "/selections", SENT)
    assert made.status_code == 201, made.text
    assert call(None, "GET", "/selections").json["items"] == []
    assert call(None, "GET", "/selections/1").status_code == 404
    assert call("organiser", "PUT", "/selections/1", SENT | {"revision": 1, "per_slot": 2}).json["revision"] == 2
    assert call("organiser", "POST", "/selections/1/list", {"revision": 1}).json["code"] == "selection_changed"
    assert call("organiser", "POST", "/selections/1/list", {"revision": 2}).status_code == 201
    held = {"exhibitor": chooser.cast.exhibitor.id, "booths": ["A03"]}
    refused = call("exhibitor", "POST", "/holds", held)
    assert (refused.status_code, refused.json["code"]) == (409, "turns_not_drawn")
    assert call("organiser", "POST", "/selections/1/seed", {"seed": SEED}).json["code"] == "seed_too_early"
    at(DRAW_AT)
    drawn = call("organiser", "POST", "/selections/1/seed", {"seed": SEED})
    assert drawn.json["state"] == SelectionState.DRAWN
    assert {one["standing"] for one in drawn.json["order"]} == {"waits"}
    read = call(None, "GET", "/selections/1").json
    assert read["digest"]
    assert "standing" not in read["order"][0]
    early = call("exhibitor", "POST", "/holds", held).json
    assert (early["code"], early["starts_at"]) == ("not_your_turn", FIRST.isoformat())
    correction = {"points": 3, "reason": "Tài trợ"}
    path = f"/exhibitors/{chooser.cast.exhibitor.id}/points-corrections"
    kept = call("sales", "POST", path, correction)
    assert kept.status_code == 201
    assert [one["points"] for one in call("exhibitor", "GET", "/points").json["items"]] == [3]
    assert call("exhibitor", "POST", path, correction).status_code == 403
    assert call("sales", "DELETE", f"/points-corrections/{kept.json['id']}").status_code == 204
    again = call("organiser", "POST", "/selections/1/successor", {"reason": "Sót"}).json
    assert (again["number"], again["state"]) == (2, "draft")
    assert call("organiser", "DELETE", "/selections/2?reason=Thôi").status_code == 204
    assert call("exhibitor", "POST", "/holds", held).status_code == 201


def test_no_page_asks_for_much(client: Client, chooser: Chooser) -> None:
    chooser.past("Gốm Chi", "0101111111")
    for n in range(5):
        chooser.company(f"Đơn vị {n}")
    chooser.add()
    said: list[str] = []

    def listen(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    with client.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        client.sign_in(chooser.cast.ola)
        for path in ("", "/points", f"/points/{chooser.cast.exhibitor.id}", "/draws/1", "/rule"):
            said.clear()
            assert client.get(ORGANISE + path).status_code == 200
            asked = [one for one in said if one.startswith(("SELECT", "WITH"))]
            assert len(asked) <= 15, path
    finally:
        event.remove(engine, "before_cursor_execute", listen)
