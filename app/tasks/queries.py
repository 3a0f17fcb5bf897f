"""Reads for the tasks' pages: the table with bars and one task.

Each answers frozen rows with a fixed number of SQL statements.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Department, Person
from app.accounts.queries import person_names
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.reading import one_reading
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.tasks.action_queries import action_counts as action_counts
from app.tasks.action_queries import action_page as action_page
from app.tasks.action_queries import actions_of_task as actions_of_task
from app.tasks.action_queries import visible_actions as visible_actions
from app.tasks.bars import Chart as Chart
from app.tasks.bars import against_baseline as against_baseline
from app.tasks.bars import draw as draw
from app.tasks.bars import light_of as light_of
from app.tasks.bars import month_name as month_name
from app.tasks.bars import strip_rows as strip_rows
from app.tasks.chart import DrawnLink
from app.tasks.models import BudgetLine, Task
from app.tasks.rights import sees_line
from app.tasks.scheduling import plan_rows, plan_schedule
from app.tasks.state import StepRow, TaskRow, step_rows, task_rows

SOON = timedelta(days=14)


@dataclass(frozen=True)
class TaskTable:
    """The page of all tasks. `counts` are the filters' numbers."""

    plan: Plan
    chart: Chart
    counts: dict[str, int]
    task_count: int
    step_count: int
    has_estimated_end: bool


@one_reading()
def task_table(plan_id: int, today: date, chosen: str = "all") -> TaskTable:
    """Tasks with their steps and bars; `chosen`: all, late (expected after the baseline), due
    (expected within two weeks), critical (what has no float left)."""
    plan = db.session.get_one(Plan, plan_id)
    calendar = work_calendar()
    steps = step_rows(plan_id, today, calendar)
    tasks = task_rows(plan_id, today, calendar, steps)
    late = [task for task in tasks if task.days_late]
    due_steps = {s.id for s in steps if s.done_on is None and _is_soon(s.expected_finish_on, today)}
    due_tasks = {t.id for t in tasks if t.done_on is None and _is_soon(t.expected_finish_on, today)}
    # A task with steps is critical through them.
    with_steps = {step.task_id for step in steps}
    critical_steps = {s.id for s in steps if s.is_critical}
    critical_tasks = {t.id for t in tasks if t.is_critical and t.id not in with_steps}
    shown, shown_steps = list(tasks), list(steps)
    if chosen == "late":
        shown = late
    elif chosen in ("due", "critical"):
        ids, task_ids = (
            (due_steps, due_tasks) if chosen == "due" else (critical_steps, critical_tasks)
        )
        shown_steps = [s for s in steps if s.id in ids]
        around = {s.task_id for s in shown_steps}
        shown = [t for t in tasks if t.id in task_ids | around]
    return TaskTable(
        plan=plan,
        chart=draw(
            shown,
            shown_steps,
            tasks,
            today,
            calendar,
            names_of_owners(tasks),
            links_of(plan_id, today),
        ),
        counts={
            "all": len(tasks),
            "late": len(late),
            "due": len(due_tasks) + len(due_steps),
            "critical": len(critical_steps) + len(critical_tasks),
        },
        task_count=len(tasks),
        step_count=len(steps),
        has_estimated_end=calendar.is_estimated(plan.finish_on),
    )  # fmt: skip


def links_of(plan_id: int, today: date) -> list[DrawnLink]:
    """The plan's links as the chart draws them; those of the critical path are tight and join what
    has no float."""
    made = plan_schedule(plan_id, today)
    network = made.network
    tight = {
        (network.item_of(driver.link.before), network.item_of(driver.link.after))
        for timing in made.schedule.timings.values()
        for driver in timing.drivers
        if driver.link is not None
    }
    critical = set(made.critical)
    return [
        DrawnLink(
            link.before_key,
            link.after_key,
            link.kind.value,
            {link.before_key, link.after_key} <= critical
            and (link.before_key, link.after_key) in tight,
        )
        for link in plan_rows(plan_id).links
    ]


def task_to_update(table: TaskTable, viewer: Viewer) -> TaskRow | None:
    """The viewer's one open task; None without any or with several."""
    own = [
        row.task
        for row in table.chart.rows
        if row.step is None and row.task.owner_id == viewer.person_id and not row.is_done
    ]
    return own[0] if len(own) == 1 else None


def names_of_owners(tasks: Iterable[TaskRow]) -> dict[int, str]:
    return person_names({task.owner_id for task in tasks})


def money_of(
    plan_id: int, viewer: Viewer, task_id: int | None = None
) -> list[tuple[BudgetLine, Task | None, LocalText | None]] | None:
    """Budget lines that the viewer may read with their task and department; of one task, or of
    the whole plan. None for whoever reads no money at all."""
    if sight(viewer, "task", "money") is Sight.none:
        return None
    statement = (
        select(BudgetLine, Task, Department.name)
        .outerjoin(Task, Task.id == BudgetLine.task_id)
        .outerjoin(Department, Department.id == BudgetLine.department_id)
        .where(BudgetLine.plan_id == plan_id)
        .order_by(Task.number, BudgetLine.id)
    )
    if task_id is not None:
        statement = statement.where(BudgetLine.task_id == task_id)
    return [
        (line, task, name)
        for line, task, name in db.session.execute(statement)
        if sees_line(viewer, line, task)
    ]


def history_of(*objects: tuple[str, list[int]], limit: int = 40) -> list[tuple[AuditEntry, str]]:
    """Audit entries about these objects (table name, ids) with the actor's name, newest first."""
    about = [
        (AuditEntry.object_type == table) & AuditEntry.object_id.in_(ids)
        for table, ids in objects
        if ids
    ]
    if not about:
        return []
    rows = db.session.execute(
        select(AuditEntry, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(db.or_(*about))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    return [(entry, name or _("the system")) for entry, name in rows]


@one_reading()
def task_alone(task: Task, today: date) -> tuple[TaskRow, list[StepRow], Chart]:
    """One task, its steps and its chart."""
    calendar = work_calendar()
    steps = step_rows(task.plan_id, today, calendar)
    tasks = task_rows(task.plan_id, today, calendar, steps)
    row = next(t for t in tasks if t.id == task.id)
    own = [s for s in steps if s.task_id == task.id]
    span = [t for t in tasks if t.id == task.id]
    links = links_of(task.plan_id, today)
    return row, own, draw([row], own, span, today, calendar, names_of_owners([row]), links)


def _is_soon(day: date, today: date) -> bool:
    return today <= day <= today + SOON
