"""Which measurements an indicator owes, and which are late.

Pure. A period is owed from the first one of which at least half lies after measuring begins, up
to the end of the plan; its value is due some working days after its last day. A value taken
before its period has ended is interim and still owes the final one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.plans.workcalendar import WorkCalendar
from app.reports.periods import Period, measurement_due_on, period_of, periods_between


@dataclass(frozen=True)
class OwedPeriod:
    """A period without its final value. `days_overdue` counts working days since `due_on`."""

    label: str
    first: date
    last: date
    due_on: date
    days_overdue: int

    @property
    def is_overdue(self) -> bool:
        return self.days_overdue > 0


def owed_periods(cadence: str, begins_on: date, finish_on: date) -> list[Period]:
    """Every period that the plan wants a value of, in order."""
    first, last = _owed_span(cadence, begins_on, finish_on)
    return periods_between(cadence, first.first, last.first)


def is_owed(period: Period, cadence: str, begins_on: date, finish_on: date) -> bool:
    """Whether the plan wants a value of this period of the cadence."""
    first, last = _owed_span(cadence, begins_on, finish_on)
    return first <= period <= last


def _owed_span(cadence: str, begins_on: date, finish_on: date) -> tuple[Period, Period]:
    first = period_of(cadence, begins_on)
    is_short = (first.last - begins_on).days < (begins_on - first.first).days
    if is_short or finish_on < begins_on:
        # Where measuring begins so late that no period fits, the next one is still wanted.
        first = period_of(cadence, first.last + timedelta(days=1))
    return first, max(first, period_of(cadence, finish_on))


def periods_due(cadence: str, first: date, last: date, calendar: WorkCalendar) -> list[Period]:
    """The periods of the cadence whose values are due from `first` to `last`, newest first."""
    found = []
    period = period_of(cadence, last)
    while (due_on := measurement_due_on(period, calendar)) >= first:
        if due_on <= last:
            found.append(period)
        period = period_of(cadence, period.first - timedelta(days=1))
    return found


def is_final(period: Period, taken_on: date) -> bool:
    """Whether a value taken on that day is the period's final one, and not interim."""
    return taken_on > period.last


def open_periods(
    periods: list[Period],
    measured: Mapping[str, date],
    today: date,
    calendar: WorkCalendar,
) -> list[OwedPeriod]:
    """The owed periods without a final value, in order; `measured`: label → day it was taken."""
    rows = []
    for period in periods:
        taken = measured.get(period.label)
        if taken is not None and is_final(period, taken):
            continue
        due_on = measurement_due_on(period, calendar)
        late = calendar.workdays_between(due_on, today) if today > due_on else 0
        rows.append(OwedPeriod(period.label, period.first, period.last, due_on,
                               max(late, 1 if today > due_on else 0)))  # fmt: skip
    return rows


def choosable_periods(cadence: str, begins_on: date, today: date, before: int = 12) -> list[Period]:
    """Periods a value may be given for, newest first: the running one, those since measuring
    began, and `before` earlier ones as a basis of comparison."""
    first = period_of(cadence, begins_on)
    for _step in range(before):
        first = period_of(cadence, first.first - timedelta(days=1))
    return list(reversed(periods_between(cadence, first.first, today)))
