"""What the schedule does, sentence by sentence."""

from datetime import date, timedelta

import pytest

from app.plans.workcalendar import DayKind, WorkCalendar
from app.tasks.schedule import Activity, Dependency, Timing, schedule

CHINA = WorkCalendar()
MONDAY = date(2026, 9, 7)


@pytest.mark.parametrize(
    ("activities", "links", "words"),
    [
        ([Activity("a", 1), Activity("a", 2)], [], "twice"),
        ([Activity("a", -1)], [], "less than nothing"),
        ([Activity("a", 1)], [Dependency("a", "b")], "b, which does not exist"),
        ([Activity("a", 1)], [Dependency("b", "a")], "b, which does not exist"),
        ([Activity("a", 1), Activity("b", 1)], [Dependency("a", "b", "XX")], "no kind"),
        ([Activity("a", 1, fixed=(date(2026, 9, 8), MONDAY))], [], "before it starts"),
    ],
)
def test_what_makes_no_sense_is_refused(activities, links, words) -> None:
    with pytest.raises(ValueError, match=words):
        schedule(activities, links, CHINA, MONDAY)


def test_an_empty_plan_begins_and_ends_on_its_first_day() -> None:
    empty = schedule([], [], CHINA, MONDAY)
    assert (empty.start, empty.finish, dict(empty.timings)) == (MONDAY, MONDAY, {})


def two(kind: str, lag: int = 0, before: int = 5, after: int = 3, start: date = MONDAY) -> Timing:
    """When the second of two starts and ends."""
    activities = [Activity("one", before), Activity("two", after)]
    return schedule(activities, [Dependency("one", "two", kind, lag)], CHINA, start).timings["two"]


def test_work_begins_on_the_working_day_after_the_last_one_ended() -> None:
    # Monday to Friday, then Monday to Wednesday.
    assert (two("FS").start, two("FS").finish) == (date(2026, 9, 14), date(2026, 9, 16))


def test_a_lag_leaves_so_many_working_days_between() -> None:
    assert two("FS", 2).start == date(2026, 9, 16)


def test_a_lead_lets_the_second_begin_before_the_first_has_ended() -> None:
    assert two("FS", -2).start == date(2026, 9, 10)


def test_no_lead_goes_back_before_the_plan_begins() -> None:
    assert two("FS", -20).start == MONDAY


def test_start_to_start_with_a_lag() -> None:
    assert (two("SS").start, two("SS", 2).start) == (MONDAY, date(2026, 9, 9))


def test_finish_to_finish_holds_the_end() -> None:
    assert (two("FF").start, two("FF").finish) == (date(2026, 9, 9), date(2026, 9, 11))
    assert two("FF", 1).finish == date(2026, 9, 14)


def test_a_lead_reaches_back_over_the_weekend() -> None:
    # The first ends on Monday the 14th; a working day before that evening is Friday's evening.
    late = two("FF", -1, before=6)
    assert late.finish == date(2026, 9, 11)
    assert two("FS", -1, before=6).start == date(2026, 9, 14)


def test_the_night_shift_before_a_monday_ends_on_friday() -> None:
    activities = [Activity("day", 3, not_before=date(2026, 9, 14)), Activity("night", 2)]
    night = schedule(activities, [Dependency("day", "night", "SF")], CHINA, MONDAY).timings["night"]
    assert night.finish == date(2026, 9, 11)


def test_start_to_finish_holds_the_end_by_the_start_of_the_other() -> None:
    # The night shift may not go before the day shift has come.
    activities = [Activity("day", 3, not_before=date(2026, 9, 16)), Activity("night", 2)]
    night = schedule(activities, [Dependency("day", "night", "SF")], CHINA, MONDAY).timings["night"]
    assert (night.start, night.finish) == (date(2026, 9, 14), date(2026, 9, 15))


def test_make_up_workdays_are_worked_and_holidays_are_not() -> None:
    # The Sunday 20 September 2026 is worked; 25 to 27 September and 1 to 7 October are off;
    # the Saturday 10 October is worked.
    row = schedule([Activity("one", 14)], [], CHINA, date(2026, 9, 18)).timings["one"]
    worked = [date(2026, 9, 18) + timedelta(n) for n in range(40)]
    worked = [day for day in worked if CHINA.is_workday(day)]
    assert date(2026, 9, 20) in worked and date(2026, 10, 10) in worked
    assert date(2026, 9, 25) not in worked and date(2026, 10, 1) not in worked
    assert row.finish == worked[13]
    # A lag of one working day over the holiday takes the make-up Saturday with it.
    after = two("FS", 2, before=1, after=1, start=date(2026, 10, 8))
    assert after.start == date(2026, 10, 11) + timedelta(1)


def test_an_activity_keeps_the_days_of_its_own_calendar() -> None:
    saturday = WorkCalendar(overrides={date(2026, 9, 12): DayKind.company_work})
    activities = [Activity("one", 5), Activity("two", 1, calendar=saturday), Activity("three", 1)]
    links = [Dependency("one", "two"), Dependency("two", "three")]
    dated = schedule(activities, links, CHINA, MONDAY).timings
    assert dated["two"].start == date(2026, 9, 12)
    assert dated["three"].start == date(2026, 9, 14)


def test_a_milestone_stands_on_the_evening_of_the_last_day() -> None:
    activities = [Activity("one", 5), Activity("there", 0), Activity("two", 1)]
    links = [Dependency("one", "there"), Dependency("there", "two")]
    dated = schedule(activities, links, CHINA, MONDAY).timings
    assert dated["there"].finish == date(2026, 9, 11)
    assert dated["two"].start == date(2026, 9, 14)


def test_a_deadline_moves_nothing_but_makes_the_float_negative() -> None:
    activities = [Activity("one", 5), Activity("two", 3, not_after=date(2026, 9, 14))]
    dated = schedule(activities, [Dependency("one", "two")], CHINA, MONDAY).timings
    assert dated["two"].finish == date(2026, 9, 16)
    assert (dated["one"].total_float, dated["two"].total_float) == (-2, -2)


def test_a_fixed_date_stands_and_what_breaks_it_has_negative_float() -> None:
    pinned = (date(2026, 9, 10), date(2026, 9, 11))
    activities = [Activity("one", 5), Activity("two", 2, fixed=pinned)]
    dated = schedule(activities, [Dependency("one", "two")], CHINA, MONDAY).timings
    assert (dated["two"].start, dated["two"].finish) == pinned
    assert dated["one"].total_float == -2


def test_a_fixed_date_that_misses_its_deadline_blames_nobody_before_it() -> None:
    pinned = (date(2026, 9, 21), date(2026, 9, 22))
    activities = [
        Activity("one", 5),
        Activity("two", 2, fixed=pinned, not_after=date(2026, 9, 9)),
    ]
    dated = schedule(activities, [Dependency("one", "two")], CHINA, MONDAY).timings
    assert dated["two"].total_float < 0
    # Being earlier would not help: the second stands where it stands.
    assert dated["one"].total_float == 6
