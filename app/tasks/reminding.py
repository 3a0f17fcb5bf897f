"""What of the work plan falls due, open or done: tasks, milestones and action items.

Each answer is for all plans at once and reads only what falls due in the days asked for.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, select

from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.registries import Deadline
from app.plans.many import managers_of, rows_of_plans
from app.tasks.answers import begin_of, end_of, sentence
from app.tasks.models import ActionItem, ActionState, Step, Task


def task_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Tasks whose committed finish lies in [first, last]."""
    rows = rows_of_plans(
        select(
            Task.id, Task.plan_id, Task.number, Task.title, Task.owner_id, Task.finish_on,
            Task.done_on,
        )
        .where(Task.finish_on.between(local_date(first), local_date(last)))
        .order_by(Task.finish_on, Task.id),
        Task.plan_id, plan_ids,
    )  # fmt: skip
    if not rows:
        return []
    managers, title = managers_of(plan_ids), sentence(lambda: _("Task %(number)s: %(title)s"))
    found = [
        Deadline(
            plan_id=row.plan_id, kind="task", object_key=f"task:{row.id}",
            occurrence=row.finish_on.isoformat(), due_at=end_of(row.finish_on),
            recipients=() if row.owner_id is None else (row.owner_id,),
            escalate_to=managers[row.plan_id],
            title=title(number=row.number, title=row.title), url=f"/tasks/{row.id}",
            done_at=None if row.done_on is None else begin_of(row.done_on),
        )
        for row in rows
    ]  # fmt: skip
    return due_between(found, first, last)


def milestone_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Milestones whose committed day lies in [first, last]. The task's owner answers for them."""
    rows = rows_of_plans(
        select(
            Step.id, Step.plan_id, Step.task_id, Step.title, Step.finish_on, Step.done_on,
            Task.number, Task.owner_id,
        )
        .join(Task, Task.id == Step.task_id)
        .where(Step.is_milestone, Step.finish_on.between(local_date(first), local_date(last)))
        .order_by(Step.finish_on, Step.id),
        Step.plan_id, plan_ids,
    )  # fmt: skip
    if not rows:
        return []
    managers = managers_of(plan_ids)
    title = sentence(lambda: _("Milestone of task %(number)s: %(title)s"))
    found = [
        Deadline(
            plan_id=row.plan_id, kind="milestone", object_key=f"milestone:{row.id}",
            occurrence=row.finish_on.isoformat(), due_at=end_of(row.finish_on),
            recipients=managers[row.plan_id] if row.owner_id is None else (row.owner_id,),
            escalate_to=managers[row.plan_id],
            title=title(number=row.number, title=row.title),
            url=f"/tasks/{row.task_id}?edit=step-{row.id}#steps",
            done_at=None if row.done_on is None else begin_of(row.done_on),
        )
        for row in rows
    ]  # fmt: skip
    return due_between(found, first, last)


def action_deadlines(plan_ids: Sequence[int], first: datetime, last: datetime) -> list[Deadline]:
    """Action items due in [first, last]; a cancelled one counts as ended."""
    rows = rows_of_plans(
        select(
            ActionItem.id, ActionItem.plan_id, ActionItem.number, ActionItem.title,
            ActionItem.owner_id, ActionItem.due_on, ActionItem.ended_at,
        )
        .where(
            ActionItem.due_on.between(local_date(first), local_date(last)),
            (ActionItem.state == ActionState.open) | ActionItem.ended_at.is_not(None),
        )
        .order_by(ActionItem.due_on, ActionItem.id),
        ActionItem.plan_id, plan_ids,
    )  # fmt: skip
    if not rows:
        return []
    managers, title = managers_of(plan_ids), _action_title()
    found = [_action_deadline(row, managers[row.plan_id], title) for row in rows]
    return due_between(found, first, last)


def action_deadline(action: ActionItem, managers: tuple[int, ...]) -> Deadline:
    """The day by which it has to be done, and who is told when it stays undone."""
    return _action_deadline(action, managers, _action_title())


def _action_title() -> Callable[..., LocalText]:
    return sentence(lambda: _("Action item A-%(number)s: %(title)s"))


def _action_deadline(
    action: ActionItem | Row[Any], managers: tuple[int, ...], title: Callable[..., LocalText]
) -> Deadline:
    return Deadline(
        plan_id=action.plan_id, kind="action", object_key=f"action:{action.id}",
        occurrence=action.due_on.isoformat(), due_at=end_of(action.due_on),
        recipients=(action.owner_id,), escalate_to=managers,
        title=title(number=action.number, title=action.title), url=f"/actions/{action.id}",
        done_at=action.ended_at,
    )  # fmt: skip


def due_between(rows: Sequence[Deadline], first: datetime, last: datetime) -> list[Deadline]:
    """Days are asked for in SQL, instants here."""
    return [row for row in rows if first <= row.due_at <= last]
