"""The migrations make the same tables as the models, and can be undone."""

import os
from pathlib import Path

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, text

from app import create_app
from app.comms.models import Message
from app.core.db import db
from app.core.jobs import JobRun
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


def test_dependencies_and_paid_money_come_along_both_ways(empty_app) -> None:
    upgrade(revision="0001")
    with db.engine.begin() as connection:
        for table, values in (
            ("persons", {"id": 1, "email": "a@b.example", "name": "甲", "language": "zh"}),
            ("plans", {"id": 1, "created_by_id": 1}),
            ("tasks", {"id": 1, "plan_id": 1, "number": 1}),
            ("tasks", {"id": 2, "plan_id": 1, "number": 2}),
            ("steps", {"id": 1, "plan_id": 1, "task_id": 1}),
            ("task_dependencies", {"task_id": 2, "after_task_id": 1, "lag_workdays": 3}),
            ("budget_lines", {"plan_id": 1, "actual_cents": 30}),
        ):
            _insert(connection, table, values)
    upgrade()

    def read(statement: str) -> list[tuple]:
        with db.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    links = "SELECT before_task_id, after_task_id, kind, lag_workdays, pair FROM links"
    assert read(links) == [(1, 2, "FS", 3, "task:1>task:2")]
    assert read("SELECT committed_cents FROM budget_lines") == [(30,)]
    assert read("SELECT count(*) FROM steps WHERE baseline_finish_on = finish_on") == [(1,)]
    downgrade(revision="0001")
    kept = "SELECT task_id, after_task_id, lag_workdays FROM task_dependencies"
    assert read(kept) == [(2, 1, 3)]


def test_messages_and_jobs_come_along_both_ways_and_groups_only_up(empty_app) -> None:
    upgrade(revision="0003")
    with db.engine.begin() as connection:
        for table, values in (
            ("persons", {"id": 1, "email": "a@b.example", "name": "甲", "language": "zh"}),
            ("messages", {"id": 1, "unique_key": "a", "recipient_id": 1, "state": "pending",
                          "channel": "mail"}),
            ("job_runs", {"name": "deliver", "outcome": "3 sent"}),
        ):  # fmt: skip
            _insert(connection, table, values)
    upgrade()
    assert db.session.get_one(JobRun, "deliver").outcome == ""
    assert db.session.get_one(Message, 1).robot_id is None
    db.session.remove()
    with db.engine.begin() as connection:
        for table, values in (
            ("robots", {"id": 1, "vendor": "wecom", "name": "g", "language": "zh"}),
            ("messages", {"id": 2, "unique_key": "b", "robot_id": 1, "recipient_id": None,
                          "state": "pending", "channel": "wecom"}),
            ("message_attempts", {"message_id": 2}),
        ):  # fmt: skip
            _insert(connection, table, values)
    downgrade(revision="0003")
    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT id, recipient_id FROM messages")).all()
        outcome = connection.execute(text("SELECT outcome FROM job_runs")).scalar()
    assert ([tuple(row) for row in rows], outcome) == ([(1, 1)], "")
    upgrade()
    check()


def _insert(connection, table: str, values: dict) -> None:
    """A row with these values, and something that fits in every other column that needs one."""
    row = dict(values)
    for column in inspect(connection).get_columns(table):
        name, kind = column["name"], str(column["type"])
        if name in row or column["nullable"] or name == "id":
            continue
        if "DATE" in kind or "TIME" in kind:
            row[name] = "2026-01-05"
        elif "BOOL" in kind:
            row[name] = False
        else:
            row[name] = 1 if "INT" in kind else "{}"
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)  # noqa: S608
