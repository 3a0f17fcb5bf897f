"""A real SMTP server on a free port of this machine, which answers as a test tells it to."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask

from app.core.i18n import in_language


@dataclass
class Postbox:
    """What was accepted, and how the server answers."""

    mails: list[EmailMessage] = field(default_factory=list)
    # (address) -> an answer to RCPT, or None for 250.
    at_rcpt: Callable[[str], str | None] = lambda address: None
    # () -> an answer to DATA, or None for 250.
    at_data: Callable[[], str | None] = lambda: None
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = self.at_rcpt(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.at_data()
        if answer:
            return answer
        mail = message_from_bytes(envelope.content, policy=default)
        with self.lock:
            self.mails.append(mail)  # type: ignore[arg-type]
            return f"250 queued as {len(self.mails):04d}"

    def recipients(self) -> list[str]:
        return sorted(mail["To"].addresses[0].addr_spec for mail in self.mails)


@contextmanager
def running(postbox: Postbox, port: int = 0) -> Iterator[int]:
    """The server on a port of its own, or on `port`."""
    controller = Controller(postbox, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def point_to(app: Flask, port: int) -> None:
    """Let the application send its mail there."""
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"], mail_url=f"smtp://127.0.0.1:{port}?from=yingbin@company.example"
    )


def said(outcome: Any) -> str:
    """What a job answered, in English."""
    with in_language("en"):
        return str(outcome)
