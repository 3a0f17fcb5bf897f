"""The company's own days over the official calendar, and the year as months to look at."""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.events import announce
from app.core.formats import MONTHS
from app.plans.calendars import work_calendar
from app.plans.events import CalendarChanged
from app.plans.models import CalendarDay, DaySource
from app.plans.workcalendar import WORKING, DayKind, WorkCalendar

FIRST_YEAR, LAST_YEAR = 2010, 2099


@dataclass(frozen=True)
class Cell:
    """A day in its month; `name` is the holiday's or the company's own name for it."""

    on: date
    kind: DayKind
    name: str
    mark: str
    is_today: bool

    @property
    def is_workday(self) -> bool:
        return self.kind in WORKING


@dataclass(frozen=True)
class Month:
    """A month as weeks of seven, Monday first; None is a day of a neighbouring month."""

    first: date
    label: str
    weeks: tuple[tuple[Cell | None, ...], ...]
    workdays: int
    is_estimated: bool


def year_of_months(
    year: int,
    calendar: WorkCalendar,
    lang: str,
    today: date,
    marks: Mapping[date, str],
) -> list[Month]:
    """The twelve months of a year; `marks` says what of a plan falls on a day."""

    def cell(day: date) -> Cell:
        why = calendar.reason(day, lang)
        return Cell(day, why.kind, why.name, marks.get(day, ""), day == today)

    rows = []
    for number in range(1, 13):
        first = date(year, number, 1)
        weeks = tuple(
            tuple(cell(day) if day.month == number else None for day in week)
            for week in months.Calendar().monthdatescalendar(year, number)
        )
        last = date(year, number, months.monthrange(year, number)[1])
        label = f"{number}月" if lang == "zh" else MONTHS[number - 1]
        rows.append(
            Month(
                first, label, weeks, calendar.workdays_in(first, last), calendar.is_estimated(last)
            )
        )
    return rows


@dataclass(frozen=True)
class SpecialDays:
    """Days in a row that are no ordinary workday or weekend, said in one line."""

    first: date
    last: date
    kind: DayKind
    name: str

    def days(self, lang: str) -> str:
        """2月17日至19日, 17–19 Feb; the year is the page's."""
        if lang == "zh":
            text = f"{self.first.month}月{self.first.day}日"
            return text if self.first == self.last else f"{text}至{self.last.day}日"
        month = MONTHS[self.first.month - 1][:3]
        if self.first == self.last:
            return f"{self.first.day} {month}"
        return f"{self.first.day}–{self.last.day} {month}"


def special_days(rows: list[Month]) -> list[SpecialDays]:
    """Holidays, make-up workdays and the company's own days of a year, joined where they run on."""
    found: list[SpecialDays] = []
    cells = [c for month in rows for week in month.weeks for c in week if c is not None]
    for c in cells:
        if c.kind in (DayKind.workday, DayKind.weekend):
            continue
        before = found[-1] if found else None
        if (
            before
            and before.kind is c.kind
            and before.name == c.name
            and before.last + timedelta(days=1) == c.on
            and before.last.month == c.on.month
        ):
            found[-1] = SpecialDays(before.first, c.on, c.kind, c.name)
        else:
            found.append(SpecialDays(c.on, c.on, c.kind, c.name))
    return found


def entered_days(year: int) -> list[CalendarDay]:
    """The company's own days of a year and the imported ones."""
    return list(
        db.session.scalars(
            select(CalendarDay)
            .where(CalendarDay.on >= date(year, 1, 1), CalendarDay.on <= date(year, 12, 31))
            .order_by(CalendarDay.on)
        )
    )


def entered_day(day_id: int) -> CalendarDay:
    """A day that was entered or imported. Raises NotFound."""
    row = db.session.get(CalendarDay, day_id)
    if row is None:
        raise NotFound(_l("This day is not in the company’s calendar."))
    return row


def set_day(on: date, is_workday: bool, name: str, *, actor: Person, now: datetime) -> CalendarDay:
    """Say that the company works or is off on a day; saying it again replaces it.

    Raises Forbidden, DomainError (a day that is so anyway, a year out of reach).
    """
    must_administer(actor)
    check_reach(on)
    row = db.session.scalar(select(CalendarDay).where(CalendarDay.on == on))
    # Beneath an entry lies the built-in calendar; beneath none, what was imported for the year.
    beneath = work_calendar() if row is None else WorkCalendar()
    if beneath.is_workday(on) == is_workday and not beneath.is_estimated(on):
        raise DomainError(
            _l("This is a workday anyway.") if is_workday else _l("This is a day off anyway."), "on"
        )
    if row is None:
        row = CalendarDay(on=on, is_workday=is_workday, name=name)
        db.session.add(row)
        changes = {"on": (None, on), "is_workday": (None, is_workday), "name": (None, name)}
    else:
        changes = audit.change(row, is_workday=is_workday, name=name, source=DaySource.own)
    if changes:
        audit.record("set", row, actor_id=actor.id, now=now, changes=changes)
        announce(CalendarChanged((on,), actor.id, now))
    return row


def remove_day(day_id: int, *, actor: Person, now: datetime) -> date:
    """Let the official calendar speak for a day again; answers the day."""
    must_administer(actor)
    row = entered_day(day_id)
    on = row.on
    audit.record(
        "removed",
        row,
        actor_id=actor.id,
        now=now,
        changes={"on": (on, None), "is_workday": (row.is_workday, None), "name": (row.name, None)},
    )
    db.session.delete(row)
    db.session.flush()
    announce(CalendarChanged((on,), actor.id, now))
    return on


def check_reach(on: date) -> None:
    """Raises DomainError at "on" for a day that the calendar does not reach."""
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        raise DomainError(_l("The calendar covers the years 2010 to 2099."), "on")


def must_administer(actor: Person) -> None:
    """Raises Forbidden for everybody else."""
    if not actor.is_admin:
        raise Forbidden(_l("Only an administrator changes the calendar."))
