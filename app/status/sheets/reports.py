"""Sheet of the weekly reports: the newest week whose deadline has passed, owner by owner.

What was promised for that week stands first, with what became of it; beside it what was done and
what is promised next. All weeks are on the sheet of all reports, the rates on the matrix.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.formats import when_long
from app.plans.weeks import IsoWeek
from app.reports.models import Outcome
from app.reports.state import ComplianceRow, PromiseRow, ReportRow
from app.status.sheets import compliance, report_rows
from app.status.sheets.book import (
    HAIR,
    INK,
    INK_2,
    INK_3,
    LINE,
    LINE_HEIGHT,
    ROW_HEIGHT,
    TALLEST,
    Book,
    Column,
)
from app.status.sheets.cells import Link, lines_of
from app.status.sheets.facts import PackFacts
from app.status.sheets.report_words import standing_words, week_name

TOP = 4
WIDTHS = (7, 16, 13, 8, 36, 15, 28, 46, 38)
# What a cell's indent and its edges take of its width.
INDENT = 5
NUMBER, OWNER, STANDING, DONE, PROMISED, OUTCOME, WHY, WRITTEN, NEXT = range(9)
SHADES: dict[Outcome, dict[str, Any]] = {
    Outcome.done: {"font_color": INK_2},
    Outcome.slipped: {"font_color": INK, "bold": True},
    Outcome.dropped: {"font_color": INK, "bold": True},
    Outcome.pending: {"font_color": INK_3},
}


@dataclass(frozen=True)
class OwnerWeek:
    """What one owner's task has to say of a week: the standing, the report if it was handed in,
    the promises that were due, and those made for the next week."""

    row: ComplianceRow
    standing: str
    report: ReportRow | None
    due: tuple[PromiseRow, ...]
    following: tuple[PromiseRow, ...]


def sheet_title() -> str:
    return _("Weekly reports")


def owner_weeks(facts: PackFacts, week: str) -> list[OwnerWeek]:
    """Every task that had to report in the week or did. A promise that waited longer for its
    outcome is still due."""
    reports = facts.state.reports
    written = {r.task_id: r for r in reports.reports if r.week == week}
    due: dict[int, list[PromiseRow]] = defaultdict(list)
    following: dict[int, list[PromiseRow]] = defaultdict(list)
    for promise in reports.promises:
        is_waiting = promise.outcome is Outcome.pending and promise.due_week < week
        if promise.due_week == week or is_waiting:
            due[promise.task_id].append(promise)
        elif promise.made_week == week:
            following[promise.task_id].append(promise)
    found = []
    for row in reports.rows:
        standing = next((c.standing for c in row.cells if c.week == week), "not_due")
        if standing == "not_due" and row.task_id not in due:
            continue
        found.append(OwnerWeek(row, standing, written.get(row.task_id),
                               tuple(due[row.task_id]), tuple(following[row.task_id])))  # fmt: skip
    return found


def write(book: Book, facts: PackFacts) -> None:
    """A block an owner: promises in rows, the texts beside them joined over the rows."""
    reports = facts.state.reports
    sheet = book.add_sheet(sheet_title())
    for col, width in enumerate(WIDTHS):
        sheet.set_column(col, col, width)
    sheet.set_default_row(ROW_HEIGHT)
    week = reports.through_week
    name = week_name(week) if week else ""
    book.heading(sheet, _("Weekly reports of %(week)s", week=name) if week
                 else _("Weekly reports"))  # fmt: skip
    if reports.rows:
        book.put(sheet, 1, 0, compliance.totals_sentence(facts), font_color=INK_3)
        book.text(sheet, 2, 0, _now(facts), book.style(font_color=INK_3))
    following = week_name(str(IsoWeek.parse(week).next())) if week else ""
    book.heads(sheet, TOP, 0, [
        Column(_("Task"), "centre"), Column(_("Owner")), Column(_("Handed in")),
        Column(_("Done"), "percent"),
        Column(_("Promised for %(week)s", week=name) if week else _("Promise")),
        Column(_("Outcome"), "centre"), Column(_("Reason, or the week it moved to")),
        Column(_("What was done")),
        Column(_("Promised for %(week)s", week=following) if week else _("Promised next")),
    ])  # fmt: skip
    hidden = facts.leaves_out("report:text")
    blocks = [] if hidden or week is None else owner_weeks(facts, week)
    row, said = TOP + 1, (standing_words(), report_rows.outcome_words())
    for block in blocks:
        row = _block(book, sheet, facts, block, row, said)
    if not blocks:
        none = (_("Left out: not for these eyes.") if hidden
                else _("No weekly report has been due yet."))  # fmt: skip
        book.text(sheet, row, 0, none, book.style(font_color=INK_3))
        row += 1
    sheet.freeze_panes(TOP + 1, OWNER + 1)
    sheet.repeat_rows(TOP)
    sheet.print_area(0, 0, row - 1, NEXT)


def _now(facts: PackFacts) -> str:
    """How the week that runs stands; its deadline is still to come."""
    reports = facts.state.reports
    if reports.due_at is None or reports.week == reports.through_week:
        return ""
    return _("Still running: %(week)s, due %(when)s; handed in so far: %(done)s of %(all)s",
             week=week_name(reports.week), when=when_long(reports.due_at), done=reports.handed_in,
             all=reports.expected)  # fmt: skip


def _block(
    book: Book, sheet: Any, facts: PackFacts, block: OwnerWeek, top: int,
    said: tuple[dict[str, str], dict[Outcome, str]],
) -> int:  # fmt: skip
    """One owner; answers the row after it. said: the words of standings and of outcomes."""
    report = block.report
    lines: tuple[PromiseRow | None, ...] = block.due or (None,)
    written = report.done_text if report else _("No report was handed in.")
    if block.standing == "excused":
        written = report.done_text if report else _("No report was needed.")
    following = "\n".join(f"• {promise.text}" for promise in block.following)
    heights = [_promise_height(promise) for promise in lines]
    most = max(lines_of(written, WIDTHS[WRITTEN] - INDENT),
               lines_of(following, WIDTHS[NEXT] - INDENT),
               lines_of(facts.person(block.row.owner_id), WIDTHS[OWNER]))  # fmt: skip
    missing = ROW_HEIGHT + LINE_HEIGHT * (most - 1) - sum(heights)
    heights = [height + max(missing, 0) / len(heights) for height in heights]
    last = top + len(lines) - 1
    for n, (promise, height) in enumerate(zip(lines, heights, strict=True)):
        sheet.set_row(top + n, min(height, TALLEST))
        _promise(book, sheet, promise, top + n, said[1], is_last=n == len(lines) - 1)
    word = said[0].get(block.standing, block.standing)
    is_bad = block.standing in ("missing", "late")
    for col, value, kind, props in (
        (NUMBER, block.row.task_number, "centre", {}),
        (OWNER, facts.person(block.row.owner_id), "wrap", {"bold": True}),
        (STANDING, Link(f"/reports/{report.id}", word) if report else word, "wrap",
         {"bold": is_bad}),
        (DONE, report.percent / 100 if report else "", "percent", {}),
        (WRITTEN, written, "wrap", {"indent": 1} | ({} if report else {"font_color": INK_3})),
        (NEXT, following, "wrap", {"indent": 1}),
    ):  # fmt: skip
        props = {"valign": "top", "bottom": 1, "bottom_color": LINE, **props}
        if last > top:
            sheet.merge_range(top, col, last, col, "", book.style(kind, **props))
        book.put(sheet, top, col, value, kind, **props)
    return last + 1


def _promise_height(promise: PromiseRow | None) -> float:
    if promise is None:
        return ROW_HEIGHT
    lines = max(lines_of(promise.text, WIDTHS[PROMISED]),
                lines_of(report_rows.moved(promise), WIDTHS[WHY]))  # fmt: skip
    return ROW_HEIGHT + LINE_HEIGHT * (lines - 1)


def _promise(
    book: Book, sheet: Any, promise: PromiseRow | None, row: int, said: dict[Outcome, str],
    *, is_last: bool,
) -> None:  # fmt: skip
    """A promise with its outcome, in words and by weight."""
    edge = {"bottom": 1, "bottom_color": LINE if is_last else HAIR, "valign": "top"}
    if promise is None:
        nothing = _("nothing was promised for this week")
        book.text(sheet, row, PROMISED, nothing, book.style("wrap", font_color=INK_3, **edge))
        for col in (OUTCOME, WHY):
            book.text(sheet, row, col, "", book.style("wrap", **edge))
        return
    shade = SHADES[promise.outcome]
    book.text(sheet, row, PROMISED, promise.text, book.style("wrap", **edge))
    book.text(sheet, row, OUTCOME, said[promise.outcome], book.style("centre", **edge, **shade))
    book.text(sheet, row, WHY, report_rows.moved(promise), book.style("wrap", **edge))
