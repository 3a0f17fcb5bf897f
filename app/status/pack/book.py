"""The workbook's set-up: styles, tables, and the one door through which text enters a cell.

Text is always written as text, whatever it begins with: a line that somebody typed must never
become a formula or a link in an executive's workbook.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from unicodedata import east_asian_width

from flask_babel import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.core.formats import words
from app.core.lights import Light
from app.core.text import clean

FONT = "微软雅黑"
INK, INK_2, INK_3 = "#1B2326", "#465156", "#626E73"
LINE, HAIR, BRAND, SOFT, GREY = "#C7CFD1", "#E3E7E8", "#0F6670", "#BCD8DA", "#87949A"
GLYPHS = {Light.red: "■", Light.amber: "▲", Light.green: "●", Light.grey: "○"}
LIGHT_COLOURS = {
    Light.red: ("#B3261E", "#FBEAE8"), Light.amber: ("#835400", "#FDF1D8"),
    Light.green: ("#1D6B38", "#E6F3E9"), Light.grey: ("#566267", "#EDF0F1"),
}  # fmt: skip
BANDS = {
    "low": (INK, "#FFFFFF"), "medium": (INK, "#E4E9EA"), "high": ("#FFFFFF", "#59666B"),
    "critical": ("#FFFFFF", "#1B2326"),
}  # fmt: skip
# What one cell can hold, counted in UTF-16 units as Excel counts.
CELL_LIMIT = 32_767
SHEET_NAME_LIMIT = 31
NARROWEST, WIDEST = 8, 60
ROW_HEIGHT = 18
TALLEST = 400
EPOCH = (1980, 1, 1, 0, 0, 0)


def safe_text(value: Any) -> str:
    """Text as a cell can hold it: no control characters, cut with a note where it is too long."""
    text = clean(words(value))
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


def shown_width(text: str) -> int:
    """Columns that a line takes: a wide character counts as two."""
    return max(
        (sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n")),
        default=0,
    )


@dataclass(frozen=True)
class Link:
    """A value that leads into the app. `path` begins with a slash."""

    path: str
    value: Any


@dataclass(frozen=True)
class Formula:
    """A formula with its result as computed here; `kind` says how it is shown."""

    text: str
    value: Any
    kind: str = "count"


@dataclass(frozen=True)
class Styled:
    """A value in a style of its own: kind of number and further properties."""

    value: Any
    kind: str = "text"
    bold: bool = False
    props: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Day:
    """A date, with the mark of one that rests on a calendar not published yet."""

    on: date | None
    is_estimated: bool = False
    bold: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table. kind: text, count, percent, date, money, centre; width in characters,
    else by its content."""

    head: str
    kind: str = "text"
    width: int | None = None


class Book:
    """An XlsxWriter workbook with this project's styles; the same input gives the same bytes."""

    def __init__(self, title: str, base_url: str, zone: tzinfo, made_at: datetime) -> None:
        self._buffer = io.BytesIO()
        self.workbook = Workbook(
            self._buffer,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.base_url = base_url.rstrip("/")
        self.zone = zone
        self._styles: dict[tuple[tuple[str, Any], ...], Format] = {}
        self.workbook.set_properties(
            {"title": safe_text(title)[:255], "created": made_at.replace(tzinfo=None),
             "comments": "Yingbin"}
        )  # fmt: skip
        plain = self.workbook.formats[0]
        plain.set_font_name(FONT)
        plain.set_font_size(10)

    def style(self, kind: str = "text", **props: Any) -> Format:
        """The format for a kind of value, made once."""
        base: dict[str, Any] = {
            "font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter",
        }  # fmt: skip
        base |= {
            "text": {},
            "wrap": {"text_wrap": True, "valign": "top"},
            "count": {"num_format": "#,##0"},
            "centre": {"align": "center"},
            "percent": {"num_format": "0%", "align": "center"},
            "money": {"num_format": "#,##0"},
            "date": {"num_format": "yyyy-mm-dd", "align": "center"},
            "when": {"num_format": "yyyy-mm-dd hh:mm", "align": "center"},
        }[kind]
        base |= props
        key = tuple(sorted(base.items()))
        if key not in self._styles:
            self._styles[key] = self.workbook.add_format(base)
        return self._styles[key]

    def add_sheet(self, name: str, *, landscape: bool = True) -> Worksheet:
        """A sheet set up for A4: one page wide, numbered."""
        sheet = self.workbook.add_worksheet(sheet_name(name))
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f'&L&"{FONT}"&8{self.footer}&R&"{FONT}"&8' + _("page &P of &N"))
        return sheet

    # Said at the left of each page's foot; set once the manifest is known.
    footer = ""

    def text(self, sheet: Worksheet, row: int, col: int, value: Any, style: Format) -> str:
        """The only way of text into a cell; answers what was written."""
        text = safe_text(value)
        if text:
            sheet.write_string(row, col, text, style)
        else:
            sheet.write_blank(row, col, None, style)
        return text

    def lead(self, sheet: Worksheet, row: int, col: int, title: str, meta: str) -> None:
        """A title with what is said about it in the same cell, smaller."""
        strong = self.style(font_size=12, bold=True)
        quiet = self.style(font_size=9, font_color=INK_3)
        if not meta:
            self.text(sheet, row, col, title, strong)
            return
        parts = (strong, safe_text(title), quiet, "   " + safe_text(meta))
        sheet.write_rich_string(row, col, *parts, self.style(valign="bottom"))

    def heading(self, sheet: Worksheet, title: str, meta: str = "") -> None:
        """The first two rows of a sheet: what it is, and what is said about all of it."""
        sheet.set_row(0, 28)
        self.text(sheet, 0, 0, title, self.style(font_size=16, bold=True))
        self.text(sheet, 1, 0, meta, self.style(font_color=INK_3))

    def put(
        self, sheet: Worksheet, row: int, col: int, value: Any, kind: str = "text", **props: Any
    ) -> str:
        """Write a value in the style of its kind; answers its text, for the width."""
        if isinstance(value, Styled):
            extra = props | dict(value.props) | ({"bold": True} if value.bold else {})
            return self.put(sheet, row, col, value.value, value.kind, **extra)
        if isinstance(value, Link):
            linked = props | {"font_color": BRAND}
            text = "" if isinstance(value.value, int) else safe_text(value.value)
            sheet.write_url(
                row, col, self.base_url + value.path, self.style(kind, **linked), string=text or "-"
            )
            return self.put(sheet, row, col, value.value, kind, **linked)
        if isinstance(value, Light):
            return self.light(sheet, row, col, value, **props)
        if isinstance(value, Formula):
            style = self.style(value.kind, **props)
            cached = "" if value.value is None else value.value
            sheet.write_formula(row, col, value.text, style, value=cached)
            return str(cached)
        if isinstance(value, Day):
            if value.on is None:
                return self.text(sheet, row, col, "–", self.style("centre", **props))
            mark = _("(est.)")
            if value.is_estimated:
                props = props | {"num_format": f'yyyy-mm-dd" {mark}"'}
            if value.bold:
                props = props | {"bold": True}
            text = self.put(sheet, row, col, value.on, "date", **props)
            return text + (" " + mark if value.is_estimated else "")
        if isinstance(value, datetime):
            at = value.astimezone(self.zone).replace(tzinfo=None, second=0, microsecond=0)
            sheet.write_datetime(row, col, at, self.style("when", **props))
            return "2026-01-01 00:00"
        if isinstance(value, date):
            sheet.write_datetime(
                row, col, datetime(value.year, value.month, value.day), self.style("date", **props)
            )
            return "2026-01-01"
        if isinstance(value, int | float):
            shown = kind if kind in ("percent", "money", "count", "centre") else "count"
            sheet.write_number(row, col, value, self.style(shown, **props))
            return f"{value:,}"
        return self.text(sheet, row, col, value, self.style(kind, **props))

    def light(
        self, sheet: Worksheet, row: int, col: int, light: Light, **props: Any
    ) -> str:  # fmt: skip
        """Health as shape and word on its tint."""
        ink, tint = LIGHT_COLOURS[light]
        text = f"{GLYPHS[light]} {light.label}"
        props = props | {"font_color": ink, "bg_color": tint, "bold": True}
        return self.text(sheet, row, col, text, self.style("centre", **props))

    def table(
        self,
        sheet: Worksheet,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Any]],
        *,
        top: int = 3,
        left: int = 0,
        empty: str = "",
        is_main: bool = True,
    ) -> int:
        """A table with its heads at `top`; the main one of a sheet gets filter, frozen panes and
        repeated heads. Answers the last row used."""
        sheet.set_row(top, 22)
        for n, column in enumerate(columns):
            align = "left" if column.kind in ("text", "wrap") else "center"
            style = self.style(
                bold=True, font_color=INK_2, font_size=9, bottom=1, bottom_color=LINE,
                align=align, text_wrap=True, bg_color="#F1F4F4",
            )  # fmt: skip
            self.text(sheet, top, left + n, column.head, style)
        written = [[shown_width(column.head) + 2] for column in columns]
        texts: list[list[str]] = []
        for r, row in enumerate(rows, start=top + 1):
            line = []
            for n, (column, value) in enumerate(zip(columns, row, strict=True)):
                kind = column.kind if column.kind != "text" else "wrap"
                props = {"bottom": 4, "bottom_color": HAIR, "valign": "vcenter"}
                line.append(self.put(sheet, r, left + n, value, kind, **props))
                written[n].append(shown_width(line[-1]))
            texts.append(line)
        if not rows:
            self.text(sheet, top + 1, left, empty, self.style(font_color=INK_3))
        widths = [
            column.width or min(max(max(found) + 2, NARROWEST), WIDEST)
            for column, found in zip(columns, written, strict=True)
        ]
        for n, width in enumerate(widths):
            sheet.set_column(left + n, left + n, width)
        for r, line in enumerate(texts, start=top + 1):
            lines = max(_lines(text, width) for text, width in zip(line, widths, strict=True))
            sheet.set_row(r, min(ROW_HEIGHT + 14 * (lines - 1), TALLEST))
        last = top + max(len(rows), 1)
        if is_main:
            sheet.freeze_panes(top + 1, min(2, len(columns) - 1))
            sheet.repeat_rows(top)
            if rows:
                sheet.autofilter(top, left, last, left + len(columns) - 1)
        return last

    def close(self) -> bytes:
        """The workbook's bytes, with the archive's times fixed."""
        self.workbook.close()
        fixed = io.BytesIO()
        with (
            zipfile.ZipFile(self._buffer) as source,
            zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for entry in source.infolist():
                info = zipfile.ZipInfo(entry.filename, EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 0
                target.writestr(info, source.read(entry))
        return fixed.getvalue()


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column of this width."""
    room = max(width - 1, 1)
    return sum(max(1, -(-shown_width(line) // room)) for line in text.split("\n")) or 1


def share(part: str, whole: str, value: tuple[int, int], none: str) -> Formula:
    """A rate as a formula over two cells; in words while there is nothing to divide by."""
    kept, all_ = value
    quoted = none.replace('"', '""')
    return Formula(
        f'=IF({whole}=0,"{quoted}",{part}/{whole})', kept / all_ if all_ else none, "percent"
    )

