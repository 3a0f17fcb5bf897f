"""Planned money by month."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import WorkCalendar
from app.tasks.spending import Planned, by_month, last_of, spread

CALENDAR = WorkCalendar()
DAYS = st.dates(min_value=date(2025, 1, 1), max_value=date(2027, 12, 31))
LINES = st.builds(
    lambda cents, first, length: Planned(cents, first, first + timedelta(days=length)),
    st.integers(min_value=0, max_value=2**31 - 1), DAYS, st.integers(0, 500),
)  # fmt: skip


def shares_day_by_day(line):
    """The same by walking over the days: the exact share of each month."""
    workdays = [
        day for n in range((line.last_on - line.first_on).days + 1)
        if CALENDAR.is_workday(day := line.first_on + timedelta(days=n))
    ]  # fmt: skip
    shares = {}
    for day in workdays or [line.first_on]:
        month = date(day.year, day.month, 1)
        shares[month] = shares.get(month, 0) + Fraction(line.cents, len(workdays) or 1)
    return shares


@given(st.lists(LINES, max_size=6))
def test_the_months_add_up_to_the_cent(lines):
    assert sum(by_month(lines, CALENDAR).values()) == sum(line.cents for line in lines)


@given(LINES)
def test_no_month_is_a_cent_off_its_share_of_the_working_days(line):
    exact = shares_day_by_day(line)
    given_out = spread(line, CALENDAR)
    assert set(exact) <= set(given_out)
    for month, cents in given_out.items():
        assert cents >= 0
        assert abs(cents - exact.get(month, 0)) < 1


@given(LINES)
def test_who_is_further_from_the_next_cent_gets_none_before_others(line):
    """Of two months rounded differently, the one rounded up had the larger remainder."""
    exact, given_out = shares_day_by_day(line), spread(line, CALENDAR)
    rests = {m: exact.get(m, Fraction(0)) % 1 for m in given_out}
    up = [rests[m] for m in given_out if given_out[m] > exact.get(m, 0)]
    down = [rests[m] for m in given_out if given_out[m] < exact.get(m, 0)]
    assert not up or not down or min(up) >= max(down)


@given(LINES, LINES)
def test_lines_do_not_disturb_one_another(one, other):
    both = by_month([one, other], CALENDAR)
    apart = by_month([one], CALENDAR), by_month([other], CALENDAR)
    assert both == {
        month: cents
        for month in sorted({*apart[0], *apart[1]})
        if (cents := apart[0].get(month, 0) + apart[1].get(month, 0))
    }


def test_the_national_day_week_gets_no_money():
    """September 2026 holds 28 to 30 as workdays, October 8 to 16 and the make-up Saturday 10."""
    line = Planned(100_00, date(2026, 9, 28), date(2026, 10, 16))
    assert CALENDAR.is_workday(date(2026, 10, 10))
    assert spread(line, CALENDAR) == {date(2026, 9, 1): 27_27, date(2026, 10, 1): 72_73}


def test_money_without_a_working_day_falls_on_its_first_month():
    weekend = Planned(5, date(2026, 10, 31), date(2026, 11, 1))
    assert by_month([weekend], CALENDAR) == {date(2026, 10, 1): 5}


@pytest.mark.parametrize(
    "line",
    [
        Planned(1, date(2026, 2, 2), date(2026, 2, 1)),
        Planned(-1, date(2026, 2, 2), date(2026, 2, 2)),
    ],
)
def test_what_cannot_be_is_refused(line):
    with pytest.raises(ValueError):
        by_month([line], CALENDAR)


def test_the_last_day_of_a_month():
    assert last_of(date(2028, 2, 1)) == date(2028, 2, 29)
    assert last_of(date(2026, 12, 1)) == date(2026, 12, 31)
