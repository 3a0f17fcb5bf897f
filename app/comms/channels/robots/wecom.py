"""WeCom: markdown, no signature; the key in the address is all its secret.

Source: WeCom's documentation of group robots (91770) and of error codes.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from app.comms.channels.robots.dialect import Closing, Dialect
from app.comms.channels.robots.markup import unmarked


def say(title: str, lines: Sequence[str], closing: Closing) -> dict[str, Any]:
    link = f"{closing.before}[{closing.label}]({closing.target})"
    return {
        "msgtype": "markdown",
        "markdown": {"content": "\n".join([f"**{title}**", *lines, link])},
    }


def content_size(body: dict[str, Any]) -> int:
    """WeCom counts the content alone."""
    return len(body["markdown"]["content"].encode())


DIALECT = Dialect(
    address=re.compile(
        r"https://qyapi\.weixin\.qq\.com(?::443)?/cgi-bin/webhook/send\?key=([\w-]{8,200})",
        re.ASCII,
    ),
    sample="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    escape=unmarked,
    say=say,
    size=content_size,
    most_bytes=4096,
    code="errcode",
    words="errmsg",
    pause=timedelta(minutes=1),
    too_fast=frozenset({45009}),
    busy=frozenset({-1}),
)
