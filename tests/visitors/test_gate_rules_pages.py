"""The organiser's pages of gates and categories, and the desk's list of who waits for approval."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.visitors.models import Badge, Gate, VisitorCategory
from tests.support.cast import Cast
from tests.visitors.stage import NOON, at, change_fair, new_badge

ORGANISE = "/fairs/test-fair/organise"
RULES = f"{ORGANISE}/gates/rules"


@pytest.fixture
def ola(app: Flask, client: Any, cast: Cast) -> Any:
    """A browser of the organiser's."""
    at(NOON)
    client.sign_in(cast.ola)
    return client


def gates(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context():
        found = db.session.scalars(select(Gate).where(Gate.fair_id == 1).order_by(Gate.position))
        return [(gate.name, gate.retired_at is not None) for gate in found]


def test_gates_by_the_page(app: Flask, ola: Any) -> None:
    wrong = ola.post(f"{RULES}/gates", data={"name": "", "name_en": "Back", "hall": ""})
    assert (wrong.status_code, 'value="Back"' in wrong.text) == (422, True)  # what was typed stays
    assert ola.post(f"{RULES}/gates", data={"name": "Cổng sau", "hall": "A"}).status_code == 303
    assert ola.post(f"{RULES}/gates/C3", data={"name": "Cổng Bắc", "hall": ""}).status_code == 303
    assert ola.post(f"{RULES}/gates/C3/move", data={"to": "up"}).status_code == 303
    assert ola.post(f"{RULES}/gates/C1/move", data={"to": "up"}).status_code == 303  # it is the first already
    assert ola.post(f"{RULES}/gates/C2/retirement").status_code == 303
    assert gates(app) == [("Cổng 1", False), ("Cổng Bắc", False), ("Cổng 2", True)]
    assert "Dùng lại" in ola.get(RULES).text
    assert ola.post(f"{RULES}/gates/C2/reopening").status_code == 303
    assert gates(app)[-1] == ("Cổng 2", False)
    assert ola.get(f"{RULES}/gates/C9").status_code == 404


def test_a_category_by_the_page(app: Flask, ola: Any) -> None:
    typed = {"name": "Khách", "name_en": "", "from_1": "09:00", "to_1": "12:00", "at_gates": "C1", "asks_for": "phone"}
    assert ola.post(f"{RULES}/categories/trade", data=typed | {"has_fee": "y"}).status_code == 303
    with app.app_context():
        kept = db.session.scalars(select(VisitorCategory).where(VisitorCategory.code == "trade")).first()
        assert (kept.name, kept.hours, kept.gates, kept.asks, kept.has_fee) == (
            "Khách", {"1": ["09:00", "12:00"]}, ["C1"], ["phone"], True,
        )  # fmt: skip
    half = ola.post(f"{RULES}/categories/trade", data=typed | {"to_1": ""})
    assert (half.status_code, 'value="09:00"' in half.text) == (422, True)
    assert "09:00–12:00" in ola.get(RULES).text


def test_who_waits_is_decided_from_the_list(app: Flask, ola: Any, statements: Any) -> None:
    change_fair(app, approve_buyers=True)
    waits = [new_badge(app, f"v{n}@example.jp", name=f"Khách {n}") for n in range(4)]
    with statements() as seen:
        page = ola.get(f"{ORGANISE}/visitors/waiting")
    assert page.text.index("Khách 0") < page.text.index("Khách 3")
    assert len(seen) <= 15, len(seen)
    approval, refusal = (f"{ORGANISE}/badges/{waits[n].id}/{what}" for n, what in ((0, "approval"), (1, "refusal")))
    assert ola.post(approval, data={"back": "waiting"}).location.endswith("/visitors/waiting")
    assert ola.post(refusal, data={"reason": "not_trade"}).location.endswith(f"/badges/{waits[1].id}")
    assert ola.post(refusal, data={"reason": "not_trade"}, follow_redirects=True).status_code == 409
    assert ola.post(f"{ORGANISE}/badges/{waits[2].id}/refusal", data={"reason": "?"}).status_code == 422
    with app.app_context():
        states = db.session.scalars(select(Badge.state).order_by(Badge.id)).all()
        assert states == ["valid", "revoked", "not_approved", "not_approved"]
    assert "Không thuộc ngành" in ola.get(f"{ORGANISE}/badges/{waits[1].id}").text


@pytest.mark.parametrize("path", ["/gates/rules", "/gates/rules/categories/trade", "/visitors/waiting"])
def test_pages_are_the_organisers(client: Any, cast: Cast, path: str) -> None:
    client.sign_in(cast.gia)
    assert client.get(ORGANISE + path).status_code == 403


def test_pages_ask_little(ola: Any, statements: Any) -> None:
    for path in ("", "/gates/C1", "/categories/trade"):
        with statements() as seen:
            assert ola.get(RULES + path).status_code == 200
        assert len(seen) <= 12, (path, len(seen))
