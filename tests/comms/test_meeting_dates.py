"""The day of a monthly meeting."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comms.meeting_dates import LAST, meeting_day, months_from, nth_weekday
from app.plans.workcalendar import WorkCalendar

CALENDAR = WorkCalendar()


def test_the_last_friday_of_november_2026_is_the_27th():
    assert meeting_day(2026, 11, LAST, 4, CALENDAR) == date(2026, 11, 27)


def test_a_meeting_on_a_holiday_moves_to_the_working_day_before():
    # Friday 2026-09-25 is the Mid-Autumn Festival.
    assert nth_weekday(2026, 9, LAST, 4) == date(2026, 9, 25)
    assert meeting_day(2026, 9, LAST, 4, CALENDAR) == date(2026, 9, 24)


def test_a_move_that_would_change_the_month_goes_forward_instead():
    # The first Thursday of October 2026 is National Day; the day before lies in September.
    assert nth_weekday(2026, 10, 1, 3) == date(2026, 10, 1)
    assert meeting_day(2026, 10, 1, 3, CALENDAR) == date(2026, 10, 8)


@given(
    st.integers(2010, 2090), st.integers(1, 12), st.sampled_from([LAST, 1, 2, 3, 4]),
    st.integers(0, 6),
)  # fmt: skip
def test_the_nth_weekday_is_that_weekday_in_that_month(year, month, nth, weekday):
    day = nth_weekday(year, month, nth, weekday)
    assert (day.year, day.month, day.weekday()) == (year, month, weekday)
    if nth == LAST:
        assert (day + timedelta(days=7)).month != month
    else:
        assert (day.day - 1) // 7 + 1 == nth
    assert CALENDAR.is_workday(meeting_day(year, month, nth, weekday, CALENDAR))


def test_a_fifth_week_is_refused():
    with pytest.raises(ValueError, match="no such day"):
        nth_weekday(2026, 11, 5, 0)


def test_months_run_over_the_turn_of_the_year():
    assert months_from(date(2026, 11, 30), date(2027, 1, 1)) == [(2026, 11), (2026, 12), (2027, 1)]
