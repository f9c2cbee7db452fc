"""A request sent twice under one key is done once; strangers, who have no name, do not meet in each other's keys."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import db, transaction
from app.visitors.models import Registration
from tests.visitors.stage import NOON, at

API = "/api/v1/fairs/test-fair/registrations"
PLAN = "/api/v1/fairs/test-fair/plan/file"


@pytest.fixture(autouse=True)
def noon(cast: Any) -> None:
    at(NOON)


def person(name: str) -> dict[str, str]:
    return {"name": name, "category": "public", "email": f"{name.lower()}@example.org", "country": "VN"}


def register(client: Any, name: str, address: str = "198.51.100.7", **headers: str) -> Any:
    named = {"Idempotency-Key": "1"} | headers
    return client.post(API, json=person(name), headers=named, environ_overrides={"REMOTE_ADDR": address})


def registered(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Registration)) or 0


def test_strangers_who_take_the_same_key_are_both_served(app: Flask, client) -> None:
    assert register(client, "Anna").status_code == 201
    assert register(client, "Binh", "198.51.100.8").status_code == 201
    assert register(client, "Chi").status_code == 201  # one address, as behind a hall's Wi-Fi
    assert registered(app) == 3


def test_a_stranger_who_sends_it_twice_gets_the_first_answer_again(app: Flask, client) -> None:
    first, again = register(client, "Anna"), register(client, "Anna")
    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert registered(app) == 1


def test_what_one_stranger_was_answered_is_not_shown_to_another(client) -> None:
    assert "token" in register(client, "Anna").get_json()
    assert register(client, "Anna", "198.51.100.8").get_json() == {"mailed": True}


def test_a_program_is_told_that_its_key_was_for_something_else(app: Flask, client, cast) -> None:
    with app.app_context(), transaction():
        key = {"Authorization": "Bearer " + create_token(SYSTEM, cast.fair.id, "organiser")}
    assert register(client, "Anna", **key).status_code == 201
    assert register(client, "Binh", **key).get_json()["code"] == "idempotency_key_reused"


def test_what_is_asked_in_the_address_is_part_of_the_request(app: Flask, client, cast) -> None:
    with app.app_context(), transaction():
        key = create_token(SYSTEM, cast.fair.id, "organiser")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "plan"}

    def send(query: str) -> Any:
        table = (io.BytesIO(b"number,hall,x,y,width,depth\nX01,New,4,4,3,3\n"), "plan.csv")
        return client.post(f"{PLAN}?{query}", data={"file": table}, headers=headers)

    assert send("draw=false").get_json()["drawn"] is None
    assert send("draw=false").get_json()["drawn"] is None
    drawn = send("draw=true")
    assert (drawn.status_code, drawn.get_json()["code"]) == (422, "idempotency_key_reused")
