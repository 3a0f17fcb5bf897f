"""The schedule, against a slow and independent one. Sentences: test_schedule_sentences.py."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from app.plans.workcalendar import DayKind, WorkCalendar
from app.tasks.schedule import (
    Activity,
    CircularError,
    Dependency,
    Schedule,
    Timing,
    schedule,
)
from tests.tasks.brute_schedule import Brute, Place

CHINA = WorkCalendar()
MONDAY = date(2026, 9, 7)
# The mid-autumn and National Day weeks of 2026 lie in it, with their make-up workdays, and the
# turn of the year into 2027, whose calendar is not published.
BASES = (MONDAY, date(2026, 9, 19), date(2026, 12, 24))
KINDS = ("FS", "SS", "FF", "SF")


@dataclass(frozen=True)
class Network:
    """What `schedule` is given."""

    activities: tuple[Activity, ...]
    links: tuple[Dependency, ...]
    calendar: WorkCalendar
    start: date
    finish: date | None = None

    def dated(self) -> Schedule:
        return schedule(self.activities, self.links, self.calendar, self.start, self.finish)

    def judge(self) -> Brute:
        return Brute(self.activities, self.links, self.calendar, self.start, self.finish)

    def of(self, key: str) -> Activity:
        return next(a for a in self.activities if a.key == key)


@st.composite
def calendars(draw: st.DrawFn, base: date) -> WorkCalendar:
    """The official days with some of one's own on top."""
    offsets = st.integers(-20, 90)
    own = {base + timedelta(n): DayKind.company_off for n in draw(st.sets(offsets, max_size=8))}
    own |= {base + timedelta(n): DayKind.company_work for n in draw(st.sets(offsets, max_size=4))}
    return WorkCalendar(overrides=own)


@st.composite
def networks(draw: st.DrawFn, is_plain: bool = False, shortest: int = 0) -> Network:
    """A small network. `is_plain`: one calendar and no constraints."""
    base = draw(st.sampled_from(BASES))
    plan = draw(calendars(base))
    others = [] if is_plain else draw(st.lists(calendars(base), max_size=2))
    days = st.integers(-5, 40).map(lambda n: base + timedelta(n))
    activities = []
    for number in range(draw(st.integers(1, 8))):
        activity = Activity(f"a{number}", draw(st.integers(shortest, 6)))
        if not is_plain:
            activity = replace(activity, calendar=draw(st.sampled_from([None, *others])))
            said = draw(st.sampled_from(["", "", "", "", "before", "by", "finish", "fixed"]))
            if said == "before":
                activity = replace(activity, not_before=draw(days))
            elif said == "by":
                activity = replace(activity, not_after=draw(days))
            elif said == "finish":
                activity = replace(activity, finish_not_before=draw(days))
            elif said == "fixed":
                own = activity.calendar or plan
                first = own.next_workday(draw(days))
                last = own.add_workdays(first, draw(st.integers(0, 5)))
                activity = replace(activity, fixed=(first, last))
        activities.append(activity)
    pairs = [(i, j) for j in range(len(activities)) for i in range(j)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)) if pairs else []
    waiting = st.sampled_from([0, 0, 0, 1, 2, 5, -1, -3])
    links = tuple(
        Dependency(f"a{i}", f"a{j}", draw(st.sampled_from(KINDS)), draw(waiting)) for i, j in chosen
    )
    finish = None
    if not is_plain and draw(st.integers(0, 3)) == 0:
        finish = plan.next_workday(base + timedelta(draw(st.integers(0, 60))))
    order = draw(st.permutations(activities))
    return Network(tuple(order), links, plan, base, finish)


thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(networks())
def test_the_schedule_says_what_trying_day_after_day_finds(network: Network) -> None:
    judge, dated = network.judge(), network.dated()
    event(f"{len(network.links)} links")
    for activity in network.activities:
        told, found = dated.timings[activity.key], judge.verdict(activity.key)
        assert (told.start, told.finish) == (found.start, found.finish), activity.key
        assert (told.late_start, told.late_finish) == (found.late_start, found.late_finish)
        assert told.total_float == found.total_float, activity.key
        assert told.free_float == found.free_float, activity.key


@thorough
@given(networks())
def test_no_dependency_and_no_constraint_is_broken_but_by_a_fixed_date(network: Network) -> None:
    judge, dated = network.judge(), network.dated()
    places = {a.key: _place(judge, a, dated.timings[a.key]) for a in network.activities}
    for link in network.links:
        after = network.of(link.after)
        if after.fixed is not None:
            if not judge.keeps(link, judge.early[link.before], judge.early[link.after]):
                assert dated.timings[link.before].total_float < 0
        elif network.of(link.before).workdays and after.workdays:
            assert judge.keeps(link, places[link.before], places[link.after])
    for activity in network.activities:
        if activity.fixed is None and activity.workdays:
            assert judge.keeps_own_bounds(activity, places[activity.key])
            own = judge.calendar(activity)
            timing = dated.timings[activity.key]
            assert own.workdays_in(timing.start, timing.finish) == activity.workdays
            assert own.is_workday(timing.start) and own.is_workday(timing.finish)


@thorough
@given(networks())
def test_an_activity_has_room_as_long_as_its_float_is_not_negative(network: Network) -> None:
    for key, timing in network.dated().timings.items():
        assert (timing.start <= timing.late_start) == (timing.total_float >= 0) or (
            network.of(key).workdays == 0 and timing.start == timing.late_start
        )
        assert timing.is_critical == (timing.total_float <= 0)
        assert timing.free_float >= 0
        if timing.total_float >= 0 and network.finish is None:
            assert timing.free_float <= timing.total_float or _bounded_elsewhere(network)


def _bounded_elsewhere(network: Network) -> bool:
    """A deadline binds the total float and not the free one."""
    return any(a.not_after is not None or a.fixed is not None for a in network.activities)


@thorough
@given(networks(is_plain=True, shortest=1))
def test_a_critical_chain_leads_from_the_start_to_the_end(network: Network) -> None:
    judge, dated = network.judge(), network.dated()
    key = next(k for k, place in judge.early.items() if place.finish == judge.own_end)
    for _step in range(len(network.activities)):
        timing = dated.timings[key]
        assert timing.is_critical and timing.total_float == 0
        if any(driver.kind == "plan_start" for driver in timing.drivers):
            return
        holders = [driver.link.before for driver in timing.drivers if driver.link is not None]
        key = next(holder for holder in holders if dated.timings[holder].is_critical)
    pytest.fail("the chain goes round")


@thorough
@given(networks(), st.data())
def test_who_slips_within_the_free_float_moves_nobody(
    network: Network, data: st.DataObject
) -> None:
    before = network.dated()
    judge = network.judge()
    free = [
        a
        for a in network.activities
        if before.timings[a.key].free_float and a.workdays and a.fixed is None
    ]
    if not free:
        return
    late = data.draw(st.sampled_from(free))
    days = data.draw(st.integers(1, before.timings[late.key].free_float))
    begin = judge.calendar(late).add_workdays(before.timings[late.key].start, days)
    after = replace(
        network,
        activities=tuple(
            replace(a, not_before=begin) if a.key == late.key else a for a in network.activities
        ),
    ).dated()
    assert after.timings[late.key].start == begin
    for key, timing in before.timings.items():
        if key != late.key:
            moved = after.timings[key]
            assert (moved.start, moved.finish) == (timing.start, timing.finish)
    assert after.finish == before.finish


@thorough
@given(networks(is_plain=True), st.data())
def test_one_day_more_than_the_total_float_moves_the_end(
    network: Network, data: st.DataObject
) -> None:
    before = network.dated()
    work = [a for a in network.activities if a.workdays]
    if not work:
        return
    late = data.draw(st.sampled_from(work))
    timing = before.timings[late.key]
    for days, is_moved in ((timing.total_float, False), (timing.total_float + 1, True)):
        begin = network.calendar.add_workdays(timing.start, days)
        after = replace(
            network,
            activities=tuple(
                replace(a, not_before=begin) if a.key == late.key else a for a in network.activities
            ),
        ).judge()
        assert (after.own_end > network.judge().own_end) == is_moved


@thorough
@given(networks())
def test_the_drivers_are_the_bounds_that_hold(network: Network) -> None:
    judge = network.judge()
    for key, timing in network.dated().timings.items():
        assert timing.drivers, key
        for driver in timing.drivers:
            if driver.link is None:
                assert driver.kind in ("plan_start", "not_before", "finish_not_before", "fixed")
                continue
            assert driver.link in network.links and driver.link.after == key
            # A day earlier would break it.
            earlier = next(judge.places_before(key))
            assert not judge.keeps(driver.link, judge.early[driver.link.before], earlier)


@thorough
@given(networks(), st.data())
def test_the_order_in_which_it_is_told_does_not_matter(
    network: Network, data: st.DataObject
) -> None:
    shuffled = replace(
        network,
        activities=tuple(data.draw(st.permutations(network.activities))),
        links=tuple(data.draw(st.permutations(network.links))),
    )
    assert _dates(shuffled.dated().timings) == _dates(network.dated().timings)


@thorough
@given(networks(is_plain=True), st.data())
def test_a_circle_is_refused_and_shown(network: Network, data: st.DataObject) -> None:
    keys = [a.key for a in network.activities]
    ring = data.draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
    closing = tuple(
        Dependency(one, other, data.draw(st.sampled_from(KINDS)))
        for one, other in zip(ring, ring[1:] + ring[:1], strict=True)
    )
    links = network.links + closing
    with pytest.raises(CircularError) as refused:
        replace(network, links=links).dated()
    path = refused.value.path
    assert path[0] == path[-1] and len(path) >= 2
    assert len(set(path[:-1])) == len(path) - 1, "each stands in the circle once"
    pairs = {(link.before, link.after) for link in links}
    assert all(pair in pairs for pair in zip(path, path[1:], strict=False))


def _place(judge: Brute, activity: Activity, timing: Timing) -> Place:
    if activity.workdays == 0:
        return judge.early[activity.key]
    return Place(timing.start.toordinal(), timing.finish.toordinal() + 1)


def _dates(timings: Mapping[str, Timing]) -> dict[str, tuple[object, ...]]:
    return {
        key: (t.start, t.finish, t.late_start, t.late_finish, t.total_float, t.free_float)
        for key, t in timings.items()
    }
