"""What people type, made safe to keep: control characters out, ends trimmed, never cut."""

import re
import unicodedata

# Tab and line breaks are words' own; everything else below space, DEL, C1, and lone surrogates
# break XML, mail headers or terminals.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str | None) -> str:
    """Text without control characters, in NFC, with one kind of line break."""
    if not text:
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("", text)).strip()


def clean_line(text: str | None) -> str:
    """The same in one line."""
    return " ".join(clean(text).split())


def shortened(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where something was left out."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
