"""Reads of the action items that a viewer may see: a page of them, the filters' numbers, a task's,
and a person's own over all plans.

Apart from the tasks' own reads, as action items are read over tasks, meetings and reports alike.
"""

from collections.abc import Callable, Collection
from datetime import date

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import ColumnElement, func, select

from app.core.db import db
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.tasks.models import ActionItem, ActionState, Task

ACTIONS_A_PAGE = 50
_IS_OPEN = ActionItem.state == ActionState.open
# The filters of a person's own list.
MINE: dict[str, Callable[[date], ColumnElement[bool]]] = {
    "open": lambda _today: _IS_OPEN,
    "overdue": lambda today: _IS_OPEN & (ActionItem.due_on < today),
    "closed": lambda _today: ~_IS_OPEN,
}


def visible_actions(plan_id: int, viewer: Viewer) -> list[ColumnElement[bool]]:
    """The conditions under which the viewer reads an action item of the plan."""
    conditions: list[ColumnElement[bool]] = [ActionItem.plan_id == plan_id]
    if sight(viewer, "action", "row") is not Sight.all:
        conditions.append(ActionItem.owner_id == viewer.person_id)
    return conditions


def action_page(
    plan_id: int, viewer: Viewer, today: date, chosen: str, person_id: int | None, page: int
) -> Pagination:
    """Action items with their owners; `chosen`: open, mine, overdue, all."""
    conditions = visible_actions(plan_id, viewer)
    if chosen != "all":
        conditions.append(ActionItem.state == ActionState.open)
    if chosen == "mine":
        conditions.append(ActionItem.owner_id == viewer.person_id)
    if chosen == "overdue":
        conditions.append(ActionItem.due_on < today)
    if person_id is not None:
        conditions.append(ActionItem.owner_id == person_id)
    statement = (
        select(ActionItem)
        .options(
            db.joinedload(ActionItem.owner),
            db.joinedload(ActionItem.task),
            db.joinedload(ActionItem.department),
        )
        .where(*conditions)
        .order_by(ActionItem.state.desc() if chosen == "all" else ActionItem.due_on,
                  ActionItem.due_on, ActionItem.number)
    )  # fmt: skip
    return db.paginate(statement, page=page, per_page=ACTIONS_A_PAGE, error_out=False)


def action_counts(plan_id: int, viewer: Viewer, today: date) -> dict[str, int]:
    """How many the filters hold, in one statement."""
    is_open = ActionItem.state == ActionState.open
    row = db.session.execute(
        select(
            func.count(),
            func.sum(db.case((is_open, 1), else_=0)),
            func.sum(db.case((is_open & (ActionItem.owner_id == viewer.person_id), 1), else_=0)),
            func.sum(db.case((is_open & (ActionItem.due_on < today), 1), else_=0)),
        ).where(*visible_actions(plan_id, viewer))
    ).one()
    return dict(zip(("all", "open", "mine", "overdue"), (n or 0 for n in row), strict=True))


def my_action_page(
    person_id: int, plan_ids: Collection[int], today: date, chosen: str, page: int
) -> Pagination:
    """The person's own action items in these plans; `chosen`: open, overdue, closed."""
    statement = (
        select(ActionItem)
        .options(db.joinedload(ActionItem.task))
        .where(*_own(person_id, plan_ids), MINE[chosen](today))
        .order_by(
            *(ActionItem.ended_at.desc(),) if chosen == "closed" else (ActionItem.due_on,),
            ActionItem.id,
        )
    )
    return db.paginate(statement, page=page, per_page=ACTIONS_A_PAGE, error_out=False)


def my_action_counts(person_id: int, plan_ids: Collection[int], today: date) -> dict[str, int]:
    """How many of their own the filters hold, in one statement."""
    row = db.session.execute(
        select(*(func.sum(db.case((holds(today), 1), else_=0)) for holds in MINE.values())).where(
            *_own(person_id, plan_ids)
        )
    ).one()
    return dict(zip(MINE, (n or 0 for n in row), strict=True))


def _own(person_id: int, plan_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return ActionItem.owner_id == person_id, ActionItem.plan_id.in_(plan_ids)


def actions_of_task(task: Task, viewer: Viewer) -> list[ActionItem]:
    """The task's action items that the viewer reads, open ones first."""
    return list(
        db.session.scalars(
            select(ActionItem)
            .options(db.joinedload(ActionItem.owner))
            .where(*visible_actions(task.plan_id, viewer), ActionItem.task_id == task.id)
            .order_by(ActionItem.state.desc(), ActionItem.due_on, ActionItem.number)
        )
    )
