"""Sheet of the money: its lines, what they come to by task, and a chart of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.status.sheets.book import (
    FONT,
    GREY,
    INK_3,
    LINE,
    SOFT,
    TINT,
    Book,
    Column,
    Formula,
    quoted,
)  # fmt: skip
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import cell, near
from app.tasks.budget_queries import money_sum
from app.tasks.state import BudgetRow

TITLE, TASK, DEPARTMENT, PLANNED, COMMITTED, SPENT, FORECAST, OVER, OVER_SHARE, USED = range(10)
TOTAL, TOP = 2, 3
FIRST = TOP + 1
# So many tasks can be told apart in the chart.
CHARTED = 12
CHART_PIXELS = (1000, 300)
SUMS = {
    "Budget_Planned": PLANNED, "Budget_Committed": COMMITTED, "Budget_Spent": SPENT,
    "Budget_Forecast": FORECAST,
}  # fmt: skip
FIELDS = {
    PLANNED: "planned_cents", COMMITTED: "committed_cents", SPENT: "actual_cents",
    FORECAST: "forecast_cents",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a chart finds the money by task: the sheet, its first and last row, the column of
    names. The columns of figures are PLANNED, SPENT and FORECAST."""

    name: str
    rows: tuple[int, int]
    label: int = TITLE


def sheet_title() -> str:
    return _("Budget")


def place(facts: PackFacts) -> Place | None:
    """The rows of the sums by task, before they are written; None where there is no money to
    show."""
    budget = facts.state.tasks.budget
    if not budget:
        return None
    first = FIRST + len(budget) + 3
    return Place(sheet_title(), (first, first + min(len(_groups(facts)), CHARTED) - 1))


def write(book: Book, facts: PackFacts) -> None:
    """The total, the lines, the sums by task and the chart."""
    sheet = book.add_sheet(sheet_title())
    budget = facts.state.tasks.budget
    book.heading(sheet, _("Budget"), _("In yuan. Only lines that these eyes may read"))
    columns = [
        Column(_("Budget line"), "text", 34), Column(_("Task"), "centre", 8),
        Column(_("Department"), "text", 16), Column(_("Budget"), "money", 13),
        Column(_("Ordered or signed"), "money", 13), Column(_("Spent"), "money", 13),
        Column(_("Forecast"), "money", 13), Column(_("Over budget"), "money", 13),
        Column(_("Over budget, share"), "percent", 11), Column(_("Spent of budget"), "percent", 14),
    ]  # fmt: skip
    lines = [
        [line.title, facts.task_number(line.task_id) or "–",
         words(facts.department(line.department_id)),
         *(getattr(line, FIELDS[col]) / 100 for col in FIELDS),
         *_compared(row, _sums([line]))]
        for row, line in enumerate(budget or (), start=FIRST)
    ]  # fmt: skip
    last = book.table(
        sheet, columns, lines, top=TOP,
        empty=_("Left out: not for these eyes.") if budget is None
        else _("No money is planned yet."),
    )  # fmt: skip
    if not budget:
        sheet.print_area(0, 0, last, USED)
        return
    for name, col in (*SUMS.items(), ("Budget_Task", TASK)):
        book.define(name, sheet, FIRST, col, last, col)
    _total(book, sheet, facts, budget)
    last = _by_task(book, sheet, facts, columns)
    for first, end in ((FIRST, FIRST + len(budget) - 1), (FIRST + len(budget) + 3, last)):
        sheet.conditional_format(first, USED, end, USED, {
            "type": "data_bar", "bar_color": SOFT, "bar_solid": True, "min_type": "num",
            "max_type": "num", "min_value": 0, "max_value": 1, "data_bar_2010": True,
        })  # fmt: skip
    where = place(facts)
    assert where is not None
    chart = money_chart(book, where)
    chart.set_size({"width": CHART_PIXELS[0], "height": CHART_PIXELS[1]})
    sheet.insert_chart(last + 2, 0, chart, {"object_position": 1, "description": _(
        "Money by task: budget, spent and forecast")})  # fmt: skip
    sheet.print_area(0, 0, last + 2 + CHART_PIXELS[1] // 24, USED)


def money_chart(book: Book, where: Place) -> Any:
    """Budget, spent and forecast by task as a native chart; whoever inserts it gives it its
    size."""
    chart = book.workbook.add_chart({"type": "column"})
    font = {"name": FONT, "size": 9, "color": INK_3}
    first, last = where.rows
    for title, col, fill in ((_("Budget"), PLANNED, GREY), (_("Spent"), SPENT, book.brand),
                             (_("Forecast"), FORECAST, SOFT)):  # fmt: skip
        chart.add_series({
            "name": title, "categories": [where.name, first, where.label, last, where.label],
            "values": [where.name, first, col, last, col], "fill": {"color": fill},
            "border": {"color": fill}, "gap": 60,
            "data_labels": {"value": True, "num_format": "#,##0", "font": font | {"size": 8}},
        })  # fmt: skip
    chart.set_legend({"position": "top", "font": font})
    chart.set_x_axis({"num_font": font, "line": {"color": LINE}})
    chart.set_y_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_chartarea({"border": {"none": True}})
    return chart


def _groups(facts: PackFacts) -> list[tuple[int | str, str, list[BudgetRow]]]:
    """(number, name, lines) of each task with money, by number; the plan's own come last."""
    by_task: dict[int | None, list[BudgetRow]] = {}
    for line in facts.state.tasks.budget or ():
        by_task.setdefault(line.task_id, []).append(line)
    found: list[tuple[int | str, str, list[BudgetRow]]] = [
        (task.number, f"{task.number} {words(task.title)}", by_task.pop(task.id))
        for task in facts.state.tasks.tasks if task.id in by_task
    ]  # fmt: skip
    rest = [line for lines in by_task.values() for line in lines]
    return [*found, ("–", _("The plan itself"), rest)] if rest else found


def _sums(lines: Sequence[BudgetRow]) -> dict[int, int]:
    """Cents by column."""
    total = money_sum(lines)
    return {col: getattr(total, name) for col, name in FIELDS.items()}


def _compared(row: int, sums: dict[int, int]) -> list[Formula]:
    """Forecast and spending against the budget of the same row."""
    planned, spent, forecast = sums[PLANNED], sums[SPENT], sums[FORECAST]
    none, p, s, f = _("no budget"), near(row, PLANNED), near(row, SPENT), near(row, FORECAST)
    return [
        Formula(f"={f}-{p}", (forecast - planned) / 100, "money"),
        Formula(f"=IF({p}=0,{quoted(none)},{f}/{p}-1)",
                forecast / planned - 1 if planned else none, "percent"),
        Formula(f"=IF({p}=0,{quoted(none)},{s}/{p})", spent / planned if planned else none,
                "percent"),
    ]  # fmt: skip


def _total(book: Book, sheet: Any, facts: PackFacts, budget: Sequence[BudgetRow]) -> None:
    look: dict[str, Any] = {"bold": True, "bg_color": TINT, "bottom": 1, "bottom_color": LINE}
    for col in range(USED + 1):
        book.text(sheet, TOTAL, col, "", book.style(**look))
    book.text(sheet, TOTAL, TITLE, _("Total"), book.style(**look))
    sums, name = _sums(budget), sheet_title()
    labels = {
        PLANNED: _("Budget in all"), COMMITTED: _("Ordered or signed in all"),
        SPENT: _("Spent in all"), FORECAST: _("Forecast in all"),
    }  # fmt: skip
    for range_name, col in SUMS.items():
        value = sums[col] / 100
        book.put(sheet, TOTAL, col, Formula(f"=SUM({range_name})", value, "money"), **look)
        book.check(labels[col], value, f"={cell(TOTAL, col, name)}", "money")
    for col, formula in zip((OVER, OVER_SHARE, USED), _compared(TOTAL, sums), strict=True):
        book.put(sheet, TOTAL, col, formula, **look)
    over = sums[FORECAST] - sums[PLANNED]
    book.check(_("Over budget in all"), over / 100, f"={cell(TOTAL, OVER, name)}", "money")
    if sums[PLANNED]:
        book.check(_("Over budget in all, share"), over / sums[PLANNED],
                   f"={cell(TOTAL, OVER_SHARE, name)}", "percent")  # fmt: skip
        book.check(_("Spent of budget in all"), sums[SPENT] / sums[PLANNED],
                   f"={cell(TOTAL, USED, name)}", "percent")  # fmt: skip


def _by_task(book: Book, sheet: Any, facts: PackFacts, columns: list[Column]) -> int:
    """The sums of each task's lines; answers the last row."""
    head = FIRST + len(facts.state.tasks.budget or ()) + 2
    rows = []
    for row, (number, title, lines) in enumerate(_groups(facts), start=head + 1):
        sums = _sums(lines)
        rows.append([
            title, number, "",
            *(Formula(f"=SUMIFS({name},Budget_Task,{near(row, TASK)})", sums[col] / 100, "money")
              for name, col in SUMS.items()),
            *_compared(row, sums),
        ])  # fmt: skip
        book.check(_("Forecast of %(what)s", what=title), sums[FORECAST] / 100,
                   f"={cell(row, FORECAST, sheet_title())}", "money")  # fmt: skip
    heads = [Column(_("By task"), "text", 34), columns[1], Column("", "text", 16), *columns[3:]]
    return book.table(sheet, heads, rows, top=head, is_main=False)
