"""The working calendar of this installation, and who is away when, read from the database."""

from collections import defaultdict
from datetime import date

from sqlalchemy import select

from app.core.db import db
from app.core.reading import read_once
from app.plans.models import CalendarDay, Leave
from app.plans.workcalendar import DayKind, WorkCalendar


@read_once
def work_calendar() -> WorkCalendar:
    """The official days with the company's own on top."""
    return WorkCalendar(
        overrides={
            row.on: DayKind.company_work if row.is_workday else DayKind.company_off
            for row in db.session.execute(select(CalendarDay.on, CalendarDay.is_workday))
        }
    )


def leaves_by_person(person_ids: list[int] | None = None) -> dict[int, list[tuple[date, date]]]:
    """First and last days of everybody's leave, by person."""
    statement = select(Leave.person_id, Leave.first_on, Leave.last_on)
    if person_ids is not None:
        statement = statement.where(Leave.person_id.in_(person_ids))
    away: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for person_id, first, last in db.session.execute(statement):
        away[person_id].append((first, last))
    return away


def substitute_of(person_id: int, on: date) -> int | None:
    """Who stands in for the person on that day, or None when they are not away."""
    return db.session.scalar(
        select(Leave.substitute_id).where(
            Leave.person_id == person_id, Leave.first_on <= on, Leave.last_on >= on
        )
    )
