"""What a cell of a workbook says, as a plain value; what is unclear is refused and never guessed.

Pure: no database, no request. A value is text, a whole number, a yes or no, or nothing; days are
ISO 8601 text, money is cents, a person or a task is its key, so that values compare by equality.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.tasks.money import MOST_CENTS, parse_yuan

Value = str | int | bool | None

FIRST_YEAR, LAST_YEAR = 2000, 2099
# Day 0 of a workbook's serial numbers: the 1900 system counts a 29 February 1900 that never was,
# which from March 1900 on is the same as counting from here (ECMA-376 part 1, 18.17.4.1).
DAY_ZERO = date(1899, 12, 30)
DAY_ZERO_1904 = date(1904, 1, 1)
# What a document can hold; the database's own columns are narrower where it matters.
LONGEST_TEXT, LONGEST_LINE = 20_000, 200
MOST_NUMBER = 100_000

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，％－／：＋", "0123456789.,%-/:+")
_DAY = re.compile(
    r"(\d{4})\s*([-/.年])\s*(\d{1,2})\s*([-/.月])\s*(\d{1,2})\s*日?(?:[T ]00:00(?::00)?)?"
)
_PAIRS = {"-": "-", "/": "/", ".": ".", "年": "月"}
_SHORT_DAY = re.compile(r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{2,4}")
_WHOLE = re.compile(r"[+-]?\d{1,9}")
_DECIMAL = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,9})?")


class Kind(StrEnum):
    """What a column holds."""

    line = "line"
    text = "text"
    whole = "whole"
    percent = "percent"
    money = "money"
    day = "day"
    choice = "choice"
    yes_no = "yes_no"
    ref = "ref"


@dataclass(frozen=True)
class Bad:
    """A cell that cannot be taken: what it holds, and why not."""

    text: str
    reason: Any


class CellError(ValueError):
    """`reason` is a (lazy) translated sentence."""

    def __init__(self, reason: Any) -> None:
        super().__init__("cell")
        self.reason = reason


def parse(
    kind: Kind, raw: Any, known: Mapping[str, Value] | None = None, day_zero: date = DAY_ZERO
) -> Value:
    """The value of a cell: `raw` is what the file holds (text, number, yes or no, a day, None).

    known: for choices and references, the words that are understood, folded by `fold`.
    day_zero: what serial numbers of days count from. Raises CellError.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if kind in (Kind.line, Kind.text):
        return _text(kind, raw)
    if kind is Kind.day:
        return _day(raw, day_zero)
    if kind is Kind.whole:
        return _whole(raw)
    if kind is Kind.percent:
        return _percent(raw)
    if kind is Kind.money:
        return _money(raw)
    if kind is Kind.yes_no and isinstance(raw, bool):
        return raw
    return _known(raw, known or {})


def fold(text: str) -> str:
    """Words as they are compared: case, width of digits and spaces do not matter."""
    return " ".join(text.translate(_FULL_WIDTH).split()).casefold()


def shown(raw: Any) -> str:
    """What a cell holds, to be quoted in a sentence."""
    if isinstance(raw, datetime):
        raw = raw.date() if (raw.hour, raw.minute, raw.second) == (0, 0, 0) else raw
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        raw = int(raw)
    text = str(raw)
    return text if len(text) <= 60 else text[:59] + "…"


def _text(kind: Kind, raw: Any) -> str:
    if isinstance(raw, bool | datetime | date):
        text = shown(raw)
    elif isinstance(raw, int | float):
        text = str(int(raw)) if float(raw).is_integer() and abs(raw) < 1e15 else repr(raw)
    else:
        text = str(raw)
    if kind is Kind.line:
        text = " ".join(text.split())
    longest = LONGEST_LINE if kind is Kind.line else LONGEST_TEXT
    if len(text) > longest:
        raise CellError(_l("At most %(max)d characters; please shorten it.", max=longest))
    return text


def _day(raw: Any, day_zero: date) -> str:
    if isinstance(raw, bool):
        raise CellError(_no_day(raw))
    if isinstance(raw, datetime):
        if (raw.hour, raw.minute, raw.second) != (0, 0, 0):
            raise CellError(_l("“%(text)s” holds a time; a date alone is asked for.", text=raw))
        return _in_range(raw.date())
    if isinstance(raw, date):
        return _in_range(raw)
    if isinstance(raw, int | float):
        if not float(raw).is_integer() or not 0 < raw < 100_000:
            raise CellError(_no_day(raw))
        return _in_range(day_zero + timedelta(days=int(raw)))
    text = str(raw).translate(_FULL_WIDTH).strip()
    match = _DAY.fullmatch(text)
    if match and _PAIRS[match.group(2)] == match.group(4):
        try:
            return _in_range(date(*(int(match.group(n)) for n in (1, 3, 5))))
        except ValueError as error:
            if isinstance(error, CellError):
                raise
            raise CellError(_l("There is no day “%(text)s”.", text=shown(raw))) from None
    if _SHORT_DAY.fullmatch(text):
        raise CellError(
            _l("“%(text)s” is unclear: day and month could be either. Write it like 2026-03-01.",
               text=shown(raw))
        )  # fmt: skip
    if text.isdigit():
        raise CellError(
            _l("“%(text)s” is a number kept as text and no date. Write it like 2026-03-01.",
               text=shown(raw))
        )  # fmt: skip
    raise CellError(_no_day(raw))


def _no_day(raw: Any) -> Any:
    return _l("“%(text)s” is not a date. Write it like 2026-03-01.", text=shown(raw))


def _in_range(day: date) -> str:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CellError(_l("Please give a day between the years 2000 and 2099."))
    return day.isoformat()


def _whole(raw: Any) -> int:
    number: float | None = None
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        number = raw
    elif isinstance(raw, str) and _WHOLE.fullmatch(raw.translate(_FULL_WIDTH).strip()):
        number = int(raw.translate(_FULL_WIDTH))
    if number is None or not float(number).is_integer() or abs(number) > MOST_NUMBER:
        raise CellError(_l("“%(text)s” is not a whole number.", text=shown(raw)))
    return int(number)


def _percent(raw: Any) -> int:
    """Cells hold a fraction (0.6 shown as 60%); typed text holds per cent."""
    reason = _l("“%(text)s” is no progress from 0%% to 100%%.", text=shown(raw))
    if isinstance(raw, bool | datetime | date):
        raise CellError(reason)
    if isinstance(raw, int | float):
        value = raw * 100 if raw <= 1 else raw
    else:
        text = str(raw).translate(_FULL_WIDTH).strip()
        has_sign = text.endswith("%")
        number = text.removesuffix("%").strip()
        if not _DECIMAL.fullmatch(number):
            raise CellError(reason)
        value = float(number)
        if not has_sign and "." in number and value <= 1:
            value *= 100
        elif not has_sign and value == 1:
            raise CellError(
                _l("“%(text)s” is unclear: write 1%% or 100%%.", text=shown(raw))
            )
    if not 0 <= value <= 100 or abs(value - round(value)) > 1e-6:
        raise CellError(reason)
    return round(value)


def _money(raw: Any) -> int:
    reason = _l("“%(text)s” is not an amount. Write it like 12,000.50.", text=shown(raw))
    if isinstance(raw, bool | datetime | date):
        raise CellError(reason)
    if isinstance(raw, int | float):
        cents = raw * 100
        if not 0 <= cents <= MOST_CENTS or abs(cents - round(cents)) > 1e-4:
            raise CellError(reason)
        return round(cents)
    try:
        return parse_yuan(str(raw))
    except ValueError:
        raise CellError(reason) from None


def _known(raw: Any, known: Mapping[str, Value]) -> Value:
    if isinstance(raw, float):
        # A number such as 1.10 has lost its last digit: which step was meant is not known.
        if not raw.is_integer():
            raise CellError(_l("“%(text)s” is not one of the list.", text=shown(raw)))
        raw = int(raw)
    text = fold(str(raw))
    if text in known:
        return known[text]
    # "1.2 Train the team": the number says which, whatever the title is by now.
    head = text.split(" ", 1)[0]
    if f"#{head}" in known:
        return known[f"#{head}"]
    raise CellError(_l("“%(text)s” is not one of the list.", text=shown(raw)))
