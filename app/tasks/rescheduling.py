"""Which committed dates follow when one of them is moved.

Pure. A change moves what it names; then everything behind it that has not begun and whose links no
longer hold goes to the earliest day that links and constraints allow, as many working days long as
before. What nothing pushes stays, also where its links were broken before: a change answers for
what it causes and for nothing else. What is done, has begun or is fixed never follows.

The instants are those of `schedule`: day D begins at its ordinal and ends at the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter

from app.plans.workcalendar import WorkCalendar, settle
from app.tasks.network import Item, Network
from app.tasks.schedule import Dependency, bound_of
from app.tasks.workline import Line, Lines

Span = tuple[date, date]
Place = tuple[int, int]


@dataclass(frozen=True)
class Change:
    """New dates of a task or a step. Only a start moves it in its length; only a finish makes it
    longer or shorter."""

    key: str
    start_on: date | None = None
    finish_on: date | None = None


@dataclass(frozen=True)
class Contradiction:
    """What the new dates do not keep to. kind: link (`key` does not wait for `other` as they are
    linked), not_before, not_after (`on` is the constraint), outside (a step beyond the dates of
    its task `other`)."""

    kind: str
    key: str
    other: str | None = None
    on: date | None = None


def reschedule(
    network: Network,
    changes: Iterable[Change],
    *,
    calendar: WorkCalendar,
    today: date,
    off_days: Mapping[str, str] | None = None,
    pull: bool = False,
) -> dict[str, Span]:
    """First and last day of everything that moves, by items' keys.

    off_days: what becomes of a changed date on a day off, by key (see `settle`; default keep).
    pull: what stood where a link put it also comes earlier, as far as links, its "not before" and
    today allow. A task takes its open steps along; a step that moves beyond its task widens it.
    The same call on the dates that it answered answers nothing more.

    Raises KeyError for a key that the network has not.
    """
    run = _Run(network, {c.key: c for c in changes}, calendar, today, off_days or {}, pull)
    for node in run.order():
        run.place(node)
    return run.moved()


def contradictions(
    network: Network, dates: Mapping[str, Span], calendar: WorkCalendar
) -> list[Contradiction]:
    """What does not fit when `dates` stand in place of the committed ones; only about the items in
    `dates`, in the network's order."""
    found: list[Contradiction] = []
    lines = Lines(calendar, min(i.start_on for i in network.items.values()).year)
    spans = {key: dates.get(key) or _committed(item) for key, item in network.items.items()}
    for key, item in network.items.items():
        first, last = spans[key]
        if key in dates and item.not_before_on is not None and first < item.not_before_on:
            found.append(Contradiction("not_before", key, on=item.not_before_on))
        if key in dates and item.not_after_on is not None and last > item.not_after_on:
            found.append(Contradiction("not_after", key, on=item.not_after_on))
        if item.parent is not None and item.done_on is None and {key, item.parent} & set(dates):
            begin, end = spans[item.parent]
            if first < begin or last > end:
                found.append(Contradiction("outside", key, item.parent))
    for link in network.dependencies:
        before, after = network.item_of(link.before), network.item_of(link.after)
        if _is_inside(network, before, after) or not {before, after} & set(dates):
            continue
        line = lines.of(network.items[after].calendar)
        bound = bound_of(link, _instants(network, before, spans), line, lines.plan)
        if _instants(network, after, spans)[link.kind[1] == "F"] < bound:
            found.append(Contradiction("link", after, before))
    return found


def length_of(item: Item, calendar: WorkCalendar) -> int:
    """Working days of the committed dates in its own calendar; 0 for a milestone of one day."""
    if is_point(item):
        return 0
    return max(1, (item.calendar or calendar).workdays_in(item.start_on, item.finish_on))


def is_point(item: Item) -> bool:
    """A milestone that stands on one day: the evening of it."""
    return item.is_milestone and item.start_on == item.finish_on


def is_open(item: Item) -> bool:
    """Whether links may move it."""
    return item.done_on is None and not item.has_started and not item.is_fixed


def _committed(item: Item) -> Span:
    """Where it stands: what is done on its real days."""
    if item.done_on is not None:
        return min(item.start_on, item.done_on), item.done_on
    return item.start_on, item.finish_on


def _instants(network: Network, key: str, spans: Mapping[str, Span]) -> Place:
    first, last = spans[key]
    end = last.toordinal() + 1
    return (end if is_point(network.items[key]) and first == last else first.toordinal()), end


def _is_inside(network: Network, before: str, after: str) -> bool:
    """Whether a dependency only ties a step to its own task."""
    return network.items[after].parent == before or network.items[before].parent == after


class _Run:
    """One pass through the network. A task with steps is two nodes: its start before its steps,
    its finish after them."""

    def __init__(
        self,
        network: Network,
        changes: Mapping[str, Change],
        calendar: WorkCalendar,
        today: date,
        off_days: Mapping[str, str],
        pull: bool,
    ) -> None:
        unknown = changes.keys() - network.items.keys()
        if unknown:
            raise KeyError(min(unknown))
        self.network, self.changes, self.calendar = network, changes, calendar
        self.today, self.off_days, self.pull = today.toordinal(), off_days, pull
        first = min((item.start_on for item in network.items.values()), default=today)
        self.lines = Lines(calendar, first.year)
        self.links: dict[str, list[Dependency]] = defaultdict(list)
        for link in network.dependencies:
            if not _is_inside(network, network.item_of(link.before), network.item_of(link.after)):
                self.links[link.after].append(link)
        self.old: dict[str, Place] = {}
        spans = {key: _committed(item) for key, item in network.items.items()}
        for key, (head, tail) in network.ends.items():
            begin, end = _instants(network, key, spans)
            if head == tail:
                self.old[head] = (begin, end)
            else:
                self.old[head], self.old[tail] = (begin, begin), (end, end)
        self.new: dict[str, Place] = {}
        # By how many working days a task took its steps along.
        self.along: dict[str, int] = {}

    def order(self) -> Iterable[str]:
        """Nodes so that each comes after all that it depends on."""
        graph: dict[str, set[str]] = {node: set() for node in self.old}
        for link in self.network.dependencies:
            graph[link.after].add(link.before)
        for task, steps in self.network.steps.items():
            head, tail = self.network.ends[task]
            graph[tail].add(head)
            for step in steps:
                graph[step].add(head)
        return TopologicalSorter(graph).static_order()

    def moved(self) -> dict[str, Span]:
        """What stands elsewhere now, in the network's order."""
        found = {}
        for key, item in self.network.items.items():
            head, tail = self.network.ends[key]
            (begin, _), (_, end) = self.new[head], self.new[tail]
            last = date.fromordinal(end - 1)
            span = (last if begin == end else date.fromordinal(begin)), last
            if item.done_on is None and span != (item.start_on, item.finish_on):
                found[key] = span
        return found

    def place(self, node: str) -> None:
        key = self.network.item_of(node)
        item = self.network.items[key]
        head, tail = self.network.ends[key]
        if head == tail:
            self.new[node] = self._alone(item)
        elif node == head:
            self.new[node] = self._start(item, node)
        else:
            self.new[node] = self._finish(item, node)

    def _alone(self, item: Item) -> Place:
        """A step, or a task without steps."""
        base = self.old[item.key]
        if item.key in self.changes:
            return self._asked(item, base)
        if not is_open(item):
            return base
        along = self.along.get(item.parent or "", 0)
        line = self.lines.of(item.calendar)
        if along:
            base = _shifted(base, along, self._length(item), line)
        if not along and not self._is_reached(item.key):
            return base
        start, finish = self._bounds(item.key, self.new)
        if base[0] < start or base[1] < finish:
            floor = max(start, self._floor(item), self.today + is_point(item))
            return _placed(floor, finish, self._length(item), line)
        if self.pull and self.links[item.key] and not along:
            was = self._bounds(item.key, self.old)
            if _placed(max(was[0], self._floor(item)), was[1], self._length(item), line) == base:
                floor = max(start, self._floor(item), self.today + is_point(item))
                head = self.network.ends[item.parent][0] if item.parent else None
                if head is not None and self.old[item.key][0] >= self.old[head][0]:
                    floor = max(floor, self.new[head][0] + is_point(item))
                return min(base, _placed(floor, finish, self._length(item), line))
        return base

    def _start(self, item: Item, node: str) -> Place:
        """Where a task with steps begins; how far it moved is kept for its steps."""
        old = self.old[node][0]
        line = self.lines.of(item.calendar)
        begin = old
        if item.key in self.changes:
            asked = self.changes[item.key].start_on
            if asked is not None:
                begin = self._settled(item, asked)
        elif is_open(item) and self._is_reached(node):
            bound = self._bounds(node, self.new)[0]
            floor = max(bound, self._floor(item), self.today)
            if begin < bound:
                begin = line.morning(floor)
            elif self.pull and self.links[node]:
                was = max(self._bounds(node, self.old)[0], self._floor(item))
                if line.morning(was) == old:
                    begin = min(old, line.morning(floor))
        self.along[item.key] = line.count(line.morning(old), begin) if begin != old else 0
        if is_open(item) and item.key not in self.changes:
            asked_of_steps = [
                self._asked(self.network.items[step], self.old[step])[0]
                for step in self.network.steps[item.key]
                if step in self.changes
            ]
            begin = min([begin, *asked_of_steps])
        return begin, begin

    def _finish(self, item: Item, node: str) -> Place:
        """Where a task with steps ends: as asked, else no earlier than the steps that moved."""
        old, begin = self.old[node][1], self.new[self.network.ends[item.key][0]][0]
        line = self.lines.of(item.calendar)
        change = self.changes.get(item.key)
        if change is not None:
            if change.finish_on is not None:
                end = self._settled(item, change.finish_on) + 1
            elif self.along[item.key]:
                end = line.forward(begin, self._length(item))
            else:
                end = old
            return end, end
        if item.done_on is not None or item.is_fixed:
            return old, old
        end = line.forward(begin, self._length(item)) if self.along[item.key] else old
        steps = self.network.steps[item.key]
        moved = [self.new[step][1] for step in steps if self.new[step] != self.old[step]]
        if moved:
            if self.pull and old == max(self.old[step][1] for step in steps):
                end = max(self.new[step][1] for step in steps)
            end = max(end, *moved)
        if self._is_reached(node):
            bound = self._bounds(node, self.new)[1]
            end = end if end >= bound else line.morning(bound - 1) + 1
        end = max(end, begin + 1)
        return end, end

    def _asked(self, item: Item, base: Place) -> Place:
        """The dates that a change names, settled on days off by the item's rule."""
        change = self.changes[item.key]
        line = self.lines.of(item.calendar)
        first = None if change.start_on is None else self._settled(item, change.start_on)
        last = None if change.finish_on is None else self._settled(item, change.finish_on)
        if is_point(item) and (first is None or last is None or first == last):
            end = base[1] if first is None and last is None else (last or first or 0) + 1
            return end, end
        if first is None:
            return base[0], base[1] if last is None else last + 1
        return first, line.forward(first, self._length(item)) if last is None else last + 1

    def _settled(self, item: Item, day: date) -> int:
        policy = self.off_days.get(item.key, "keep")
        return settle(day, policy, item.calendar or self.calendar).toordinal()

    def _length(self, item: Item) -> int:
        return length_of(item, self.calendar)

    def _floor(self, item: Item) -> int:
        """Its own "not before", as an instant."""
        if item.not_before_on is None:
            return 0
        return item.not_before_on.toordinal() + is_point(item)

    def _is_reached(self, node: str) -> bool:
        """Whether something that it waits for was changed or has moved."""
        return any(
            self.new[link.before] != self.old[link.before]
            or self.network.item_of(link.before) in self.changes
            for link in self.links[node]
        )

    def _bounds(self, node: str, places: Mapping[str, Place]) -> Place:
        """The earliest start and finish that its links allow, as instants; 0 is no bound."""
        start = finish = 0
        line = self.lines.of(self.network.items[self.network.item_of(node)].calendar)
        for link in self.links[node]:
            bound = bound_of(link, places[link.before], line, self.lines.plan)
            if link.kind[1] == "S":
                start = max(start, bound)
            else:
                finish = max(finish, bound)
        return start, finish


def _placed(start: int, finish: int, length: int, line: Line) -> Place:
    """The earliest place of so many working days within these bounds; 0 is no bound."""
    if length == 0:
        instant = line.morning(max(start, finish) - 1) + 1
        return instant, instant
    begin = line.morning(start) if start else 0
    end = line.forward(begin, length) if start else 0
    if end < finish:
        end = line.morning(finish - 1) + 1
        begin = line.back(end, length)
    return begin, end


def _shifted(place: Place, workdays: int, length: int, line: Line) -> Place:
    """The same length so many working days later, or earlier when negative."""
    day = line.morning(place[0] - (length == 0))
    moved = line.forward(day + 1, workdays) - 1 if workdays > 0 else line.back(day, -workdays)
    if length == 0:
        return moved + 1, moved + 1
    return moved, line.forward(moved, length)
