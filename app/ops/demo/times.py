"""When the story's days are, seen from now. Pure.

The story names days by the plan's weeks ("3-2" is Tuesday of week 3; week 9 is the present one). A
day that is off stands for the last working day before it in its week, else for the next one. Where
several story days fall on one date, they share its hours in their order, so that nothing happens
before what led to it and a report that was on time stays so.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.plans.workcalendar import WorkCalendar

WEEKS_TOLD = 9
DAY_BEGINS = 8 * 60 + 30
DAY_ENDS = 17 * 60


@dataclass(frozen=True)
class StoryTime:
    """Turns the story's moments into instants; `now` is when it is told."""

    now: datetime
    zone: ZoneInfo
    calendar: WorkCalendar
    _sharing: dict[date, list[tuple[int, int]]] = field(default_factory=dict, compare=False)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def first_monday(self) -> date:
        """Monday of the story's first week: eight weeks before the present one."""
        monday = self.today - timedelta(days=self.today.weekday())
        return monday - timedelta(weeks=WEEKS_TOLD - 1)

    def day(self, text: str) -> date:
        """The date of "week-weekday", or of "+n": the n-th working day after today."""
        if text.startswith("+"):
            day = self.today
            for _ in range(int(text[1:])):
                day = self.calendar.next_workday(day + timedelta(days=1))
            return day
        week, weekday = (int(part) for part in text.split("-"))
        day = self.first_monday + timedelta(weeks=week - 1, days=weekday - 1)
        if self.calendar.is_workday(day):
            return day
        monday = day - timedelta(days=day.weekday())
        before = self.calendar.previous_workday(day)
        return before if before >= monday else self.calendar.next_workday(day)

    def at(self, text: str) -> datetime:
        """The instant of "week-weekday HH:MM" or "+n HH:MM"."""
        name, clock = text.split(" ")
        hour, minute = (int(part) for part in clock.split(":"))
        day = self.day(name)
        minutes = hour * 60 + minute
        if not name.startswith("+"):
            minutes = self._shared(day, name, minutes)
        at = datetime.combine(day, time(), tzinfo=self.zone) + timedelta(minutes=minutes)
        return at

    def _shared(self, day: date, name: str, minutes: int) -> int:
        """The minute of the day, squeezed where other story days fall on the same date."""
        days = self._days_on(day)
        if len(days) == 1:
            return minutes
        week, weekday = (int(part) for part in name.split("-"))
        index = days.index((week, weekday))
        if minutes > DAY_ENDS and index == len(days) - 1:
            return minutes
        within = (min(max(minutes, DAY_BEGINS), DAY_ENDS) - DAY_BEGINS) / (DAY_ENDS - DAY_BEGINS)
        return DAY_BEGINS + int((index + 0.98 * within) / len(days) * (DAY_ENDS - DAY_BEGINS))

    def _days_on(self, day: date) -> list[tuple[int, int]]:
        """The story's days (Monday to Friday) that fall on the date, in order."""
        if day not in self._sharing:
            around = (day - self.first_monday).days // 7 + 1
            self._sharing[day] = [
                (week, weekday)
                for week in range(max(around - 2, 1), around + 2)
                for weekday in range(1, 6)
                if self.day(f"{week}-{weekday}") == day
            ]
        return self._sharing[day]
