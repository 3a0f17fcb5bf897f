"""Earned value: planned against done against paid."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import WorkCalendar
from app.tasks.earned import (
    MOST_POINTS,
    Change,
    Earned,
    Share,
    Unit,
    earned_curve,
    money_of,
    percent_at,
    planned_curve,
    total,
    weeks_between,
    work_of,
)
from app.tasks.progress import forecast_finish, weighted_percent

CHINA = WorkCalendar()
MONDAY, FRIDAY_AFTER = date(2026, 11, 2), date(2026, 11, 13)  # ten working days
TEN_DAYS = (MONDAY, FRIDAY_AFTER)

percents = st.integers(0, 100)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
spans = st.tuples(days, st.integers(0, 200)).map(lambda p: (p[0], p[0] + timedelta(p[1])))
shares = st.builds(
    Share,
    weight=st.integers(0, 50),
    baseline=spans,
    percent=percents,
    changes=st.lists(st.builds(Change, on=days, before=percents), max_size=4).map(
        lambda rows: tuple(sorted(rows, key=lambda row: row.on))
    ),
)


def test_half_of_a_task_counts_half_its_weight() -> None:
    # After five of ten working days; 40% is done.
    row = work_of(4, 40, TEN_DAYS, date(2026, 11, 6), CHINA)
    assert (row.planned, row.earned, row.spi) == (2.0, 1.6, 0.8)
    assert (row.planned_percent, row.earned_percent) == (50, 40)


def test_nothing_is_judged_before_anything_is_planned() -> None:
    row = work_of(4, 10, TEN_DAYS, date(2026, 11, 1), CHINA)
    assert row.planned == 0 and row.spi is None


def test_work_has_no_cost() -> None:
    row = work_of(4, 40, TEN_DAYS, date(2026, 11, 6), CHINA)
    assert (row.actual, row.cpi, row.estimate) == (None, None, None)


def test_money_is_spread_as_the_work() -> None:
    row = money_of(100_000, 50_000, 40, TEN_DAYS, date(2026, 11, 6), CHINA)
    assert row is not None and row.unit is Unit.cents
    assert (row.planned, row.earned, row.actual) == (50_000, 40_000, 50_000)
    assert (row.spi, row.cpi) == (0.8, 0.8)
    # The rest costs as what is done has cost: BAC / CPI.
    assert row.estimate == 125_000


def test_a_task_without_a_budget_has_no_money_rather_than_none_spent() -> None:
    assert money_of(0, 500, 40, TEN_DAYS, MONDAY, CHINA) is None


def test_no_cost_booked_is_not_a_cost_of_nothing() -> None:
    row = money_of(100_000, 0, 40, TEN_DAYS, MONDAY, CHINA)
    assert row is not None
    assert (row.actual, row.cpi, row.estimate) == (None, None, None)


def test_spent_and_nothing_done_has_no_estimate() -> None:
    row = money_of(100_000, 20_000, 0, TEN_DAYS, MONDAY, CHINA)
    assert row is not None and row.cpi == 0 and row.estimate is None


def test_weight_and_money_are_never_added() -> None:
    work = work_of(4, 40, TEN_DAYS, MONDAY, CHINA)
    money = money_of(100_000, 0, 40, TEN_DAYS, MONDAY, CHINA)
    assert money is not None
    with pytest.raises(ValueError, match="cannot be added"):
        total([work, money])
    assert total([]) is None


def test_cost_is_compared_with_the_work_that_has_cost() -> None:
    paid = money_of(100_000, 50_000, 50, TEN_DAYS, MONDAY, CHINA)
    unpaid = money_of(200_000, 0, 100, TEN_DAYS, MONDAY, CHINA)
    assert paid is not None and unpaid is not None
    both = total([paid, unpaid])
    assert both is not None
    # 50,000 of work for 50,000; what has no cost yet makes nothing look cheap.
    assert (both.earned, both.actual, both.cpi) == (250_000, 50_000, 1)
    assert both.estimate == 300_000


def test_a_whole_that_has_cost_more_than_its_budget_is_not_expected_to_cost_less() -> None:
    row = money_of(100_000, 150_000, 0, TEN_DAYS, MONDAY, CHINA)
    assert row is not None
    both = total([row])
    assert both is not None and both.estimate == 150_000


@given(st.lists(st.tuples(st.integers(0, 50), percents, spans), min_size=1), days)
def test_the_plans_share_is_the_mean_of_its_tasks_by_weight(
    rows: list[tuple[int, int, tuple[date, date]]], day: date
) -> None:
    parts = [work_of(weight, percent, span, day, CHINA) for weight, percent, span in rows]
    whole = total(parts)
    assert whole is not None
    if not whole.budget:
        assert whole.earned_percent is None
        return
    assert whole.earned_percent == pytest.approx(weighted_percent((w, p) for w, p, _s in rows))
    low, high = min(p for w, p, _s in rows if w), max(p for w, p, _s in rows if w)
    assert low - 1e-6 <= whole.earned_percent <= high + 1e-6


@given(total_days=st.sampled_from([2, 4, 5, 10, 20]), at=st.data())
def test_who_is_just_as_far_as_planned_has_an_index_of_one(total_days: int, at: st.DataObject):
    done = at.draw(st.integers(1, total_days))
    finish = CHINA.add_workdays(MONDAY, total_days - 1)
    day = CHINA.add_workdays(MONDAY, done - 1)
    percent = 100 * done // total_days
    if percent * total_days != 100 * done:
        return
    row = work_of(3, percent, (MONDAY, finish), day, CHINA)
    assert row.spi == pytest.approx(1)
    if percent < 100:
        assert forecast_finish(MONDAY, finish, percent, day, CHINA) == finish


@given(percents, percents, spans, days)
def test_more_done_is_never_worth_less(
    one: int, other: int, span: tuple[date, date], day: date
) -> None:
    less, more = sorted((one, other))
    before, after = (work_of(7, p, span, day, CHINA) for p in (less, more))
    assert before.earned <= after.earned
    assert before.planned == after.planned


@given(st.lists(shares, max_size=5), spans)
def test_the_planned_curve_rises_to_the_whole(rows: list[Share], span: tuple[date, date]) -> None:
    curve = planned_curve(rows, weeks_between(*span), CHINA)
    values = [value for _day, value in curve]
    assert values == sorted(values)
    assert all(-1e-9 <= value <= 100 + 1e-9 for value in values)
    if curve and curve[-1][0] >= max(row.baseline[1] for row in rows):
        assert values[-1] == pytest.approx(100)


def test_how_far_it_was_comes_from_what_was_changed_since() -> None:
    changes = (Change(date(2026, 11, 5), 0), Change(date(2026, 11, 9), 20))
    assert [percent_at(date(2026, 11, day), 45, changes) for day in (4, 5, 8, 9, 20)] == [
        0, 20, 20, 45, 45,
    ]  # fmt: skip


@given(st.lists(shares, min_size=1, max_size=5), days)
def test_the_curve_of_what_is_done_ends_where_the_plan_is_now(rows: list[Share], day: date) -> None:
    last = max([day, *(change.on for row in rows for change in row.changes)])
    curve = earned_curve(rows, [last])
    if not sum(row.weight for row in rows):
        assert curve == []
        return
    assert curve[0][1] == pytest.approx(weighted_percent((r.weight, r.percent) for r in rows))


@given(spans)
def test_the_weeks_lie_around_the_plan(span: tuple[date, date]) -> None:
    weeks = weeks_between(*span)
    assert weeks[0] < span[0] and weeks[-1] >= span[1]
    assert all(day.isoweekday() == 7 for day in weeks)


def test_a_plan_of_many_years_is_drawn_in_fewer_points() -> None:
    weeks = weeks_between(date(2000, 1, 3), date(2026, 1, 1))
    assert len(weeks) <= MOST_POINTS + 2
    assert weeks[-1] >= date(2026, 1, 1)


def test_values_say_their_unit() -> None:
    assert Earned(Unit.weight, 0, 0, 0).earned_percent is None
