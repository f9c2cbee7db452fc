"""The badge goes out by mail: promptly, again when asked, and never so often that it fills somebody's mailbox."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.db import db
from app.mail import Mail
from app.visitors.badge_sheet import mail_badges
from app.visitors.models import Registration
from tests.visitors.stage import NOON, at

API = "/api/v1/fairs/test-fair/registrations"
PERSON = {"name": "Bích", "category": "public", "email": "bich@example.org", "country": "VN"}
FORM = PERSON | {"agreed": "y"}


@pytest.fixture(autouse=True)
def noon(app: Flask, cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at(NOON)
    monkeypatch.setattr("app.visitors.badge_sheet.badge_pdf", lambda _sheet: b"%PDF-")  # the paper is not the point


def mails(app: Flask, to: str = "bich@example.org") -> int:
    """How many were written, once the sweep has been round."""
    with app.app_context():
        mail_badges()
        return db.session.scalar(select(func.count()).where(Mail.recipient == to)) or 0


def test_an_address_named_again_and_again_gets_five_mails_an_hour(app: Flask, client: Any) -> None:
    assert client.post(API, json=PERSON).status_code == 201
    for _again in range(25):
        mails(app)
        answer = client.post(API, json=PERSON)
        assert (answer.status_code, answer.get_json()) == (200, {"mailed": True})
        assert client.post("/fairs/test-fair/register", data=FORM).location.endswith("/register/again")
    assert mails(app) == 5
    assert client.post(API, json=PERSON | {"email": "minh@example.org"}).status_code == 201
    assert mails(app, "minh@example.org") == 1


def test_an_hour_later_it_is_mailed_again(app: Flask, client: Any) -> None:
    for _again in range(8):
        client.post(API, json=PERSON)
        mails(app)
    assert mails(app) == 5
    clock.set_offset(clock._offset + clock.timedelta(minutes=61))
    client.post(API, json=PERSON)
    assert mails(app) == 6


def test_who_asks_without_end_does_not_put_off_the_mail_that_waits(app: Flask, client: Any) -> None:
    """The sweep claims a mail by the moment at which it fell due: a repeat must not move it."""
    due = []
    for _again in range(3):
        client.post(API, json=PERSON)
        with app.app_context():
            due.append(db.session.scalar(select(Registration.badge_mail_due_at)))
    assert due[0] is not None and due == [due[0]] * 3
    assert mails(app) == 1
