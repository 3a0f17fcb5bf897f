"""Dates become places on a calendar that begins on a Monday."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import WorkCalendar
from app.tasks.chart import (
    DrawnLink,
    Span,
    bar_of,
    link_parts,
    months_of,
    rests_of,
    span_of,
    weeks_of,
)

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))


@given(st.lists(DAYS, min_size=1, max_size=6))
def test_the_span_holds_whole_weeks_around_all_days(days):
    span = span_of(days)
    assert span.first.weekday() == 0 and span.last.weekday() == 6
    assert span.first <= min(days) and max(days) <= span.last
    assert span.days % 7 == 0


@given(DAYS, st.integers(0, 400), st.integers(0, 100), st.integers(0, 60))
def test_a_bar_never_leaves_its_span_and_its_parts_fill_it(start, length, percent, late):
    finish = start + timedelta(days=length)
    baseline = (start, max(start, finish - timedelta(days=late)))
    span = span_of([start, finish])
    bar = bar_of(span, start, finish, percent, baseline)
    whole = bar.done_width + bar.rest_width
    assert bar.left >= 0 and bar.left + whole <= 100.01
    assert abs(bar.done_width - whole * percent / 100) < 0.01
    if finish > baseline[1]:
        assert abs(bar.late_left + bar.late_width - bar.left - whole) < 0.01
    else:
        assert bar.late_width is None


def test_months_and_weeks_fill_the_span_without_gaps():
    span = Span(date(2026, 9, 28), date(2027, 2, 14))
    for rows in (months_of(span), weeks_of(span)):
        end = 0.0
        for left, width, _name in rows:
            assert abs(left - end) < 0.02
            end = left + width
        assert abs(end - 100) < 0.05
    assert weeks_of(span)[0][2] == 40 and weeks_of(span)[13][2] == 53


def test_holidays_stand_apart_from_weekends_and_makeup_days_are_no_rest():
    span = Span(date(2026, 9, 28), date(2026, 10, 11))
    rests = rests_of(span, WorkCalendar())
    off = {
        span.first + timedelta(days=r.offset + n): r.is_holiday
        for r in rests
        for n in range(r.length)
    }
    assert off[date(2026, 10, 1)] is True
    assert off[date(2026, 10, 11)] is False
    assert date(2026, 10, 10) not in off


def test_today_outside_the_span_is_not_drawn():
    span = Span(date(2026, 9, 28), date(2026, 10, 4))
    assert span.middle(date(2026, 10, 5)) is None
    assert span.middle(date(2026, 9, 28)) == round(50 / 7, 3)


def test_a_link_leaves_one_line_passes_others_and_arrives_from_above_or_below():
    lines = [("a", 0.0, 10.0), ("b", 20.0, 30.0), ("c", 40.0, 50.0)]
    down = link_parts(lines, [DrawnLink("a", "c")])
    assert [(p.kind, p.x, p.from_x, p.is_up) for row in down for p in row] == [
        ("out", 40.0, 10.0, False), ("through", 40.0, 10.0, False), ("in", 40.0, 10.0, False),
    ]  # fmt: skip
    up = link_parts(lines, [DrawnLink("c", "a", "SF"), DrawnLink("c", "gone")])
    assert [(p.kind, p.x, p.from_x, p.is_up, p.is_at_end) for row in up for p in row] == [
        ("in", 10.0, 40.0, True, True), ("through", 10.0, 40.0, True, True),
        ("out", 10.0, 40.0, True, True),
    ]  # fmt: skip
