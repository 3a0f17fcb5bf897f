"""Values as people type them, and which periods owe one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import WorkCalendar
from app.reports.owing import choosable_periods, open_periods, owed_periods
from app.reports.values import parse_value

CALENDAR = WorkCalendar(overrides={})


@pytest.mark.parametrize(
    "text", ["350", "5:50", "5分50秒", "5 min 50 s", "5m50s", "350秒", "５：５０", "350.0"]
)
def test_a_length_of_time_may_be_written_in_many_ways(text) -> None:
    assert parse_value(text, "seconds") == 350


@pytest.mark.parametrize("text", ["", "-5", "abc", "5:70", "1e9", "nan", "inf", "分秒", "90000"])
def test_what_is_no_length_of_time_is_refused(text) -> None:
    with pytest.raises(ValueError):
        parse_value(text, "seconds")


@pytest.mark.parametrize(("text", "value"), [("99.5", 99.5), ("99.5%", 99.5), ("９０％", 90)])
def test_a_percentage_may_carry_its_sign(text, value) -> None:
    assert parse_value(text, "percent") == value


@pytest.mark.parametrize("text", ["101", "-1", "90 of 100", "٣", "9" * 400])
def test_what_is_no_percentage_is_refused(text) -> None:
    with pytest.raises(ValueError):
        parse_value(text, "percent")


@given(st.integers(0, 86_400))
def test_every_second_of_a_day_can_be_written_as_minutes_and_seconds(total) -> None:
    minutes, rest = divmod(total, 60)
    assert parse_value(f"{minutes}:{rest:02d}", "seconds") == total
    assert parse_value(f"{minutes}分{rest}秒", "seconds") == total


def test_a_period_that_has_nearly_ended_when_measuring_begins_is_not_owed() -> None:
    labels = [p.label for p in owed_periods("quarter", date(2026, 9, 28), date(2027, 1, 29))]
    assert labels == ["2026-Q4", "2027-Q1"]
    labels = [p.label for p in owed_periods("half_year", date(2026, 9, 28), date(2027, 1, 29))]
    assert labels[0] == "2026-H2"


def test_a_value_is_overdue_from_the_sixth_working_day_after_its_period() -> None:
    periods = owed_periods("month", date(2026, 10, 1), date(2026, 12, 31))
    on_time = open_periods(periods, {}, date(2026, 11, 6), CALENDAR)
    late = open_periods(periods, {}, date(2026, 11, 9), CALENDAR)
    assert on_time[0].due_on == date(2026, 11, 6)
    assert not on_time[0].is_overdue
    assert late[0].is_overdue
    assert late[0].days_overdue == 1


def test_a_value_taken_before_its_period_ended_still_owes_the_final_one() -> None:
    periods = owed_periods("month", date(2026, 10, 1), date(2026, 12, 31))
    early = open_periods(periods, {"2026-10": date(2026, 10, 20)}, date(2026, 11, 2), CALENDAR)
    final = open_periods(periods, {"2026-10": date(2026, 11, 2)}, date(2026, 11, 2), CALENDAR)
    assert early[0].label == "2026-10"
    assert final[0].label == "2026-11"


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.sampled_from(["month", "quarter"]))
def test_an_owed_period_is_overdue_exactly_after_its_day(day, cadence) -> None:
    for period in open_periods(
        owed_periods(cadence, date(2025, 1, 1), date(2026, 6, 30)), {}, day, CALENDAR
    ):
        assert period.is_overdue == (day > period.due_on)


def test_earlier_periods_may_be_entered_as_a_basis() -> None:
    labels = [p.label for p in choosable_periods("month", date(2026, 9, 28), date(2026, 11, 26))]
    assert labels[0] == "2026-11"
    assert labels[-1] == "2025-09"
