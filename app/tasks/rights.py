"""Who may do what to which task: the object-level half of permissions.

`core.permissions` says which roles may try; here the row itself is looked at.
"""

from datetime import date

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.plans.access import plan_people, viewer_of
from app.plans.calendars import substitute_of
from app.tasks.models import ActionItem, BudgetLine, Resource, ResourceSource, Task


def eyes(actor: Person, plan_id: int) -> Viewer:
    """The actor's eyes on the plan. Raises NotFound without a role in it."""
    viewer = viewer_of(actor, plan_id)
    if viewer is None:
        raise NotFound(_l("This page does not exist, or not for you."))
    return viewer


def must_manage(actor: Person, plan_id: int) -> Viewer:
    """Raises Forbidden unless the actor manages the plan."""
    viewer = eyes(actor, plan_id)
    if not viewer.has(Role.manager):
        raise Forbidden(_l("Only the project manager may do this."))
    return viewer


def may_update(viewer: Viewer, task: Task, today: date) -> bool:
    """The owner, whoever stands in while the owner is on leave, and the manager."""
    if viewer.has(Role.manager) or task.owner_id == viewer.person_id:
        return True
    return task.owner_id is not None and substitute_of(task.owner_id, today) == viewer.person_id


def must_update(actor: Person, task: Task, today: date) -> Viewer:
    """Raises Forbidden unless the actor may update this task."""
    viewer = eyes(actor, task.plan_id)
    if not may_update(viewer, task, today):
        raise Forbidden(_l("Only the task’s owner and the project manager may change it."))
    return viewer


def may_lend(viewer: Viewer, resource: Resource) -> bool:
    """The head of the department that lends it; what is bought outside is Finance's to answer."""
    if resource.source is ResourceSource.external:
        return viewer.is_finance
    return resource.department_id is not None and resource.department_id in viewer.department_ids


def may_answer(viewer: Viewer, resource: Resource) -> bool:
    """Promise or decline: the lending side, and the manager on its behalf."""
    return viewer.has(Role.manager) or may_lend(viewer, resource)


def may_edit_money(viewer: Viewer, department_id: int | None) -> bool:
    """The manager, Finance's head, and a head the lines of the own department."""
    return viewer.has(Role.manager) or viewer.is_finance or department_id in viewer.department_ids


def sees_money_of(viewer: Viewer, task: Task) -> bool:
    """Whether the viewer reads the money of this task."""
    seen = sight(viewer, "task", "money")
    is_own = task.owner_id == viewer.person_id or task.department_id in viewer.department_ids
    return seen is Sight.all or (seen is Sight.own and is_own)


def sees_line(viewer: Viewer, line: BudgetLine, task: Task | None) -> bool:
    """Whether the viewer reads this budget line; `task` is the line's, None for the plan's."""
    seen = sight(viewer, "task", "money")
    if seen is Sight.own and line.department_id in viewer.department_ids:
        return True
    return seen is Sight.all or (task is not None and sees_money_of(viewer, task))


def sees_action(viewer: Viewer, action: ActionItem) -> bool:
    """Whether the viewer reads this action item."""
    seen = sight(viewer, "action", "row")
    return seen is Sight.all or (seen is Sight.own and action.owner_id == viewer.person_id)


def may_steer(viewer: Viewer, action: ActionItem) -> bool:
    """Move, hand on or cancel an action: the manager and whoever wrote it."""
    return viewer.has(Role.manager) or action.created_by_id == viewer.person_id


def someone_of_plan(plan_id: int, person_id: int, field: str) -> Person:
    """An enabled person of the plan. Raises DomainError at `field`."""
    person = next((p for p in plan_people(plan_id) if p.id == person_id), None)
    if person is None:
        raise DomainError(
            _l("This person has no part in the plan. Add them to its people first."), field
        )
    return person


def task_of_plan(plan_id: int, task_id: int, field: str) -> Task:
    """A task of this plan and no other. Raises DomainError at `field`."""
    task = db.session.get(Task, task_id)
    if task is None or task.plan_id != plan_id:
        raise DomainError(_l("This task does not exist in the plan."), field)
    return task
