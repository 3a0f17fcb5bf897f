"""A published worked example of the critical path method, reproduced to the day.

The example is the Reliable Construction Co. project: F. S. Hillier and G. J. Lieberman,
Introduction to Operations Research, 10th edition (McGraw-Hill 2015), chapter 22 "Project Management
with PERT/CPM": the activity list (section 22.1), the earliest and latest times, the slack and the
critical path START → A → B → C → E → F → J → L → N → FINISH of 44 weeks (section 22.3). The same
example stands in the 7th edition (2001) as chapter 10, sections 10.1 and 10.3.

The book counts weeks from 0. A week of the book is here a working day of the calendar, so that the
44 run over weekends, the mid-autumn and National Day holidays of 2026 and their make-up workdays;
then, once more, a week of the book is five working days.
"""

from datetime import date

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
