"""When a monthly meeting is: the n-th weekday of a month, moved off days off.

Pure: plain values in, plain values out.
"""

import calendar as months
from datetime import date, timedelta

from app.plans.workcalendar import WorkCalendar

LAST = -1


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    """The n-th (1–4, or -1 for the last) weekday (0 = Monday) of a month.

    Raises ValueError for any other n or weekday.
    """
    if nth not in (LAST, 1, 2, 3, 4) or not 0 <= weekday <= 6:
        raise ValueError(f"no such day of a month: {nth}, {weekday}")
    if nth == LAST:
        last = date(year, month, months.monthrange(year, month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def meeting_day(year: int, month: int, nth: int, weekday: int, calendar: WorkCalendar) -> date:
    """The day on which the month's meeting is held.

    On a day off it moves to the working day before, unless that is in another month; then to the
    next one.
    """
    day = nth_weekday(year, month, nth, weekday)
    before = calendar.previous_workday(day)
    if (before.year, before.month) == (year, month):
        return before
    return calendar.next_workday(day)


def month_name(day: date) -> str:
    """The month as the database keeps it: "2026-11"."""
    return f"{day.year:04d}-{day.month:02d}"


def months_from(first: date, last: date) -> list[tuple[int, int]]:
    """(year, month) of each month that has a day from `first` to `last`."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [(n // 12, n % 12 + 1) for n in range(start, end + 1)]
