"""A date that somebody types on a day off takes the day that its item's rule says."""

from datetime import date

from app.plans.calendars import calendar_for
from app.plans.workcalendar import settle
from app.tasks.models import OffDay, Step, Task


def settled(item: Task | Step, first: date, last: date) -> tuple[date, date]:
    """First and last day by the item's rule for days off, on the department's calendar. Leave
    moves no commitment."""
    if item.off_day is OffDay.keep:
        return first, last
    task = item if isinstance(item, Task) else item.task
    calendar = calendar_for(task.department_id, None)
    return settle(first, item.off_day, calendar), settle(last, item.off_day, calendar)
