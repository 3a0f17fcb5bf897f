"""What the Gantt chart is drawn from: tasks, steps, links and days off as plain values.

All dates are computed here; the browser only draws them and sends wishes back. `end` is the
morning after the last day, as the chart reads it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from app.core.db import db
from app.core.formats import day_short, words
from app.core.permissions import Role, Viewer
from app.core.reading import one_reading
from app.plans.calendars import work_calendar
from app.plans.models import Leave
from app.plans.workcalendar import WorkCalendar
from app.tasks.chart import DAY, Span, rests_of, span_of
from app.tasks.models import Link, Step, Task, item_key
from app.tasks.network import PlanSchedule
from app.tasks.queries import light_of, names_of_owners
from app.tasks.scheduling import plan_rows, plan_schedule
from app.tasks.state import StepRow, TaskRow, late_against_baseline, step_rows, task_rows

# Room after the last bar, so that it can be drawn out.
ROOM = timedelta(days=14)
# How far days off are told beyond the chart: lengths are counted where a bar may be dragged to.
TOLD_BEYOND = timedelta(days=366)


def gantt_data(plan_id: int, viewer: Viewer, today: date) -> dict[str, Any]:
    """The plan's chart through the viewer's eyes, ready for JSON.

    items: in drawing order. links: `before` and `after` are keys of items. rests: [first day,
    number of days, is a holiday]. estimated: months ("2027-01") whose calendar is not published.
    first, last: what is drawn. may_link: whether the viewer may draw links.
    """
    with one_reading():
        calendar = work_calendar()
        steps = step_rows(plan_id, today, calendar)
        tasks = task_rows(plan_id, today, calendar, steps)
        links = plan_rows(plan_id).links
        schedule = plan_schedule(plan_id, today)
    names = names_of_owners(tasks)
    mine = _whose_steps(viewer, tasks, today)
    manages = viewer.has(Role.manager)
    by_task: dict[int, list[StepRow]] = {task.id: [] for task in tasks}
    for step in steps:
        by_task[step.task_id].append(step)
    items: list[dict[str, Any]] = []
    for task in tasks:
        items.append(_task_item(task, names, today, may_edit=manages))
        items += [
            _step_item(step, task, calendar, today, may_edit=task.id in mine)
            for step in by_task[task.id]
        ]
    for item in items:
        item["critical"] = item["key"] in schedule.critical
    span = _span(items, today)
    return {
        "items": items,
        "links": _links(links, items, schedule),
        "rests": _rests(span, calendar),
        "estimated": _estimated(span, calendar),
        "today": today.isoformat(),
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "may_link": manages or bool(mine),
    }


@dataclass(frozen=True)
class ChartFrame:
    """What the page says around the chart before its rows are there."""

    task_count: int
    step_count: int
    may_edit: bool


def chart_frame(plan_id: int, viewer: Viewer, today: date) -> ChartFrame:
    """Two or three statements, however many rows the chart has."""
    tasks = db.session.execute(
        select(Task.id, Task.owner_id, Task.done_on).where(Task.plan_id == plan_id)
    ).all()
    open_tasks = [task for task in tasks if task.done_on is None]
    return ChartFrame(
        task_count=len(tasks),
        step_count=db.session.scalar(
            select(func.count()).select_from(Step).where(Step.plan_id == plan_id)
        )
        or 0,
        may_edit=bool(_whose_steps(viewer, open_tasks, today)),
    )


def _task_item(
    task: TaskRow, names: dict[int, str], today: date, *, may_edit: bool
) -> dict[str, Any]:
    start, finish = _dates(task)
    light = light_of(task, today)
    return {
        **_bar(start, finish, (task.baseline_start_on, task.baseline_finish_on)),
        **_words(task.expected_finish_on, task.baseline_finish_on, task.days_late, task),
        "key": item_key(task.id),
        "parent": None,
        "number": str(task.number),
        "title": words(task.title),
        "url": f"/tasks/{task.id}",
        "owner": names.get(task.owner_id or 0, _("nobody yet")),
        "kind": "task",
        "is_milestone": False,
        "percent": task.percent,
        "is_done": task.done_on is not None,
        "light": light.value,
        "light_word": str(light.label),
        "may_edit": may_edit and task.done_on is None,
    }


def _step_item(
    step: StepRow, task: TaskRow, calendar: WorkCalendar, today: date, *, may_edit: bool
) -> dict[str, Any]:
    start, finish = _dates(step)
    # A milestone of several days is work that ends with one.
    is_instant = step.is_milestone and step.start_on == step.finish_on
    if is_instant:
        start = finish
    baseline = None
    if step.baseline_start_on and step.baseline_finish_on:
        baseline = (step.baseline_start_on, step.baseline_finish_on)
    late = late_against_baseline(step, calendar)
    return {
        **_bar(start, finish, baseline),
        **_words(finish, baseline[1] if baseline else None, late, step),
        "key": item_key(task.id, step.id),
        "parent": item_key(task.id),
        "number": f"{task.number}.{step.number}",
        "title": words(step.title),
        "url": f"/tasks/{task.id}",
        "owner": "",
        "kind": "milestone" if is_instant else "step",
        "is_milestone": step.is_milestone,
        "percent": step.percent,
        "is_done": step.done_on is not None,
        "light": "",
        "light_word": "",
        "may_edit": may_edit and step.done_on is None,
    }


def _dates(row: TaskRow | StepRow) -> tuple[date, date]:
    """First and last day as they are expected."""
    return min(row.expected_start_on, row.expected_finish_on), row.expected_finish_on


def _bar(start: date, finish: date, baseline: tuple[date, date] | None) -> dict[str, Any]:
    return {
        "start": start.isoformat(),
        "finish": finish.isoformat(),
        "end": (finish + DAY).isoformat(),
        "baseline": [baseline[0].isoformat(), (baseline[1] + DAY).isoformat()]
        if baseline
        else None,
    }


def _words(
    finish: date, baseline: date | None, late: int, row: TaskRow | StepRow
) -> dict[str, Any]:
    """The row's cells, in the reader's language."""
    is_open = row.done_on is None
    return {
        "expected_text": day_short(finish),
        "baseline_text": day_short(baseline) if baseline else "",
        "late_text": _days(late) if late else "",
        "float": row.total_float if is_open else None,
        "float_text": _days(row.total_float) if is_open else "",
    }


def _days(number: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", number)


def _links(
    links: Iterable[Link], items: Sequence[dict[str, Any]], schedule: PlanSchedule
) -> list[dict[str, Any]]:
    """Links between items of the chart; critical where both ends are and the link holds the
    second one where it is."""
    critical = {item["key"] for item in items if item["critical"]}
    return [
        {
            "id": link.id,
            "before": link.before_key,
            "after": link.after_key,
            "kind": link.kind.value,
            "lag": link.lag_workdays,
            "critical": {link.before_key, link.after_key} <= critical and _drives(link, schedule),
        }
        for link in links
    ]


def _drives(link: Link, schedule: PlanSchedule) -> bool:
    timing = schedule.of(link.after_key)
    before = {link.before_key, f"{link.before_key}:start", f"{link.before_key}:finish"}
    return any(
        driver.link is not None and driver.link.before in before
        for end in (timing.start_timing, timing.finish_timing)
        for driver in end.drivers
    )


def _whose_steps(viewer: Viewer, tasks: Sequence[Any], today: date) -> set[int]:
    """The tasks whose steps the viewer may move: `rights.may_update` for all in one statement."""
    if viewer.has(Role.manager):
        return {task.id for task in tasks}
    owners = {viewer.person_id} | set(
        db.session.scalars(
            select(Leave.person_id).where(
                Leave.substitute_id == viewer.person_id,
                Leave.first_on <= today,
                Leave.last_on >= today,
            )
        )
    )
    if not viewer.may("task:update"):
        return set()
    return {task.id for task in tasks if task.owner_id in owners}


def _span(items: Sequence[dict[str, Any]], today: date) -> Span:
    """Whole weeks around everything that is drawn, with room after it."""
    days = [date.fromisoformat(item[name]) for item in items for name in ("start", "finish")]
    days += [date.fromisoformat(day) - DAY for i in items for day in i["baseline"] or ()]
    whole = span_of(days or [today])
    return Span(whole.first, whole.last + ROOM) if days else whole


def _rests(span: Span, calendar: WorkCalendar) -> list[list[Any]]:
    told = Span(span.first, span.last + TOLD_BEYOND)
    return [
        [(told.first + DAY * rest.offset).isoformat(), rest.length, rest.is_holiday]
        for rest in rests_of(told, calendar)
    ]


def _estimated(span: Span, calendar: WorkCalendar) -> list[str]:
    days = (span.first + DAY * n for n in range(span.days))
    return sorted({f"{day:%Y-%m}" for day in days if calendar.is_estimated(day)})
