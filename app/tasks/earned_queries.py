"""Reads for the page of progress and forecast.

A fixed number of SQL statements, however many tasks there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import String, cast, select

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.formats import local_date
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.reading import one_reading
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.workcalendar import WorkCalendar
from app.tasks.chart import Span, months_of
from app.tasks.earned import (
    Change,
    Earned,
    Share,
    earned_curve,
    money_of,
    planned_curve,
    total,
    weeks_between,
    work_of,
)
from app.tasks.models import BudgetLine, Task
from app.tasks.network import network_of, timed
from app.tasks.progress import pace_finish
from app.tasks.queries import light_of, month_name, names_of_owners
from app.tasks.rights import sees_money_of
from app.tasks.scheduling import calendars_of, dependency_of, items_of, plan_rows
from app.tasks.state import TaskRow, step_rows, task_rows

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ProgressRow:
    """A task. `pace_on`: the finish that follows from progress so far, None where nothing follows
    yet or all is done; `pace_days`: working days of that after (before: negative) what is expected
    now. `money` is None where the task has no budget or the viewer may not read it."""

    task: TaskRow
    owner: str
    light: Any
    work: Earned
    pace_on: date | None
    pace_days: int | None
    is_pace_estimated: bool
    money: Earned | None
    forecast_cents: int | None


@dataclass(frozen=True)
class Curve:
    """The picture of planned and done by week: points (left 0–100, percent 0–100)."""

    planned: list[tuple[float, float]]
    actual: list[tuple[float, float]]
    forecast: list[tuple[float, float]]
    months: list[tuple[float, str]]
    today_at: float | None


@dataclass(frozen=True)
class PlanProgress:
    """The page. `measured_on`: the evening that the baseline is measured at. `money` is the tasks'
    together, None for whoever does not read all of it or where no task has a budget."""

    plan: Plan
    rows: tuple[ProgressRow, ...]
    measured_on: date
    work: Earned | None
    baseline_on: date | None
    expected_on: date | None
    pace_on: date | None
    pace_days: int | None
    is_expected_estimated: bool
    is_pace_estimated: bool
    reads_money: bool
    money: Earned | None
    forecast_cents: int
    budget_count: int
    cost_count: int
    curve: Curve | None


@one_reading()
def plan_progress(plan_id: int, today: date, viewer: Viewer) -> PlanProgress:
    """How far the plan and each of its tasks are, in the viewer's sight."""
    calendar = work_calendar()
    tasks = task_rows(plan_id, today, calendar, step_rows(plan_id, today, calendar))
    measured_on = today - ONE_DAY
    money = _money(plan_id, viewer)
    paces = {task.id: pace for task in tasks if (pace := _pace(task, today, calendar))}
    names = names_of_owners(tasks)
    rows = tuple(
        _row(task, measured_on, today, calendar, names, paces.get(task.id), money.get(task.id))
        for task in tasks
    )
    expected_on = max((task.expected_finish_on for task in tasks), default=None)
    pace_on = _plan_pace(plan_id, paces, today)
    sums = [row.money for row in rows if row.money is not None]
    reads_all = sight(viewer, "task", "money") is Sight.all
    return PlanProgress(
        plan=db.session.get_one(Plan, plan_id),
        rows=rows,
        measured_on=measured_on,
        work=total(row.work for row in rows),
        baseline_on=max((task.baseline_finish_on for task in tasks), default=None),
        expected_on=expected_on,
        pace_on=pace_on,
        pace_days=_between(expected_on, pace_on, calendar),
        is_expected_estimated=_is_estimated(expected_on, calendar),
        is_pace_estimated=_is_estimated(pace_on, calendar),
        reads_money=bool(sums) or reads_all,
        money=total(sums) if reads_all else None,
        forecast_cents=sum(row.forecast_cents or 0 for row in rows if row.money is not None),
        budget_count=len(sums),
        cost_count=sum(1 for row in sums if row.actual is not None),
        curve=_curve(plan_id, tasks, today, pace_on, calendar),
    )


def _row(
    task: TaskRow,
    measured_on: date,
    today: date,
    calendar: WorkCalendar,
    names: Mapping[int, str],
    pace_on: date | None,
    money: tuple[int, int, int] | None,
) -> ProgressRow:
    baseline = (task.baseline_start_on, task.baseline_finish_on)
    planned, actual, forecast = money or (0, 0, 0)
    return ProgressRow(
        task=task,
        owner=names.get(task.owner_id or 0, ""),
        light=light_of(task, today),
        work=work_of(task.weight, task.percent, baseline, measured_on, calendar),
        pace_on=pace_on,
        pace_days=_between(task.expected_finish_on, pace_on, calendar),
        is_pace_estimated=_is_estimated(pace_on, calendar),
        money=money_of(planned, actual, task.percent, baseline, measured_on, calendar),
        forecast_cents=forecast if money else None,
    )


def _between(day: date | None, other: date | None, calendar: WorkCalendar) -> int | None:
    if day is None or other is None:
        return None
    return calendar.workdays_between(day, other)


def _is_estimated(day: date | None, calendar: WorkCalendar) -> bool:
    """Whether the day rests on a calendar that is not published yet."""
    return day is not None and calendar.is_estimated(day)


def _pace(task: TaskRow, today: date, calendar: WorkCalendar) -> date | None:
    """The finish that follows from the pace so far; None where nothing is known yet."""
    if task.done_on is not None:
        return None
    return pace_finish(task.start_on, task.finish_on, task.percent, today, calendar)


def _plan_pace(plan_id: int, paces: Mapping[int, date], today: date) -> date | None:
    """The plan's finish when each task that is under way ends at its pace, and the others follow
    by their links. A pace is a whole task's: steps are left out, and so are links between them."""
    if not paces:
        return None
    rows = plan_rows(plan_id)
    calendars = calendars_of(rows.tasks)
    by_key = {f"task:{task_id}": day for task_id, day in paces.items()}
    items = [
        replace(item, forecast_on=by_key.get(item.key))
        for item in items_of(rows, calendars)
        if item.parent is None
    ]
    links = [
        dependency_of(link)
        for link in rows.links
        if link.before_step_id is None and link.after_step_id is None
    ]
    company = calendars[None]
    network = network_of(items, links, today, company)
    start = db.session.get_one(Plan, plan_id).start_on
    return max(timing.finish for timing in timed(network, company, start).timings.values())


def _money(plan_id: int, viewer: Viewer) -> dict[int, tuple[int, int, int]]:
    """Planned, actual and expected cents by task, of the tasks whose whole money the viewer reads:
    half of a task's lines would make an index of nothing."""
    if sight(viewer, "task", "money") is Sight.none:
        return {}
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    rows = db.session.execute(
        select(BudgetLine, Task)
        .join(Task, Task.id == BudgetLine.task_id)
        .where(BudgetLine.plan_id == plan_id)
    )
    for line, task in rows:
        if sees_money_of(viewer, task):
            held = sums[task.id]
            held[0] += line.planned_cents
            held[1] += line.actual_cents
            held[2] += line.forecast_cents
    return {task_id: (a, b, c) for task_id, (a, b, c) in sums.items()}


def _changes(plan_id: int) -> dict[int, tuple[Change, ...]]:
    """When each task's percentage was changed and from what, by the audit trail."""
    rows = db.session.execute(
        select(AuditEntry.at, AuditEntry.object_id, AuditEntry.changes)
        .where(
            AuditEntry.plan_id == plan_id,
            AuditEntry.object_type == Task.__tablename__,
            cast(AuditEntry.changes, String).contains("progress_percent"),
        )
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    found: dict[int, list[Change]] = defaultdict(list)
    for at, task_id, changes in rows:
        before = changes.get("progress_percent", (None,))[0]
        if isinstance(before, int):
            found[task_id].append(Change(local_date(at), before))
    return {task_id: tuple(changes) for task_id, changes in found.items()}


def _curve(
    plan_id: int,
    tasks: Iterable[TaskRow],
    today: date,
    pace_on: date | None,
    calendar: WorkCalendar,
) -> Curve | None:
    """Planned and done by week; None without any weight."""
    changes = _changes(plan_id)
    shares = [
        Share(
            task.weight,
            (task.baseline_start_on, task.baseline_finish_on),
            task.percent,
            changes.get(task.id, ()),
        )
        for task in tasks
    ]
    if not any(share.weight for share in shares):
        return None
    first = min(share.baseline[0] for share in shares)
    ends = [share.baseline[1] for share in shares]
    weeks = weeks_between(first, max([*ends, pace_on or first]))
    span = Span(weeks[0], weeks[-1])
    past = [day for day in weeks if day < today]
    actual = earned_curve(shares, [*past, today] if today <= span.last else past)
    return Curve(
        planned=_points(planned_curve(shares, weeks, calendar), span),
        # Nothing is drawn where the plan has not begun.
        actual=_points(actual, span) if today >= first else [],
        forecast=_points([actual[-1], (pace_on, 100.0)], span)
        if pace_on is not None and pace_on > today >= first
        else [],
        months=_months(span),
        today_at=span.middle(today),
    )


def _months(span: Span) -> list[tuple[float, str]]:
    """Where months begin, with their names; only as many as a phone has room for."""
    months = months_of(span)
    step = 1 + len(months) // 8
    # A month of a few days has no room for its name.
    wide = [(left, day) for left, width, day in months if step > 1 or width >= 6]
    return [(left, month_name(day)) for left, day in wide[::step]]


def _points(curve: Iterable[tuple[date, float]], span: Span) -> list[tuple[float, float]]:
    """Where the evenings of the curve lie in the picture."""
    return [(span.left(day + ONE_DAY), round(value, 2)) for day, value in curve]
