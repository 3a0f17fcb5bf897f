"""The plan's schedule, computed from the rows of its tasks, steps and links."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.core.db import db
from app.core.reading import read_once
from app.plans.calendars import task_calendars
from app.plans.models import Plan
from app.plans.workcalendar import WorkCalendar
from app.tasks.models import Link, Step, Task, TaskState, item_key
from app.tasks.network import Item, PlanSchedule, network_of, timed
from app.tasks.schedule import Dependency


@dataclass(frozen=True)
class PlanRows:
    """The rows that the schedule is made from: tasks by number, steps by task and number."""

    tasks: tuple[Task, ...]
    steps: tuple[Step, ...]
    links: tuple[Link, ...]


@read_once
def plan_rows(plan_id: int) -> PlanRows:
    """All tasks, steps and links of the plan; three statements."""
    tasks = db.session.scalars(select(Task).where(Task.plan_id == plan_id).order_by(Task.number))
    steps = db.session.scalars(
        select(Step).where(Step.plan_id == plan_id).order_by(Step.task_id, Step.number)
    )
    links = db.session.scalars(select(Link).where(Link.plan_id == plan_id).order_by(Link.id))
    return PlanRows(tuple(tasks), tuple(steps), tuple(links))


@read_once
def plan_schedule(plan_id: int, today: date) -> PlanSchedule:
    """Every task's and step's computed dates as they follow on `today` from progress, links,
    constraints and everybody's days."""
    rows = plan_rows(plan_id)
    calendars = calendars_of(rows.tasks)
    company = calendars[None]
    network = network_of(items_of(rows, calendars), map(dependency_of, rows.links), today, company)
    return timed(network, company, db.session.get_one(Plan, plan_id).start_on)


def calendars_of(tasks: Iterable[Task]) -> Mapping[int | None, WorkCalendar]:
    """The calendar by which each task's work runs, by the task's id; None is the company's."""
    pairs = {task.id: (task.department_id, task.owner_id) for task in tasks}
    made = task_calendars([*pairs.values(), (None, None)])
    return {None: made[None, None], **{key: made[pair] for key, pair in pairs.items()}}


def items_of(rows: PlanRows, calendars: Mapping[int | None, WorkCalendar]) -> list[Item]:
    """Tasks and steps as the schedule knows them. A step works by its task's calendar."""
    items = [
        Item(
            key=item_key(task.id),
            parent=None,
            start_on=task.start_on,
            finish_on=task.finish_on,
            has_started=task.state is not TaskState.not_started or task.progress_percent > 0,
            done_on=task.done_on,
            forecast_on=task.forecast_finish_on,
            not_before_on=task.not_before_on,
            not_after_on=task.not_after_on,
            is_fixed=task.is_fixed,
            calendar=calendars[task.id],
        )
        for task in rows.tasks
    ]
    items += [
        Item(
            key=item_key(step.task_id, step.id),
            parent=item_key(step.task_id),
            start_on=step.start_on,
            finish_on=step.finish_on,
            is_milestone=step.is_milestone,
            has_started=step.progress_percent > 0,
            done_on=step.done_on,
            forecast_on=step.forecast_finish_on,
            not_before_on=step.not_before_on,
            not_after_on=step.not_after_on,
            is_fixed=step.is_fixed,
            calendar=calendars[step.task_id],
        )
        for step in rows.steps
    ]
    return items


def dependency_of(link: Link) -> Dependency:
    """A link as the schedule knows it, its ends by items' keys."""
    return Dependency(link.before_key, link.after_key, link.kind.value, link.lag_workdays)
