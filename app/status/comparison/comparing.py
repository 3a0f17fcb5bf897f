"""What changed between two states of a plan, as plain facts: the plan itself, its tasks and money.

Two states in, the differences out, most important first. What either state leaves out for its
reader is not compared, for a row that may not be seen has not gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.status.comparison.change import (
    About,
    Change,
    State,
    Thing,
    Weight,
    findings_about,
    light_changes,
    most_important,
    pairs,
)
from app.status.comparison.reports import indicators, meetings, problems, reports
from app.status.comparison.risks import risks


@dataclass(frozen=True)
class Comparison:
    """What changed since an earlier state: its instant, and every difference, most important
    first."""

    since: datetime
    changes: tuple[Change, ...]


def compare(before: State, after: State) -> Comparison:
    """All that is said of the earlier state; it need not be kept longer."""
    return Comparison(before.as_of, changes_between(before, after))


def changes_between(before: State, after: State) -> tuple[Change, ...]:
    """Every difference from `before` to `after`, most important first."""
    hidden = {*before.left_out, *after.left_out}
    found = [*_plan(before, after), *_tasks(before, after), *meetings(before, after, hidden)]
    if "action:row" not in hidden:
        found += _actions(before, after)
    if before.tasks.budget is not None and after.tasks.budget is not None:
        found += _money(before, after)
    if "risk:register" not in hidden:
        found += risks(before, after)
    if "indicator:row" not in hidden:
        found += indicators(before, after)
    found += reports(before, after, hidden)
    if "problem:row" not in hidden:
        found += problems(before, after)
    return most_important(found, len(found))


def _plan(before: State, after: State) -> Iterator[Change]:
    was, now = before.plan, after.plan
    thing = Thing(About.plan, now.id, None, now.title, f"/plans/{now.id}")
    judged = {"risk:register", "indicator:row"}
    if judged.isdisjoint({*before.left_out} ^ {*after.left_out}):
        yield from thing.change("light", before.light, after.light, Weight.plan_light)
    yield from thing.change("phase", was.phase, now.phase, Weight.plan)
    old, new = (_approval(plan) for plan in (was, now))
    parts = (was.changed_since_approval, now.changed_since_approval)
    yield from thing.change("approval", old, new, Weight.plan, at=now.approved_at, parts=parts)
    if old == new:
        yield from thing.change(
            "approved_at", was.approved_at, now.approved_at, Weight.plan, at=now.approved_at
        )
    for name in ("finish_on", "go_live_on", "start_on"):
        yield from thing.change(name, getattr(was, name), getattr(now, name), Weight.plan)
    yield from thing.change("title", was.title, now.title, Weight.words)
    yield from thing.change("manager_ids", was.manager_ids, now.manager_ids, Weight.detail)
    yield from thing.change(
        "percent", before.tasks.percent, after.tasks.percent, Weight.progress,
        planned=(before.tasks.planned_percent, after.tasks.planned_percent),
    )  # fmt: skip


def _approval(plan: Any) -> str:
    if not plan.is_approved:
        return "none"
    return "current" if plan.is_approval_current else "changed"


def _tasks(before: State, after: State) -> Iterator[Change]:
    old_lights, new_lights = findings_about(before, "task"), findings_about(after, "task")
    both: dict[int, Any] = {}
    for was, now in pairs(before.tasks.tasks, after.tasks.tasks):
        row = now or was
        thing = Thing(About.task, row.id, row.number, row.title, f"/tasks/{row.id}")
        if was is None or now is None:
            yield from thing.came_or_went(was is None, Weight.date)
            continue
        both[row.id] = row
        yield from thing.change("title", was.title, now.title, Weight.words)
        yield from thing.change("finish_on", was.finish_on, now.finish_on, Weight.date)
        yield from thing.change("start_on", was.start_on, now.start_on, Weight.date)
        yield from thing.change("baseline_finish_on", was.baseline_finish_on,
                                now.baseline_finish_on, Weight.date)  # fmt: skip
        yield from thing.change("owner_id", was.owner_id, now.owner_id, Weight.detail)
        yield from thing.change(
            "department_id", was.department_id, now.department_id, Weight.detail
        )
        yield from thing.change("done_on", was.done_on, now.done_on, Weight.finished)
        if (was.done_on is None) != (now.done_on is None):
            continue  # that it is finished says the light, the day and the percent too
        yield from light_changes(thing, old_lights.get(row.id), new_lights.get(row.id))
        if now.done_on is None:
            yield from _under_way(thing, was, now)
    yield from _milestones(before, after, both)


def _under_way(thing: Thing, was: Any, now: Any) -> Iterator[Change]:
    """How far a task is that is not finished, and when it will be."""
    if was.expected_finish_on == now.expected_finish_on:
        yield from thing.change("days_late", was.days_late, now.days_late, Weight.expected,
                                finish_on=now.expected_finish_on)  # fmt: skip
    yield from thing.change("expected_finish_on", was.expected_finish_on, now.expected_finish_on,
                            Weight.expected, days_late=now.days_late)  # fmt: skip
    if was.percent == now.percent:
        yield from thing.change("state", was.state, now.state, Weight.progress)
    yield from thing.change("percent", was.percent, now.percent, Weight.progress)


def _milestones(before: State, after: State, tasks: Mapping[int, Any]) -> Iterator[Change]:
    """Milestones of the tasks that stand on both sides."""

    def of(state: State) -> list[Any]:
        return [s for s in state.tasks.steps if s.is_milestone and s.task_id in tasks]

    for was, now in pairs(of(before), of(after)):
        row = now or was
        number = f"{tasks[row.task_id].number}.{row.number}"
        thing = Thing(About.milestone, row.id, number, row.title, f"/tasks/{row.task_id}")
        if was is None or now is None:
            yield from thing.came_or_went(was is None, Weight.detail)
            continue
        yield from thing.change("title", was.title, now.title, Weight.words)
        yield from thing.change("finish_on", was.finish_on, now.finish_on, Weight.date)
        yield from thing.change("done_on", was.done_on, now.done_on, Weight.finished)
        if (was.done_on is None) == (now.done_on is None):
            yield from thing.change("is_overdue", was.is_overdue, now.is_overdue, Weight.expected,
                                    finish_on=now.finish_on)  # fmt: skip


def _money(before: State, after: State) -> Iterator[Change]:
    plan_id = after.plan.id
    path = f"/plans/{plan_id}/budget"
    whole = Thing(About.money, None, None, after.plan.title, path)
    names = ("forecast_cents", "actual_cents", "planned_cents", "committed_cents")
    for name in names:
        old, new = (sum(getattr(line, name) for line in state.tasks.budget)
                    for state in (before, after))  # fmt: skip
        yield from whole.change(name, old, new, Weight.money)
    numbers = {task.id: task.number for task in after.tasks.tasks}
    for was, now in pairs(before.tasks.budget, after.tasks.budget):
        row = now or was
        thing = Thing(About.money, row.id, numbers.get(row.task_id), row.title, path)
        if was is None or now is None:
            yield from thing.came_or_went(was is None, Weight.detail, cents=row.planned_cents)
            continue
        yield from thing.change("title", was.title, now.title, Weight.words)
        for name in names:
            yield from thing.change(name, getattr(was, name), getattr(now, name), Weight.detail)


def _actions(before: State, after: State) -> Iterator[Change]:
    for was, now in pairs(before.tasks.actions, after.tasks.actions):
        row = now or was
        thing = Thing(About.action, row.id, f"A-{row.number}", row.title, f"/actions/{row.id}")
        if was is None or now is None:
            yield from thing.came_or_went(was is None, Weight.detail, row.created_at,
                                          owner_id=row.owner_id, due_on=row.due_on)  # fmt: skip
            continue
        yield from thing.change("title", was.title, now.title, Weight.words)
        yield from thing.change("owner_id", was.owner_id, now.owner_id, Weight.detail)
        yield from thing.change("due_on", was.due_on, now.due_on, Weight.detail)
        yield from thing.change("state", was.state, now.state, Weight.detail, at=now.ended_at)
        if was.state == now.state:
            yield from thing.change("is_overdue", was.is_overdue, now.is_overdue, Weight.detail,
                                    due_on=now.due_on)  # fmt: skip
