"""The table with bars: tasks, their steps and what links them, as lines ready to be drawn."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.formats import MONTHS, day_plain, words
from app.core.i18n import current_language
from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.registries import judges
from app.plans.workcalendar import WorkCalendar
from app.tasks.chart import (
    Bar,
    DrawnLink,
    LinkPart,
    Rest,
    Span,
    bar_of,
    link_parts,
    months_of,
    rests_of,
    span_of,
    weeks_of,
)
from app.tasks.models import TaskState, item_key
from app.tasks.state import StepRow, TaskRow, late_against_baseline


@dataclass(frozen=True)
class ChartRow:
    """A line of the table with bars: a task or one of its steps. `total_float`: working days to
    spare, None for what is done; `links`: what of the links' lines passes through this line."""

    key: str
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
    total_float: int | None
    is_critical: bool
    why_url: str
    bar: Bar
    links: tuple[LinkPart, ...] = ()


@dataclass(frozen=True)
class Chart:
    """What the table with bars is drawn from. `months`: left, width, name, is estimated."""

    rows: tuple[ChartRow, ...]
    span: Span
    months: list[tuple[float, float, str, bool]]
    weeks: list[tuple[float, float, int]]
    rests: list[Rest]
    today_at: float | None


def draw(
    shown: Sequence[TaskRow],
    steps: Sequence[StepRow],
    all_tasks: Sequence[TaskRow],
    today: date,
    calendar: WorkCalendar,
    names: dict[int, str],
    links: Sequence[DrawnLink] = (),
) -> Chart:
    """The chart of these tasks; its span covers `all_tasks`, so that filters do not rescale it."""
    span = span_of(
        day
        for t in all_tasks
        for day in (t.start_on, t.finish_on, t.baseline_start_on, t.baseline_finish_on,
                    t.expected_start_on, t.expected_finish_on)
    ) if all_tasks else span_of([today])  # fmt: skip
    parts: dict[int, list[StepRow]] = defaultdict(list)
    for step in steps:
        parts[step.task_id].append(step)
    rows: list[ChartRow] = []
    for task in shown:
        rows.append(_task_line(task, span, today, names))
        rows.extend(_step_line(step, task, span, calendar) for step in parts[task.id])
        if parts[task.id]:
            # The path runs through the steps; their task is only around them.
            place = len(rows) - 1 - len(parts[task.id])
            rows[place] = replace(rows[place], is_critical=False)
    lines = link_parts([(r.key, r.bar.left, r.bar.right) for r in rows], links)
    return Chart(
        rows=tuple(replace(row, links=tuple(own)) for row, own in zip(rows, lines, strict=True)),
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
    why_url: str
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
            why_url=row.why_url,
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


def why_of(task: TaskRow, today: date) -> str:
    """The rule behind the task's light with its numbers, in a sentence."""
    tell = judges.get("task_why")
    return str(tell(task, today)) if tell else ""


def light_of(task: TaskRow, today: date) -> Light:
    """The task's health as the judge sees it; grey where no judge is at hand."""
    judge = judges.get("task")
    return judge(task, today) if judge else Light.grey


def _task_line(task: TaskRow, span: Span, today: date, names: dict[int, str]) -> ChartRow:
    is_done = task.state is TaskState.done
    return ChartRow(
        key=item_key(task.id),
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
        is_done=is_done,
        percent=task.percent,
        light=light_of(task, today),
        total_float=None if is_done else task.total_float,
        is_critical=task.is_critical,
        why_url=f"/tasks/{task.id}/why#why",
        bar=bar_of(span, task.expected_start_on, task.expected_finish_on, task.percent,
                   (task.baseline_start_on, task.baseline_finish_on)),
    )  # fmt: skip


def _step_line(step: StepRow, task: TaskRow, span: Span, calendar: WorkCalendar) -> ChartRow:
    """A step against its baseline; one that came later than the baseline against nothing."""
    expected, is_done = step.expected_finish_on, step.done_on is not None
    baseline = None
    late = late_against_baseline(step, calendar)
    if step.baseline_start_on is not None and step.baseline_finish_on is not None:
        baseline = (step.baseline_start_on, step.baseline_finish_on)
    return ChartRow(
        key=item_key(task.id, step.id),
        label=f"{task.number}.{step.number}",
        task=task,
        step=step,
        title=step.title,
        owner="",
        baseline_on=step.baseline_finish_on,
        expected_on=expected,
        is_estimated=not is_done and calendar.is_estimated(expected),
        days_late=late,
        is_late=late > 0 or step.is_overdue,
        is_done=is_done,
        percent=step.percent,
        light=None,
        total_float=None if is_done else step.total_float,
        is_critical=step.is_critical,
        why_url=f"/steps/{step.id}/why#why",
        bar=bar_of(span, step.expected_start_on, expected, step.percent, baseline),
    )
