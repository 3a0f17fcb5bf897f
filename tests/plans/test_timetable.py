"""Dates are proposed from durations in working days and from what comes first."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.timetable import ProposalItem, propose_dates
from app.plans.workcalendar import WorkCalendar

CHINA = WorkCalendar()


def test_what_waits_starts_on_the_workday_after() -> None:
    items = [
        ProposalItem("train", 5, after=("standard",)),
        ProposalItem("standard", 3),
        ProposalItem("check", 1, after=("train", "standard"), lag_workdays=2),
    ]
    assert propose_dates(items, date(2026, 9, 26), CHINA) == [
        # 1 to 7 October are off; Saturday the 10th is worked in exchange.
        (date(2026, 10, 8), date(2026, 10, 13)),
        (date(2026, 9, 28), date(2026, 9, 30)),
        (date(2026, 10, 16), date(2026, 10, 16)),
    ]


def test_a_circle_is_named() -> None:
    items = [ProposalItem("a", 1, ("b",)), ProposalItem("b", 1, ("a",))]
    with pytest.raises(ValueError, match=r"a.*b|b.*a"):
        propose_dates(items, date(2026, 9, 28), CHINA)


def test_an_unknown_predecessor_is_named() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        propose_dates([ProposalItem("a", 1, ("nowhere",))], date(2026, 9, 28), CHINA)


def test_nothing_lasts_less_than_a_day() -> None:
    with pytest.raises(ValueError, match="a must last"):
        propose_dates([ProposalItem("a", 0)], date(2026, 9, 28), CHINA)


@given(
    durations=st.lists(st.integers(1, 60), min_size=1, max_size=8),
    start=st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    data=st.data(),
)
def test_each_item_lasts_its_days_and_follows_what_it_waits_for(
    durations: list[int], start: date, data: st.DataObject
) -> None:
    items = [
        ProposalItem(
            str(n),
            length,
            tuple(str(k) for k in range(n) if data.draw(st.booleans())),
            data.draw(st.integers(0, 5)),
        )
        for n, length in enumerate(durations)
    ]
    dates = propose_dates(items, start, CHINA)
    for item, (first, last) in zip(items, dates, strict=True):
        assert CHINA.is_workday(first)
        assert CHINA.is_workday(last)
        assert first >= start
        assert CHINA.workdays_in(first, last) == item.duration_workdays
        for before in item.after:
            gap = CHINA.workdays_between(dates[int(before)][1], first)
            assert gap >= 1 + item.lag_workdays
