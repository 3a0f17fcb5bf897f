"""A company's own words for a reminder: text with blanks that are filled in, nothing that runs.

A blank is a name in braces, in either language. Anything else in braces stays as it was typed, so
that no text can fail to be made.
"""

import re
from collections.abc import Mapping

_BLANK = re.compile(r"\{([^{}\s]{1,20})\}")

# Blank in English → in Chinese; both are understood in either language's text.
BLANKS = {"title": "事项", "fact": "事实", "when": "时间", "name": "姓名", "label": "提醒"}
_KNOWN = {name: blank for blank, chinese in BLANKS.items() for name in (blank, chinese)}


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its blanks filled in. `values` by the English name of the blank."""

    def fill(found: re.Match[str]) -> str:
        blank = _KNOWN.get(found[1])
        return found[0] if blank is None else values.get(blank, "")

    return _BLANK.sub(fill, text)


def unknown(text: str) -> list[str]:
    """Names in braces that are no blank, each once, in their order."""
    return list(dict.fromkeys(name for name in _BLANK.findall(text) if name not in _KNOWN))
