"""Months, quarters and half-years: the cadences in which indicators are measured (section 5)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from app.plans.workcalendar import WorkCalendar

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6}
_LABEL = re.compile(r"([0-9]{4})-(?:([0-9]{2})|Q([1-4])|H([12]))")


@dataclass(frozen=True, order=True)
class Period:
    """A period of one cadence, first and last day included; sorts in the order of time.

    `label` is 2026-10, 2026-Q4 or 2026-H2.
    """

    first: date
    last: date
    label: str


def period_of(cadence: str, day: date) -> Period:
    """The period that holds `day`; cadence is month, quarter or half_year.

    Raises ValueError for another cadence.
    """
    months = _MONTHS.get(cadence)
    if months is None:
        raise ValueError(f"{cadence!r} is no cadence: {', '.join(_MONTHS)}")
    index = (day.month - 1) // months
    return _period(day.year, index, months)


def parse_period(label: str) -> Period:
    """Read a label. Raises ValueError for what is none, such as 2026-13 or 2026-Q5."""
    match = _LABEL.fullmatch(label)
    if match is None or match[1] == "0000" or (match[2] and not 1 <= int(match[2]) <= 12):
        raise ValueError(f"“{label[:20]}” is no period; write 2026-10, 2026-Q4 or 2026-H2")
    for group, months in ((2, 1), (3, 3), (4, 6)):
        if match[group]:
            return _period(int(match[1]), int(match[group]) - 1, months)
    raise AssertionError("the pattern has no other branch")


def periods_between(cadence: str, first_day: date, last_day: date) -> list[Period]:
    """Every period with a day from `first_day` to `last_day`, in order; empty when reversed."""
    periods: list[Period] = []
    day = first_day
    while day <= last_day:
        period = period_of(cadence, day)
        periods.append(period)
        day = period.last + timedelta(days=1)
    return periods


def measurement_due_on(period: Period, calendar: WorkCalendar, grace_workdays: int = 5) -> date:
    """The day by which the period's value is owed: so many working days after its last day.

    5 is the fifth working day after the period. Raises ValueError for less than one.
    """
    if grace_workdays < 1:
        raise ValueError("a value needs at least one working day")
    day = calendar.next_workday(period.last + timedelta(days=1))
    return calendar.add_workdays(day, grace_workdays - 1)


def _period(year: int, index: int, months: int) -> Period:
    first = date(year, index * months + 1, 1)
    end = index * months + months
    after = date(year, end + 1, 1) if end < 12 else date(year + 1, 1, 1)
    label = {1: f"{year:04d}-{index + 1:02d}", 3: f"{year:04d}-Q{index + 1}"}.get(
        months, f"{year:04d}-H{index + 1}"
    )
    return Period(first, after - timedelta(days=1), label)
