"""Importing a year of the calendar: what a file says, what would change, and the change itself.

The preview runs the import and takes it back; the import reads the same text again and refuses a
preview of a calendar that has changed since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import insert, select

from app.accounts.models import Department, Person
from app.core import audit
from app.core.db import db
from app.core.errors import Conflict, DomainError
from app.core.events import announce
from app.core.localtext import LocalText
from app.core.locks import stamp
from app.plans.calendar_csv import DayLine, decode, read_file, read_text
from app.plans.calendar_words import sentences
from app.plans.calendars import task_calendars, work_calendar
from app.plans.consequences import PlanMoves, consequences
from app.plans.daybook import FIRST_YEAR, LAST_YEAR, must_administer
from app.plans.events import CalendarChanged
from app.plans.models import CalendarDay, DaySource, DepartmentDay
from app.plans.workcalendar import DayReason, WorkCalendar, official_words

STALE = _l("The calendar changed since this preview was made. Please look at it again.")


class FileRefused(DomainError):
    """The file cannot be taken; `sentences` say why, line by line."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(sentences[0], "file")
        self.sentences = sentences


@dataclass(frozen=True)
class Import:
    """What is asked for: the file's text, its name, the year, and whether it is the year's whole
    arrangement as it was published."""

    year: int
    text: str
    filename: str
    is_whole: bool


@dataclass(frozen=True)
class DayChange:
    """A day that the import writes: the words of the row before and after, None where there is
    none (is_workday, name, source)."""

    on: date
    department_id: int | None
    before: tuple[bool, str, DaySource] | None
    after: tuple[bool, str, DaySource] | None


@dataclass(frozen=True)
class DayPreview:
    """A day as it counts now and as it would count; `change` is added, changed, removed or
    confirmed (it counts as before, but no longer as an estimate)."""

    on: date
    department: LocalText | None
    change: str
    before: DayReason
    after: DayReason


@dataclass(frozen=True)
class Preview:
    """What an import would do. `becomes_official`: the year's estimate ends."""

    days: tuple[DayPreview, ...]
    plans: tuple[PlanMoves, ...]
    becomes_official: bool
    seen: str

    @property
    def confirmed(self) -> int:
        return sum(day.change == "confirmed" for day in self.days)


@dataclass
class ImportedYear:
    """What the audit trail names: the year of an import."""

    id: int
    __tablename__: ClassVar[str] = "calendar_years"


def text_of(content: bytes, filename: str, year: int) -> str:
    """The text of an uploaded file, once everything in it can be read. Raises FileRefused."""
    reading = read_file(content, year, departments_by_name())
    if reading.problems:
        raise FileRefused(sentences(reading.problems, filename, year))
    return decode(content)


def preview_import(wish: Import, lang: str, *, actor: Person, now: datetime) -> Preview:
    """What the import would do to the calendar and to the plans. Nothing is kept.

    Raises Forbidden, FileRefused, DomainError (a year out of reach).
    """
    must_administer(actor)
    _check_year(wish.year)
    changes = _changes(wish)
    seen = calendar_stamp(wish.year)
    departments = {change.department_id for change in changes}
    pairs = [(department_id, None) for department_id in departments]
    before, company = task_calendars(pairs), work_calendar()
    after: dict[Any, WorkCalendar] = {}

    def change() -> None:
        import_year(wish, seen, actor=actor, now=now)
        after.update(task_calendars(pairs))

    plans = consequences(change, actor, now) if changes else []
    names: dict[int | None, LocalText] = {
        row.id: row.name
        for row in db.session.scalars(select(Department).where(Department.id.in_(departments)))
    }
    return Preview(
        days=tuple(
            _day_preview(row, names.get(row.department_id), before, after, lang) for row in changes
        ),
        plans=tuple(plans),
        becomes_official=wish.is_whole and bool(changes) and company.is_estimated_year(wish.year),
        seen=seen,
    )


def import_year(wish: Import, seen: str, *, actor: Person, now: datetime) -> list[DayChange]:
    """Write a year's days as one change: audited once, announced once.

    seen: stamp of the calendar that the preview was made from. Raises Forbidden, Conflict,
    FileRefused, DomainError.
    """
    must_administer(actor)
    _check_year(wish.year)
    if seen != calendar_stamp(wish.year):
        raise Conflict(STALE)
    changes = _changes(wish)
    if not changes:
        return []
    _write(changes, wish.year)
    audit.record(
        "imported",
        ImportedYear(wish.year),
        actor_id=actor.id,
        now=now,
        changes={
            "file": (None, wish.filename),
            "is_whole": (None, wish.is_whole),
            **{_audit_key(c): (_audit_words(c.before), _audit_words(c.after)) for c in changes},
        },
    )
    db.session.flush()
    announce(CalendarChanged(tuple(sorted({c.on for c in changes})), actor.id, now))
    return changes


def calendar_stamp(year: int) -> str:
    """A mark of everything that is entered for a year."""
    return stamp(
        [
            [(r.on, r.is_workday, r.name, r.source) for r in _company_days(year)],
            [(r.department_id, r.on, r.is_workday, r.name) for r in _department_days(year)],
            sorted(departments_by_name().items()),
        ]
    )


def departments_by_name() -> dict[str, int]:
    """Departments in use by each of their names."""
    names: dict[str, int] = {}
    for row in db.session.scalars(select(Department).where(Department.is_active)):
        for name in (row.name.in_language("zh"), row.name.in_language("en")):
            names.setdefault(name, row.id)
    return names


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DomainError(_l("The calendar covers the years 2010 to 2099."), "year")


def _changes(wish: Import) -> list[DayChange]:
    """What the file changes, by day. Raises FileRefused."""
    reading = read_text(wish.text, wish.year, departments_by_name())
    if reading.problems:
        raise FileRefused(sentences(reading.problems, wish.filename, wish.year))
    company = {row.on: row for row in _company_days(wish.year)}
    own = {(row.department_id, row.on): row for row in _department_days(wish.year)}
    now, law = work_calendar(), WorkCalendar()
    changes = []
    for line in reading.days:
        if line.department_id is not None:
            change = _department_change(line, own.get((line.department_id, line.on)))
        else:
            change = _company_change(line, company.get(line.on), wish.is_whole, now, law)
        if change is not None:
            changes.append(change)
    if wish.is_whole:
        named = {line.on for line in reading.days if line.department_id is None}
        # The company's own days stay: no official arrangement names them.
        changes += [
            DayChange(row.on, None, _words(row), None)
            for row in company.values()
            if row.source is not DaySource.own and row.on not in named
        ]
    return sorted(changes, key=lambda c: (c.on, c.department_id or 0))


def _company_change(
    line: DayLine,
    row: CalendarDay | None,
    is_whole: bool,
    now: WorkCalendar,
    law: WorkCalendar,
) -> DayChange | None:
    source = DaySource.published if is_whole else DaySource.imported
    if row is None:
        is_known = not now.is_estimated(line.on)
        if is_known and law.is_workday(line.on) == line.is_workday:
            return None
        return DayChange(line.on, None, None, (line.is_workday, line.name, source))
    name = line.name or row.name
    if official_words(line.on, name) == official_words(line.on, row.name):
        # The law's own name in another language is the same name.
        name = row.name
    if row.source is DaySource.published:
        source = DaySource.published
    if (row.is_workday, row.name) == (line.is_workday, name) and (
        row.source in (DaySource.own, source)
    ):
        return None
    return DayChange(line.on, None, _words(row), (line.is_workday, name, source))


def _department_change(line: DayLine, row: DepartmentDay | None) -> DayChange | None:
    after = (line.is_workday, line.name or (row.name if row else ""), DaySource.own)
    before = (row.is_workday, row.name, DaySource.own) if row else None
    return None if before == after else DayChange(line.on, line.department_id, before, after)


def _words(row: CalendarDay) -> tuple[bool, str, DaySource]:
    return row.is_workday, row.name, row.source


def _write(changes: Sequence[DayChange], year: int) -> None:
    """The rows of the changes; new ones together, since there may be hundreds."""
    rows: dict[Any, Any] = {(None, row.on): row for row in _company_days(year)}
    rows |= {(row.department_id, row.on): row for row in _department_days(year)}
    new: dict[Any, list[dict[str, Any]]] = {CalendarDay: [], DepartmentDay: []}
    for change in changes:
        row = rows.get((change.department_id, change.on))
        if change.after is None:
            db.session.delete(row)
            continue
        is_workday, name, source = change.after
        values: dict[str, Any] = {"is_workday": is_workday, "name": name}
        if change.department_id is None:
            values["source"] = source
        if row is not None:
            audit.change(row, **values)
        elif change.department_id is None:
            new[CalendarDay].append({"on": change.on, **values})
        else:
            new[DepartmentDay].append(
                {"on": change.on, "department_id": change.department_id, **values}
            )
    db.session.flush()
    for table, added in new.items():
        if added:
            db.session.execute(insert(table), added)


def _company_days(year: int) -> list[CalendarDay]:
    return _days_of(CalendarDay, year)


def _department_days(year: int) -> list[DepartmentDay]:
    return _days_of(DepartmentDay, year)


def _days_of(table: Any, year: int) -> list[Any]:
    return list(
        db.session.scalars(
            select(table)
            .where(table.on >= date(year, 1, 1), table.on <= date(year, 12, 31))
            .order_by(table.on, table.id)
        )
    )


def _day_preview(
    row: DayChange,
    department: LocalText | None,
    before: Mapping[Any, WorkCalendar],
    after: Mapping[Any, WorkCalendar],
    lang: str,
) -> DayPreview:
    pair = (row.department_id, None)
    old, new = before[pair].reason(row.on, lang), after[pair].reason(row.on, lang)
    if row.after is None:
        change = "removed"
    elif row.before is not None:
        change = "changed"
    else:
        change = "confirmed" if old.is_workday == new.is_workday else "added"
    return DayPreview(row.on, department, change, old, new)


def _audit_key(change: DayChange) -> str:
    day = change.on.isoformat()
    return day if change.department_id is None else f"{day} department:{change.department_id}"


def _audit_words(words: tuple[bool, str, DaySource] | None) -> Any:
    return None if words is None else {"is_workday": words[0], "name": words[1]}
