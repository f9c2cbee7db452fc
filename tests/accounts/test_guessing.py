"""Guessing passwords has an end, and locks out nobody but the guesser."""

from pathlib import Path

import pytest
from flask import Flask, request

from app import create_app, security
from tests.support.cast import PASSWORD


@pytest.fixture
def limited(app: Flask):
    security._tries.clear()
    app.config["FAIR_NO_LIMITS"] = False
    yield
    app.config["FAIR_NO_LIMITS"] = True
    security._tries.clear()


def try_it(client, password: str, address: str):
    form = {"email": "fin@example.org", "password": password}
    return client.post("/sign-in", data=form, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_a_guesser_is_stopped_and_the_owner_is_not(client, cast, limited) -> None:
    assert [try_it(client, "sai", "192.0.2.1") for _ in range(10)] == [422] * 10
    assert try_it(client, "sai", "192.0.2.1") == 429
    assert try_it(client, PASSWORD, "192.0.2.1") == 429
    assert try_it(client, PASSWORD, "192.0.2.2") == 302


@pytest.mark.parametrize(("in_front", "seen"), [("0", "127.0.0.1"), ("1", "192.0.2.7"), ("2", "192.0.2.1")])
def test_only_web_servers_of_ours_are_believed_about_who_asks(tmp_path: Path, in_front: str, seen: str) -> None:
    """Tries are counted by this address; with one server in front, what a stranger wrote before it is not believed."""
    app = create_app({"FAIR_DATA_DIR": str(tmp_path), "FAIR_DATABASE_URL": "", "FAIR_PROXIES": in_front})
    with app.test_client() as client:
        client.get("/healthz", headers={"X-Forwarded-For": "192.0.2.1, 192.0.2.7"})
        assert request.remote_addr == seen


def test_asking_for_a_new_password_tells_nothing(client, cast, limited) -> None:
    for email in ("ola@example.org", "nobody@example.org"):
        seen = [
            client.post(
                "/forgot", data={"email": email}, environ_overrides={"REMOTE_ADDR": f"198.51.100.{n}"}
            ).status_code
            for n in range(7)
        ]
        assert seen == [200] * 5 + [429] * 2
