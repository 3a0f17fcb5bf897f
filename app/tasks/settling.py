"""Committed dates that follow when their day becomes a day off, by the rule of each item.

Only what is ahead moves: neither what is finished or fixed nor a day that has passed. A person's
leave moves nothing here; it shows in what is expected.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.formats import day_plain, local_date
from app.plans.calendars import task_calendars
from app.plans.events import CalendarChanged
from app.plans.models import Plan, PlanPhase
from app.plans.workcalendar import WorkCalendar, settle
from app.tasks.models import OffDay, Step, Task, TaskState
from app.tasks.services import move_task


def settle_dates(plan_id: int, actor: Person, now: datetime) -> int:
    """Move the plan's open dates that stand on a day off, each by its rule; answers how many items
    moved. Every move is audited with its reason and announced like one by hand."""
    return _settle(Plan.id == plan_id, None, actor, now)


def follow_calendar(event: CalendarChanged) -> None:
    """The calendar changed: dates on its days follow in every plan under way."""
    actor = db.session.get_one(Person, event.by_id)
    _settle(Plan.state == PlanPhase.active, event.days, actor, event.at)


def _settle(which: Any, days: Collection[date] | None, actor: Person, now: datetime) -> int:
    """Three or four statements to find what stands on a day off (on one of `days`, where they are
    given), whatever the number of plans; then those that write."""
    today = local_date(now)
    tasks = _rows(
        select(Task).join(Plan).where(Task.state != TaskState.done, _is_movable(Task), which)
    )
    steps = _rows(
        select(Step)
        .join(Plan, Plan.id == Step.plan_id)
        .join(Task, Task.id == Step.task_id)
        .where(Step.done_on.is_(None), Task.state != TaskState.done, _is_movable(Step), which)
        .options(joinedload(Step.task))
    )
    if not tasks and not steps:
        return 0
    calendars = task_calendars(
        {(t.department_id, None) for t in [*tasks, *(step.task for step in steps)]}
    )
    plans = {plan.id: plan for plan in _rows(select(Plan).where(which))}
    moved = 0
    for item in [*tasks, *steps]:
        task = item if isinstance(item, Task) else item.task
        calendar = calendars[task.department_id, None]
        plan = plans[item.plan_id]
        place = _place(item, plan, calendar, today, days)
        if place is None:
            continue
        reason = _reason(item, place, calendar)
        if isinstance(item, Task):
            move_task(plan, item, *place, reason=reason, actor=actor, now=now)
        else:
            _move_step(item, place, reason, actor, now)
        moved += 1
    return moved


def _is_movable(table: type[Task] | type[Step]) -> Any:
    return (table.off_day != OffDay.keep) & table.is_fixed.is_(False)


def _rows(statement: Any) -> list[Any]:
    return list(db.session.scalars(statement))


def _place(
    item: Task | Step,
    plan: Plan,
    calendar: WorkCalendar,
    today: date,
    days: Collection[date] | None,
) -> tuple[date, date] | None:
    """The item's new dates; None where nothing moves, or where its constraints forbid the move."""

    def settled(day: date) -> date:
        if day < today or (days is not None and day not in days):
            return day
        return settle(day, item.off_day, calendar)

    start, finish = settled(item.start_on), settled(item.finish_on)
    if (start, finish) == (item.start_on, item.finish_on):
        return None
    is_allowed = (
        plan.start_on <= start <= finish
        and (item.not_before_on is None or start >= min(item.not_before_on, item.start_on))
        and (item.not_after_on is None or finish <= max(item.not_after_on, item.finish_on))
    )
    return (start, finish) if is_allowed else None


def _reason(item: Task | Step, place: tuple[date, date], calendar: WorkCalendar) -> str:
    left = sorted(
        {
            old
            for old, new in zip((item.start_on, item.finish_on), place, strict=True)
            if old != new and not calendar.is_workday(old)
        }
    )
    text: str = _(
        "The working calendar changed: no work on %(days)s.",
        days=pgettext("list", ", ").join(day_plain(day) for day in left),
    )
    return text


def _move_step(
    step: Step, place: tuple[date, date], reason: str, actor: Person, now: datetime
) -> None:
    changes = audit.change(step, start_on=place[0], finish_on=place[1])
    audit.record(
        "dates_changed",
        step,
        actor_id=actor.id,
        now=now,
        changes={**changes, "reason": (None, reason)},
    )
