"""The organiser corrects on pages, programs by the API; both say what is wrong, and do once what is sent twice."""

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.chain import seal_all
from app.db import db
from app.visitors.models import Badge, Correction
from tests.support.cast import Cast
from tests.visitors.stage import NOON, a_scan, at, counts, new_badge, send, token_for

FAIR, API = "/fairs/test-fair", "/api/v1/fairs/test-fair"


@pytest.fixture
def badge(app: Flask, cast: Cast) -> Badge:
    at(NOON)
    return new_badge(app, "huong@example.jp")


def made(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Correction)) or 0


def test_organiser_records_a_missed_entry_and_undoes_it(app: Flask, client: Any, cast: Cast, badge: Badge) -> None:
    client.sign_in(cast.ola)
    page = f"{FAIR}/organise/badges/{badge.id}/missed-entry"
    assert "Ghi bổ sung lượt vào" in client.get(page).text
    form = {"key": str(uuid.uuid4()), "entered_on": "2019-12-13", "entered_time": "09:30", "gate": "C1"}
    for bad, said in (
        ({"reason": "other", "note": ""}, "Hãy ghi ngắn gọn lý do."),
        ({"reason": "let_in", "entered_on": "2019-11-01"}, "Lượt vào phải thuộc một ngày của hội chợ"),
        ({"reason": "let_in", "entered_time": "23:00"}, "Thời điểm này chưa tới."),
    ):
        refused = client.post(page, data=form | bad)
        assert (refused.status_code, said in refused.text, form["key"] in refused.text) == (422, True, True)
    for _ in range(2):
        assert client.post(page, data=form | {"reason": "let_in", "note": "Cổng B"}).status_code == 303
    assert (counts(app), made(app)) == ((1, 1), 1)
    assert "Ghi bổ sung" in client.get(f"{FAIR}/organise/gates/scans").text
    assert "Đã cho vào mà không quét".lower() in client.get(f"{FAIR}/organise/badges/{badge.id}").text
    listed = client.get(f"{FAIR}/organise/gates/corrections").text
    assert "Cổng B" in listed
    undo = {"key": str(uuid.uuid4())}
    for _ in range(2):
        assert client.post(f"{FAIR}/organise/gates/corrections/{form['key']}/undo", data=undo).status_code == 303
    assert (counts(app), made(app)) == ((0, 1), 2)
    assert "Đã cho vào mà không quét" in client.get(f"{FAIR}/organise/audit").text


def test_organiser_takes_a_wrong_entry_out(app: Flask, client: Any, cast: Cast, badge: Badge) -> None:
    [entry] = send(client, token_for(app, "gate"), a_scan(badge.token))
    client.sign_in(cast.ola)
    page = f"{FAIR}/organise/gates/scans/{entry['id']}/correction"
    assert page in client.get(f"{FAIR}/organise/gates/scans").text
    assert client.get(page).status_code == 200
    assert client.post(page, data={"reason": ""}).status_code == 422
    assert client.post(page, data={"key": str(uuid.uuid4()), "reason": "wrong_person"}).status_code == 303
    assert counts(app) == (0, 1)
    scans = client.get(f"{FAIR}/organise/gates/scans?badge={badge.id}").text
    assert "thẻ của người khác" in scans
    assert page not in scans
    assert client.post(page, data={"key": str(uuid.uuid4()), "reason": "trial"}).status_code == 409
    assert client.get(f"{FAIR}/organise/gates/scans/none/correction").status_code == 404


def test_program_corrects_once_under_its_id_and_key(app: Flask, client: Any, badge: Badge) -> None:
    ours, key = token_for(app, "organiser"), str(uuid.uuid4())
    body = {"id": key, "kind": "missed_entry", "reason": "gate_down", "badge": badge.id, "gate": "C1",
            "at": NOON.isoformat()}  # fmt: skip
    headers = ours | {"Idempotency-Key": "k1"}
    first, again = (client.post(f"{API}/corrections", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert client.post(f"{API}/corrections", json=body, headers=ours).status_code == 200
    other = client.post(f"{API}/corrections", json=body | {"reason": "let_in"}, headers=ours)
    assert (other.status_code, other.json["code"]) == (409, "correction_id_taken")
    for bad, name in (({"kind": "x"}, "kind"), ({"badge": "1"}, "badge"), ({"at": "noon"}, "at"), ({"id": "1"}, "id")):
        refused = client.post(f"{API}/corrections", json=body | bad, headers=ours)
        assert (refused.status_code, list(refused.json["fields"])) == (422, [name])
    [shown] = client.get(f"{API}/corrections?limit=1", headers=ours).json["items"]
    assert (shown["id"], shown["reason"]) == (key, "gate_down")
    for role in ("gate", "sales", "deals"):
        assert client.post(f"{API}/corrections", json=body, headers=token_for(app, role)).status_code == 403


def test_page_and_api_say_where_the_chain_stands(app: Flask, client: Any, cast: Cast, badge: Badge) -> None:
    ours = token_for(app, "organiser")
    send(client, token_for(app, "gate"), a_scan(badge.token))
    before = client.get(f"{API}/chain", headers=ours).json
    assert (before["sealed"], before["head"]) == (0, None)
    with app.app_context():
        seal_all()
        db.session.remove()
    after = client.get(f"{API}/chain", headers=ours).json
    assert (after["sealed"], after["waiting"], after["breaks"]) == (before["waiting"], 0, None)
    assert client.get(f"{API}/chain", headers=token_for(app, "gate")).status_code == 403
    client.sign_in(cast.ola)
    page = client.get(f"{FAIR}/organise/audit/chain").text
    assert after["head"] in page
    assert f"chain verify --fair test-fair --head {after['head'][:16]}" in page
