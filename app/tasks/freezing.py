"""The plan's schedule of this moment, written down in frozen values.

Each answers with a fixed number of SQL statements, however many tasks and steps there are.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import func, select

from app.core.db import db
from app.core.reading import one_reading
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.workcalendar import WorkCalendar
from app.tasks.frozen import FORMAT, FrozenLink, FrozenSchedule, FrozenStep, FrozenTask
from app.tasks.models import BudgetLine, Link, Step, Task
from app.tasks.state import step_rows, task_rows

T = TypeVar("T", FrozenTask, FrozenStep)


def committed_now(plan_id: int) -> FrozenSchedule:
    """The schedule as it is committed now: what a baseline keeps."""
    plan = db.session.get_one(Plan, plan_id)
    calendar = work_calendar()
    steps: dict[int, list[FrozenStep]] = defaultdict(list)
    for step in db.session.scalars(
        select(Step).where(Step.plan_id == plan_id).order_by(Step.number, Step.id)
    ):
        steps[step.task_id].append(_frozen_step(step, calendar))
    money: dict[int | None, int] = {
        task_id: int(cents)
        for task_id, cents in db.session.execute(
            select(BudgetLine.task_id, func.sum(BudgetLine.planned_cents))
            .where(BudgetLine.plan_id == plan_id)
            .group_by(BudgetLine.task_id)
        )
    }
    tasks = db.session.scalars(
        select(Task).where(Task.plan_id == plan_id).order_by(Task.number, Task.id)
    )
    links = db.session.scalars(select(Link).where(Link.plan_id == plan_id).order_by(Link.pair))
    return FrozenSchedule(
        format=FORMAT,
        start_on=plan.start_on,
        finish_on=plan.finish_on,
        tasks=tuple(
            _frozen_task(task, money.get(task.id, 0), tuple(steps[task.id]), calendar)
            for task in tasks
        ),
        links=tuple(
            FrozenLink(link.before_key, link.after_key, link.kind.value, link.lag_workdays)
            for link in links
        ),
        planned_cents=money.get(None, 0),
    )


@one_reading()
def expected_now(plan_id: int, today: date) -> FrozenSchedule:
    """The same with the days on which everything is expected (or was done)."""
    calendar = work_calendar()
    steps = step_rows(plan_id, today, calendar)
    tasks = task_rows(plan_id, today, calendar, steps)
    dates = {f"task:{row.id}": (row.expected_start_on, row.expected_finish_on) for row in tasks}
    dates.update(
        (f"step:{row.id}", (row.expected_start_on, row.expected_finish_on)) for row in steps
    )
    return on_dates(committed_now(plan_id), dates, calendar)


def first_approved(plan_id: int) -> FrozenSchedule:
    """The baseline of a plan from before baselines were kept, made from what its tasks and steps
    still know of it: their dates. Steps that came later are not in it, and nothing was done."""
    calendar = work_calendar()
    now = committed_now(plan_id)
    dates: dict[str, tuple[date, date]] = {
        f"task:{key}": (first, last)
        for key, first, last in db.session.execute(
            select(Task.id, Task.baseline_start_on, Task.baseline_finish_on).where(
                Task.plan_id == plan_id
            )
        )
    }
    dates.update(
        (f"step:{key}", (first, last))
        for key, first, last in db.session.execute(
            select(Step.id, Step.baseline_start_on, Step.baseline_finish_on).where(
                Step.plan_id == plan_id,
                Step.baseline_start_on.is_not(None),
                Step.baseline_finish_on.is_not(None),
            )
        )
    )
    tasks = tuple(
        replace(
            task,
            percent=0,
            done_on=None,
            state="not_started",
            steps=tuple(
                replace(step, percent=0, done_on=None) for step in task.steps if step.key in dates
            ),
        )
        for task in now.tasks
    )
    return on_dates(replace(now, tasks=tasks), dates, calendar)


def on_dates(
    schedule: FrozenSchedule, dates: Mapping[str, tuple[date, date]], calendar: WorkCalendar
) -> FrozenSchedule:
    """The schedule with other first and last days; the plan ends with its last task."""
    tasks = tuple(
        _moved(
            replace(task, steps=tuple(_moved(step, dates, calendar) for step in task.steps)),
            dates,
            calendar,
        )
        for task in schedule.tasks
    )
    last = max((task.finish_on for task in tasks), default=schedule.finish_on)
    return replace(schedule, tasks=tasks, finish_on=max(last, schedule.start_on))


def _moved(item: T, dates: Mapping[str, tuple[date, date]], calendar: WorkCalendar) -> T:
    first, last = dates.get(item.key, (item.start_on, item.finish_on))
    if (first, last) == (item.start_on, item.finish_on):
        return item
    is_milestone = isinstance(item, FrozenStep) and item.is_milestone
    length = 0 if is_milestone else calendar.workdays_in(first, last)
    return replace(item, start_on=first, finish_on=last, workdays=length)


def _frozen_step(step: Step, calendar: WorkCalendar) -> FrozenStep:
    return FrozenStep(
        **_shared(step),
        workdays=0 if step.is_milestone else calendar.workdays_in(step.start_on, step.finish_on),
        is_milestone=step.is_milestone,
    )


def _frozen_task(
    task: Task, cents: int, steps: tuple[FrozenStep, ...], calendar: WorkCalendar
) -> FrozenTask:
    return FrozenTask(
        **_shared(task),
        workdays=calendar.workdays_in(task.start_on, task.finish_on),
        owner_id=task.owner_id,
        department_id=task.department_id,
        state=task.state.value,
        weight=task.weight,
        planned_cents=cents,
        steps=steps,
    )


def _shared(row: Task | Step) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "title": row.title,
        "start_on": row.start_on,
        "finish_on": row.finish_on,
        "percent": row.progress_percent,
        "done_on": row.done_on,
        "forecast_finish_on": row.forecast_finish_on,
        "not_before_on": row.not_before_on,
        "not_after_on": row.not_after_on,
        "is_fixed": row.is_fixed,
        "off_day": row.off_day.value,
    }
