"""Communication's part of a new plan: the two monthly series and the communication plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.accounts.models import Person
from app.comms.models import CommsRow, MeetingSeries, SeriesKind
from app.core import audit
from app.core.db import db
from app.core.localtext import LocalText
from app.plans.models import Plan
from app.plans.starting import PlanStart

# Who answers for a line of the communication plan, where it is no department.
_RESPONSIBLE = {
    "project_manager": LocalText(zh="项目经理", en="Project manager"),
    "task_owners": LocalText(zh="任务负责人", en="Sub-task owners"),
    "department_heads": LocalText(zh="各部门负责人", en="Department heads"),
}

# Proposed places in the month: the last Friday, and the second Wednesday between two of them.
_PLACES = {SeriesKind.progress: (-1, 4, 14), SeriesKind.coordination: (2, 2, 10)}


def start_comms(
    plan: Plan,
    template: Mapping[str, Any],
    start: PlanStart,
    dates: Mapping[int, Any],
    actor: Person,
    now: datetime,
) -> None:
    """Write the meeting series and the rows of the communication plan."""
    for row in template.get("meetings", []):
        if row["key"] not in SeriesKind.__members__:
            continue
        kind = SeriesKind(row["key"])
        nth, weekday, hour = _PLACES[kind]
        series = MeetingSeries(
            plan_id=plan.id,
            kind=kind,
            title=LocalText.of(row["title"]),
            nth=nth,
            weekday=weekday,
            hour=hour,
        )
        db.session.add(series)
        audit.record("created", series, actor_id=actor.id, now=now)
    names = {row["key"]: LocalText.of(row["name"]) for row in template["departments"]}
    for position, row in enumerate(template.get("communication", {}).get("plan", []), start=1):
        db.session.add(
            CommsRow(
                plan_id=plan.id,
                position=position,
                audience=LocalText.of(row["audience"]),
                content=LocalText.of(row["content"]),
                channel=LocalText.of(row["channel"]),
                frequency=LocalText.of(row["frequency_text"]),
                responsible=_RESPONSIBLE.get(row["responsible"])
                or names.get(row["responsible"], LocalText(own=row["responsible"])),
            )
        )
