"""Runs migrations inside the application, over its own engine and tables."""

from typing import Any

from alembic import context
from flask import current_app

from app.core.db import LocalTextType, StrEnumType, UtcDateTime


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Our own column types as the plain ones they rest in: a migration must not import the app,
    whose code will have moved on."""
    if kind == "type":
        if isinstance(item, UtcDateTime):
            return "sa.DateTime()"
        if isinstance(item, LocalTextType):
            return "sa.Text()"
        if isinstance(item, StrEnumType):
            return f"sa.String(length={item.kind_length})"
    return False


def run() -> None:
    """Bring the connected database to the revision asked for."""
    database = current_app.extensions["migrate"].db
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Batch mode rebuilds tables; their references must not be followed meanwhile.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=render_item,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a live database only.")
run()
