"""Reads of plans: the list, the people, the cover."""

from collections import defaultdict
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.core.db import db
from app.core.formats import words
from app.core.permissions import Role
from app.core.registries import blanks
from app.plans.models import Plan, PlanMember, PlanPhase, PlanText, SignOff, SignStep
from app.plans.parts import plan_departments


@dataclass(frozen=True)
class PlanRow:
    """A plan in a person's list."""

    plan: Plan
    roles: tuple[Role, ...]
    is_approved: bool


def plan_rows(person_id: int) -> list[PlanRow]:
    """The plans in which a person has a role, those under way first; three statements."""
    roles: dict[int, set[Role]] = defaultdict(set)
    for plan_id, role in db.session.execute(
        select(PlanMember.plan_id, PlanMember.role).where(PlanMember.person_id == person_id)
    ):
        roles[plan_id].add(role)
    mine = select(PlanMember.plan_id).where(PlanMember.person_id == person_id)
    approved = set(
        db.session.scalars(
            select(SignOff.plan_id).where(
                SignOff.plan_id.in_(mine),
                SignOff.step == SignStep.approved,
                SignOff.withdrawn_at.is_(None),
            )
        )
    )
    plans = db.session.scalars(
        select(Plan)
        .where(Plan.id.in_(mine))
        .order_by(Plan.state != PlanPhase.active, Plan.start_on.desc(), Plan.id.desc())
    )
    return [
        PlanRow(plan, tuple(role for role in Role if role in roles[plan.id]), plan.id in approved)
        for plan in plans
    ]


@dataclass(frozen=True)
class PersonRow:
    """Somebody who takes part in a plan."""

    person: Person
    roles: tuple[Role, ...]
    headed: tuple[str, ...]


def people_rows(plan: Plan) -> list[PersonRow]:
    """Everybody with a role, in the order of roles and then by name; those who left come last."""
    roles: dict[int, set[Role]] = defaultdict(set)
    people: dict[int, Person] = {}
    for member in db.session.scalars(
        select(PlanMember)
        .where(PlanMember.plan_id == plan.id)
        .options(joinedload(PlanMember.person).joinedload(Person.department))
    ):
        roles[member.person_id].add(member.role)
        people[member.person_id] = member.person
    headed: dict[int, list[str]] = defaultdict(list)
    for department in plan_departments(plan):
        if department.head_id:
            headed[department.head_id].append(words(department.name))
    order = list(Role)
    rows = [
        PersonRow(
            person, tuple(role for role in Role if role in roles[key]), tuple(headed.get(key, ()))
        )
        for key, person in people.items()
    ]
    return sorted(
        rows,
        key=lambda row: (
            not row.person.is_enabled,
            order.index(row.roles[0]),
            row.person.sort_name or row.person.name,
            row.person.id,
        ),
    )


def texts_by_section(plan_id: int) -> dict[str, list[PlanText]]:
    """Every line of the document by its section, in order."""
    sections: dict[str, list[PlanText]] = defaultdict(list)
    for row in db.session.scalars(
        select(PlanText)
        .where(PlanText.plan_id == plan_id)
        .order_by(PlanText.section, PlanText.position, PlanText.id)
    ):
        sections[row.section].append(row)
    return sections


COVER_BLANKS = (
    ("company", _l("Company")),
    ("prepared_by_id", _l("Prepared by")),
    ("reviewed_by_id", lazy_pgettext("cover", "Reviewed by")),
    ("approved_by_id", _l("Approved by")),
    ("prepared_on", _l("Date prepared")),
    ("go_live_on", _l("Put into effect")),
    ("inspection_interval_weeks", _l("Inspection interval")),
)


def own_blanks(plan_id: int) -> list[tuple[str, str]]:
    """What the cover leaves open, departments without a head, and people named who left."""
    plan = db.session.get_one(Plan, plan_id)
    cover = f"/plans/{plan_id}?edit=cover#cover"
    found = [(str(label), cover) for field, label in COVER_BLANKS if not getattr(plan, field)]
    for department in plan_departments(plan):
        if department.head_id is None:
            found.append(
                (
                    _("Head of %(department)s", department=words(department.name)),
                    f"/plans/{plan_id}/people#departments",
                )
            )
    for person in (plan.prepared_by, plan.reviewed_by, plan.approved_by):
        if person is not None and not person.is_enabled:
            found.append(
                (_("%(name)s has left; the cover still names them", name=person.name), cover)
            )
    return found


def open_blanks(plan_id: int) -> list[tuple[str, str]]:
    """Every blank of the plan, from every package's answer."""
    return [row for _name, answer in blanks for row in answer(plan_id)]
