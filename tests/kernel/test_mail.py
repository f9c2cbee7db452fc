"""Mails go out once, whatever the server does: refuses one, breaks off, says nothing at all."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock, mail_server
from app.db import db, transaction
from app.mail import Mail, queue_mail, send_mails
from tests.support.mail_sink import MailSink, SilentServer

LATER = 31  # seconds: a server that was silent once is asked again


class Capricious(MailSink):
    """Refuses one address, hangs up on another, and never answers a farewell."""

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address.startswith("refused"):
            return "550 nobody here"
        if address.startswith("broken"):
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_QUIT(self, *_rest: Any) -> str:
        await asyncio.sleep(1)
        return "221 bye"


@pytest.fixture
def post(app: Flask, cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An application whose mails go to whatever FAIR_MAIL_URL a test sets, with little patience."""
    monkeypatch.setattr(mail_server, "WAIT_SECONDS", 0.3)
    yield app
    app.config["FAIR_MAIL_URL"] = ""
    app.extensions.pop("mail_server", None)


def write(cast: Any, *names: str) -> None:
    with transaction():
        for name in names:
            context = {"who": "Ola", "fair_name": "Hội chợ", "role": "Finance", "link": "http://127.0.0.1/x"}
            queue_mail(f"{name}@example.org", "staff_invitation", "vi", cast.fair.id, context)


def later(seconds: float) -> None:
    clock.set_offset(clock._offset + clock.timedelta(seconds=seconds))


def states() -> dict[str, tuple[str, int]]:
    rows = db.session.execute(select(Mail.recipient, Mail.state, Mail.attempts)).all()
    db.session.rollback()
    return {recipient.partition("@")[0]: (state, attempts) for recipient, state, attempts in rows}


def test_without_a_server_mails_wait_until_one_is_named(post, cast, mail_sink: MailSink) -> None:
    with post.app_context():
        write(cast, "an", "binh")
        send_mails()
        assert states() == {"an": ("queued", 0), "binh": ("queued", 0)}
        post.config["FAIR_MAIL_URL"] = mail_sink.url
        send_mails()
        assert {state for state, _attempts in states().values()} == {"sent"}
    assert len(mail_sink.messages) == 2


def test_a_silent_server_ends_the_round_and_uses_up_no_mails_tries(post, cast, silent_server: SilentServer) -> None:
    post.config["FAIR_MAIL_URL"] = silent_server.url
    with post.app_context():
        write(cast, *(f"guest{n}" for n in range(12)))
        send_mails()
        send_mails()  # hurried by the next mail: the server is left alone
        assert len(silent_server.calls) == 1
        assert set(states().values()) == {("queued", 0)}
        later(LATER)
        send_mails()
        assert len(silent_server.calls) == 2
        later(LATER)
        send_mails()
        assert len(silent_server.calls) == 2  # left alone for longer


def test_mails_go_once_the_server_answers_again(post, cast, silent_server: SilentServer) -> None:
    post.config["FAIR_MAIL_URL"] = silent_server.url
    with post.app_context():
        write(cast, "fin", "sam")
        send_mails()
        silent_server.hang_up()
        sink = MailSink(silent_server.port)
        sink.controller.start()
        try:
            later(LATER)
            send_mails()
        finally:
            sink.controller.stop()
        assert states() == {"fin": ("sent", 1), "sam": ("sent", 1)}
        assert len(sink.messages) == 2
        assert not post.extensions["mail_server"].rests(clock.now())


@pytest.fixture
def capricious() -> Iterator[Capricious]:
    sink = Capricious()
    sink.controller.start()
    yield sink
    sink.controller.stop()


def test_a_refused_mail_holds_up_no_other(post, cast, capricious: Capricious) -> None:
    post.config["FAIR_MAIL_URL"] = capricious.url
    with post.app_context():
        write(cast, "refused", "fin")
        send_mails()
        assert states() == {"refused": ("queued", 1), "fin": ("sent", 1)}


def test_a_mail_that_nobody_could_send_is_given_up_and_holds_up_no_other(post, cast, capricious: Capricious) -> None:
    post.config["FAIR_MAIL_URL"] = capricious.url
    with post.app_context():
        write(cast, "unwritten", "fin")
        with transaction():
            db.session.execute(update(Mail).where(Mail.recipient.startswith("unwritten")).values(context={}))
        send_mails()
        assert states() == {"unwritten": ("failed", 1), "fin": ("sent", 1)}


def test_a_mail_that_breaks_the_connection_off_stands_behind_the_others(post, cast, capricious: Capricious) -> None:
    post.config["FAIR_MAIL_URL"] = capricious.url
    with post.app_context():
        write(cast, "broken", "fin", "sam")
        send_mails()
        assert states() == {"broken": ("queued", 1), "fin": ("queued", 0), "sam": ("queued", 0)}
        later(LATER)
        send_mails()
        assert states() == {"broken": ("queued", 2), "fin": ("sent", 1), "sam": ("sent", 1)}


def test_a_mail_whose_farewell_is_not_answered_was_sent_and_is_not_sent_again(post, cast, capricious) -> None:
    post.config["FAIR_MAIL_URL"] = capricious.url
    with post.app_context():
        write(cast, "fin")
        send_mails()
        later(1000)
        send_mails()
        assert states() == {"fin": ("sent", 1)}
    assert len(capricious.messages) == 1
