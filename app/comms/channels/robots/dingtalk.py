"""DingTalk: markdown, the signature in the query.

Source: DingTalk's documentation of custom group robots (message types, security settings, error
codes). Whoever posts too fast is shut out for ten minutes.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.comms.channels.robots.dialect import Closing, Dialect, encoded_size, hmac_sha256
from app.comms.channels.robots.markup import unmarked


def say(title: str, lines: Sequence[str], closing: Closing) -> dict[str, Any]:
    """A list, for DingTalk runs single lines together. `title` is what the phone announces."""
    text = "".join(f"- {line}\n" for line in lines)
    link = f"{closing.before}[{closing.label}]({closing.target})"
    return {
        "msgtype": "markdown",
        "markdown": {"title": title, "text": f"#### {title}\n\n{text}\n{link}"},
        "at": {"isAtAll": False},
    }


def signed(secret: str, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp() * 1000))
    return {"timestamp": stamp, "sign": hmac_sha256(secret, f"{stamp}\n{secret}")}


DIALECT = Dialect(
    address=re.compile(
        r"https://oapi\.dingtalk\.com(?::443)?/robot/send\?access_token=([\w-]{8,200})", re.ASCII
    ),
    sample="https://oapi.dingtalk.com/robot/send?access_token=…",
    escape=unmarked,
    say=say,
    size=encoded_size,
    most_bytes=20_000,
    code="errcode",
    words="errmsg",
    pause=timedelta(minutes=10),
    too_fast=frozenset({130101, 410100}),
    busy=frozenset({-1}),
    in_query=signed,
)
