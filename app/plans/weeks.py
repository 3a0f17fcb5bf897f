"""ISO weeks (ISO 8601): what a weekly report belongs to."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

# ASCII digits only; \d would take any script's.
_WRITTEN = re.compile(r"([0-9]{4})-W([0-9]{2})")
# A year outside is a slip of the pen, and its days may not exist.
YEARS = range(1900, 3000)


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
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError(f"{text[:20]!r} is not a week; write it like 2026-W48")
        year, week = int(written[1]), int(written[2])
        if year not in YEARS:
            raise ValueError(f"{text!r} is not a week: years run from 1900 to 2999")
        try:
            date.fromisocalendar(year, week, 1)
        except ValueError:
            raise ValueError(f"{text!r} is not a week of that year") from None
        return cls(year, week)

    # A year's reports and promises name their weeks a quarter of a million times: one text each.
    @lru_cache(maxsize=1024)  # noqa: B019 - weeks are small values that stay
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
        monday = self.monday
        return [monday + timedelta(days=n) for n in range(7)]

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
