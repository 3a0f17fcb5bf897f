"""Words of people inside a vendor's markup: shown as they were written, never obeyed.

The vendors' markdown knows no escaping that all of their clients agree on. So every sign that
could begin a link, a picture, a mention or a heading becomes its full-width likeness, which reads
the same and means nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from urllib.parse import quote

from app.core.text import clean_line

WIDER = 0xFEE0  # from an ASCII sign to its full-width likeness
MORE = "…"
# Clients make a link of whatever looks like an address, and a mention of @.
_LINKS = re.compile(r"[<>@]|:(?=//)")
# A single _ inside a word is a part of a name: plan_v2.xlsx.
_MARKS = re.compile(r"[\[\]*`~|\\]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
_LINE_BEGINS = re.compile(r"^(?:[#+=-]|\d+(?=([.)])))")
# What may stand in the target of a link as it is; a closing bracket would end it too early.
_TARGET = "/:?#@!$&'*+,;=%~[]-._"


def unlinked(text: str) -> str:
    """One line of text that makes no link and mentions nobody."""
    return _LINKS.sub(_widen, clean_line(text))


def unmarked(text: str) -> str:
    """One line of text that is also no markdown."""
    text = _MARKS.sub(_widen, unlinked(text))
    begins = _LINE_BEGINS.match(text)
    if begins is None:
        return text
    at = begins.end() if begins.group(1) else 0
    return text[:at] + chr(ord(text[at]) + WIDER) + text[at + 1 :]


def target(link: str) -> str:
    """An address of ours as the target of a link in markdown."""
    return quote(link, safe=_TARGET)


def shortened_to(text: str, most: int) -> str:
    """At most `most` bytes of UTF-8, with an ellipsis where something was left out."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    kept = encoded[: max(most - len(MORE.encode()), 0)].decode(errors="ignore").rstrip()
    return kept + MORE


def fitted(lines: Sequence[str], size: Callable[[Sequence[str]], int], most: int) -> list[str]:
    """The first of `lines`, as many as keep `size` within `most`, and an ellipsis for the rest.

    They are cut at a line's end; only a first line that is too long by itself is cut inside.
    """
    lines = list(lines)
    if size(lines) <= most:
        return lines

    def so_many(number: int) -> list[str]:
        return [*lines[:number], MORE]

    whole = bisect_right(range(1, len(lines)), most, key=lambda number: size(so_many(number)))
    if whole:
        return so_many(whole)
    longest = len(lines[0].encode())
    room = bisect_right(
        range(longest), most, key=lambda number: size([shortened_to(lines[0], number)])
    )
    return [shortened_to(lines[0], max(room - 1, 0))]


def _widen(found: re.Match[str]) -> str:
    return chr(ord(found[0]) + WIDER)
