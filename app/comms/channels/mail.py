"""E-mail over SMTP.

One connection serves a batch. The server's answer decides: 5xx to the recipient or the content is
final, 4xx and silence are for later, and a server that cannot be reached or does not let us in is
nobody's fault but its own.
"""

import base64
import contextlib
import hashlib
import re
import smtplib
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.policy import Compat32
from email.utils import format_datetime, formataddr
from urllib.parse import parse_qs, unquote, urlsplit

from app.comms.channels import Attachment, Letter, Refused, TryLater, Unreachable
from app.core.text import clean_line

TIMEOUT = 20  # seconds, for each answer of the server
IDLE = 2  # seconds without use after which the line is tried before it is used
SENDER_NAME = "Yingbin 迎宾"


@dataclass(frozen=True)
class MailServer:
    """A parsed YINGBIN_MAIL_URL."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    is_tls: bool


def parse_mail_url(url: str) -> MailServer:
    """smtp://user:pass@host:port?from=name@host, or smtps:// for TLS from the first byte.

    Without `from` the user is the sender where that is an address. Raises ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("a mail address of the server looks like smtp://user:pass@host:port")
    user = unquote(parts.username or "")
    sender = parse_qs(parts.query).get("from", [""])[0] or (user if "@" in user else "")
    sender = sender or f"yingbin@{parts.hostname}"
    Address(addr_spec=sender)
    is_tls = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if is_tls else 587 if user else 25),
        user=user,
        password=unquote(parts.password or ""),
        sender=sender,
        is_tls=is_tls,
    )


class OneLine(Compat32):
    """Writes headers as they stand: each is one clean line of ASCII already, so that nothing has
    to be folded or encoded anew; a long subject brings its own folds."""

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}\r\n".encode("ascii")


CRLF = OneLine(linesep="\r\n")
# Enough to know that it can stand in a command of SMTP; people's addresses were checked when they
# were entered.
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@]+@[^\s<>()\[\]\\,;:\"@]+", re.ASCII)


def compose(letter: Letter, sender: str) -> bytes:
    """The mail as it goes over the line. Raises Refused for an address that is none.

    Made by the email package's older half: the newer one parses every header that it is given,
    which takes ten times as long, and nothing that goes in here is anybody's markup.
    """
    if not _ADDRESS.fullmatch(letter.to_address) or not letter.to_address.isascii():
        raise Refused(f"not an address: {letter.to_address}")
    boundary = hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]
    mail = _part(letter.text, "plain")
    if letter.html:
        plain, mail = mail, MIMEMultipart("alternative", boundary=boundary)
        mail.attach(plain)
        mail.attach(_part(letter.html, "html"))
    if letter.files:
        mail = _with_files(mail, letter.files, boundary)
    subject = Header(clean_line(letter.subject), "utf-8", header_name="Subject")
    for name, value in (
        ("From", formataddr((SENDER_NAME, sender))),
        ("To", formataddr((clean_line(letter.to_name), letter.to_address))),
        ("Subject", subject.encode(linesep="\r\n")),
        ("Date", format_datetime(letter.at)),
        ("Message-ID", clean_line(letter.message_id)),
        # Out-of-office robots must not answer a robot.
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Language", "zh-CN" if letter.language == "zh" else "en"),
    ):
        mail[name] = value
    return mail.as_bytes(policy=CRLF)


def _part(text: str, kind: str) -> Message:
    """A part in UTF-8, encoded here: the package would look at it several times over."""
    part = Message()
    part["MIME-Version"] = "1.0"
    part["Content-Type"] = f'text/{kind}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(base64.encodebytes(text.encode()).decode("ascii"))
    return part


def _with_files(body: Message, files: Sequence[Attachment], boundary: str) -> Message:
    """The body with the files behind it."""
    mail = MIMEMultipart("mixed", boundary=f"{boundary}-files")
    mail.attach(body)
    for file in files:
        part = Message()
        part["MIME-Version"] = "1.0"
        part["Content-Type"] = file.mime
        part["Content-Transfer-Encoding"] = "base64"
        name = clean_line(file.filename)
        # A name beyond ASCII is spelled as RFC 2231 says.
        part.add_header("Content-Disposition", "attachment",
                        filename=name if name.isascii() else ("utf-8", "", name))  # fmt: skip
        part.set_payload(base64.encodebytes(file.content).decode("ascii"))
        mail.attach(part)
    return mail


class MailChannel:
    """Sends letters to one SMTP server, over one connection until `close`."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.timeout = TIMEOUT
        self._connection: smtplib.SMTP | None = None
        self._used_at = 0.0

    def send(self, letter: Letter) -> str:
        """Hand one letter over. Raises Refused, TryLater or Unreachable."""
        mail = compose(letter, self.server.sender)
        connection = self._connected()
        try:
            answer = self._hand_over(connection, letter.to_address, mail)
        except smtplib.SMTPResponseException as problem:
            raise self._answered(problem.smtp_code, problem.smtp_error) from problem
        except smtplib.SMTPNotSupportedError as problem:
            raise Refused(str(problem)) from problem
        except (OSError, smtplib.SMTPException) as problem:
            # Silence or a broken line in the middle: whether it got through is not known.
            self.close()
            raise TryLater(f"{type(problem).__name__}: {problem}") from problem
        self._used_at = time.monotonic()
        return answer

    def _hand_over(self, connection: smtplib.SMTP, to_address: str, mail: bytes) -> str:
        """One transaction of SMTP; what the server said when it took the mail, with the number
        that it goes by there, which `sendmail` would throw away."""
        connection.ehlo_or_helo_if_needed()
        size = f" size={len(mail)}" if connection.has_extn("size") else ""
        # As commands: both addresses were looked at, and need not be parsed once more.
        code, answer = connection.docmd("MAIL", f"FROM:<{self.server.sender}>{size}")
        if code != 250:
            # Our own address is refused: a matter of set-up, not of this letter.
            self.close()
            raise Unreachable(_said(code, answer))
        code, answer = connection.docmd("RCPT", f"TO:<{to_address}>")
        if code in (250, 251):
            code, answer = connection.data(mail)
        if code != 250:
            refusal = self._answered(code, answer)
            if self._connection is not None:
                connection.rset()
            raise refusal
        return _said(code, answer)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _answered(self, code: int, answer: bytes | str) -> Refused | TryLater:
        said = _said(code, answer)
        if code == 421:
            self.close()
        return Refused(said) if 500 <= code < 600 else TryLater(said)

    def _connected(self) -> smtplib.SMTP:
        """The open connection, or a new one. After a pause it is asked first, since a server may
        hang up on an idle line, and a line found broken after DATA would leave in doubt what got
        through."""
        if self._connection is not None:
            if time.monotonic() - self._used_at < IDLE:
                return self._connection
            try:
                if self._connection.noop()[0] == 250:
                    return self._connection
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        server = self.server
        connection: smtplib.SMTP | None = None
        try:
            if server.is_tls:
                connection = smtplib.SMTP_SSL(
                    server.host, server.port, timeout=self.timeout,
                    context=ssl.create_default_context(),
                )  # fmt: skip
            else:
                connection = smtplib.SMTP(server.host, server.port, timeout=self.timeout)
                connection.ehlo_or_helo_if_needed()
                if connection.has_extn("starttls"):
                    connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
        except smtplib.SMTPResponseException as problem:
            _drop(connection)
            raise Unreachable(_said(problem.smtp_code, problem.smtp_error)) from problem
        except (OSError, smtplib.SMTPException) as problem:
            _drop(connection)
            raise Unreachable(f"{type(problem).__name__}: {problem}") from problem
        self._connection, self._used_at = connection, time.monotonic()
        return connection


def _said(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return clean_line(f"{code} {text}")[:500]


def _drop(connection: smtplib.SMTP | None) -> None:
    if connection is not None:
        connection.close()
