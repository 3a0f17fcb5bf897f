"""Sheet of all weekly reports: a row a promise under its report, newest week first, to be filtered.

The rates of the matrix are counted over its rows.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.core.formats import words
from app.reports.models import Outcome
from app.reports.state import PromiseRow, ReportRow
from app.status.sheets.book import Book, Column, Link
from app.status.sheets.facts import PackFacts
from app.status.sheets.report_words import standing_words, week_name

TOP = 3
# From so many rows on they are written straight to the disk.
LONG = 5_000
# A first row of a report leads into the app unless there are more than a sheet should have.
LINKED_AT_MOST = 20_000
TASK, DUE, OUTCOME = 1, 8, 9


def sheet_title() -> str:
    return _("All reports")


def outcome_words() -> dict[Outcome, str]:
    return {outcome: words(outcome.label) for outcome in Outcome}


def listed(facts: PackFacts) -> list[tuple[ReportRow, PromiseRow | None]]:
    """The sheet's rows in their order: each report with each of its promises, or with None."""
    made: dict[int, list[PromiseRow]] = defaultdict(list)
    for promise in facts.state.reports.promises:
        made[promise.report_id].append(promise)
    newest = sorted(facts.state.reports.reports, key=lambda r: (r.week, -r.task_number),
                    reverse=True)  # fmt: skip
    return [(report, promise) for report in newest for promise in made.get(report.id) or (None,)]


def write(book: Book, facts: PackFacts) -> None:
    """All the rows, with the names that the matrix counts over."""
    rows = listed(facts)
    sheet = book.add_sheet(sheet_title(), is_long=len(rows) > LONG)
    hidden = facts.leaves_out("report:text")
    said = _("One row for each promise, newest week first; filter by owner, week or outcome")
    book.heading(sheet, _("All weekly reports and promises"), "" if hidden else said)
    columns = [
        Column(_("Week"), "centre", 10), Column(_("Task"), "centre", 7),
        Column(_("Owner"), "text", 14), Column(_("Handed in"), "text", 13),
        Column(_("Done"), "percent", 8), Column(_("Forecast finish"), "date", 13),
        Column(_("What was done"), "text", 46), Column(_("Promise"), "text", 38),
        Column(_("Due in week"), "centre", 11), Column(_("Outcome"), "text", 12),
        Column(_("Slips"), "centre", 7), Column(_("Reason, or the week it moved to"), "text", 32),
    ]  # fmt: skip
    last = book.table(sheet, columns, _rows(rows, facts), top=TOP,
                      empty=_("Left out: not for these eyes.") if hidden
                      else _("No report has been handed in yet."))  # fmt: skip
    if rows:
        for name, col in (("Task", TASK), ("Due", DUE), ("Outcome", OUTCOME)):
            book.define(f"Promises_{name}", sheet, TOP + 1, col, last, col)
    sheet.print_area(0, 0, last, len(columns) - 1)


def _rows(rows: list[tuple[ReportRow, PromiseRow | None]], facts: PackFacts) -> Iterator[list[Any]]:
    standings, outcomes, names = standing_words(), outcome_words(), facts.people
    nobody = facts.person(None)
    is_linked = len(rows) <= LINKED_AT_MOST
    before = None
    for report, promise in rows:
        is_first, before = report is not before, report
        week = report.week
        yield [
            Link(f"/reports/{report.id}", week) if is_first and is_linked else week,
            report.task_number,
            names.get(report.owner_id, nobody),
            *([standings.get(report.standing, report.standing), report.percent / 100,
               report.forecast_finish_on or "", report.done_text] if is_first
              else ("", "", "", "")),
            *(_promised(promise, outcomes) if promise else ("", "", "", "", "")),
        ]  # fmt: skip


def _promised(promise: PromiseRow, outcomes: dict[Outcome, str]) -> tuple[Any, ...]:
    slips = promise.slip_count or (1 if promise.slipped_to else "")
    return (promise.text, promise.due_week, outcomes[promise.outcome], slips, moved(promise))


def moved(promise: PromiseRow) -> str:
    """Where a promise moved to, and why it was not kept."""
    if promise.slipped_to is None:
        return promise.reason
    to = _("to %(week)s", week=week_name(promise.slipped_to))
    return _("%(to)s: %(reason)s", to=to, reason=promise.reason) if promise.reason else to
