"""Mail servers on this machine: one that keeps what it is given, and one that takes calls and never says a word."""

import socket
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.support.live_server import free_port


class MailSink:
    """`url` goes into FAIR_MAIL_URL; `messages` grow as mails arrive."""

    def __init__(self, port: int = 0) -> None:
        self.messages: list[EmailMessage] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=port or free_port())
        self.url = f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if address in str(message["To"])]

    def wait_for(self, address: str, number: int = 1, seconds: float = 15) -> list[EmailMessage]:
        """At least so many mails to the address, however long the sweep takes within the time."""
        deadline = time.monotonic() + seconds
        while len(self.to(address)) < number and time.monotonic() < deadline:
            time.sleep(0.05)
        found = self.to(address)
        assert len(found) >= number, [str(message["To"]) for message in self.messages]
        return found

    def papers_for(self, address: str, number: int, seconds: float = 30) -> list[EmailMessage]:
        """The first so many documents attached to mails to the address; other mails may come before and between."""
        deadline = time.monotonic() + seconds
        papers: list[EmailMessage] = []
        while len(papers) < number and time.monotonic() < deadline:
            time.sleep(0.05)
            papers = [part for letter in self.to(address) for part in letter.iter_attachments()]  # type: ignore[misc]
        assert len(papers) >= number, [str(message["Subject"]) for message in self.to(address)]
        return papers


@pytest.fixture
def mail_sink() -> Iterator[MailSink]:
    sink = MailSink()
    sink.controller.start()
    yield sink
    sink.controller.stop()


class SilentServer:
    """Takes every call and answers none. `calls` are the connections; `hang_up()` ends them and frees the port."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.calls: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.calls.append(self.listening.accept()[0])
            except OSError:
                return

    def hang_up(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)  # or accept() would go on holding the port
        self.listening.close()
        for call in self.calls:
            call.close()


@pytest.fixture
def silent_server() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    if server.listening.fileno() >= 0:
        server.hang_up()
