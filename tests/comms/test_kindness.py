"""Mail comes when it is welcome, to whoever is there, and many at one time come as one."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comms.due import DueMessage, Rule
from app.comms.kindness import USUAL, Habits, bundle_of, handed_over, is_quiet, welcome_at
from app.plans.workcalendar import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()
THURSDAY, FRIDAY, SUNDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 29)
MONDAY = date(2026, 11, 30)


def at(day: date, hour: int = 9, minute: int = 7) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE).astimezone(UTC)


def welcome(when: datetime, habits: Habits = USUAL, away=()) -> datetime:
    return welcome_at(when, habits, CALENDAR, ZONE, away)


@pytest.mark.parametrize(
    ("due", "habits", "away", "comes"),
    [
        (at(THURSDAY), USUAL, (), at(THURSDAY)),
        # Quiet from eight in the evening to half past seven.
        (at(THURSDAY, 21, 0), USUAL, (), at(FRIDAY, 9, 7)),
        (at(THURSDAY, 6, 0), USUAL, (), at(THURSDAY, 7, 30)),
        (at(THURSDAY, 20, 0), USUAL, (), at(FRIDAY, 9, 7)),
        (at(THURSDAY, 7, 30), USUAL, (), at(THURSDAY, 7, 30)),
        # A day off waits for the morning's reminders.
        (at(SUNDAY, 11, 0), USUAL, (), at(MONDAY, 9, 7)),
        # One mail a day, at that person's time.
        (at(THURSDAY), Habits(daily=time(16, 30)), (), at(THURSDAY, 16, 30)),
        (at(THURSDAY, 17, 0), Habits(daily=time(16, 30)), (), at(FRIDAY, 16, 30)),
        # Mondays only.
        (at(THURSDAY), Habits(days=frozenset({0})), (), at(MONDAY, 9, 7)),
        # On leave, with nobody standing in: the morning they are back.
        (at(THURSDAY), USUAL, ((THURSDAY, SUNDAY, None),), at(MONDAY, 9, 7)),
        # Somebody who rises late gets the morning's mail then.
        (at(SUNDAY), Habits(quiet_from=time(18), quiet_until=time(10)), (), at(MONDAY, 10, 0)),
        (at(THURSDAY, 3, 0), Habits(quiet_from=time(0), quiet_until=time(0)), (),
         at(THURSDAY, 3, 0)),
    ],
)  # fmt: skip
def test_a_mail_waits_until_it_is_welcome(due, habits, away, comes):
    assert welcome(due, habits, away) == comes


times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
habits = st.builds(
    Habits,
    is_together=st.booleans(),
    daily=st.none() | times,
    # Somebody with Saturdays alone waits for the next make-up workday, which may be a year away.
    days=st.frozensets(st.integers(0, 6)).map(lambda days: days | {2}),
    quiet_from=times,
    quiet_until=times,
)
leaves = st.lists(
    st.tuples(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 20)).map(
        lambda span: (span[0], span[0] + timedelta(days=span[1]), None)
    ),
    max_size=3,
)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),
    habits,
    leaves,
)
def test_whenever_it_comes_it_is_welcome_and_never_early(due, habits, away):
    comes = welcome_at(due, habits, CALENDAR, ZONE, away)
    assert comes >= due
    local = comes.astimezone(ZONE)
    assert CALENDAR.is_workday(local.date()) and local.weekday() in habits.days
    assert not any(first <= local.date() <= last for first, last, _who in away)
    if habits.daily is not None:
        assert local.time() == habits.daily
    else:
        assert not is_quiet(local.time(), habits)
    # What is welcome comes at once, and looking again changes nothing.
    assert welcome_at(comes, habits, CALENDAR, ZONE, away) == comes


def test_what_comes_at_one_time_is_one_mail_unless_the_person_wants_each():
    first = bundle_of(7, at(THURSDAY), at(THURSDAY), USUAL)
    assert first == bundle_of(7, at(THURSDAY), at(THURSDAY), USUAL)
    assert first != bundle_of(8, at(THURSDAY), at(THURSDAY), USUAL)
    assert first != bundle_of(7, at(FRIDAY), at(FRIDAY), USUAL)
    each = Habits(is_together=False)
    assert bundle_of(7, at(THURSDAY), at(THURSDAY), each) is None
    # Held back over night, everything comes in one, and joins the morning's reminders.
    assert bundle_of(7, at(THURSDAY, 21, 0), at(FRIDAY), each) == bundle_of(
        7, at(FRIDAY), at(FRIDAY), USUAL
    )


@dataclass(frozen=True)
class Thing:
    object_key: str = "task:1"
    occurrence: str = "x"


# Who takes part, and of what they may be told.
BOTH = {1: {"task"}, 2: {"task"}}


def message(recipient: int, when: datetime | None = None) -> DueMessage:
    return DueMessage(when or at(THURSDAY), Rule("task.today", "task", 0), Thing(), recipient)


def test_who_stands_in_is_told_instead_of_whoever_is_on_leave():
    leaves = {1: [(THURSDAY, FRIDAY, 2)]}
    [given_on] = handed_over([message(1)], leaves, BOTH, ZONE)
    assert (given_on.recipient, given_on.stands_in_for) == (2, 1)
    [back] = handed_over([message(1, at(MONDAY))], leaves, BOTH, ZONE)
    assert (back.recipient, back.stands_in_for) == (1, None)


def test_a_substitute_who_has_no_part_in_the_plan_is_not_told():
    [kept] = handed_over([message(1)], {1: [(THURSDAY, FRIDAY, 2)]}, {1: {"task"}}, ZONE)
    assert kept.recipient == 1


def test_a_substitute_who_may_not_see_such_a_thing_is_not_told():
    readers = {1: {"task"}, 2: {"meeting"}}
    [kept] = handed_over([message(1)], {1: [(THURSDAY, FRIDAY, 2)]}, readers, ZONE)
    assert (kept.recipient, kept.stands_in_for) == (1, None)


def test_a_substitute_who_is_told_anyway_is_told_once_and_for_themselves():
    [once] = handed_over([message(1), message(2)], {1: [(THURSDAY, FRIDAY, 2)]}, BOTH, ZONE)
    assert (once.recipient, once.stands_in_for) == (2, None)
