"""What a gate's token reads of badges: a person who stands there is found, nobody leafs through the visitors."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import security
from app.audit import AuditEntry
from app.db import db, transaction
from app.visitors.models import Badge, BadgeState
from tests.support.cast import Cast
from tests.visitors.stage import NOON, at, change_fair, new_badge, token_for

BADGES = "/api/v1/fairs/test-fair/badges"


@pytest.fixture
def gate(app: Flask, cast: Cast) -> dict[str, str]:
    """The headers of a gate's program, at a fair with twelve visitors of one name."""
    at(NOON)
    for n in range(12):
        new_badge(app, f"v{n}@example.jp")
    return token_for(app, "gate")


def test_gate_finds_who_stands_there_by_three_letters(app: Flask, client: FlaskClient, gate: dict[str, str]) -> None:
    badge = new_badge(app, "vu@example.vn", name="Vũ Ý")
    answer = client.get(f"{BADGES}?q=v%C5%A9+%C3%BD", headers=gate)
    [found] = answer.json["items"]
    assert found == {
        "id": badge.id, "number": badge.number, "token": badge.token, "category": "trade", "state": "valid",
        "name": "Vũ Ý", "company": "M. V.",
    }  # fmt: skip
    assert client.get(f"{BADGES}?q={badge.number[:6]}", headers=gate).json["items"] == [found]
    change_fair(app, names_at_gate=False)
    [found] = client.get(f"{BADGES}?q=vu+y", headers=gate).json["items"]
    assert not {"name", "company"} & found.keys()


def test_gate_finds_the_likeliest_first(app: Flask, client: FlaskClient, gate: dict[str, str]) -> None:
    for n, name in enumerate(["Trần Thoai", "Lê Mai Hoa", "Phạm Hoa", "Hoa Bình", "Hoa Bình"]):
        new_badge(app, f"n{n}@example.vn", name=name)
    with app.app_context(), transaction():
        first = db.session.scalars(select(Badge).order_by(Badge.id.desc()).offset(1)).first()
        first.state = BadgeState.REVOKED
    found = client.get(f"{BADGES}?q=hoa", headers=gate).json["items"]
    assert [one["name"] for one in found] == ["Hoa Bình", "Hoa Bình", "Lê Mai Hoa", "Phạm Hoa", "Trần Thoai"]
    assert [one["state"] for one in found[:2]] == ["valid", "revoked"]
    assert client.get(f"{BADGES}?q=%25", headers=gate).status_code == 422
    assert client.get(f"{BADGES}?q=%25_%25", headers=gate).json["items"] == []


@pytest.mark.parametrize("asked", ["", "?limit=1000", "?q=", "?q=h", "?q=hu", "?q=h+u+o", "?q=%20%20h%20", "?after=0"])
def test_gate_gets_no_list_of_badges(client: FlaskClient, gate: dict[str, str], asked: str) -> None:
    answer = client.get(BADGES + asked, headers=gate | {"Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["fields"] == {"q": "Search by at least 3 letters of a name."}


@pytest.mark.parametrize("asked", ["", "&limit=1000", "&after=3", "&limit=8&after=8"])
def test_gate_sees_eight_at_most_and_no_second_page(client: FlaskClient, gate: dict[str, str], asked: str) -> None:
    first = client.get(f"{BADGES}?q=huong", headers=gate).json
    answer = client.get(f"{BADGES}?q=huong{asked}", headers=gate).json
    assert len(answer["items"]) == 8
    assert answer == first | {"next": None}
    assert len(client.get(f"{BADGES}?q=huong&limit=2", headers=gate).json["items"]) == 2


def test_gate_that_asks_without_end_is_stopped(app: Flask, client: FlaskClient, gate: dict[str, str]) -> None:
    other = token_for(app, "gate")
    app.config["FAIR_NO_LIMITS"] = False
    try:
        answers = [client.get(f"{BADGES}?q=huong", headers=gate).status_code for _ in range(61)]
        assert answers == [200] * 60 + [429]
        assert client.get(f"{BADGES}?q=huong", headers=other).status_code == 200
    finally:
        app.config["FAIR_NO_LIMITS"] = True
        security._tries.clear()


def test_log_keeps_who_looked_whom_up_and_not_the_name(app: Flask, client: FlaskClient, gate: dict[str, str]) -> None:
    client.get(f"{BADGES}?q=huong&limit=2", headers=gate)
    client.get(f"{BADGES}?q=hu", headers=gate)
    with app.app_context():
        [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "badges.searched"))
        assert (entry.actor, entry.details) == ("token:1", {"badges": [1, 2]})


def test_gate_prints_nothing(client: FlaskClient, gate: dict[str, str]) -> None:
    assert client.get(f"{BADGES}/1.pdf", headers=gate).status_code == 403


def test_organiser_lists_them_all(app: Flask, client: FlaskClient, gate: dict[str, str]) -> None:
    organiser = token_for(app, "organiser")
    assert len(client.get(f"{BADGES}?limit=1000", headers=organiser).json["items"]) == 12
    page = client.get(f"{BADGES}?q=h&limit=5", headers=organiser).json
    assert (len(page["items"]), page["next"]) == (5, "5")
