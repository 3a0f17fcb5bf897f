"""What one working day more would cost, and where a working day is won.

Pure, as is the chain of reasons that it looks at. Both are found by computing the schedule again
with one thing changed, never by a rule of thumb.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from app.plans.workcalendar import WorkCalendar
from app.tasks.explain import ONE_DAY, Reason
from app.tasks.network import Network, PlanSchedule, timed
from app.tasks.schedule import Activity

# Links that are looked at for a day to win, nearest to the asked date first: each computes the
# whole schedule once more, so in a large plan they are fewer.
TRIED_AT_MOST, TRIED_AT_LEAST = 12, 3
ACTIVITIES_AT_MOST = 3000


@dataclass(frozen=True)
class Cost:
    """What moves when an item ends one working day later: (key, last day before, after), in order
    of their days, and the plan's end before and after."""

    moves: tuple[tuple[str, date, date], ...]
    finish: tuple[date, date]

    @property
    def moves_the_end(self) -> bool:
        return self.finish[1] > self.finish[0]


@dataclass(frozen=True)
class Win:
    """One working day less of `key` brings the asked date to `finish`. kind: item (its own work or
    its owner's expectation), lag (the wait before it)."""

    key: str
    kind: str
    finish: date


@dataclass(frozen=True)
class Wins:
    """Where a day is won. `with_own`: only together with the asked item's own expectation."""

    wins: tuple[Win, ...]
    with_own: bool = False


def cost_of_a_day(plan: PlanSchedule, key: str, calendar: WorkCalendar) -> Cost | None:
    """What one working day more of the item would move; None for what is done."""
    network = plan.network
    if network.items[key].done_on is not None:
        return None
    # A task with steps ends later when the step that it ends with does.
    longer, longer_ones = network, {key, _last_step(plan, key)}
    for part in longer_ones:
        own = network.items[part].calendar or calendar
        later = own.next_workday(plan.of(part).finish + ONE_DAY)
        longer = _ending(longer, part, later)
    after = _rerun(plan, calendar, longer)
    moves = [
        (other, plan.of(other).finish, after.of(other).finish)
        for other in network.items
        if other not in longer_ones and after.of(other).finish > plan.of(other).finish
    ]
    moves.sort(key=lambda move: move[1])
    return Cost(tuple(moves), (plan.finish, after.finish))


def where_a_day_is_won(
    plan: PlanSchedule, chain: tuple[Reason, ...], today: date, calendar: WorkCalendar
) -> Wins:
    """Which links of the chain, one working day shorter, bring its last date forward.

    An expectation of the asked item's own that stands on the same day is only moved along when
    nothing is won without.
    """
    asked = chain[-1].key
    if plan.network.items[asked].done_on is not None:
        return Wins(())
    size = ACTIVITIES_AT_MOST // max(1, len(plan.network.activities))
    tried = list(reversed(chain))[: min(TRIED_AT_MOST, max(TRIED_AT_LEAST, size))]
    for with_own in (False, True):
        base = plan.network
        if with_own:
            freed = _expected_earlier(base, asked, plan.of(asked).finish, today, calendar)
            if freed is None:
                break
            base = freed
        found = []
        for reason in tried:
            for kind, network in _shorter(plan, base, reason, today, calendar):
                finish = _rerun(plan, calendar, network).of(asked).finish
                if finish < plan.of(asked).finish and not (with_own and reason.key == asked):
                    found.append(Win(reason.key, kind, finish))
        if found:
            return Wins(tuple(reversed(found)), with_own)
    return Wins(())


def _last_step(plan: PlanSchedule, key: str) -> str:
    """The open step that the task ends with; the item itself without one."""
    network = plan.network
    for driver in plan.schedule.timings[network.ends[key][1]].drivers:
        if driver.link is not None:
            before = network.items[network.item_of(driver.link.before)]
            if before.parent == key and before.done_on is None:
                return before.key
    return key


def _ending(network: Network, key: str, on: date) -> Network:
    """The network with the item's work a day longer and not ending before `on`."""
    end = network.ends[key][1]
    activity = _activity(network, end)
    if activity.fixed is not None:
        first = min(activity.fixed[0], on)
        return _with(network, end, replace(activity, fixed=(first, on)))
    return _with(network, end, replace(
        activity,
        workdays=activity.workdays and activity.workdays + 1,
        finish_not_before=max(activity.finish_not_before or on, on),
    ))  # fmt: skip


def _expected_earlier(
    network: Network, key: str, finish: date, today: date, calendar: WorkCalendar
) -> Network | None:
    """The network in which the item's own expectation lies a working day before `finish`; None
    where it has none that could."""
    item, end = network.items[key], network.ends[key][1]
    activity = _activity(network, end)
    earlier = (item.calendar or calendar).previous_workday(finish - ONE_DAY)
    bound = activity.finish_not_before
    if activity.fixed is not None or bound is None or bound <= earlier or earlier < today:
        return None
    return _with(network, end, replace(activity, finish_not_before=earlier))


def _shorter(
    plan: PlanSchedule, network: Network, reason: Reason, today: date, calendar: WorkCalendar
) -> Iterator[tuple[str, Network]]:
    """What a day less of this link of the chain makes of the network: of its work, of its wait."""
    item, end = network.items[reason.key], network.ends[reason.key][1]
    activity = _activity(network, end)
    earlier = (item.calendar or calendar).previous_workday(plan.of(item.key).finish - ONE_DAY)
    is_open = reason.aspect == "finish" and item.done_on is None and not item.is_fixed
    if is_open and earlier >= today:
        if activity.fixed is not None and earlier >= activity.fixed[0]:
            shorter = replace(activity, fixed=(activity.fixed[0], earlier))
            yield "item", _with(network, end, shorter)
        elif activity.fixed is None and activity.workdays > 1:
            shorter = replace(
                activity,
                workdays=activity.workdays - 1,
                finish_not_before=min(activity.finish_not_before or earlier, earlier),
            )
            yield "item", _with(network, end, shorter)
    if reason.kind == "link" and reason.lag > 0:
        dependencies = tuple(
            replace(link, lag=link.lag - 1)
            if network.item_of(link.after) == reason.key
            and network.item_of(link.before) == reason.because
            else link
            for link in network.dependencies
        )
        yield "lag", replace(network, dependencies=dependencies)


def _activity(network: Network, key: str) -> Activity:
    return next(activity for activity in network.activities if activity.key == key)


def _with(network: Network, key: str, changed: Activity) -> Network:
    return replace(
        network,
        activities=tuple(changed if a.key == key else a for a in network.activities),
    )


def _rerun(plan: PlanSchedule, calendar: WorkCalendar, network: Network) -> PlanSchedule:
    items = dict(network.items)
    for changed, activity in zip(network.activities, plan.network.activities, strict=True):
        # A forecast is shown as its owner named it; what is only supposed here follows the bound.
        if changed != activity:
            key = network.item_of(changed.key)
            items[key] = replace(items[key], forecast_on=None)
    return timed(replace(network, items=items), calendar, plan.schedule.start)
