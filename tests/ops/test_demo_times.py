"""When the story's days are, whenever it is told."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.ops.demo.times import StoryTime
from app.plans.workcalendar import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()


def told(now: datetime) -> StoryTime:
    return StoryTime(now=now, zone=ZONE, calendar=CALENDAR)


THURSDAY = told(datetime(2026, 11, 26, 8, 20, tzinfo=UTC))


def test_week_one_began_eight_weeks_before_the_present_week():
    assert THURSDAY.first_monday == date(2026, 9, 28)
    assert THURSDAY.day("9-4") == date(2026, 11, 26)
    assert THURSDAY.at("9-4 09:00") == datetime(2026, 11, 26, 1, 0, tzinfo=UTC)


def test_a_day_off_stands_for_the_working_day_before_it_in_its_week_else_the_next():
    assert THURSDAY.day("1-5") == date(2026, 9, 30)
    assert THURSDAY.day("2-1") == date(2026, 10, 8)


def test_tomorrow_is_the_next_working_day():
    assert told(datetime(2026, 11, 27, 8, 0, tzinfo=UTC)).day("+1") == date(2026, 11, 30)


@given(
    st.datetimes(datetime(2026, 1, 5), datetime(2029, 12, 1)),
    st.tuples(st.integers(1, 9), st.integers(1, 5), st.integers(8 * 60 + 30, 18 * 60)),
    st.tuples(st.integers(1, 9), st.integers(1, 5), st.integers(8 * 60 + 30, 18 * 60)),
)
def test_what_the_story_tells_later_never_happens_earlier(now, one, two):
    times = told(now.replace(tzinfo=UTC))
    (w1, d1, m1), (w2, d2, m2) = sorted([one, two])
    first = times.at(f"{w1}-{d1} {m1 // 60:02d}:{m1 % 60:02d}")
    second = times.at(f"{w2}-{d2} {m2 // 60:02d}:{m2 % 60:02d}")
    assert first <= second + timedelta(hours=1)  # after hours two days may still overlap


@given(st.datetimes(datetime(2026, 1, 5), datetime(2029, 12, 1)), st.integers(1, 9))
def test_what_was_on_time_on_friday_stays_on_time(now, week):
    times = told(now.replace(tzinfo=UTC))
    at = times.at(f"{week}-5 16:55").astimezone(ZONE)
    assert at.hour < 17
    assert CALENDAR.is_workday(at.date())
