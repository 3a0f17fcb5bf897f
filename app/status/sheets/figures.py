"""Sheet of the plan's progress week by week. The summary's chart is drawn from it, too."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.status.sheets.book import FONT, GREY, HAIR, INK_3, LINE, Book, Column, Formula
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import near

TOP = 3
DAY, PLANNED, ACTUAL, EXPECTED, AHEAD = range(5)
CHART_LEFT = AHEAD + 2
CHART_PIXELS = (760, 380)


@dataclass(frozen=True)
class Place:
    """Where the chart finds its figures: the sheet, and its first and last row."""

    name: str
    progress: tuple[int, int]


def sheet_title() -> str:
    return _("Progress")


def place(facts: PackFacts) -> Place:
    """The rows, before they are written: the summary comes first in the workbook."""
    first = TOP + 1
    return Place(sheet_title(), (first, first + len(progress_rows(facts)) - 1))


def progress_rows(facts: PackFacts) -> list[tuple[date, float | None, float | None, float | None]]:
    """(day, planned, actual, expected) as fractions; None where a line has no point."""
    lines = facts.progress
    planned, actual, expected = (dict(line) for line in
                                 (lines.planned, lines.actual, lines.expected))  # fmt: skip
    days = sorted({*planned, *actual, *expected})

    def at(line: dict[date, float], day: date) -> float | None:
        return round(line[day] / 100, 4) if day in line else None

    return [(day, at(planned, day), at(actual, day), at(expected, day)) for day in days]


def write(book: Book, facts: PackFacts) -> None:
    """The rows, and the chart beside them."""
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, _("Progress week by week"),
                 _("Weighted by task: planned by the baseline, actual by the weekly reports, "
                   "expected by the owners’ forecasts"))  # fmt: skip
    columns = [
        Column(_("By the end of"), "date", 14), Column(_("Planned"), "percent", 10),
        Column(_("Actual"), "percent", 10), Column(_("Expected"), "percent", 10),
        Column(_("Ahead"), "percent", 10),
    ]  # fmt: skip
    found = progress_rows(facts)
    rows: list[list[Any]] = []
    for row, (day, *values) in enumerate(found, start=TOP + 1):
        planned, actual, _expected = values
        ahead: Any = ""
        if planned is not None and actual is not None:
            ahead = Formula(f"={near(row, ACTUAL)}-{near(row, PLANNED)}", actual - planned,
                            "percent")  # fmt: skip
        rows.append([day, *("" if value is None else value for value in values), ahead])
    last = book.table(sheet, columns, rows, top=TOP)
    for name, col in (("Progress_Day", DAY), ("Progress_Planned", PLANNED),
                      ("Progress_Actual", ACTUAL), ("Progress_Expected", EXPECTED)):  # fmt: skip
        book.define(name, sheet, TOP + 1, col, last, col)
    now = facts.state.tasks.percent / 100
    if facts.state.tasks.tasks:
        # The actual line ends on the data's day with what the tasks' sheet says.
        book.check(_("Progress on the day of the data"), now,
                   "=INDEX(Progress_Actual,MATCH(Data_Day,Progress_Day,0))", "percent")  # fmt: skip
    chart = progress_chart(book, place(facts))
    chart.set_size({"width": CHART_PIXELS[0], "height": CHART_PIXELS[1]})
    sheet.set_column(AHEAD + 1, AHEAD + 1, 3)
    sheet.insert_chart(TOP, CHART_LEFT, chart, {"description": _(
        "Progress of the plan by week: planned, actual and expected")})  # fmt: skip
    # The chart is about so many columns wide and rows high.
    sheet.print_area(0, 0, max(last, TOP + CHART_PIXELS[1] // 24), CHART_LEFT + 12)


def progress_chart(book: Book, where: Place) -> Any:
    """The three lines as a native chart; whoever inserts it gives it its size."""
    chart = book.workbook.add_chart({"type": "line"})
    first, last = where.progress
    font = {"name": FONT, "size": 9, "color": INK_3}
    for column, name, line in (
        (PLANNED, _("Planned"), {"color": GREY, "width": 1.5}),
        (ACTUAL, _("Actual"), {"color": book.brand, "width": 2.75}),
        (EXPECTED, _("Expected"), {"color": book.brand, "width": 1.75, "dash_type": "dash"}),
    ):
        chart.add_series({
            "name": name, "categories": [where.name, first, DAY, last, DAY],
            "values": [where.name, first, column, last, column], "line": line,
        })  # fmt: skip
    chart.show_blanks_as("span")
    chart.set_legend({"position": "top", "font": font})
    chart.set_x_axis({
        "date_axis": True, "num_format": "m-d", "num_font": font, "major_unit": 14,
        "major_unit_type": "days", "line": {"color": LINE},
    })  # fmt: skip
    chart.set_y_axis({
        "min": 0, "max": 1, "major_unit": 0.25, "num_format": "0%", "num_font": font,
        "major_gridlines": {"visible": True, "line": {"color": HAIR}}, "line": {"none": True},
    })  # fmt: skip
    chart.set_chartarea({"border": {"none": True}})
    return chart
