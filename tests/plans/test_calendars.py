"""Whose days count: the company’s, a department’s, and leave in which nobody stands in."""

from datetime import date

import pytest

from app.accounts.models import Department
from app.core.db import db
from app.core.reading import one_reading
from app.plans.calendars import calendar_for, task_calendars, work_calendar
from app.plans.models import CalendarDay, DepartmentDay, Leave
from app.plans.workcalendar import DayKind, DayReason
from tests.sql import counted

TUESDAY, FRIDAY, SATURDAY = date(2026, 12, 1), date(2026, 12, 4), date(2026, 12, 5)


@pytest.fixture
def it(context):
    return db.session.scalars(db.select(Department).where(Department.key == "it")).one()


@pytest.fixture
def training(context):
    return db.session.scalars(db.select(Department).where(Department.key == "training")).one()


def rest(department, on, name="", *, works=False):
    db.session.add(DepartmentDay(department_id=department.id, on=on, is_workday=works, name=name))
    db.session.flush()


def away(person, first, last, substitute=None):
    db.session.add(
        Leave(
            person_id=person.id, first_on=first, last_on=last,
            substitute_id=substitute.id if substitute else None,
        )
    )  # fmt: skip
    db.session.flush()


def test_where_nobody_has_days_of_their_own_all_share_the_companys_calendar(it, people):
    with one_reading():
        company = work_calendar()
        found = task_calendars([(it.id, people.owner4.id), (None, None), (it.id, None)])
    assert len(found) == 3
    assert all(calendar is company for calendar in found.values())


def test_a_departments_day_stops_its_own_work_and_nobody_elses(it, training, people):
    rest(it, TUESDAY, "机房停电")
    rest(it, SATURDAY, "割接", works=True)
    found = task_calendars([(it.id, people.owner4.id), (training.id, people.owner2.id)])
    its, theirs = found[it.id, people.owner4.id], found[training.id, people.owner2.id]
    assert not its.is_workday(TUESDAY) and its.is_workday(SATURDAY)
    assert its.add_workdays(date(2026, 11, 30), 1) == date(2026, 12, 2)
    assert theirs.is_workday(TUESDAY) and not theirs.is_workday(SATURDAY)


def test_leave_stops_the_work_unless_somebody_stands_in(it, people):
    away(people.owner4, TUESDAY, FRIDAY)
    away(people.owner5, TUESDAY, FRIDAY, people.owner4)
    assert calendar_for(it.id, people.owner4.id).workdays_in(TUESDAY, FRIDAY) == 0
    assert calendar_for(None, people.owner5.id).workdays_in(TUESDAY, FRIDAY) == 4


def test_departments_and_peoples_days_lie_over_the_companys(it, people):
    db.session.add(CalendarDay(on=SATURDAY, is_workday=True, name="盘点"))
    rest(it, SATURDAY, "值班轮休")
    away(people.owner4, FRIDAY, SATURDAY)
    both = calendar_for(it.id, people.owner4.id)
    assert both.kind(FRIDAY) is DayKind.leave
    assert both.kind(SATURDAY) is DayKind.department_off
    assert calendar_for(None, people.owner4.id).kind(SATURDAY) is DayKind.leave
    assert calendar_for(it.id, None).is_workday(FRIDAY)


def test_each_day_says_why_it_is_off(it, people):
    db.session.add(CalendarDay(on=date(2026, 12, 31), is_workday=False, name="年会"))
    rest(it, TUESDAY, "机房停电")
    away(people.owner4, FRIDAY, FRIDAY)
    calendar = calendar_for(it.id, people.owner4.id)

    def why(*day, lang="en"):
        return calendar.reason(date(*day), lang)

    assert why(2026, 12, 1) == DayReason(DayKind.department_off, "机房停电", "IT")
    assert why(2026, 12, 1, lang="zh").whose == "信息技术部"
    assert why(2026, 12, 4) == DayReason(DayKind.leave, "", people.owner4.name)
    assert why(2026, 12, 5) == DayReason(DayKind.weekend)
    assert why(2026, 12, 31) == DayReason(DayKind.company_off, "年会")
    assert why(2026, 2, 14, lang="zh") == DayReason(DayKind.makeup)
    assert why(2026, 2, 17, lang="zh") == DayReason(DayKind.holiday, "春节")
    # A day off that was moved here has no name of its own.
    assert why(2026, 10, 7, lang="zh") == DayReason(DayKind.holiday)
    assert why(2026, 12, 2) == DayReason(DayKind.workday) and why(2026, 12, 2).is_workday


def test_a_whole_plan_costs_three_statements(it, training, people):
    rest(it, TUESDAY)
    away(people.owner4, FRIDAY, FRIDAY)
    departments = db.session.scalars(db.select(Department.id)).all()
    pairs = [(d, p) for d in departments for p in range(1, 40)]
    with counted() as statements:
        assert len(task_calendars(pairs)) == len(pairs)
    assert len(statements) == 3
    with one_reading():
        task_calendars(pairs)
        with counted() as again:
            task_calendars(iter(pairs))
        assert len(again) == 0


def test_two_with_the_same_days_share_one_calendar(it, people):
    rest(it, TUESDAY)
    found = task_calendars([(it.id, people.owner4.id), (it.id, people.owner5.id), (it.id, None)])
    assert len({id(calendar) for calendar in found.values()}) == 1
    away(people.owner5, FRIDAY, FRIDAY)
    pairs = [(key, people.owner5.id) for key in db.session.scalars(db.select(Department.id))]
    found = task_calendars(pairs)
    own = found[it.id, people.owner5.id]
    assert len({id(calendar) for calendar in found.values()}) == 2
    assert sum(calendar is own for calendar in found.values()) == 1
