"""Pieces of formulas: where a cell is, and sentences in which the figures are computed.

Only functions that Excel since 2010, WPS and LibreOffice share are used.
"""

import re
from collections.abc import Mapping
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_range_abs, xl_rowcol_to_cell

from app.core.lights import Light
from app.status.sheets.book import Formula
from app.status.sheets.cells import light_text, quoted

# A constant text within a formula may be so long.
_LONGEST = 250
_TOKEN = re.compile("\x02([a-z_]+)\x02")


def cell(row: int, col: int, sheet: str = "") -> str:
    """The address of a cell (counted from 0), the same wherever the formula stands."""
    found: str = xl_rowcol_to_cell(row, col, True, True)
    return f"{quote_sheetname(sheet)}!{found}" if sheet else found


def area(row: int, col: int, last_row: int, last_col: int, sheet: str = "") -> str:
    """The address of a range."""
    found: str = xl_range_abs(row, col, last_row, last_col)
    return f"{quote_sheetname(sheet)}!{found}" if sheet else found


def near(row: int, col: int) -> str:
    """The address of a cell, moving along when its row is moved or copied."""
    found: str = xl_rowcol_to_cell(row, col)
    return found


def light_constant(light: Light) -> str:
    """A light's shape and word as a constant within a formula."""
    return quoted(light_text(light))


def slot(name: str) -> str:
    """What stands in a sentence for a figure until `sentence` puts its formula there."""
    return f"\x02{name}\x02"


def percent_text(part: str, whole: str, none: str) -> str:
    """A rate in whole percent as text within a formula; in words where there is nothing to
    divide by."""
    return f'IF({whole}=0,{quoted(none)},TEXT({part}/{whole},"0%"))'


def sentence(text: str, figures: Mapping[str, tuple[str, Any]]) -> Formula:
    """A sentence whose figures are computed: `text` with `slot(name)` where `figures[name]` goes,
    which is (formula, result)."""
    parts: list[str] = []
    said = ""
    for n, piece in enumerate(_TOKEN.split(text)):
        if n % 2:
            formula, value = figures[piece]
            parts.append(formula)
            said += str(value)
        elif piece:
            said += piece
            parts += [quoted_as_is(piece[at : at + _LONGEST])
                      for at in range(0, len(piece), _LONGEST)]  # fmt: skip
    return Formula("=" + "&".join(parts), said, "text")


def quoted_as_is(text: str) -> str:
    """A constant text with the spaces at its ends kept."""
    return '"' + text.replace('"', '""') + '"'


def percent_words(part: int, whole: int, none: str) -> str:
    """What `percent_text` comes to: halves are rounded up, as the workbook does."""
    return f"{(200 * part + whole) // (2 * whole)}%" if whole else none
