"""The matrix of owners × weeks as pages show it: words and addresses around the state's rows."""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.permissions import Viewer
from app.plans.weeks import IsoWeek
from app.reports.models import ReportState
from app.reports.queries import Ledger
from app.reports.rights import reads_report
from app.reports.state import ComplianceRow, ReportsState, WeekStanding
from app.tasks.models import Task

UNWRITTEN = ("missing", "draft", "pending")


def due_words(row: ComplianceRow, state: ReportsState) -> str:
    """What a row's owner promised for this week, and what became of it, in one line."""
    if row.is_done:
        return _("finished, no more reports")
    this_week = next((c for c in row.cells if c.week == state.week), None)
    is_open = this_week is not None and this_week.standing in UNWRITTEN
    if not row.due_count:
        return _("none") if not is_open else _("none, report not in yet")
    count = ngettext("%(num)s promise", "%(num)s promises", row.due_count)
    if row.due_settled == row.due_count:
        if row.due_kept == row.due_count:
            return _("%(count)s, all done", count=count)
        return _("%(count)s, %(kept)s done", count=count, kept=row.due_kept)
    if row.due_slipped_before:
        return _("%(count)s, %(slipped)s of them slipped before", count=count,
                 slipped=row.due_slipped_before)  # fmt: skip
    return _("%(count)s, report not in yet", count=count)


def cell_urls(
    ledger: Ledger, state: ReportsState, viewer: Viewer, writable: Iterable[int]
) -> dict[tuple[int, str], str]:
    """Where each cell leads: to the report that the viewer may read, to the form of what they may
    write. `writable`: ids of tasks whose reports the viewer writes. Addresses are the fixed ones
    of the design."""
    tasks = {task.id: task for task in ledger.tasks}
    mine = set(writable)
    urls = {}
    for row in state.rows:
        for cell in row.cells:
            url = _cell_url(ledger, cell, tasks[row.task_id], viewer, row.task_id in mine)
            if url:
                urls[row.task_id, cell.week] = url
    return urls


def _cell_url(
    ledger: Ledger, cell: WeekStanding, task: Task, viewer: Viewer, may_write: bool
) -> str:
    week = IsoWeek.parse(cell.week)
    report = ledger.reports.get((task.id, week))
    editable = report is None or report.state in (ReportState.draft, ReportState.returned)
    if may_write and editable and cell.standing != "not_due" and ledger.due_at(week):
        return f"/plans/{ledger.plan.id}/reports/{task.id}/{week}"
    if report is not None and report.first_submitted_at and reads_report(viewer, report, task):
        return f"/reports/{report.id}"
    return ""
