"""Sheet of trends: the plan's figures week by week, as each week's close wrote them down."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.core.formats import week as week_words
from app.core.formats import words
from app.core.lights import Light
from app.plans.weeks import IsoWeek
from app.status.figures import Figure
from app.status.sheets.book import INK_3, Book, Column, Styled
from app.status.sheets.facts import PackFacts
from app.status.snapshots import WEEK

TOP = 3
# The figure's name, then its drawn line, then the weeks.
FIRST_WEEK = 2
# A plan of five hundred tasks has their course on their own pages, not here.
MOST_TASKS = 20


def sheet_title() -> str:
    return _("Trends")


def weeks_of(facts: PackFacts) -> list[tuple[str, dict[str, Figure]]]:
    """(name of the week, its figures), oldest first; the pack's own week last, as it stands now."""
    now = IsoWeek.parse(facts.state.week)
    closed = {
        IsoWeek.parse(point.reason.removeprefix(WEEK)): dict(point.figures)
        for point in facts.manifest.trend
    }
    closed[now] = facts.figures
    return [(week_words(week), figures) for week, figures in sorted(closed.items())]


def write(book: Book, facts: PackFacts) -> None:
    """One row a figure, one column a week, with a drawn line beside the name."""
    sheet = book.add_sheet(sheet_title())
    weeks = weeks_of(facts)
    book.heading(sheet, _("Trends"), _("Each closed week as it was written down then; the last "
                                       "column is this pack's own instant"))  # fmt: skip
    lines = [line for line in _lines(facts) if line[1] in facts.figures]
    rows: list[list[Any]] = [
        [label, "", *(_cell(show, figures.get(key)) for _name, figures in weeks)]
        for label, key, show in lines
    ]
    columns = [
        Column(_("Figure"), "text", 38), Column(_("Course"), "text", 22),
        *(Column(name, "centre", 10) for name, _figures in weeks),
    ]  # fmt: skip
    last = book.table(sheet, columns, rows, top=TOP)
    end = FIRST_WEEK + len(weeks) - 1
    if len(weeks) > 1:
        for n, (_label, key, _show) in enumerate(lines, start=TOP + 1):
            if any(isinstance(figures.get(key), int | float) for _name, figures in weeks):
                sheet.add_sparkline(n, 1, {
                    "range": _range(sheet, n, end), "markers": True,
                    "series_color": book.brand, "show_hidden": True, "empty_cells": "gaps",
                })  # fmt: skip
    else:
        book.text(sheet, last + 1, 0, _("Lines are drawn from the second closed week on."),
                  book.style(font_color=INK_3))  # fmt: skip
    sheet.freeze_panes(TOP + 1, FIRST_WEEK)
    sheet.print_area(0, 0, last, end)


def _range(sheet: Any, row: int, end: int) -> str:
    from_, to = chr(ord("A") + FIRST_WEEK), chr(ord("A") + end)
    name = sheet.get_name().replace("'", "''")
    return f"'{name}'!${from_}${row + 1}:${to}${row + 1}"


def _cell(show: Callable[[Figure], Any], value: Figure) -> Any:
    return Styled("–", "centre") if value is None else show(value)


def _light(value: Figure) -> Any:
    return Light(str(value))


def _count(value: Figure) -> Any:
    return Styled(value, "centre")


def _percent(value: Figure) -> Any:
    return Styled(float(value or 0), "percent")


def _hundredth(value: Figure) -> Any:
    return Styled(float(value or 0) / 100, "percent")


def _yuan(value: Figure) -> Any:
    return Styled(float(value or 0) / 100, "money")


def _text(value: Figure) -> Any:
    return Styled(str(value), "centre")


def _lines(facts: PackFacts) -> list[tuple[str, str, Callable[[Figure], Any]]]:
    """(what it is called, its key, how it is shown), in the order of the sheet."""
    state = facts.state
    found = [
        (_("Light of the plan"), "light", _light),
        (_("Done, weighted by task"), "percent", _hundredth),
        (_("Planned, weighted by task"), "planned_percent", _hundredth),
        (_("Most working days late of an open task"), "days_late", _count),
        (_("Reports on time"), "reports.on_time_rate", _percent),
        (_("Promises kept"), "promises.kept_rate", _percent),
        (_("Risks: critical"), "risks.critical", _count),
        (_("Risks: high"), "risks.high", _count),
        (_("Risks: medium"), "risks.medium", _count),
        (_("Risks: low"), "risks.low", _count),
        (_("Windows of responses that passed"), "risks.windows_passed", _count),
        (_("Open problems"), "problems.open", _count),
        (_("Overdue problems"), "problems.overdue", _count),
        (_("Overdue action items"), "actions.overdue", _count),
        (_("Spent, yuan"), "money.actual", _yuan),
        (_("Forecast, yuan"), "money.forecast", _yuan),
    ]
    for task in state.tasks.tasks[:MOST_TASKS]:
        said = {"number": task.number, "title": words(task.title)}
        found += [
            (_("Task %(number)s, %(title)s: light", **said), f"task:{task.number}:light", _light),
            (_("Task %(number)s, %(title)s: done", **said), f"task:{task.number}:percent",
             _hundredth),
            (_("Task %(number)s, %(title)s: days late", **said), f"task:{task.number}:days_late",
             _count),
            (_("Task %(number)s, %(title)s: expected finish", **said),
             f"task:{task.number}:expected_finish", _text),
        ]  # fmt: skip
    for risk in state.risks.risks[:MOST_TASKS]:
        found.append((
            _("Risk %(number)s, %(title)s: score", number=risk.number, title=words(risk.title)),
            f"risk:{risk.number}:score", _count,
        ))  # fmt: skip
    for row in state.monitoring.indicators[:MOST_TASKS]:
        found.append((
            _("%(title)s: light", title=words(row.title)), f"indicator:{row.number}:light", _light,
        ))  # fmt: skip
    return found
