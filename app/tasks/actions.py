"""Action items: what somebody has to do by a day, whatever it came from.

Meetings, inspections, problems and risks write theirs through `create_action`, so that all are on
one list, carry one kind of number (A-7) and are chased in one way.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.events import announce
from app.core.formats import local_date
from app.core.locks import check_unchanged, fields_of, stamp
from app.core.permissions import Role
from app.plans.models import Plan
from app.tasks.events import ActionCreated, ActionEnded, ActionReassigned
from app.tasks.models import ActionItem, ActionSource, ActionState
from app.tasks.rights import eyes, may_steer, someone_of_plan, task_of_plan
from app.tasks.services import check_department

ACTION_FIELDS = ("title", "details", "owner_id", "due_on", "state", "evidence")


def create_action(
    plan_id: int,
    *,
    title: str,
    owner_id: int,
    due_on: date,
    source: ActionSource = ActionSource.plan,
    source_id: int | None = None,
    department_id: int | None = None,
    task_id: int | None = None,
    details: str = "",
    actor: Person,
    now: datetime,
) -> ActionItem:
    """A new action item with the plan's next number.

    source_id: the meeting, finding, problem or risk that it came from. Who may write one is the
    caller's to check; here the actor needs a role in the plan and the owner a part in it.
    Raises DomainError, NotFound.
    """
    eyes(actor, plan_id)
    if not title:
        raise DomainError(_l("Please fill this in."), "title")
    someone_of_plan(plan_id, owner_id, "owner_id")
    _check_due(due_on, now)
    check_department(department_id)
    if task_id is not None:
        task_of_plan(plan_id, task_id, "task_id")
    action = ActionItem(
        plan_id=plan_id,
        number=_next_number(plan_id),
        title=title,
        details=details,
        owner_id=owner_id,
        department_id=department_id,
        task_id=task_id,
        due_on=due_on,
        source=source,
        source_id=source_id,
        created_at=now,
        created_by_id=actor.id,
    )
    db.session.add(action)
    audit.record("created", action, actor_id=actor.id, now=now)
    announce(ActionCreated(action.id, plan_id, owner_id, actor.id, now))
    return action


def close_action(action: ActionItem, *, evidence: str, actor: Person, now: datetime) -> None:
    """Done, and by what one can see it. The owner and the manager may."""
    _must_be_open(action)
    viewer = eyes(actor, action.plan_id)
    if not (viewer.has(Role.manager) or action.owner_id == actor.id):
        raise Forbidden(_l("Only whoever does it and the project manager may close it."))
    if not evidence:
        raise DomainError(_l("Please say how one can see that it is done."), "evidence")
    _end(action, ActionState.closed, evidence, actor, now)


def cancel_action(action: ActionItem, *, reason: str, actor: Person, now: datetime) -> None:
    """No longer needed, with the reason. The manager and whoever wrote it may."""
    _must_be_open(action)
    _must_steer(action, actor)
    if not reason:
        raise DomainError(_l("Please say why; it is kept with the change."), "reason")
    _end(action, ActionState.cancelled, reason, actor, now)


def reassign_action(
    action: ActionItem, *, owner_id: int, seen: str | None = None, actor: Person, now: datetime
) -> None:
    """Hand the action to somebody else of the plan."""
    _must_be_open(action)
    _must_steer(action, actor)
    check_unchanged(seen, action_stamp(action), fields_of(action, ACTION_FIELDS))
    someone_of_plan(action.plan_id, owner_id, "owner_id")
    former = action.owner_id
    changes = audit.change(action, owner_id=owner_id)
    if not changes:
        return
    audit.record("reassigned", action, actor_id=actor.id, now=now, changes=changes)
    announce(ActionReassigned(action.id, action.plan_id, owner_id, former, actor.id, now))


def change_action_date(
    action: ActionItem,
    *,
    due_on: date,
    reason: str,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Move the due date, with the reason."""
    _must_be_open(action)
    _must_steer(action, actor)
    check_unchanged(seen, action_stamp(action), fields_of(action, ACTION_FIELDS))
    if due_on == action.due_on:
        return
    _check_due(due_on, now)
    if not reason:
        raise DomainError(_l("Please say why; it is kept with the change."), "reason")
    changes = audit.change(action, due_on=due_on)
    audit.record(
        "date_changed",
        action,
        actor_id=actor.id,
        now=now,
        changes={**changes, "reason": (None, reason)},
    )


def my_actions(person_id: int) -> list[ActionItem]:
    """The person's open actions in all plans, most urgent first."""
    return list(
        db.session.scalars(
            select(ActionItem)
            .where(ActionItem.owner_id == person_id, ActionItem.state == ActionState.open)
            .order_by(ActionItem.due_on, ActionItem.id)
        )
    )


def actions_from(
    plan_id: int, source: ActionSource, source_ids: Collection[int]
) -> dict[int, list[ActionItem]]:
    """Actions by the meeting, finding, problem or risk they came from."""
    found: dict[int, list[ActionItem]] = defaultdict(list)
    for action in db.session.scalars(
        select(ActionItem)
        .where(
            ActionItem.plan_id == plan_id,
            ActionItem.source == source,
            ActionItem.source_id.in_(source_ids),
        )
        .order_by(ActionItem.number)
    ):
        found[action.source_id or 0].append(action)
    return found


def action_stamp(action: ActionItem) -> str:
    """What a form about this action carries, to see whether it changed meanwhile."""
    return stamp(fields_of(action, ACTION_FIELDS))


def _next_number(plan_id: int) -> int:
    # PostgreSQL: one writer at a time per plan, or two would count the same number. SQLite's
    # writing transaction has locked already.
    db.session.execute(select(Plan.id).where(Plan.id == plan_id).with_for_update(key_share=True))
    last = db.session.scalar(
        select(func.max(ActionItem.number)).where(ActionItem.plan_id == plan_id)
    )
    return (last or 0) + 1


def _check_due(due_on: date, now: datetime) -> None:
    if due_on < local_date(now):
        raise DomainError(_l("This day has passed already."), "due_on")


def _must_be_open(action: ActionItem) -> None:
    if action.state is not ActionState.open:
        raise DomainError(_l("This action item has ended already."))


def _must_steer(action: ActionItem, actor: Person) -> None:
    if not may_steer(eyes(actor, action.plan_id), action):
        raise Forbidden(_l("Only the project manager and whoever wrote it may change this."))


def _end(action: ActionItem, state: ActionState, words: str, actor: Person, now: datetime) -> None:
    changes = audit.change(action, state=state, evidence=words, ended_at=now)
    audit.record(str(state), action, actor_id=actor.id, now=now, changes=changes)
    announce(ActionEnded(action.id, action.plan_id, state, actor.id, now))
