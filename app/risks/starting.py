"""The risks' part of a new plan: the register from the template, unrated."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.localtext import LocalText
from app.plans.models import Plan
from app.plans.starting import PlanStart, department_by_key
from app.risks.models import Response, Risk
from app.risks.scoring import impact_from_plan


def start_risks(
    plan: Plan,
    template: Mapping[str, Any],
    start: PlanStart,
    dates: Mapping[int, Any],
    actor: Person,
    now: datetime,
) -> None:
    """Write the template's risks; a risk without a department is the project manager's."""
    for row in template["risks"]:
        department = department_by_key(row.get("department"))
        risk = Risk(
            plan_id=plan.id,
            number=row["number"],
            title=LocalText.of(row["title"]),
            department_id=department.id if department else None,
            plan_impact=impact_from_plan(row["impact"]),
            created_at=now,
        )
        db.session.add(risk)
        audit.record("created", risk, actor_id=actor.id, now=now)
        for measure in row.get("measures") or [row["response"]]:
            db.session.add(
                Response(
                    plan_id=plan.id,
                    risk_id=risk.id,
                    title=LocalText.of(measure),
                    window=row.get("window"),
                    window_text=LocalText.of(row.get("window_text", {})),
                )
            )
