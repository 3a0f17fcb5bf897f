"""ISO weeks (ISO 8601): what a weekly report belongs to."""

from datetime import date, timedelta
from typing import NamedTuple


class IsoWeek(NamedTuple):
    """A week of the ISO calendar; compares and sorts in time order."""

    year: int
    week: int

    @classmethod
    def of(cls, day: date) -> "IsoWeek":
        iso = day.isocalendar()
        return cls(iso.year, iso.week)

    @classmethod
    def parse(cls, text: str) -> "IsoWeek":
        """From "2026-W48". Raises ValueError for what is no week, such as 2026-W54."""
        year, mark, week = text.partition("-W")
        if not mark or not (year.isdecimal() and week.isdecimal()):
            raise ValueError(f"{text!r} is not a week; write it like 2026-W48")
        try:
            date.fromisocalendar(int(year), int(week), 1)
        except ValueError:
            raise ValueError(f"{text!r} is not a week of that year") from None
        return cls(int(year), int(week))

    def __str__(self) -> str:
        return f"{self.year}-W{self.week:02d}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def sunday(self) -> date:
        return date.fromisocalendar(self.year, self.week, 7)

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=n) for n in range(7)]

    def plus(self, count: int) -> "IsoWeek":
        return IsoWeek.of(self.monday + timedelta(weeks=count))

    def minus(self, count: int) -> "IsoWeek":
        return self.plus(-count)

    def next(self) -> "IsoWeek":
        return self.plus(1)

    def previous(self) -> "IsoWeek":
        return self.plus(-1)


def weeks_between(first: IsoWeek, last: IsoWeek) -> list[IsoWeek]:
    """The weeks from `first` to `last`, both counted; empty when last lies before."""
    weeks = []
    while first <= last:
        weeks.append(first)
        first = first.next()
    return weeks


def week_number_in_plan(start: date, week: IsoWeek) -> int:
    """1 for the week in which the plan starts, 2 for the next …"""
    return (week.monday - IsoWeek.of(start).monday).days // 7 + 1
