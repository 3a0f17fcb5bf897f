"""Feishu, and Lark abroad: rich text, the signature in the body.

Source: Feishu's guide to custom robots. The signature's key is what others sign, and its message
is empty.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.comms.channels.robots.dialect import Closing, Dialect, encoded_size, hmac_sha256
from app.comms.channels.robots.markup import unlinked


def say(title: str, lines: Sequence[str], closing: Closing) -> dict[str, Any]:
    """Paragraphs of parts: only the part of kind `a` is a link. A text in one language alone is
    shown to every reader."""
    link = {"tag": "a", "text": closing.label, "href": closing.target}
    content = [
        *([_text(line)] for line in lines),
        [_text(closing.before), link] if closing.before else [link],
    ]
    return {
        "msg_type": "post",
        "content": {"post": {"zh_cn": {"title": title, "content": content}}},
    }


def _text(text: str) -> dict[str, str]:
    return {"tag": "text", "text": text}


def signed(secret: str, at: datetime) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    return {"timestamp": stamp, "sign": hmac_sha256(f"{stamp}\n{secret}", "")}


DIALECT = Dialect(
    address=re.compile(
        r"https://open\.(?:feishu\.cn|larksuite\.com)(?::443)?/open-apis/bot/v2/hook/"
        r"([\w-]{8,200})",
        re.ASCII,
    ),
    sample="https://open.feishu.cn/open-apis/bot/v2/hook/…",
    escape=unlinked,
    say=say,
    size=encoded_size,
    most_bytes=20_000,
    code="code",
    words="msg",
    pause=timedelta(minutes=1),
    too_fast=frozenset({11232}),
    in_body=signed,
)
