"""Somebody signs up with another's address: neither an invitation nor a press by the owner opens it to them."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from app import clock
from app.accounts.models import Person
from app.accounts.passwords import link_token, password_fits
from app.accounts.people import PasswordChanged, change_password, invite_person, set_password, sign_up
from app.db import db, transaction

THEIRS, OWN = "mây-tre-đan-2019", "nón lá làng Chuông"


@pytest.fixture
def stranger(app: Flask, cast: Any) -> Person:
    """Stan's sign-up with the address of Nga, who knows nothing of it yet."""
    with app.app_context(), transaction():
        return sign_up("nga@example.org", "Stan", THEIRS, "vi", clock.now())


def mailed(app: Flask, person: Person, purpose: str = "address") -> str:
    with app.app_context():
        return "/confirm-address/" + link_token(app.config["SECRET_KEY"], purpose, person)


def kept(app: Flask, person: Person) -> Person:
    with app.app_context():
        return db.session.get_one(Person, person.id)


def test_an_unproved_password_ends_with_the_invitation(app: Flask, client, stranger) -> None:
    client.sign_in(stranger)
    assert client.get("/account").status_code == 200
    with app.app_context(), transaction():
        invited = invite_person("nga@example.org", "Nga", "vi", clock.now())
        assert invited.id == stranger.id
    assert client.get("/account").status_code == 302
    assert kept(app, stranger).password_hash is None


def test_a_proved_account_keeps_its_password(app: Flask, client, cast) -> None:
    client.sign_in(cast.ema)
    with app.app_context(), transaction():
        invite_person(cast.ema.email, "Ema", "vi", clock.now())
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("signed_in_as", ["", "cleo"])
def test_a_press_in_a_strange_browser_proves_nothing(app: Flask, client, cast, stranger, signed_in_as: str) -> None:
    if signed_in_as:
        client.sign_in(getattr(cast, signed_in_as))
    link = mailed(app, stranger)
    page = client.get(link)
    assert (page.status_code, "Tài khoản này có phải của bạn?" in page.text) == (200, True)
    assert ("đăng xuất rồi mở lại" in page.text) is bool(signed_in_as)
    assert client.post(link).status_code == 422
    assert client.post(link, data={"password": "ngắn"}).status_code == 422
    assert kept(app, stranger).email_verified_at is None


def test_the_owner_sets_a_password_and_the_stranger_is_out(app: Flask, client, stranger) -> None:
    elsewhere = app.test_client()
    elsewhere.sign_in(stranger)
    link = mailed(app, stranger)
    assert client.post(link, data={"password": OWN}).status_code == 302
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    now = kept(app, stranger)
    assert now.email_verified_at is not None
    assert (password_fits(now, OWN), password_fits(now, THEIRS)) == (True, False)
    assert app.test_client().post(link, data={"password": "bốn mùa hoa nở"}).status_code == 410


def test_who_signed_up_confirms_in_the_same_browser_and_may_press_twice(app: Flask, client) -> None:
    client.post("/sign-up", data={"name": "Nga", "email": "nga@example.org", "password": OWN})
    with app.app_context():
        made = db.session.scalars(db.select(Person).where(Person.email == "nga@example.org")).one()
    link = mailed(app, made)
    assert "Xác nhận" in client.get(link).text
    for _time in range(2):
        assert client.post(link).status_code == 302
    assert kept(app, made).email_verified_at is not None
    assert client.get("/account").status_code == 200  # the session goes on


def test_who_opens_the_mail_elsewhere_signs_in_and_confirms(app: Flask, client, stranger) -> None:
    link = mailed(app, stranger)
    offered = re.search(r'href="(/sign-in\?next=[^"]+confirm-address[^"]+)"', client.get(link).text)
    assert offered is not None
    wanted = re.search(r'name="next"[^>]*value="([^"]+)"', client.get(offered[1]).text)
    assert wanted is not None
    entered = client.post("/sign-in", data={"email": "nga@example.org", "password": THEIRS, "next": wanted[1]})
    assert entered.headers["Location"] == link
    assert client.post(link).status_code == 302
    assert kept(app, stranger).email_verified_at is not None


def test_a_link_that_has_done_its_work_sets_no_password(app: Flask, client, stranger) -> None:
    """It lives for two weeks; the link that sets a forgotten password lives for two hours."""
    client.sign_in(stranger)
    link = mailed(app, stranger)
    client.post(link)
    other = app.test_client()
    assert other.get(link).status_code == 410
    assert other.post(link, data={"password": OWN}).status_code == 410
    assert password_fits(kept(app, stranger), THEIRS)


@pytest.mark.parametrize("purpose", ["reset", "invite"])
def test_a_link_of_another_purpose_confirms_nothing(app: Flask, client, stranger, purpose: str) -> None:
    client.sign_in(stranger)
    assert client.post(mailed(app, stranger, purpose)).status_code == 410


def test_a_change_that_began_with_the_old_password_comes_too_late(app: Flask, stranger) -> None:
    """Stan's request knew the old password; Nga's new one was kept while it worked."""
    with app.app_context():
        seen_by_stan = db.session.get_one(Person, stranger.id)
        with app.app_context(), transaction():
            set_password(db.session.get_one(Person, stranger.id), OWN, clock.now())
        with pytest.raises(PasswordChanged), transaction():
            change_password(seen_by_stan, "bốn mùa hoa nở")
    assert password_fits(kept(app, stranger), OWN)


def test_a_link_used_many_times_in_the_same_instant_sets_one_password(app: Flask, stranger) -> None:
    link = mailed(app, stranger)
    clients = [app.test_client() for _n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda n: clients[n].post(link, data={"password": f"{OWN} {n}"}).status_code, range(4)))
    assert sorted(said)[0] == 302
    assert set(sorted(said)[1:]) <= {409, 410}
    winner = said.index(302)
    assert password_fits(kept(app, stranger), f"{OWN} {winner}")
    assert [c.get("/account").status_code for c in clients].count(200) == 1
