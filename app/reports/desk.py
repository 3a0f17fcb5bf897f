"""The page on which a weekly report is written: what it asks for, and what stands beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from app.accounts.models import Person
from app.core.db import db
from app.core.formats import local_date, zone
from app.core.permissions import Viewer
from app.plans.access import plan_people
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.reports.content import ReportContent, as_typed, tidy
from app.reports.deadlines import covered_weeks, due_at
from app.reports.facts import Facts, facts_of
from app.reports.forms import LinePart, ProblemPart, Sheet, problem_part, sheet_of
from app.reports.models import Promise, WeeklyReport
from app.reports.promise_keeping import due_promises, fixed_ids
from app.reports.reporting import faults_of, find_report, typed_in
from app.reports.weeks import check_week, later_weeks
from app.tasks.models import Task

SPARE_LINES = 3


@dataclass(frozen=True)
class Desk:
    """Everything that the writing page shows. last: the task's previous report; missing: what a
    submission would still ask for; theirs: the text of whoever saved meanwhile."""

    plan: Plan
    task: Task
    week: IsoWeek
    due_at: datetime
    covered: tuple[IsoWeek, ...]
    report: WeeklyReport | None
    last: WeeklyReport | None
    due: list[Promise]
    fixed: frozenset[int]
    people: list[Person]
    sheet: Sheet
    facts: Facts
    missing: list[tuple[str, object]]
    theirs: Sheet | None = None
    spare: list[LinePart] = field(default_factory=list)

    @property
    def blank_problem(self) -> ProblemPart:
        """The row that is copied for one more problem."""
        return problem_part(None, "__n__", self.names)

    @property
    def plain_problem(self) -> ProblemPart:
        """The row for browsers without a script, which cannot copy one."""
        return problem_part(None, "999", self.names)

    @property
    def names(self) -> list[tuple[str, str]]:
        return [("", ""), *((str(person.id), person.name) for person in self.people)]

    @property
    def contradictions(self) -> int:
        """Promises said to be done although the record has something open."""
        return sum(
            any(fact.is_open for fact in self.facts.promises.get(key, ()))
            for key, part in self.sheet.outcomes.items()
            if part.outcome.data == "done"
        )


def last_before(task: Task, week: IsoWeek) -> WeeklyReport | None:
    """The task's newest report handed in for an earlier week."""
    number = WeeklyReport.iso_year * 100 + WeeklyReport.iso_week
    return db.session.scalar(
        db.select(WeeklyReport)
        .where(
            WeeklyReport.task_id == task.id,
            WeeklyReport.first_submitted_at.is_not(None),
            number < week.year * 100 + week.week,
        )
        .order_by(number.desc())
        .limit(1)
    )


def fresh_fields(task: Task) -> dict[str, str]:
    """A new report begins with the task as it stands; outcomes are never preselected."""
    return as_typed(
        ReportContent(
            percent=task.progress_percent,
            forecast_finish_on=task.forecast_finish_on or task.finish_on,
        )
    )


def desk_of(
    task: Task,
    week: IsoWeek,
    viewer: Viewer,
    now: datetime,
    fields: Mapping[str, str] | None = None,
    version: int | None = None,
    theirs: Mapping[str, str] | None = None,
) -> Desk:
    """The page for that week. `fields` and `version` are what was just sent and did not go in;
    None shows what is saved. Raises DomainError for a week that cannot be written."""
    plan = db.session.get_one(Plan, task.plan_id)
    calendar = work_calendar()
    check_week(plan, task, week, local_date(now), calendar)
    deadline = due_at(week, calendar, zone(), plan.report_hour, plan.report_minute)
    assert deadline is not None  # check_week refuses weeks without a working day
    report = find_report(task.id, week)
    due = due_promises(task.id, week, report)
    people = plan_people(task.plan_id)
    later = [(w, _last_workday(w, calendar)) for w in later_weeks(week, calendar)]
    if fields is None:
        fields = typed_in(report) if report is not None else fresh_fields(task)
    seen = version if version is not None else (report.version if report else 0)

    def sheet(of: Mapping[str, str]) -> Sheet:
        return sheet_of(tidy(of), seen, due, people, later)

    page = sheet(fields)
    lines = len(page.lines)
    return Desk(
        plan=plan,
        task=task,
        week=week,
        due_at=deadline,
        covered=covered_weeks(week, calendar),
        report=report,
        last=last_before(task, week),
        due=due,
        fixed=fixed_ids(report),
        people=people,
        sheet=page,
        facts=facts_of(task, week, due, viewer, calendar, now),
        missing=faults_of(task, week, page.content(), now),
        theirs=None if theirs is None else sheet(theirs),
        spare=[
            LinePart(None, prefix=f"line-{n}-")
            for n in range(lines, max(lines + 1, SPARE_LINES))
        ],
    )


def _last_workday(week: IsoWeek, calendar: WorkCalendar) -> date:
    return calendar.last_workday_of_week(*week) or week.sunday
