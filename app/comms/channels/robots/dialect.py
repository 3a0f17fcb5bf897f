"""How robots are spoken to: what differs between the vendors, as plain values and functions."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.comms.channels import Post
from app.comms.channels.robots.markup import fitted, shortened_to, target

LONGEST_TITLE = 300  # bytes


@dataclass(frozen=True)
class Closing:
    """The end of every post: the configured keyword, where there is one, and the link."""

    before: str
    label: str
    target: str


@dataclass(frozen=True)
class Dialect:
    """One vendor's way.

    address: what an address looks like; its group is the token. say: the body's message of title,
    lines and closing, all made harmless by `escape` already. size: what of a body counts against
    `most_bytes`. code, words: the fields of an answer. too_fast, busy: codes that ask to come back
    later, the former for a whole `pause`. in_query, in_body: a signature (secret, at).
    """

    address: re.Pattern[str]
    sample: str
    escape: Callable[[str], str]
    say: Callable[[str, Sequence[str], Closing], dict[str, Any]]
    size: Callable[[dict[str, Any]], int]
    most_bytes: int
    code: str
    words: str
    pause: timedelta
    too_fast: frozenset[int]
    busy: frozenset[int] = frozenset()
    in_query: Callable[[str, datetime], dict[str, str]] = lambda secret, at: {}
    in_body: Callable[[str, datetime], dict[str, str]] = lambda secret, at: {}

    def body(self, post: Post, keyword: str, secret: str, at: datetime) -> dict[str, Any]:
        """The request's body, cut to what the vendor takes, always with keyword and link."""
        title = shortened_to(self.escape(post.title), LONGEST_TITLE)
        label = self.escape(post.link_label)
        closing = Closing(
            before=f"{keyword} · " if keyword and keyword not in label else "",
            label=label,
            target=target(post.link),
        )
        added = self.in_body(secret, at) if secret else {}

        def whole(lines: Sequence[str]) -> dict[str, Any]:
            return {**added, **self.say(title, lines, closing)}

        lines = [line for line in map(self.escape, post.lines) if line]
        return whole(fitted(lines, lambda some: self.size(whole(some)), self.most_bytes))


def encoded(body: dict[str, Any]) -> bytes:
    """A body as it travels."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def encoded_size(body: dict[str, Any]) -> int:
    return len(encoded(body))


def hmac_sha256(key: str, message: str) -> str:
    """The signature of the vendors: HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.digest(key.encode(), message.encode(), hashlib.sha256)).decode()
