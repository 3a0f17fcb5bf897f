"""The tasks' part of a new plan: sub-tasks, steps and resources from the template."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.plans.access import ensure_role
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.starting import PlanStart, department_by_key
from app.tasks.baselines import keep_first_baseline
from app.tasks.models import (
    Link,
    Resource,
    ResourceKind,
    ResourceSource,
    Step,
    Task,
    item_key,
    pair_of,
)


def start_tasks(
    plan: Plan,
    template: Mapping[str, Any],
    start: PlanStart,
    dates: Mapping[int, tuple[date, date]],
    actor: Person,
    now: datetime,
) -> None:
    """Write the template's tasks into the plan; what was proposed and confirmed is its first
    baseline."""
    calendar = work_calendar()
    by_number: dict[int, Task] = {}
    for row in template["tasks"]:
        first, last = dates[row["number"]]
        department = department_by_key(row.get("department"))
        task = Task(
            plan_id=plan.id,
            number=row["number"],
            key=row["key"],
            title=LocalText.of(row["title"]),
            owner_id=start.owners.get(row["number"]),
            department_id=department.id if department else None,
            duration_workdays=calendar.workdays_in(first, last),
            start_on=first,
            finish_on=last,
            baseline_start_on=first,
            baseline_finish_on=last,
            weight=row.get("weight", 1),
        )
        db.session.add(task)
        by_number[task.number] = task
        audit.record("created", task, actor_id=actor.id, now=now)
        if task.owner_id:
            ensure_role(plan.id, task.owner_id, Role.owner)
        _write_steps(plan, task, row, calendar)
        for resource in row.get("resources", []):
            lender = department_by_key(resource.get("department"))
            db.session.add(
                Resource(
                    plan_id=plan.id,
                    task_id=task.id,
                    kind=ResourceKind(resource["kind"]),
                    title=LocalText.of(resource["text"]),
                    source=ResourceSource(resource.get("source", "internal")),
                    department_id=lender.id if lender else None,
                )
            )
    db.session.flush()
    for row in template["tasks"]:
        after = by_number[row["number"]]
        for number in row.get("after", []):
            before = by_number[number]
            db.session.add(
                Link(
                    plan_id=plan.id,
                    before_task_id=before.id,
                    after_task_id=after.id,
                    lag_workdays=row.get("lag_workdays", 0),
                    pair=pair_of(item_key(before.id), item_key(after.id)),
                )
            )
    keep_first_baseline(plan, actor, now)


def _write_steps(plan: Plan, task: Task, row: Mapping[str, Any], calendar: Any) -> None:
    """Steps one after the other; the last ends with its task even where dates were changed."""
    first = task.start_on
    steps = row.get("steps", [])
    for index, step in enumerate(steps, start=1):
        last = calendar.add_workdays(first, step["duration_workdays"] - 1)
        if index == len(steps) or last > task.finish_on:
            last = task.finish_on
        first = min(first, last)
        db.session.add(
            Step(
                plan_id=plan.id,
                task_id=task.id,
                number=index,
                title=LocalText.of(step["title"]),
                start_on=first,
                finish_on=last,
                baseline_start_on=first,
                baseline_finish_on=last,
                is_milestone=step.get("is_milestone", False),
            )
        )
        first = min(calendar.add_workdays(last, 1), task.finish_on)
