"""Why a date is what it is: the chain of reasons behind it.

Pure: a computed schedule in, plain reasons out. A chain goes back, link by link, to something that
has happened or that a person said.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.plans.workcalendar import DayKind, WorkCalendar
from app.tasks.network import Item, Network, PlanSchedule, expected_on
from app.tasks.schedule import Activity, Dependency, Driver

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayRun:
    """Neighbouring days that count otherwise than their weekday says. name, whose: in Chinese and
    English, empty where nobody said."""

    first: date
    last: date
    kind: DayKind
    name: tuple[str, str] = ("", "")
    whose: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Also:
    """Something else that holds the same date just as tightly: kind as of a Reason; `key` is what
    it would wait for, None for a bound of its own."""

    kind: str
    on: date
    key: str | None = None


@dataclass(frozen=True)
class Reason:
    """Why an item (`key`) starts or finishes (`aspect`) when it does.

    kind: link (waits for `because`), part (a task ends with its last step), inside (a step begins
    with its task), and the ends of a chain: done, expected (its owner said so), committed (the
    committed last day), committed_start, not_before, fixed, plan_start, today (what is not done
    cannot lie in the past). because_on: the day of `because` that it waits for. workdays: the
    item's length, 0 for a milestone and a task with steps. between: special days while it waits;
    during: while it is worked on; ordinary weekends are in neither.
    """

    key: str
    aspect: str
    kind: str
    start: date
    finish: date
    workdays: int = 0
    because: str | None = None
    because_on: date | None = None
    link_kind: str = ""
    lag: int = 0
    also: tuple[Also, ...] = ()
    between: tuple[DayRun, ...] = ()
    during: tuple[DayRun, ...] = ()
    is_estimated: bool = False

    @property
    def on(self) -> date:
        """The day that is explained."""
        return self.start if self.aspect == "start" else self.finish


def explain(
    plan: PlanSchedule, key: str, today: date, calendar: WorkCalendar
) -> tuple[Reason, ...]:
    """The chain behind the item's last day, the earliest cause first, the item itself last.

    Raises KeyError for what is not in the plan.
    """
    network = plan.network
    made = {activity.key: activity for activity in network.activities}
    chain: list[Reason] = []
    activity = network.ends[key][1]
    while True:
        reason, before = _reason(plan, made[activity], today, calendar)
        chain.append(reason)
        if before is None:
            return tuple(reversed(chain))
        activity = before


def days_between(first: date, last: date, calendar: WorkCalendar) -> tuple[DayRun, ...]:
    """Special days from `first` to `last`, both counted, as runs."""
    runs: list[DayRun] = []
    day = first
    while day <= last:
        kind = calendar.kind(day)
        if kind not in (DayKind.workday, DayKind.weekend):
            zh, en = calendar.reason(day, "zh"), calendar.reason(day, "en")
            # A day off in lieu belongs to its holiday: "国庆节（补假）".
            name = (zh.name.partition("（")[0], en.name.partition(" (observed")[0])
            run = DayRun(day, day, kind, name, (zh.whose, en.whose))
            newest = runs[-1] if runs else None
            if newest and _continues(newest, run, calendar):
                runs[-1] = replace(newest, last=day, name=newest.name if newest.name[0] else name)
            else:
                runs.append(run)
        day += ONE_DAY
    return tuple(runs)


def _continues(newest: DayRun, run: DayRun, calendar: WorkCalendar) -> bool:
    """Whether nobody works between the two, and they are one. A moved day off has no name of its
    own: it belongs to the holiday beside it."""
    same_name = newest.name == run.name or not (newest.name[0] and run.name[0])
    gap = (run.first - newest.last).days
    is_next = gap == 1 or (
        not calendar.is_workday(run.first)
        and calendar.workdays_in(newest.last + ONE_DAY, run.first - ONE_DAY) == 0
    )
    return is_next and newest.kind is run.kind and newest.whose == run.whose and same_name


def _reason(
    plan: PlanSchedule, activity: Activity, today: date, calendar: WorkCalendar
) -> tuple[Reason, str | None]:
    """The reason of one activity, and the activity that it leads back to."""
    network = plan.network
    item = network.items[network.item_of(activity.key)]
    timing = plan.of(item.key)
    aspect = "start" if activity.key.endswith(":start") else "finish"
    finish = timing.finish
    if item.done_on is None and item.parent is None:
        # As the table shows it: by its own account never before today.
        finish = max(finish, expected_on(item, today))
    reason = Reason(
        key=item.key,
        aspect=aspect,
        kind="",
        start=timing.start,
        finish=finish,
        workdays=activity.workdays,
    )
    own = item.calendar or calendar
    reason = replace(reason, is_estimated=item.done_on is None and calendar.is_estimated(reason.on))
    if activity.fixed is not None:
        return replace(reason, kind=_kind_of_fixed(item, today)), None
    drivers = sorted(
        plan.schedule.timings[activity.key].drivers, key=lambda driver: _rank(driver, network)
    )
    chosen = drivers[0]
    also = tuple(
        _also(driver, activity, item, network, plan, today)
        for driver in drivers[1:]
        if driver.kind != "plan_start" and not _is_inside(driver.link, network)
    )
    reason = replace(reason, also=also)
    link = chosen.link
    if link is None:
        return replace(reason, kind=_kind_of_bound(chosen, activity, item, today)), None
    before = network.items[network.item_of(link.before)]
    because_on = plan.of(before.key).finish if link.kind[0] == "F" else plan.of(before.key).start
    kind = "link"
    if before.parent == item.key:
        kind = "part"
    elif _is_inside(link, network):
        kind = "inside"
        because_on = plan.of(before.key).start
    held = reason.start if link.kind[1] == "S" else reason.finish
    waiting = calendar if link.lag else own
    return (
        replace(
            reason,
            kind=kind,
            because=before.key,
            because_on=because_on,
            link_kind=link.kind,
            lag=link.lag,
            between=days_between(because_on + ONE_DAY, held - ONE_DAY, waiting)
            if kind == "link"
            else (),
            during=days_between(reason.start, reason.finish, own) if activity.workdays else (),
        ),
        link.before,
    )


def _kind_of_fixed(item: Item, today: date) -> str:
    if item.done_on is not None:
        return "done"
    return _kind_of_expected(item, today) if item.has_started else "fixed"


def _kind_of_expected(item: Item, today: date) -> str:
    """Where the last day of an item by its own account comes from."""
    if (item.forecast_on or item.finish_on) < today:
        return "today"
    return "committed" if item.forecast_on is None else "expected"


def _kind_of_bound(driver: Driver, activity: Activity, item: Item, today: date) -> str:
    if driver.kind == "not_before":
        earliest = item.not_before_on
        is_constraint = earliest is not None and (
            activity.not_before in (earliest, earliest - ONE_DAY) and earliest > item.start_on
        )
        return "not_before" if is_constraint else "committed_start"
    if driver.kind == "finish_not_before":
        is_start_only = item.forecast_on is None and activity.workdays > 0
        return "today" if is_start_only else _kind_of_expected(item, today)
    return driver.kind


def _rank(driver: Driver, network: Network) -> tuple[int, bool]:
    """Links first, as they lead on; a task's own beginning only where nothing else holds."""
    if driver.link is None:
        return (2 if driver.kind == "plan_start" else 1), False
    if _is_inside(driver.link, network):
        return 3, False
    # What is done explains less than what is still to come.
    return 0, network.items[network.item_of(driver.link.before)].done_on is not None


def _is_inside(link: Dependency | None, network: Network) -> bool:
    """Whether the link only says that a step begins after its task does."""
    if link is None or not link.before.endswith(":start"):
        return False
    after = network.items[network.item_of(link.after)]
    return after.parent is not None and network.ends[after.parent][0] == link.before


def _also(
    driver: Driver, activity: Activity, item: Item, network: Network, plan: PlanSchedule,
    today: date,
) -> Also:  # fmt: skip
    if driver.link is None:
        return Also(_kind_of_bound(driver, activity, item, today), driver.bound)
    before = network.item_of(driver.link.before)
    timing = plan.of(before)
    return Also("link", timing.finish if driver.link.kind[0] == "F" else timing.start, before)
