"""Writes a plan as a workbook that can be edited and brought back.

A sheet for each kind of row, the ID of a row in its first column, lists to choose from, and two
sheets that nobody sees: the words of the lists, and the values as they were exported, which are
the base of the comparison when the workbook comes back.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from app.core.formats import when_long
from app.core.i18n import current_language
from app.exchange.cells import FIRST_YEAR, LAST_YEAR, Kind, Value
from app.exchange.content import Choices, PlanContent, Rows
from app.exchange.sheets import (
    BY_KEY,
    HIDDEN_SHEET,
    ID_LABEL,
    LISTS_SHEET,
    NAME_PREFIX,
    NO,
    NOTES_TITLE,
    SHEETS,
    YES,
    Column,
    SheetKind,
    Write,
    prefix_of,
)
from app.status.sheets.book import BRAND, INK_2, INK_3, LINE, Book, safe_text

FORMAT = 1
MARK = "yingbin-workbook"
ID_WIDTH = 7
# Rows below the last one in which a new row still finds its lists.
ROOM = 300
PIECE = 30_000
SHADED = "#F4F6F6"
NUMBER_FORMATS = {
    Kind.whole: "0", Kind.percent: "0%", Kind.money: "#,##0.00", Kind.day: "yyyy-mm-dd",
}  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """Where a workbook comes from: the plan's title, who exported it, when, and from where."""

    plan_title: str
    by: str
    at: datetime
    base_url: str
    zone: Any


def write_workbook(content: PlanContent, origin: Origin) -> bytes:
    """The workbook's bytes, in the current language; the same input gives the same bytes."""
    book = Book(origin.plan_title, origin.base_url, origin.zone, origin.at)
    book.footer = safe_text(origin.plan_title)[:60]
    notes = book.add_sheet(str(NOTES_TITLE), landscape=False)
    lists = _Lists(content.choices)
    made: list[tuple[Worksheet, SheetKind, int]] = []
    for sheet in SHEETS:
        if sheet.key in content.sheets:
            made.append(_rows(book, sheet, content.sheets[sheet.key], content.choices, lists))
    lists.write(book)
    _base(book, content, origin)
    _notes(book, notes, content, origin)
    made[0][0].activate()
    made[0][0].set_first_sheet()
    return book.close()


class _Lists:
    """The words to choose from, each list a column of a sheet that nobody sees."""

    def __init__(self, choices: Choices) -> None:
        self._columns: dict[str, list[str]] = {}
        self._choices = choices

    def source(self, column: Column) -> str | None:
        """Where the list of a column stands; None for a column without one."""
        if column.refers:
            name, words = column.refers, list(self._choices.labels[column.refers].values())
        elif column.choices is not None:
            name = column.choices.__name__
            words = [str(member.label) for member in column.choices]
        elif column.kind is Kind.yes_no:
            name, words = "yes_no", [str(YES), str(NO)]
        else:
            return None
        if not words:
            return None
        self._columns.setdefault(name, words)
        letter = xl_col_to_name(list(self._columns).index(name))
        return f"='{LISTS_SHEET}'!${letter}$1:${letter}${len(self._columns[name])}"

    def write(self, book: Book) -> None:
        sheet = book.workbook.add_worksheet(LISTS_SHEET)
        style = book.style()
        for col, words in enumerate(self._columns.values()):
            for row, word in enumerate(words):
                book.text(sheet, row, col, word, style)
        sheet.very_hidden()


def _rows(
    book: Book, sheet: SheetKind, rows: Rows, choices: Choices, lists: _Lists
) -> tuple[Worksheet, SheetKind, int]:
    page = book.add_sheet(str(sheet.title))
    # A name that follows the sheet when somebody gives it another title.
    quoted = page.get_name().replace("'", "''")
    book.workbook.define_name(f"{NAME_PREFIX}{sheet.key}", f"='{quoted}'!$A$1")
    columns = sheet.columns
    _heads(book, page, columns)
    plain = [_style(book, column, is_shaded=column.write is Write.never) for column in columns]
    shaded = [_style(book, column, is_shaded=True) for column in columns]
    fixed = book.style(font_color=INK_3, font_size=8, bg_color=SHADED, valign="top")
    bold = [
        _style(book, column, is_shaded=column.write is Write.never, bold=True)
        for column in columns
    ]
    for number, (row_id, values) in enumerate(rows.items(), start=1):
        page.write_string(number, 0, row_id, fixed)
        prefix = prefix_of(row_id)
        usual = bold if prefix == "task" else plain
        for col, column in enumerate(columns):
            has_it = not column.of or prefix in column.of
            style = (usual if has_it else shaded)[col]
            _cell(book, page, number, col + 1, column, values[column.key], style, choices)
    last = len(rows)
    for col, column in enumerate(columns, start=1):
        _validate(page, column, col, last + ROOM, lists)
    page.freeze_panes(1, 1)
    page.repeat_rows(0)
    page.autofilter(0, 0, max(last, 1), len(columns))
    return page, sheet, last


def _heads(book: Book, page: Worksheet, columns: Sequence[Column]) -> None:
    page.set_row(0, 32)
    page.set_column(0, 0, ID_WIDTH)
    head = {
        "bold": True, "font_size": 9, "bottom": 1, "bottom_color": LINE, "text_wrap": True,
        "valign": "vcenter",
    }  # fmt: skip
    small = head | {"font_size": 7, "bold": False, "font_color": INK_3, "bg_color": SHADED}
    book.text(page, 0, 0, ID_LABEL, book.style(**small))
    for col, column in enumerate(columns, start=1):
        is_fixed = column.write is Write.never
        style = book.style(
            font_color=INK_3 if is_fixed else BRAND, bg_color=SHADED if is_fixed else "#E8F1F2",
            **head,
        )  # fmt: skip
        book.text(page, 0, col, column.label, style)
        # Below the last row too, so that what is typed there is taken as what it means.
        page.set_column(col, col, column.width, _style(book, column, is_shaded=False))


def _style(book: Book, column: Column, *, is_shaded: bool, bold: bool = False) -> Format:
    props: dict[str, Any] = {"valign": "top"}
    if column.kind in NUMBER_FORMATS:
        props["num_format"] = NUMBER_FORMATS[column.kind]
    if column.kind in (Kind.line, Kind.text, Kind.ref):
        props["text_wrap"] = True
    if column.kind in (Kind.line, Kind.text, Kind.ref, Kind.choice):
        # Text cells: a title such as 1-2 stays what was typed and does not become a day.
        props["num_format"] = "@"
    if column.kind in (Kind.day, Kind.percent):
        props["align"] = "center"
    if is_shaded:
        props |= {"bg_color": SHADED, "font_color": INK_2}
    if bold:
        props["bold"] = True
    return book.style(**props)


def _cell(
    book: Book, page: Worksheet, row: int, col: int, column: Column, value: Value, style: Format,
    choices: Choices,
) -> None:  # fmt: skip
    if value is None:
        page.write_blank(row, col, None, style)
    elif column.kind is Kind.day:
        day = date.fromisoformat(str(value))
        page.write_datetime(row, col, datetime(day.year, day.month, day.day), style)
    elif column.kind in (Kind.percent, Kind.money):
        page.write_number(row, col, int(value) / 100, style)
    elif column.kind is Kind.whole:
        page.write_number(row, col, int(value), style)
    else:
        book.text(page, row, col, label_of(column, value, choices), style)


def label_of(column: Column, value: Value, choices: Choices) -> str:
    """A choice, a reference or a text as people read it, in the current language."""
    if value is None:
        return ""
    if column.kind is Kind.yes_no:
        return str(YES if value else NO)
    if column.choices is not None:
        return str(column.choices(value).label)
    if column.refers:
        return choices.label(column.refers, str(value))
    return str(value)


def _validate(page: Worksheet, column: Column, col: int, last: int, lists: _Lists) -> None:
    if column.write is Write.never:
        return
    rule: dict[str, Any] | None = None
    if column.kind is Kind.day:
        rule = {
            "validate": "date", "criteria": "between",
            "minimum": date(FIRST_YEAR, 1, 1), "maximum": date(LAST_YEAR, 12, 31),
            "error_message": _("Write a date like 2026-03-01."),
        }  # fmt: skip
    elif column.kind is Kind.percent:
        rule = {
            "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
            "error_message": _("Progress runs from 0% to 100%."),
        }  # fmt: skip
    elif column.kind is Kind.money:
        rule = {
            "validate": "decimal", "criteria": ">=", "value": 0,
            "error_message": _("Write an amount in yuan, such as 12000.50."),
        }  # fmt: skip
    elif column.kind is Kind.whole:
        rule = {
            "validate": "integer", "criteria": "between", "minimum": -1000, "maximum": 1000,
            "error_message": _("Write a whole number."),
        }  # fmt: skip
    elif (source := lists.source(column)) is not None:
        rule = {
            "validate": "list", "source": source,
            "error_message": _("Please choose one of the list."),
        }  # fmt: skip
    if rule is not None:
        page.data_validation(
            1, col, last, col, {**rule, "error_title": safe_text(column.label)[:32]}
        )


def _base(book: Book, content: PlanContent, origin: Origin) -> None:
    """The hidden sheet: what was exported, as the base of the comparison."""
    page = book.workbook.add_worksheet(HIDDEN_SHEET)
    style = book.style()
    about = {
        "plan_id": content.plan_id,
        "data_version": content.data_version,
        "language": current_language(),
        "exported_at": origin.at.isoformat(),
        "columns": {
            sheet.key: [column.key for column in sheet.columns]
            for sheet in SHEETS
            if sheet.key in content.sheets
        },
        "labels": content.choices.labels,
        "rows": {key: _values(BY_KEY[key], rows) for key, rows in content.sheets.items()},
    }
    for row, text in enumerate((MARK, str(FORMAT), *packed(about))):
        page.write_string(row, 0, text, style)
    page.very_hidden()


def _values(sheet: SheetKind, rows: Rows) -> dict[str, list[Value]]:
    keys = [column.key for column in sheet.columns]
    return {row_id: [values[key] for key in keys] for row_id, values in rows.items()}


def packed(value: Any) -> list[str]:
    """A value as pieces of text that no program takes for anything else, and that cells hold."""
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    text = base64.b64encode(zlib.compress(plain)).decode()
    # A letter first: base64 may begin with a plus sign.
    return ["z" + text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def _notes(book: Book, page: Worksheet, content: PlanContent, origin: Origin) -> None:
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 78)
    page.set_row(0, 30)
    book.text(page, 0, 0, origin.plan_title, book.style(font_size=16, bold=True))
    quiet = book.style(font_color=INK_3, valign="top")
    wrap = book.style("wrap")
    facts = [
        (_("Exported"), when_long(origin.at)),
        (_("By"), origin.by),
        (_("Data version"), str(content.data_version)),
        (_("Address"), f"{origin.base_url.rstrip('/')}/plans/{content.plan_id}/exchange"),
    ]
    if content.left_out:
        names = _(", ").join(str(sheet.title) for sheet in content.left_out)
        left_out = _("%(sheets)s: not for your eyes in this plan.", sheets=names)
        facts.append((_("Left out"), left_out))
    if content.partly:
        names = _(", ").join(str(sheet.title) for sheet in content.partly)
        partly = _("%(sheets)s: only the rows that concern you.", sheets=names)
        facts.append((_("In part"), partly))
    row = 2
    for label, text in facts:
        book.text(page, row, 0, label, quiet)
        book.text(page, row, 1, text, wrap)
        row += 1
    row += 1
    book.text(page, row, 0, _("How to change the plan here"), book.style(bold=True, font_size=12))
    for line in _how_to():
        row += 1
        book.text(page, row, 0, "•", book.style(align="right", valign="top"))
        book.text(page, row, 1, line, wrap)
        page.set_row(row, 32)


def _how_to() -> list[str]:
    return [
        _("Change cells under a coloured head. Grey columns only show; what is written there is "
          "refused."),
        _("Leave the first column as it is: it says which row is which. A new row has none."),
        _("Write a new row below the last one. In the sheet of tasks it is a step or a milestone "
          "and names its task."),
        _("A row that you delete is removed from the plan only when you say so once more on the "
          "import page."),
        _("Dates are written like 2026-03-01. Amounts are in yuan."),
        _("Save as an Excel workbook (.xlsx) and bring it back on the import page. You see every "
          "change before anything is applied."),
    ]  # fmt: skip
