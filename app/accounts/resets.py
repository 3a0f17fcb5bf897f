"""Links for setting a password, by mail or printed by the command line.

A row is made when the link is asked for, its token only when the mail leaves: the clear token is
in the mail and nowhere else, not even in the outbox.
"""

import secrets
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.accounts.events import PasswordResetAsked
from app.accounts.models import PasswordReset, Person
from app.accounts.sign_in import hash_token
from app.core.db import db
from app.core.errors import NotFound
from app.core.events import announce

RESET_VALID = timedelta(hours=1)
INVITATION_VALID = timedelta(days=7)


class LinkDead(NotFound):
    """The link was used, has run out, or never was."""

    def __init__(self) -> None:
        super().__init__(_l("This link has been used or has run out."))


def _validity(reset: PasswordReset) -> timedelta:
    return INVITATION_VALID if reset.is_invitation else RESET_VALID


def prepare_reset(person: Person, *, is_invitation: bool, now: datetime) -> PasswordReset:
    """A row that nobody holds a token for yet."""
    reset = PasswordReset(
        token_hash=hash_token(secrets.token_urlsafe(32)),
        person_id=person.id,
        created_at=now,
        expires_at=now,
        is_invitation=is_invitation,
    )
    reset.expires_at = now + _validity(reset)
    db.session.add(reset)
    db.session.flush()
    return reset


def ask_by_mail(person: Person, *, is_invitation: bool, now: datetime) -> PasswordReset:
    """Prepare a link and have it sent."""
    reset = prepare_reset(person, is_invitation=is_invitation, now=now)
    announce(PasswordResetAsked(reset.id, person.id, is_invitation))
    return reset


def issue_reset_token(reset_id: int, now: datetime) -> str:
    """The clear token for a mail that leaves now; its time runs from now on.

    Asked again (a mail sent twice), the newest token is the one that works. The caller commits
    before the mail leaves. Raises LinkDead when the link was used meanwhile or the person was
    disabled: then there is nothing to send.
    """
    reset = db.session.get(PasswordReset, reset_id)
    person = db.session.get(Person, reset.person_id) if reset else None
    if reset is None or reset.used_at is not None or person is None or not person.is_enabled:
        raise LinkDead
    token = secrets.token_urlsafe(32)
    reset.token_hash = hash_token(token)
    reset.expires_at = now + _validity(reset)
    db.session.flush()
    return token


def link_of(token: str) -> str:
    """The address to send: always under the installation's own base address, never under the
    Host that a request named."""
    return f"{current_app.config['SETTINGS'].base_url}/password/reset/{token}"


def open_reset(token: str, now: datetime) -> tuple[PasswordReset, Person]:
    """The row and the person behind a token, held until the transaction ends. Raises LinkDead."""
    row = db.session.execute(
        select(PasswordReset, Person)
        .join(Person, Person.id == PasswordReset.person_id)
        .where(
            PasswordReset.token_hash == hash_token(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now,
            Person.is_enabled,
        )
        .with_for_update()
    ).first()
    if row is None:
        raise LinkDead
    return row.PasswordReset, row.Person


def close_resets(person_id: int, now: datetime) -> None:
    """End every open link of a person."""
    db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.person_id == person_id, PasswordReset.used_at.is_(None))
        .values(used_at=now)
    )
