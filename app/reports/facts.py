"""What the system has recorded, beside what a person writes.

Each fact stands in the row of the sentence that it may contradict. A fact is tied to a promise by
their words, so it is shown as a fact and never blocks anything.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import or_, select

from app.core.db import db
from app.core.formats import day, day_plain, local_date, near_day, words, zone
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.reports.models import Problem, ProblemState, Promise
from app.reports.weeks import next_report_week
from app.tasks.models import ActionItem, ActionState, Step, Task, item_key
from app.tasks.queries import against_baseline
from app.tasks.scheduling import plan_schedule
from app.tasks.state import TaskRow, task_row

CJK = r"\u4e00-\u9fff"
# Pairs of characters and words that any two sentences about work share.
COMMON = {
    "完成", "一个", "进行", "工作", "本周", "下周", "任务", "步骤", "问题", "确认",
    "with", "from", "this", "that", "have", "done", "week", "task", "step", "first", "next",
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A line of the record. is_open: it speaks against "done"."""

    label: str
    text: str
    url: str = ""
    is_open: bool = False


@dataclass
class Facts:
    """The record by the row of the page that it concerns; `promises` by promise id."""

    promises: dict[int, list[Fact]] = field(default_factory=dict)
    progress: list[Fact] = field(default_factory=list)
    done: list[Fact] = field(default_factory=list)
    problems: list[Fact] = field(default_factory=list)
    ahead: list[Fact] = field(default_factory=list)


def marks(text: str) -> set[str]:
    """Pairs of Chinese characters and longer Latin words or numbers of a text."""
    found = set(re.findall(r"[a-z]{4,}|\d{2,}", text.lower().replace(",", "")))
    for run in re.findall(f"[{CJK}]+", text):
        found |= {run[n : n + 2] for n in range(len(run) - 1)}
    return found - COMMON


def is_related(one: str, other: str) -> bool:
    """Whether two short texts seem to speak of the same thing: two marks in common, or half of
    the shorter one's."""
    a, b = marks(one), marks(other)
    if not a or not b:
        return False
    shared = len(a & b)
    return shared >= 2 or shared / min(len(a), len(b)) >= 0.5


def facts_of(
    task: Task, week: IsoWeek, due: list[Promise], viewer: Viewer, calendar: WorkCalendar,
    now: datetime,
) -> Facts:  # fmt: skip
    """The record of the task's week: four statements, and those of the schedule."""
    today = local_date(now)
    steps = list(
        db.session.scalars(select(Step).where(Step.task_id == task.id).order_by(Step.number))
    )
    actions = _actions(task, viewer)
    problems = list(
        db.session.scalars(
            select(Problem).where(Problem.task_id == task.id).order_by(Problem.number)
        )
    )
    open_steps = [s for s in steps if s.done_on is None]
    open_actions = [a for a in actions if a.state is ActionState.open]
    facts = Facts()
    for promise in due:
        facts.promises[promise.id] = [
            *(_step(task, s) for s in open_steps if is_related(promise.text, words(s.title))),
            *(_action(a, today) for a in open_actions if is_related(promise.text, a.title)),
            *(
                _problem(p, today)
                for p in problems
                if p.state is ProblemState.open and is_related(promise.text, p.title)
            ),
        ]
    timing = plan_schedule(task.plan_id, today).of(item_key(task.id))
    row = task_row(task, timing, today, calendar, [], [])
    facts.progress = [*_progress(row, today), *_late(task, open_steps, week)]
    facts.done = _week(task, week, steps, actions)
    facts.problems = [_problem(p, today) for p in problems if p.state is ProblemState.open]
    facts.ahead = _ahead(task, next_report_week(week, calendar), open_steps, open_actions, today)
    return facts


def _actions(task: Task, viewer: Viewer) -> list[ActionItem]:
    """Actions of the task and of its owner, as far as the viewer reads them."""
    if sight(viewer, "action", "row") is Sight.none:
        return []
    concerned = [ActionItem.task_id == task.id]
    if task.owner_id is not None:
        concerned.append(ActionItem.owner_id == task.owner_id)
    query = select(ActionItem).where(ActionItem.plan_id == task.plan_id, or_(*concerned))
    if sight(viewer, "action", "row") is Sight.own:
        query = query.where(ActionItem.owner_id == viewer.person_id)
    return list(db.session.scalars(query.order_by(ActionItem.number)))


def _step(task: Task, step: Step) -> Fact:
    return Fact(
        _("Step %(task)s.%(step)s", task=task.number, step=step.number),
        _(
            "%(title)s: not finished, %(percent)s%% done, planned for %(day)s",
            title=words(step.title),
            percent=step.progress_percent,
            day=day_plain(step.finish_on),
        ),
        url=f"/tasks/{task.id}#steps",
        is_open=True,
    )


def _action(action: ActionItem, today: date) -> Fact:
    return Fact(
        f"A-{action.number}",
        _("%(title)s: still open, due %(day)s", title=action.title,
          day=near_day(action.due_on, today)),
        url=f"/actions/{action.id}",
        is_open=True,
    )  # fmt: skip


def _problem(problem: Problem, today: date) -> Fact:
    return Fact(
        f"P-{problem.number}",
        _("%(title)s: no answer yet, due %(day)s", title=problem.title,
          day=near_day(problem.answer_due_on, today)),
        url=f"/problems/{problem.id}",
    )  # fmt: skip


def _progress(row: TaskRow, today: date) -> list[Fact]:
    facts = [
        Fact(_("By plan"), _("%(percent)s%% by today", percent=row.planned_percent)),
        Fact(_("Recorded"), _("%(percent)s%%, expected on %(day)s, %(late)s",
                              percent=row.percent, day=day_plain(row.expected_finish_on),
                              late=against_baseline(row)),
             url=f"/tasks/{row.id}"),
    ]  # fmt: skip
    return facts


def _late(task: Task, open_steps: Iterable[Step], week: IsoWeek) -> list[Fact]:
    return [_step(task, step) for step in open_steps if step.finish_on <= week.sunday]


def _week(task: Task, week: IsoWeek, steps: list[Step], actions: list[ActionItem]) -> list[Fact]:
    first, last = week.monday, week.sunday
    facts = [
        Fact(
            _("Step %(task)s.%(step)s", task=task.number, step=step.number),
            _("%(title)s: finished on %(day)s", title=words(step.title), day=day(step.done_on)),
            url=f"/tasks/{task.id}#steps",
        )
        for step in steps
        if step.done_on is not None and first <= step.done_on <= last
    ]
    begins = datetime.combine(first, datetime.min.time(), tzinfo=zone())
    ends = begins + timedelta(days=7)
    closed = sum(
        a.state is ActionState.closed and a.ended_at is not None and begins <= a.ended_at < ends
        for a in actions
    )
    opened = sum(begins <= a.created_at < ends for a in actions)
    if closed or opened:
        facts.append(
            Fact(
                _("Actions"),
                _(
                    "%(closed)s, %(opened)s",
                    closed=ngettext("%(num)s closed", "%(num)s closed", closed),
                    opened=ngettext("%(num)s new", "%(num)s new", opened),
                ),
                url=f"/plans/{task.plan_id}/actions",
            )
        )
    return facts


def _ahead(
    task: Task, week: IsoWeek, open_steps: list[Step], open_actions: list[ActionItem], today: date
) -> list[Fact]:
    facts = []
    for step in open_steps:
        if week.monday <= step.start_on <= week.sunday:
            said = _("%(title)s: begins on %(day)s", title=words(step.title),
                     day=day(step.start_on))  # fmt: skip
        elif week.monday <= step.finish_on <= week.sunday:
            said = _("%(title)s: planned to end on %(day)s", title=words(step.title),
                     day=day(step.finish_on))  # fmt: skip
        else:
            continue
        label = _("Step %(task)s.%(step)s", task=task.number, step=step.number)
        facts.append(Fact(label, said, url=f"/tasks/{task.id}#steps"))
    facts += [
        _action(action, today)
        for action in open_actions
        if action.due_on <= week.sunday and action.owner_id == task.owner_id
    ]
    return facts

