"""The revision of each plan: a mark that is another one after every change.

Whoever keeps what was read keeps the marks beside it, and reads them again before showing it: equal
marks mean that nothing was changed since. A mark is written in the transaction of the change, as
the last thing before its commit, so that both are seen at once or not at all; it is drawn by lot
and never comes back, not even when a backup does. Marks are to be read *before* what is kept under
them: what a writer commits in between belongs to a mark that nobody has kept anything under.

Every table counts, and new ones do so by themselves. A table or column that says UNCOUNTED in its
`info`, with the reason beside it, does not: no kept page shows it, or it is read anew each time.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from sqlalchemy import Connection, String, Table, case, event, inspect
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, scoped_session
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.operators import eq

from app.core import clock
from app.core.db import Instant, db

UNCOUNTED = {"is_counted": False}
# The place of what belongs to no plan or to all of them: people, departments, the calendar.
COMMON = 0
# Under this name a session knows which plans its transaction has changed.
CHANGED = "changed_plans"


class Revision(db.Model):
    """The newest mark of one plan, or of what is common to all (COMMON).

    changed_at: the writer's clock at that commit, or at an earlier one that ran ahead of it. What
    is read as of an earlier instant may leave out what the change wrote.
    """

    __tablename__ = "revisions"
    __table_args__ = ({"info": UNCOUNTED},)

    plan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(32))
    changed_at: Mapped[Instant]


def is_counted(thing: Any) -> bool:
    """Whether a change of this table or column moves a revision."""
    return bool(thing.info.get("is_counted", True))


def is_counted_table(table: Any) -> bool:
    """The same, and the table is one of this application's."""
    return table.metadata is db.metadata and is_counted(table)


def counted_plans(statement: UpdateBase, rows: Iterable[dict[str, Any]]) -> set[int]:
    """The plans whose revision the statement moves (COMMON where it does not tell which); `rows`
    are the parameters that it is carried out with."""
    table: Any = statement.table
    if not is_counted_table(table):
        return set()
    if statement.is_update:
        given = statement._values or {}  # type: ignore[attr-defined]
        if given and not any(_is_counted_column(table, column) for column in given):
            return set()
    if statement.is_insert:
        return {row.get("plan_id") or COMMON for row in rows} or {COMMON}
    named = _named_plan(statement, table)
    return {COMMON if named is None else named}


def _is_counted_column(table: Table, named: Any) -> bool:
    column = table.c.get(named if isinstance(named, str) else named.name)
    return column is None or is_counted(column)


def _named_plan(statement: Any, table: Table) -> int | None:
    """The plan that the statement is confined to by one of its conditions."""
    for part in statement._where_criteria:
        operator, left = getattr(part, "operator", None), getattr(part, "left", None)
        if operator is eq and table.c.get("plan_id") in getattr(left, "base_columns", ()):
            return getattr(part.right, "value", None)
    return None


@event.listens_for(Session, "after_flush")
def _note_rows(session: Session, _context: object) -> None:
    plans = {
        getattr(row, "plan_id", None) or COMMON
        for row in chain(session.new, session.dirty, session.deleted)
        if _is_counted_row(session, row)
    }
    if plans:
        session.info.setdefault(CHANGED, set()).update(plans)


def _is_counted_row(session: Session, row: Any) -> bool:
    state = inspect(row)
    table = state.mapper.local_table
    if not is_counted_table(table):
        return False
    if row in session.new or row in session.deleted:
        return True
    if not session.is_modified(row, include_collections=False):
        return False
    quiet = {column.key for column in table.columns if not is_counted(column)}
    return not quiet or any(
        attribute.history.has_changes() for attribute in state.attrs if attribute.key not in quiet
    )


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    given = state.parameters
    rows = [given] if isinstance(given, dict) else list(given or ())
    plans = counted_plans(state.statement, rows)  # type: ignore[arg-type]
    if plans:
        state.session.info.setdefault(CHANGED, set()).update(plans)


@contextmanager
def taken_back(session: scoped_session[Session]) -> Iterator[None]:
    """What is changed inside is taken back to a savepoint by the caller, and so moves nothing."""
    before = set(session.info.get(CHANGED, ()))
    try:
        yield
    finally:
        session.info[CHANGED] = before


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(CHANGED, None)


@event.listens_for(Session, "before_commit")
def _move(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    plans = session.info.pop(CHANGED, None)
    if plans:
        # In one order everywhere, so that two writers never wait for each other.
        session.execute(_upsert(session, sorted(plans)))


def _upsert(session: Session, plans: list[int]) -> Any:
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = (postgresql_insert if is_postgresql else sqlite_insert)(Revision)
    now, new = clock.now(), insert.excluded
    insert = insert.values(
        [{"plan_id": plan, "mark": uuid.uuid4().hex, "changed_at": now} for plan in plans]
    )
    latest = case((new.changed_at > Revision.changed_at, new.changed_at),
                  else_=Revision.changed_at)  # fmt: skip
    return insert.on_conflict_do_update(
        index_elements=[Revision.plan_id], set_={"mark": new.mark, "changed_at": latest}
    )


def refuse_counted(connection: Connection) -> None:
    """Let nothing be written through this connection that would have to move a revision: beside a
    session nobody moves it."""

    @event.listens_for(connection, "before_execute")
    def _check(_connection: Any, statement: Any, many: Any, one: Any, _options: Any) -> None:
        if isinstance(statement, UpdateBase) and counted_plans(statement, many or [one]):
            raise RuntimeError(f"{statement.table} is counted; write it through a session")
