"""Many plans read at once, for what asks about all of them at every tick, such as reminders.

Whoever asks keeps the list of plans short enough for one statement.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import Person
from app.core.db import db
from app.core.permissions import Role
from app.core.reading import read_once
from app.plans.models import Plan, PlanMember, PlanPhase


def rows_of_plans(
    statement: Select[Any], plan_id: InstrumentedAttribute[int], plan_ids: Sequence[int]
) -> Sequence[Row[Any]]:
    """The statement's rows for those of the plans that are under way; `plan_id` is the column that
    names the plan."""
    return db.session.execute(
        statement.join(Plan, Plan.id == plan_id).where(
            plan_id.in_(plan_ids), Plan.state == PlanPhase.active
        )
    ).all()


def managers_of(plan_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """What `access.manager_ids` answers for each of the plans, in one statement."""
    return _managers_of(tuple(plan_ids))


@read_once
def _managers_of(plan_ids: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = dict.fromkeys(plan_ids, ())
    for plan_id, person_id in db.session.execute(
        select(PlanMember.plan_id, Person.id)
        .join(Person, Person.id == PlanMember.person_id)
        .where(
            PlanMember.plan_id.in_(plan_ids),
            PlanMember.role == Role.manager,
            Person.is_enabled,
        )
        .order_by(Person.sort_name, Person.name, Person.id)
    ):
        found[plan_id] += (person_id,)
    return found
