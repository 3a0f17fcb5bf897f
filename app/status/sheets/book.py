"""The workbook's set-up: styles, tables, and the one door through which text enters a cell.

Most of what a pack costs is its cells, so a table's plain values are written without a detour:
formats are made once for a column, texts are measured only where they may need a second line.
"""

import io
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from flask_babel import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from app.core.formats import words
from app.core.lights import Light
from app.status.sheets.cells import (
    CELL_LIMIT,
    GLYPHS,
    Check,
    Column,
    Day,
    Formula,
    Link,
    Styled,
    light_text,
    lines_of,
    quoted,
    safe_text,
    share,
    sheet_name,
    shown_width,
)
from app.status.sheets.named_styles import NamedStylesWorkbook
from app.status.sheets.palette import (
    BANDS,
    BRAND,
    FONT,
    GREY,
    HAIR,
    HAIRLINE,
    INK,
    INK_2,
    INK_3,
    LIGHT_COLOURS,
    LINE,
    SOFT,
    SUNKEN,
    TINT,
)
from app.status.sheets.style_names import MONEY_FORMAT, own_colour, style_name

# The sheets take from here all that they write with.
__all__ = [
    "BANDS", "BRAND", "CELL_LIMIT", "FONT", "GLYPHS", "GREY", "HAIR", "HAIRLINE", "INK",
    "INK_2", "INK_3", "LIGHT_COLOURS", "LINE", "MANIFEST_PROPERTY", "SOFT", "SUNKEN", "TINT",
    "Book", "Check", "Column", "Day", "Formula", "Link", "Styled", "light_text", "quoted",
    "safe_text", "share", "sheet_name", "shown_width",
]  # fmt: skip

NUMBER_KINDS = ("percent", "money", "count", "centre", "ratio")
NARROWEST, WIDEST = 8, 60
ROW_HEIGHT, LINE_HEIGHT = 18, 14
TALLEST = 400
# Texts below this length are mostly words that stand in many rows.
SHORT = 16
# A sheet holds 65,530 links at most; long before that they make it slow to open.
LINKS_AT_MOST = 20_000
MANIFEST_PROPERTY = "Yingbin manifest"


class Book:
    """An XlsxWriter workbook with this project's styles; the same input gives the same bytes."""

    def __init__(
        self, title: str, base_url: str, zone: tzinfo, made_at: datetime, brand: str = ""
    ) -> None:
        self._buffer = io.BytesIO()
        # The parts go over the disk: in memory a long plan's would be larger than all the rest.
        folder = tempfile.mkdtemp(prefix="yingbin-pack-")
        self._tidy = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.workbook = NamedStylesWorkbook(
            self._buffer,
            {
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.checks: list[Check] = []
        self.brand = own_colour(brand or BRAND)
        self.base_url = base_url.rstrip("/")
        self.zone = zone
        self._styles: dict[tuple[tuple[str, Any], ...], Format] = {}
        # The same by how they were asked for, which is quicker to say.
        self._asked: dict[tuple[Any, ...], Format] = {}
        self.workbook.set_properties(
            {"title": safe_text(title)[:255], "created": made_at.replace(tzinfo=None),
             "comments": "Yingbin"}
        )  # fmt: skip
        plain = self.workbook.formats[0]
        plain.set_font_name(FONT)
        plain.set_font_size(10)

    def mark(self, manifest_sha256: str) -> None:
        """What the file is of, in its properties: `pack verify` finds the pack by it even when the
        file was saved anew."""
        self.workbook.set_custom_property(MANIFEST_PROPERTY, manifest_sha256)

    def style(self, kind: str = "text", **props: Any) -> Format:
        """The format for a kind of value, made once."""
        asked = (kind, *props.items())
        found = self._asked.get(asked)
        if found is None:
            found = self._asked[asked] = self._made(kind, props)
        return found

    def _made(self, kind: str, props: dict[str, Any]) -> Format:
        base: dict[str, Any] = {
            "font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter",
        }  # fmt: skip
        base |= {
            "text": {},
            "wrap": {"text_wrap": True, "valign": "top"},
            "count": {"num_format": "#,##0"},
            "centre": {"align": "center"},
            "percent": {"num_format": "0%", "align": "center"},
            "ratio": {"num_format": "0.00", "align": "center"},
            "money": {"num_format": MONEY_FORMAT},
            "date": {"num_format": "yyyy-mm-dd", "align": "center"},
            "when": {"num_format": "yyyy-mm-dd hh:mm", "align": "center"},
        }[kind]
        base |= props
        if not base.get("bold"):
            # Said or unsaid it is the same look, and must be one format.
            base.pop("bold", None)
        key = tuple(sorted(base.items()))
        if key not in self._styles:
            form = self._styles[key] = self.workbook.add_format(base)
            self.workbook.style_names[form] = style_name(base, self.brand)
        return self._styles[key]

    def add_sheet(self, name: str, *, landscape: bool = True, is_long: bool = False) -> Worksheet:
        """A sheet set up for A4: one page wide, numbered.

        is_long: its rows go straight to the disk, for sheets of tens of thousands of rows. Such a
        sheet must be written from top to bottom, row by row; what is written above the last row
        begun is lost.
        """
        self.workbook.constant_memory = is_long
        sheet = self.workbook.add_worksheet(sheet_name(name))
        self.workbook.constant_memory = False
        sheet.hide_gridlines(2)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        # In the middle the sheet's name would run into the left part of an upright page.
        left, right = self.footer, "&A   " + _("page &P of &N")
        sheet.set_footer("".join(
            f'&{place}&"{FONT}"&8{said}' for place, said in (("L", left), ("R", right))
        ))  # fmt: skip
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

    def define(
        self, name: str, sheet: Worksheet, row: int, col: int, last_row: int, last_col: int
    ) -> str:
        """Give a range its name in the workbook, for formulas and for people; answers the name."""
        area = xl_range_abs(row, col, last_row, last_col)
        self.workbook.define_name(name, f"={quote_sheetname(sheet.get_name())}!{area}")
        return name

    def check(self, label: str, value: Any, formula: str, kind: str = "count") -> None:
        """Enter a figure into the check sheet; None stands for "cannot be said" and is not
        checked."""
        if value is not None:
            self.checks.append(Check(label, value, formula, kind))

    def light_formula(
        self, sheet: Worksheet, row: int, col: int, formula: str, light: Light, **props: Any
    ) -> str:
        """A light that the sheet computes itself: the formula comes to `light_text` of a light.
        Its colours are `light_colours`."""
        style = self.style("centre", bold=True, **props)
        sheet.write_formula(row, col, formula, style, value=light_text(light))
        return light_text(light)

    def light_colours(
        self, sheet: Worksheet, row: int, col: int, last_row: int, last_col: int
    ) -> None:
        """Colour lights by their shape, whatever a formula comes to."""
        for light, (ink, tint) in LIGHT_COLOURS.items():
            sheet.conditional_format(row, col, last_row, last_col, {
                "type": "text", "criteria": "begins with", "value": GLYPHS[light],
                "format": self.workbook.add_format({"font_color": ink, "bg_color": tint}),
            })  # fmt: skip

    def lead(self, sheet: Worksheet, row: int, col: int, title: str, meta: str) -> None:
        """A title with what is said about it in the same cell, smaller."""
        strong = self.style(font_size=12, bold=True)
        quiet = self.style(font_size=9, font_color=INK_3)
        if not meta:
            self.text(sheet, row, col, title, strong)
            return
        parts = (strong, safe_text(title), quiet, "   " + safe_text(meta))
        sheet.write_rich_string(row, col, *parts, self.style(font_size=12, bold=True,
                                                             valign="bottom"))  # fmt: skip

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
            return self._link(sheet, row, col, value, kind, props | {"font_color": self.brand})
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
            if value.bold:
                props = props | {"bold": True}
            if not value.is_estimated:
                return self.put(sheet, row, col, value.on, "date", **props)
            mark = _("(est.)")
            props = props | {"num_format": f'yyyy-mm-dd" {mark}"'}
            return self.put(sheet, row, col, value.on, "date", **props) + f" {mark}"
        if isinstance(value, datetime):
            at = value.astimezone(self.zone).replace(tzinfo=None, second=0, microsecond=0)
            sheet.write_datetime(row, col, at, self.style("when", **props))
            return "2026-01-01 00:00"
        if isinstance(value, date):
            sheet.write_datetime(row, col, value, self.style("date", **props))
            return "2026-01-01"
        if isinstance(value, int | float):
            shown = kind if kind in NUMBER_KINDS else "count"
            sheet.write_number(row, col, value, self.style(shown, **props))
            return f"{value:,}"
        return self.text(sheet, row, col, value, self.style(kind, **props))

    def _link(
        self, sheet: Worksheet, row: int, col: int, link: Link, kind: str, props: dict[str, Any]
    ) -> str:
        if sheet.hlink_count >= LINKS_AT_MOST:
            return self.put(sheet, row, col, link.value, kind)
        is_number = isinstance(link.value, int)
        text = f"{link.value:,}" if is_number else safe_text(link.value)
        style = self.style(kind, **props)
        sheet.write_url(row, col, self.base_url + link.path, style, string=text or "-")
        if is_number:
            return self.put(sheet, row, col, link.value, kind, **props)
        return text

    def light(
        self, sheet: Worksheet, row: int, col: int, light: Light, **props: Any
    ) -> str:  # fmt: skip
        """Health as shape and word on its tint."""
        ink, tint = LIGHT_COLOURS[light]
        text = light_text(light)
        props = props | {"font_color": ink, "bg_color": tint, "bold": True}
        return self.text(sheet, row, col, text, self.style("centre", **props))

    def heads(
        self, sheet: Worksheet, row: int, left: int, columns: Sequence[Column]
    ) -> None:  # fmt: skip
        """A table's row of heads."""
        sheet.set_row(row, 22)
        for n, column in enumerate(columns):
            align = "left" if column.kind in ("text", "wrap") else "center"
            style = self.style(
                bold=True, font_color=INK_2, font_size=9, bottom=1, bottom_color=LINE,
                align=align, text_wrap=True, bg_color=SUNKEN,
            )  # fmt: skip
            self.text(sheet, row, left + n, column.head, style)

    def table(
        self,
        sheet: Worksheet,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Any]],
        *,
        top: int = 3,
        left: int = 0,
        empty: str = "",
        is_main: bool = True,
        levels: Sequence[int] = (),
    ) -> int:
        """A table with its heads at `top`; the main one of a sheet gets filter, frozen panes and
        repeated heads. Answers the last row used.

        Rows are written as they come: where each column has its width, `rows` may be a generator.
        levels: how deep each row lies in the outline, 0 for those that never fold.
        """
        self.heads(sheet, top, left, columns)
        if any(column.width is None for column in columns):
            rows = list(rows)
        widths = [
            column.width or self._width(column.head, (row[n] for row in rows))
            for n, column in enumerate(columns)
        ]
        for n, width in enumerate(widths):
            sheet.set_column(left + n, left + n, width)
        sheet.set_default_row(ROW_HEIGHT)
        last = self._rows(sheet, columns, widths, rows, top + 1, left, levels)
        if last == top:
            last = top + 1
            self.text(sheet, last, left, empty, self.style(font_color=INK_3))
        elif is_main:
            sheet.autofilter(top, left, last, left + len(columns) - 1)
        if is_main:
            sheet.freeze_panes(top + 1, min(2, len(columns) - 1))
            sheet.repeat_rows(top)
        return last

    def _rows(
        self, sheet: Worksheet, columns: Sequence[Column], widths: Sequence[int],
        rows: Iterable[Sequence[Any]], top: int, left: int, levels: Sequence[int],
    ) -> int:  # fmt: skip
        """The rows of a table; answers the last one written, `top` - 1 without any."""
        props = HAIRLINE | {"valign": "vcenter"}
        plan = []
        for n, (column, width) in enumerate(zip(columns, widths, strict=True)):
            kind = column.kind if column.kind != "text" else "wrap"
            number = kind if kind in NUMBER_KINDS else "count"
            plan.append((left + n, width, kind, self.style(kind, **props),
                         self.style(number, **props), self.style("date", **props)))  # fmt: skip
        write_string, write_number = sheet.write_string, sheet.write_number
        write_blank, put = sheet.write_blank, self.put
        # Names, weeks and states come again and again.
        known: dict[str, str] = {}
        r = top - 1
        for r, row in enumerate(rows, start=top):
            lines = 1
            for value, (col, width, kind, plain, number, day) in zip(row, plan, strict=True):
                is_a = type(value)
                if is_a is str:
                    if not value or not (text := known.get(value) or safe_text(value)):
                        write_blank(r, col, None, plain)
                        continue
                    write_string(r, col, text, plain)
                    if len(text) < SHORT:
                        known[value] = text
                elif is_a is int or is_a is float:
                    write_number(r, col, value, number)
                    continue
                elif is_a is date:
                    sheet.write_datetime(r, col, value, day)
                    continue
                else:
                    text = put(sheet, r, col, value, kind, **props)
                # Twice as many columns as characters is the most that a line can take.
                if kind == "wrap" and (2 * len(text) >= width or "\n" in text):
                    lines = max(lines, lines_of(text, width))
            level = levels[r - top] if levels else 0
            if lines > 1 or level:
                height = min(ROW_HEIGHT + LINE_HEIGHT * (lines - 1), TALLEST)
                sheet.set_row(r, height, None, {"level": level} if level else None)
        return r

    def _width(self, head: str, values: Iterable[Any]) -> int:
        """The width that a column needs for what is in it."""
        most = shown_width(head) + 2
        for value in values:
            if most >= WIDEST:
                break
            most = max(most, shown_width(self._shown(value)))
        return min(max(most + 2, NARROWEST), WIDEST)

    def _shown(self, value: Any) -> str:
        """About the text that a value is shown as."""
        if isinstance(value, Styled | Link | Formula):
            return self._shown(value.value)
        if isinstance(value, Light):
            return light_text(value)
        if isinstance(value, Day):
            return "2026-01-01 " + (_("(est.)") if value.is_estimated else "")
        if isinstance(value, datetime):
            return "2026-01-01 00:00"
        if isinstance(value, date):
            return "2026-01-01"
        if isinstance(value, int | float):
            return f"{value:,.0f}"
        return words(value)

    def close(self) -> bytes:
        """The workbook's bytes. XlsxWriter gives all parts one fixed time."""
        try:
            self.workbook.close()
        finally:
            self._tidy()
        return self._buffer.getvalue()
