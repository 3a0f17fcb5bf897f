"""Values of indicators as people type them: a length of time, a percentage, a number.

Pure: text in, number out.
"""

import re
from math import isfinite

SECONDS = "seconds"
PERCENT = "percent"
MOST_SECONDS = 86_400
MOST = 1_000_000_000

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5]?[0-9])")
_SPOKEN = re.compile(
    r"(?:(\d{1,4})\s*(?:分钟?|minutes?|mins?|m|′|'))?\s*"
    r"(?:(\d{1,5}(?:\.\d+)?)\s*(?:秒钟?|seconds?|secs?|s|″|\"))?",
    re.IGNORECASE,
)
# Full-width digits and signs, as Chinese keyboards give them.
_NARROW = str.maketrans("０１２３４５６７８９：．，％", "0123456789:.,%")


def parse_value(text: str, unit: str) -> float:
    """The value in the indicator's unit: percent 0–100, seconds, or the unit's own number.

    A length of time may be written 350, 5:50, 5分50秒 or 5 min 50 s. Raises ValueError for
    anything else, and for what is negative or cannot be.
    """
    plain = text.translate(_NARROW).strip()
    if unit == SECONDS:
        value, most = _seconds(plain), MOST_SECONDS
    else:
        value = _number(plain.removesuffix("%") if unit == PERCENT else plain)
        most = 100 if unit == PERCENT else MOST
    if not isfinite(value) or not 0 <= value <= most:
        raise ValueError(f"{text[:20]!r} is out of range")
    return value


def _number(text: str) -> float:
    text = text.strip().replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is no number")
    return float(text)


def _seconds(text: str) -> float:
    clock = _CLOCK.fullmatch(text)
    if clock:
        return int(clock[1]) * 60 + int(clock[2])
    spoken = _SPOKEN.fullmatch(text)
    if spoken and (spoken[1] or spoken[2]):
        return int(spoken[1] or 0) * 60 + float(spoken[2] or 0)
    return _number(text)
