"""What a change of the calendar would move in every plan under way, before anything is kept.

Whoever has a part in a plan sees its dates through their own eyes. Without one they are told how
many dates of which kind move and nothing of what stands in the plan; an administrator, who knows
which plans there are, also its title.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import Person
from app.core.db import db
from app.core.localtext import LocalText
from app.core.permissions import Role, Viewer
from app.core.trying import Moved, dates_of, differences, trial
from app.plans.access import viewer_of
from app.plans.models import Plan, PlanPhase


@dataclass(frozen=True)
class PlanMoves:
    """What would move in one plan: how many dates of each kind, and the dates themselves where the
    person has a part in the plan (else None). `title`: None where the plan is not for them."""

    title: LocalText | None
    counts: tuple[tuple[str, int], ...]
    rows: tuple[Moved, ...] | None


def consequences(change: Callable[[], object], actor: Person, now: datetime) -> list[PlanMoves]:
    """Try `change`, take it back, and answer the plans in which dates move, by start.

    Raises what `change` raises. Not inside `one_reading`.
    """
    actor_is_admin = actor.is_admin
    plans = [(plan.id, plan.title) for plan in _under_way()]
    own = {plan_id: viewer_of(actor, plan_id) for plan_id, _title in plans}
    eyes = {plan_id: own[plan_id] or _uncovered(actor, plan_id) for plan_id, _title in plans}
    before = {plan_id: dates_of(plan_id, eyes[plan_id], now) for plan_id in eyes}
    with trial():
        change()
        after = {plan_id: dates_of(plan_id, eyes[plan_id], now) for plan_id in eyes}
    found = []
    for plan_id, title in plans:
        moved = differences(before[plan_id], after[plan_id])
        if moved:
            counts = Counter(row.kind for row in moved)
            rows = tuple(moved) if own[plan_id] is not None else None
            is_known = actor_is_admin or rows is not None
            found.append(PlanMoves(title if is_known else None, tuple(counts.items()), rows))
    return found


def _under_way() -> list[Plan]:
    return list(
        db.session.scalars(
            select(Plan).where(Plan.state == PlanPhase.active).order_by(Plan.start_on, Plan.id)
        )
    )


def _uncovered(actor: Person, plan_id: int) -> Viewer:
    """Eyes that count everything; what they see is counted and never shown."""
    return Viewer(actor.id, plan_id, frozenset({Role.manager}))
