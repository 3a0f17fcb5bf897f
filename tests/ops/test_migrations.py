"""The migrations make the same tables as the models, and can be undone."""

import os
from pathlib import Path

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, text

from app import create_app
from app.core.db import db
from app.core.settings import sqlite_url
from tests.conftest import settings_for


@pytest.fixture
def empty_app(tmp_path: Path):
    server = os.environ.get("YINGBIN_TEST_DATABASE_URL")
    if not server:
        app = create_app(settings_for(sqlite_url(tmp_path / "empty.db"), tmp_path))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()
        return
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    name = f"yingbin_migrations_{os.getpid()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    app = create_app(settings_for(url, tmp_path))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    engine.dispose()


def test_up_agrees_with_the_models_and_down_leaves_nothing(empty_app) -> None:
    upgrade()
    check()
    tables = set(inspect(db.engine).get_table_names())
    assert tables >= {table.name for table in db.metadata.sorted_tables}
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    check()
