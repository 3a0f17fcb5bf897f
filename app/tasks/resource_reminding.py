"""What of the requests falls due, open or done: promises to keep and requests to answer.

Each answer is for all plans at once and reads only what falls due in the days asked for.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, Select, case, select

from app.accounts.models import FINANCE, Department
from app.core.formats import local_date
from app.core.registries import Deadline
from app.plans.calendars import work_calendar
from app.plans.many import managers_of, rows_of_plans
from app.plans.workcalendar import WorkCalendar
from app.tasks.answers import begin_of, end_of, sentence
from app.tasks.models import Resource, ResourceSource, ResourceState, Task
from app.tasks.reminding import due_between
from app.tasks.resource_answers import resource_form

# A request is answered a week before the need, while there is time to look elsewhere. Requests are
# made one to three weeks ahead: with two weeks many would be overdue as they are made.
ANSWER_WORKDAYS = 5


def resource_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """What is promised for days in [first, last]. The lending head is reminded; when it stays out,
    the task's owner and the managers are told."""
    rows = rows_of_plans(
        _resources(Resource.promised_on, Resource.delivered_on).where(
            Resource.promised_on.between(local_date(first), local_date(last)),
            (Resource.state == ResourceState.promised) | Resource.delivered_on.is_not(None),
        ).order_by(Resource.promised_on, Resource.id),
        Resource.plan_id, plan_ids,
    )  # fmt: skip
    if not rows:
        return []
    managers = managers_of(plan_ids)
    title = sentence(lambda: _("Promised to task %(number)s: %(title)s"))
    found = [
        Deadline(
            plan_id=row.plan_id, kind="resource", object_key=f"resource:{row.id}",
            occurrence=row.promised_on.isoformat(), due_at=end_of(row.promised_on),
            recipients=_lenders(row, managers[row.plan_id]),
            escalate_to=_askers(row, managers[row.plan_id]),
            title=title(number=row.number, title=row.title), url=resource_form(row, "deliver"),
            done_at=None if row.delivered_on is None else begin_of(row.delivered_on),
        )
        for row in rows
    ]  # fmt: skip
    return due_between(found, first, last)


def request_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Requests whose answer is due in [first, last]: the lending head's; when it stays out, the
    task's owner and the managers are told. What was promised or declined is answered."""
    calendar = work_calendar()
    # Days off after the last day due are needed on a day whose answer is due on that last day.
    rows = rows_of_plans(
        _resources(Resource.state, Resource.needed_on, Resource.answered_at).where(
            Resource.needed_on.between(
                calendar.add_workdays(local_date(first), ANSWER_WORKDAYS),
                calendar.add_workdays(local_date(last), ANSWER_WORKDAYS + 1),
            ),
            (Resource.state == ResourceState.asked) | Resource.answered_at.is_not(None),
        ).order_by(Resource.needed_on, Resource.id),
        Resource.plan_id, plan_ids,
    )  # fmt: skip
    if not rows:
        return []
    managers = managers_of(plan_ids)
    title = sentence(lambda: _("Asked for task %(number)s: %(title)s"))
    found = []
    for row in rows:
        due_on = answer_due_on(row.needed_on, calendar)
        found.append(
            Deadline(
                plan_id=row.plan_id, kind="request", object_key=f"request:{row.id}",
                occurrence=due_on.isoformat(), due_at=end_of(due_on),
                recipients=_lenders(row, managers[row.plan_id]),
                escalate_to=_askers(row, managers[row.plan_id]),
                title=title(number=row.number, title=row.title), url=resource_form(row, "answer"),
                done_at=row.answered_at,
            )
        )  # fmt: skip
    return due_between(found, first, last)


def answer_due_on(needed_on: date, calendar: WorkCalendar) -> date:
    """The day by which a request for something needed on that day wants its answer."""
    return calendar.add_workdays(needed_on, -ANSWER_WORKDAYS)


def _resources(*columns: Any) -> Select[Any]:
    """Resources with their task's number and owner, and `head_id`: who answers for the lending
    side; what is bought outside is Finance's (`rights.may_lend`)."""
    finance = (
        select(Department.head_id).where(Department.key == FINANCE).limit(1).scalar_subquery()
    )
    head = case((Resource.source == ResourceSource.external, finance), else_=Department.head_id)
    return (
        select(
            Resource.id, Resource.plan_id, Resource.task_id, Resource.title, *columns,
            Task.number, Task.owner_id, head.label("head_id"),
        )
        .join(Task, Task.id == Resource.task_id)
        .outerjoin(Department, Department.id == Resource.department_id)
    )  # fmt: skip


def _lenders(row: Row[Any], managers: tuple[int, ...]) -> tuple[int, ...]:
    return managers if row.head_id is None else (row.head_id,)


def _askers(row: Row[Any], managers: tuple[int, ...]) -> tuple[int, ...]:
    above = managers if row.owner_id is None else (row.owner_id, *managers)
    return tuple(dict.fromkeys(above))
