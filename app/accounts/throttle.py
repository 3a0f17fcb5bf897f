"""Slows down guessing: failed tries are counted per person and per address.

Counted in the database and not in memory, so that all processes share the count. What is counted
is a hash: a list of who tried to sign in is nobody's business.
"""

import hashlib
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from app.accounts.models import Attempt
from app.core.errors import DomainError
from app.core.unit_of_work import own_transaction

WINDOW = timedelta(minutes=15)
LIMIT = 10


class TooManyTries(DomainError):
    """Too many failed tries in the last quarter of an hour."""

    status = 429

    def __init__(self) -> None:
        super().__init__(_l("Too many tries. Please wait 15 minutes and try again."))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def check(keys: list[str], now: datetime, limit: int = LIMIT) -> None:
    """Raise TooManyTries when any of the keys ("sign-in:mail", "sign-in:address") is over."""
    with own_transaction() as session:
        for key in keys:
            tries = session.scalar(
                select(func.count())
                .select_from(Attempt)
                .where(Attempt.key == _hash(key), Attempt.at > now - WINDOW)
            )
            if (tries or 0) >= limit:
                raise TooManyTries


def count(keys: list[str], now: datetime) -> None:
    """Note one failed (or costly) try under each key; old ones are dropped on the way."""
    with own_transaction() as session:
        session.execute(delete(Attempt).where(Attempt.at <= now - WINDOW))
        session.add_all([Attempt(key=_hash(key), at=now) for key in keys])


def forget(keys: list[str]) -> None:
    """A success wipes the person's own count."""
    with own_transaction() as session:
        session.execute(delete(Attempt).where(Attempt.key.in_([_hash(k) for k in keys])))
