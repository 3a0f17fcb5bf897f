"""Which week a report may be written for, and which weeks come after it."""

from datetime import date

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError, NotFound
from app.core.formats import day
from app.plans.models import Plan, PlanPhase
from app.plans.weeks import IsoWeek
from app.plans.workcalendar import WorkCalendar
from app.reports.deadlines import covered_weeks
from app.tasks.models import Task

# How many later weeks a promise may slip to by the form.
SLIP_WEEKS = 8


def week_named(text: str) -> IsoWeek:
    """The week of "2026-W48". Raises NotFound for what is no week."""
    try:
        return IsoWeek.parse(text)
    except ValueError:
        raise NotFound(
            _l("There is no week “%(text)s”. A week is written like 2026-W48.", text=text[:40])
        ) from None


def next_report_week(week: IsoWeek, calendar: WorkCalendar) -> IsoWeek:
    """The first week after `week` that has a working day."""
    later = week.next()
    while not covered_weeks(later, calendar):
        later = later.next()
    return later


def report_week(day_in_it: date, calendar: WorkCalendar) -> IsoWeek:
    """The week that is reported on `day_in_it`: its own, or the next one that has a workday."""
    week = IsoWeek.of(day_in_it)
    return week if covered_weeks(week, calendar) else next_report_week(week, calendar)


def later_weeks(week: IsoWeek, calendar: WorkCalendar, count: int = SLIP_WEEKS) -> list[IsoWeek]:
    """The next weeks with a working day, in order."""
    weeks: list[IsoWeek] = []
    while len(weeks) < count:
        week = next_report_week(week, calendar)
        weeks.append(week)
    return weeks


def check_week(
    plan: Plan, task: Task, week: IsoWeek, today: date, calendar: WorkCalendar
) -> None:
    """Raise DomainError, saying why, when the task's report of that week cannot be written."""
    if plan.state is PlanPhase.closed:
        raise DomainError(_l("This plan is closed; nothing is reported any more."))
    first = IsoWeek.of(calendar.next_workday(task.start_on))
    if week < first:
        raise DomainError(
            _l(
                "Task %(number)s begins on %(day)s. Its first report is that of week %(week)s.",
                number=task.number,
                day=day(task.start_on),
                week=first.week,
            )
        )
    if task.done_on is not None and week > IsoWeek.of(task.done_on):
        raise DomainError(
            _l(
                "Task %(number)s was finished on %(day)s. No report is due after that week.",
                number=task.number,
                day=day(task.done_on),
            )
        )
    if week > next_report_week(IsoWeek.of(today), calendar):
        raise DomainError(
            _l(
                "Week %(week)s has not come yet. Its report can be written from %(day)s on.",
                week=week.week,
                day=day(week.previous().monday),
            )
        )
    if not covered_weeks(week, calendar):
        raise DomainError(
            _l(
                "Week %(week)s has no working day. The report of week %(next)s covers it.",
                week=week.week,
                next=next_report_week(week, calendar).week,
            )
        )
