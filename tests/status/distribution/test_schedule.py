"""When packs go out: in their rhythm, on working days alone, each slot once."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.workcalendar import DayKind, WorkCalendar
from app.status.distribution.schedule import Cadence, Rhythm, newest_slot, next_slot

CHINA = ZoneInfo("Asia/Shanghai")
OFFICIAL = WorkCalendar()
FRIDAYS = Rhythm(Cadence.weekly, 4, time(17))
MONTHLY = Rhythm(Cadence.monthly, 4, time(9, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def days_of(
    rhythm: Rhythm, first: str, count: int, calendar: WorkCalendar = OFFICIAL
) -> list[date]:
    after, found = at(first), []
    for _n in range(count):
        slot = next_slot(rhythm, calendar, CHINA, after)
        found.append(slot.on)
        after = slot.at
    return found


def test_every_friday_at_the_hour_of_the_plan_s_zone() -> None:
    slot = next_slot(FRIDAYS, OFFICIAL, CHINA, at("2026-11-26T16:20"))
    assert slot.at == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    assert slot.on == slot.meant_on == date(2026, 11, 27)
    assert next_slot(FRIDAYS, OFFICIAL, CHINA, slot.at).on == date(2026, 12, 4)


def test_a_day_off_moves_it_to_the_working_day_before() -> None:
    # Friday 2026-09-25 is Mid-Autumn.
    slot = next_slot(FRIDAYS, OFFICIAL, CHINA, at("2026-09-21T08:00"))
    assert (slot.on, slot.meant_on) == (date(2026, 9, 24), date(2026, 9, 25))


def test_a_monday_that_is_off_is_sent_on_the_friday_before() -> None:
    calendar = WorkCalendar(overrides={date(2026, 11, 30): DayKind.company_off})
    mondays = Rhythm(Cadence.weekly, 0, time(9))
    assert days_of(mondays, "2026-11-24T00:00", 2, calendar) == [
        date(2026, 11, 27), date(2026, 12, 7),
    ]  # fmt: skip


def test_a_week_that_is_off_as_a_whole_has_no_pack_of_its_own() -> None:
    # Week 8 of 2026 is Spring Festival from Monday to Sunday.
    assert OFFICIAL.last_workday_of_week(2026, 8) is None
    found = days_of(FRIDAYS, "2026-02-09T00:00", 2)
    assert found == [date(2026, 2, 13), date(2026, 2, 27)]


def test_two_named_days_without_a_working_day_between_them_are_one_pack() -> None:
    # Wednesday 7 October lies in the holidays that begin on Thursday 1 October.
    wednesdays = Rhythm(Cadence.weekly, 2, time(17))
    assert days_of(wednesdays, "2026-09-28T00:00", 2) == [date(2026, 9, 30), date(2026, 10, 14)]


def test_a_month_ends_on_its_last_working_day() -> None:
    assert days_of(MONTHLY, "2026-11-01T00:00", 4) == [
        date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 29), date(2027, 2, 26),
    ]  # fmt: skip


def test_the_newest_slot_is_the_one_that_has_come() -> None:
    assert newest_slot(FRIDAYS, OFFICIAL, CHINA, at("2026-11-27T16:59")).on == date(2026, 11, 20)
    assert newest_slot(FRIDAYS, OFFICIAL, CHINA, at("2026-11-27T17:00")).on == date(2026, 11, 27)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_the_hour_is_that_of_the_zone_all_the_year(zone: str) -> None:
    tz, after = ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC)
    for _week in range(60):
        slot = next_slot(FRIDAYS, OFFICIAL, tz, after)
        assert slot.at.astimezone(tz).time() == time(17)
        after = slot.at


rhythms = st.builds(Rhythm, st.sampled_from(Cadence), st.integers(0, 4), st.times())
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
calendars = st.builds(
    WorkCalendar,
    overrides=st.dictionaries(
        st.dates(date(2020, 1, 1), date(2035, 12, 31)),
        st.sampled_from([DayKind.company_off, DayKind.company_work]), max_size=40,
    ),
)  # fmt: skip


@given(rhythms, calendars, instants)
def test_a_slot_is_on_a_working_day_and_the_first_after(
    rhythm: Rhythm, calendar: WorkCalendar, now: datetime
) -> None:
    slot = next_slot(rhythm, calendar, CHINA, now)
    assert slot.at > now
    assert calendar.is_workday(slot.on)
    assert slot.at.astimezone(CHINA).date() == slot.on
    # It is the working day on or before the day that the rhythm names.
    assert calendar.previous_workday(slot.meant_on) == slot.on
    if rhythm.cadence is Cadence.weekly:
        assert slot.meant_on.weekday() == rhythm.weekday
    else:
        assert (slot.meant_on + timedelta(days=1)).day == 1


@given(rhythms, calendars, instants)
def test_next_and_newest_agree(rhythm: Rhythm, calendar: WorkCalendar, now: datetime) -> None:
    coming = next_slot(rhythm, calendar, CHINA, now)
    assert newest_slot(rhythm, calendar, CHINA, coming.at) == coming
    past = newest_slot(rhythm, calendar, CHINA, now)
    assert past.at <= now
    assert next_slot(rhythm, calendar, CHINA, past.at) == coming
    before = next_slot(rhythm, calendar, CHINA, past.at - timedelta(microseconds=1))
    assert before == past


@given(rhythms, calendars, st.dates(date(2020, 1, 1), date(2034, 1, 1)))
def test_no_named_day_is_left_out(rhythm: Rhythm, calendar: WorkCalendar, first: date) -> None:
    """Counted the long way: every named day's working day, once."""
    days = [first + timedelta(days=n) for n in range(120)]
    if rhythm.cadence is Cadence.weekly:
        named = [d for d in days if d.weekday() == rhythm.weekday
                 and any(calendar.is_workday(d + timedelta(days=n - d.weekday()))
                         for n in range(7))]  # fmt: skip
    else:
        named = [d for d in days if (d + timedelta(days=1)).month != d.month]
    meant = {calendar.previous_workday(d) for d in named}
    begin = datetime.combine(first, time(), tzinfo=CHINA) - timedelta(microseconds=1)
    found, after = set(), begin
    while after < begin + timedelta(days=120):
        slot = next_slot(rhythm, calendar, CHINA, after)
        found.add(slot.on)
        after = slot.at
    inside = (first + timedelta(days=30), first + timedelta(days=60))
    assert {d for d in found if inside[0] <= d <= inside[1]} == {
        d for d in meant if inside[0] <= d <= inside[1]
    }
