"""The monthly round: which month an instant belongs to, and by when its reviews are due.

Every open risk is reviewed once a calendar month and each department signs; both are due on the
month's last working day. Pure: no database, no clock.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from app.plans.workcalendar import WorkCalendar

# A signature is asked for from so many working days before the month ends.
SIGNING_WORKDAYS = 5


def month_of(day: date) -> str:
    """The month's name: "2026-11"."""
    return f"{day:%Y-%m}"


def first_day(month: str) -> date:
    """The first day of a month by its name. Raises ValueError."""
    return date.fromisoformat(f"{month}-01")


def next_month(month: str) -> str:
    """The month after."""
    return month_of(first_day(month) + timedelta(days=31))


def previous_month(month: str) -> str:
    """The month before."""
    return month_of(first_day(month) - timedelta(days=1))


def due_on(month: str, calendar: WorkCalendar) -> date:
    """The month's last working day (its last day, should it have none)."""
    last = first_day(next_month(month)) - timedelta(days=1)
    day = calendar.previous_workday(last)
    return day if month_of(day) == month else last


def is_signing_time(day: date, calendar: WorkCalendar) -> bool:
    """Whether `day` lies in the last SIGNING_WORKDAYS working days of its month."""
    due = due_on(month_of(day), calendar)
    return day >= calendar.add_workdays(due, 1 - SIGNING_WORKDAYS)


def months_between(first: date, last: date) -> Iterator[str]:
    """The names of the months from `first`'s to `last`'s."""
    month = month_of(first)
    while month <= month_of(last):
        yield month
        month = next_month(month)
