"""What weekly reports answer when other packages ask: to-dos, points for an agenda.

Addresses are written out as the fixed paths of the design, since jobs ask outside of a request.
"""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.accounts.queries import person_names
from app.core.db import db
from app.core.formats import clock_time, day, local_date, near_day, week, when
from app.core.permissions import Role, Viewer
from app.core.registries import AgendaPoint, Todo
from app.plans.models import PlanPhase
from app.plans.weeks import IsoWeek
from app.reports.models import Problem, ProblemState, ReportState, WeeklyReport
from app.reports.queries import Ledger, read_reports
from app.tasks.answers import in_both
from app.tasks.models import Task

OPEN = ("missing", "draft", "pending")


def writes(ledger: Ledger, task: Task, person_id: int) -> bool:
    """Whether the person may write the task's report today."""
    return task.owner_id is not None and person_id in (
        task.owner_id, ledger.stands_in(task.owner_id, ledger.today)
    )  # fmt: skip


def owed_weeks(ledger: Ledger, task: Task) -> list[tuple[IsoWeek, str]]:
    """Weeks up to now whose report was not handed in, with their standing, oldest first."""
    expected = ledger.expected(task)
    found = [(w, str(ledger.standing(task, w, expected))) for w in expected]
    return [(w, standing) for w, standing in found if standing in OPEN]


def report_todos(plan_id: int, viewer: Viewer, now: datetime) -> list[Todo]:
    """Reports to write, to put right and to accept; problems to answer."""
    ledger = read_reports(plan_id, now)
    if ledger.plan.state is PlanPhase.closed:
        return []
    rows: list[Todo] = []
    for task in ledger.tasks:
        if not writes(ledger, task, viewer.person_id):
            continue
        rows += [_to_write(ledger, task, w, standing, viewer) for w, standing
                 in owed_weeks(ledger, task)]  # fmt: skip
    rows += _to_put_right(ledger, viewer)
    if viewer.has(Role.manager):
        rows += _to_accept(ledger, viewer)
    return rows + _to_answer(ledger, viewer)


def _to_write(
    ledger: Ledger, task: Task, of: IsoWeek, standing: str, viewer: Viewer
) -> Todo:
    due_at = ledger.due_at(of)
    assert due_at is not None  # only weeks with a working day are owed
    is_overdue = standing == "missing"
    if is_overdue:
        said = _("was due on %(day)s", day=day(due_at))
    else:
        said = _("due %(day)s at %(time)s", day=near_day(due_at, ledger.today),
                 time=clock_time(due_at))  # fmt: skip
    return Todo(
        kind="report_due",
        person_id=viewer.person_id,
        title=_("Report of %(week)s, task %(number)s", week=week(of), number=task.number),
        detail=_("%(said)s, a draft is saved", said=said) if standing == "draft" else said,
        url=f"/plans/{ledger.plan.id}/reports/{task.id}/{of}",
        button=_("Write"),
        due_on=local_date(due_at),
        is_overdue=is_overdue,
    )


def _to_put_right(ledger: Ledger, viewer: Viewer) -> list[Todo]:
    tasks = {task.id: task for task in ledger.tasks}
    return [
        Todo(
            kind="report_returned",
            person_id=viewer.person_id,
            title=_("Put the report of %(week)s right", week=week(of)),
            detail=_("returned: %(reason)s", reason=report.return_reason),
            url=f"/plans/{ledger.plan.id}/reports/{task_id}/{of}",
            button=_("Open"),
        )
        for (task_id, of), report in sorted(ledger.reports.items(), key=lambda r: (r[0][1], r[0]))
        if report.state is ReportState.returned
        and writes(ledger, tasks[task_id], viewer.person_id)
    ]


def _to_accept(ledger: Ledger, viewer: Viewer) -> list[Todo]:
    waiting = sorted(
        (r for r in ledger.reports.values() if r.state is ReportState.submitted),
        key=lambda r: (r.submitted_at, r.id),
    )
    names = person_names(r.owner_id for r in waiting)
    return [
        Todo(
            kind="report_accept",
            person_id=viewer.person_id,
            title=_("Report of %(week)s by %(name)s", week=week(report.iso_week),
                    name=names[report.owner_id]),
            detail=_("submitted %(when)s, accept or return", when=when(report.submitted_at)),
            url=f"/reports/{report.id}",
            button=_("Open"),
        )
        for report in waiting
    ]  # fmt: skip


def _to_answer(ledger: Ledger, viewer: Viewer) -> list[Todo]:
    return [
        Todo(
            kind="problem",
            person_id=viewer.person_id,
            title=problem.title,
            detail=_("problem P-%(number)s, answer due %(day)s", number=problem.number,
                     day=near_day(problem.answer_due_on, ledger.today)),
            url=f"/problems/{problem.id}",
            button=_("Answer"),
            due_on=problem.answer_due_on,
            is_overdue=problem.is_overdue(ledger.today),
        )
        for problem in sorted(ledger.problems, key=lambda p: (p.answer_due_on, p.number))
        if problem.state is ProblemState.open and problem.owner_id == viewer.person_id
    ]  # fmt: skip


def report_agenda_points(plan_id: int, viewer: Viewer, now: datetime) -> list[AgendaPoint]:
    """Missing reports as one point, and each problem whose answer is overdue."""
    ledger = read_reports(plan_id, now)
    missing = [
        (task.owner_id, of)
        for task in ledger.tasks
        for of, standing in owed_weeks(ledger, task)
        if standing == "missing"
    ]
    points = []
    if missing:
        names = person_names(owner for owner, _of in missing)
        points.append(
            AgendaPoint(
                in_both(lambda: _missing_sentence(missing, names)),
                f"/plans/{plan_id}/reports",
                weight=70,
            )
        )
    points += [
        AgendaPoint(
            in_both(lambda p=problem: _problem_sentence(p)), f"/problems/{problem.id}", weight=65
        )
        for problem in ledger.problems
        if problem.is_overdue(ledger.today)
    ]
    return points


def _missing_sentence(missing: list[tuple[int | None, IsoWeek]], names: dict[int, str]) -> str:
    listed = _(", ").join(
        _("%(name)s (%(week)s)", name=names.get(owner or 0, "–"), week=week(of))
        for owner, of in missing
    )
    return ngettext(
        "%(num)s weekly report is missing: %(list)s",
        "%(num)s weekly reports are missing: %(list)s",
        len(missing),
        list=listed,
    )


def _problem_sentence(problem: Problem) -> str:
    return _(
        "Problem P-%(number)s has no answer yet: %(title)s",
        number=problem.number,
        title=problem.title,
    )


def what_a_person_owes(person_id: int) -> list[str]:
    """What would stay behind if the person left: problems to answer."""
    count = len(
        db.session.scalars(
            select(Problem.id).where(
                Problem.owner_id == person_id, Problem.state == ProblemState.open
            )
        ).all()
    )
    if not count:
        return []
    return [ngettext("Owes %(num)s answer.", "Owes %(num)s answers.", count)]


def plan_of_report(report_id: int) -> int | None:
    return db.session.scalar(select(WeeklyReport.plan_id).where(WeeklyReport.id == report_id))


def plan_of_problem(problem_id: int) -> int | None:
    return db.session.scalar(select(Problem.plan_id).where(Problem.id == problem_id))
