"""What the explanation of a date is told from: the chain, what a day more or less does, names, and
who said what the chain begins with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.core.lights import Light
from app.core.localtext import LocalText
from app.core.reading import one_reading
from app.plans.calendars import work_calendar
from app.plans.workcalendar import WorkCalendar
from app.tasks.explain import Reason, explain
from app.tasks.models import item_key
from app.tasks.network import PlanSchedule
from app.tasks.one_day import Cost, Wins, cost_of_a_day, where_a_day_is_won
from app.tasks.queries import history_of, light_of
from app.tasks.scheduling import plan_schedule
from app.tasks.state import StepRow, TaskRow, step_rows, task_rows

# The field that a person changed to make a chain begin as it does, by the reason's kind.
SAID_IN = {
    "done": "done_on", "expected": "forecast_finish_on", "committed": "finish_on",
    "committed_start": "start_on", "not_before": "not_before_on", "fixed": "is_fixed",
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """A task or step as it is spoken of. days_late: working days after its baseline (before it
    when negative), None without one. `light` is None for steps."""

    key: str
    label: str
    title: LocalText
    task_id: int
    is_task: bool
    is_done: bool
    baseline_on: date | None
    days_late: int | None
    light: Light | None


@dataclass(frozen=True)
class Said:
    """Who said or entered something, and when."""

    name: str
    at: datetime


@dataclass(frozen=True)
class WhyFacts:
    """All that the explanation of one date says. `turns`: tasks whose light another working day
    would change; `said`: who is behind the chain's beginning, None where nobody is on record."""

    plan_id: int
    key: str
    chain: tuple[Reason, ...]
    total_float: int
    cost: Cost | None
    wins: Wins
    turns: tuple[tuple[str, Light], ...]
    names: Mapping[str, Named]
    said: Said | None

    @property
    def asked(self) -> Reason:
        return self.chain[-1]


@one_reading()
def why(plan_id: int, key: str, today: date) -> WhyFacts:
    """Why the item (`key`) finishes when it does. A fixed number of statements, however long the
    chain. Raises KeyError for what is not in the plan."""
    calendar = work_calendar()
    steps = step_rows(plan_id, today, calendar)
    tasks = task_rows(plan_id, today, calendar, steps)
    made = plan_schedule(plan_id, today)
    chain = explain(made, key, today, calendar)
    cost = cost_of_a_day(made, key, calendar)
    return WhyFacts(
        plan_id=plan_id,
        key=key,
        chain=chain,
        total_float=made.of(key).total_float,
        cost=cost,
        wins=where_a_day_is_won(made, chain, today, calendar),
        turns=_turns(tasks, made, key, cost, today, calendar),
        names=_names(tasks, steps, today, calendar),
        said=_said(chain[0]),
    )


def _names(
    tasks: tuple[TaskRow, ...], steps: tuple[StepRow, ...], today: date, calendar: WorkCalendar
) -> dict[str, Named]:
    numbers = {task.id: task.number for task in tasks}
    named = [
        Named(
            item_key(task.id), str(task.number), task.title, task.id, True,
            task.done_on is not None, task.baseline_finish_on,
            calendar.workdays_between(task.baseline_finish_on, task.expected_finish_on),
            light_of(task, today),
        )
        for task in tasks
    ]  # fmt: skip
    for step in steps:
        late = None
        if step.baseline_finish_on is not None:
            late = calendar.workdays_between(step.baseline_finish_on, step.expected_finish_on)
        named.append(
            Named(
                item_key(step.task_id, step.id), f"{numbers[step.task_id]}.{step.number}",
                step.title, step.task_id, False, step.done_on is not None,
                step.baseline_finish_on, late, None,
            )
        )  # fmt: skip
    return {row.key: row for row in named}


def _turns(
    tasks: tuple[TaskRow, ...], made: PlanSchedule, key: str, cost: Cost | None, today: date,
    calendar: WorkCalendar,
) -> tuple[tuple[str, Light], ...]:  # fmt: skip
    """Tasks whose light changes when the item ends a working day later, with the new one."""
    if cost is None:
        return ()
    own = made.network.items[key].calendar or calendar
    later = {other: after for other, _before, after in cost.moves}
    later[key] = own.add_workdays(made.of(key).finish, 1)
    found = []
    for task in tasks:
        after = later.get(item_key(task.id))
        if after is None or task.done_on is not None:
            continue
        late = max(0, calendar.workdays_between(task.baseline_finish_on, after))
        light = light_of(replace(task, expected_finish_on=after, days_late=late), today)
        if light is not light_of(task, today):
            found.append((item_key(task.id), light))
    return tuple(found)


def _said(first: Reason) -> Said | None:
    """Who entered what the chain begins with: the last who changed that field, one statement."""
    field = SAID_IN.get(first.kind)
    if field is None:
        return None
    table, _colon, number = first.key.partition(":")
    for entry, name in history_of((f"{table}s", [int(number)]), limit=200):
        if field in entry.changes and entry.actor_id is not None:
            return Said(name, entry.at)
    return None
