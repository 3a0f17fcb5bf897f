"""Bars drawn in cells beside a table: one column a week, or a month where the plan is long.

Nothing is written into the cells. Conditional formats fill them from the dates of the row and the
date at the column's head, and so a bar moves when somebody changes a date.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from xlsxwriter.utility import xl_rowcol_to_cell

from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.status.sheets.book import GREY, HAIR, INK, INK_3, SOFT, Book, shown_width

LEAST, MOST = 20, 80
WEEK = timedelta(days=7)
TODAY = "Data_Day"


@dataclass(frozen=True)
class Axis:
    """The columns' first days in order; the last one is where the last column ends."""

    starts: tuple[date, ...]
    is_by_week: bool

    @property
    def count(self) -> int:
        return len(self.starts) - 1

    @property
    def width(self) -> float:
        """Of a column in characters: narrower where there are many."""
        return 3.3 if self.count <= 30 else 2.6 if self.count <= 53 else 2.0


@dataclass(frozen=True)
class Columns:
    """Where a row's dates are: columns counted from 0. `done` holds a fraction, or a day for what
    is done as a whole; `critical` any text for a row on the critical path; a row whose `title`
    begins with ◆ is a milestone."""

    title: int
    baseline_start: int
    baseline_finish: int
    start: int
    finish: int
    done: int
    critical: int | None = None


def axis_of(first: date, last: date) -> Axis:
    """Whole weeks from `first` to `last`; months or several of them where that is too many."""
    monday = IsoWeek.of(first).monday
    weeks = (IsoWeek.of(max(last, first)).monday - monday).days // 7 + 1
    if weeks <= MOST:
        count = max(weeks, LEAST)
        return Axis(tuple(monday + n * WEEK for n in range(count + 1)), True)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = -(-months // MOST)
    count = max(-(-months // step), LEAST)
    return Axis(tuple(_month(first, n * step) for n in range(count + 1)), False)


def _month(first: date, count: int) -> date:
    years, month = divmod(first.month - 1 + count, 12)
    return date(min(first.year + years, date.max.year), month + 1, 1)


def draw(
    book: Book, sheet: Any, axis: Axis, columns: Columns, rows: tuple[int, int], head: int,
    left: int, today: date, calendar: WorkCalendar,
) -> None:  # fmt: skip
    """Heads in the rows `head` - 2 to `head` and bars in the rows `rows`, first and last."""
    _heads(book, sheet, axis, head, left, today, calendar)
    first, last = rows
    for n, day in enumerate(axis.starts[:-1]):
        if day <= today < axis.starts[n + 1]:
            line = book.style(left=1, left_color=INK)
            for row in range(first, last + 1):
                sheet.write_blank(row, left + n, None, line)
    for formula, look in _rules(book, columns, first, head, left):
        sheet.conditional_format(first, left, last, left + axis.count - 1, {
            "type": "formula", "criteria": "=" + formula, "format": book.workbook.add_format(look),
        })  # fmt: skip


def _rules(
    book: Book, columns: Columns, row: int, head: int, left: int
) -> list[tuple[str, dict[str, Any]]]:
    """Formulas for the cell in `row` and `left` with the look of a cell of which they hold, the
    first that fires wins. LibreOffice takes nothing from the others, and so each says all."""
    begin = xl_rowcol_to_cell(head, left, row_abs=True)
    end = xl_rowcol_to_cell(head, left + 1, row_abs=True)

    def at(col: int) -> str:
        return str(xl_rowcol_to_cell(row, col, col_abs=True))

    start, finish, done = at(columns.start), at(columns.finish), at(columns.done)
    base_start, base_finish = at(columns.baseline_start), at(columns.baseline_finish)
    bar = f"{begin}<={finish},{end}>{start}"
    mark = f'LEFT({at(columns.title)},1)="◆",{begin}<={finish},{end}>{finish}'
    # The middle of what the bar has in this column, against the day up to which it is done.
    middle = f"(MAX({begin},{start})+MIN({end},{finish}+1))/2"
    until = f"{start}+{done}*({finish}-{start}+1)"
    in_baseline = f'{base_finish}<>"",{begin}<={base_finish},{end}>{base_start}'
    brand, soft = {"bg_color": book.brand}, {"bg_color": SOFT}
    fills: list[tuple[str, dict[str, Any]]] = [
        (f"{mark},{done}>=1", brand), (mark, {"bg_color": INK}),
        (f"{bar},{done}>0,{middle}<={until}", brand),
        (f'{bar},{base_finish}<>"",{begin}>{base_finish}',
         {"pattern": 14, "fg_color": INK, "bg_color": SOFT}),
        (bar, soft),
    ]  # fmt: skip
    lines: list[tuple[str, dict[str, Any]]] = [
        (f",{in_baseline}", {"bottom": 1, "bottom_color": GREY}),
        ("", {"bottom": 1, "bottom_color": "#FFFFFF"}),
    ]  # fmt: skip
    if columns.critical is not None:
        critical, over = f',{at(columns.critical)}<>""', {"top": 1, "top_color": INK}
        lines = [(critical + when, over | look) for when, look in lines] + lines
    return [
        *((f"AND({fill}{when})", look | line) for fill, look in fills for when, line in lines),
        (f"AND({in_baseline})", lines[-2][1]),
    ]


def _heads(
    book: Book, sheet: Any, axis: Axis, head: int, left: int, today: date, calendar: WorkCalendar
) -> None:
    quiet: dict[str, Any] = {"font_size": 8, "font_color": INK_3}
    sheet.set_column(left, left + axis.count - 1, axis.width)
    # The end of the last column is a head like the others, too narrow to be seen.
    sheet.set_column(left + axis.count, left + axis.count, 0.3)
    shown = book.style("date", **quiet, num_format="d" if axis.is_by_week else "m",
                       bottom=1, bottom_color=HAIR)  # fmt: skip
    for n, day in enumerate(axis.starts[:-1]):
        sheet.write_datetime(head, left + n, day, shown)
        if day <= today < axis.starts[n + 1]:
            book.text(sheet, head - 2, left + n, _("today"),
                      book.style(font_size=8, font_color=INK, bold=True))  # fmt: skip
    hidden = book.style("date", num_format=";;;")
    sheet.write_datetime(head, left + axis.count, axis.starts[-1], hidden)
    style = book.style(font_size=9, font_color=INK_3, left=4, left_color=GREY)
    at = left
    for (year, month), days in groupby(
        axis.starts[:-1], key=lambda d: (d.year, d.month if axis.is_by_week else 0)
    ):
        count = len(list(days))
        if count > 1:
            sheet.merge_range(head - 1, at, head - 1, at + count - 1, "", style)
        name = _month_name(year, month, calendar, count * axis.width)
        book.text(sheet, head - 1, at, name, style)
        at += count


def _month_name(year: int, month: int, calendar: WorkCalendar, room: float) -> str:
    """A month as long as there is room for it: with the mark of an estimated year, its year."""
    text = f"{year}-{month:02d}" if month else str(year)
    said = [text, text[-2:]]
    if calendar.is_estimated_year(year):
        said[:0] = [f"{short} {_('(est.)')}" for short in said]
    return next((name for name in said if shown_width(name) <= room), said[-1])


def legend(book: Book, sheet: Any, row: int, left: int, *, has_critical: bool) -> None:
    """What the colours and lines mean, in one line above the bars."""
    says = [
        ("■", book.brand, _("done")), ("■", SOFT, _("still to do")), ("▁", GREY, _("baseline")),
        ("▨", INK, _("after the baseline")), ("■", INK, _("milestone")),
    ]  # fmt: skip
    if has_critical:
        says.append(("▔", INK, _("critical path")))
    word = book.style(font_size=9, font_color=INK_3)
    parts: list[Any] = []
    for glyph, colour, said in says:
        parts += [book.style(font_size=9, font_color=colour), glyph, word, f" {said}   "]
    sheet.write_rich_string(row, left, *parts, word)
