"""The plan's reports read as a whole, in a fixed number of statements however many weeks there are.

Pages, the plan's state and to-dos are all made from this one reading, so that a cell of the matrix
and a figure of the pack cannot disagree. Reminders, which look at all plans at once, read less and
share its rules (`report_reminding`).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from sqlalchemy import Row, select

from app.core.db import db
from app.core.formats import local_date, zone
from app.core.reading import read_once
from app.plans.calendars import work_calendar
from app.plans.models import Leave, Plan, PlanPhase
from app.plans.weeks import IsoWeek, weeks_between
from app.plans.workcalendar import WorkCalendar
from app.reports.deadlines import ExpectedWeek, ReportStanding, due_at, expected_weeks, standing
from app.reports.models import Problem, Promise, WeeklyReport
from app.reports.weeks import report_week
from app.tasks.models import Task

# First day, last day, and who stands in.
Leaves = list[tuple[date, date, int | None]]


@dataclass(frozen=True)
class Ledger:
    """Everything about a plan's reports at one instant. `reports` by task and week and `promises`
    oldest first, both as rows with their columns: after a year there are tens of thousands, and
    objects of the session would take several times their room; `leaves` by person: first day, last
    day, substitute.

    What follows from it is worked out once: after a year it is asked for hundreds of times.
    """

    plan: Plan
    as_of: datetime
    today: date
    week: IsoWeek
    calendar: WorkCalendar
    tasks: tuple[Task, ...]
    reports: dict[tuple[int, IsoWeek], Row[Any]]
    promises: tuple[Row[Any], ...]
    problems: tuple[Problem, ...]
    leaves: dict[int, Leaves]
    _due: dict[IsoWeek, datetime | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _expected: dict[tuple[int, date], dict[IsoWeek, ExpectedWeek]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def weeks(self) -> list[IsoWeek]:
        """From the plan's first week to the one that is reported on now."""
        return weeks_between(IsoWeek.of(self.plan.start_on), self.week)

    @cached_property
    def promises_of(self) -> dict[int, list[Row[Any]]]:
        """The promises by task."""
        found: dict[int, list[Row[Any]]] = {task.id: [] for task in self.tasks}
        for promise in self.promises:
            found[promise.task_id].append(promise)
        return found

    def due_at(self, week: IsoWeek) -> datetime | None:
        if week not in self._due:
            plan = self.plan
            self._due[week] = due_at(
                week, self.calendar, zone(), plan.report_hour, plan.report_minute
            )
        return self._due[week]

    def expected(self, task: Task, through: date | None = None) -> dict[IsoWeek, ExpectedWeek]:
        """The weeks in which the task owes a report, up to the week of `through` (default: the
        week that is reported on now). A task without an owner owes none."""
        if task.owner_id is None:
            return {}
        last = max(self.week.sunday, through or self.week.sunday)
        if (task.id, last) not in self._expected:
            self._expected[task.id, last] = self._expected_of(task, task.owner_id, last)
        return self._expected[task.id, last]

    def _expected_of(
        self, task: Task, owner_id: int, last: date
    ) -> dict[IsoWeek, ExpectedWeek]:
        ends = task.done_on
        if self.plan.state is PlanPhase.closed:
            ends = min(ends or self.plan.finish_on, self.plan.finish_on)
        return {
            row.week: row
            for row in expected_weeks(
                task.start_on,
                ends,
                last,
                self.calendar,
                [(first, until) for first, until, _who in self.leaves.get(owner_id, ())],
                due=self.due_at,
            )
        }

    def standing(
        self, task: Task, week: IsoWeek, expected: dict[IsoWeek, ExpectedWeek]
    ) -> ReportStanding:
        """How the task's report of that week stands."""
        report, row = self.reports.get((task.id, week)), expected.get(week)
        is_in = report is not None and report.first_submitted_at is not None
        if row is None and not is_in:
            return ReportStanding.not_due
        return standing(
            row.due_at if row else self.due_at(week),
            report.first_submitted_at if report else None,
            report.state if report else None,
            self.as_of,
            opens_at=datetime.combine(week.monday, time(), tzinfo=zone()),
            is_substitute=report is not None and report.author_id != report.owner_id,
            was_returned=report is not None and bool(report.return_reason),
            is_excused=row is not None and row.excused is not None,
        )

    def stands_in(self, person_id: int, on: date) -> int | None:
        """Who stands in for the person on that day, if anybody does."""
        return stands_in(self.leaves.get(person_id, []), on)


def stands_in(leaves: Leaves, on: date) -> int | None:
    """Who stands in on that day for a person with these leaves."""
    for first, last, substitute in leaves:
        if first <= on <= last and substitute is not None:
            return substitute
    return None


@read_once
def read_reports(plan_id: int, as_of: datetime, has_problems: bool = True) -> Ledger:
    """The plan's ledger; seven statements, one less for who needs no problems."""
    plan = db.session.get_one(Plan, plan_id)
    calendar = work_calendar()
    today = local_date(as_of)
    leaves: dict[int, Leaves] = defaultdict(list)
    owners = select(Task.owner_id).where(Task.plan_id == plan_id)
    for row in db.session.execute(
        select(Leave.person_id, Leave.first_on, Leave.last_on, Leave.substitute_id).where(
            Leave.person_id.in_(owners)
        )
    ):
        leaves[row.person_id].append((row.first_on, row.last_on, row.substitute_id))
    return Ledger(
        plan=plan,
        as_of=as_of,
        today=today,
        week=report_week(today, calendar),
        calendar=calendar,
        tasks=tuple(
            db.session.scalars(select(Task).where(Task.plan_id == plan_id).order_by(Task.number))
        ),
        reports={
            (report.task_id, IsoWeek(report.iso_year, report.iso_week)): report
            for report in db.session.execute(
                select(*WeeklyReport.__table__.columns).where(WeeklyReport.plan_id == plan_id)
            )
        },
        promises=tuple(
            db.session.execute(
                select(*Promise.__table__.columns)
                .where(Promise.plan_id == plan_id)
                .order_by(Promise.made_year, Promise.made_week, Promise.id)
            )
        ),
        problems=_problems(plan_id) if has_problems else (),
        leaves=leaves,
    )


def _problems(plan_id: int) -> tuple[Problem, ...]:
    return tuple(
        db.session.scalars(
            select(Problem).where(Problem.plan_id == plan_id).order_by(Problem.number)
        )
    )


def made_in(promise: Promise | Row[Any]) -> IsoWeek:
    return IsoWeek(promise.made_year, promise.made_week)


def due_in(promise: Promise | Row[Any]) -> IsoWeek:
    return IsoWeek(promise.due_year, promise.due_week)
