"""Working days as one sorted line: counting and stepping over them by bisection.

Instants are ordinals of mornings, as in `schedule`: day D begins at D and ends at D + 1.
"""

from bisect import bisect_left
from datetime import date

from app.plans.workcalendar import WorkCalendar


class Line:
    """A calendar's working days as one sorted line of ordinals, lengthened as it is asked."""

    def __init__(self, calendar: WorkCalendar, year: int) -> None:
        self._calendar = calendar
        self._first, self._last = year, year
        self._days = list(calendar.workdays_of(year))
        self._limit()

    def forward(self, instant: int, count: int) -> int:
        """The evening of the `count`-th (≥ 1) working day at or after the instant."""
        while True:
            if instant >= self._low:
                index = bisect_left(self._days, instant) + count - 1
                if index < len(self._days):
                    return self._days[index] + 1
            self._grow(is_later=instant >= self._low)

    def back(self, instant: int, count: int) -> int:
        """The morning of the `count`-th (≥ 1) working day before the instant."""
        while True:
            if instant <= self._high:
                index = bisect_left(self._days, instant) - count
                if index >= 0:
                    return self._days[index]
            self._grow(is_later=instant > self._high)

    def morning(self, instant: int) -> int:
        """The first working day's morning at or after the instant."""
        return self.forward(instant, 1) - 1

    def shift(self, instant: int, lag: int) -> int:
        """The instant `lag` working days later, or earlier when negative."""
        if lag == 0:
            return instant
        return self.forward(instant, lag) if lag > 0 else self.back(instant, -lag)

    def unshift(self, instant: int, lag: int) -> int:
        """The latest instant whose `shift` is not after this one."""
        if lag == 0:
            return instant
        if lag > 0:
            return self.back(instant, lag)
        # The last working morning not after the instant may be the one that shift arrives at.
        return self.forward(self.back(instant + 1, 1), 1 - lag) - 1

    def count(self, start: int, end: int) -> int:
        """Working days from instant to instant; negative when `end` is earlier."""
        while min(start, end) < self._low:
            self._grow(is_later=False)
        while max(start, end) > self._high:
            self._grow(is_later=True)
        return bisect_left(self._days, end) - bisect_left(self._days, start)

    def _grow(self, is_later: bool) -> None:
        if is_later:
            self._last += 1
            self._days.extend(self._calendar.workdays_of(self._last))
        else:
            self._first -= 1
            self._days[:0] = self._calendar.workdays_of(self._first)
        self._limit()

    def _limit(self) -> None:
        self._low = date(self._first, 1, 1).toordinal()
        self._high = date(self._last, 12, 31).toordinal() + 1


class Lines:
    """One Line for each calendar object."""

    def __init__(self, plan: WorkCalendar, year: int) -> None:
        self._year = year
        self._known: dict[int, Line] = {}
        self._plan = plan
        self.plan = self.of(None)

    def of(self, calendar: WorkCalendar | None) -> Line:
        """The line of this calendar; None is the plan's."""
        wanted = calendar or self._plan
        line = self._known.get(id(wanted))
        if line is None:
            line = self._known[id(wanted)] = Line(wanted, self._year)
        return line
