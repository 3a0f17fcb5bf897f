"""The plan's light week by week: each week's close is a snapshot, and the trend reads them."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.accounts.models import Person
from app.core.db import db
from app.core.formats import local_date, zone
from app.core.permissions import Role, Viewer
from app.core.snapshots import Snapshot, take_snapshot
from app.plans.access import manager_ids, viewer_of
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.plans.weeks import IsoWeek
from app.reports.deadlines import due_at
from app.status.state import PlanState, plan_state

REASON = "week:"


def close_week(plan: Plan, now: datetime) -> Snapshot | None:
    """Write the plan down once a week, after its reports were due, in the manager's eyes.

    None while the week's deadline has not passed, in a week without a working day, when it is
    written already, or while nobody manages the plan.
    """
    week = IsoWeek.of(local_date(now))
    deadline = due_at(week, work_calendar(), zone(), plan.report_hour, plan.report_minute)
    if deadline is None or now < deadline:
        return None
    reason = f"{REASON}{week}"
    if db.session.scalar(
        select(Snapshot.id).where(Snapshot.plan_id == plan.id, Snapshot.reason == reason)
    ):
        return None
    viewer = _manager(plan.id)
    if viewer is None:
        return None
    return take_snapshot(plan.id, plan_state(plan.id, now, viewer), reason, now)


def close_weeks(now: datetime) -> int:
    """The job's work: every active plan; answers how many weeks were closed."""
    plans = db.session.scalars(select(Plan).where(Plan.state == PlanPhase.active)).all()
    return sum(close_week(plan, now) is not None for plan in plans)


def lights_by_week(state: PlanState, most: int = 9) -> list[tuple[int, str]]:
    """(week number, light) of the last closed weeks and of this one; [] before the first close."""
    rows = db.session.execute(
        select(Snapshot.reason, Snapshot.body)
        .where(
            Snapshot.plan_id == state.plan.id,
            Snapshot.reason.startswith(REASON),
            Snapshot.taken_at <= state.as_of,
        )
        .order_by(Snapshot.taken_at.desc())
        .limit(most)
    ).all()
    closed = {
        IsoWeek.parse(row.reason.removeprefix(REASON)): str(json.loads(row.body)["light"])
        for row in rows
    }
    if not closed:
        return []
    closed[IsoWeek.parse(state.week)] = str(state.light)
    return [(week.week, light) for week, light in sorted(closed.items())][-most:]


def _manager(plan_id: int) -> Viewer | None:
    ids = manager_ids(plan_id)
    person: Any = db.session.get(Person, ids[0]) if ids else None
    viewer = viewer_of(person, plan_id) if person else None
    return viewer if viewer and viewer.has(Role.manager) else None
