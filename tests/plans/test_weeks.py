"""Weeks are those of ISO 8601."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.weeks import IsoWeek, week_number_in_plan, weeks_between

weeks = st.builds(IsoWeek.of, st.dates(date(1901, 1, 1), date(2998, 12, 31)))


@pytest.mark.parametrize(
    ("day", "week"),
    [
        # The edges of years, as ISO 8601 has them.
        (date(2026, 1, 1), IsoWeek(2026, 1)),
        (date(2027, 1, 3), IsoWeek(2026, 53)),
        (date(2024, 12, 30), IsoWeek(2025, 1)),
        (date(2026, 11, 26), IsoWeek(2026, 48)),
    ],
)
def test_a_day_lies_in_its_iso_week(day: date, week: IsoWeek) -> None:
    assert IsoWeek.of(day) == week
    assert week.monday <= day <= week.sunday
    assert day in week.days


@pytest.mark.parametrize(
    "text",
    ["2026-W54", "2025-W53", "2026-W00", "2026-W8", "26-W08", "２０２６-W48", "0000-W01", 
     "9999-W52", "W48", "", "2026-11-26", "2026-W48 ", "2026-W48\n"],
)  # fmt: skip
def test_an_unknown_week_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is not a week"):
        IsoWeek.parse(text)


@given(weeks)
def test_a_week_reads_back_as_written(week: IsoWeek) -> None:
    assert IsoWeek.parse(str(week)) == week


@given(weeks, st.integers(-200, 200))
def test_weeks_are_in_the_order_of_time(week: IsoWeek, count: int) -> None:
    if not 1910 <= week.year <= 2990:
        return
    other = week.plus(count)
    assert other.minus(count) == week
    assert (other > week) == (count > 0)
    assert (other.monday - week.monday).days == 7 * count
    assert week.next().previous() == week


def test_the_weeks_between_hold_both_ends() -> None:
    across = weeks_between(IsoWeek(2026, 52), IsoWeek(2027, 1))
    assert across == [IsoWeek(2026, 52), IsoWeek(2026, 53), IsoWeek(2027, 1)]
    assert weeks_between(IsoWeek(2027, 1), IsoWeek(2026, 52)) == []


def test_the_plans_first_week_is_number_one() -> None:
    start = date(2026, 9, 28)
    assert week_number_in_plan(start, IsoWeek.of(start)) == 1
    assert week_number_in_plan(start, IsoWeek(2026, 48)) == 9
    assert week_number_in_plan(start, IsoWeek(2026, 39)) == 0
