"""Use cases of leave: when a person is away, and who stands in."""

from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.formats import local_date
from app.core.permissions import Role
from app.plans.models import Leave, PlanMember
from app.plans.services import enabled_person

LONGEST = timedelta(days=366)


def enter_leave(
    person_id: int,
    first_on: date,
    last_on: date,
    substitute_id: int | None = None,
    *,
    actor: Person,
    now: datetime,
) -> Leave:
    """Enter days on which a person is away: their own, or a manager's for somebody in the plan.

    Raises Forbidden, DomainError (last before first, already away, nobody to stand in).
    """
    _must_care_for(actor, person_id)
    enabled_person(person_id, "person_id")
    if last_on < first_on:
        raise DomainError(_l("The last day lies before the first."), "last_on")
    if last_on - first_on > LONGEST:
        raise DomainError(_l("At most a year at a time, please."), "last_on")
    overlapping = db.session.scalar(
        select(Leave.id).where(
            Leave.person_id == person_id, Leave.first_on <= last_on, Leave.last_on >= first_on
        )
    )
    if overlapping is not None:
        raise DomainError(_l("Leave is entered for some of these days already."), "first_on")
    if substitute_id is not None:
        enabled_person(substitute_id, "substitute_id")
        if substitute_id == person_id:
            raise DomainError(_l("Please choose somebody else to stand in."), "substitute_id")
        if substitute_id not in {p.id for p in colleagues(person_id)}:
            raise DomainError(
                _l("Please choose somebody who works on one of the same plans."), "substitute_id"
            )
    leave = Leave(
        person_id=person_id, first_on=first_on, last_on=last_on, substitute_id=substitute_id
    )
    db.session.add(leave)
    audit.record(
        "entered",
        leave,
        actor_id=actor.id,
        now=now,
        changes={
            "person_id": (None, person_id),
            "first_on": (None, first_on),
            "last_on": (None, last_on),
            "substitute_id": (None, substitute_id),
        },
    )
    return leave


def remove_leave(leave_id: int, *, actor: Person, now: datetime) -> None:
    """Take back leave that has not ended: what is past has excused reports.

    Raises NotFound, DomainError.
    """
    leave = db.session.get(Leave, leave_id)
    if leave is None or not may_care_for(actor, leave.person_id):
        raise NotFound(_l("This leave does not exist, or not for you."))
    if leave.last_on < local_date(now):
        raise DomainError(_l("This leave is over and stays on record."))
    audit.record(
        "removed",
        leave,
        actor_id=actor.id,
        now=now,
        changes={"first_on": (leave.first_on, None), "last_on": (leave.last_on, None)},
    )
    db.session.delete(leave)


def may_care_for(actor: Person, person_id: int) -> bool:
    """The person themselves, or a manager of a plan in which the person has a role."""
    if actor.id == person_id:
        return True
    theirs, mine = aliased(PlanMember), aliased(PlanMember)
    return (
        db.session.scalar(
            select(mine.id)
            .join(theirs, theirs.plan_id == mine.plan_id)
            .where(
                mine.person_id == actor.id,
                mine.role == Role.manager,
                theirs.person_id == person_id,
            )
        )
        is not None
    )


def _must_care_for(actor: Person, person_id: int) -> None:
    if not may_care_for(actor, person_id):
        raise Forbidden(_l("Leave is entered by the person or by their project manager."))


def colleagues(person_id: int) -> list[Person]:
    """Enabled people who share a plan with this person, by name."""
    mine = select(PlanMember.plan_id).where(PlanMember.person_id == person_id)
    return list(
        db.session.scalars(
            select(Person)
            .where(
                Person.is_enabled,
                Person.id != person_id,
                Person.id.in_(select(PlanMember.person_id).where(PlanMember.plan_id.in_(mine))),
            )
            .order_by(Person.sort_name, Person.name, Person.id)
        )
    )


def leaves_of(person_ids: list[int], since: date) -> list[Leave]:
    """Leave of these people that has not ended before `since`, soonest first."""
    return list(
        db.session.scalars(
            select(Leave)
            .where(Leave.person_id.in_(person_ids), Leave.last_on >= since)
            .options(joinedload(Leave.person), joinedload(Leave.substitute))
            .order_by(Leave.first_on, Leave.id)
        )
    )
