"""What people type, made safe to keep: control characters out, ends trimmed, never cut."""

import re
import unicodedata

# Tab and line breaks are words' own; everything else below space, DEL, C1, and lone surrogates
# break XML, mail headers or terminals. Marks of direction turn round what follows.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)

LARGEST_ID = 2**31 - 1


def clean(text: str | None) -> str:
    """Text without control characters, in NFC, with one kind of line break."""
    if not text:
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("", text)).strip()


def clean_line(text: str | None) -> str:
    """The same in one line."""
    return " ".join(clean(text).split())


def whole_number(text: str) -> int:
    """A number from 0 to what an id's column holds, as it travels in addresses and hidden fields.

    Raises ValueError on anything else: `int` takes other scripts' digits, underscores and numbers
    that no database takes.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID))):
        raise ValueError("not a number of ours")
    if (number := int(text)) > LARGEST_ID:
        raise ValueError("not a number of ours")
    return number


def whole_number_or_none(text: str | None) -> int | None:
    """The same, None for anything else."""
    try:
        return whole_number(text or "")
    except ValueError:
        return None


def shortened(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where something was left out."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
