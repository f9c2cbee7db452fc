"""The mail server: reached, or found silent and then left alone for a while, longer each time."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cached_property
from urllib.parse import unquote, urlsplit

from flask import Flask

WAIT_SECONDS = 8.0  # for each word of the server's: one that is there says it in one
RESTS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600))


class Unreachable(Exception):
    """The server does not answer, or broke off: no other mail would fare better now."""


class MailServer:
    """The server of FAIR_MAIL_URL, as this process found it last. Only the sweep of mails speaks with it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.url = urlsplit(address)
        self.silences = 0
        self.rests_until: datetime | None = None

    @property
    def is_named(self) -> bool:
        return bool(self.url.hostname)

    def rests(self, now: datetime) -> bool:
        return self.rests_until is not None and now < self.rests_until

    def fell_silent(self, now: datetime) -> timedelta:
        """Leave it alone for a while; answers how long."""
        rest = RESTS[min(self.silences, len(RESTS) - 1)]
        self.silences, self.rests_until = self.silences + 1, now + rest
        return rest

    def answered(self) -> None:
        self.silences, self.rests_until = 0, None

    @contextmanager
    def reached(self) -> Iterator[smtplib.SMTP]:
        """A connection for one mail. Raises Unreachable."""
        server = self._connect()
        try:
            yield server
        finally:
            with suppress(OSError):  # what it says to a farewell changes nothing; a lost connection takes none
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        host, port = self.url.hostname or "", self.url.port
        server: smtplib.SMTP | None = None
        try:
            if self.url.scheme == "smtps":
                server = smtplib.SMTP_SSL(host, port or 465, timeout=WAIT_SECONDS, context=self._checked)
            else:
                server = smtplib.SMTP(host, port or 25, timeout=WAIT_SECONDS)
            server.ehlo_or_helo_if_needed()  # before it, no server is known to take STARTTLS
            if self.url.username:
                if self.url.scheme != "smtps" and server.has_extn("starttls"):
                    server.starttls(context=self._checked)
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
        except OSError as error:  # smtplib's and ssl's own errors are OSErrors too
            if server is not None:
                server.close()
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        return server

    @cached_property
    def _checked(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def send(server: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand one mail over. Raises Unreachable when the server is gone, SMTPException when it refuses this mail."""
    try:
        server.send_message(message)
    except OSError as error:
        if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
            raise
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def mail_server(app: Flask) -> MailServer:
    """What this process knows of the server that the settings name."""
    address = app.config["FAIR_MAIL_URL"]
    known: MailServer | None = app.extensions.get("mail_server")
    if known is None or known.address != address:
        known = app.extensions["mail_server"] = MailServer(address)
    return known
