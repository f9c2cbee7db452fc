"""Signing up, in and out; a forgotten password; what an account keeps."""

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.passwords import link_token
from app.db import db, transaction
from app.mail import Mail
from app.pages import own_path
from tests.support.cast import PASSWORD


def person(app: Flask, email: str) -> Person | None:
    with app.app_context():
        return db.session.scalar(select(Person).where(Person.email == email))


def mails(app: Flask, email: str) -> list[Mail]:
    with app.app_context():
        return list(db.session.scalars(select(Mail).where(Mail.recipient == email)))


def reset_link(app: Flask, who: Person) -> str:
    with app.app_context():
        return "/reset/" + link_token(app.config["SECRET_KEY"], "reset", who)


def test_a_stranger_makes_an_account_and_is_in(app, cast, client) -> None:
    form = {"name": " Đặng  Thị Hương ", "email": " Huong@Example.org ", "password": "nón lá làng Chuông"}
    answer = client.post("/sign-up", data=form | {"next": "/fairs/test-fair/join"})
    assert answer.headers["Location"] == "/fairs/test-fair/join"
    made = person(app, "huong@example.org")
    assert made is not None
    assert made.name == "Đặng Thị Hương"
    assert made.password_hash.startswith("$argon2id$")
    assert client.get("/account").status_code == 200
    assert [mail.template for mail in mails(app, "huong@example.org")] == ["welcome"]


@pytest.mark.usefixtures("mail_server_named")
def test_the_link_that_confirms_an_address_comes_again(app, cast, client) -> None:
    form = {"name": "Đặng Thị Hương", "email": "huong@example.org", "password": "nón lá làng Chuông"}
    assert "đang được gửi đến huong@example.org" in client.post("/sign-up", data=form, follow_redirects=True).text
    assert "Gửi lại đường dẫn" in client.get("/account").text
    assert client.post("/account/address").headers["Location"] == "/account"
    _first, again = mails(app, "huong@example.org")
    assert client.post(urlsplit(again.context["link"]).path).headers["Location"] == "/mine"
    assert person(app, "huong@example.org").email_verified_at is not None
    assert "Gửi lại đường dẫn" not in client.get("/account").text
    client.post("/account/address")
    assert len(mails(app, "huong@example.org")) == 2, "who has confirmed needs no link"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"email": "ema@example.org"}, "đã có tài khoản"),
        ({"password": "ngắn"}, "ít nhất 10 ký tự"),
        ({"email": "no-address"}, "không phải địa chỉ email"),
    ],
)
def test_a_refused_sign_up_keeps_what_was_typed(app, cast, client, changes, said) -> None:
    form = {"name": "Lò Thị Mai", "email": "mai@example.org", "password": "nón lá làng Chuông"} | changes
    answer = client.post("/sign-up", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Lò Thị Mai" in answer.text
    assert person(app, "mai@example.org") is None


def test_the_right_password_lets_in_and_leads_back(app, cast, client) -> None:
    form = {"email": "EMA@example.org", "password": PASSWORD, "next": "/fairs/test-fair/portal"}
    assert client.post("/sign-in", data=form).headers["Location"] == "/fairs/test-fair/portal"
    assert client.get("/fairs/test-fair/portal").status_code == 200


def test_a_wrong_password_says_no_more_than_an_unknown_address(app, cast, client) -> None:
    wrong = client.post("/sign-in", data={"email": "ema@example.org", "password": "something else"})
    unknown = client.post("/sign-in", data={"email": "nobody@example.org", "password": "something else"})
    assert wrong.status_code == unknown.status_code == 422
    assert "không khớp nhau" in wrong.text
    assert "không khớp nhau" in unknown.text


def test_a_blocked_person_stays_out(app, cast, client) -> None:
    with app.app_context(), transaction():
        found = db.session.get_one(Person, cast.ema.id)
        found.blocked_at = found.created_at
    answer = client.post("/sign-in", data={"email": "ema@example.org", "password": PASSWORD})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/sign-out", "", None],
)
def test_only_own_paths_are_gone_back_to(wanted) -> None:
    assert own_path(wanted) is None


def test_signing_out_ends_the_session(app, cast, client) -> None:
    client.sign_in(cast.ema)
    client.post("/sign-out")
    assert client.get("/account").status_code == 302


def test_forgot_answers_alike_and_mails_only_whom_it_knows(app, cast, client) -> None:
    known = client.post("/forgot", data={"email": "ema@example.org"}).text
    unknown = client.post("/forgot", data={"email": "nobody@example.org"}).text
    own = r'ema@|nobody@|name="csrf-token" content="[^"]+"'  # the token holds the second in which it was made
    assert re.sub(own, "", known) == re.sub(own, "", unknown)
    assert [mail.template for mail in mails(app, "ema@example.org")] == ["password_reset"]
    assert mails(app, "nobody@example.org") == []


def test_a_reset_link_works_once_and_ends_other_sessions(app, cast, client) -> None:
    elsewhere = app.test_client()
    elsewhere.sign_in(cast.ema)
    assert elsewhere.get("/account").status_code == 200
    link = reset_link(app, cast.ema)
    assert client.post(link, data={"password": "bốn mùa hoa nở"}).status_code == 302
    assert elsewhere.get("/account").status_code == 302
    assert client.get(link).status_code == 410
    client.post("/sign-out")
    form = {"email": "ema@example.org", "password": "bốn mùa hoa nở"}
    assert client.post("/sign-in", data=form).status_code == 302


def test_a_forged_or_foreign_link_is_dead(app, cast, client) -> None:
    assert client.get("/reset/nonsense").status_code == 410
    with app.app_context():
        invitation = link_token(app.config["SECRET_KEY"], "invite", cast.ema)
    assert client.get(f"/reset/{invitation}").status_code == 410


def test_the_account_keeps_name_language_and_look(app, cast, client) -> None:
    client.sign_in(cast.ema)
    client.post("/account", data={"name": "Ema Lụa", "locale": "en", "theme": "dark"})
    page = client.get("/account").text
    assert 'data-theme="dark"' in page
    assert 'lang="en"' in page
    assert "Ema Lụa" in page


def test_the_password_changes_only_with_the_present_one(app, cast, client) -> None:
    client.sign_in(cast.ema)
    form = {"current": "wrong", "password": "bốn mùa hoa nở"}
    assert client.post("/account/password", data=form).status_code == 422
    assert client.post("/account/password", data=form | {"current": PASSWORD}).status_code == 302
    assert client.get("/account").status_code == 200
