"""What of the weekly reports falls due, handed in or not, and the answers to problems.

Each answer is for all plans at once: the calendar says first which weeks' reports are due at all,
and only of those is anything read. Which weeks a task owes is for `deadlines` to say, here as on
the pages.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select

from app.accounts.models import Department
from app.core.db import db
from app.core.formats import local_date, week, zone
from app.core.registries import Deadline
from app.plans.calendars import work_calendar
from app.plans.many import managers_of, rows_of_plans
from app.plans.models import Leave, Plan
from app.plans.weeks import IsoWeek, weeks_between
from app.plans.workcalendar import WorkCalendar
from app.reports.deadlines import due_at, due_on, expected_week, owes_in
from app.reports.models import Problem, ProblemState, WeeklyReport
from app.reports.queries import Leaves, stands_in
from app.tasks.answers import end_of, in_both, sentence
from app.tasks.models import Task
from app.tasks.reminding import due_between


def report_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Reports due in [first, last]; weeks in which none is owed are left out.

    The head of the task's department and the managers are told when a report stays out.
    """
    calendar = work_calendar()
    weeks = _weeks_due(first, last, calendar)
    if not weeks:
        return []
    tasks = rows_of_plans(
        select(
            Task.id, Task.plan_id, Task.number, Task.title, Task.owner_id, Task.start_on,
            Task.done_on, Plan.report_hour, Plan.report_minute, Department.head_id,
        )
        .outerjoin(Department, Department.id == Task.department_id)
        .where(
            Task.owner_id.is_not(None),
            Task.start_on <= weeks[-1].sunday,
            Task.done_on.is_(None) | (Task.done_on >= weeks[0].monday),
        )
        .order_by(Task.plan_id, Task.number),
        Task.plan_id, plan_ids,
    )  # fmt: skip
    if not tasks:
        return []
    managers, handed_in = managers_of(plan_ids), _handed_in(weeks, plan_ids)
    leaves = _leaves_in(weeks)
    title = sentence(lambda: _("Report of %(week)s, task %(number)s: %(title)s"))
    names = {of: in_both(lambda w=of: week(w)) for of in weeks}
    dues: dict[tuple[IsoWeek, int, int], datetime | None] = {}
    rows = []
    for task in tasks:
        away = leaves.get(task.owner_id, [])
        days_away = [(begins, ends) for begins, ends, _who in away]
        for of in weeks:
            at = (of, task.report_hour, task.report_minute)
            if at not in dues:
                dues[at] = due_at(of, calendar, zone(), *at[1:])
            due = dues[at]
            if due is None or not first <= due <= last:
                continue
            if not owes_in(of, task.start_on, task.done_on, calendar):
                continue
            if expected_week(of, due, task.start_on, calendar, days_away).excused:
                continue
            writer = stands_in(away, local_date(due)) or task.owner_id
            above = (task.head_id, *managers[task.plan_id])
            rows.append(
                Deadline(
                    plan_id=task.plan_id, kind="report", object_key=f"report:{task.id}:{of}",
                    occurrence=str(of), due_at=due, recipients=(writer,),
                    escalate_to=tuple(dict.fromkeys(p for p in above if p and p != writer)),
                    title=title(week=names[of], number=task.number, title=task.title),
                    url=f"/plans/{task.plan_id}/reports/{task.id}/{of}",
                    done_at=handed_in.get((task.id, of)),
                )
            )  # fmt: skip
    return sorted(rows, key=lambda row: row.due_at)


def _weeks_due(first: datetime, last: datetime, calendar: WorkCalendar) -> list[IsoWeek]:
    """The weeks whose reports are due on a day from `first` to `last`, whatever the hour."""
    days = local_date(first), local_date(last)
    return [
        of
        for of in weeks_between(*map(IsoWeek.of, days))
        if (day := due_on(of, calendar)) is not None and days[0] <= day <= days[1]
    ]


def _handed_in(
    weeks: Sequence[IsoWeek], plan_ids: Sequence[int]
) -> dict[tuple[int, IsoWeek], datetime]:
    """When the reports of these weeks were handed in for the first time, by task and week."""
    is_one_of = or_(
        *(
            and_(WeeklyReport.iso_year == of.year, WeeklyReport.iso_week == of.week)
            for of in weeks
        )
    )
    return {
        (row.task_id, IsoWeek(row.iso_year, row.iso_week)): row.first_submitted_at
        for row in db.session.execute(
            select(
                WeeklyReport.task_id, WeeklyReport.iso_year, WeeklyReport.iso_week,
                WeeklyReport.first_submitted_at,
            ).where(
                WeeklyReport.plan_id.in_(plan_ids),
                WeeklyReport.first_submitted_at.is_not(None),
                is_one_of,
            )
        )
    }  # fmt: skip


def _leaves_in(weeks: Sequence[IsoWeek]) -> Mapping[int, Leaves]:
    """Everybody's leave that touches these weeks, by person."""
    leaves: dict[int, Leaves] = defaultdict(list)
    for row in db.session.execute(
        select(Leave.person_id, Leave.first_on, Leave.last_on, Leave.substitute_id).where(
            Leave.last_on >= weeks[0].monday, Leave.first_on <= weeks[-1].sunday
        )
    ):
        leaves[row.person_id].append((row.first_on, row.last_on, row.substitute_id))
    return leaves


def problem_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Problems whose answer is due in [first, last]."""
    rows = rows_of_plans(
        select(
            Problem.id, Problem.plan_id, Problem.number, Problem.title, Problem.owner_id,
            Problem.answer_due_on, Problem.ended_at,
        )
        .where(
            Problem.answer_due_on.between(local_date(first), local_date(last)),
            (Problem.state == ProblemState.open) | Problem.ended_at.is_not(None),
        )
        .order_by(Problem.answer_due_on, Problem.id),
        Problem.plan_id, plan_ids,
    )  # fmt: skip
    if not rows:
        return []
    managers, title = managers_of(plan_ids), sentence(lambda: _("Problem P-%(number)s: %(title)s"))
    found = [
        Deadline(
            plan_id=row.plan_id, kind="problem", object_key=f"problem:{row.id}",
            occurrence=row.answer_due_on.isoformat(), due_at=end_of(row.answer_due_on),
            recipients=(row.owner_id,),
            escalate_to=tuple(p for p in managers[row.plan_id] if p != row.owner_id),
            title=title(number=row.number, title=row.title), url=f"/problems/{row.id}",
            done_at=row.ended_at,
        )
        for row in rows
    ]  # fmt: skip
    return due_between(found, first, last)
