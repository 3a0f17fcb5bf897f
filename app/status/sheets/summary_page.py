"""The summary's page: its columns, and how lines, headings and joined cells are written on it."""

from collections.abc import Sequence
from typing import Any

from app.core.localtext import LocalText
from app.status.sheets.book import HAIRLINE, INK, INK_3, LINE, Book, Formula, Link

# Eight columns, a gap, five columns.
WIDTHS = (9, 34, 13, 13, 20, 13, 11, 11, 2, 21, 24, 19, 18, 13)
RIGHT = 9
LAST = len(WIDTHS) - 1
ROW = 21


def section(book: Book, sheet: Any, row: int, col: int, title: str, meta: str) -> None:
    """The heading of a block, with what is said about all of it."""
    sheet.set_row(row, 28)
    book.lead(sheet, row, col, title, meta)


def heads(
    book: Book, sheet: Any, row: int, col: int, titles: list[str], texts: Sequence[int]
) -> None:
    """Heads of a block's columns, as their values stand: those of `texts` left, others centred."""
    sheet.set_row(row, ROW)
    for n, title in enumerate(titles):
        align = "left" if n in texts else "center"
        book.text(sheet, row, col + n, title, book.style(
            font_size=9, font_color=INK_3, bottom=1, bottom_color=LINE, align=align))  # fmt: skip


def line(book: Book, sheet: Any, row: int, col: int, values: list[Any]) -> None:
    """One line of a block. What is longer than its cell gets smaller, for the page has one row a
    line."""
    sheet.set_row(row, ROW)
    for n, value in enumerate(values):
        kind = "centre" if n == 0 and isinstance(value, Link) and col == 0 else "text"
        props: dict[str, Any] = dict(HAIRLINE)
        if kind == "text" and isinstance(value, str | LocalText | Link):
            props["shrink"] = True
        book.put(sheet, row, col + n, value, kind, **props)


def wide_line(book: Book, sheet: Any, row: int, col: int, last: int, value: Any) -> None:
    """One sentence across several columns, smaller where it is too long."""
    sheet.set_row(row, ROW)
    style = book.style(**HAIRLINE, shrink=True)
    sheet.merge_range(row, col, row, last, "", style)
    book.put(sheet, row, col, value, "text", **HAIRLINE, shrink=True)


def say(book: Book, sheet: Any, row: int, col: int, sentence: str) -> None:
    """A quiet sentence."""
    book.text(sheet, row, col, sentence, book.style(font_color=INK_3, font_size=9))


def merged(book: Book, sheet: Any, r1: int, c1: int, r2: int, c2: int, value: Any,
           **props: Any) -> None:  # fmt: skip
    """Cells joined, with text or a formula in the first."""
    props = {"font_color": INK} | props
    if isinstance(value, Formula):
        style = book.style(value.kind, **props)
        if (r1, c1) != (r2, c2):
            sheet.merge_range(r1, c1, r2, c2, "", style)
        sheet.write_formula(r1, c1, value.text, style, value=value.value)
        return
    style = book.style(**props)
    if (r1, c1) != (r2, c2):
        sheet.merge_range(r1, c1, r2, c2, "", style)
    book.text(sheet, r1, c1, value, style)
