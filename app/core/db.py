"""The database: base class, column types, and how a connection is set up.

Instants are stored as UTC without a zone and come back as aware UTC, the same on SQLite and
PostgreSQL. On SQLite a writing transaction begins with BEGIN IMMEDIATE: a read that turns into a
write later fails at once with SQLITE_BUSY_SNAPSHOT, whatever the time-out says.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.pagination import Pagination, SelectPagination
from sqlalchemy import Date, DateTime, Dialect, Engine, MetaData, String, Text, TypeDecorator, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, mapped_column

from app.core.localtext import LocalText
from app.core.text import LARGEST_ID

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Pages(SelectPagination):
    """A page of a list; far behind the last one there is nothing, and no number too large for the
    database is asked for."""

    @property
    def _query_offset(self) -> int:
        return min(super()._query_offset, LARGEST_ID)


class Database(SQLAlchemy):
    """Flask-SQLAlchemy whose lists take any page number."""

    def paginate(self, select: Any, **options: Any) -> Pagination:
        return Pages(select=select, session=self.session(), **options)


db = Database(model_class=Base)

_is_writing: ContextVar[bool] = ContextVar("is_writing", default=False)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside take SQLite's write lock at once."""
    token = _is_writing.set(True)
    try:
        yield
    finally:
        _is_writing.reset(token)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. A naive one is refused: it would be somebody's local time."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class LocalTextType(TypeDecorator[LocalText]):
    """A LocalText, stored as compact JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return LocalText.of(value).to_json()

    def process_result_value(self, value: str | None, dialect: Dialect) -> LocalText | None:
        return None if value is None else LocalText.from_json(value)


def enum_column(kind: type, length: int = 32, **options: Any) -> Any:
    """A StrEnum stored by its value in a varchar (a new member needs no migration)."""
    return mapped_column(StrEnumType(kind, length), **options)


class StrEnumType(TypeDecorator[Any]):
    """A StrEnum by value."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type, length: int = 32) -> None:
        super().__init__(length)
        self.kind = kind
        self.kind_length = length

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else self.kind(value)


IntPk = Annotated[int, mapped_column(primary_key=True)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
OptionalInstant = Annotated[datetime | None, mapped_column(UtcDateTime)]
Words = Annotated[LocalText, mapped_column(LocalTextType)]
OptionalWords = Annotated[LocalText | None, mapped_column(LocalTextType)]
LongText = Annotated[str, mapped_column(Text, default="")]

__all__ = [
    "Base", "Date", "Instant", "IntPk", "LocalTextType", "LongText", "OptionalInstant",
    "OptionalWords", "StrEnumType", "UtcDateTime", "Words", "db", "enum_column", "writing",
]  # fmt: skip


@event.listens_for(Engine, "connect")
def _set_up_connection(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        # The driver's own transaction handling is switched off; `_begin` emits BEGIN.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "foreign_keys=ON", "journal_mode=WAL", "busy_timeout=5000", "synchronous=FULL",
        ):  # fmt: skip
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    if connection.dialect.name == "sqlite":
        # Straight to the driver: this runs with every transaction, and the usual way takes ten
        # times as long as the statement.
        begin = "BEGIN IMMEDIATE" if _is_writing.get() else "BEGIN"
        try:
            connection.connection.driver_connection.execute(begin).close()
        except sqlite3.Error as problem:
            raise OperationalError(begin, {}, problem) from problem
