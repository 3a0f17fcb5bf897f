"""Whether the database stands where the migrations lead."""

from functools import lru_cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.core.settings import ROOT, SettingsError

COMMAND = "python3 run.py flask db upgrade"


@lru_cache(maxsize=1)
def wanted_heads() -> frozenset[str]:
    """The newest revisions that this program knows; none while there are no migrations."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    return frozenset(ScriptDirectory.from_config(config).get_heads())


def is_migrated() -> bool:
    """Whether the connected database is at those revisions. Raises SQLAlchemyError when it
    cannot be asked."""
    wanted = wanted_heads()
    if not wanted:
        return True
    with db.engine.connect() as connection:
        return frozenset(MigrationContext.configure(connection).get_current_heads()) == wanted


def check_migrated(app: Flask) -> None:
    """Refuse to serve a database that was made for another version.

    Raises SettingsError with the command that brings it up to date.
    """
    with app.app_context():
        try:
            is_ready = is_migrated()
        except SQLAlchemyError as problem:
            reason = str(getattr(problem, "orig", None) or problem).strip().splitlines()[0]
            raise SettingsError(f"The database cannot be reached: {reason}") from problem
    if not is_ready:
        raise SettingsError(f"The database is not at this program's version. Please run: {COMMAND}")
