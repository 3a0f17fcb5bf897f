"""The working calendar answers as the State Council's notices and the law do."""

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import DayKind, DayWords, WorkCalendar, is_away, settle

CHINA = WorkCalendar()
days = st.dates(date(2009, 6, 1), date(2031, 6, 1))
company_days = st.dictionaries(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.sampled_from([DayKind.company_off, DayKind.company_work]),
    max_size=30,
)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 2, 14), DayKind.makeup),  # Saturday that works
        (date(2026, 2, 15), DayKind.weekend),
        (date(2026, 2, 16), DayKind.holiday),
        (date(2026, 2, 20), DayKind.holiday),  # in exchange for the 14th
        (date(2026, 9, 20), DayKind.makeup),  # Sunday that works
        (date(2026, 11, 26), DayKind.workday),
        (date(2027, 1, 1), DayKind.holiday),
        (date(2027, 3, 1), DayKind.workday),
    ],
)
def test_a_day_is_what_the_notice_says(day: date, kind: DayKind) -> None:
    assert CHINA.kind(day) is kind


@pytest.mark.parametrize(
    ("year", "days_off"),
    [
        # Days off between Monday and Friday, and weekend days worked, by the State Council's
        # notices for the year.
        (2025, (18, 5)),
        (2026, (19, 6)),
    ],
)
def test_an_official_year_has_as_many_days_off_and_made_up_as_its_notice(
    year: int, days_off: tuple[int, int]
) -> None:
    every = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    off = sum(d.weekday() < 5 and not CHINA.is_workday(d) for d in every)
    made_up = sum(CHINA.kind(d) is DayKind.makeup for d in every)
    assert (off, made_up) == days_off


def test_a_year_beyond_the_notices_has_only_the_days_fixed_by_law() -> None:
    every = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [d for d in every if CHINA.kind(d) is DayKind.holiday] == [
        date(2027, 1, 1),
        *(date(2027, 2, d) for d in (5, 6, 7, 8)),  # eve and the first three days
        date(2027, 4, 5),
        date(2027, 5, 1),
        date(2027, 5, 2),
        date(2027, 6, 9),
        date(2027, 9, 15),
        *(date(2027, 10, d) for d in (1, 2, 3)),
    ]
    assert not any(CHINA.kind(d) is DayKind.makeup for d in every)
    assert all(CHINA.is_estimated(d) for d in every)


def test_an_official_day_is_not_estimated_and_a_companys_entry_settles_a_later_one() -> None:
    own = WorkCalendar({date(2027, 2, 9): DayKind.company_off})
    assert not CHINA.is_estimated(date(2026, 12, 31))
    assert CHINA.is_estimated(date(2027, 2, 9))
    assert not own.is_estimated(date(2027, 2, 9))
    assert own.is_estimated(date(2027, 2, 10))


def test_a_companys_entry_wins_over_the_official_calendar() -> None:
    own = WorkCalendar(
        {date(2026, 2, 14): DayKind.company_off, date(2026, 10, 1): DayKind.company_work}
    )
    assert not own.is_workday(date(2026, 2, 14))
    assert own.is_workday(date(2026, 10, 1))
    assert own.workdays_in(date(2026, 10, 1), date(2026, 10, 7)) == 1
    assert CHINA.workdays_in(date(2026, 10, 1), date(2026, 10, 7)) == 0


def test_a_holiday_is_named_in_both_languages() -> None:
    assert CHINA.name(date(2026, 2, 17), "zh") == "春节"
    assert "Spring Festival" in (CHINA.name(date(2026, 2, 17), "en") or "")
    assert CHINA.name(date(2026, 11, 26), "zh") is None


@pytest.mark.parametrize("year", [1, 1949, 2009, 2101, 9998])
def test_a_far_year_is_monday_to_friday_and_estimated(year: int) -> None:
    for n in range(14):
        day = date(year, 10, 1) + timedelta(days=n)
        assert CHINA.is_workday(day) == (day.weekday() < 5)
        assert CHINA.is_estimated(day)
    assert CHINA.add_workdays(date(year, 10, 1), 5) > date(year, 10, 1)


def test_counting_begins_at_the_first_workday() -> None:
    saturday, monday = date(2026, 11, 28), date(2026, 11, 30)
    assert CHINA.add_workdays(saturday, 0) == monday
    assert CHINA.add_workdays(saturday, 1) == date(2026, 12, 1)
    assert CHINA.add_workdays(saturday, -1) == date(2026, 11, 26)
    assert CHINA.add_workdays(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert CHINA.add_workdays(date(2026, 2, 14), 1) == date(2026, 2, 24)


def test_five_working_days_late_is_said_over_a_weekend() -> None:
    assert CHINA.workdays_between(date(2026, 12, 18), date(2026, 12, 25)) == 5
    assert CHINA.workdays_between(date(2026, 12, 25), date(2026, 12, 18)) == -5
    assert CHINA.workdays_between(date(2026, 12, 18), date(2026, 12, 20)) == 0


def test_the_last_workday_of_a_week() -> None:
    assert CHINA.last_workday_of_week(2026, 48) == date(2026, 11, 27)
    assert CHINA.last_workday_of_week(2026, 8) is None
    assert CHINA.last_workday_of_week(2026, 38) == date(2026, 9, 20)


@given(day=days, count=st.integers(-400, 400), own=company_days)
def test_adding_workdays_steps_over_each_day_off(
    day: date, count: int, own: dict[date, DayKind]
) -> None:
    calendar = WorkCalendar(own)
    walked = calendar.next_workday(day) if count >= 0 else calendar.previous_workday(day)
    step = timedelta(days=1 if count >= 0 else -1)
    for _ in range(abs(count)):
        walked += step
        while not calendar.is_workday(walked):
            walked += step
    assert calendar.add_workdays(day, count) == walked


@given(first=days, length=st.integers(-500, 500), own=company_days)
def test_counting_workdays_is_counting_them_one_by_one(
    first: date, length: int, own: dict[date, DayKind]
) -> None:
    calendar = WorkCalendar(own)
    last = first + timedelta(days=length)
    one_by_one = sum(calendar.is_workday(first + timedelta(days=n)) for n in range(length + 1))
    assert calendar.workdays_in(first, last) == one_by_one
    assert calendar.workdays_between(first, last) == -calendar.workdays_between(last, first)


@given(day=days, count=st.integers(-300, 300))
def test_days_added_are_days_late(day: date, count: int) -> None:
    workday = CHINA.next_workday(day)
    assert CHINA.workdays_between(workday, CHINA.add_workdays(workday, count)) == count


def test_ten_thousand_additions_take_well_under_a_second() -> None:
    CHINA.add_workdays(date(2026, 1, 5), 250)
    before = time.perf_counter()
    for _ in range(10_000):
        CHINA.add_workdays(date(2026, 1, 5), 250)
    assert time.perf_counter() - before < 0.5


def test_a_person_is_away_from_the_first_day_to_the_last() -> None:
    leave = [(date(2026, 11, 9), date(2026, 11, 13))]
    assert is_away(leave, date(2026, 11, 9))
    assert is_away(leave, date(2026, 11, 13))
    assert not is_away(leave, date(2026, 11, 14))
    assert not is_away([], date(2026, 11, 9))


@pytest.mark.parametrize(
    ("day", "policy", "settled"),
    [
        (date(2026, 11, 28), "keep", date(2026, 11, 28)),
        (date(2026, 11, 28), "next", date(2026, 11, 30)),
        (date(2026, 11, 28), "previous", date(2026, 11, 27)),
        # Over the Spring Festival, back to the made-up Saturday before it.
        (date(2026, 2, 18), "previous", date(2026, 2, 14)),
        (date(2026, 2, 18), "next", date(2026, 2, 24)),
        (date(2026, 2, 14), "previous", date(2026, 2, 14)),
    ],
)
def test_a_date_on_a_day_off_takes_the_day_its_rule_says(
    day: date, policy: str, settled: date
) -> None:
    assert settle(day, policy, CHINA) == settled


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="nearest"):
        settle(date(2026, 11, 28), "nearest", CHINA)


@given(day=days, own=company_days)
def test_a_settled_date_is_the_nearest_workday_on_its_side(
    day: date, own: dict[date, DayKind]
) -> None:
    calendar = WorkCalendar(own)
    before, after = settle(day, "previous", calendar), settle(day, "next", calendar)
    assert before <= day <= after
    assert calendar.is_workday(before) and calendar.is_workday(after)
    assert calendar.workdays_in(before, after) == (1 if before == after else 2)
    assert settle(after, "previous", calendar) == after


def test_days_on_top_hide_the_words_beneath() -> None:
    friday = date(2026, 12, 18)
    company = WorkCalendar({friday: DayKind.company_off}, {friday: DayWords(("年会", "年会"))})
    assert company.overlaid({friday: DayKind.company_off}, {}) is company
    own = company.overlaid({friday: DayKind.department_work}, {})
    assert own.is_workday(friday) and own.reason(friday, "zh").name == ""
    assert company.reason(friday, "zh").name == "年会"
