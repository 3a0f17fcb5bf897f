"""What the schedule is made of: tasks, their steps and their links as activities and dependencies.

A task without steps is one activity. A task with steps is a pair of milestones around them: its
steps begin after the first, and the second comes when all have finished and never before the task's
own expected finish. What is done stands at its real days; what has started keeps its start and ends
when its owner expects it; what has not started begins as committed unless a link pushes it. Nothing
that is not done ends before today.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from app.plans.workcalendar import WorkCalendar
from app.tasks.schedule import (
    Activity,
    CircularError,
    Dependency,
    Schedule,
    Timing,
    check_order,
    schedule,
)

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Item:
    """A task (`parent` None) or a step of the task `parent`, as the schedule needs to know it.

    forecast_on: the last day that its owner expects. `is_fixed`: links do not move it. calendar:
    None = the plan's.
    """

    key: str
    parent: str | None
    start_on: date
    finish_on: date
    is_milestone: bool = False
    has_started: bool = False
    done_on: date | None = None
    forecast_on: date | None = None
    not_before_on: date | None = None
    not_after_on: date | None = None
    is_fixed: bool = False
    calendar: WorkCalendar | None = None


@dataclass(frozen=True)
class Network:
    """Activities and dependencies; `ends` maps an item's key to its first and last activity (the
    same one where it has no steps), `items` to the item, `steps` a task's key to its steps'."""

    activities: tuple[Activity, ...]
    dependencies: tuple[Dependency, ...]
    ends: Mapping[str, tuple[str, str]]
    items: Mapping[str, Item]
    steps: Mapping[str, tuple[str, ...]]

    def item_of(self, activity: str) -> str:
        """The key of the item that an activity belongs to."""
        return activity.removesuffix(":start").removesuffix(":finish")


@dataclass(frozen=True)
class ItemTiming:
    """A task's or a step's computed dates; see `schedule.Timing`. A task has as little float as the
    least of what is open in it; its free float is that of its end."""

    start: date
    finish: date
    late_start: date
    late_finish: date
    total_float: int
    free_float: int
    is_critical: bool
    start_timing: Timing
    finish_timing: Timing


@dataclass(frozen=True)
class PlanSchedule:
    """The schedule by items' keys. `critical`: what has no float left and is not done, steps where
    a task has steps."""

    network: Network
    schedule: Schedule
    timings: Mapping[str, ItemTiming]
    critical: tuple[str, ...]

    @property
    def finish(self) -> date:
        return self.schedule.finish

    def of(self, key: str) -> ItemTiming:
        """Raises KeyError for what is not in the plan."""
        return self.timings[key]


def network_of(items: Iterable[Item], links: Iterable[Dependency], today: date,
               calendar: WorkCalendar) -> Network:  # fmt: skip
    """Activities of these items and links (whose ends are items' keys).

    A link into something that has already started does not hold its start any more, one into
    something done holds nothing.
    """
    by_key = {item.key: item for item in items}
    steps: dict[str, list[str]] = defaultdict(list)
    for item in by_key.values():
        if item.parent is not None:
            steps[item.parent].append(item.key)
    activities: list[Activity] = []
    dependencies: list[Dependency] = []
    ends: dict[str, tuple[str, str]] = {}
    for item in by_key.values():
        inside = [by_key[key] for key in steps.get(item.key, ())]
        if not inside:
            activities.append(_activity(item, today, calendar))
            ends[item.key] = (item.key, item.key)
            continue
        ends[item.key] = (f"{item.key}:start", f"{item.key}:finish")
        activities.extend(_around(item, inside, ends[item.key], today))
        for step in inside:
            if not step.has_started and step.done_on is None:
                dependencies.append(Dependency(ends[item.key][0], step.key))
            dependencies.append(Dependency(step.key, ends[item.key][1]))
    for link in links:
        after = by_key[link.after]
        if after.done_on is not None or (after.has_started and link.kind[1] == "S"):
            continue
        dependencies.append(
            Dependency(
                ends[link.before][link.kind[0] == "F"],
                ends[link.after][link.kind[1] == "F"],
                link.kind,
                link.lag,
            )
        )
    return Network(
        tuple(activities),
        tuple(dependencies),
        ends,
        by_key,
        {key: tuple(inside) for key, inside in steps.items()},
    )


def circle_in(items: Iterable[Item], links: Iterable[Dependency]) -> tuple[str, ...]:
    """Keys of items that would wait for each other, the first again at the end; empty without any.

    What has started or is done counts too: it may be opened again.
    """
    open_items = [replace(item, has_started=False, done_on=None) for item in items]
    today = min((item.start_on for item in open_items), default=date.min)
    network = network_of(open_items, links, today, WorkCalendar())
    try:
        check_order(network.activities, network.dependencies)
    except CircularError as circle:
        return _said(circle.path[:-1], network)
    return ()


def _said(ring: tuple[str, ...], network: Network) -> tuple[str, ...]:
    """A ring of activities as the items that a person linked: a task's own step between its two
    milestones is the task itself."""
    keys = []
    for place, activity in enumerate(ring):
        around = (ring[place - 1], ring[(place + 1) % len(ring)])
        item = network.items[network.item_of(activity)]
        if item.parent is None or around != network.ends[item.parent]:
            keys.append(item.key)
    path = [key for key, _same in groupby(keys)]
    if len(path) > 1 and path[0] == path[-1]:
        path.pop()
    return (*path, path[0])


def timed(network: Network, calendar: WorkCalendar, start: date) -> PlanSchedule:
    """The network's schedule, read back by items. Raises as `schedule` does."""
    made = schedule(network.activities, network.dependencies, calendar, start)
    timings = {}
    for key, (first, last) in network.ends.items():
        begin, end = made.timings[first], made.timings[last]
        steps = network.steps.get(key, ())
        inside = [made.timings[step] for step in steps]
        item = network.items[key]
        floats = [made.timings[s].total_float for s in steps if network.items[s].done_on is None]
        total_float = min([end.total_float, *floats])
        timings[key] = ItemTiming(
            start=min((t.start for t in inside), default=begin.start),
            # The evening of a day off is shown as that day where its owner named it.
            finish=end.finish if item.done_on else max(end.finish, item.forecast_on or end.finish),
            late_start=min((t.late_start for t in inside), default=begin.late_start),
            late_finish=end.late_finish,
            total_float=total_float,
            free_float=end.free_float,
            is_critical=total_float <= 0 and item.done_on is None,
            start_timing=begin,
            finish_timing=end,
        )
    critical = tuple(
        key for key, timing in timings.items() if timing.is_critical and not network.steps.get(key)
    )
    return PlanSchedule(network, made, timings, critical)


def expected_on(item: Item, today: date) -> date:
    """The last day of an item that is not done, by its own account: its owner's, else the
    commitment, and never before today."""
    return max(item.forecast_on or item.finish_on, today)


def _activity(item: Item, today: date, calendar: WorkCalendar) -> Activity:
    own = item.calendar or calendar
    workdays = 0
    # A milestone of several days is work that ends with one.
    if not item.is_milestone or item.start_on < item.finish_on:
        workdays = max(1, own.workdays_in(item.start_on, item.finish_on))
    if item.done_on is not None:
        fixed = (min(item.start_on, item.done_on), item.done_on)
        return Activity(item.key, workdays, fixed=fixed, calendar=item.calendar)
    if item.has_started:
        expected = expected_on(item, today)
        fixed = (min(item.start_on, expected), expected)
        return Activity(item.key, workdays, not_after=item.not_after_on, fixed=fixed,
                        calendar=item.calendar)  # fmt: skip
    if item.is_fixed:
        return Activity(item.key, workdays, not_after=item.not_after_on,
                        fixed=(item.start_on, item.finish_on), calendar=item.calendar)  # fmt: skip
    return Activity(
        item.key,
        workdays,
        not_before=max(item.start_on, item.not_before_on or item.start_on),
        # A later expectation of its owner's holds; without one only today does.
        finish_not_before=max(item.forecast_on or today, today),
        not_after=item.not_after_on,
        calendar=item.calendar,
    )


def _around(
    item: Item, inside: Iterable[Item], ends: tuple[str, str], today: date
) -> tuple[Activity, Activity]:
    """The two milestones of a task with steps. The first stands at a morning, that is at the
    evening of the day before."""
    begin = min([item.start_on, *(step.start_on for step in inside)])
    if item.not_before_on is not None and not item.has_started:
        begin = max(begin, item.not_before_on)
    morning = begin - ONE_DAY
    if item.done_on is not None or item.is_fixed:
        last = item.done_on or item.finish_on
        return (
            Activity(ends[0], 0, fixed=(morning, morning), calendar=item.calendar),
            Activity(ends[1], 0, fixed=(last, last), calendar=item.calendar,
                     not_after=item.not_after_on),
        )  # fmt: skip
    return (
        Activity(ends[0], 0, not_before=morning, calendar=item.calendar),
        Activity(ends[1], 0, finish_not_before=expected_on(item, today),
                 not_after=item.not_after_on, calendar=item.calendar),
    )  # fmt: skip
