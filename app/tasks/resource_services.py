"""Use cases of what a task needs: people and things that departments lend or buy.

The task's side asks; the lending side promises a day, or declines and says why; what has come is
noted with its day. The manager may record either side. The moves themselves are in `lending`.
"""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.locks import check_unchanged, fields_of
from app.tasks.models import Resource, ResourceKind, ResourceSource, ResourceState, Task
from app.tasks.rights import must_update
from app.tasks.rows import (
    NEED_FIELDS,
    NO_ANSWER,
    RESOURCE_FIELDS,
    check_title,
    resource_stamp,
    take_off,
)
from app.tasks.services import check_department

ANSWERED = (ResourceState.promised, ResourceState.declined)


def add_resource(
    task: Task,
    *,
    kind: ResourceKind,
    title: LocalText,
    source: ResourceSource,
    department_id: int | None = None,
    quantity: str = "",
    needed_on: date | None = None,
    needed_until_on: date | None = None,
    note: str = "",
    actor: Person,
    now: datetime,
) -> Resource:
    """Something more that the task needs, from the first day to the last.

    Raises DomainError, Forbidden, NotFound.
    """
    must_update(actor, task, local_date(now))
    check_title(title)
    check_department(department_id)
    _check_days(needed_on, needed_until_on)
    resource = Resource(
        plan_id=task.plan_id,
        task_id=task.id,
        kind=kind,
        title=title,
        source=source,
        department_id=department_id,
        quantity=quantity,
        needed_on=needed_on,
        needed_until_on=needed_until_on,
        note=note,
    )
    db.session.add(resource)
    audit.record(
        "created",
        resource,
        actor_id=actor.id,
        now=now,
        changes={name: (None, value) for name, value in fields_of(resource, NEED_FIELDS).items()},
    )
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
    needed_until_on: date | None = None,
    note: str,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change what is needed. Who has not answered has promised nothing: from another department,
    or bought instead of lent, it is asked for again and the former answer stays in the history.

    Raises Conflict, DomainError, Forbidden.
    """
    must_update(actor, resource.task, local_date(now))
    check_unchanged(seen, resource_stamp(resource), fields_of(resource, RESOURCE_FIELDS))
    check_title(title)
    check_department(department_id)
    _check_days(needed_on, needed_until_on)
    is_elsewhere = (department_id, source) != (resource.department_id, resource.source)
    anew = {}
    if is_elsewhere and resource.state in ANSWERED:
        anew = {"state": ResourceState.asked, **NO_ANSWER}
    changes = audit.change(
        resource,
        kind=kind,
        title=title,
        source=source,
        department_id=department_id,
        quantity=quantity,
        needed_on=needed_on,
        needed_until_on=needed_until_on,
        note=note,
        **anew,
    )
    if changes:
        audit.record("changed", resource, actor_id=actor.id, now=now, changes=changes)


def remove_resource(resource: Resource, *, actor: Person, now: datetime) -> None:
    """Take a resource off the task; the audit trail keeps it."""
    must_update(actor, resource.task, local_date(now))
    take_off(resource, RESOURCE_FIELDS, actor, now)


def _check_days(needed_on: date | None, needed_until_on: date | None) -> None:
    if needed_until_on is None:
        return
    if needed_on is None:
        raise DomainError(_l("Please say from which day on."), "needed_on")
    if needed_until_on < needed_on:
        raise DomainError(_l("The last day lies before the first."), "needed_until_on")
