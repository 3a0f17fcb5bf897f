"""The critical path method on working calendars: early and late dates, floats, what drives a date.

Precedence diagramming (PMI, PMBOK Guide: finish-to-start, start-to-start, finish-to-finish and
start-to-finish with lag or lead), forward and backward pass over plain values.

Time is a line of mornings: day D begins at instant D and ends at instant D + 1 (ordinals of
`datetime.date`). An activity of n ≥ 1 working days starts at the morning of a working day of its
own calendar and finishes at the evening of its n-th; it is never split. A milestone (n = 0) is one
instant, shown as the last working day before it. A lag counts in the plan's calendar. Between the
evening of one working day and the morning of the next no working time passes: a finish that a
lead, or another's start, holds to a morning may stand on the evening before.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.plans.workcalendar import WorkCalendar
from app.tasks.workline import Line, Lines

KINDS = ("FS", "SS", "FF", "SF")


@dataclass(frozen=True)
class Activity:
    """What is to be dated. `workdays` count in `calendar`, None = the plan's; 0 is a milestone.

    not_before: earliest first day (for a milestone: not before that day's evening).
    finish_not_before: earliest last day. not_after: last day by which it should be finished; holds
    no date back, but makes the float negative. fixed: real or pinned first and last day; nothing
    moves it, and links that it breaks show as negative float before it.
    """

    key: str
    workdays: int
    not_before: date | None = None
    finish_not_before: date | None = None
    not_after: date | None = None
    fixed: tuple[date, date] | None = None
    calendar: WorkCalendar | None = None


@dataclass(frozen=True)
class Dependency:
    """`after` waits for `before`; `lag` in working days of the plan's calendar, below 0 a lead."""

    before: str
    after: str
    kind: str = "FS"
    lag: int = 0


@dataclass(frozen=True)
class Driver:
    """What put an activity where it is. kind: link, not_before, finish_not_before, fixed,
    plan_start; `link` is the dependency of kind link; `bound` is the first (or, for what holds the
    finish, the last) day that it allows."""

    kind: str
    bound: date
    link: Dependency | None = None


@dataclass(frozen=True)
class Timing:
    """Dates of one activity, first and last day both worked. Floats in working days of its own
    calendar: `total_float` without moving the end (negative: it cannot be met), `free_float`
    without moving anything that follows. `drivers`: tightest first."""

    start: date
    finish: date
    late_start: date
    late_finish: date
    total_float: int
    free_float: int
    is_critical: bool
    drivers: tuple[Driver, ...]


@dataclass(frozen=True)
class Schedule:
    """The timings by key in topological order, and the plan's first and last day."""

    timings: Mapping[str, Timing]
    start: date
    finish: date


class CircularError(ValueError):
    """Activities that wait for each other; `path` names them, the first again at the end."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__("circular: " + " → ".join(path))
        self.path = path


def check_order(activities: Sequence[Activity], dependencies: Sequence[Dependency]) -> None:
    """Raises CircularError where activities wait for each other, ValueError as `schedule` does."""
    _check(activities, dependencies)
    incoming, outgoing = _by_ends(dependencies)
    _in_order({activity.key: activity for activity in activities}, incoming, outgoing)


def schedule(
    activities: Sequence[Activity],
    dependencies: Sequence[Dependency],
    calendar: WorkCalendar,
    start: date,
    finish: date | None = None,
) -> Schedule:
    """Early and late dates of all activities, each as early as its bounds allow and none before
    `start`. Late dates keep `finish` (by default the computed end) and every `not_after`.

    Raises CircularError, and ValueError for a key that comes twice or that nothing has, a negative
    duration, an unknown kind, or a fixed finish before its start.
    """
    _check(activities, dependencies)
    incoming, outgoing = _by_ends(dependencies)
    by_key = {activity.key: activity for activity in activities}
    order = _in_order(by_key, incoming, outgoing)
    lines = Lines(calendar, start.year)
    own = {key: lines.of(activity.calendar) for key, activity in by_key.items()}
    plan, first = lines.plan, start.toordinal()

    early: dict[str, tuple[int, int]] = {}
    # The instants that links hold each activity to, in the links' order.
    bounds: dict[str, list[int]] = {}
    for key in order:
        line = own[key]
        bounds[key] = [bound_of(k, early[k.before], line, plan) for k in incoming[key]]
        early[key] = _early(by_key[key], incoming[key], bounds[key], line, first)
    end = max((instant for _start, instant in early.values()), default=first)
    target = end if finish is None else finish.toordinal() + 1

    late: dict[str, tuple[int, int]] = {}
    # What those before must keep to: a fixed activity does not wait for them.
    kept: dict[str, tuple[int, int]] = {}
    for key in reversed(order):
        activity = by_key[key]
        bound = target
        if activity.not_after is not None:
            bound = min(bound, activity.not_after.toordinal() + 1)
        late[key] = kept[key] = _late(activity, outgoing[key], kept, own, plan, bound, early)
        if activity.fixed is not None:
            # Coming earlier would not help it: whoever comes before answers for its dates alone.
            kept[key] = early[key]

    timings = {}
    for key in order:
        activity, line = by_key[key], own[key]
        total = line.count(early[key][1], late[key][1])
        if activity.workdays and activity.fixed is None:
            total = line.count(early[key][0], late[key][0])
        latest = _late(activity, outgoing[key], early, own, plan, end, early)
        free = max(0, line.count(early[key][1], latest[1]))
        timings[key] = Timing(
            *_days(activity, early[key], line, activity.fixed),
            *_days(activity, late[key], line, None),
            total_float=total,
            free_float=free,
            is_critical=total <= 0,
            drivers=_drivers(activity, incoming[key], bounds[key], early[key], line, first),
        )
    last = max((timing.finish for timing in timings.values()), default=start)
    return Schedule(timings, start, last)


def _early(
    activity: Activity,
    links: Sequence[Dependency],
    bounds: Sequence[int],
    line: Line,
    first: int,
) -> tuple[int, int]:
    """Start and finish as instants, as early as the links' bounds and its own allow."""
    if activity.fixed is not None:
        return _fixed(activity)
    start, finish = first, 0
    if activity.not_before is not None:
        start = max(start, activity.not_before.toordinal() + (activity.workdays == 0))
    if activity.finish_not_before is not None:
        finish = activity.finish_not_before.toordinal() + 1
    for link, bound in zip(links, bounds, strict=True):
        if link.kind[1] == "S":
            start = max(start, bound)
        else:
            finish = max(finish, bound)
    return _placed(activity, start, finish, line)


def bound_of(link: Dependency, source: tuple[int, int], line: Line, plan: Line) -> int:
    """The instant that the link holds the later activity to, whose calendar's line is `line`;
    `source` is where the earlier one begins and ends."""
    bound = plan.shift(source[link.kind[0] == "F"], link.lag)
    return line.back(bound, 1) + 1 if _is_morning(link) else bound


def _limit(link: Dependency, target: tuple[int, int], line: Line, plan: Line) -> int:
    """The latest instant of the earlier activity that keeps the later one at `target`: `bound_of`
    the other way round."""
    instant = target[link.kind[1] == "F"]
    return plan.unshift(line.morning(instant) if _is_morning(link) else instant, link.lag)


def _is_morning(link: Dependency) -> bool:
    """Whether the link holds a finish to a morning. Such a finish may stand on the evening of the
    last working day before it: no working time lies between."""
    return link.kind[1] == "F" and (link.lag < 0 or (link.lag == 0 and link.kind == "SF"))


def _placed(activity: Activity, start: int, finish: int, line: Line) -> tuple[int, int]:
    """The earliest place that begins at or after `start` and ends at or after `finish`."""
    if activity.workdays == 0:
        instant = max(start, finish)
        return instant, instant
    morning = line.morning(start)
    evening = line.forward(morning, activity.workdays)
    if evening < finish:
        evening = line.morning(finish - 1) + 1
        morning = line.back(evening, activity.workdays)
    return morning, evening


def _late(
    activity: Activity,
    links: Iterable[Dependency],
    kept: Mapping[str, tuple[int, int]],
    own: Mapping[str, Line],
    plan: Line,
    bound: int,
    early: Mapping[str, tuple[int, int]],
) -> tuple[int, int]:
    """Start and finish as instants, as late as `bound` and what follows in `kept` allow."""
    start: int | None = None
    finish = bound
    for link in links:
        limit = _limit(link, kept[link.after], own[link.after], plan)
        if link.kind[0] == "F":
            finish = min(finish, limit)
        else:
            start = limit if start is None else min(start, limit)
    line = own[activity.key]
    if activity.workdays == 0:
        instant = finish if start is None else min(start, finish)
        return instant, instant
    evening = line.back(finish, 1) + 1
    if activity.fixed is not None:
        # Its length is what it is: both ends move by the same number of working days.
        begin, end = early[activity.key]
        room = line.count(end, evening)
        if start is not None:
            room = min(room, line.count(begin, line.back(start + 1, 1)))
        return _moved(begin, room, line), _moved(end - 1, room, line) + 1
    morning = line.back(evening, activity.workdays)
    if start is not None:
        morning = min(morning, line.back(start + 1, 1))
    return morning, line.forward(morning, activity.workdays)


def _moved(morning: int, room: int, line: Line) -> int:
    """The morning `room` working days later, or earlier when negative."""
    if room > 0:
        return line.forward(morning + 1, room) - 1
    return line.back(morning, -room) if room < 0 else morning


def _fixed(activity: Activity) -> tuple[int, int]:
    assert activity.fixed is not None
    first, last = activity.fixed
    evening = last.toordinal() + 1
    return (first.toordinal() if activity.workdays else evening), evening


def _days(
    activity: Activity, span: tuple[int, int], line: Line, fixed: tuple[date, date] | None
) -> tuple[date, date]:
    """First and last day of a place, as they are shown."""
    if fixed is not None:
        return fixed if activity.workdays else (fixed[1], fixed[1])
    if activity.workdays == 0:
        day = date.fromordinal(line.back(span[1], 1))
        return day, day
    return date.fromordinal(span[0]), date.fromordinal(span[1] - 1)


def _drivers(
    activity: Activity,
    links: Sequence[Dependency],
    bounds: Sequence[int],
    place: tuple[int, int],
    line: Line,
    first: int,
) -> tuple[Driver, ...]:
    """The bounds that alone would have put it just there; the latest bound first, links before
    constraints where they are equal."""
    if activity.fixed is not None:
        return (Driver("fixed", activity.fixed[0]),)
    found: list[tuple[int, int, Driver]] = []

    def enter(rank: int, start: int, finish: int, kind: str, link: Dependency | None) -> None:
        if activity.workdays == 0:
            is_tight = max(start, finish) == place[1]
        elif finish:
            is_tight = line.morning(finish - 1) + 1 == place[1]
        else:
            is_tight = line.morning(start) == place[0]
        if is_tight:
            day = line.morning(start) if finish == 0 else line.morning(finish - 1)
            bound = finish or start
            found.append((-bound, rank, Driver(kind, date.fromordinal(day), link)))

    for rank, (link, bound) in enumerate(zip(links, bounds, strict=True)):
        is_start = link.kind[1] == "S"
        enter(rank, bound if is_start else 0, 0 if is_start else bound, "link", link)
    rank = len(links)
    if activity.finish_not_before is not None:
        enter(rank, 0, activity.finish_not_before.toordinal() + 1, "finish_not_before", None)
    if activity.not_before is not None:
        begin = activity.not_before.toordinal() + (activity.workdays == 0)
        enter(rank + 1, begin, 0, "not_before", None)
    enter(rank + 2, first, 0, "plan_start", None)
    return tuple(driver for _bound, _rank, driver in sorted(found, key=lambda row: row[:2]))


def _check(activities: Sequence[Activity], dependencies: Sequence[Dependency]) -> None:
    keys = {activity.key for activity in activities}
    if len(keys) != len(activities):
        raise ValueError("a key comes twice")
    for activity in activities:
        if activity.workdays < 0:
            raise ValueError(f"{activity.key} lasts less than nothing")
        if activity.fixed is not None and activity.fixed[1] < activity.fixed[0]:
            raise ValueError(f"{activity.key} is fixed to finish before it starts")
    for link in dependencies:
        if link.kind not in KINDS:
            raise ValueError(f"{link.kind} is no kind of dependency")
        for key in (link.before, link.after):
            if key not in keys:
                raise ValueError(f"a dependency names {key}, which does not exist")


def _by_ends(
    dependencies: Iterable[Dependency],
) -> tuple[dict[str, list[Dependency]], dict[str, list[Dependency]]]:
    """Dependencies by what waits, and by what is waited for."""
    incoming: dict[str, list[Dependency]] = defaultdict(list)
    outgoing: dict[str, list[Dependency]] = defaultdict(list)
    for link in dependencies:
        incoming[link.after].append(link)
        outgoing[link.before].append(link)
    return incoming, outgoing


def _in_order(
    by_key: Mapping[str, Activity],
    incoming: Mapping[str, list[Dependency]],
    outgoing: Mapping[str, list[Dependency]],
) -> list[str]:
    """Keys so that each comes after all it waits for; in the order given where it is free."""
    waits = {key: len(incoming.get(key, ())) for key in by_key}
    order = [key for key, count in waits.items() if count == 0]
    for key in order:  # grows while it is walked through
        for link in outgoing.get(key, ()):
            waits[link.after] -= 1
            if waits[link.after] == 0:
                order.append(link.after)
    if len(order) < len(by_key):
        raise CircularError(_circle({key for key, count in waits.items() if count}, incoming))
    return order


def _circle(left: set[str], incoming: Mapping[str, list[Dependency]]) -> tuple[str, ...]:
    """A circle among the keys that are left, each before what waits for it."""
    # Whatever is left waits for something that is left: going back must come round.
    key = min(left)
    seen: list[str] = []
    while key not in seen:
        seen.append(key)
        key = next(link.before for link in incoming[key] if link.before in left)
    circle = seen[seen.index(key) :]
    return (circle[0], *reversed(circle[1:]), circle[0])
