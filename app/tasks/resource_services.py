"""Use cases of what a task needs: people and things that departments lend, and money.

A resource is asked for by the task's side, promised and delivered by the lending department; the
manager may record either side.
"""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.events import announce
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.locks import check_unchanged, fields_of, stamp
from app.core.permissions import Role
from app.tasks.events import ResourceMoved
from app.tasks.models import BudgetLine, Resource, ResourceKind, ResourceSource, ResourceState, Task
from app.tasks.rights import eyes, may_edit_money, may_lend, may_update, must_update, task_of_plan
from app.tasks.services import check_department

RESOURCE_FIELDS = (
    "kind", "title", "source", "department_id", "quantity", "needed_on", "state", "note",
)  # fmt: skip
BUDGET_FIELDS = (
    "task_id", "department_id", "title", "planned_cents", "actual_cents", "forecast_cents",
)  # fmt: skip
ORDER = tuple(ResourceState)


def resource_stamp(resource: Resource) -> str:
    """What a form about this resource carries, to see whether it changed meanwhile."""
    return stamp(fields_of(resource, RESOURCE_FIELDS))


def add_resource(
    task: Task,
    *,
    kind: ResourceKind,
    title: LocalText,
    source: ResourceSource,
    department_id: int | None = None,
    quantity: str = "",
    needed_on: date | None = None,
    note: str = "",
    actor: Person,
    now: datetime,
) -> Resource:
    """Something more that the task needs. Raises DomainError."""
    must_update(actor, task, local_date(now))
    _check_title(title)
    check_department(department_id)
    resource = Resource(
        plan_id=task.plan_id,
        task_id=task.id,
        kind=kind,
        title=title,
        source=source,
        department_id=department_id,
        quantity=quantity,
        needed_on=needed_on,
        note=note,
    )
    db.session.add(resource)
    audit.record("created", resource, actor_id=actor.id, now=now)
    return resource


def edit_resource(
    resource: Resource,
    *,
    kind: ResourceKind,
    title: LocalText,
    source: ResourceSource,
    department_id: int | None,
    quantity: str,
    needed_on: date | None,
    note: str,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change what is needed. Another department has promised nothing: its state starts again."""
    must_update(actor, resource.task, local_date(now))
    check_unchanged(seen, resource_stamp(resource), fields_of(resource, RESOURCE_FIELDS))
    _check_title(title)
    check_department(department_id)
    state = resource.state
    if department_id != resource.department_id and state is ResourceState.promised:
        state = ResourceState.asked
    changes = audit.change(
        resource,
        kind=kind,
        title=title,
        source=source,
        department_id=department_id,
        quantity=quantity,
        needed_on=needed_on,
        note=note,
        state=state,
    )
    if changes:
        audit.record("changed", resource, actor_id=actor.id, now=now, changes=changes)


def move_resource(
    resource: Resource, *, state: ResourceState, actor: Person, now: datetime
) -> None:
    """Ask for, promise or deliver a resource, or take that back.

    The task's side asks (and may take it back), the lending department promises and delivers, and
    the manager may do all of it. Raises Forbidden.
    """
    viewer = eyes(actor, resource.plan_id)
    is_giving = ResourceState.promised in (state, resource.state) or (
        ResourceState.delivered in (state, resource.state)
    )
    is_allowed = (
        viewer.has(Role.manager)
        or (is_giving and may_lend(viewer, resource))
        or (not is_giving and may_update(viewer, resource.task, local_date(now)))
    )
    if not is_allowed:
        raise Forbidden(
            _l("Only the head of the lending department and the project manager may do this.")
            if is_giving
            else _l("Only the task’s owner and the project manager may change it.")
        )
    changes = audit.change(resource, state=state)
    if not changes:
        return
    audit.record(str(state), resource, actor_id=actor.id, now=now, changes=changes)
    announce(ResourceMoved(resource.id, resource.task_id, resource.plan_id, state, actor.id, now))


def next_state(resource: Resource) -> ResourceState | None:
    """The state after this one; None at the end."""
    index = ORDER.index(resource.state) + 1
    return ORDER[index] if index < len(ORDER) else None


def remove_resource(resource: Resource, *, actor: Person, now: datetime) -> None:
    """Take a resource off the task; the audit trail keeps it."""
    must_update(actor, resource.task, local_date(now))
    _remove(resource, RESOURCE_FIELDS, actor, now)


def budget_stamp(line: BudgetLine) -> str:
    """What a form about this budget line carries, to see whether it changed meanwhile."""
    return stamp(fields_of(line, BUDGET_FIELDS))


def add_budget_line(
    plan_id: int,
    *,
    title: LocalText,
    planned_cents: int,
    actual_cents: int = 0,
    forecast_cents: int | None = None,
    task_id: int | None = None,
    department_id: int | None = None,
    actor: Person,
    now: datetime,
) -> BudgetLine:
    """A line of money; the forecast is the planned amount until somebody expects another."""
    _must_edit_money(actor, plan_id, department_id)
    _check_title(title)
    check_department(department_id)
    if task_id is not None:
        task_of_plan(plan_id, task_id, "task_id")
    line = BudgetLine(
        plan_id=plan_id,
        task_id=task_id,
        department_id=department_id,
        title=title,
        planned_cents=planned_cents,
        actual_cents=actual_cents,
        forecast_cents=planned_cents if forecast_cents is None else forecast_cents,
    )
    db.session.add(line)
    audit.record(
        "created",
        line,
        actor_id=actor.id,
        now=now,
        changes={name: (None, value) for name, value in fields_of(line, BUDGET_FIELDS).items()},
    )
    return line


def edit_budget_line(
    line: BudgetLine,
    *,
    title: LocalText,
    planned_cents: int,
    actual_cents: int,
    forecast_cents: int,
    department_id: int | None,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a line of money; the department's own head may, but not hand it to another."""
    _must_edit_money(actor, line.plan_id, line.department_id)
    _must_edit_money(actor, line.plan_id, department_id)
    check_unchanged(seen, budget_stamp(line), fields_of(line, BUDGET_FIELDS))
    _check_title(title)
    check_department(department_id)
    changes = audit.change(
        line,
        title=title,
        planned_cents=planned_cents,
        actual_cents=actual_cents,
        forecast_cents=forecast_cents,
        department_id=department_id,
    )
    if changes:
        audit.record("changed", line, actor_id=actor.id, now=now, changes=changes)


def remove_budget_line(line: BudgetLine, *, actor: Person, now: datetime) -> None:
    """Take a line of money off; the audit trail keeps it."""
    _must_edit_money(actor, line.plan_id, line.department_id)
    _remove(line, BUDGET_FIELDS, actor, now)


def _remove(
    row: Resource | BudgetLine, names: tuple[str, ...], actor: Person, now: datetime
) -> None:
    audit.record(
        "removed",
        row,
        actor_id=actor.id,
        now=now,
        changes={name: (value, None) for name, value in fields_of(row, names).items()},
    )
    db.session.delete(row)
    db.session.flush()


def _must_edit_money(actor: Person, plan_id: int, department_id: int | None) -> None:
    if not may_edit_money(eyes(actor, plan_id), department_id):
        raise Forbidden(_l("Only the project manager, Finance and the department’s own head may "
                           "change this money."))  # fmt: skip


def _check_title(title: LocalText) -> None:
    if not title:
        raise DomainError(_l("Please fill this in."), "title")
