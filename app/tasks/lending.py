"""Use cases of a request: asked for, promised or declined with an answer, delivered.

The task's side asks, and asks again; the lending side answers; either notes what has come. What
the manager records on the lending side's behalf is marked as such in the audit trail.
"""

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.core import audit
from app.core.errors import DomainError, Forbidden
from app.core.events import announce
from app.core.formats import local_date
from app.core.locks import check_unchanged, fields_of
from app.core.permissions import Viewer
from app.tasks.events import ResourceMoved
from app.tasks.models import Resource, ResourceSource, ResourceState
from app.tasks.rights import eyes, may_answer, may_lend, may_update
from app.tasks.rows import NO_ANSWER, RESOURCE_FIELDS, resource_stamp


def ask_resource(resource: Resource, *, actor: Person, now: datetime) -> None:
    """Ask for it, or ask again after it was declined; the former answer stays in the history.
    The manager and the task's owner may. Raises DomainError, Forbidden."""
    _must_ask(resource, actor, now)
    if resource.state not in (ResourceState.open, ResourceState.declined):
        raise DomainError(_l("It has been asked for already."))
    if resource.source is ResourceSource.internal and resource.department_id is None:
        raise DomainError(_l("Please say first which department lends it."), "department_id")
    _move(resource, ResourceState.asked, actor, now, **NO_ANSWER)


def take_request_back(resource: Resource, *, actor: Person, now: datetime) -> None:
    """Not asked for after all. The manager and the task's owner may. Raises Forbidden."""
    _must_ask(resource, actor, now)
    if resource.state is not ResourceState.asked:
        raise DomainError(_l("It has been answered already."))
    _move(resource, ResourceState.open, actor, now)


def promise_resource(
    resource: Resource,
    *,
    promised_on: date | None,
    answer: str = "",
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """The lending side's promise for a day, with a word where there is one; a promise may be
    changed until it is kept. A day later than needed is taken and said.

    Raises Conflict, DomainError, Forbidden.
    """
    _must_answer(resource, actor)
    check_unchanged(seen, resource_stamp(resource), fields_of(resource, RESOURCE_FIELDS))
    _must_wait_for_answer(resource)
    if promised_on is None:
        raise DomainError(_l("Please say for which day."), "promised_on")
    if promised_on < local_date(now) and promised_on != resource.promised_on:
        raise DomainError(_l("This day has passed already."), "promised_on")
    _answer(resource, ResourceState.promised, promised_on, answer, actor, now)


def decline_resource(
    resource: Resource, *, reason: str, seen: str | None = None, actor: Person, now: datetime
) -> None:
    """The lending side's no, with the reason. Raises Conflict, DomainError, Forbidden."""
    _must_answer(resource, actor)
    check_unchanged(seen, resource_stamp(resource), fields_of(resource, RESOURCE_FIELDS))
    _must_wait_for_answer(resource)
    if not reason:
        raise DomainError(_l("Please say why; the task’s owner has to look elsewhere."), "answer")
    _answer(resource, ResourceState.declined, None, reason, actor, now)


def deliver_resource(
    resource: Resource, *, delivered_on: date | None = None, actor: Person, now: datetime
) -> None:
    """It has come, on a day that is not in the future (today when not said). Either side may say
    so: the lending one that gave, the task's one that received. Raises DomainError, Forbidden."""
    viewer = eyes(actor, resource.plan_id)
    if not (may_answer(viewer, resource) or _is_ours(viewer, resource, now)):
        raise Forbidden(_l("Only the lending side, the task’s owner and the project manager may "
                           "say that it has come."))  # fmt: skip
    if resource.state is not ResourceState.promised:
        raise DomainError(_l("Only what is promised can be delivered."))
    today = local_date(now)
    if delivered_on is not None and delivered_on > today:
        raise DomainError(_l("This day has not come yet."), "delivered_on")
    _move(resource, ResourceState.delivered, actor, now, delivered_on=delivered_on or today)


def take_answer_back(resource: Resource, *, actor: Person, now: datetime) -> None:
    """Not delivered after all: promised again; not promised or declined after all: asked for."""
    _must_answer(resource, actor)
    if resource.state is ResourceState.delivered:
        _move(resource, ResourceState.promised, actor, now, delivered_on=None)
    elif resource.state in (ResourceState.promised, ResourceState.declined):
        _move(resource, ResourceState.asked, actor, now, **NO_ANSWER)
    else:
        raise DomainError(_l("There is no answer to take back."))


def _answer(
    resource: Resource, state: ResourceState, promised_on: date | None, answer: str,
    actor: Person, now: datetime, **more: Any,
) -> None:  # fmt: skip
    """Write the answer down; whose word it is when the manager records it stays in the trail."""
    is_own = may_lend(eyes(actor, resource.plan_id), resource)
    _move(
        resource, state, actor, now, promised_on=promised_on, answer=answer,
        answered_by_id=actor.id, answered_at=now,
        said={} if is_own else {"on_behalf": (None, True)}, **more,
    )  # fmt: skip


def _move(
    resource: Resource, state: ResourceState, actor: Person, now: datetime, *,
    said: dict[str, tuple[Any, Any]] | None = None, **values: Any,
) -> None:  # fmt: skip
    former = resource.state
    changes = audit.change(resource, state=state, **values)
    if changes.keys() <= {"answered_at"}:
        return
    audit.record(
        str(state), resource, actor_id=actor.id, now=now, changes={**changes, **(said or {})}
    )
    if former is not state or "promised_on" in changes:
        announce(
            ResourceMoved(resource.id, resource.task_id, resource.plan_id, state, actor.id, now)
        )


def _is_ours(viewer: Viewer, resource: Resource, now: datetime) -> bool:
    return may_update(viewer, resource.task, local_date(now))


def _must_ask(resource: Resource, actor: Person, now: datetime) -> None:
    if not _is_ours(eyes(actor, resource.plan_id), resource, now):
        raise Forbidden(_l("Only the task’s owner and the project manager may change it."))


def _must_answer(resource: Resource, actor: Person) -> None:
    if not may_answer(eyes(actor, resource.plan_id), resource):
        raise Forbidden(
            _l("Only Finance and the project manager answer for what is bought outside.")
            if resource.source is ResourceSource.external
            else _l("Only the head of the lending department and the project manager may do this.")
        )


def _must_wait_for_answer(resource: Resource) -> None:
    if resource.state is ResourceState.open:
        raise DomainError(_l("It has not been asked for yet."))
    if resource.state is ResourceState.delivered:
        raise DomainError(_l("It has been delivered already."))
