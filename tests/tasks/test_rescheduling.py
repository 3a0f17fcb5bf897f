"""Which committed dates follow when one of them is moved."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import WorkCalendar
from app.tasks.network import Item, network_of
from app.tasks.rescheduling import Change, contradictions, reschedule
from app.tasks.schedule import Dependency

CALENDAR = WorkCalendar()
MONDAY = date(2026, 11, 2)  # November 2026 has no holiday
TODAY = MONDAY
FRIDAY = date(2026, 11, 6)


def day(number):
    """November 2026 by the day of the month, going on into December."""
    return date(2026, 10, 31) + timedelta(days=number)


def item(key, first, last, parent=None, **values):
    return Item(key, parent, day(first), day(last), **values)


def then(items, links, *changes, pull=False, today=TODAY, **policies):
    network = network_of(items, links, today, CALENDAR)
    return reschedule(
        network, changes, calendar=CALENDAR, today=today, off_days=policies, pull=pull
    )


A, B, C = item("task:1", 2, 6), item("task:2", 9, 13), item("task:3", 16, 20)
CHAIN = (Dependency("task:1", "task:2"), Dependency("task:2", "task:3"))


def test_what_nothing_follows_moves_alone_in_its_length():
    assert then([A, B], [], Change("task:1", start_on=day(4))) == {"task:1": (day(4), day(10))}


def test_a_longer_task_pushes_what_waits_for_it_and_so_on():
    assert then([A, B, C], CHAIN, Change("task:1", finish_on=day(10))) == {
        "task:1": (day(2), day(10)),
        "task:2": (day(11), day(17)),
        "task:3": (day(18), day(24)),
    }


def test_a_gap_takes_the_delay_up():
    later = item("task:3", 18, 20)
    moved = then([A, B, later], CHAIN, Change("task:1", finish_on=day(9)))
    assert set(moved) == {"task:1", "task:2"}


@pytest.mark.parametrize(
    ("kind", "lag", "expected"),
    [("FS", 1, (12, 18)), ("SS", 7, (11, 17)), ("FF", 5, (11, 17)), ("SF", 11, (10, 16))],
)
def test_each_kind_of_link_pushes_by_its_own_rule(kind, lag, expected):
    moved = then(
        [A, B], [Dependency("task:1", "task:2", kind, lag)], Change("task:1", finish_on=day(10))
    )
    if kind[0] == "F":
        assert moved["task:2"] == (day(expected[0]), day(expected[1]))
    else:
        assert "task:2" not in moved or moved["task:2"] == (day(expected[0]), day(expected[1]))


def test_what_is_done_has_begun_or_is_fixed_does_not_follow():
    link = [Dependency("task:1", "task:2")]
    for held in ({"done_on": day(13)}, {"has_started": True}, {"is_fixed": True}):
        still = replace(B, **held)
        assert set(then([A, still], link, Change("task:1", finish_on=day(10)))) == {"task:1"}


def test_a_fixed_task_keeps_what_follows_it_where_it_is():
    fixed = replace(B, is_fixed=True)
    assert set(then([A, fixed, C], CHAIN, Change("task:1", finish_on=day(20)))) == {"task:1"}


def test_links_that_were_broken_before_are_not_put_right_by_a_change_elsewhere():
    broken = [Dependency("task:3", "task:2")]
    assert set(then([A, B, C], broken, Change("task:1", finish_on=day(10)))) == {"task:1"}


def test_a_push_respects_the_not_before():
    later = replace(B, not_before_on=day(18))
    assert then([A, later], [CHAIN[0]], Change("task:1", finish_on=day(10)))["task:2"] == (
        day(18), day(24),
    )  # fmt: skip


def test_without_the_wish_nothing_comes_earlier():
    assert set(then([A, B, C], CHAIN, Change("task:1", finish_on=day(4)))) == {"task:1"}


def test_with_the_wish_what_a_link_held_comes_earlier_in_its_length():
    moved = then([A, B, C], CHAIN, Change("task:1", finish_on=day(4)), pull=True)
    assert moved["task:2"] == (day(5), day(11)) and moved["task:3"] == (day(12), day(18))


def test_what_no_link_held_stays_where_it_is_also_with_the_wish():
    later = item("task:2", 10, 13)
    assert set(then([A, later], [CHAIN[0]], Change("task:1", finish_on=day(4)), pull=True)) == {
        "task:1"
    }


def test_nothing_is_pulled_before_today_or_before_its_own_day():
    moved = then([A, B], [CHAIN[0]], Change("task:1", finish_on=day(3)), pull=True, today=day(6))
    assert moved["task:2"][0] == day(6)
    bound = replace(B, not_before_on=day(9))
    assert set(then([A, bound], [CHAIN[0]], Change("task:1", finish_on=day(3)), pull=True)) == {
        "task:1"
    }


def test_a_day_off_is_settled_by_the_items_own_rule():
    saturday, friday, monday = day(14), day(13), day(16)
    for policy, first in (("keep", saturday), ("next", monday), ("previous", friday)):
        moved = then([A], [], Change("task:1", start_on=saturday), **{"task:1": policy})
        assert moved["task:1"][0] == first


def test_a_task_takes_its_open_steps_along_by_the_same_working_days():
    steps = [
        item("step:1", 2, 3, "task:1", done_on=day(3)), item("step:2", 4, 5, "task:1"),
        item("step:3", 6, 6, "task:1", is_milestone=True),
    ]  # fmt: skip
    assert then([A, *steps], [], Change("task:1", start_on=day(5))) == {
        "task:1": (day(5), day(11)), "step:2": (day(9), day(10)), "step:3": (day(11), day(11)),
    }  # fmt: skip


def test_a_pushed_task_takes_its_steps_along_too():
    steps = [item("step:1", 9, 10, "task:2"), item("step:2", 11, 13, "task:2")]
    moved = then([A, B, *steps], [CHAIN[0]], Change("task:1", finish_on=day(10)))
    assert moved["task:2"] == (day(11), day(17))
    assert moved["step:1"] == (day(11), day(12)) and moved["step:2"] == (day(13), day(17))


def test_a_step_that_moves_beyond_its_task_widens_it_and_pushes_what_follows():
    begun = replace(A, has_started=True)
    steps = [item("step:1", 5, 6, "task:1")]
    moved = then([begun, B, *steps], [CHAIN[0]], Change("step:1", finish_on=day(11)))
    assert moved["task:1"] == (day(2), day(11))
    assert moved["task:2"] == (day(12), day(18))


def test_a_step_pushed_by_its_neighbour_widens_the_task():
    steps = [item("step:1", 2, 4, "task:1"), item("step:2", 5, 6, "task:1")]
    moved = then([A, *steps], [Dependency("step:1", "step:2")], Change("step:1", finish_on=day(6)))
    assert moved["step:2"] == (day(9), day(10)) and moved["task:1"] == (day(2), day(10))


def test_a_step_moved_before_its_task_widens_it_to_the_front():
    steps = [item("step:1", 5, 6, "task:1")]
    late = item("task:1", 4, 6)
    assert then([late, *steps], [], Change("step:1", start_on=day(3))) == {
        "task:1": (day(3), day(6)), "step:1": (day(3), day(4)),
    }  # fmt: skip


def test_the_finish_that_a_manager_gives_a_task_stands_and_its_step_is_said_to_lie_outside():
    steps = [item("step:1", 5, 6, "task:1")]
    network = network_of([A, *steps], [], TODAY, CALENDAR)
    moved = reschedule(
        network, [Change("task:1", finish_on=day(4))], calendar=CALENDAR, today=TODAY
    )
    assert moved == {"task:1": (day(2), day(4))}
    assert [(c.kind, c.key, c.other) for c in contradictions(network, moved, CALENDAR)] == [
        ("outside", "step:1", "task:1")
    ]


def test_what_the_new_dates_do_not_keep_to_is_named():
    due = replace(B, not_after_on=day(13), is_fixed=False)
    fixed = replace(C, is_fixed=True)
    network = network_of([replace(A, not_before_on=day(2)), due, fixed], CHAIN, TODAY, CALENDAR)
    moved = reschedule(
        network, [Change("task:1", finish_on=day(11))], calendar=CALENDAR, today=TODAY
    )
    assert [(c.kind, c.key) for c in contradictions(network, moved, CALENDAR)] == [
        ("not_after", "task:2"), ("link", "task:3"),
    ]  # fmt: skip


def test_an_unknown_key_is_refused():
    with pytest.raises(KeyError):
        then([A], [], Change("step:9", start_on=day(3)))


@st.composite
def plans(draw):
    """Tasks with and without steps and links that run forward, and a change of one of them."""
    items, keys = [], []
    for number in range(1, draw(st.integers(2, 5)) + 1):
        first = draw(st.integers(1, 40))
        key = f"task:{number}"
        last = first + draw(st.integers(0, 12))
        held = draw(st.sampled_from([{}, {}, {}, {"is_fixed": True}, {"has_started": True}]))
        items.append(item(key, first, last, **held))
        keys.append(key)
        for part in range(draw(st.integers(0, 3))):
            begin = first + draw(st.integers(-2, 8))
            length = draw(st.integers(0, 6))
            step = f"step:{number}{part}"
            items.append(
                item(step, begin, begin + length, key, is_milestone=length == 0,
                     not_before_on=draw(st.sampled_from([None, None, day(15)])))
            )  # fmt: skip
            keys.append(step)
    owner = {i.key: i.parent or i.key for i in items}
    rank = {key: n for n, key in enumerate(keys)}
    links = []
    for before, after, kind, lag in draw(
        st.lists(
            st.tuples(st.sampled_from(keys), st.sampled_from(keys),
                      st.sampled_from(["FS", "SS", "FF", "SF"]), st.integers(-3, 3)),
            max_size=6,
        )
    ):  # fmt: skip
        # From an earlier task to a later one, or between steps of one task: never a circle.
        same = owner[before] == owner[after] and before != owner[before] and after != owner[after]
        if rank[before] < rank[after] and (owner[before] != owner[after] or same):
            links.append(Dependency(before, after, kind, lag))
    first = draw(st.integers(2, 40))
    change = draw(
        st.sampled_from(
            [
                {"start_on": day(first)},
                {"start_on": day(first), "finish_on": day(first + draw(st.integers(0, 20)))},
            ]
        )
    )
    return items, links, Change(draw(st.sampled_from(keys)), **change)


@given(plans(), st.booleans(), st.integers(1, 30))
def test_the_same_change_applied_again_moves_nothing_more(plan, pull, now):
    items, links, change = plan
    today = day(now)
    network = network_of(items, links, today, CALENDAR)
    moved = reschedule(network, [change], calendar=CALENDAR, today=today, pull=pull)
    again = [
        replace(i, start_on=moved[i.key][0], finish_on=moved[i.key][1]) if i.key in moved else i
        for i in items
    ]
    network = network_of(again, links, today, CALENDAR)
    full = Change(change.key, *moved.get(change.key, (None, None)))
    assert reschedule(network, [full], calendar=CALENDAR, today=today, pull=pull) == {}


@given(plans(), st.booleans())
def test_what_follows_keeps_its_length_its_links_and_never_what_is_held(plan, pull):
    items, links, change = plan
    by_key = {i.key: i for i in items}
    network = network_of(items, links, TODAY, CALENDAR)
    moved = reschedule(network, [change], calendar=CALENDAR, today=TODAY, pull=pull)
    assert moved == reschedule(network, [change], calendar=CALENDAR, today=TODAY, pull=pull)
    broken = {(c.other, c.key) for c in contradictions(network, moved, CALENDAR)
              if c.kind == "link"}  # fmt: skip
    with_steps = set(network.steps)
    for key, (first, last) in moved.items():
        was = by_key[key]
        assert first <= last
        if key == change.key:
            continue
        assert not was.is_fixed
        if was.has_started:
            assert first == was.start_on
        elif key not in with_steps:
            length = max(1, CALENDAR.workdays_in(was.start_on, was.finish_on))
            assert CALENDAR.workdays_in(first, last) == length
            assert not any(after == key for _before, after in broken)
