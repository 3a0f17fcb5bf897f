"""A report as its reader sees it, and the promises of the running week."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from app.core.db import db
from app.core.formats import zone
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.plans.calendars import work_calendar
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.reports.deadlines import due_at, standing
from app.reports.facts import Fact, facts_of
from app.reports.models import Outcome, Problem, Promise, ReportState, WeeklyReport
from app.reports.reporting import find_report, week_of
from app.reports.state import PromiseRow, ReportsState, promise_row
from app.reports.weeks import next_report_week
from app.tasks.models import Task


@dataclass(frozen=True)
class ReportPage:
    """settled: last week's promises with their outcomes; made: next week's lines, with those that
    slipped into a later week; before, after: the neighbouring reports that were handed in.
    open_facts: what the record still has open of promises said to be done, until the manager has
    decided."""

    task: Task
    week: IsoWeek
    due_at: datetime | None
    standing: str
    settled: list[PromiseRow]
    made: list[PromiseRow]
    problems: list[Problem]
    next_week: IsoWeek
    before: int | None
    after: int | None
    open_facts: dict[int, list[Fact]]


def report_page(report: WeeklyReport, viewer: Viewer, now: datetime) -> ReportPage:
    """What stands around a report that was handed in."""
    calendar = work_calendar()
    week, plan, task = week_of(report), report.task.plan, report.task
    deadline = due_at(week, calendar, zone(), plan.report_hour, plan.report_minute)
    promises = list(
        db.session.scalars(
            select(Promise)
            .where(or_(Promise.settled_in_id == report.id, Promise.report_id == report.id))
            .order_by(Promise.made_year, Promise.made_week, Promise.id)
        )
    )
    successor = {p.follows_id: p for p in promises if p.follows_id is not None}
    problems: list[Problem] = []
    if sight(viewer, "problem", "row") is not Sight.none:
        problems = list(
            db.session.scalars(
                select(Problem).where(Problem.report_id == report.id).order_by(Problem.number)
            )
        )
    return ReportPage(
        task=task,
        week=week,
        due_at=deadline,
        standing=str(
            standing(
                deadline,
                report.first_submitted_at,
                report.state,
                now,
                is_substitute=report.author_id != report.owner_id,
                was_returned=bool(report.return_reason),
            )
        ),
        settled=[
            promise_row(p, task, successor.get(p.id))
            for p in promises
            if p.settled_in_id == report.id
        ],
        made=[promise_row(p, task, None) for p in promises if p.report_id == report.id],
        problems=problems,
        next_week=next_report_week(week, calendar),
        before=_neighbour(task, week.previous()),
        after=_neighbour(task, week.next()),
        open_facts=_open_facts(report, promises, viewer, calendar, now),
    )


def _open_facts(
    report: WeeklyReport, promises: list[Promise], viewer: Viewer, calendar: WorkCalendar,
    now: datetime,
) -> dict[int, list[Fact]]:  # fmt: skip
    if report.state is not ReportState.submitted:
        return {}
    done = [p for p in promises if p.settled_in_id == report.id and p.outcome is Outcome.done]
    facts = facts_of(report.task, week_of(report), done, viewer, calendar, now)
    found = {key: [f for f in rows if f.is_open] for key, rows in facts.promises.items()}
    return {key: rows for key, rows in found.items() if rows}


def promises_of_week(state: ReportsState) -> list[PromiseRow]:
    """Promises that the running week has to answer for, by task; only those the viewer reads, and
    none of finished tasks, which report no more."""
    ended = {row.task_id for row in state.rows if row.is_done}
    return sorted(
        (
            p
            for p in state.promises
            if p.task_id not in ended
            and (
                p.due_week == state.week
                or (p.outcome is Outcome.pending and p.due_week < state.week)
            )
        ),
        key=lambda p: (p.task_number, p.made_week, p.id),
    )


def _neighbour(task: Task, week: IsoWeek) -> int | None:
    report = find_report(task.id, week)
    return report.id if report is not None and report.first_submitted_at else None
