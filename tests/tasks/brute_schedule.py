"""The judge of the schedule: slow, and obviously right.

It knows nothing of topological order, backward passes or floats as formulas. The forward pass tries
day after day until nothing has to move; late dates and floats are found by trying: put this
activity later by a day, let everything behind it follow, and see whether a bound breaks.

Time is a line of mornings, written as ordinals: the day D lasts from the instant D to D + 1.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from app.plans.workcalendar import WorkCalendar

# So many days are tried to either side; the networks under trial are much shorter.
FAR = 400
# An activity that only follows another one cannot lie further before it than this.
REACH = 60


class Work(Protocol):
    """What the judge needs to know of an activity."""

    key: str
    workdays: int
    not_before: date | None
    finish_not_before: date | None
    not_after: date | None
    fixed: tuple[date, date] | None
    calendar: WorkCalendar | None


class Wait(Protocol):
    """What the judge needs to know of a dependency."""

    before: str
    after: str
    kind: str
    lag: int


@dataclass(frozen=True)
class Place:
    """The instants at which an activity begins and ends; one and the same for a milestone."""

    start: int
    finish: int


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one activity; floats in working days of its own calendar."""

    start: date
    finish: date
    late_start: date
    late_finish: date
    total_float: int
    free_float: int


class Brute:
    """One network under trial."""

    def __init__(
        self,
        activities: Iterable[Work],
        dependencies: Iterable[Wait],
        calendar: WorkCalendar,
        start: date,
        finish: date | None = None,
    ) -> None:
        self.works = {a.key: a for a in activities}
        self.waits = list(dependencies)
        self.plan = calendar
        self.first = start.toordinal()
        self._worked: dict[tuple[int, int], bool] = {}
        self.early = self._forward()
        self.own_end = max((p.finish for p in self.early.values()), default=self.first)
        self.end = self.own_end if finish is None else finish.toordinal() + 1

    # Days

    def calendar(self, work: Work) -> WorkCalendar:
        return work.calendar or self.plan

    def is_workday(self, work: Work, day: int) -> bool:
        return self._is_workday(self.calendar(work), day)

    def _is_workday(self, calendar: WorkCalendar, day: int) -> bool:
        known = (id(calendar), day)
        if known not in self._worked:
            self._worked[known] = calendar.is_workday(date.fromordinal(day))
        return self._worked[known]

    def shift(self, instant: int, lag: int) -> int:
        """The instant after (before) which `lag` working days of the plan have passed."""
        while lag > 0:
            lag -= self._is_workday(self.plan, instant)
            instant += 1
        while lag < 0:
            instant -= 1
            lag += self._is_workday(self.plan, instant)
        return instant

    def place(self, work: Work, instant: int) -> Place | None:
        """Where the work lies if it begins exactly then; None when it cannot begin then."""
        if work.workdays == 0:
            return Place(instant, instant)
        if not self.is_workday(work, instant):
            return None
        left, day = work.workdays, instant
        while left:
            left -= self.is_workday(work, day)
            day += 1
        return Place(instant, day)

    def pinned(self, work: Work) -> Place | None:
        """Where a fixed activity lies."""
        if work.fixed is None:
            return None
        begin, end = work.fixed[0].toordinal(), work.fixed[1].toordinal() + 1
        return Place(end, end) if work.workdays == 0 else Place(begin, end)

    # What may lie where

    def keeps(self, wait: Wait, before: Place, after: Place) -> bool:
        """Whether the two lie as the dependency wants them."""
        source = before.start if wait.kind in ("SS", "SF") else before.finish
        target = after.start if wait.kind in ("FS", "SS") else after.finish
        bound = self.shift(source, wait.lag)
        if target >= bound:
            return True
        if wait.kind in ("FS", "SS") or wait.lag > 0 or (wait.lag == 0 and wait.kind == "FF"):
            return False
        # A finish held to a morning: no working time of its own may lie between the two.
        return self.workdays(self.works[wait.after], target, bound) == 0

    def keeps_own_bounds(self, work: Work, place: Place) -> bool:
        """Whether the activity's own bounds and the plan's start allow the place."""
        if place.start < self.first:
            return False
        if work.not_before is not None:
            bound = work.not_before.toordinal()
            if work.workdays == 0:
                bound += 1  # The evening of that day.
            if place.start < bound:
                return False
        return work.finish_not_before is None or (
            place.finish >= work.finish_not_before.toordinal() + 1
        )

    # The forward pass: relax until nothing changes

    def _forward(self) -> dict[str, Place]:
        places: dict[str, Place] = {}
        for key, work in self.works.items():
            fixed = self.pinned(work)
            places[key] = fixed or self._from(work, self.first)
        changed = True
        rounds = 0
        while changed:
            changed = False
            rounds += 1
            assert rounds <= len(self.works) + 2, "nothing that is not circular goes round so often"
            for key, work in self.works.items():
                if work.fixed is not None:
                    continue
                while not self._fits(work, places):
                    places[key] = self._from(work, places[key].start + 1)
                    changed = True
        return places

    def _from(self, work: Work, instant: int) -> Place:
        """The first place at or after the instant."""
        while (place := self.place(work, instant)) is None:
            instant += 1
        return place

    def _fits(self, work: Work, places: Mapping[str, Place]) -> bool:
        return self.keeps_own_bounds(work, places[work.key]) and all(
            self.keeps(wait, places[wait.before], places[work.key])
            for wait in self.waits
            if wait.after == work.key
        )

    # Late dates: what happens if this one lies there, and all behind it only follow it?

    def _breaks(self, key: str, place: Place) -> bool:
        """Whether a bound breaks somewhere if the activity lies at `place` and each activity
        behind it lies as early as this one alone allows."""
        moved = {key: place}
        while True:
            before = dict(moved)
            for wait in self.waits:
                if wait.before not in moved:
                    continue
                work = self.works[wait.after]
                fixed = self.pinned(work)
                if fixed is not None:
                    if not self.keeps(wait, moved[wait.before], fixed):
                        return True
                    continue
                at = moved.get(wait.after) or self._from(work, place.start - REACH)
                while not self.keeps(wait, moved[wait.before], at):
                    at = self._from(work, at.start + 1)
                moved[wait.after] = at
            if moved == before:
                break
        return any(
            at.finish > self.end
            or (
                (bound := self.works[name].not_after) is not None
                and at.finish > bound.toordinal() + 1
            )
            for name, at in moved.items()
        )

    def late(self, key: str) -> Place:
        """The latest place of the activity that breaks nothing."""
        places = self.places_after(key) if not self._breaks(key, self.early[key]) else None
        if places is None:
            # It breaks something where it is: how much earlier would it have to be?
            return next(place for place in self.places_before(key) if not self._breaks(key, place))
        best = self.early[key]
        for place in places:
            if self._breaks(key, place):
                return best
            best = place
        raise AssertionError(f"nothing holds {key} back")

    def places_after(self, key: str) -> Iterator[Place]:
        """The places after the early one, in order."""
        return self._places(key, 1)

    def places_before(self, key: str) -> Iterator[Place]:
        """The places before the early one, the nearest first."""
        return self._places(key, -1)

    def _places(self, key: str, step: int) -> Iterator[Place]:
        work, early = self.works[key], self.early[key]
        if work.fixed is not None and work.workdays:
            # Its length is given: both ends go on by a working day at a time.
            place = early
            for _day in range(FAR):
                place = Place(
                    self._next_day(work, place.start, step),
                    self._next_day(work, place.finish - 1, step) + 1,
                )
                yield place
            return
        for number in range(1, FAR):
            place = self.place(work, early.start + number * step)
            if place is not None:
                yield place

    def _next_day(self, work: Work, day: int, step: int) -> int:
        """The nearest working day after (step 1) or before (step -1) the day."""
        day += step
        while not self.is_workday(work, day):
            day += step
        return day

    def free_float(self, key: str) -> int:
        """How many working days it can slip with nobody else moving, nor the computed end."""
        work, early = self.works[key], self.early[key]
        free = 0
        for place in self.places_after(key):
            if place.finish > self.own_end or not all(
                self.keeps(wait, place, self.early[wait.after])
                for wait in self.waits
                if wait.before == key
            ):
                return free
            free = self.workdays(work, early.finish, place.finish)
        raise AssertionError(f"nothing holds {key} back")

    def workdays(self, work: Work, one: int, other: int) -> int:
        """Working days from the one instant to the other; negative when the other is earlier."""
        if other < one:
            return -self.workdays(work, other, one)
        return sum(self.is_workday(work, day) for day in range(one, other))

    # What is shown

    def shown(self, work: Work, place: Place) -> tuple[date, date]:
        """First and last day. A milestone is shown on the last workday before its instant."""
        if work.workdays:
            return date.fromordinal(place.start), date.fromordinal(place.finish - 1)
        day = place.start - 1
        while not self.is_workday(work, day):
            day -= 1
        return date.fromordinal(day), date.fromordinal(day)

    def verdict(self, key: str) -> Verdict:
        work, early, late = self.works[key], self.early[key], self.late(key)
        start, finish = work.fixed or self.shown(work, early)
        if work.fixed is not None and work.workdays == 0:
            start = finish
        late_start, late_finish = self.shown(work, late)
        return Verdict(
            start=start,
            finish=finish,
            late_start=late_start,
            late_finish=late_finish,
            total_float=self.workdays(work, early.finish, late.finish),
            free_float=self.free_float(key),
        )
