"""Sign-ins: who is at the other end, and until when.

The cookie holds a random token; its hash rests in the database, so that a sign-in ends the moment
a person is disabled, signs out or changes the password.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, select, update

from app.accounts.models import Person, SignIn
from app.core.db import db
from app.core.unit_of_work import own_transaction

LIFETIME = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)

# Asked with every request, and so made once.
_BEHIND = (
    select(SignIn, Person)
    .join(Person, Person.id == SignIn.person_id)
    .where(
        SignIn.token_hash == bindparam("hash_of_token"),
        SignIn.expires_at > bindparam("at"),
        Person.is_enabled,
    )
)

_hasher = PasswordHasher()
# Verified against when the person is unknown, so that the answer takes the same time.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def verified_person(email: str, password: str) -> Person | None:
    """The enabled person with that password, or None; unknown people take as long as known."""
    person = db.session.scalar(select(Person).where(Person.email == email.strip().lower()))
    stored = person.password_hash if person and person.password_hash else _NOBODY
    try:
        _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return None
    return person if person and person.password_hash and person.is_enabled else None


def begin_sign_in(person: Person, now: datetime) -> str:
    """Open a sign-in; the token goes into the cookie and rests nowhere else."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(
            token_hash=hash_token(token),
            person_id=person.id,
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    person.session_token = token
    return token


def person_of(token: str, now: datetime) -> Person | None:
    """The person behind a cookie's token, or None when the sign-in has ended."""
    row = db.session.execute(_BEHIND, {"hash_of_token": hash_token(token), "at": now}).first()
    if row is None:
        return None
    person = row.Person
    person.session_token = token
    person.session_seen_at = row.SignIn.seen_at
    return person


def note_seen(token: str, now: datetime) -> None:
    """Remember that the person was here (at most every few minutes, beside the request)."""
    with own_transaction() as session:
        session.execute(
            update(SignIn)
            .where(SignIn.token_hash == hash_token(token), SignIn.seen_at < now - SEEN_EVERY)
            .values(seen_at=now)
        )


def end_sign_in(token: str) -> None:
    db.session.execute(delete(SignIn).where(SignIn.token_hash == hash_token(token)))


def end_all_sign_ins(person_id: int, but: str | None = None) -> None:
    """End every sign-in of a person, except the one with the token `but`."""
    statement = delete(SignIn).where(SignIn.person_id == person_id)
    if but:
        statement = statement.where(SignIn.token_hash != hash_token(but))
    db.session.execute(statement)
