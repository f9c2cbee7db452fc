"""Somebody signs up with another's address and waits to be invited: the password they chose opens nothing."""

from flask import Flask

from app import clock
from app.accounts.models import Person
from app.accounts.people import invite_person, sign_up
from app.db import db, transaction


def test_an_unproved_password_ends_with_the_invitation(app: Flask, client, cast) -> None:
    with app.app_context(), transaction():
        stranger = sign_up("new@example.org", "Stan", "mây-tre-đan-2019", "vi", clock.now())
    client.sign_in(stranger)
    assert client.get("/account").status_code == 200
    with app.app_context(), transaction():
        invited = invite_person("new@example.org", "Nga", "vi", clock.now())
        assert invited.id == stranger.id
    assert client.get("/account").status_code == 302
    with app.app_context():
        assert db.session.get_one(Person, stranger.id).password_hash is None


def test_a_proved_account_keeps_its_password(app: Flask, client, cast) -> None:
    client.sign_in(cast.ema)
    with app.app_context(), transaction():
        invite_person(cast.ema.email, "Ema", "vi", clock.now())
    assert client.get("/account").status_code == 200
