"""The plan's progress week by week: planned by the calendar, actual by the weekly reports.

Plain values in, points out; pages and packs draw the same lines.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

from app.plans.weeks import IsoWeek, weeks_between
from app.plans.workcalendar import WorkCalendar
from app.status.state import PlanState
from app.tasks.progress import planned_percent, weighted_percent
from app.tasks.state import TaskRow

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
    said = _reported(state)
    actual = [(first, 0.0)]
    for day in sundays:
        if day >= state.today:
            break
        actual.append((day, weighted_percent(
            (t.weight, _stood(t, said.get(t.id, ([], [])), day)) for t in tasks)))  # fmt: skip
    actual.append((state.today, float(state.tasks.percent)))
    expected = [actual[-1]]
    for day in [*(d for d in sundays if state.today < d < last), last]:
        expected.append((day, weighted_percent((t.weight, _will_stand(state, t, day))
                                               for t in tasks)))  # fmt: skip
    is_over = state.today >= last
    return ProgressLines(first, last, tuple(planned), tuple(actual),
                         () if is_over else tuple(expected))  # fmt: skip


def _reported(state: PlanState) -> dict[int, tuple[list[str], list[int]]]:
    """The weeks of each task's reports in their order, and what each said."""
    found: dict[int, tuple[list[str], list[int]]] = {}
    for report in sorted(state.reports.reports, key=lambda r: (r.week, r.percent)):
        weeks, percents = found.setdefault(report.task_id, ([], []))
        weeks.append(report.week)
        percents.append(report.percent)
    return found


def _stood(task: TaskRow, said: tuple[list[str], list[int]], day: date) -> float:
    """What the last report up to that week said; a task is whole from the day it was done."""
    if task.done_on is not None and task.done_on <= day:
        return 100.0
    weeks, percents = said
    at = bisect_right(weeks, str(IsoWeek.of(day)))
    return float(percents[at - 1]) if at else 0.0


def _will_stand(state: PlanState, task: object, day: date) -> float:
    """Straight from what is done today to the whole at the expected finish."""
    percent, finish = float(task.percent), task.expected_finish_on  # type: ignore[attr-defined]
    start = max(state.today, task.start_on)  # type: ignore[attr-defined]
    if percent >= 100 or day >= finish:
        return 100.0
    if day <= start:
        return percent
    return percent + (100 - percent) * (day - start).days / max((finish - start).days, 1)
