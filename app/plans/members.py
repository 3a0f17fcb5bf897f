"""Who takes part in a plan, and as what.

Two roles come with something else and are never given by hand: a department's head heads it, a
task's owner owns it.
"""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.events import DepartmentHeadChanged
from app.accounts.models import Department, Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.events import announce
from app.core.permissions import Role
from app.core.registries import role_ties
from app.plans.access import drop_role, ensure_role, manager_ids
from app.plans.models import Plan, PlanMember
from app.plans.parts import plan_departments
from app.plans.services import enabled_person, must_edit

BY_HAND = (Role.manager, Role.executive, Role.member)


def add_member(
    plan: Plan, person_id: int, role: Role, *, actor: Person, now: datetime
) -> PlanMember:
    """Give a person a role. Raises Forbidden, DomainError."""
    must_edit(plan, actor)
    if role not in BY_HAND:
        raise DomainError(
            _l("This role comes with a department or a task and is not given by hand."), "role"
        )
    enabled_person(person_id, "person_id")
    if member_row(plan.id, person_id, role) is not None:
        raise DomainError(_l("This person holds that role already."), "role")
    row = PlanMember(plan_id=plan.id, person_id=person_id, role=role)
    db.session.add(row)
    audit.record(
        "role given",
        row,
        actor_id=actor.id,
        now=now,
        changes={"person_id": (None, person_id), "role": (None, role)},
    )
    return row


def remove_member(plan: Plan, person_id: int, role: Role, *, actor: Person, now: datetime) -> None:
    """Take a role away. Raises Forbidden, NotFound, DomainError (last manager, a role that is
    tied to a task, a department or the cover)."""
    must_edit(plan, actor)
    row = member_row(plan.id, person_id, role)
    if row is None:
        raise NotFound(_l("This person does not hold that role here."))
    reason = tie_of(plan, person_id, role)
    if reason:
        raise DomainError(reason)
    audit.record(
        "role taken",
        row,
        actor_id=actor.id,
        now=now,
        changes={"person_id": (person_id, None), "role": (role, None)},
    )
    db.session.delete(row)
    db.session.flush()


def member_row(plan_id: int, person_id: int, role: Role) -> PlanMember | None:
    """The row of a person's role, or None."""
    return db.session.scalar(
        select(PlanMember).where(
            PlanMember.plan_id == plan_id,
            PlanMember.person_id == person_id,
            PlanMember.role == role,
        )
    )


def tie_of(plan: Plan, person_id: int, role: Role) -> str | None:
    """Why the role cannot be taken away by hand, or None."""
    for _name, answer in role_ties:
        reason = answer(plan.id, person_id, role)
        if reason:
            return str(reason)
    return None


def own_ties(plan_id: int, person_id: int, role: Role) -> str | None:
    """This package's answer: the last manager, heads, owners and who is named on the cover."""
    plan = db.session.get_one(Plan, plan_id)
    if role is Role.manager and not set(manager_ids(plan_id)) - {person_id}:
        return _("A plan needs a project manager. Name another one first.")
    if role is Role.owner:
        return _(
            "This role comes with the person’s tasks. It ends when they are given to somebody else."
        )
    if role is Role.head and any(d.head_id == person_id for d in plan_departments(plan)):
        return _("This role comes with the department that the person heads.")
    if role is Role.executive and plan.approved_by_id == person_id:
        return _("The cover names this person for the approval. Change the cover first.")
    if person_id in (plan.prepared_by_id, plan.reviewed_by_id) and _roles(plan_id, person_id) == {
        role
    }:
        return _("The cover names this person. Change the cover first.")
    return None


def _roles(plan_id: int, person_id: int) -> set[Role]:
    return set(
        db.session.scalars(
            select(PlanMember.role).where(
                PlanMember.plan_id == plan_id, PlanMember.person_id == person_id
            )
        )
    )


def appoint_head(
    plan: Plan, department_id: int, person_id: int, *, actor: Person, now: datetime
) -> Department:
    """Fill the blank head of one of the plan's departments.

    A department that has a head keeps it: whom it belongs to is the company's to say, so an
    administrator changes it. Raises Forbidden, NotFound, DomainError.
    """
    must_edit(plan, actor)
    department = next((d for d in plan_departments(plan) if d.id == department_id), None)
    if department is None:
        raise NotFound(_l("This plan does not name that department."))
    if department.head_id is not None:
        raise DomainError(_l("This department has a head. An administrator can change it."))
    enabled_person(person_id, "person_id")
    fill_head(department, person_id, actor=actor, now=now)
    return department


def fill_head(department: Department, person_id: int, *, actor: Person, now: datetime) -> None:
    """Write the head into a department without one, and tell everybody."""
    changes = audit.change(department, head_id=person_id)
    audit.record("head appointed", department, actor_id=actor.id, now=now, changes=changes)
    announce(DepartmentHeadChanged(department.id, None, person_id))


def follow_head(event: DepartmentHeadChanged) -> None:
    """Keep the head role of every plan that names the department in step with who heads it."""
    department = db.session.get_one(Department, event.department_id)
    for plan in db.session.scalars(select(Plan)):
        named = plan_departments(plan)
        if department not in named:
            continue
        if event.head_id is not None:
            ensure_role(plan.id, event.head_id, Role.head)
        former = event.former_head_id
        if former is not None and not any(d.head_id == former for d in named):
            drop_role(plan.id, former, Role.head)


def sentences_of(person_id: int) -> list[str]:
    """What a person still has in plans, for the administrator who disables them."""
    said: list[Any] = []
    for plan in db.session.scalars(
        select(Plan).where(
            Plan.id.in_(
                select(PlanMember.plan_id).where(
                    PlanMember.person_id == person_id, PlanMember.role == Role.manager
                )
            )
        )
    ):
        if not set(manager_ids(plan.id)) - {person_id}:
            said.append(_("Plan %(number)s: the only project manager", number=plan.id))
    return [str(sentence) for sentence in said]
