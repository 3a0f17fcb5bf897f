"""The tasks' part of a plan's state: everything about section 3 at one instant.

Home pages, packs, agendas and the tasks' own pages read these rows, and so cannot disagree.
A fixed number of SQL statements, however many rows there are.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.core.db import db
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.reading import one_reading, read_once
from app.plans.calendars import work_calendar
from app.plans.workcalendar import WorkCalendar
from app.tasks.models import (
    ActionItem,
    ActionSource,
    ActionState,
    BudgetLine,
    Resource,
    ResourceKind,
    ResourceSource,
    ResourceState,
    Step,
    Task,
    TaskState,
    item_key,
)
from app.tasks.network import ItemTiming
from app.tasks.progress import days_late, half_up, planned_percent, spi, weighted_percent
from app.tasks.rights import sees_action, sees_line
from app.tasks.scheduling import plan_rows, plan_schedule


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task. `expected_finish_on` is the day it was done, else what follows from its owner's
    forecast or the committed finish, its steps and links, never before today; `days_late` counts
    working days of that against the baseline, 0 when not later. `total_float` is in working days.
    `spi` is None while nothing is planned yet. `after` holds the numbers of the tasks it waits for,
    `next_steps` the ids of its first two open steps."""

    id: int
    number: int
    title: LocalText
    owner_id: int | None
    department_id: int | None
    start_on: date
    finish_on: date
    baseline_start_on: date
    baseline_finish_on: date
    forecast_finish_on: date | None
    expected_start_on: date
    expected_finish_on: date
    total_float: int
    is_critical: bool
    done_on: date | None
    state: TaskState
    percent: int
    planned_percent: int
    spi: float | None
    weight: int
    days_late: int
    is_estimated: bool
    after: tuple[int, ...]
    next_steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step or milestone of a task. `days_late`: working days since an open step's finish."""

    id: int
    task_id: int
    number: int
    title: LocalText
    start_on: date
    finish_on: date
    baseline_start_on: date | None
    baseline_finish_on: date | None
    expected_start_on: date
    expected_finish_on: date
    total_float: int
    is_critical: bool
    is_milestone: bool
    percent: int
    done_on: date | None
    is_overdue: bool
    days_late: int


@dataclass(frozen=True)
class ResourceRow:
    """What a task needs, from whom, and whether it has come. `answer` is the lending side's word
    with the promised day, or its reason for declining."""

    id: int
    task_id: int
    kind: ResourceKind
    title: LocalText
    source: ResourceSource
    department_id: int | None
    quantity: str
    needed_on: date | None
    needed_until_on: date | None
    state: ResourceState
    answer: str
    promised_on: date | None
    delivered_on: date | None


@dataclass(frozen=True)
class BudgetRow:
    """A line of money in cents; `task_id` None is the plan's own."""

    id: int
    task_id: int | None
    department_id: int | None
    title: LocalText
    planned_cents: int
    committed_cents: int
    actual_cents: int
    forecast_cents: int


@dataclass(frozen=True)
class ActionRow:
    """An action item. `days_overdue` counts working days."""

    id: int
    number: int
    title: str
    owner_id: int
    department_id: int | None
    task_id: int | None
    due_on: date
    source: ActionSource
    source_id: int | None
    state: ActionState
    is_overdue: bool
    days_overdue: int
    evidence: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class TasksState:
    """Section 3 at one instant, as far as the viewer may read it. `budget` is None for whoever
    reads no money at all; `percent` and `planned_percent` are the plan's, weighted by task."""

    tasks: tuple[TaskRow, ...]
    steps: tuple[StepRow, ...]
    resources: tuple[ResourceRow, ...]
    budget: tuple[BudgetRow, ...] | None
    actions: tuple[ActionRow, ...]
    percent: int
    planned_percent: int


@one_reading()
def tasks_state(plan_id: int, as_of: datetime, viewer: Viewer) -> TasksState:
    """The state of the plan's tasks at `as_of`, through the viewer's eyes."""
    today = local_date(as_of)
    calendar = work_calendar()
    steps = step_rows(plan_id, today, calendar)
    tasks = task_rows(plan_id, today, calendar, steps)
    return TasksState(
        tasks=tasks,
        steps=steps,
        resources=resource_rows(plan_id, viewer),
        budget=budget_rows(plan_id, viewer),
        actions=action_rows(plan_id, today, calendar, viewer),
        percent=int(half_up(weighted_percent((t.weight, t.percent) for t in tasks))),
        planned_percent=int(
            half_up(weighted_percent((t.weight, t.planned_percent) for t in tasks))
        ),
    )


@read_once
def task_rows(
    plan_id: int, today: date, calendar: WorkCalendar, steps: tuple[StepRow, ...]
) -> tuple[TaskRow, ...]:
    """The plan's tasks by number."""
    rows, made = plan_rows(plan_id), plan_schedule(plan_id, today)
    numbers = {task.id: task.number for task in rows.tasks}
    after: dict[int, list[int]] = defaultdict(list)
    for link in rows.links:
        if link.before_step_id is None and link.after_step_id is None:
            after[link.after_task_id].append(numbers[link.before_task_id])
    upcoming: dict[int, list[int]] = defaultdict(list)
    for step in steps:
        if step.done_on is None:
            upcoming[step.task_id].append(step.id)
    return tuple(
        task_row(
            task, made.of(item_key(task.id)), today, calendar, after[task.id], upcoming[task.id]
        )
        for task in rows.tasks
    )


def task_row(
    task: Task,
    timing: ItemTiming,
    today: date,
    calendar: WorkCalendar,
    after: list[int],
    open_steps: list[int],
) -> TaskRow:
    """One task as it stands on `today`."""
    expected = max(timing.finish, expected_finish(task, today))
    # What should stand is measured at the end of yesterday: today's work is not over.
    planned = planned_percent(
        task.baseline_start_on, task.baseline_finish_on, today - timedelta(days=1), calendar
    )
    index = spi(task.progress_percent, planned)
    return TaskRow(
        id=task.id,
        number=task.number,
        title=task.title,
        owner_id=task.owner_id,
        department_id=task.department_id,
        start_on=task.start_on,
        finish_on=task.finish_on,
        baseline_start_on=task.baseline_start_on,
        baseline_finish_on=task.baseline_finish_on,
        forecast_finish_on=task.forecast_finish_on,
        expected_start_on=timing.start,
        expected_finish_on=expected,
        total_float=timing.total_float,
        is_critical=timing.is_critical,
        done_on=task.done_on,
        state=task.state,
        percent=task.progress_percent,
        planned_percent=int(half_up(planned)),
        spi=None if index is None else half_up(index, 4),
        weight=task.weight,
        days_late=max(0, days_late(task.baseline_finish_on, expected, calendar)),
        is_estimated=task.done_on is None and calendar.is_estimated(expected),
        after=tuple(sorted(after)),
        next_steps=tuple(open_steps[:2]),
    )


def expected_finish(task: Task, today: date) -> date:
    """When the task is done or will be by its owner's account: work that is not done cannot end
    before today."""
    if task.done_on is not None:
        return task.done_on
    return max(task.forecast_finish_on or task.finish_on, today)


@read_once
def step_rows(plan_id: int, today: date, calendar: WorkCalendar) -> tuple[StepRow, ...]:
    """The plan's steps, by task and number."""
    made = plan_schedule(plan_id, today)
    return tuple(
        step_row(step, made.of(item_key(step.task_id, step.id)), today, calendar)
        for step in plan_rows(plan_id).steps
    )


def step_row(step: Step, timing: ItemTiming, today: date, calendar: WorkCalendar) -> StepRow:
    """One step as it stands on `today`."""
    is_overdue = step.done_on is None and step.finish_on < today
    return StepRow(
        id=step.id,
        task_id=step.task_id,
        number=step.number,
        title=step.title,
        start_on=step.start_on,
        finish_on=step.finish_on,
        baseline_start_on=step.baseline_start_on,
        baseline_finish_on=step.baseline_finish_on,
        expected_start_on=timing.start,
        expected_finish_on=timing.finish,
        total_float=timing.total_float,
        is_critical=timing.is_critical,
        is_milestone=step.is_milestone,
        percent=step.progress_percent,
        done_on=step.done_on,
        is_overdue=is_overdue,
        days_late=max(0, days_late(step.finish_on, today, calendar)) if is_overdue else 0,
    )


def late_against_baseline(step: StepRow, calendar: WorkCalendar) -> int:
    """Working days that a step is expected after its baseline; 0 where it has none."""
    if step.baseline_finish_on is None:
        return 0
    return max(0, days_late(step.baseline_finish_on, step.expected_finish_on, calendar))


def resource_rows(plan_id: int, viewer: Viewer) -> tuple[ResourceRow, ...]:
    """Resources that the viewer may read, by task."""
    if sight(viewer, "resource", "row") is Sight.none:
        return ()
    return tuple(
        ResourceRow(
            id=r.id,
            task_id=r.task_id,
            kind=r.kind,
            title=r.title,
            source=r.source,
            department_id=r.department_id,
            quantity=r.quantity,
            needed_on=r.needed_on,
            needed_until_on=r.needed_until_on,
            state=r.state,
            answer=r.answer,
            promised_on=r.promised_on,
            delivered_on=r.delivered_on,
        )
        for r in db.session.scalars(
            select(Resource)
            .where(Resource.plan_id == plan_id)
            .order_by(Resource.task_id, Resource.id)
        )
    )


def budget_rows(plan_id: int, viewer: Viewer) -> tuple[BudgetRow, ...] | None:
    """Lines of money that the viewer may read; None for whoever reads no money at all."""
    if sight(viewer, "task", "money") is Sight.none:
        return None
    rows = db.session.execute(
        select(BudgetLine, Task)
        .outerjoin(Task, Task.id == BudgetLine.task_id)
        .where(BudgetLine.plan_id == plan_id)
        .order_by(Task.number, BudgetLine.id)
    )
    return tuple(
        BudgetRow(
            id=line.id,
            task_id=line.task_id,
            department_id=line.department_id,
            title=line.title,
            planned_cents=line.planned_cents,
            committed_cents=line.committed_cents,
            actual_cents=line.actual_cents,
            forecast_cents=line.forecast_cents,
        )
        for line, task in rows
        if sees_line(viewer, line, task)
    )


def action_rows(
    plan_id: int, today: date, calendar: WorkCalendar, viewer: Viewer
) -> tuple[ActionRow, ...]:
    """Action items that the viewer may read, by number."""
    rows = db.session.scalars(
        select(ActionItem).where(ActionItem.plan_id == plan_id).order_by(ActionItem.number)
    )
    return tuple(action_row(a, today, calendar) for a in rows if sees_action(viewer, a))


def action_row(action: ActionItem, today: date, calendar: WorkCalendar) -> ActionRow:
    """One action item as it stands on `today`."""
    is_overdue = action.is_overdue(today)
    return ActionRow(
        id=action.id,
        number=action.number,
        title=action.title,
        owner_id=action.owner_id,
        department_id=action.department_id,
        task_id=action.task_id,
        due_on=action.due_on,
        source=action.source,
        source_id=action.source_id,
        state=action.state,
        is_overdue=is_overdue,
        days_overdue=max(0, days_late(action.due_on, today, calendar)) if is_overdue else 0,
        evidence=action.evidence,
        created_at=action.created_at,
        ended_at=action.ended_at,
    )
