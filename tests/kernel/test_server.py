"""The server as a process: it answers, dies, and comes back with everything it had said yes to."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.support.browser import assert_quiet
from tests.support.live_server import LiveServer
from tests.support.mail_sink import MailSink


def test_server_killed_and_started_again_keeps_what_it_had(live_server: LiveServer) -> None:
    first = live_server.token("test-fair", "gate")
    live_server.kill()
    assert not live_server.answers()
    live_server.start()
    assert live_server.answers()
    assert live_server.token("test-fair", "gate") != first


def test_page_opens_in_a_browser_without_a_refused_script(live_server: LiveServer, page: Page) -> None:
    page.goto(f"{live_server.url}/api/v1/docs")
    assert page.locator("html").get_attribute("lang")
    assert_quiet(page)


def test_mails_reach_a_mail_server(mail_sink: MailSink) -> None:
    import smtplib

    host, _colon, port = mail_sink.url.removeprefix("smtp://").partition(":")
    with smtplib.SMTP(host, int(port)) as server:
        server.sendmail("a@example.org", ["bao@example.org"], "To: bao@example.org\nSubject: Thẻ\n\nxin chào".encode())
    assert str(mail_sink.wait_for("bao@example.org")[0]["Subject"])


@pytest.mark.parametrize("name", ["htmx.js", "panzoom.js", "idb.js", "ed25519.js", "icons.svg"])
def test_front_end_packages_are_where_pages_look(name: str) -> None:
    assert (Path(__file__).parents[2] / "app" / "static" / "vendor" / name).stat().st_size > 500


def test_on_this_machine_a_demonstration_needs_no_certificate(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "FAIR_TLS", "1")
    monkeypatch.setitem(app.config, "FAIR_ON_LOOPBACK", True)
    answer = app.test_cli_runner().invoke(args=["run-fair"])
    assert answer.exit_code == 1
    assert "the camera opens without --tls" in answer.output
