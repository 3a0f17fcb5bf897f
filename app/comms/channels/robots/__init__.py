"""Posts to chat groups through their robots, one request a post.

A vendor answers HTTP 200 to almost everything; what it did stands in the body's code. The address
and the secret are as good as a password for the group: they stand in no exception, answer or log.
"""

import json
import logging
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from flask_babel import lazy_gettext as _l
from urllib3.exceptions import MaxRetryError

from app.comms.channels import NotSent, Post, Refused, TooFast, TryLater, Unreachable
from app.comms.channels.robots import dingtalk, feishu, wecom
from app.comms.channels.robots.dialect import Dialect, encoded
from app.comms.models import Vendor
from app.core.errors import DomainError
from app.core.text import clean_line

TIMEOUT = 10  # seconds, to connect and for each part of the answer
LONGEST_ANSWER = 64 * 1024  # bytes
LONGEST_WORDS = 500
PAUSE = timedelta(minutes=1)  # after HTTP 429 without a word how long
LONGEST_PAUSE = timedelta(hours=1)
DIALECTS: dict[Vendor, Dialect] = {
    Vendor.dingtalk: dingtalk.DIALECT,
    Vendor.wecom: wecom.DIALECT,
    Vendor.feishu: feishu.DIALECT,
}
# The codes for being too fast were others in former years, and Feishu has been seen to say it
# under the code of a bad request. The words stay.
_TOO_FAST = re.compile(
    r"too (?:fast|many)|freq(?:uency)? (?:out of )?limit|限流|太快|频繁", re.IGNORECASE
)

# It writes whole addresses into its own log.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class RobotAddress:
    """Where a robot takes posts, and what it checks. Address and secret are never printed."""

    vendor: Vendor
    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    keyword: str = ""


def check_address(vendor: Vendor, url: str) -> None:
    """Raise DomainError at the field `address` unless `url` is a robot of this vendor: over
    HTTPS, at exactly the vendor's host and path, with a token and nothing else."""
    if _token(vendor, url):
        return
    for other in Vendor:
        if _token(other, url):
            raise DomainError(
                _l("This is the address of a %(other)s robot, not of a %(vendor)s one.",
                   other=other.label, vendor=vendor.label),
                "address",
            )  # fmt: skip
    raise DomainError(
        _l("This is not the address of a %(vendor)s robot. Please copy it from the group’s "
           "settings; it looks like %(sample)s", vendor=vendor.label,
           sample=DIALECTS[vendor].sample),
        "address",
    )  # fmt: skip


def masked(url: str) -> str:
    """The host and the end of the token: enough to tell two robots apart."""
    for vendor in Vendor:
        if token := _token(vendor, url):
            return f"{urlsplit(url).hostname} …{token[-4:]}"
    return "…"


class RobotChannel:
    """Posts through one robot.

    `stand_in` takes the place of the vendor's server when a post leaves; only this machine may.
    """

    def __init__(
        self, address: RobotAddress, stand_in: str | None = None, timeout: float = TIMEOUT
    ) -> None:
        self.address = address
        self.timeout = timeout
        self._stand_in = _checked_stand_in(stand_in) if stand_in else None
        self._session = requests.Session()
        # A company's proxy and certificates count, but not on the way to this machine; and what a
        # .netrc says of other servers is nobody's business.
        self._session.trust_env = self._stand_in is None
        self._session.auth = lambda request: request
        # A line kept open may be broken by the time of the next post, and then nobody knows
        # whether it got through.
        self._session.headers.update(
            {"Connection": "close", "Content-Type": "application/json; charset=utf-8"}
        )

    def send(self, post: Post, at: datetime) -> str:
        """Hand one post over, signed for `at`; answer what the vendor said. Raises NotSent."""
        address, dialect = self.address, DIALECTS[self.address.vendor]
        if not _token(address.vendor, address.url):
            raise Refused("not an address of this vendor's robots")
        body = encoded(dialect.body(post, address.keyword, address.secret, at))
        query = dialect.in_query(address.secret, at) if address.secret else {}
        status, headers, text = self._exchange(body, query)
        said = self._judge(dialect, status, headers, text)
        if isinstance(said, NotSent):
            raise said
        return said

    def close(self) -> None:
        self._session.close()

    def _exchange(self, body: bytes, query: dict[str, str]) -> tuple[int, Any, bytes]:
        """Status, headers and text of the answer. Raises Unreachable where nothing left, TryLater
        where nobody knows what got through."""
        try:
            with self._session.post(
                self._url(), params=query, data=body, timeout=self.timeout, stream=True,
                allow_redirects=False,
            ) as answer:  # fmt: skip
                text = b""
                for part in answer.iter_content(8192):
                    text += part
                    if len(text) > LONGEST_ANSWER:
                        break
                return answer.status_code, answer.headers, text
        except requests.ConnectionError as problem:
            # Errors name the whole address, and a traceback would show it among its variables:
            # nothing of them goes on.
            failure = self._failure(problem)
        except Exception as problem:
            failure = TryLater(type(problem).__name__)
        raise failure from None

    def _failure(self, problem: requests.ConnectionError) -> NotSent:
        cause = problem.args[0] if problem.args else None
        if isinstance(cause, MaxRetryError):
            reason = type(cause.reason).__name__
            return Unreachable(f"{urlsplit(self._url()).hostname}: {reason}")
        return TryLater(type(cause or problem).__name__)

    def _judge(self, dialect: Dialect, status: int, headers: Any, text: bytes) -> str | NotSent:
        """What the vendor said, or why it is a failure and of which kind."""
        if 300 <= status < 400:
            return Refused(f"HTTP {status}: redirected")
        if status >= 500 or status == 408:
            return TryLater(f"HTTP {status}")
        is_success = 200 <= status < 300
        code, words = _read(dialect, text)
        said = self._clean(f"HTTP {status}" if code is None else f"{code} {words}")
        if code in dialect.too_fast or _TOO_FAST.search(words):
            return TooFast(said, dialect.pause)
        if status == 429:
            return TooFast(said, _pause_of(headers))
        if code is None:
            return TryLater(f"{said}: unreadable answer") if is_success else Refused(said)
        if code == 0:
            return said if is_success else Refused(f"HTTP {status}")
        return TryLater(said) if code in dialect.busy else Refused(said)

    def _url(self) -> str:
        url = self.address.url
        if self._stand_in is None:
            return url
        parts = urlsplit(url)
        return f"{self._stand_in}{parts.path}{'?' if parts.query else ''}{parts.query}"

    def _clean(self, said: str) -> str:
        """An answer without what it may repeat of our own secrets."""
        for secret in (_token(self.address.vendor, self.address.url), self.address.secret):
            if secret:
                said = said.replace(secret, "…")
        return clean_line(said)[:LONGEST_WORDS]


def _token(vendor: Vendor, url: str) -> str:
    """The token in an address of this vendor; nothing where it is none."""
    found = DIALECTS[vendor].address.fullmatch(url)
    return found[1] if found else ""


def _checked_stand_in(base: str) -> str:
    parts = urlsplit(base)
    if parts.scheme != "http" or not ip_address(parts.hostname or "").is_loopback:
        raise ValueError("only a server of this machine may stand in for a vendor's")
    return f"http://{parts.netloc}"


def _read(dialect: Dialect, text: bytes) -> tuple[int | None, str]:
    """Code and words of an answer; no code where it cannot be read."""
    try:
        answer = json.loads(text)
    except ValueError:
        return None, ""
    code = answer.get(dialect.code) if isinstance(answer, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return None, ""
    return code, str(answer.get(dialect.words, ""))


def _pause_of(headers: Any) -> timedelta:
    """How long an HTTP 429 asks to wait, if it says so in seconds and is not absurd."""
    given = str(headers.get("Retry-After", "")).strip()
    if given.isascii() and given.isdigit() and len(given) <= 4:
        asked = timedelta(seconds=int(given))
        if timedelta() < asked <= LONGEST_PAUSE:
            return asked
    return PAUSE
