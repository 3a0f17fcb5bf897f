"""In which month planned money falls: spread evenly over the working days of what it pays for.

The months' shares are rounded to whole cents by the largest remainder (Hamilton's method), so that
they add up to the line's amount exactly.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.plans.workcalendar import WorkCalendar


@dataclass(frozen=True)
class Planned:
    """Money in cents and the days over which it is spent, both counted."""

    cents: int
    first_on: date
    last_on: date


def by_month(rows: Iterable[Planned], calendar: WorkCalendar) -> dict[date, int]:
    """Cents by the first day of each month, in order; months without money are left out.

    A line without a single working day falls into the month of its first day. Raises ValueError
    when a line ends before it starts or its amount lies below 0.
    """
    total: dict[date, int] = defaultdict(int)
    for row in rows:
        for month, cents in spread(row, calendar).items():
            total[month] += cents
    return {month: total[month] for month in sorted(total) if total[month]}


def spread(row: Planned, calendar: WorkCalendar) -> dict[date, int]:
    """The cents of one line by the first day of each of its months. Raises ValueError."""
    if row.last_on < row.first_on:
        raise ValueError("the money ends before it starts")
    if row.cents < 0:
        raise ValueError("an amount lies below 0")
    days = {
        month: calendar.workdays_in(max(month, row.first_on), min(last_of(month), row.last_on))
        for month in months_between(row.first_on, row.last_on)
    }
    whole = sum(days.values())
    if not whole:
        return {row.first_on.replace(day=1): row.cents}
    cents = {month: row.cents * count // whole for month, count in days.items()}
    missing = row.cents - sum(cents.values())
    # Largest remainder first; of equal ones the earlier month.
    order = sorted(days, key=lambda month: (-(row.cents * days[month] % whole), month))
    for month in order[:missing]:
        cents[month] += 1
    return cents


def months_between(first_on: date, last_on: date) -> list[date]:
    """The first days of the months from one day to another."""
    months = [first_on.replace(day=1)]
    while (following := last_of(months[-1]) + timedelta(days=1)) <= last_on:
        months.append(following)
    return months


def last_of(month: date) -> date:
    """The last day of the month that begins on `month`."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
