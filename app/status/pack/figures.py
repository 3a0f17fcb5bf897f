"""Sheet of figures: progress week by week and the money. The summary's charts are drawn from it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.status.pack.book import Book, Column, Day, Formula, Styled
from app.status.pack.facts import PackFacts
from app.status.progress_lines import progress_lines

TOP = 3
MONEY_LEFT = 6


@dataclass(frozen=True)
class Place:
    """Where the charts find their figures; `money` is None where money is left out."""

    name: str
    progress: tuple[int, int]
    money: tuple[int, int] | None


def sheet_title() -> str:
    return _("Progress and money")


def place(facts: PackFacts) -> Place:
    """The rows, before they are written: the summary comes first in the workbook."""
    first = TOP + 1
    days = len(progress_rows(facts))
    budget = facts.state.tasks.budget
    money = (first, first + len(budget) - 1) if budget else None
    return Place(sheet_title(), (first, first + days - 1), money)


def progress_rows(facts: PackFacts) -> list[tuple[date, float | None, float | None, float | None]]:
    """(day, planned, actual, expected) as fractions; None where a line has no point."""
    lines = progress_lines(facts.state, facts.calendar)
    planned, actual, expected = (dict(line) for line in
                                 (lines.planned, lines.actual, lines.expected))  # fmt: skip
    days = sorted({*planned, *actual, *expected})

    def at(line: dict[date, float], day: date) -> float | None:
        return round(line[day] / 100, 4) if day in line else None

    return [(day, at(planned, day), at(actual, day), at(expected, day)) for day in days]


def write(book: Book, facts: PackFacts) -> None:
    """Both tables side by side."""
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, sheet_title(), _("Progress is weighted by task; money in yuan"))
    rows = [
        [Day(day), *("" if value is None else value for value in values)]
        for day, *values in progress_rows(facts)
    ]
    columns = [
        Column(_("By the end of"), "date", 16), Column(_("Planned"), "percent", 11),
        Column(_("Actual"), "percent", 11), Column(_("Expected"), "percent", 11),
    ]  # fmt: skip
    last = book.table(sheet, columns, rows, top=TOP)
    budget = facts.state.tasks.budget
    money_columns = [
        Column(_("Budget line"), "text", 30), Column(_("Task"), "centre", 8),
        Column(_("Department"), "text", 18), Column(_("Budget"), "money", 14),
        Column(_("Spent"), "money", 14), Column(_("Forecast"), "money", 14),
        Column(_("Forecast over budget"), "percent", 14),
        Column(_("Ordered or signed"), "money", 14),
    ]  # fmt: skip
    money: list[list[Any]] = []
    first = TOP + 2
    for n, line in enumerate(budget or ()):
        row = first + n
        money.append([
            line.title, facts.task_number(line.task_id), facts.department(line.department_id),
            line.planned_cents / 100, line.actual_cents / 100, line.forecast_cents / 100,
            over(row, line.forecast_cents, line.planned_cents), line.committed_cents / 100,
        ])  # fmt: skip
    if budget:
        end = first + len(budget) - 1
        totals = [sum(getattr(line, f"{name}_cents") for line in budget)
                  for name in ("planned", "actual", "forecast", "committed")]  # fmt: skip
        money.append([
            Styled(_("Total"), "text", bold=True), "", "",
            *(_total(column, first, end, cents)
              for column, cents in zip("JKL", totals[:3], strict=True)),
            over(end + 1, totals[2], totals[0]),
            _total("N", first, end, totals[3]),
        ])  # fmt: skip
    hidden = budget is None
    money_last = book.table(
        sheet, money_columns, money, top=TOP, left=MONEY_LEFT, is_main=False,
        empty=_("Left out: not for these eyes.") if hidden else _("No money is planned yet."),
    )  # fmt: skip
    sheet.print_area(0, 0, max(last, money_last), MONEY_LEFT + len(money_columns) - 1)


def _total(column: str, first: int, end: int, cents: int) -> Styled:
    """The sum of a column's rows (counted from 1) as a formula."""
    return Styled(Formula(f"=SUM({column}{first}:{column}{end})", cents / 100, "money"), bold=True)


def over(row: int, forecast: int, planned: int) -> Formula:
    """How far the forecast lies over the budget, as a formula of its row (counted from 1)."""
    none = _("no budget")
    return Formula(
        f'=IF(J{row}=0,"{none}",L{row}/J{row}-1)',
        forecast / planned - 1 if planned else none, "percent",
    )  # fmt: skip
