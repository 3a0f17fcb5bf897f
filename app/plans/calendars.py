"""The working calendar of this installation, and who is away when, read from the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import select

from app.accounts.models import Department, Person
from app.core.db import db
from app.core.localtext import LocalText
from app.core.reading import read_once
from app.plans.models import CalendarDay, DaySource, DepartmentDay, Leave
from app.plans.workcalendar import DayKind, DayWords, WorkCalendar, official_kind, official_words

# Whose days count: a department and an owner, either of which may be nobody.
Pair = tuple[int | None, int | None]


@read_once
def work_calendar() -> WorkCalendar:
    """The official days with the imported ones and the company's own on top. A year is published
    while days stand in it that were imported with its whole arrangement."""
    kinds, words, published = {}, {}, set()
    for on, is_workday, name, source in db.session.execute(
        select(CalendarDay.on, CalendarDay.is_workday, CalendarDay.name, CalendarDay.source)
    ):
        if source is DaySource.own:
            kinds[on] = DayKind.company_work if is_workday else DayKind.company_off
            words[on] = DayWords((name, name))
            continue
        kinds[on] = official_kind(on, is_workday)
        words[on] = official_words(on, name)
        if source is DaySource.published:
            published.add(on.year)
    return WorkCalendar(kinds, words, frozenset(published))


def task_calendars(pairs: Iterable[Pair]) -> dict[Pair, WorkCalendar]:
    """For each (department_id, owner_id) the calendar by which their work runs: the company's, with
    the department's days on top, and the person's leave off on days when nobody stands in.

    Three statements, however many pairs. Where nothing differs the answer is the very object that
    `work_calendar()` gave, and pairs whose days are the same share theirs.
    """
    return _task_calendars(frozenset(pairs))


@read_once
def _task_calendars(pairs: frozenset[Pair]) -> dict[Pair, WorkCalendar]:
    company = work_calendar()
    by_department = {
        department_id: company.overlaid(*days)
        for department_id, days in _department_days({d for d, _p in pairs if d}).items()
    }
    away = _leaves_without_substitute({p for _d, p in pairs if p})
    made: dict[Pair, WorkCalendar] = {}
    for department_id, person_id in pairs:
        # Who has no days of their own shares the calendar beneath.
        key = (
            department_id if department_id in by_department else None,
            person_id if person_id in away else None,
        )
        if key not in made:
            made[key] = by_department.get(key[0] or 0, company)
            if key[1] is not None:
                made[key] = _without_leave(made[key], away[key[1]])
        made[department_id, person_id] = made[key]
    return {pair: made[pair] for pair in pairs}


def calendar_for(department_id: int | None, person_id: int | None) -> WorkCalendar:
    """The calendar of one department and owner; for many ask `task_calendars`."""
    return task_calendars([(department_id, person_id)])[department_id, person_id]


def _department_days(
    department_ids: set[int],
) -> dict[int, tuple[dict[date, DayKind], dict[date, DayWords]]]:
    found: dict[int, tuple[dict[date, DayKind], dict[date, DayWords]]] = {}
    if not department_ids:
        return found
    for row in db.session.execute(
        select(
            DepartmentDay.department_id,
            DepartmentDay.on,
            DepartmentDay.is_workday,
            DepartmentDay.name,
            Department.name.label("department"),
        )
        .join(Department)
        .where(DepartmentDay.department_id.in_(department_ids))
    ):
        kinds, words = found.setdefault(row.department_id, ({}, {}))
        kinds[row.on] = DayKind.department_work if row.is_workday else DayKind.department_off
        words[row.on] = DayWords((row.name, row.name), _both(row.department))
    return found


def _both(text: LocalText) -> tuple[str, str]:
    return text.in_language("zh"), text.in_language("en")


def _leaves_without_substitute(person_ids: set[int]) -> Mapping[int, list[tuple[date, date, str]]]:
    """First and last days of leave in which nobody stands in, with the person's name."""
    away: dict[int, list[tuple[date, date, str]]] = defaultdict(list)
    if not person_ids:
        return away
    for person_id, first, last, name in db.session.execute(
        select(Leave.person_id, Leave.first_on, Leave.last_on, Person.name)
        .join(Person, Person.id == Leave.person_id)
        .where(Leave.person_id.in_(person_ids), Leave.substitute_id.is_(None))
    ):
        away[person_id].append((first, last, name))
    return away


def _without_leave(
    calendar: WorkCalendar, leaves: Iterable[tuple[date, date, str]]
) -> WorkCalendar:
    """The calendar with leave off; a day that is off anyway keeps its own reason."""
    kinds, words = {}, {}
    for first, last, name in leaves:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if calendar.is_workday(day):
                kinds[day] = DayKind.leave
                words[day] = DayWords(whose=(name, name))
    return calendar.overlaid(kinds, words)


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
