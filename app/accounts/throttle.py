"""Slows down guessing: tries are counted per person and per address.

Counted in the database and not in memory, so that all processes share the count. What is counted
is a hash: a list of who tried to sign in is nobody's business. A try is counted before it is
looked at, so that many at once cannot slip through together, and given back when it was right.
"""

import hashlib
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, text

from app.accounts.models import Attempt
from app.core import unit_of_work
from app.core.db import db
from app.core.errors import DomainError
from app.core.unit_of_work import own_transaction

WINDOW = timedelta(minutes=15)
LIMIT = 10
# A whole company may sit behind one address.
ADDRESS_LIMIT = 60


class TooManyTries(DomainError):
    """Too many tries in the last quarter of an hour."""

    status = 429

    def __init__(self) -> None:
        super().__init__(_l("Too many tries. Please wait 15 minutes and try again."))


def keys_of(kind: str, who: str | None, address: str | None) -> dict[str, int]:
    """What a try of `kind` is counted under, with the limit of each."""
    keys = {f"{kind}:address:{address or '-'}": ADDRESS_LIMIT}
    if who is not None:
        keys[f"{kind}:who:{who.strip().lower()}"] = LIMIT
    return keys


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def spend(keys: dict[str, int], now: datetime) -> None:
    """Count one try under each key. Raises TooManyTries when one of them is over its limit.

    A transaction of its own, which outlives the request's rollback. Call it before anything is
    written: what the request has read is let go, for SQLite has one writer and it would wait for
    itself.
    """
    unit_of_work.rollback()
    with own_transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            # SQLite has one writer; here many at once would all count what the others have not
            # committed yet.
            session.execute(text(f"LOCK TABLE {Attempt.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
        session.execute(delete(Attempt).where(Attempt.at <= now - WINDOW))
        for key, limit in keys.items():
            tries = session.scalar(
                select(func.count()).select_from(Attempt).where(Attempt.key == _hash(key))
            )
            if (tries or 0) >= limit:
                raise TooManyTries
        session.add_all([Attempt(key=_hash(key), at=now) for key in keys])


def give_back(keys: dict[str, int], now: datetime) -> None:
    """The try was right: the person's count is wiped, the address gets this one try back.

    Part of the request's transaction.
    """
    persons = [_hash(key) for key in keys if ":who:" in key]
    db.session.execute(delete(Attempt).where(Attempt.key.in_(persons)))
    addresses = [_hash(key) for key in keys if ":address:" in key]
    db.session.execute(delete(Attempt).where(Attempt.key.in_(addresses), Attempt.at == now))
