"""Use cases of people: signing in, passwords, and what the administrator does.

Each checks, changes, audits and announces; none commits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import email_validator
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts import throttle
from app.accounts.events import DepartmentHeadChanged, PersonDisabled
from app.accounts.models import Attempt, Department, PasswordReset, Person
from app.accounts.passwords import check_password
from app.accounts.resets import ask_by_mail, close_resets, open_reset
from app.accounts.sign_in import end_all_sign_ins, hash_password, hash_token, verified_person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.core.events import announce
from app.core.i18n import LANGUAGES
from app.core.localtext import LocalText
from app.core.text import clean_line

# A company's own network often ends in .local, and its mail server delivers there.
if "local" in email_validator.SPECIAL_USE_DOMAIN_NAMES:
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("local")

WRONG = _l("The mail address or the password is not right.")
FILL_IN = _l("Please fill this in.")


@dataclass(frozen=True)
class PersonDetails:
    """What the administrator says about a person. language None follows the browser."""

    email: str
    name: str
    title: str = ""
    department_id: int | None = None
    language: str | None = None
    is_admin: bool = False
    may_start_plans: bool = False


@dataclass(frozen=True)
class DepartmentDetails:
    """What the administrator says about a department; `name` is already in both languages or a
    person's own words."""

    name: LocalText
    head_id: int | None = None
    is_active: bool = True


# Signing in and passwords


def identify(email: str, password: str, address: str | None, now: datetime) -> Person:
    """The person with that mail address and password.

    Counted per person and per address; unknown people get the same words after the same time.
    Raises TooManyTries, or DomainError when they do not fit.
    """
    keys = throttle.keys_of("sign-in", email, address)
    throttle.spend(keys, now)
    person = verified_person(email, password)
    if person is None:
        raise DomainError(WRONG)
    throttle.give_back(keys, now)
    return person


def change_password(
    actor: Person, current: str, new: str, address: str | None, now: datetime
) -> None:
    """A new password for oneself; every other sign-in ends.

    Raises TooManyTries or DomainError (field current_password or new_password).
    """
    keys = throttle.keys_of("change", actor.email, address)
    throttle.spend(keys, now)
    if verified_person(actor.email, current) is None:
        raise DomainError(_l("This is not your present password."), "current_password")
    throttle.give_back(keys, now)
    _set_password(actor, new)
    end_all_sign_ins(actor.id, but=actor.session_token)
    close_resets(actor.id, now)
    audit.record("change_password", actor, actor_id=actor.id, now=now)


def ask_for_reset(email: str, address: str | None, now: datetime) -> None:
    """Have a link for a new password sent, if somebody enabled has this address.

    Never says whether there is one. Raises TooManyTries.
    """
    throttle.spend(throttle.keys_of("forgot", email, address), now)
    person = db.session.scalar(
        select(Person).where(Person.email == email.strip().lower(), Person.is_enabled)
    )
    if person is None:
        # A write as for somebody known, so that the answer takes as long.
        db.session.add(Attempt(key=hash_token("nobody"), at=now))
        return
    ask_by_mail(person, is_invitation=False, now=now)


def person_behind_link(token: str, now: datetime) -> tuple[Person, bool]:
    """Whom a link is for, and whether it invites them. Raises LinkDead."""
    reset, person = open_reset(token, now)
    return person, reset.is_invitation


def set_password_by_link(token: str, new: str, address: str | None, now: datetime) -> Person:
    """A new password by a link from a mail: once, and every sign-in ends.

    Raises TooManyTries, LinkDead or DomainError (field new_password).
    """
    keys = throttle.keys_of("link", None, address)
    throttle.spend(keys, now)
    _reset, person = open_reset(token, now)
    throttle.give_back(keys, now)
    _set_password(person, new)
    close_resets(person.id, now)
    end_all_sign_ins(person.id)
    audit.record("set_password_by_link", person, actor_id=person.id, now=now)
    return person


def set_first_password(person: Person, password: str) -> None:
    """The password of somebody who was just added on the command line."""
    _set_password(person, password)


def _set_password(person: Person, new: str) -> None:
    check_password(new, (person.name, person.email))
    person.password_hash = hash_password(new)


def choose_language(actor: Person, language: str | None, now: datetime) -> None:
    """The language of pages and mails for oneself; None follows the browser."""
    if language is not None and language not in LANGUAGES:
        raise NotFound(_l("This language is not there."))
    changes = audit.change(actor, language=language)
    if changes:
        audit.record("choose_language", actor, actor_id=actor.id, now=now, changes=changes)


# People, by the administrator


def add_person(details: PersonDetails, *, actor: Person | None, now: datetime) -> Person:
    """A new person, without a password yet. actor None is the command line."""
    values = _checked(details, None)
    person = Person(created_at=now, **values)
    db.session.add(person)
    audit.record(
        "add_person", person, actor_id=_id(actor), now=now,
        changes={field: (None, value) for field, value in values.items() if value},
    )  # fmt: skip
    return person


def edit_person(
    person_id: int, details: PersonDetails, *, actor: Person | None, now: datetime
) -> Person:
    """Change what is said about a person; rights count from the next request on."""
    person = _person(person_id)
    values = _checked(details, person)
    if person.is_enabled and person.is_admin and not details.is_admin:
        _refuse_without_administrator(person, "is_admin")
    changes = audit.change(person, **values)
    if "email" in changes:
        # A link that went to the former address must not open the account any more.
        close_resets(person.id, now)
    if changes:
        audit.record("edit_person", person, actor_id=_id(actor), now=now, changes=changes)
    return person


def disable_person(person_id: int, *, actor: Person | None, now: datetime) -> Person:
    """End all access of a person who left. Their rows stay, for history names them."""
    person = _person(person_id)
    if not person.is_enabled:
        return person
    if person.is_admin:
        _refuse_without_administrator(person)
    changes = audit.change(person, is_enabled=False, left_at=now)
    end_all_sign_ins(person.id)
    close_resets(person.id, now)
    audit.record("disable_person", person, actor_id=_id(actor), now=now, changes=changes)
    announce(PersonDisabled(person.id))
    return person


def enable_person(person_id: int, *, actor: Person | None, now: datetime) -> Person:
    """Let a person back in, with the password they had."""
    person = _person(person_id)
    changes = audit.change(person, is_enabled=True, left_at=None)
    if changes:
        audit.record("enable_person", person, actor_id=_id(actor), now=now, changes=changes)
    return person


def send_link(person_id: int, *, actor: Person, now: datetime) -> PasswordReset:
    """Mail a person the link to set a password: an invitation as long as they have none."""
    person = _person(person_id)
    if not person.is_enabled:
        raise DomainError(_l("This person is disabled. Enable the account first."))
    reset = ask_by_mail(person, is_invitation=person.password_hash is None, now=now)
    audit.record("send_link", person, actor_id=actor.id, now=now)
    return reset


def _checked(details: PersonDetails, person: Person | None) -> dict[str, Any]:
    """The columns' values; raises DomainError at the field that does not fit."""
    email = checked_email(details.email)
    taken = db.session.scalar(select(Person).where(Person.email == email))
    if taken is not None and taken is not person:
        raise DomainError(_l("%(name)s already has this address.", name=taken.name), "email")
    name = clean_line(details.name)
    if not name:
        raise DomainError(FILL_IN, "name")
    if details.department_id is not None:
        _department(details.department_id, "department_id")
    if details.language is not None and details.language not in LANGUAGES:
        raise DomainError(_l("This language is not there."), "language")
    return {
        "email": email,
        "name": name,
        "title": clean_line(details.title),
        "department_id": details.department_id,
        "language": details.language,
        "is_admin": details.is_admin,
        "may_start_plans": details.may_start_plans,
    }


def checked_email(text: str) -> str:
    """A mail address in the one spelling that we keep. Raises DomainError at field email."""
    try:
        found = email_validator.validate_email(
            clean_line(text), check_deliverability=False, allow_smtputf8=False
        )
    except email_validator.EmailNotValidError as problem:
        raise DomainError(
            _l("This is not a mail address. Write it like name@company.com."), "email"
        ) from problem
    return found.normalized.lower()


def _refuse_without_administrator(person: Person, field: str | None = None) -> None:
    # Locked, so that two administrators cannot end each other's rights at the same moment.
    others = db.session.scalars(
        select(Person.id).where(Person.is_admin, Person.is_enabled).with_for_update()
    ).all()
    if not set(others) - {person.id}:
        raise DomainError(
            _l("%(name)s is the last administrator. Give somebody else the right first.",
               name=person.name),
            field,
        )  # fmt: skip


# Departments


def add_department(
    details: DepartmentDetails, *, actor: Person | None, now: datetime
) -> Department:
    """A new department."""
    _check_department(details, None)
    row = Department(name=details.name, head_id=details.head_id, is_active=details.is_active)
    db.session.add(row)
    audit.record(
        "add_department", row, actor_id=_id(actor), now=now,
        changes={"name": (None, details.name), "head_id": (None, details.head_id)},
    )  # fmt: skip
    if row.head_id is not None:
        announce(DepartmentHeadChanged(row.id, None, row.head_id))
    return row


def edit_department(
    department_id: int, details: DepartmentDetails, *, actor: Person | None, now: datetime
) -> Department:
    """Change a department; its head reviews its risks from now on."""
    row = _department(department_id)
    _check_department(details, row)
    former = row.head_id
    changes = audit.change(
        row, name=details.name, head_id=details.head_id, is_active=details.is_active
    )
    if changes:
        audit.record("edit_department", row, actor_id=_id(actor), now=now, changes=changes)
    if row.head_id != former:
        announce(DepartmentHeadChanged(row.id, former, row.head_id))
    return row


def _check_department(details: DepartmentDetails, row: Department | None) -> None:
    if not details.name:
        raise DomainError(FILL_IN, "name")
    for other in db.session.scalars(select(Department)):
        if other is not row and any(
            other.name.in_language(lang) == details.name.in_language(lang) for lang in LANGUAGES
        ):
            raise DomainError(_l("There is a department of this name already."), "name")
    if details.head_id is not None and details.head_id != (row.head_id if row else None):
        head = db.session.get(Person, details.head_id)
        if head is None or not head.is_enabled:
            raise DomainError(_l("Please choose somebody who can sign in."), "head_id")


def _id(actor: Person | None) -> int | None:
    return actor.id if actor else None


def _person(person_id: int) -> Person:
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(_l("This page does not exist, or not for you."))
    return person


def _department(department_id: int, field: str | None = None) -> Department:
    row = db.session.get(Department, department_id)
    if row is None:
        if field:
            raise DomainError(_l("This department is not there."), field)
        raise NotFound(_l("This page does not exist, or not for you."))
    return row
