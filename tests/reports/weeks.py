"""Weeks of reports for tests: what an owner writes, handed in through the use cases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.core.db import db
from app.plans.weeks import IsoWeek
from app.reports.content import OutcomeGiven, ReportContent
from app.reports.models import WeeklyReport
from app.reports.promise_keeping import due_promises
from app.reports.reporting import find_report, submit_report
from app.tasks.models import Task

W40, W42, W47, W48, W49 = (IsoWeek(2026, n) for n in (40, 42, 47, 48, 49))


def at(week: IsoWeek, weekday: int, hour: int, minute: int = 0) -> datetime:
    """An instant given by Shanghai's clock."""
    day = date.fromisocalendar(week.year, week.week, weekday)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def task(number: int) -> Task:
    return db.session.scalars(db.select(Task).where(Task.number == number)).one()


def running_task(number: int, start: date = date(2026, 9, 28)) -> Task:
    """A task that has run since the plan's first week."""
    found = task(number)
    found.start_on = found.baseline_start_on = start
    found.finish_on = found.baseline_finish_on = date(2026, 12, 18)
    db.session.flush()
    return found


def content(**values: Any) -> ReportContent:
    return ReportContent(
        **{"percent": 50, "done_text": "访谈了 3 家客户", "next_lines": ("写完初稿",), **values}
    )


def hand_in(of: Task, week: IsoWeek, now: datetime | None = None, **values: Any) -> WeeklyReport:
    """Submit a report in which everything promised is done, unless `outcomes` says otherwise."""
    due = due_promises(of.id, week, find_report(of.id, week))
    values.setdefault("outcomes", tuple(OutcomeGiven(p.id, "done") for p in due))
    return submit_report(
        of, week, content=content(**values), author=of.owner, now=now or at(week, 5, 15)
    )
