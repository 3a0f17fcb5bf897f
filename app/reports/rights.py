"""Who writes, reads and decides which report: the object-level half of permissions."""

from datetime import date

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.core.errors import Forbidden
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.plans.calendars import substitute_of
from app.reports.models import Problem, Promise, ReportState, WeeklyReport
from app.tasks.models import Task


def may_write(person_id: int, task: Task, today: date) -> bool:
    """The task's owner, and whoever stands in while the owner is on leave."""
    if task.owner_id is None:
        return False
    return task.owner_id == person_id or substitute_of(task.owner_id, today) == person_id


def must_write(author: Person, task: Task, today: date) -> None:
    """Raises Forbidden unless the person may write the task's report on that day."""
    if not may_write(author.id, task, today):
        raise Forbidden(
            _l("Only the task’s owner, or who stands in during leave, writes its report.")
        )


def is_concerned(viewer: Viewer, task: Task) -> bool:
    """The task is the viewer's, or of a department that the viewer heads."""
    return task.owner_id == viewer.person_id or task.department_id in viewer.department_ids


def reads_report(viewer: Viewer, report: WeeklyReport, task: Task) -> bool:
    """Whether the viewer reads the report's text; a draft is its owner's and author's alone."""
    is_theirs = viewer.person_id in (report.owner_id, report.author_id, task.owner_id)
    if report.state is ReportState.draft:
        return is_theirs
    seen = sight(viewer, "report", "text")
    return seen is Sight.all or (seen is Sight.own and (is_theirs or is_concerned(viewer, task)))


def reads_promise(viewer: Viewer, promise: Promise, task: Task) -> bool:
    """Whether the viewer reads the words of a promise."""
    seen = sight(viewer, "promise", "text")
    return seen is Sight.all or (seen is Sight.own and is_concerned(viewer, task))


def may_answer(viewer: Viewer, problem: Problem) -> bool:
    """Whoever is asked, whoever asked, and the manager."""
    return viewer.has(Role.manager) or viewer.person_id in (
        problem.owner_id, problem.raised_by_id
    )  # fmt: skip


def may_pass_on(viewer: Viewer, problem: Problem) -> bool:
    """Ask somebody else, or give more time: whoever asked, and the manager."""
    return viewer.has(Role.manager) or viewer.person_id == problem.raised_by_id
