"""The plan's light week by week: each week's close is a snapshot, and the trend reads them."""

import json
from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.formats import local_date, zone
from app.core.snapshots import Snapshot, keep
from app.core.unit_of_work import reading, unit_of_work
from app.plans.calendars import work_calendar
from app.plans.models import Plan, PlanPhase
from app.plans.weeks import IsoWeek
from app.reports.deadlines import due_at
from app.status.snapshots import WEEK, packed_for_manager
from app.status.state import PlanState


def closing_of(plan: Plan, now: datetime) -> Snapshot | None:
    """The plan once a week, after its reports were due, in the manager's eyes, ready to be written
    down.

    None while the week's deadline has not passed, in a week without a working day, when it is
    written already, or while nobody manages the plan.
    """
    week = IsoWeek.of(local_date(now))
    deadline = due_at(week, work_calendar(), zone(), plan.report_hour, plan.report_minute)
    if deadline is None or now < deadline:
        return None
    reason = f"{WEEK}{week}"
    return None if _is_closed(plan.id, reason) else packed_for_manager(plan.id, reason, now)


def close_weeks(now: datetime) -> int:
    """The job's work: every active plan; answers how many weeks were closed.

    What takes long, reading a plan and packing it, holds up nobody who writes.
    """
    with reading():
        plans = db.session.scalars(select(Plan.id).where(Plan.state == PlanPhase.active)).all()
    return sum(_close(plan_id, now) for plan_id in plans)


def _close(plan_id: int, now: datetime) -> bool:
    with reading():
        snapshot = closing_of(db.session.get_one(Plan, plan_id), now)
    if snapshot is None:
        return False
    with unit_of_work():
        if _is_closed(plan_id, snapshot.reason):
            return False  # another process was quicker
        keep(snapshot)
    return True


def _is_closed(plan_id: int, reason: str) -> bool:
    return (
        db.session.scalar(
            select(Snapshot.id).where(Snapshot.plan_id == plan_id, Snapshot.reason == reason)
        )
        is not None
    )


def lights_by_week(state: PlanState, most: int = 9) -> list[tuple[int, str]]:
    """(week number, light) of the last closed weeks and of this one; [] before the first close."""
    rows = db.session.execute(
        select(Snapshot.reason, Snapshot.figures)
        .where(
            Snapshot.plan_id == state.plan.id,
            Snapshot.reason.startswith(WEEK),
            Snapshot.taken_at <= state.as_of,
            Snapshot.figures != "",
        )
        .order_by(Snapshot.taken_at.desc())
        .limit(most)
    ).all()
    closed = {
        IsoWeek.parse(row.reason.removeprefix(WEEK)): str(json.loads(row.figures)["light"])
        for row in rows
    }
    if not closed:
        return []
    closed[IsoWeek.parse(state.week)] = str(state.light)
    return [(week.week, light) for week, light in sorted(closed.items())][-most:]
