"""Where bars stand on a calendar: dates in, percentages of the drawn span out.

Drawn on the server, so that the picture prints and needs no script. The span begins on a Monday
and ends on a Sunday, so that weeks are whole.
"""

from collections.abc import Iterable, Sequence
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

    @property
    def right(self) -> float:
        return round(self.left + self.done_width + self.rest_width, 3)


@dataclass(frozen=True)
class DrawnLink:
    """A link between two lines of the chart, by their keys; kind FS, SS, FF or SF."""

    before: str
    after: str
    kind: str = "FS"
    is_critical: bool = False


@dataclass(frozen=True)
class LinkPart:
    """What of a link stands in one line, so that lines may be folded away and the picture prints.

    kind: "out" (leaves its bar at `from_x` for the upright at `x`), "through", "in" (arrives at a
    bar). Places in percent. is_up: the later one stands above. is_at_end: it arrives at the later
    one's end.
    """

    kind: str
    x: float
    from_x: float = 0.0
    is_up: bool = False
    is_at_end: bool = False
    is_critical: bool = False


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


def link_parts(
    lines: Sequence[tuple[str, float, float]], links: Iterable[DrawnLink]
) -> list[list[LinkPart]]:
    """The parts of the links in each of these lines (key, left and right of the bar).

    A link whose other end is not among the lines is left out; critical ones lie over the others.
    """
    place = {key: index for index, (key, _left, _right) in enumerate(lines)}
    parts: list[list[LinkPart]] = [[] for _line in lines]
    for link in sorted(links, key=lambda link: link.is_critical):
        if link.before not in place or link.after not in place:
            continue
        first, last = place[link.before], place[link.after]
        is_up, is_at_end = last < first, link.kind[1] == "F"
        x = lines[last][2 if is_at_end else 1]
        from_x = lines[first][2 if link.kind[0] == "F" else 1]
        for index in range(min(first, last), max(first, last) + 1):
            kind = {first: "out", last: "in"}.get(index, "through")
            parts[index].append(LinkPart(kind, x, from_x, is_up, is_at_end, link.is_critical))
    return parts
