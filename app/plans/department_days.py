"""Days on which one department rests although the company works, or the reverse.

The administrator enters them for any department, a head for the own one.
"""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Department, Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.events import announce
from app.plans.calendars import work_calendar
from app.plans.daybook import check_reach
from app.plans.events import CalendarChanged
from app.plans.models import DepartmentDay


def department_for(department_id: int, actor: Person) -> Department:
    """The department whose days the actor may change. Raises NotFound."""
    department = db.session.get(Department, department_id)
    if department is None or not may_set_days(actor, department):
        raise NotFound(_l("This page does not exist, or not for you."))
    return department


def may_set_days(actor: Person, department: Department) -> bool:
    """An administrator, and the department's head."""
    return actor.is_admin or department.head_id == actor.id


def own_day(department_id: int, day_id: int, actor: Person) -> DepartmentDay:
    """A day of a department that the actor may change. Raises NotFound."""
    department = department_for(department_id, actor)
    row = db.session.get(DepartmentDay, day_id)
    if row is None or row.department_id != department.id:
        raise NotFound(_l("This day is not in the department’s calendar."))
    return row


def set_department_day(
    department_id: int, on: date, is_workday: bool, name: str, *, actor: Person, now: datetime
) -> DepartmentDay:
    """Say that a department works or rests on a day; saying it again replaces it.

    Raises NotFound, DomainError (a day that is so for the whole company, a year out of reach).
    """
    department = department_for(department_id, actor)
    check_reach(on)
    if work_calendar().is_workday(on) == is_workday:
        raise DomainError(
            _l("The whole company works on this day anyway.")
            if is_workday
            else _l("The whole company is off on this day anyway."),
            "on",
        )
    row = db.session.scalar(
        select(DepartmentDay).where(
            DepartmentDay.department_id == department.id, DepartmentDay.on == on
        )
    )
    if row is None:
        row = DepartmentDay(department_id=department.id, on=on, is_workday=is_workday, name=name)
        db.session.add(row)
        changes = {
            "department_id": (None, department.id), "on": (None, on),
            "is_workday": (None, is_workday), "name": (None, name),
        }  # fmt: skip
    else:
        changes = audit.change(row, is_workday=is_workday, name=name)
    if changes:
        audit.record("set", row, actor_id=actor.id, now=now, changes=changes)
        announce(CalendarChanged((on,), actor.id, now))
    return row


def remove_department_day(department_id: int, day_id: int, *, actor: Person, now: datetime) -> date:
    """Let the company's calendar speak for the department again; answers the day."""
    row = own_day(department_id, day_id, actor)
    on = row.on
    audit.record(
        "removed",
        row,
        actor_id=actor.id,
        now=now,
        changes={
            "department_id": (row.department_id, None), "on": (on, None),
            "is_workday": (row.is_workday, None), "name": (row.name, None),
        },
    )  # fmt: skip
    db.session.delete(row)
    db.session.flush()
    announce(CalendarChanged((on,), actor.id, now))
    return on


def days_of_department(department_id: int, year: int) -> list[DepartmentDay]:
    """A department's own days of a year, in order."""
    return list(
        db.session.scalars(
            select(DepartmentDay)
            .where(DepartmentDay.department_id == department_id, *_in_year(year))
            .order_by(DepartmentDay.on)
        )
    )


def days_of_departments(department_ids: Collection[int], year: int) -> list[DepartmentDay]:
    """The own days of several departments in a year, with their departments, in order."""
    return list(
        db.session.scalars(
            select(DepartmentDay)
            .where(DepartmentDay.department_id.in_(department_ids), *_in_year(year))
            .options(joinedload(DepartmentDay.department))
            .order_by(DepartmentDay.on, DepartmentDay.department_id)
        )
    )


def days_by_department(year: int) -> list[tuple[Department, int]]:
    """Departments in use with how many days of a year are their own: two statements."""
    counts = Counter(db.session.scalars(select(DepartmentDay.department_id).where(*_in_year(year))))
    departments = db.session.scalars(
        select(Department).where(Department.is_active).order_by(Department.id)
    )
    return [(department, counts[department.id]) for department in departments]


def headed_departments(person: Person) -> list[Department]:
    """Departments in use that the person heads."""
    return list(
        db.session.scalars(
            select(Department)
            .where(Department.is_active, Department.head_id == person.id)
            .order_by(Department.id)
        )
    )


def _in_year(year: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DepartmentDay.on >= date(year, 1, 1), DepartmentDay.on <= date(year, 12, 31)
