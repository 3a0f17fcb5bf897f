"""Reads of people and departments, each with a bounded number of statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Department, Person, SignIn
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.formats import words
from app.core.registries import still_owns

PER_PAGE = 25
LAST_PAGE = 10_000
BY_NAME = (Person.sort_name, Person.name, Person.id)


@dataclass(frozen=True)
class DepartmentRow:
    """A department with its head and the number of people who work there now."""

    department: Department
    head: Person | None
    people: int


def people_page(query: str, state: str, page: int) -> Pagination:
    """People by name. state: enabled, disabled or anything else for all."""
    rows = select(Person).options(joinedload(Person.department)).order_by(*BY_NAME)
    if state in ("enabled", "disabled"):
        rows = rows.where(Person.is_enabled.is_(state == "enabled"))
    if query:
        rows = rows.where(
            or_(*(
                func.lower(column).contains(query.lower(), autoescape=True)
                for column in (Person.name, Person.email, Person.title)
            ))
        )  # fmt: skip
    return db.paginate(
        rows, page=min(max(page, 1), LAST_PAGE), per_page=PER_PAGE, max_per_page=PER_PAGE,
        error_out=False,
    )  # fmt: skip


def counts_by_state() -> dict[str, int]:
    """How many people are enabled, disabled and there at all."""
    rows = db.session.execute(select(Person.is_enabled, func.count()).group_by(Person.is_enabled))
    found = {bool(enabled): number for enabled, number in rows}
    enabled, disabled = found.get(True, 0), found.get(False, 0)
    return {"enabled": enabled, "disabled": disabled, "all": enabled + disabled}


def person_or_none(person_id: int) -> Person | None:
    return db.session.get(Person, person_id)


def person_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Names by id; one statement, none where nobody is asked for."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    return dict(
        db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
        .tuples().all()
    )  # fmt: skip


def enabled_people(also: Iterable[int | None] = ()) -> list[Person]:
    """Everybody who can sign in, by name; whoever is named already (`also`) stays choosable."""
    is_choosable = or_(Person.is_enabled, Person.id.in_([i for i in also if i is not None]))
    return list(db.session.scalars(select(Person).where(is_choosable).order_by(*BY_NAME)))


def departments(also_id: int | None = None) -> list[Department]:
    """Active departments in the order they were made; `also_id` stays choosable."""
    is_choosable: Any = Department.is_active
    if also_id is not None:
        is_choosable = or_(is_choosable, Department.id == also_id)
    return list(db.session.scalars(select(Department).where(is_choosable).order_by(Department.id)))


def department_choices() -> list[tuple[int, str]]:
    """Active departments as a form offers them, in the reader's language."""
    return [(row.id, words(row.name)) for row in departments()]


def department_or_none(department_id: int) -> Department | None:
    return db.session.get(Department, department_id)


def department_rows() -> list[DepartmentRow]:
    """All departments, active ones first."""
    numbers = db.session.execute(
        select(Person.department_id, func.count())
        .where(Person.is_enabled)
        .group_by(Person.department_id)
    )
    counts = {department_id: number for department_id, number in numbers}
    rows = db.session.scalars(
        select(Department)
        .options(joinedload(Department.head))
        .order_by(Department.is_active.desc(), Department.id)
    )
    return [DepartmentRow(row, row.head, counts.get(row.id, 0)) for row in rows]


def what_they_own(person_id: int) -> list[str]:
    """Sentences of every feature about what still rests on a person."""
    return [sentence for _name, answer in still_owns for sentence in answer(person_id)]


def headed_departments(person_id: int) -> list[str]:
    """This package's own answer to `still_owns`."""
    rows = db.session.scalars(
        select(Department)
        .where(Department.head_id == person_id, Department.is_active)
        .order_by(Department.id)
    )
    return [_("Heads the department %(name)s.", name=words(row.name)) for row in rows]


def other_sign_ins(person: Person, now: Any) -> int:
    """In how many browsers a person is signed in besides this one."""
    number = db.session.scalar(
        select(func.count())
        .select_from(SignIn)
        .where(SignIn.person_id == person.id, SignIn.expires_at > now)
    )
    return max((number or 0) - 1, 0)


def history_of(table: str, object_id: int, limit: int = 20) -> list[tuple[AuditEntry, str]]:
    """The newest changes of a person or a department, with the name of who made them."""
    rows = db.session.execute(
        select(AuditEntry, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(AuditEntry.object_type == table, AuditEntry.object_id == object_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    return [(entry, name or "") for entry, name in rows]
