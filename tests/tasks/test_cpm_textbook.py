"""Published worked examples of the critical path method, reproduced to the day.

The first is the Reliable Construction Co. project: F. S. Hillier and G. J. Lieberman,
Introduction to Operations Research, 10th edition (McGraw-Hill 2015), chapter 22 "Project Management
with PERT/CPM": the activity list (section 22.1), the earliest and latest times, the slack and the
critical path START → A → B → C → E → F → J → L → N → FINISH of 44 weeks (section 22.3). The same
example stands in the 7th edition (2001) as chapter 10, sections 10.1 and 10.3.

The book counts weeks from 0. A week of the book is here a working day of the calendar, so that the
44 run over weekends, the mid-autumn and National Day holidays of 2026 and their make-up workdays;
then, once more, a week of the book is five working days.

The second is dated, and has free floats: the widget manufacturing project of SAS/OR User's Guide:
Project Management, chapter 4 "The CPM Procedure", example 4.6 "Changing Duration Units" with
INTERVAL=WEEKDAY, output 4.6.1.
"""

from datetime import date, timedelta

import pytest

from app.plans.workcalendar import WorkCalendar
from app.tasks.schedule import Activity, Dependency, Schedule, schedule

CHINA = WorkCalendar()
MONDAY = date(2026, 9, 7)

# Activity: what it waits for, duration, then earliest start and finish, latest start and finish,
# slack; all in weeks of the book.
BOOK = {
    "A": ("", 2, 0, 2, 0, 2, 0),
    "B": ("A", 4, 2, 6, 2, 6, 0),
    "C": ("B", 10, 6, 16, 6, 16, 0),
    "D": ("C", 6, 16, 22, 20, 26, 4),
    "E": ("C", 4, 16, 20, 16, 20, 0),
    "F": ("E", 5, 20, 25, 20, 25, 0),
    "G": ("D", 7, 22, 29, 26, 33, 4),
    "H": ("EG", 9, 29, 38, 33, 42, 4),
    "I": ("C", 7, 16, 23, 18, 25, 2),
    "J": ("FI", 8, 25, 33, 25, 33, 0),
    "K": ("J", 4, 33, 37, 34, 38, 1),
    "L": ("J", 5, 33, 38, 33, 38, 0),
    "M": ("H", 2, 38, 40, 42, 44, 4),
    "N": ("KL", 6, 38, 44, 38, 44, 0),
}
CRITICAL = "ABCEFJLN"
WEEKS = 44


def project(days_a_week: int) -> Schedule:
    """The book's project, its weeks made working days."""
    activities = [Activity(key, row[1] * days_a_week) for key, row in BOOK.items()]
    links = [Dependency(before, key) for key, row in BOOK.items() for before in row[0]]
    return schedule(activities, links, CHINA, MONDAY)


def worked_days() -> list[date]:
    """The working days from the Monday on, found one by one."""
    days, day = [], MONDAY.toordinal()
    while len(days) < 5 * WEEKS:
        if CHINA.is_workday(date.fromordinal(day)):
            days.append(date.fromordinal(day))
        day += 1
    return days


@pytest.mark.parametrize("days_a_week", [1, 5])
@pytest.mark.parametrize("key", list(BOOK))
def test_every_date_and_slack_is_the_books(key: str, days_a_week: int) -> None:
    _waits, _duration, *weeks = BOOK[key]
    start, finish, late_start, late_finish, slack = (n * days_a_week for n in weeks)
    days, timing = worked_days(), project(days_a_week).timings[key]
    # "Finished by 2" is the evening of the second day.
    assert timing.start == days[start]
    assert timing.finish == days[finish - 1]
    assert timing.late_start == days[late_start]
    assert timing.late_finish == days[late_finish - 1]
    assert timing.total_float == slack


def test_the_critical_path_is_the_books() -> None:
    dated = project(1)
    critical = [key for key in BOOK if dated.timings[key].is_critical]
    assert critical == list(CRITICAL)
    assert CHINA.workdays_in(dated.start, dated.finish) == WEEKS
    # Each begins because the one before it in the chain has ended.
    for before, after in zip(CRITICAL, CRITICAL[1:], strict=False):
        links = [driver.link for driver in dated.timings[after].drivers]
        assert Dependency(before, after) in links


def test_the_44_days_run_over_the_holidays() -> None:
    # By hand: 15 working days from 7 to 24 September (the Sunday 20th is worked), 3 from the 28th
    # to the 30th, 18 from 8 to 30 October (the Saturday 10th is worked), 8 in November.
    assert project(1).finish == date(2026, 11, 11)


def test_what_does_not_lie_on_the_path_may_slip_by_its_slack_and_no_further() -> None:
    # Section 22.3: slack is what an activity can be late without the project being late.
    for key, row in BOOK.items():
        slack = row[-1]
        begin = project(1).timings[key].start
        for days, is_late in ((slack, False), (slack + 1, True)):
            held = CHINA.add_workdays(begin, days)
            activities = [
                Activity(name, other[1], not_before=held if name == key else None)
                for name, other in BOOK.items()
            ]
            links = [Dependency(b, name) for name, other in BOOK.items() for b in other[0]]
            dated = schedule(activities, links, CHINA, MONDAY)
            assert (dated.finish > project(1).finish) == is_late, key


# SAS/OR, output 4.6.1: duration in weekdays, then E_START, E_FINISH, L_START, L_FINISH, T_FLOAT and
# F_FLOAT as printed there.
WIDGET = {
    "Approve Plan": (5, "01DEC03 05DEC03 01DEC03 05DEC03", 0, 0),
    "Drawings": (10, "08DEC03 19DEC03 08DEC03 19DEC03", 0, 0),
    "Study Market": (5, "08DEC03 12DEC03 19JAN04 23JAN04", 30, 0),
    "Write Specs": (5, "08DEC03 12DEC03 15DEC03 19DEC03", 5, 5),
    "Prototype": (15, "22DEC03 09JAN04 22DEC03 09JAN04", 0, 0),
    "Mkt. Strat.": (10, "15DEC03 26DEC03 26JAN04 06FEB04", 30, 30),
    "Materials": (10, "12JAN04 23JAN04 12JAN04 23JAN04", 0, 0),
    "Facility": (10, "12JAN04 23JAN04 12JAN04 23JAN04", 0, 0),
    "Init. Prod.": (10, "26JAN04 06FEB04 26JAN04 06FEB04", 0, 0),
    "Evaluate": (10, "09FEB04 20FEB04 16FEB04 27FEB04", 5, 5),
}
# Of the last activities only the end of the whole is held to what is printed: 8 March 2004, where a
# milestone of no length stands in the morning, here the evening of Friday the 5th.
WIDGET_END = {"Test Market": 15, "Changes": 5, "Production": 0, "Marketing": 0}
WIDGET_LINKS = {
    "Approve Plan": ("Drawings", "Study Market", "Write Specs"),
    "Drawings": ("Prototype",),
    "Study Market": ("Mkt. Strat.",),
    "Write Specs": ("Prototype",),
    "Prototype": ("Materials", "Facility"),
    "Mkt. Strat.": ("Test Market", "Marketing"),
    "Materials": ("Init. Prod.",),
    "Facility": ("Init. Prod.",),
    "Init. Prod.": ("Test Market", "Marketing", "Evaluate"),
    "Evaluate": ("Changes",),
    "Test Market": ("Changes",),
    "Changes": ("Production",),
}


def widgets() -> Schedule:
    lengths = {key: row[0] for key, row in WIDGET.items()} | WIDGET_END
    # No official arrangement is known of these years: weekdays are worked, weekends are not.
    return schedule(
        [Activity(key, days) for key, days in lengths.items()],
        [Dependency(before, key) for before, keys in WIDGET_LINKS.items() for key in keys],
        CHINA,
        date(2003, 12, 1),
    )


@pytest.mark.parametrize("key", list(WIDGET))
def test_every_printed_date_and_both_floats_are_the_manuals(key: str) -> None:
    _days, printed, total_float, free_float = WIDGET[key]
    timing = widgets().timings[key]
    found = (timing.start, timing.finish, timing.late_start, timing.late_finish)
    assert [day.strftime("%d%b%y").upper() for day in found] == printed.split()
    assert (timing.total_float, timing.free_float) == (total_float, free_float)


def test_the_widgets_are_made_by_the_morning_of_the_8th_of_march() -> None:
    assert CHINA.next_workday(widgets().finish + timedelta(1)) == date(2004, 3, 8)
