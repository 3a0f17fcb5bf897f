"""A state whose tasks, lights and money hang together as the server computes them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from app.core.localtext import LocalText
from app.plans.workcalendar import WorkCalendar
from app.status.state import PlanState, judge
from app.tasks.models import TaskState
from app.tasks.progress import days_late, half_up, planned_percent, spi, weighted_percent
from app.tasks.state import BudgetRow, StepRow, TaskRow
from tests.status.states import DAY, sample

CALENDAR = WorkCalendar(published=frozenset({2026, 2027}))


def day(text: str) -> date:
    return date.fromisoformat(text)


def task(number: int, first: str, last: str, percent: int, **other: Any) -> TaskRow:
    """A task with its baseline from `first` to `last`, as it stands on the sample's day."""
    plain = sample().tasks.tasks[0]
    start, finish = day(first), day(last)
    expected = other.pop("expected", None) or finish
    planned = planned_percent(start, finish, DAY - timedelta(days=1), CALENDAR)
    index = spi(percent, planned)
    state = TaskState.done if other.get("done_on") else (
        TaskState.active if percent else TaskState.not_started)  # fmt: skip
    return replace(
        plain, id=100 + number, number=number, title=LocalText(own=f"任务 {number}"),
        start_on=start, finish_on=finish, baseline_start_on=start, baseline_finish_on=finish,
        expected_start_on=start, expected_finish_on=expected, percent=percent, state=state,
        planned_percent=int(half_up(planned)), spi=None if index is None else half_up(index, 4),
        days_late=max(0, days_late(finish, expected, CALENDAR)), is_critical=number == 2,
        **{"weight": number, **other},
    )  # fmt: skip


def step(of: TaskRow, number: int, first: str, last: str, **other: Any) -> StepRow:
    plain = sample().tasks.steps[0]
    return replace(
        plain, id=of.id * 10 + number, task_id=of.id, number=number,
        title=LocalText(own=f"步骤 {of.number}.{number}"), start_on=day(first), finish_on=day(last),
        baseline_start_on=day(first), baseline_finish_on=day(last), expected_start_on=day(first),
        expected_finish_on=other.pop("expected", day(last)),
        **{"is_milestone": False, **other},
    )  # fmt: skip


def with_work(tasks: tuple[TaskRow, ...], steps: tuple[StepRow, ...] = (),
              budget: tuple[BudgetRow, ...] | None = ()) -> PlanState:  # fmt: skip
    """The sample with other work, its totals and findings as the server makes them."""
    plain = sample()
    state = replace(
        plain.tasks, tasks=tasks, steps=steps, budget=budget, actions=(),
        percent=int(half_up(weighted_percent((t.weight, t.percent) for t in tasks))),
        planned_percent=int(
            half_up(weighted_percent((t.weight, t.planned_percent) for t in tasks))
        ),
    )  # fmt: skip
    light, findings = judge(state, plain.risks, plain.monitoring, plain.today)
    reports = replace(plain.reports, reports=(), promises=())
    return replace(plain, tasks=state, reports=reports, light=light, findings=findings)


def working() -> PlanState:
    """Five tasks, one of each light, one of them late; milestones reached and to come; money."""
    done = task(1, "2026-09-28", "2026-10-23", 100, done_on=day("2026-10-27"),
                expected=day("2026-10-27"))  # fmt: skip
    late = task(2, "2026-10-12", "2026-12-11", 61, expected=day("2026-12-25"))
    slow = task(3, "2026-10-12", "2026-12-25", 51)
    amber = task(4, "2026-10-19", "2026-12-18", 60, expected=day("2026-12-21"))
    waits = task(5, "2026-12-28", "2027-01-29", 0)
    tasks = (done, late, slow, amber, waits)
    steps = (
        step(done, 1, "2026-09-28", "2026-10-23", is_milestone=True, percent=100,
             done_on=day("2026-10-27")),
        step(late, 1, "2026-10-12", "2026-11-13", percent=80, is_overdue=True, days_late=5,
             expected=day("2026-11-20")),
        step(late, 2, "2026-11-16", "2026-12-11", is_milestone=True, expected=day("2026-12-25")),
    )  # fmt: skip
    budget = (
        BudgetRow(1, late.id, 1, LocalText(own="讲师"), 100_050, 90_000, 40_000, 120_050),
        BudgetRow(2, late.id, None, LocalText(own="=1+1"), 50_000, 0, 10_000, 45_000),
        BudgetRow(3, amber.id, 2, LocalText(own="软件"), 0, 0, 0, 30_000),
        BudgetRow(4, None, None, LocalText(own="备用金"), 20_000, 0, 0, 20_000),
    )  # fmt: skip
    return with_work(tasks, steps, budget)
