"""Whose eyes: a person's roles in a plan, and the plans a person may see."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import delete, select

from app.accounts.models import FINANCE, Department, Person
from app.core.db import db
from app.core.permissions import Role, Viewer
from app.core.reading import read_once
from app.plans.models import Plan, PlanMember

_held: ContextVar[dict[tuple[int, int], Viewer | None] | None] = ContextVar("held", default=None)


@contextmanager
def eyes_held() -> Iterator[None]:
    """Eyes stay as they are when first asked for inside: thousands of acts of one person, carried
    out at once, are all allowed or refused by the roles that the person came with."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def viewer_of(person: Person, plan_id: int) -> Viewer | None:
    """The person's eyes on the plan, or None without a role in it (or without the plan)."""
    held = _held.get()
    if held is None:
        return _viewer_of(person, plan_id)
    key = (person.id, plan_id)
    if key not in held:
        held[key] = _viewer_of(person, plan_id)
    return held[key]


@read_once
def _viewer_of(person: Person, plan_id: int) -> Viewer | None:
    roles = frozenset(
        db.session.scalars(
            select(PlanMember.role).where(
                PlanMember.plan_id == plan_id, PlanMember.person_id == person.id
            )
        )
    )
    if not roles:
        return None
    headed: list[Any] = []
    if Role.head in roles:
        headed = list(
            db.session.execute(
                select(Department.id, Department.key).where(Department.head_id == person.id)
            )
        )
    return Viewer(
        person_id=person.id,
        plan_id=plan_id,
        roles=roles,
        department_ids=frozenset(row.id for row in headed),
        is_finance=any(row.key == FINANCE for row in headed),
    )


@read_once
def plans_of(person: Person) -> list[Plan]:
    """The plans in which the person has a role, newest first."""
    return list(
        db.session.scalars(
            select(Plan)
            .where(Plan.id.in_(
                select(PlanMember.plan_id).where(PlanMember.person_id == person.id)))
            .order_by(Plan.state, Plan.start_on.desc(), Plan.id.desc())
        )
    )  # fmt: skip


@read_once
def people_with(plan_id: int, *roles: Role) -> list[Person]:
    """Enabled people who hold one of the roles in the plan, by name."""
    return list(
        db.session.scalars(
            select(Person)
            .where(
                Person.is_enabled,
                Person.id.in_(
                    select(PlanMember.person_id).where(
                        PlanMember.plan_id == plan_id, PlanMember.role.in_(roles)
                    )
                ),
            )
            .order_by(Person.sort_name, Person.name, Person.id)
        )
    )


def plan_people(plan_id: int) -> list[Person]:
    """Everybody enabled who has any role in the plan."""
    return people_with(plan_id, *Role)


@read_once
def manager_ids(plan_id: int) -> tuple[int, ...]:
    return tuple(person.id for person in people_with(plan_id, Role.manager))


def ensure_role(plan_id: int, person_id: int, role: Role) -> None:
    """Give the person the role unless they hold it."""
    held = db.session.scalar(
        select(PlanMember.id).where(
            PlanMember.plan_id == plan_id,
            PlanMember.person_id == person_id,
            PlanMember.role == role,
        )
    )
    if held is None:
        db.session.add(PlanMember(plan_id=plan_id, person_id=person_id, role=role))
        db.session.flush()


def drop_role(plan_id: int, person_id: int, role: Role) -> None:
    """Take the role from the person, if they hold it."""
    db.session.execute(
        delete(PlanMember).where(
            PlanMember.plan_id == plan_id,
            PlanMember.person_id == person_id,
            PlanMember.role == role,
        )
    )
