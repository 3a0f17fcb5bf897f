"""Monitoring's part of a new plan: the indicators from the template."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.localtext import LocalText
from app.plans.models import Plan
from app.plans.starting import PlanStart
from app.reports.models import Cadence, Direction, Indicator, IndicatorKind

# The template's unit words → the code that decides how a value is written.
UNITS = {"%": "percent", "s": "seconds"}


def start_indicators(
    plan: Plan,
    template: Mapping[str, Any],
    start: PlanStart,
    dates: Mapping[int, Any],
    actor: Person,
    now: datetime,
) -> None:
    """Write the template's indicators; an absent target stays a blank."""
    for number, row in enumerate(template["indicators"], start=1):
        unit = row["unit"]["en"]
        indicator = Indicator(
            plan_id=plan.id,
            number=number,
            key=row["key"],
            title=LocalText.of(row["title"]),
            measured_as=LocalText.of(row["measured_as"]),
            cadence=Cadence(row["cadence"]),
            kind=IndicatorKind(row["kind"]),
            unit=UNITS.get(unit, unit),
            direction=Direction(row["direction"]),
            target=row.get("target"),
            min_answers=row.get("min_answers", 30),
        )
        db.session.add(indicator)
        audit.record("created", indicator, actor_id=actor.id, now=now)
