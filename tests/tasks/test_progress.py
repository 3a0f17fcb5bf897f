"""Progress is measured in working days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import WorkCalendar
from app.tasks.progress import (
    days_late,
    forecast_finish,
    pace_finish,
    planned_percent,
    spi,
    weighted_percent,
)

CHINA = WorkCalendar()
MONDAY, FRIDAY_AFTER = date(2026, 11, 2), date(2026, 11, 13)  # ten working days
near = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def test_the_plan_grows_by_working_days() -> None:
    def planned(day: date) -> float:
        return planned_percent(MONDAY, FRIDAY_AFTER, day, CHINA)

    assert planned(date(2026, 11, 1)) == 0
    assert planned(MONDAY) == 10
    assert planned(date(2026, 11, 6)) == planned(date(2026, 11, 8)) == 50
    assert planned(FRIDAY_AFTER) == planned(date(2027, 1, 1)) == 100


def test_a_finish_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="before start"):
        planned_percent(FRIDAY_AFTER, MONDAY, MONDAY, CHINA)


@given(start=near, length=st.integers(0, 300), one=near, two=near)
def test_the_plan_never_shrinks(start: date, length: int, one: date, two: date) -> None:
    finish = CHINA.add_workdays(start, length)
    early, late = sorted([one, two])
    before = planned_percent(start, max(start, finish), early, CHINA)
    after = planned_percent(start, max(start, finish), late, CHINA)
    assert 0 <= before <= after <= 100


def test_the_index_compares_done_with_planned() -> None:
    assert spi(45, 50) == 0.9
    assert spi(10, 0) is None


@given(total=st.integers(2, 20), at=st.data())
def test_who_keeps_the_pace_finishes_as_committed(total: int, at: st.DataObject) -> None:
    done = (
        at.draw(st.integers(1, total - 1).filter(lambda n: 100 * n % total == 0))
        if (any(100 * n % total == 0 for n in range(1, total)))
        else 0
    )
    if not done:
        return
    finish = CHINA.add_workdays(MONDAY, total - 1)
    today = CHINA.add_workdays(MONDAY, done - 1)
    assert forecast_finish(MONDAY, finish, 100 * done // total, today, CHINA) == finish


def test_half_the_pace_takes_twice_as_long() -> None:
    # A quarter after five days: fifteen more working days.
    today = date(2026, 11, 6)
    assert forecast_finish(MONDAY, FRIDAY_AFTER, 25, today, CHINA) == date(2026, 11, 27)


@given(percent=st.integers(0, 99), today=near)
def test_open_work_never_finishes_before_today(percent: int, today: date) -> None:
    assert forecast_finish(MONDAY, FRIDAY_AFTER, percent, today, CHINA) >= today


def test_before_the_start_and_at_the_end_the_commitment_stands() -> None:
    october = date(2026, 10, 12)
    assert forecast_finish(MONDAY, FRIDAY_AFTER, 0, october, CHINA) == FRIDAY_AFTER
    assert forecast_finish(MONDAY, FRIDAY_AFTER, 100, date(2026, 12, 1), CHINA) == FRIDAY_AFTER


def test_late_is_said_in_working_days() -> None:
    assert days_late(date(2026, 12, 18), date(2026, 12, 25), CHINA) == 5
    assert days_late(date(2026, 12, 18), date(2026, 12, 17), CHINA) == -1


def test_a_heavy_part_counts_more() -> None:
    assert weighted_percent([(3, 100), (1, 0)]) == 75
    assert weighted_percent([]) == weighted_percent([(0, 50)]) == 0


def test_the_pace_is_that_of_yesterday_evening() -> None:
    # Half of ten days is done on the morning of the sixth: on plan, though a sixth day has begun.
    assert pace_finish(MONDAY, FRIDAY_AFTER, 50, date(2026, 11, 9), CHINA) == FRIDAY_AFTER
    assert pace_finish(MONDAY, FRIDAY_AFTER, 25, date(2026, 11, 9), CHINA) == date(2026, 11, 27)


def test_nothing_follows_from_nothing_and_from_all() -> None:
    monday_after = date(2026, 11, 9)
    assert pace_finish(MONDAY, FRIDAY_AFTER, 0, monday_after, CHINA) is None
    assert pace_finish(MONDAY, FRIDAY_AFTER, 100, monday_after, CHINA) is None
    assert pace_finish(MONDAY, FRIDAY_AFTER, 50, date(2026, 11, 1), CHINA) is None


def test_one_percent_in_thirty_years_is_no_pace() -> None:
    assert pace_finish(date(1996, 1, 1), FRIDAY_AFTER, 1, date(2026, 11, 9), CHINA) is None


@given(percent=st.integers(1, 99), today=near)
def test_work_at_its_pace_never_ends_before_today(percent: int, today: date) -> None:
    pace = pace_finish(MONDAY, FRIDAY_AFTER, percent, today, CHINA)
    assert pace is None or pace >= today
