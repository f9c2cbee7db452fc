"""Profiles over the API: everybody reads, a company keeps its own, the organiser hides."""

import io
from typing import Any

import pytest
from flask import Flask

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import transaction
from tests.directory.stage import Shelf, photograph

API = "/api/v1/fairs/test-fair"


@pytest.fixture
def call(app: Flask, shelf: Shelf) -> Any:
    cast, tokens = shelf.cast, {}
    with app.app_context(), transaction():
        for role in ("organiser", "finance"):
            tokens[role] = create_token(SYSTEM, cast.fair.id, role, None, None, label="test")
        tokens["exhibitor"] = create_token(SYSTEM, cast.fair.id, "exhibitor", cast.exhibitor.id, None, label="test")
        tokens["rival"] = create_token(SYSTEM, cast.fair.id, "exhibitor", cast.rival.id, None, label="test")

    def call(role: str | None, method: str, path: str, json: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {tokens[role]}"} if role else {}
        with app.test_client() as client:
            return client.open(API + path, method=method, json=json, headers=headers, **more)

    return call


def test_kept_read_and_hidden(call: Any, shelf: Shelf) -> None:
    one = f"/exhibitors/{shelf.cast.exhibitor.id}/profile"
    sent = call("exhibitor", "POST", f"{one}/files", data={"photograph": (io.BytesIO(photograph()), "a.jpg")})
    assert sent.status_code == 201, sent.text
    words = {"revision": 0, "about": "Men lam", "seeks": ["agents"], "logo": sent.json["file"]}
    saved = call("exhibitor", "PUT", one, words)
    assert saved.status_code == 200, saved.text
    assert (saved.json["revision"], saved.json["logo"]) == (1, sent.json["file"])
    stale = call("exhibitor", "PUT", one, words | {"about": "Khác"})
    assert (stale.status_code, stale.json["code"], stale.json["revision"]) == (409, "edited_meanwhile", 1)
    made = call("exhibitor", "POST", f"{one}/items", {"kind": "product", "name": "Ấm", "category": "ceramics"})
    assert made.status_code == 201, made.text
    item = f"{one}/items/{made.json['id']}"
    change = {"revision": 1, "name": "Ấm lớn", "category": "ceramics", "file": sent.json["file"]}
    assert call("exhibitor", "PUT", item, change).json["revision"] == 2
    assert call("organiser", "PUT", f"{one}/hidden/{made.json['id']}", {"reason": "Mờ"}).status_code == 204
    assert call(None, "GET", one).json["products"] == []
    assert call("exhibitor", "GET", one).json["products"][0]["hidden"] == "Mờ"
    assert call("organiser", "DELETE", f"{one}/hidden/{made.json['id']}").status_code == 204
    assert call(None, "GET", one).json["products"][0]["name"] == "Ấm lớn"
    assert call("organiser", "PUT", f"{one}/hidden/about", {"reason": "Quá lời"}).status_code == 204
    public = call("rival", "GET", one).json
    assert (public["about"], public["about_hidden"]) == ("", "")
    assert call("exhibitor", "DELETE", f"{item}?revision=1").status_code == 409
    assert call("exhibitor", "DELETE", f"{item}?revision=2").status_code == 204


def test_each_key_keeps_what_is_its_own(call: Any, shelf: Shelf) -> None:
    one = f"/exhibitors/{shelf.cast.exhibitor.id}/profile"
    assert call("rival", "PUT", one, {"revision": 0}).status_code == 404
    assert call("organiser", "PUT", one, {"revision": 0}).status_code == 403
    assert call(None, "PUT", one, {"revision": 0}).status_code == 401
    for role in ("exhibitor", "finance"):
        assert call(role, "PUT", f"{one}/hidden/about", {"reason": "x"}).status_code == 403
    not_mine = call("exhibitor", "PUT", one, {"revision": 0, "logo": "0" * 64})
    assert not_mine.status_code == 404


def test_exhibitors_are_found_by_their_profiles(call: Any, shelf: Shelf) -> None:
    shelf.keep(about="Men rạn gia truyền")
    assert call(None, "GET", "/exhibitors").json["items"] == []  # nobody has a booth yet
    assert len(call("organiser", "GET", "/exhibitors").json["items"]) == 2
    shelf.let("A05")
    shelf.let("A07", rival=True)
    found = call(None, "GET", "/exhibitors?q=gia+truyen").json["items"]
    assert [one["name"] for one in found] == ["Gốm Chi"]
    assert len(call(None, "GET", "/exhibitors").json["items"]) == 2
    first = call(None, "GET", "/exhibitors?limit=1").json
    assert call(None, "GET", f"/exhibitors?limit=1&after={first['next']}").json["next"] is None
