"""Reads for the tasks' pages: the table with bars and one task.

Each answers frozen rows with a fixed number of SQL statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.accounts.models import Department, Person
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.formats import MONTHS, day_plain, words
from app.core.i18n import current_language
from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.reading import one_reading
from app.core.registries import judges
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.workcalendar import WorkCalendar
from app.tasks.action_queries import action_counts as action_counts
from app.tasks.action_queries import action_page as action_page
from app.tasks.action_queries import actions_of_task as actions_of_task
from app.tasks.action_queries import visible_actions as visible_actions
from app.tasks.chart import Bar, Rest, Span, bar_of, months_of, rests_of, span_of, weeks_of
from app.tasks.models import BudgetLine, Task, TaskState
from app.tasks.rights import sees_line
from app.tasks.state import StepRow, TaskRow, step_rows, task_rows

SOON = timedelta(days=14)


@dataclass(frozen=True)
class ChartRow:
    """A line of the table with bars: a task or one of its steps."""

    label: str
    task: TaskRow
    step: StepRow | None
    title: LocalText
    owner: str
    baseline_on: date | None
    expected_on: date
    is_estimated: bool
    days_late: int
    is_late: bool
    is_done: bool
    percent: int
    light: Light | None
    bar: Bar


@dataclass(frozen=True)
class Chart:
    """What the table with bars is drawn from. `months`: left, width, name, is estimated."""

    rows: tuple[ChartRow, ...]
    span: Span
    months: list[tuple[float, float, str, bool]]
    weeks: list[tuple[float, float, int]]
    rests: list[Rest]
    today_at: float | None


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
    (expected within two weeks)."""
    plan = db.session.get_one(Plan, plan_id)
    calendar = work_calendar()
    steps = step_rows(plan_id, today, calendar)
    tasks = task_rows(plan_id, today, calendar, steps)
    late = [task for task in tasks if task.days_late]
    due_steps = {s.id for s in steps if s.done_on is None and _is_soon(s.finish_on, today)}
    due_tasks = {t.id for t in tasks if t.done_on is None and _is_soon(t.expected_finish_on, today)}
    shown, shown_steps = list(tasks), list(steps)
    if chosen == "late":
        shown = late
    elif chosen == "due":
        shown_steps = [s for s in steps if s.id in due_steps]
        with_steps = {s.task_id for s in shown_steps}
        shown = [t for t in tasks if t.id in due_tasks | with_steps]
    return TaskTable(
        plan=plan,
        chart=draw(shown, shown_steps, tasks, today, calendar, names_of_owners(tasks)),
        counts={"all": len(tasks), "late": len(late), "due": len(due_tasks) + len(due_steps)},
        task_count=len(tasks),
        step_count=len(steps),
        has_estimated_end=calendar.is_estimated(plan.finish_on),
    )


def task_to_update(table: TaskTable, viewer: Viewer) -> TaskRow | None:
    """The viewer's one open task; None without any or with several."""
    own = [
        row.task
        for row in table.chart.rows
        if row.step is None and row.task.owner_id == viewer.person_id and not row.is_done
    ]
    return own[0] if len(own) == 1 else None


def draw(
    shown: Sequence[TaskRow],
    steps: Sequence[StepRow],
    all_tasks: Sequence[TaskRow],
    today: date,
    calendar: WorkCalendar,
    names: dict[int, str],
) -> Chart:
    """The chart of these tasks; its span covers `all_tasks`, so that filters do not rescale it."""
    span = span_of(
        day
        for t in all_tasks
        for day in (t.start_on, t.finish_on, t.baseline_start_on, t.baseline_finish_on,
                    t.expected_finish_on)
    ) if all_tasks else span_of([today])  # fmt: skip
    parts: dict[int, list[StepRow]] = defaultdict(list)
    for step in steps:
        parts[step.task_id].append(step)
    rows: list[ChartRow] = []
    for task in shown:
        rows.append(_task_line(task, span, today, names))
        rows.extend(_step_line(step, task, span, calendar, today) for step in parts[task.id])
    return Chart(
        rows=tuple(rows),
        span=span,
        months=[
            (left, width, month_name(first), calendar.is_estimated(first))
            for left, width, first in months_of(span)
        ],
        weeks=weeks_of(span),
        rests=rests_of(span, calendar),
        today_at=span.middle(today),
    )


@dataclass(frozen=True)
class StripRow:
    """A task as `charts.task_strip` draws it."""

    number: int
    title: str
    url: str
    owner: str
    percent: int
    is_done: bool
    baseline_left: float | None
    baseline_width: float | None
    left: float
    done_width: float
    rest_width: float
    late_left: float | None
    late_width: float | None
    finish: str
    is_estimated: bool
    note: str
    is_late: bool
    light: Light | None


def strip_rows(chart: Chart) -> list[StripRow]:
    """The chart's tasks for `charts.task_strip`, with what is to be said about the date."""
    return [
        StripRow(
            number=row.task.number,
            title=words(row.title),
            url=f"/tasks/{row.task.id}",
            owner=row.owner,
            percent=row.percent,
            is_done=row.is_done,
            finish=day_plain(row.expected_on),
            is_estimated=row.is_estimated,
            note=against_baseline(row.task),
            is_late=row.is_late,
            light=row.light,
            **asdict(row.bar),
        )
        for row in chart.rows
        if row.step is None
    ]


def against_baseline(task: TaskRow) -> str:
    """How the expected finish stands to the baseline, in words."""
    if task.days_late:
        return ngettext("%(num)s working day late", "%(num)s working days late", task.days_late)
    if task.expected_finish_on < task.baseline_finish_on:
        return _("earlier than the baseline")
    return _("finished by the baseline") if task.done_on else _("as in the baseline")


def month_name(first: date) -> str:
    """10月, Oct."""
    return f"{first.month}月" if current_language() == "zh" else MONTHS[first.month - 1][:3]


def light_of(task: TaskRow, today: date) -> Light:
    """The task's health as the judge sees it; grey where no judge is at hand."""
    judge = judges.get("task")
    return judge(task, today) if judge else Light.grey


def names_of_owners(tasks: Iterable[TaskRow]) -> dict[int, str]:
    return person_names({task.owner_id for task in tasks})


def person_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Names by id."""
    rows = db.session.execute(
        select(Person.id, Person.name).where(Person.id.in_([i for i in ids if i is not None]))
    )
    return {row.id: row.name for row in rows}


def department_choices() -> list[Department]:
    """Active departments, in the order they were made."""
    return list(
        db.session.scalars(select(Department).where(Department.is_active).order_by(Department.id))
    )


def enabled_people() -> list[Person]:
    """Everybody who can sign in: an owner need not be in the plan yet."""
    return list(
        db.session.scalars(
            select(Person)
            .where(Person.is_enabled)
            .order_by(Person.sort_name, Person.name, Person.id)
        )
    )


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
    return row, own, draw([row], own, span, today, calendar, names_of_owners([row]))


def _is_soon(day: date, today: date) -> bool:
    return today <= day <= today + SOON


def _task_line(task: TaskRow, span: Span, today: date, names: dict[int, str]) -> ChartRow:
    return ChartRow(
        label=str(task.number),
        task=task,
        step=None,
        title=task.title,
        owner=names.get(task.owner_id or 0, ""),
        baseline_on=task.baseline_finish_on,
        expected_on=task.expected_finish_on,
        is_estimated=task.is_estimated,
        days_late=task.days_late,
        is_late=task.days_late > 0,
        is_done=task.state is TaskState.done,
        percent=task.percent,
        light=light_of(task, today),
        bar=bar_of(span, task.start_on, task.expected_finish_on, task.percent,
                   (task.baseline_start_on, task.baseline_finish_on)),
    )  # fmt: skip


def _step_line(
    step: StepRow, task: TaskRow, span: Span, calendar: WorkCalendar, today: date
) -> ChartRow:
    expected = step.done_on or step.finish_on
    return ChartRow(
        label=f"{task.number}.{step.number}",
        task=task,
        step=step,
        title=step.title,
        owner="",
        baseline_on=None,
        expected_on=expected,
        is_estimated=step.done_on is None and calendar.is_estimated(expected),
        days_late=step.days_late,
        is_late=step.is_overdue,
        is_done=step.done_on is not None,
        percent=step.percent,
        light=None,
        bar=bar_of(span, step.start_on, expected, step.percent),
    )
