"""The outbox shows mails of a demonstration on this machine, and to nobody who comes from elsewhere."""

import pytest
from flask import Flask

from app.db import db, transaction
from app.fairs.models import Fair
from app.mail import queue_mail


@pytest.fixture
def demonstration(app: Flask, cast) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Fair, cast.fair.id).is_demo = True
        context = {"who": "Ola", "fair_name": "Hội chợ", "role": "Finance", "link": "http://127.0.0.1/x"}
        queue_mail("fin@example.org", "staff_invitation", "vi", cast.fair.id, context)


def test_the_desk_is_open_in_a_demonstration(client, demonstration) -> None:
    assert client.get("/desk/stripe/events").status_code == 200


def test_mails_are_shown_with_the_fairs_time(client, demonstration) -> None:
    page = client.get("/mail/").get_data(as_text=True)
    assert "fin@example.org" in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "203.0.113.9"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Port": "443"},
        {"X-Forwarded-Server": "proxy"},
        {"x-forwarded-whatever-comes": "x"},
        {"CF-Connecting-IP": "203.0.113.9"},
        {"True-Client-IP": "203.0.113.9"},
    ],
)
def test_nobody_from_elsewhere_reads_them_or_reaches_the_desk(client, demonstration, headers: dict[str, str]) -> None:
    for path in ("/mail/", "/mail/1", "/mail/1/body", "/desk/stripe/events"):
        assert client.get(path, headers=headers).status_code == 404


@pytest.mark.parametrize("path", ["/mail/", "/desk/stripe/events", "/desk/stripe/pay/cs_test_1"])
def test_there_is_neither_outbox_nor_desk_where_no_fair_is_a_demonstration(client, cast, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post("/desk/stripe/controls", json={"mode": "hold"}).status_code == 404
