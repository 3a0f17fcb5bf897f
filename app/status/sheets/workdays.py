"""Working days as a worksheet counts them: from Monday to Friday, less the weekdays that are off,
and with the weekend days that are worked (调休). Both lists stand in the notes under names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.plans.workcalendar import WorkCalendar
from app.status.packs.manifest import AROUND
from app.status.state import PlanState

DAYS_OFF, DAYS_WORKED = "Calendar_DaysOff", "Calendar_DaysWorked"


@dataclass(frozen=True)
class Exceptions:
    """Where the working calendar differs from the week, from `first` to `last`: weekdays off,
    weekend days worked."""

    first: date
    last: date
    off: tuple[date, ...]
    worked: tuple[date, ...]

    def cover(self, *days: date) -> bool:
        """Whether working days between these days can be counted by the lists."""
        return all(self.first <= day <= self.last for day in days)


def exceptions_of(state: PlanState, calendar: WorkCalendar) -> Exceptions:
    """Those of the years in which the plan and its dates lie, as far as a pack knows the calendar:
    a date that somebody mistyped must not fill the notes with the holidays of centuries."""
    years = {day.year for day in _days(state)}
    first = max(date(min(years), 1, 1), state.plan.start_on - AROUND)
    last = min(date(max(years), 12, 31), state.plan.finish_on + AROUND)
    off, worked = [], []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        is_weekday = day.weekday() < 5
        if calendar.is_workday(day) is not is_weekday:
            (off if is_weekday else worked).append(day)
    return Exceptions(first, last, tuple(off), tuple(worked))


def _days(state: PlanState) -> Iterator[date]:
    plan, tasks = state.plan, state.tasks
    found: Iterable[date | None] = (
        plan.start_on, plan.finish_on, plan.go_live_on, state.today,
        *(day for row in tasks.tasks for day in
          (row.baseline_start_on, row.baseline_finish_on, row.finish_on, row.expected_finish_on)),
        *(day for row in tasks.steps for day in
          (row.baseline_finish_on, row.finish_on, row.expected_finish_on)),
        *(row.due_on for row in tasks.actions),
        *(row.answer_due_on for row in state.reports.problems),
    )  # fmt: skip
    return (day for day in found if day is not None)


def days_after(start: str, end: str, exceptions: Exceptions) -> str:
    """Working days after one cell up to and with another, 0 where it lies earlier, without the
    sign of equality: the rule of `app.tasks.progress.days_late`."""
    found = f"NETWORKDAYS({start}+1,{end}{_less(exceptions)})"
    return f"IF({end}>{start},{found}{_more('>', start, end, exceptions)},0)"


def share_passed(start: str, finish: str, day: str, exceptions: Exceptions) -> str:
    """The share of the working days from one cell to another that had passed by the end of a day,
    without the sign of equality: the rule of `app.tasks.progress.planned_percent`."""
    whole, part = (
        f"(NETWORKDAYS({start},{end}{_less(exceptions)}){_more('>=', start, end, exceptions)})"
        for end in (finish, day)
    )
    return f"IF({day}<{start},0,IF({day}>={finish},1,IF({whole}=0,1,{part}/{whole})))"


def _less(exceptions: Exceptions) -> str:
    return f",{DAYS_OFF}" if exceptions.off else ""


def _more(after: str, start: str, end: str, exceptions: Exceptions) -> str:
    if not exceptions.worked:
        return ""
    return f'+COUNTIFS({DAYS_WORKED},"{after}"&{start},{DAYS_WORKED},"<="&{end})'
