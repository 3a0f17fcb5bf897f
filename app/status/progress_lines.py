"""The plan's progress week by week: planned by the calendar, actual by the weekly reports.

Plain values in, points out; pages and packs draw the same lines.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from app.plans.weeks import IsoWeek, weeks_between
from app.plans.workcalendar import WorkCalendar
from app.status.state import PlanState
from app.tasks.progress import planned_percent, weighted_percent

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class ProgressLines:
    """Points of (day, percent), oldest first. `expected` runs from today to the last finish."""

    first: date
    last: date
    planned: tuple[tuple[date, float], ...]
    actual: tuple[tuple[date, float], ...]
    expected: tuple[tuple[date, float], ...]


def progress_lines(state: PlanState, calendar: WorkCalendar) -> ProgressLines:
    """The three lines of the plan, weighted by task, at each week's end."""
    tasks = state.tasks.tasks
    first = state.plan.start_on
    last = max([state.plan.finish_on, *(t.expected_finish_on for t in tasks)])
    sundays = [week.sunday for week in weeks_between(IsoWeek.of(first), IsoWeek.of(last))]
    days = [first - timedelta(days=1), *(day for day in sundays if day < last), last]
    planned = [
        (max(day, first), weighted_percent(
            (t.weight, planned_percent(t.baseline_start_on, t.baseline_finish_on, day, calendar))
            for t in tasks))
        for day in days
    ]  # fmt: skip
    actual = [(first, 0.0)]
    for day in sundays:
        if day >= state.today:
            break
        actual.append((day, weighted_percent((t.weight, _stood(state, t.id, day)) for t in tasks)))
    actual.append((state.today, float(state.tasks.percent)))
    expected = [actual[-1]]
    for day in [*(d for d in sundays if state.today < d < last), last]:
        expected.append((day, weighted_percent((t.weight, _will_stand(state, t, day))
                                               for t in tasks)))  # fmt: skip
    is_over = state.today >= last
    return ProgressLines(first, last, tuple(planned), tuple(actual),
                         () if is_over else tuple(expected))  # fmt: skip


def _stood(state: PlanState, task_id: int, day: date) -> float:
    """What the last report up to that week said; a task is whole from the day it was done."""
    task = next(t for t in state.tasks.tasks if t.id == task_id)
    if task.done_on is not None and task.done_on <= day:
        return 100.0
    week = str(IsoWeek.of(day))
    said = [(r.week, r.percent) for r in state.reports.reports
            if r.task_id == task_id and r.week <= week]  # fmt: skip
    return float(max(said)[1]) if said else 0.0


def _will_stand(state: PlanState, task: object, day: date) -> float:
    """Straight from what is done today to the whole at the expected finish."""
    percent, finish = float(task.percent), task.expected_finish_on  # type: ignore[attr-defined]
    start = max(state.today, task.start_on)  # type: ignore[attr-defined]
    if percent >= 100 or day >= finish:
        return 100.0
    if day <= start:
        return percent
    return percent + (100 - percent) * (day - start).days / max((finish - start).days, 1)
