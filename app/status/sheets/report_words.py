"""Words and marks of the weekly reports, the same as on the pages of the matrix."""

from flask_babel import gettext as _
from flask_babel import pgettext

from app.core.formats import week
from app.plans.models import PlanPhase
from app.plans.weeks import IsoWeek
from app.reports.deadlines import ReportStanding, owes_in
from app.reports.models import Outcome
from app.status.sheets.facts import PackFacts

# What counts as on time, what as due at all: the first three, and these five.
ON_TIME = (ReportStanding.on_time, ReportStanding.substitute, ReportStanding.returned)
DUE = (*ON_TIME, ReportStanding.late, ReportStanding.missing)
OTHERS = (
    ReportStanding.draft, ReportStanding.pending, ReportStanding.excused, ReportStanding.not_due,
)  # fmt: skip
SETTLED = (Outcome.done, Outcome.slipped, Outcome.dropped)


def week_name(text: str) -> str:
    """2026-W48 → week 48."""
    return week(IsoWeek.parse(text))


def standing_words() -> dict[str, str]:
    """A report's standing in words."""
    return {
        ReportStanding.on_time: pgettext("weekly report", "on time"),
        ReportStanding.substitute: pgettext("weekly report", "by a substitute"),
        ReportStanding.late: pgettext("weekly report", "late"),
        ReportStanding.returned: pgettext("weekly report", "returned, then accepted"),
        ReportStanding.missing: pgettext("weekly report", "missing"),
        ReportStanding.draft: pgettext("weekly report", "draft"),
        ReportStanding.pending: pgettext("weekly report", "not started"),
        ReportStanding.excused: pgettext("weekly report", "excused"),
        ReportStanding.not_due: pgettext("weekly report", "not due"),
    }


def marks() -> dict[str, str]:
    """A report's standing as one character: 准 代 迟 退 缺 稿 待 免, a dash where none is due."""
    return {
        ReportStanding.on_time: pgettext("week cell", "T"),
        ReportStanding.substitute: pgettext("week cell", "S"),
        ReportStanding.late: pgettext("week cell", "L"),
        ReportStanding.returned: pgettext("week cell", "R"),
        ReportStanding.missing: pgettext("week cell", "M"),
        ReportStanding.draft: pgettext("week cell", "D"),
        ReportStanding.pending: pgettext("week cell", "W"),
        ReportStanding.excused: pgettext("week cell", "E"),
        ReportStanding.not_due: "–",
    }


def in_brackets(mark: str) -> str:
    """The mark of a report that was handed in though none was due: it is in no rate."""
    return f"({mark})"


def unasked(facts: PackFacts) -> set[tuple[int, str]]:
    """(task id, week) of each report that was handed in though none was due: before the task
    began, after it ended, in a week without a working day."""
    plan, calendar = facts.state.plan, facts.calendar
    tasks = {task.id: task for task in facts.state.tasks.tasks}
    weeks = {column.week: IsoWeek.parse(column.week) for column in facts.state.reports.weeks}
    workless = {name for name, week in weeks.items()
                if not any(calendar.is_workday(day) for day in week.days)}  # fmt: skip
    found = set()
    for row in facts.state.reports.rows:
        task = tasks.get(row.task_id)
        ends = task.done_on if task else None
        if plan.phase is PlanPhase.closed:
            ends = min(ends or plan.finish_on, plan.finish_on)
        for cell in row.cells:
            if cell.standing in DUE and (
                task is None or row.owner_id is None or cell.week in workless
                or not owes_in(weeks[cell.week], task.start_on, ends, calendar)
            ):  # fmt: skip
                found.add((row.task_id, cell.week))
    return found


def through_words(week: str | None) -> str:
    """The newest week whose deadline has passed, in words."""
    return week_name(week) if week else _("no week yet")
