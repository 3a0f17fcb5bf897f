"""Where the dates of the plan, its tasks and its steps stand, for whoever tries a change."""

from datetime import datetime

from app.core.db import db
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.permissions import Viewer
from app.core.registries import PlanDate
from app.plans.models import Plan
from app.tasks.consequences import numbered
from app.tasks.models import item_key
from app.tasks.scheduling import plan_rows, plan_schedule


def task_dates(plan_id: int, viewer: Viewer, now: datetime) -> list[PlanDate]:
    """The plan's span and going live; committed dates of open tasks and steps with their total
    float in working days. Everybody of a plan reads its schedule. Resources are needed on days of
    their own and move with nothing."""
    plan = db.session.get_one(Plan, plan_id)
    found, made = plan_rows(plan_id), plan_schedule(plan_id, local_date(now))
    rows = [
        PlanDate(
            key="plan", kind="plan", title=plan.title, url=f"/plans/{plan_id}",
            first_on=plan.start_on, last_on=plan.finish_on,
        )
    ]  # fmt: skip
    if plan.go_live_on is not None:
        rows.append(
            PlanDate(
                key="go_live", kind="go_live",
                title=LocalText(zh="标准付诸实施", en="The standard is put into effect"),
                url=f"/plans/{plan_id}", first_on=plan.go_live_on, last_on=plan.go_live_on,
            )
        )  # fmt: skip
    numbers = {task.id: str(task.number) for task in found.tasks}
    is_done = {task.id for task in found.tasks if task.done_on is not None}
    for row in (*found.tasks, *found.steps):
        task_id = getattr(row, "task_id", None)
        kind = "task" if task_id is None else "step"
        key = item_key(row.id) if task_id is None else item_key(task_id, row.id)
        if row.done_on is not None or (task_id or row.id) in is_done:
            continue
        label = numbers[row.id] if task_id is None else f"{numbers[task_id]}.{row.number}"
        rows.append(
            PlanDate(
                key=key, kind=kind, title=numbered(label, row.title),
                url=f"/tasks/{task_id or row.id}", first_on=row.start_on, last_on=row.finish_on,
                number=made.of(key).total_float,
            )
        )  # fmt: skip
    return rows
