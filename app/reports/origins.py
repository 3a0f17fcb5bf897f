"""What action items may have come from here: a weekly report, a problem, an inspection."""

from flask_babel import gettext as _

from app.core.db import db
from app.core.formats import day, week, words
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.registries import Origin
from app.reports.inspections import reads_inspection
from app.reports.models import Inspection, Problem, WeeklyReport
from app.reports.rights import reads_report


def report_origin(viewer: Viewer, report_id: int) -> Origin | None:
    """The weekly report, if the viewer reads its text."""
    report = db.session.get(WeeklyReport, report_id)
    if report is None or report.plan_id != viewer.plan_id:
        return None
    if not reads_report(viewer, report, report.task):
        return None
    title = _("Weekly report of %(week)s, task %(number)s: %(title)s", week=week(report.iso_week),
              number=report.task.number, title=words(report.task.title))  # fmt: skip
    return Origin(title, f"/reports/{report.id}", report.task_id)


def problem_origin(viewer: Viewer, problem_id: int) -> Origin | None:
    """The problem, if the viewer reads all problems or is asked or asks."""
    problem = db.session.get(Problem, problem_id)
    if problem is None or problem.plan_id != viewer.plan_id:
        return None
    is_theirs = viewer.person_id in (problem.owner_id, problem.raised_by_id)
    if sight(viewer, "problem", "row") is not Sight.all and not is_theirs:
        return None
    title = _("Problem P-%(number)s: %(title)s", number=problem.number, title=problem.title)
    return Origin(title, f"/problems/{problem.id}", problem.task_id)


def inspection_origin(viewer: Viewer, inspection_id: int) -> Origin | None:
    """The inspection, if the viewer reads it."""
    inspection = db.session.get(Inspection, inspection_id)
    if inspection is None or inspection.plan_id != viewer.plan_id:
        return None
    if not reads_inspection(viewer, inspection):
        return None
    on = inspection.done_on or inspection.planned_on
    return Origin(_("Inspection of %(day)s", day=day(on)), f"/inspections/{inspection.id}")
