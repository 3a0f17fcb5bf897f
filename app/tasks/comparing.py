"""Two frozen schedules in, what differs between them out.

Rows are matched by id and not by number, so that a task that was renumbered is still the same.
Days are counted in working days of one calendar, the present one, for both sides.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.plans.workcalendar import WorkCalendar
from app.tasks.frozen import FrozenLink, FrozenSchedule, FrozenStep, FrozenTask


class Standing(StrEnum):
    """What became of an item between the two."""

    same = "same"
    changed = "changed"
    added = "added"
    removed = "removed"


@dataclass(frozen=True)
class Shift:
    """A day that moved. `workdays` is positive when later, negative when earlier; 0 when only days
    off lie between."""

    before: date
    after: date
    workdays: int

    @property
    def is_later(self) -> bool:
        return self.after > self.before


@dataclass(frozen=True)
class LinkChange:
    """What an item waits for: None before = it did not wait for `other`, None after = no more."""

    other: str
    before: FrozenLink | None
    after: FrozenLink | None


# What is compared by value, besides dates, lengths, progress and money.
PLAIN_FIELDS = (
    "title", "number", "owner_id", "department_id", "weight", "is_milestone", "not_before_on",
    "not_after_on", "is_fixed", "off_day",
)  # fmt: skip
PROGRESS_FIELDS = ("percent", "done_on", "state")


@dataclass(frozen=True)
class Difference:
    """One task or step. For an added or removed one only `before` or `after` stands.

    start, finish: None when that day did not move. longer: working days by which it became longer,
    negative when shorter. has_progressed: percent, state or the day it was done differ. money:
    cents before and after, None when equal or not told. fields: names of what else differs.
    """

    key: str
    standing: Standing
    before: FrozenTask | FrozenStep | None
    after: FrozenTask | FrozenStep | None
    start: Shift | None = None
    finish: Shift | None = None
    longer: int = 0
    has_progressed: bool = False
    money: tuple[int, int] | None = None
    fields: tuple[str, ...] = ()
    links: tuple[LinkChange, ...] = ()

    @property
    def has_moved(self) -> bool:
        """Its days differ, or it came or went."""
        came_or_went = self.standing in (Standing.added, Standing.removed)
        return came_or_went or any((self.start, self.finish, self.longer))

    @property
    def item(self) -> FrozenTask | FrozenStep:
        """The item as it is after, or as it was when it is gone."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True)
class Comparison:
    """Every item of either side once, by number of its task and then of the step. `finish` is how
    the plan's end moved; `money` the cents of the plan as a whole."""

    items: tuple[Difference, ...]
    start: Shift | None
    finish: Shift | None
    money: tuple[int, int] | None = None
    # Task number and, for a step, its own, to write "2.3": of the present side where it stands.
    labels: dict[str, str] = field(default_factory=dict, compare=False)

    def of(self, *standings: Standing) -> tuple[Difference, ...]:
        return tuple(row for row in self.items if row.standing in standings)

    @property
    def later(self) -> tuple[Difference, ...]:
        """Items that end later than before."""
        return tuple(row for row in self.items if row.finish and row.finish.is_later)

    @property
    def earlier(self) -> tuple[Difference, ...]:
        return tuple(row for row in self.items if row.finish and not row.finish.is_later)

    @property
    def differing(self) -> tuple[Difference, ...]:
        return tuple(row for row in self.items if row.standing is not Standing.same)

    @property
    def is_empty(self) -> bool:
        return not (self.differing or self.start or self.finish or self.money)


def compare(before: FrozenSchedule, after: FrozenSchedule, calendar: WorkCalendar) -> Comparison:
    """What became of `before`."""
    old, new = before.items, after.items
    old_links, new_links = _links_into(before), _links_into(after)
    places = _places(before, after)
    rows = []
    for key in sorted(old.keys() | new.keys(), key=lambda k: places[k]):
        was, now = old.get(key), new.get(key)
        if was is None:
            rows.append(Difference(key, Standing.added, None, now))
        elif now is None:
            rows.append(Difference(key, Standing.removed, was, None))
        else:
            links = _link_changes(old_links[key], new_links[key])
            rows.append(_difference(key, was, now, links, calendar))
    return Comparison(
        items=tuple(rows),
        start=_shift(before.start_on, after.start_on, calendar),
        finish=_shift(before.finish_on, after.finish_on, calendar),
        money=_money(before.planned_cents, after.planned_cents),
        labels={
            key: f"{number}.{own}" if own_id else str(number)
            for key, (number, _task_id, own, own_id) in places.items()
        },
    )


def _difference(
    key: str,
    was: FrozenTask | FrozenStep,
    now: FrozenTask | FrozenStep,
    links: tuple[LinkChange, ...],
    calendar: WorkCalendar,
) -> Difference:
    start = _shift(was.start_on, now.start_on, calendar)
    finish = _shift(was.finish_on, now.finish_on, calendar)
    longer = now.workdays - was.workdays
    has_progressed = _differ(was, now, PROGRESS_FIELDS) != ()
    money = _money(getattr(was, "planned_cents", None), getattr(now, "planned_cents", None))
    other = _differ(was, now, PLAIN_FIELDS)
    is_changed = any((start, finish, longer, has_progressed, money, other, links))
    return Difference(
        key, Standing.changed if is_changed else Standing.same, was, now, start, finish, longer,
        has_progressed, money, other, links,
    )  # fmt: skip


def _differ(was: object, now: object, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(n for n in names if getattr(was, n, None) != getattr(now, n, None))


def _shift(before: date, after: date, calendar: WorkCalendar) -> Shift | None:
    if before == after:
        return None
    return Shift(before, after, calendar.workdays_between(before, after))


def _money(before: int | None, after: int | None) -> tuple[int, int] | None:
    if before is None or after is None or before == after:
        return None
    return before, after


def _links_into(schedule: FrozenSchedule) -> dict[str, dict[str, FrozenLink]]:
    """The links that each item waits by, by what it waits for."""
    found: dict[str, dict[str, FrozenLink]] = defaultdict(dict)
    for link in schedule.links:
        found[link.after][link.before] = link
    return found


def _link_changes(old: dict[str, FrozenLink], new: dict[str, FrozenLink]) -> tuple[LinkChange, ...]:
    return tuple(
        LinkChange(other, old.get(other), new.get(other))
        for other in sorted(old.keys() | new.keys())
        if old.get(other) != new.get(other)
    )


def _places(before: FrozenSchedule, after: FrozenSchedule) -> dict[str, tuple[int, int, int, int]]:
    """Where each item stands in the list: number and id of its task, then its own number and id (0
    for a task), as they are after, or as they were for what is gone. Ids part equal numbers."""
    numbers = {task.id: task.number for side in (before, after) for task in side.tasks}
    places: dict[str, tuple[int, int, int, int]] = {}
    for side in (before, after):
        for task in side.tasks:
            head = (numbers[task.id], task.id)
            places[task.key] = (*head, 0, 0)
            places.update((step.key, (*head, step.number, step.id)) for step in task.steps)
    return places
