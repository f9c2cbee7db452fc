"""A session that was signed out of is over on the server: a copy of its cookie opens nothing, other devices go on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.accounts.models import EndedSession
from app.accounts.session import forget_ended_sessions
from app.db import db
from tests.support.cast import PASSWORD

FORM = {"email": "ema@example.org", "password": PASSWORD}


def signed_in(app: Flask) -> Any:
    client = app.test_client()
    assert client.post("/sign-in", data=FORM).status_code == 302
    return client


def copy_of(app: Flask, client: Any) -> Any:
    """Another browser with the same cookie."""
    copy, cookie = app.test_client(), client.get_cookie("phien")
    assert cookie is not None
    copy.set_cookie("phien", cookie.value)
    return copy


def ends(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(EndedSession)) or 0


def test_a_copied_cookie_ends_with_its_session_and_no_other(app: Flask, cast) -> None:
    phone, laptop = signed_in(app), signed_in(app)
    copy = copy_of(app, laptop)
    assert copy.get("/account").status_code == 200
    laptop.post("/sign-out")
    assert [c.get("/account").status_code for c in (copy, laptop, phone)] == [302, 302, 200]


def test_signing_in_over_a_session_ends_that_one(app: Flask, cast) -> None:
    client = signed_in(app)
    copy = copy_of(app, client)
    client.post("/sign-in", data=FORM | {"email": "cleo@example.org"})
    assert copy.get("/account").status_code == 302
    assert "cleo@example.org" in client.get("/account").text


def test_a_new_password_keeps_the_session_that_may_still_be_signed_out_of(app: Flask, cast) -> None:
    client = signed_in(app)
    client.post("/account/password", data={"current": PASSWORD, "password": "bốn mùa hoa nở"})
    copy = copy_of(app, client)
    client.post("/sign-out")
    assert copy.get("/account").status_code == 302


def test_signing_out_twice_or_as_nobody_is_no_error(app: Flask, cast) -> None:
    client = signed_in(app)
    copies = [copy_of(app, client) for _n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert {a.status_code for a in pool.map(lambda c: c.post("/sign-out"), copies)} == {302}
    assert client.post("/sign-out").status_code == 302
    assert app.test_client().post("/sign-out").status_code == 302
    assert ends(app) == 1


def test_language_outlives_signing_out(app: Flask, cast) -> None:
    client = signed_in(app)
    client.get("/account?lang=en")
    client.post("/sign-out")
    assert 'lang="en"' in client.get("/sign-in").text


def test_a_session_without_a_key_of_its_own_opens_nothing(app: Flask, cast, client) -> None:
    client.sign_in(cast.ema)
    with client.session_transaction() as session:
        del session["key"]
    assert client.get("/account").status_code == 302


def test_who_is_signed_in_costs_one_query(app: Flask, cast, client, statements) -> None:
    client.sign_in(cast.ema)
    with statements() as seen:
        assert client.get("/account").status_code == 200
    assert len([s for s in seen if "FROM person" in s or "ended_session" in s]) == 1


@pytest.mark.parametrize(("days", "left"), [(30, 1), (32, 0)])
def test_ends_are_remembered_as_long_as_a_cookie_may_live(app: Flask, cast, days: int, left: int) -> None:
    signed_in(app).post("/sign-out")
    clock.set_offset(timedelta(days=days))
    with app.app_context():
        forget_ended_sessions()
    assert ends(app) == left
