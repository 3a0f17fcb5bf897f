"""The working calendar: which days count, for schedule, deadlines, reminders and meetings alike.

Through OFFICIAL_THROUGH it is the State Council's calendar with 调休 make-up workdays. Beyond, it
is Monday to Friday less the days that the law itself fixes, without any 调休, and marked
*estimated* (推定) wherever shown: never a guess passed off as fact. On top lie the days that were
imported for a year, the company's own, its departments' and a person's leave.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays

# The last year whose arrangement has been published and checked day by day.
OFFICIAL_THROUGH = 2026
OFFICIAL_FROM = 2010
# The lunar days are known this far; further out only the weekend is.
LUNAR_THROUGH = 2099

ONE_DAY = timedelta(days=1)


class DayKind(StrEnum):
    """What a day is."""

    workday = "workday"
    weekend = "weekend"
    holiday = "holiday"
    makeup = "makeup"
    company_off = "company_off"
    company_work = "company_work"
    department_off = "department_off"
    department_work = "department_work"
    leave = "leave"


WORKING = frozenset(
    {DayKind.workday, DayKind.makeup, DayKind.company_work, DayKind.department_work}
)


@dataclass(frozen=True)
class DayWords:
    """What a day is called and whose it is (a department, a person on leave), in Chinese and
    English; empty where nobody said."""

    name: tuple[str, str] = ("", "")
    whose: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class DayReason:
    """Why a day counts as it does, in one language: its kind, its name where it has one, and whose
    it is for a department's day (the department) and for leave (the person)."""

    kind: DayKind
    name: str = ""
    whose: str = ""

    @property
    def is_workday(self) -> bool:
        return self.kind in WORKING


@lru_cache(maxsize=256)
def _statutory(year: int) -> tuple[Mapping[date, tuple[str, str]], frozenset[date]]:
    """Days off of a year with their names (Chinese, English), and its make-up workdays."""
    if not OFFICIAL_FROM <= year <= LUNAR_THROUGH:
        return {}, frozenset()
    chinese = holidays.country_holidays("CN", years=year, language="zh_CN")
    english = holidays.country_holidays("CN", years=year, language="en_US")
    names = {day: (chinese[day], english.get(day) or chinese[day]) for day in chinese}
    if year <= OFFICIAL_THROUGH:
        return names, frozenset(d for d in chinese.weekend_workdays if d.year == year)
    # The law fixes the days themselves; substitutes for weekends are the yearly notice's to give.
    fixed = {d: n for d, n in names.items() if "补假" not in n[0] and "调休" not in n[0]}
    return fixed, frozenset()


@dataclass(frozen=True)
class WorkCalendar:
    """Working days with what lies on top of the official ones.

    overrides: what a day is instead. words: what those days are called and whose they are.
    published: years beyond OFFICIAL_THROUGH whose whole arrangement was imported.
    """

    overrides: Mapping[date, DayKind] = field(default_factory=dict)
    words: Mapping[date, DayWords] = field(default_factory=dict)
    published: frozenset[int] = frozenset()
    # Workdays by year, filled as they are asked for.
    _years: dict[int, tuple[int, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def kind(self, day: date) -> DayKind:
        own = self.overrides.get(day)
        if own is not None:
            return own
        days_off, makeup = _statutory(day.year)
        if day in makeup:
            return DayKind.makeup
        if day in days_off:
            return DayKind.holiday
        return DayKind.weekend if day.weekday() >= 5 else DayKind.workday

    def name(self, day: date, lang: str) -> str | None:
        """The day's own name or the holiday's, in the language ("zh", else English), or None."""
        said = self.words.get(day, DayWords())
        names = said.name if said.name[0] else _statutory(day.year)[0].get(day)
        if names is None:
            return None
        return names[0] if lang == "zh" else names[1]

    def reason(self, day: date, lang: str) -> DayReason:
        """Why a day works or is off, as plain words in the language ("zh", else English)."""
        kind, said = self.kind(day), self.words.get(day, DayWords())
        name = said.name[0 if lang == "zh" else 1]
        if not name and kind is DayKind.holiday:
            name = self.name(day, lang) or ""
            if any(sign.isdigit() for sign in name):
                # The source names a moved day off by the day it was moved from.
                name = ""
        return DayReason(kind, name, said.whose[0 if lang == "zh" else 1])

    def is_workday(self, day: date) -> bool:
        return self.kind(day) in WORKING

    def overlaid(
        self, days: Mapping[date, DayKind], words: Mapping[date, DayWords]
    ) -> "WorkCalendar":
        """This calendar with `days` on top; itself where they change nothing."""
        if all(self.kind(day) is kind for day, kind in days.items()):
            return self
        # A day on top has its own words or none: never those of the day beneath.
        beneath = {day: said for day, said in self.words.items() if day not in days}
        return replace(self, overrides={**self.overrides, **days}, words={**beneath, **words})

    def is_estimated(self, day: date) -> bool:
        """True for a day whose official arrangement is not published (and not set by hand)."""
        return day not in self.overrides and self.is_estimated_year(day.year)

    def is_estimated_year(self, year: int) -> bool:
        """True for a year whose arrangement is neither built in nor imported as a whole."""
        return not (OFFICIAL_FROM <= year <= OFFICIAL_THROUGH or year in self.published)

    def next_workday(self, day: date) -> date:
        """The first workday on or after `day`."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def previous_workday(self, day: date) -> date:
        """The last workday on or before `day`."""
        while not self.is_workday(day):
            day -= ONE_DAY
        return day

    def add_workdays(self, day: date, count: int) -> date:
        """The workday `count` working days after `day` (before it when negative).

        Counting begins at the first workday on or after `day` (on or before it when negative), so
        0 is `next_workday` and a task of n days from `first` ends at add_workdays(first, n - 1).
        """
        year, ordinal = day.year, day.toordinal()
        days = self.workdays_of(year)
        if count >= 0:
            index = bisect_left(days, ordinal) + count
        else:
            index = bisect_right(days, ordinal) - 1 + count
        while index >= len(days):
            index -= len(days)
            year += 1
            days = self.workdays_of(year)
        while index < 0:
            year -= 1
            days = self.workdays_of(year)
            index += len(days)
        return date.fromordinal(days[index])

    def workdays_in(self, first: date, last: date) -> int:
        """Number of workdays from `first` to `last`, both counted; 0 when last lies before."""
        if last < first:
            return 0
        total = sum(len(self.workdays_of(year)) for year in range(first.year, last.year))
        before = bisect_left(self.workdays_of(first.year), first.toordinal())
        return total - before + bisect_right(self.workdays_of(last.year), last.toordinal())

    def workdays_between(self, start: date, end: date) -> int:
        """Number of workdays after `start` up to and with `end`; negative when `end` is earlier.

        This is "n working days late" of `end` against `start`.
        """
        if end >= start:
            return self.workdays_in(start + ONE_DAY, end)
        return -self.workdays_in(end + ONE_DAY, start)

    def last_workday_of_week(self, iso_year: int, iso_week: int) -> date | None:
        """The last workday of an ISO week, or None when the whole week is off."""
        for weekday in range(7, 0, -1):
            day = date.fromisocalendar(iso_year, iso_week, weekday)
            if self.is_workday(day):
                return day
        return None

    def workdays_of(self, year: int) -> tuple[int, ...]:
        """The year's workdays as ordinals in order, so that counting them is a bisection.

        Raises OverflowError outside the years 1 to 9999.
        """
        days = self._years.get(year)
        if days is None:
            if not date.min.year <= year <= date.max.year:
                raise OverflowError("the calendar ends here")
            has_own = any(day.year == year for day in self.overrides)
            days = _workdays(self, year) if has_own else _official_workdays(year)
            self._years[year] = days
        return days


def _workdays(calendar: WorkCalendar, year: int) -> tuple[int, ...]:
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    return tuple(n for n in range(first, last + 1) if calendar.is_workday(date.fromordinal(n)))


@lru_cache(maxsize=256)
def _official_workdays(year: int) -> tuple[int, ...]:
    return _workdays(WorkCalendar(), year)


def official_kind(day: date, is_workday: bool) -> DayKind:
    """What a day of a published arrangement is: work on a weekend or a statutory day is made up."""
    is_off_by_law = day in _statutory(day.year)[0]
    if is_workday:
        return DayKind.makeup if day.weekday() >= 5 or is_off_by_law else DayKind.workday
    return DayKind.holiday


def official_words(day: date, name: str) -> DayWords:
    """What a day of a published arrangement is called: the year's holiday in both languages where
    the name is one of them (or missing on its day), else the name as it was given."""
    holidays_of_year = _statutory(day.year)[0]
    if not name:
        return DayWords(holidays_of_year.get(day, ("", "")))
    known = (names for names in holidays_of_year.values() if name in names)
    return DayWords(next(known, (name, name)))


def settle(day: date, policy: str, calendar: WorkCalendar) -> date:
    """The day that a date really takes: itself on a workday or by the policy "keep", else the
    next workday or the one before ("next", "previous"). Raises ValueError on another policy."""
    if policy not in ("keep", "next", "previous"):
        raise ValueError(f"{policy!r} says nothing about days off")
    if policy == "keep" or calendar.is_workday(day):
        return day
    return calendar.next_workday(day) if policy == "next" else calendar.previous_workday(day)


def is_away(leaves: Iterable[tuple[date, date]], day: date) -> bool:
    """Whether a person with these leaves (first and last day) is away on `day`."""
    return any(first <= day <= last for first, last in leaves)
