"""The only place that commits.

One transaction per request, one per item of a job: what a person did is kept whole or not at all.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.core.db import db, writing
from app.core.revisions import refuse_counted


def commit() -> None:
    """Keep what this unit of work did."""
    db.session.commit()


def rollback() -> None:
    """Drop what this unit of work did."""
    db.session.rollback()


@contextmanager
def unit_of_work() -> Iterator[None]:
    """A transaction for one item of work outside a request: commits at the end, or rolls back
    and raises. Begins on a fresh session, so that SQLite's write lock is taken first."""
    db.session.rollback()
    with writing():
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


@contextmanager
def reading() -> Iterator[None]:
    """Reads outside a request, in a transaction that keeps nothing and holds up nobody; all of them
    see the database as it stood at the first."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        # SQLite's transactions are so anyway.
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        db.session.rollback()


@contextmanager
def own_transaction() -> Iterator[Session]:
    """A transaction beside the running one, for throttle counters and claims that must outlive
    a rollback. Not from inside a writing transaction on SQLite: it would wait for itself."""
    with writing(), Session(db.engine) as session, session.begin():
        yield session


@contextmanager
def own_connection() -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
    """A connection beside the session for a long loop of small transactions: gives what begins
    one. Taking a connection from the pool each time would cost more than what is written. It
    writes only what moves no revision."""
    with db.engine.connect() as connection:
        refuse_counted(connection)

        @contextmanager
        def transaction() -> Iterator[Connection]:
            with writing(), connection.begin():
                yield connection

        yield transaction
