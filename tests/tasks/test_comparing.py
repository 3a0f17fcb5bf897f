"""What differs between two frozen schedules."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.localtext import LocalText
from app.core.snapshots import canonical, to_plain
from app.plans.workcalendar import WorkCalendar
from app.tasks.comparing import Comparison, Difference, Shift, Standing, compare
from app.tasks.frozen import (
    FORMAT,
    FrozenLink,
    FrozenSchedule,
    FrozenStep,
    FrozenTask,
    without_money,
)

CALENDAR = WorkCalendar()
MONDAY = date(2026, 11, 23)


def step(key: int = 11, **other) -> FrozenStep:
    values = dict(
        id=key, number=1, title=LocalText(zh="步骤", en="step"), start_on=MONDAY,
        finish_on=date(2026, 11, 25), workdays=3, percent=0, done_on=None,
        forecast_finish_on=None, not_before_on=None, not_after_on=None, is_fixed=False,
        off_day="keep", is_milestone=False,
    )  # fmt: skip
    return FrozenStep(**{**values, **other})


def task(key: int = 1, **other) -> FrozenTask:
    values = dict(
        id=key, number=1, title=LocalText(own="rules"), start_on=MONDAY,
        finish_on=date(2026, 11, 27), workdays=5, percent=0, done_on=None,
        forecast_finish_on=None, not_before_on=None, not_after_on=None, is_fixed=False,
        off_day="keep", owner_id=1, department_id=None, state="not_started", weight=1,
        planned_cents=0, steps=(),
    )  # fmt: skip
    return FrozenTask(**{**values, **other})


def plan(*tasks: FrozenTask, links: tuple[FrozenLink, ...] = (), **other) -> FrozenSchedule:
    values = dict(
        format=FORMAT, start_on=MONDAY, finish_on=date(2027, 1, 29), tasks=tasks, links=links,
        planned_cents=0,
    )  # fmt: skip
    return FrozenSchedule(**{**values, **other})


def the(found: Comparison, key: str) -> Difference:
    (row,) = [row for row in found.items if row.key == key]
    return row


# -- what is said of one item ---------------------------------------------------------------------


def test_a_finish_that_moves_over_a_weekend_is_one_working_day_later():
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    found = compare(plan(task()), plan(task(finish_on=monday, workdays=6)), CALENDAR)
    row = the(found, "task:1")
    assert row.standing is Standing.changed
    assert row.start is None
    assert row.finish == Shift(friday, monday, 1)
    assert row.longer == 1
    assert found.later == (row,) and found.earlier == ()


def test_a_move_onto_a_day_off_is_seen_though_no_working_day_lies_between():
    found = compare(plan(task()), plan(task(finish_on=date(2026, 11, 28))), CALENDAR)
    shift = the(found, "task:1").finish
    assert shift is not None and shift.workdays == 0 and shift.is_later


def test_days_are_counted_over_the_national_day_holiday():
    """30 September to 8 October 2026: seven days off lie between, and one working day."""
    was, now = date(2026, 9, 30), date(2026, 10, 8)
    found = compare(
        plan(task(start_on=was, finish_on=was)), plan(task(start_on=now, finish_on=now)), CALENDAR
    )
    assert the(found, "task:1").start == Shift(was, now, 1)


def test_an_item_is_the_same_one_after_it_was_renumbered():
    found = compare(plan(task(number=1)), plan(task(number=4)), CALENDAR)
    row = the(found, "task:1")
    assert row.standing is Standing.changed and row.fields == ("number",)
    assert len(found.items) == 1


def test_another_item_under_the_same_number_is_another_item():
    found = compare(plan(task(1)), plan(task(2)), CALENDAR)
    assert [(r.key, r.standing.value) for r in found.items] == [
        ("task:1", "removed"), ("task:2", "added"),
    ]  # fmt: skip


def test_a_removed_step_keeps_its_old_words_dates_and_progress():
    gone = step(12, number=2, percent=40)
    found = compare(plan(task(steps=(step(), gone))), plan(task(steps=(step(),))), CALENDAR)
    row = the(found, "step:12")
    assert (row.standing, row.before, row.after, row.item) == (Standing.removed, gone, None, gone)
    assert the(found, "task:1").standing is Standing.same


def test_progress_money_and_words_are_each_said():
    now = task(
        percent=60, state="active", planned_cents=900, title=LocalText(own="new rules"), owner_id=2
    )
    row = the(compare(plan(task()), plan(now), CALENDAR), "task:1")
    assert row.has_progressed and row.money == (0, 900)
    assert row.fields == ("title", "owner_id")
    assert (row.start, row.finish, row.longer, row.links) == (None, None, 0, ())


def test_a_link_is_told_at_the_item_that_waits():
    was = FrozenLink("task:1", "task:2", "FS", 0)
    tasks = (task(1), task(2, number=2))
    after = plan(*tasks, links=(replace(was, lag=3),))
    found = compare(plan(*tasks, links=(was,)), after, CALENDAR)
    (change,) = the(found, "task:2").links
    assert (change.other, change.before, change.after) == ("task:1", was, replace(was, lag=3))
    assert the(found, "task:1").standing is Standing.same
    (gone,) = the(compare(after, plan(*tasks), CALENDAR), "task:2").links
    assert gone.after is None


def test_rows_come_by_the_number_of_the_task_and_then_of_the_step():
    before = plan(task(1, number=2, steps=(step(11), step(12, number=3))), task(2, number=1))
    after = plan(task(1, number=2, steps=(step(11),)), task(3, number=3))
    assert [row.key for row in compare(before, after, CALENDAR).items] == [
        "task:2", "task:1", "step:11", "step:12", "task:3",
    ]  # fmt: skip
    assert compare(before, after, CALENDAR).labels["step:12"] == "2.3"


def test_the_plans_end_moves_by_working_days_and_new_years_eve_is_none():
    found = compare(plan(), plan(finish_on=date(2027, 2, 5)), CALENDAR)
    assert found.finish == Shift(date(2027, 1, 29), date(2027, 2, 5), 4)
    assert not found.is_empty


def test_whoever_reads_no_money_finds_no_difference_in_it():
    found = compare(
        without_money(plan(task(planned_cents=1), planned_cents=5)),
        without_money(plan(task(planned_cents=2), planned_cents=6)),
        CALENDAR,
    )
    assert found.is_empty


# -- whatever the two are -------------------------------------------------------------------------

days = st.integers(0, 400).map(lambda n: date(2026, 9, 1) + timedelta(days=n))
optional_days = st.none() | days
words = st.text(min_size=1, max_size=5)
titles = words.map(lambda w: LocalText(own=w)) | st.builds(LocalText, zh=words, en=words)


def shared(keys):
    return {
        "id": keys, "number": st.integers(1, 9), "title": titles, "start_on": days,
        "finish_on": days, "workdays": st.integers(0, 60), "percent": st.integers(0, 100),
        "done_on": optional_days, "forecast_finish_on": optional_days,
        "not_before_on": optional_days, "not_after_on": optional_days,
        "is_fixed": st.booleans(), "off_day": st.sampled_from(("keep", "next", "previous")),
    }  # fmt: skip


@st.composite
def schedules(draw) -> FrozenSchedule:
    """Tasks 1 to 5 with steps of their own, so that two draws share some of both."""
    tasks = []
    for key in draw(st.lists(st.integers(1, 5), unique=True, max_size=4)):
        step_ids = draw(st.lists(st.integers(1, 4), unique=True, max_size=3))
        steps = tuple(
            draw(st.builds(FrozenStep, **shared(st.just(key * 10 + n)), is_milestone=st.booleans()))
            for n in step_ids
        )
        tasks.append(
            draw(
                st.builds(
                    FrozenTask, **shared(st.just(key)), owner_id=st.none() | st.integers(1, 3),
                    department_id=st.none() | st.integers(1, 3),
                    state=st.sampled_from(("not_started", "active", "done")),
                    weight=st.integers(0, 3), planned_cents=st.integers(0, 3), steps=st.just(steps),
                )
            )
        )  # fmt: skip
    keys = [key for t in tasks for key in (t.key, *(s.key for s in t.steps))]
    links = []
    if keys:
        pairs = st.tuples(st.sampled_from(keys), st.sampled_from(keys))
        for before, after in draw(st.lists(pairs, unique=True, max_size=4)):
            kind = draw(st.sampled_from(("FS", "SS", "FF", "SF")))
            links.append(FrozenLink(before, after, kind, draw(st.integers(-2, 2))))
    return plan(
        *tasks, links=tuple(links), start_on=draw(days), finish_on=draw(days),
        planned_cents=draw(st.integers(0, 3)),
    )  # fmt: skip


@settings(max_examples=40)
@given(schedules())
def test_a_schedule_does_not_differ_from_itself(one):
    found = compare(one, one, CALENDAR)
    assert found.is_empty
    assert all(row.standing is Standing.same for row in found.items)


@settings(max_examples=40)
@given(schedules(), schedules())
def test_every_item_of_either_stands_in_the_comparison_once(a, b):
    found = compare(a, b, CALENDAR)
    keys = [row.key for row in found.items]
    assert len(keys) == len(set(keys)) and set(keys) == a.items.keys() | b.items.keys()
    for row in found.items:
        assert (row.before, row.after) == (a.items.get(row.key), b.items.get(row.key))
        assert (row.standing is Standing.added) == (row.key not in a.items)
        assert (row.standing is Standing.removed) == (row.key not in b.items)


MIRRORED = {
    Standing.added: Standing.removed, Standing.removed: Standing.added,
    Standing.same: Standing.same, Standing.changed: Standing.changed,
}  # fmt: skip


def turned(shift):
    return None if shift is None else Shift(shift.after, shift.before, -shift.workdays)


@settings(max_examples=40)
@given(schedules(), schedules())
def test_the_other_way_round_says_the_opposite(a, b):
    there, back = compare(a, b, CALENDAR), compare(b, a, CALENDAR)
    other = {row.key: row for row in back.items}
    for row in there.items:
        mirror = other[row.key]
        assert mirror.standing is MIRRORED[row.standing]
        assert (mirror.start, mirror.finish) == (turned(row.start), turned(row.finish))
        assert mirror.longer == -row.longer
        assert mirror.has_progressed == row.has_progressed
        assert mirror.fields == row.fields
        assert mirror.money == (row.money and row.money[::-1])
        assert [(c.other, c.before, c.after) for c in mirror.links] == [
            (c.other, c.after, c.before) for c in row.links
        ]
    assert (back.start, back.finish) == (turned(there.start), turned(there.finish))
    assert {r.key for r in back.later} == {r.key for r in there.earlier}


@settings(max_examples=40)
@given(schedules(), schedules())
def test_only_what_is_equal_is_the_same(a, b):
    """Save for the owner's forecast, which is an expectation and no part of the plan."""

    def told(schedule, row):
        item = replace(row, forecast_finish_on=None)
        links = [link for link in schedule.links if link.after == row.key]
        item = replace(item, steps=()) if isinstance(item, FrozenTask) else item
        return item, sorted(map(repr, links))

    for row in compare(a, b, CALENDAR).items:
        if row.before is not None and row.after is not None:
            is_equal = told(a, row.before) == told(b, row.after)
            assert (row.standing is Standing.same) == is_equal


# -- kept for years -------------------------------------------------------------------------------


@settings(max_examples=40)
@given(schedules())
def test_a_schedule_comes_back_from_json_as_it_was(one):
    assert FrozenSchedule.from_plain(json.loads(canonical(one))) == one


def test_a_field_that_this_program_does_not_know_is_left_aside():
    plain = to_plain(plan(task(steps=(step(),))))
    plain["tasks"][0]["something"] = "unknown"
    assert FrozenSchedule.from_plain(plain) == plan(task(steps=(step(),)))


@pytest.mark.parametrize("form", [0, FORMAT + 1, None, "1"])
def test_a_form_that_is_not_known_is_refused_rather_than_misread(form):
    with pytest.raises(ValueError, match="cannot be read"):
        FrozenSchedule.from_plain({**to_plain(plan()), "format": form})
