"""Where bars stand on a calendar: dates in, percentages of the drawn span out.

Drawn on the server, so that the picture prints and needs no script. The span begins on a Monday
and ends on a Sunday, so that weeks are whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.plans.workcalendar import DayKind, WorkCalendar

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """The days that a chart shows, first and last included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def left(self, day: date) -> float:
        """Where the day begins, 0–100."""
        return round(min(max((day - self.first).days, 0), self.days) * 100 / self.days, 3)

    def middle(self, day: date) -> float | None:
        """The middle of the day; None outside the span."""
        if not self.first <= day <= self.last:
            return None
        return round(((day - self.first).days + 0.5) * 100 / self.days, 3)


@dataclass(frozen=True)
class Bar:
    """One bar: done and rest side by side from `left`; the part past the baseline lies over it."""

    left: float
    done_width: float
    rest_width: float
    late_left: float | None
    late_width: float | None
    baseline_left: float | None
    baseline_width: float | None


@dataclass(frozen=True)
class Rest:
    """Consecutive days off: `offset` days after the span's first, `length` days long."""

    offset: int
    length: int
    is_holiday: bool


def span_of(days: Iterable[date]) -> Span:
    """Whole weeks around the days. Raises ValueError without any."""
    known = list(days)
    first, last = min(known), max(known)
    return Span(first - DAY * first.weekday(), last + DAY * (6 - last.weekday()))


def bar_of(
    span: Span, start: date, finish: date, percent: int, baseline: tuple[date, date] | None = None
) -> Bar:
    """The bar from `start` through `finish`, `percent` of it done, against its baseline."""
    left, right = span.left(start), span.left(max(start, finish) + DAY)
    done = round((right - left) * percent / 100, 3)
    late_left = late_width = None
    if baseline is not None and finish > baseline[1]:
        late_left = max(left, span.left(baseline[1] + DAY))
        late_width = round(right - late_left, 3)
    return Bar(
        left=left,
        done_width=done,
        rest_width=round(right - left - done, 3),
        late_left=late_left,
        late_width=late_width,
        baseline_left=span.left(baseline[0]) if baseline else None,
        baseline_width=round(span.left(baseline[1] + DAY) - span.left(baseline[0]), 3)
        if baseline
        else None,
    )


def months_of(span: Span) -> list[tuple[float, float, date]]:
    """(left, width, first day) of each month in the span; the first may be a part of one."""
    rows = []
    day = span.first
    while day <= span.last:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        left = span.left(day)
        rows.append((left, round(span.left(following) - left, 3), day))
        day = following
    return rows


def weeks_of(span: Span) -> list[tuple[float, float, int]]:
    """(left, width, ISO week number) of each week in the span."""
    width = round(700 / span.days, 3)
    return [
        (span.left(monday), width, monday.isocalendar().week)
        for monday in (span.first + DAY * n for n in range(0, span.days, 7))
    ]


def rests_of(span: Span, calendar: WorkCalendar) -> list[Rest]:
    """The days off in the span, holidays apart from weekends; make-up workdays are no rest."""
    rests: list[Rest] = []
    for offset in range(span.days):
        day = span.first + DAY * offset
        if calendar.is_workday(day):
            continue
        is_holiday = calendar.kind(day) is not DayKind.weekend
        newest = rests[-1] if rests else None
        if newest and newest.offset + newest.length == offset and newest.is_holiday == is_holiday:
            rests[-1] = Rest(newest.offset, newest.length + 1, is_holiday)
        else:
            rests.append(Rest(offset, 1, is_holiday))
    return rests
