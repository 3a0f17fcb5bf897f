"""What a cell of a pack can hold: text made safe for it, and values with more than their type.

Text is always written as text, whatever it begins with: a line that somebody typed must never
become a formula or a link in an executive's workbook.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from unicodedata import is_normalized

from flask_babel import gettext as _

from app.core.formats import words
from app.core.lights import Light
from app.core.text import clean

GLYPHS = {Light.red: "■", Light.amber: "▲", Light.green: "●", Light.grey: "○"}
# What one cell can hold, counted in UTF-16 units as Excel counts.
CELL_LIMIT = 32_767
SHEET_NAME_LIMIT = 31
# The blocks of Unicode whose letters take two columns.
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
    "\uff01-\uff60\uffe0-\uffe6\U0001f300-\U0001faff\U00020000-\U0003fffd]+"
)


def safe_text(value: Any) -> str:
    """Text as a cell can hold it: no control characters, cut with a note where it is too long."""
    text = value if type(value) is str else words(value)
    # Nearly every text is one printable line in the usual form, and needs none of the work below.
    if (
        text.isprintable()
        and 2 * len(text) <= CELL_LIMIT
        and (text.isascii() or is_normalized("NFC", text))
    ):
        return text.strip()
    text = clean(text)
    units = len(text.encode("utf-16-le")) // 2
    if units <= CELL_LIMIT:
        return text
    note = " " + _("[shortened: %(count)s characters; the whole is in the app]", count=len(text))
    room = 2 * (CELL_LIMIT - len(note))
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + note


def sheet_name(text: str) -> str:
    """A name that Excel takes for a sheet."""
    name = re.sub(r"[\[\]:*?/\\]", " ", safe_text(text)).strip("' ")
    return name[:SHEET_NAME_LIMIT] or "-"


def line_width(line: str) -> int:
    """Columns that one line takes: a wide character counts as two."""
    return len(line) if line.isascii() else 2 * len(line) - len(_WIDE.sub("", line))


def shown_width(text: str) -> int:
    """Columns that a text of several lines takes."""
    if "\n" not in text:
        return line_width(text)
    return max(line_width(line) for line in text.split("\n"))


def lines_of(text: str, width: int) -> int:
    """How many lines a text takes in a column of this width."""
    room = max(width - 1, 1)
    # Twice as many columns as characters is the most that there can be.
    if 2 * len(text) <= room and "\n" not in text:
        return 1
    return sum(max(1, -(-line_width(line) // room)) for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class Link:
    """A value that leads into the app. `path` begins with a slash."""

    path: str
    value: Any


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with its result as computed here; `kind` says how it is shown."""

    text: str
    value: Any
    kind: str = "count"


@dataclass(frozen=True, slots=True)
class Styled:
    """A value in a style of its own: kind of number and further properties."""

    value: Any
    kind: str = "text"
    bold: bool = False
    props: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """A date, with the mark of one that rests on a calendar not published yet."""

    on: date | None
    is_estimated: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. kind: text, count, percent, date, money, centre; width in characters,
    else by its content."""

    head: str
    kind: str = "text"
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A figure that the check sheet holds: as the server computed it, and the formula that comes
    to it over the sheets. kind: how it is shown (count, percent, money, text)."""

    label: str
    value: Any
    formula: str
    kind: str = "count"


def light_text(light: Light) -> str:
    """Health as shape and word."""
    return f"{GLYPHS[light]} {light.label}"


def quoted(text: Any) -> str:
    """Text as a constant within a formula."""
    return '"' + safe_text(text).replace('"', '""') + '"'


def share(part: str, whole: str, value: tuple[int, int], none: str) -> Formula:
    """A rate as a formula over two cells; in words while there is nothing to divide by."""
    kept, all_ = value
    return Formula(
        f"=IF({whole}=0,{quoted(none)},{part}/{whole})", kept / all_ if all_ else none, "percent"
    )
