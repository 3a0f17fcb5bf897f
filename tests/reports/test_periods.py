"""Indicators are measured by months, quarters and half-years."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import WorkCalendar
from app.reports.periods import measurement_due_on, parse_period, period_of, periods_between

cadences = st.sampled_from(["month", "quarter", "half_year"])
near = st.dates(date(2000, 1, 1), date(2050, 12, 31))


@pytest.mark.parametrize(
    ("cadence", "label", "first", "last"),
    [
        ("month", "2026-10", date(2026, 10, 1), date(2026, 10, 31)),
        ("quarter", "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("half_year", "2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_its_period(cadence: str, label: str, first: date, last: date) -> None:
    period = period_of(cadence, date(2026, 10, 15))
    assert (period.label, period.first, period.last) == (label, first, last)


def test_a_plans_span_touches_these_periods() -> None:
    def labels(cadence: str) -> list[str]:
        span = periods_between(cadence, date(2026, 9, 28), date(2027, 1, 29))
        return [period.label for period in span]

    assert labels("month") == ["2026-09", "2026-10", "2026-11", "2026-12", "2027-01"]
    assert labels("quarter") == ["2026-Q3", "2026-Q4", "2027-Q1"]
    assert labels("half_year") == ["2026-H2", "2027-H1"]
    assert periods_between("month", date(2026, 2, 1), date(2026, 1, 31)) == []


@given(cadences, near, st.integers(0, 900))
def test_periods_join_without_gap_or_overlap(cadence: str, first: date, days: int) -> None:
    last = first + timedelta(days=days)
    periods = periods_between(cadence, first, last)
    assert periods[0].first <= first
    assert periods[-1].last >= last
    for before, after in zip(periods, periods[1:], strict=False):
        assert after.first == before.last + timedelta(days=1)


@given(cadences, near)
def test_a_label_reads_back(cadence: str, day: date) -> None:
    period = period_of(cadence, day)
    assert parse_period(period.label) == period


@pytest.mark.parametrize(
    "label", ["2026-13", "2026-00", "2026-Q5", "2026-H3", "2026", "0000-01", ""]
)
def test_an_unknown_label_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="no period"):
        parse_period(label)


def test_an_unknown_cadence_is_refused() -> None:
    with pytest.raises(ValueError, match="no cadence"):
        period_of("week", date(2026, 1, 1))


def test_a_value_is_due_five_working_days_after_its_period() -> None:
    china = WorkCalendar()
    november = period_of("month", date(2026, 11, 1))
    assert measurement_due_on(november, china) == date(2026, 12, 7)
    # September's falls after the National Day holidays; Saturday the 10th works.
    september = period_of("month", date(2026, 9, 1))
    assert measurement_due_on(september, china, 3) == date(2026, 10, 10)
    with pytest.raises(ValueError, match="at least one"):
        measurement_due_on(november, china, 0)
