"""Tasks over the API: kept, answered, decided; each key sees what is its own."""

import io
from typing import Any

import pytest
from flask import Flask

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import transaction
from tests.tasks.stage import PDF, Manual

API = "/api/v1/fairs/test-fair"
TASK = {"title": "Tên biển gian", "due_on": "2019-11-01", "asks": "text", "longest": 24, "must_accept": True}


@pytest.fixture
def call(app: Flask, manual: Manual) -> Any:
    """`call(role, method, path, json)` with a key of that role; None for a stranger."""
    cast, tokens = manual.cast, {}
    with app.app_context(), transaction():
        for role in ("organiser", "sales", "finance", "gate"):
            tokens[role] = create_token(SYSTEM, cast.fair.id, role, None, None, label="test")
        tokens["exhibitor"] = create_token(SYSTEM, cast.fair.id, "exhibitor", cast.exhibitor.id, None, label="test")
        tokens["rival"] = create_token(SYSTEM, cast.fair.id, "exhibitor", cast.rival.id, None, label="test")
        tokens["buyer"] = create_token(SYSTEM, cast.fair.id, "buyer", None, cast.buyer.id, label="test")

    def call(role: str | None, method: str, path: str, json: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {tokens[role]}"} if role else {}
        with app.test_client() as client:
            return client.open(API + path, method=method, json=json, headers=headers, **more)

    return call


def test_kept_answered_and_decided(call: Any, manual: Manual) -> None:
    made = call("sales", "POST", "/tasks", TASK)
    assert made.status_code == 201, made.text
    task_id = made.json["id"]
    changed = call("organiser", "PUT", f"/tasks/{task_id}", TASK | {"title_en": "Fascia name"})
    assert changed.json["title_en"] == "Fascia name"
    assert [one["id"] for one in call("exhibitor", "GET", "/tasks").json["items"]] == [task_id]
    answered = call("exhibitor", "POST", f"/tasks/{task_id}/answers", {"revision": 0, "text": "GỐM CHI"})
    assert (answered.status_code, answered.json["state"]) == (201, "sent")
    again = call("exhibitor", "POST", f"/tasks/{task_id}/answers", {"revision": 0, "text": "KHÁC"})
    assert (again.status_code, again.json["code"], again.json["revision"]) == (409, "answered_meanwhile", 1)
    seen = [{"id": answered.json["id"], "revision": 1}]
    none = call("organiser", "POST", "/task-answers/decisions", {"decision": "send_back", "answers": seen})
    assert (none.status_code, none.json["code"]) == (422, "invalid_input")
    body = {"decision": "send_back", "reason": "Viết hoa.", "answers": seen}
    assert call("organiser", "POST", "/task-answers/decisions", body).json == {"decided": [seen[0]["id"]], "left": []}
    stands = call("exhibitor", "GET", "/task-answers").json["items"]
    assert [(one["state"], one["reason"]) for one in stands] == [("sent_back", "Viết hoa.")]
    again = call("exhibitor", "POST", f"/tasks/{task_id}/answers", {"revision": 1, "text": "CHI"})
    assert again.json["revision"] == 2
    left = call("sales", "POST", "/task-answers/decisions", {"decision": "accept", "answers": seen})
    assert left.json == {"decided": [], "left": [seen[0]["id"]]}
    done = call(
        "sales", "POST", "/task-answers/decisions", {"decision": "accept", "answers": [seen[0] | {"revision": 2}]}
    )
    assert done.json["decided"] == [seen[0]["id"]]
    fixed = call("exhibitor", "POST", f"/tasks/{task_id}/answers", {"revision": 2, "text": "X"})
    assert (fixed.status_code, fixed.json["code"]) == (409, "answer_fixed")
    other = call("organiser", "PUT", f"/tasks/{task_id}", TASK | {"asks": "confirm"})
    assert other.json["code"] == "task_has_answers"
    assert call("organiser", "DELETE", f"/tasks/{task_id}").status_code == 204
    assert call("organiser", "DELETE", f"/tasks/{task_id}").status_code == 404


def test_files_are_sent_and_read_by_their_own(call: Any, manual: Manual) -> None:
    task_id = call("organiser", "POST", "/tasks", TASK | {"asks": "file"}).json["id"]
    path = f"/tasks/{task_id}/documents?revision=0"
    wrong = call("exhibitor", "POST", path, data={"document": (io.BytesIO(b"<svg>"), "x.png")})
    assert (wrong.status_code, list(wrong.json["fields"])) == (422, ["document"])
    kept = call("exhibitor", "POST", path, data={"document": (io.BytesIO(PDF), "bảo hiểm.pdf")})
    assert (kept.status_code, kept.json["document"]["media_type"]) == (201, "application/pdf")
    assert call("exhibitor", "POST", f"/tasks/{task_id}/answers", {"revision": 1}).status_code == 422
    document = f"/task-answers/{kept.json['id']}/1/document"
    statuses = {
        role: call(role, "GET", document).status_code for role in ("organiser", "exhibitor", "rival", "buyer", "gate")
    }
    assert statuses == {"organiser": 200, "exhibitor": 200, "rival": 404, "buyer": 403, "gate": 403}


def test_the_usual_tasks_and_pages_of_standings(call: Any, manual: Manual) -> None:
    assert [call("organiser", "POST", "/usual-tasks").json["added"] for _time in range(2)] == [8, 0]
    first = call("sales", "GET", "/task-answers?limit=10").json
    rest = call("sales", "GET", f"/task-answers?limit=10&after={first['next']}").json
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (10, 4, None)  # seven each: no island
    assert {one["exhibitor"] for one in call("rival", "GET", "/task-answers").json["items"]} == {manual.cast.rival.id}
    other = manual.cast.exhibitor.id
    assert call("rival", "GET", f"/task-answers?exhibitor={other}").json["items"] == []
    assert call("sales", "GET", "/task-answers?state=late").json["items"] == []


def test_a_key_answers_for_its_own_exhibitor_alone(call: Any, manual: Manual) -> None:
    task_id = manual.task()
    body = {"revision": 0, "text": "GỐM", "exhibitor": manual.cast.exhibitor.id}
    statuses = {
        role: call(role, "POST", f"/tasks/{task_id}/answers", body).status_code
        for role in ("organiser", "sales", "finance", "gate", "buyer", "rival", None, "exhibitor")
    }
    assert statuses == {
        "organiser": 403, "sales": 403, "finance": 403, "gate": 403, "buyer": 403, "rival": 404, None: 401,
        "exhibitor": 201,
    }  # fmt: skip
    for role in ("finance", "gate", "exhibitor", "buyer"):
        assert call(role, "POST", "/tasks", TASK).status_code == 403
        assert call(role, "DELETE", f"/tasks/{task_id}").status_code == 403
        assert call(role, "POST", "/task-answers/decisions", {"decision": "accept", "answers": []}).status_code == 403
    assert call(None, "GET", "/tasks").status_code == 401
