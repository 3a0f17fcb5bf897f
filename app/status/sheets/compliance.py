"""Sheet of the matrix owners × weeks: who handed in when, and how well promises are kept.

The rates are counted over the marks in the row and over the promises on the sheet of all reports.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.reports import indicator_words as say
from app.reports.models import Outcome
from app.status.sheets import report_rows
from app.status.sheets.book import (
    FONT,
    GREY,
    HAIR,
    HAIRLINE,
    INK,
    INK_2,
    INK_3,
    LINE,
    ROW_HEIGHT,
    SUNKEN,
    Book,
    Column,
)
from app.status.sheets.cells import Formula, quoted, share
from app.status.sheets.facts import PackFacts
from app.status.sheets.formulas import area, cell, near, percent_text, percent_words, sentence, slot
from app.status.sheets.report_words import (
    DUE,
    ON_TIME,
    OTHERS,
    SETTLED,
    in_brackets,
    marks,
    standing_words,
    through_words,
    unasked,
    week_name,
)

TOP = 4
NUMBER, OWNER, DUE_COL, ON_TIME_COL, RATE, SETTLED_COL, KEPT_COL, KEPT_RATE, GAP, WEEKS = range(10)
# A link in each cell, as on the page, unless there are more than a sheet should have.
LINKS_AT_MOST = 20_000
SHADES: dict[str, dict[str, Any]] = {
    "on_time": {"bg_color": SUNKEN, "font_color": INK_2},
    "substitute": {"bg_color": SUNKEN, "font_color": INK_2},
    "returned": {"border": 1, "border_color": INK_2, "font_color": INK},
    "late": {"bg_color": "#C8D0D3", "font_color": INK, "bold": True},
    "missing": {"bg_color": INK, "font_color": "#FFFFFF", "bold": True},
    "draft": {"border": 1, "border_color": LINE, "font_color": INK_2},
    "pending": {"border": 1, "border_color": LINE, "font_color": INK_2},
    "excused": {"bg_color": SUNKEN, "font_color": INK_3},
    "not_due": {"font_color": INK_3},
}
# The chart under the matrix is so many rows high and so many weeks wide.
CHART_ROWS, CHART_WEEKS = 14, 9
WEEKS_A_PAGE = 26


def sheet_title() -> str:
    return _("Reports by week")


def rows_of(facts: PackFacts) -> dict[int, int]:
    """Where each task's row is, by the task's id, counted from 0."""
    rows = facts.state.reports.rows
    return {row.task_id: TOP + 1 + n for n, row in enumerate(rows)}


def last_counted(facts: PackFacts) -> int | None:
    """The column of the newest week whose deadline has passed."""
    weeks = [column.week for column in facts.state.reports.weeks]
    through = facts.state.reports.through_week
    return WEEKS + weeks.index(through) if through in weeks else None


@dataclass(frozen=True)
class Tally:
    """Promises that are listed on the sheet of all reports: how many ended and how many were kept,
    by task and by the week that they were due in. is_whole: these eyes read every promise that the
    plan's rates count, so that formulas come to them."""

    settled: Mapping[int | str, int]
    kept: Mapping[int | str, int]
    is_whole: bool


def tally(facts: PackFacts) -> Tally:
    """Count the promises once for all rows."""
    settled: Counter[int | str] = Counter()
    kept: Counter[int | str] = Counter()
    for _report, promise in report_rows.listed(facts):
        if promise is not None and promise.outcome in SETTLED:
            for key in (promise.task_id, promise.due_week):
                settled[key] += 1
                kept[key] += promise.outcome is Outcome.done
    reports = facts.state.reports
    agrees = all((kept[row.task_id], settled[row.task_id]) == (row.kept, row.settled)
                 for row in reports.rows)  # fmt: skip
    return Tally(settled, kept, agrees and bool(reports.promises))


def write(book: Book, facts: PackFacts) -> None:
    """The matrix, its totals, the legend that the counts go by, and the course as a chart."""
    reports = facts.state.reports
    sheet = book.add_sheet(sheet_title())
    book.heading(sheet, _("Weekly reports by owner and week"))
    sheet.set_default_row(ROW_HEIGHT)
    _widths(sheet, len(reports.weeks))
    if not reports.rows:
        hidden = facts.leaves_out("report:standing")
        book.text(sheet, TOP, 0, _("Left out: not for these eyes.") if hidden
                  else _("The plan has no tasks yet."), book.style(font_color=INK_3))  # fmt: skip
        sheet.print_area(0, 0, TOP, WEEKS)
        return
    _heads(book, sheet, facts)
    total = TOP + 1 + len(reports.rows)
    legend = total + 5
    _names(book, sheet, total, legend)
    counted, extra = tally(facts), unasked(facts)
    _matrix(book, sheet, facts, counted, extra)
    _totals(book, sheet, facts, counted, total)
    _weekly(book, sheet, facts, (counted, extra), total)
    last = _legend(book, sheet, legend)
    if len(reports.weeks) > 2 and last_counted(facts) is not None:
        _chart(book, sheet, total, last_counted(facts) or WEEKS, legend)
        last = max(last, legend + CHART_ROWS)
    sheet.freeze_panes(TOP + 1, OWNER + 1)
    sheet.repeat_rows(TOP)
    # A year of weeks on one page could not be read: the names stand on each page again.
    sheet.fit_to_pages(max(-(-len(reports.weeks) // WEEKS_A_PAGE), 1), 0)
    sheet.repeat_columns(NUMBER, OWNER)
    sheet.autofilter(TOP, 0, total - 1, KEPT_RATE)
    right = WEEKS + max(len(reports.weeks), CHART_WEEKS) - 1
    sheet.print_area(0, 0, last, right)


def _widths(sheet: Any, weeks: int) -> None:
    for col, width in ((NUMBER, 6), (OWNER, 24), (DUE_COL, 9), (ON_TIME_COL, 9), (RATE, 11),
                       (SETTLED_COL, 10), (KEPT_COL, 9), (KEPT_RATE, 11), (GAP, 1.5)):  # fmt: skip
        sheet.set_column(col, col, width)
    sheet.set_column(WEEKS, WEEKS + max(weeks, 1) - 1, 4.6)


def _heads(book: Book, sheet: Any, facts: PackFacts) -> None:
    weeks = facts.state.reports.weeks
    book.heads(sheet, TOP, 0, [
        Column(_("Task"), "centre"), Column(_("Owner")), Column(_("Reports due"), "centre"),
        Column(_("On time"), "centre"), Column(_("On-time rate"), "centre"),
        Column(_("Promises ended"), "centre"), Column(_("Kept"), "centre"),
        Column(_("Kept rate"), "centre"),
    ])  # fmt: skip
    sheet.set_row(TOP, 30)
    month = ""
    for n, column in enumerate(weeks):
        here = f"{column.first_on:%Y-%m}"
        if here != month:
            book.text(sheet, TOP - 1, WEEKS + n, say.period_short(here),
                      book.style(font_size=9, font_color=INK_3))  # fmt: skip
            month = here
        book.put(sheet, TOP, WEEKS + n, column.number, "centre", font_size=9, bottom=1,
                 bottom_color=LINE, bg_color=SUNKEN, bold=column.is_current,
                 font_color=book.brand if column.is_current else INK_2)  # fmt: skip


def _names(book: Book, sheet: Any, total: int, legend: int) -> None:
    for name, col in (
        ("Reports_Task", NUMBER), ("Reports_Due", DUE_COL), ("Reports_OnTime", ON_TIME_COL),
        ("Reports_Rate", RATE), ("Promises_Settled", SETTLED_COL), ("Promises_Kept", KEPT_COL),
        ("Promises_Rate", KEPT_RATE),
    ):  # fmt: skip
        book.define(name, sheet, TOP + 1, col, total - 1, col)
    for name, col in (
        ("Reports_DueAll", DUE_COL), ("Reports_OnTimeAll", ON_TIME_COL),
        ("Promises_SettledAll", SETTLED_COL), ("Promises_KeptAll", KEPT_COL),
    ):  # fmt: skip
        book.define(name, sheet, total, col, total, col)
    book.define("Marks_OnTime", sheet, legend + 1, 0, legend + len(ON_TIME), 0)
    book.define("Marks_Due", sheet, legend + 1, 0, legend + len(DUE), 0)


def _matrix(
    book: Book, sheet: Any, facts: PackFacts, counted: Tally, extra: set[tuple[int, str]]
) -> None:  # fmt: skip
    """A row an owner's task: the counts at the left, the marks at the right."""
    reports, sheet_name = facts.state.reports, sheet.get_name()
    last, signs, labels = last_counted(facts), marks(), _check_labels()
    is_linked = len(reports.rows) * len(reports.weeks) <= LINKS_AT_MOST
    styles = {key: book.style("centre", font_size=9, **props) for key, props in SHADES.items()}
    line = HAIRLINE
    none, done = _("none"), quoted(Outcome.done.label)
    ended = ",".join(quoted(outcome.label) for outcome in SETTLED)
    for r, row in enumerate(reports.rows, start=TOP + 1):
        book.put(sheet, r, NUMBER, row.task_number, "centre", **line)
        book.put(sheet, r, OWNER, facts.person(row.owner_id), **line)
        span = area(r, WEEKS, r, last).replace("$", "") if last is not None else ""
        mine = f"Promises_Task,{near(r, NUMBER)},Promises_Outcome"
        cells: list[tuple[int, Any, str]] = [
            (DUE_COL, row.owed, f"SUMPRODUCT(COUNTIF({span},Marks_Due))"),
            (ON_TIME_COL, row.on_time, f"SUMPRODUCT(COUNTIF({span},Marks_OnTime))"),
        ]
        if counted.is_whole:
            cells += [
                (SETTLED_COL, row.settled, f"SUMPRODUCT(COUNTIFS({mine},{{{ended}}}))"),
                (KEPT_COL, row.kept, f"COUNTIFS({mine},{done})"),
            ]
        else:
            book.put(sheet, r, SETTLED_COL, row.settled, "centre", **line)
            book.put(sheet, r, KEPT_COL, row.kept, "centre", **line)
        for col, value, formula in cells:
            if not span and col in (DUE_COL, ON_TIME_COL):
                book.put(sheet, r, col, value, "centre", **line)
                continue
            book.put(sheet, r, col, Formula("=" + formula, value, "centre"), **line)
            label = labels[col].replace(slot("number"), str(row.task_number))
            book.check(label, value, "=" + cell(r, col, sheet_name))
        for col, part, whole, figures in (
            (RATE, ON_TIME_COL, DUE_COL, (row.on_time, row.owed)),
            (KEPT_RATE, KEPT_COL, SETTLED_COL, (row.kept, row.settled)),
        ):
            book.put(sheet, r, col, share(near(r, part), near(r, whole), figures, none), **line)
        for n, mark in enumerate(row.cells):
            text = signs[mark.standing]
            style = styles[mark.standing]
            if (row.task_id, mark.week) in extra:
                text, style = in_brackets(text), styles["not_due"]
            if mark.report_id and is_linked:
                sheet.write_url(r, WEEKS + n, f"{book.base_url}/reports/{mark.report_id}", style,
                                string=text)  # fmt: skip
            else:
                sheet.write_string(r, WEEKS + n, text, style)


def _check_labels() -> dict[int, str]:
    """What a row's figures are called on the check sheet, with a slot for the task's number."""
    number = slot("number")
    return {
        DUE_COL: _("Task %(number)s: reports due", number=number),
        ON_TIME_COL: _("Task %(number)s: reports on time", number=number),
        SETTLED_COL: _("Task %(number)s: promises that ended", number=number),
        KEPT_COL: _("Task %(number)s: promises kept", number=number),
    }


def _totals(book: Book, sheet: Any, facts: PackFacts, counted: Tally, total: int) -> None:
    """Sums under the matrix, and the sentence at the head that says them."""
    reports, name = facts.state.reports, sheet.get_name()
    line = {"bold": True, "top": 1, "top_color": LINE}
    for col in range(KEPT_RATE + 1):
        book.text(sheet, total, col, _("Total") if col == OWNER else "", book.style(**line))
    for col, value, said in (
        (DUE_COL, reports.owed, _("Reports due")), (ON_TIME_COL, reports.on_time, _("On time")),
        (SETTLED_COL, reports.settled, _("Promises ended")), (KEPT_COL, reports.kept, _("Kept")),
    ):  # fmt: skip
        span = area(TOP + 1, col, total - 1, col)
        book.put(sheet, total, col, Formula(f"=SUM({span})", value, "centre"), **line)
        book.check(f"{sheet_title()}: {said}", value, "=" + cell(total, col, name))
    for col, part, whole, figures in (
        (RATE, ON_TIME_COL, DUE_COL, (reports.on_time, reports.owed)),
        (KEPT_RATE, KEPT_COL, SETTLED_COL, (reports.kept, reports.settled)),
    ):
        rate = share(near(total, part), near(total, whole), figures, _("none"))
        book.put(sheet, total, col, rate, **line)
    book.put(sheet, 1, 0, totals_sentence(facts), font_color=INK_3)
    if not counted.is_whole and reports.settled:
        book.text(sheet, 2, 0, _("The promises were counted by the app: these eyes read only some "
                                 "of them."), book.style(font_color=INK_3))  # fmt: skip


def totals_sentence(facts: PackFacts) -> Formula:
    """How many reports were on time and how many promises kept, computed from the matrix."""
    reports, none = facts.state.reports, _("none")
    text = _(
        "Through %(week)s: %(on_time)s of %(due)s reports on time (%(rate)s); %(kept)s of "
        "%(settled)s promises kept (%(kept_rate)s)",
        week=through_words(reports.through_week), on_time=slot("on_time"), due=slot("due"),
        rate=slot("rate"), kept=slot("kept"), settled=slot("settled"),
        kept_rate=slot("kept_rate"),
    )  # fmt: skip
    return sentence(text, {
        "on_time": ("Reports_OnTimeAll", reports.on_time), "due": ("Reports_DueAll", reports.owed),
        "rate": (percent_text("Reports_OnTimeAll", "Reports_DueAll", none),
                 percent_words(reports.on_time, reports.owed, none)),
        "kept": ("Promises_KeptAll", reports.kept),
        "settled": ("Promises_SettledAll", reports.settled),
        "kept_rate": (percent_text("Promises_KeptAll", "Promises_SettledAll", none),
                      percent_words(reports.kept, reports.settled, none)),
    })  # fmt: skip


def _weekly(
    book: Book, sheet: Any, facts: PackFacts, found: tuple[Tally, set[tuple[int, str]]], total: int
) -> None:  # fmt: skip
    """Under the total, the two rates of each week with their drawn course."""
    reports, name, last = facts.state.reports, sheet.get_name(), last_counted(facts)
    (counted, extra), on_time, kept = found, total + 1, total + 2
    for r, said in ((on_time, _("On time by week")), (kept, _("Promises kept, by the week due"))):
        sheet.set_row(r, 26)
        book.text(sheet, r, OWNER, said, book.style("wrap", valign="vcenter", font_color=INK_2))
    if last is None:
        return
    percent = book.style("percent", font_size=8, font_color=INK_2)
    ended = ",".join(quoted(outcome.label) for outcome in SETTLED)
    for col, column in enumerate(reports.weeks[: last - WEEKS + 1], start=WEEKS):
        met, due = _of_week(facts, col - WEEKS, extra)
        if due:
            span = area(TOP + 1, col, total - 1, col)
            formula = (f"=SUMPRODUCT(COUNTIF({span},Marks_OnTime))"
                       f"/SUMPRODUCT(COUNTIF({span},Marks_Due))")  # fmt: skip
            sheet.write_formula(on_time, col, formula, percent, met / due)
            book.check(_("On time, %(week)s", week=week_name(column.week)), met / due,
                       "=" + cell(on_time, col, name), "percent")  # fmt: skip
        if counted.is_whole and counted.settled.get(column.week):
            here = f"Promises_Due,{quoted(column.week)},Promises_Outcome"
            rate = counted.kept[column.week] / counted.settled[column.week]
            formula = (f"=COUNTIFS({here},{quoted(Outcome.done.label)})"
                       f"/SUMPRODUCT(COUNTIFS({here},{{{ended}}}))")  # fmt: skip
            sheet.write_formula(kept, col, formula, percent, rate)
            book.check(_("Promises kept, %(week)s", week=week_name(column.week)), rate,
                       "=" + cell(kept, col, name), "percent")  # fmt: skip
    if last > WEEKS:
        for r, col in ((on_time, RATE), (kept, KEPT_RATE)):
            sheet.add_sparkline(r, col, {
                "range": area(r, WEEKS, r, last, name), "series_color": book.brand, "min": 0,
                "max": 1, "weight": 1.5, "markers": True, "empty_cells": "connect",
            })  # fmt: skip


def _of_week(facts: PackFacts, at: int, extra: set[tuple[int, str]]) -> tuple[int, int]:
    """(on time, due) of the week at this place."""
    due = [
        row.cells[at].standing
        for row in facts.state.reports.rows
        if row.cells[at].standing in DUE and (row.task_id, row.cells[at].week) not in extra
    ]
    return sum(standing in ON_TIME for standing in due), len(due)


def _legend(book: Book, sheet: Any, top: int) -> int:
    """What the marks mean; the counts go by its first rows."""
    words, signs = standing_words(), marks()
    quiet = book.style(font_color=INK_3, indent=1)
    book.text(sheet, top, 0, _("What the marks mean"), book.style(bold=True))
    for n, standing in enumerate((*DUE, *OTHERS), start=top + 1):
        sheet.write_string(n, 0, signs[standing],
                           book.style("centre", font_size=9, **SHADES[standing]))  # fmt: skip
        counted = (_("due, on time") if standing in ON_TIME
                   else _("due, not on time") if standing in DUE else "")  # fmt: skip
        book.text(sheet, n, 1, words[standing], quiet)
        book.text(sheet, n, 2, counted, quiet)
    last = top + 1 + len(DUE) + len(OTHERS)
    example = in_brackets(signs[ON_TIME[0]])
    sheet.write_string(last, 0, example, book.style("centre", font_size=9, **SHADES["not_due"]))
    book.text(sheet, last, 1, _("handed in though not due; in no rate"), quiet)
    return last


def _chart(book: Book, sheet: Any, total: int, last: int, top: int) -> None:
    """Both rates by week."""
    name = sheet.get_name()
    chart = book.workbook.add_chart({"type": "line"})
    font = {"name": FONT, "size": 9, "color": INK_3}
    series: Sequence[tuple[int, str, dict[str, Any]]] = (
        (total + 1, _("On time"), {"color": GREY, "width": 1.75}),
        (total + 2, _("Promises kept"), {"color": book.brand, "width": 2.25}),
    )
    for r, said, line in series:
        chart.add_series({
            "name": said, "categories": [name, TOP, WEEKS, TOP, last],
            "values": [name, r, WEEKS, r, last], "line": line,
            "marker": {"type": "circle", "size": 4, "fill": {"color": line["color"]},
                       "border": {"color": line["color"]}},
        })  # fmt: skip
    chart.show_blanks_as("span")
    chart.set_title({"name": _("Rates by week"), "overlay": False,
                     "name_font": {"name": FONT, "size": 11, "bold": True}})  # fmt: skip
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_x_axis({"num_font": font, "line": {"color": LINE}})
    chart.set_y_axis({"min": 0, "max": 1, "major_unit": 0.25, "num_format": "0%", "num_font": font,
                      "major_gridlines": {"visible": True, "line": {"color": HAIR}},
                      "line": {"none": True}})  # fmt: skip
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 610, "height": 250})
    sheet.insert_chart(top, RATE, chart, {
        "object_position": 1,
        "description": _("Share of reports on time and of promises kept, week by week"),
    })  # fmt: skip
