"""The summary's two native charts: progress and money, drawn from their own sheets."""

from typing import Any

from flask_babel import gettext as _

from app.core.formats import money
from app.status.sheets import budget as budget_sheet
from app.status.sheets import figures
from app.status.sheets.book import Book
from app.status.sheets.facts import PackFacts
from app.status.sheets.summary_page import RIGHT, ROW, WIDTHS, section
from app.tasks.budget_queries import money_sum

CHART_ROWS = 12


def write_charts(book: Book, sheet: Any, facts: PackFacts, top: int) -> int:
    state, money_place = facts.state, budget_sheet.place(facts)
    section(book, sheet, top, 0, _("Progress"),
             _("planned %(planned)s%%, actual %(actual)s%%", planned=state.tasks.planned_percent,
               actual=state.tasks.percent))  # fmt: skip
    budget = state.tasks.budget
    said = _("left out: not for these eyes") if budget is None else _("no money is planned yet")
    if budget:
        total = money_sum(budget)
        said = _("yuan; forecast %(sum)s", sum=money(total.forecast_cents))
        if total.planned_cents and total.forecast_cents != total.planned_cents:
            percent = 100 * total.forecast_cents / total.planned_cents
            said += _(", %(percent)s%% of the budget", percent=f"{percent:.1f}")
    section(book, sheet, top, RIGHT, _("Money"), said)
    for row in range(top + 1, top + 1 + CHART_ROWS):
        sheet.set_row(row, ROW)
    height = CHART_ROWS * ROW * 4 // 3
    chart = figures.progress_chart(book, figures.place(facts))
    chart.set_size({"width": sum(w * 7 + 5 for w in WIDTHS[:8]), "height": height})
    sheet.insert_chart(top + 1, 0, chart, {"object_position": 1, "description": _("Progress")})
    if money_place:
        chart = budget_sheet.money_chart(book, money_place)
        chart.set_size({"width": sum(w * 7 + 5 for w in WIDTHS[RIGHT:]), "height": height})
        sheet.insert_chart(
            top + 1, RIGHT, chart, {"object_position": 1, "description": _("Money")}
        )
    return top + 1 + CHART_ROWS
