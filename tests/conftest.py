"""What every test stands on: an application on a database that holds a small company and its plan.

The company is made once a run by the use cases and put back before each test: by a file copy on
SQLite, from a schema that keeps its rows on PostgreSQL. So tests are independent without rolling
anything back, and views commit for real.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from app import create_app
from app.accounts.models import Department, Person
from app.accounts.sign_in import begin_sign_in, hash_password
from app.core import clock
from app.core.db import db
from app.core.localtext import LocalText
from app.core.settings import Settings, sqlite_url
from app.plans.models import Plan
from app.plans.starting import PlanStart, start_plan
from tests.browsing import (  # noqa: F401
    browser,
    chromium,
    playwright_driver,
    served,
    visitor_of,
)

# How long one example takes says more about the machine than about the rule.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

# Thursday of week 48, 16:20 in Shanghai: the ninth week of the plan.
NOW = datetime(2026, 11, 26, 8, 20, tzinfo=UTC)
STARTED = datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
PASSWORD = "a long enough password"

PEOPLE = {
    "admin": ("管理员", None), "pm": ("许文静", "administration"),
    "owner1": ("周敏", "administration"), "owner2": ("韩雪梅", "training"),
    "owner3": ("林晓雨", "marketing"), "owner4": ("何俊", "it"),
    "owner5": ("邓志强", "administration"), "training": ("罗国平", "training"),
    "it": ("沈涛", "it"), "administration": ("方丽华", "administration"),
    "marketing": ("王海燕", "marketing"), "finance": ("宋建国", "finance"),
    "exec": ("梁永康", None), "clerk": ("赵小云", "front_desk"), "stranger": ("外人", None),
}  # fmt: skip
DEPARTMENTS = {
    "training": "培训部", "it": "信息技术部", "administration": "行政部", "marketing": "市场部",
    "finance": "财务部", "front_desk": "前台",
}  # fmt: skip
ENGLISH = {
    "training": "Training", "it": "IT", "administration": "Administration",
    "marketing": "Marketing", "finance": "Finance", "front_desk": "Front desk",
}  # fmt: skip


def make_world() -> None:
    """A company of fifteen people with the reception plan under way."""
    password = hash_password(PASSWORD)
    departments = {}
    for key, name in DEPARTMENTS.items():
        departments[key] = Department(key=key, name=LocalText(zh=name, en=ENGLISH[key]))
        db.session.add(departments[key])
    db.session.flush()
    people = {}
    for key, (name, department) in PEOPLE.items():
        people[key] = Person(
            email=f"{key}@example.com", name=name, language="zh", created_at=STARTED,
            password_hash=password, is_admin=key == "admin", may_start_plans=key == "pm",
            department_id=departments[department].id if department else None,
        )  # fmt: skip
        db.session.add(people[key])
    db.session.flush()
    start_plan(
        PlanStart(
            template_key="reception",
            start_on=date(2026, 9, 28),
            company="远山服务有限公司",
            prepared_by_id=people["pm"].id,
            reviewed_by_id=people["administration"].id,
            approved_by_id=people["exec"].id,
            prepared_on=date(2026, 9, 28),
            owners={n: people[f"owner{n}"].id for n in range(1, 6)},
            heads={k: people[k].id for k in DEPARTMENTS if k != "front_desk"},
            executive_ids=(people["exec"].id,),
            member_ids=(people["clerk"].id,),
        ),
        people["pm"],
        STARTED,
    )
    db.session.commit()


def settings_for(database_url: str, folder: Path) -> Settings:
    return Settings(
        database_url=database_url, secret_key="secret for the tests only",
        base_url="http://localhost", mail_url=None, timezone="Asia/Shanghai",
        log_level="CRITICAL", instance_path=folder, encryption_key=None,
    )  # fmt: skip


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The world made once; `.reset()` puts it back."""
    folder = tmp_path_factory.mktemp("instance")
    server = os.environ.get("YINGBIN_TEST_DATABASE_URL")
    name = f"yingbin_test_{os.getpid()}"
    live, kept = folder / "live.db", folder / "kept.db"
    url = str(make_url(server).set(database=name)) if server else sqlite_url(live)
    if server:
        # make_url hides passwords in str(); rendering keeps them.
        url = make_url(server).set(database=name).render_as_string(hide_password=False)

    def administer(*statements: str) -> None:
        engine = create_engine(server, isolation_level="AUTOCOMMIT")  # type: ignore[arg-type]
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    if server:
        administer(
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"'
        )
    app = create_app(settings_for(url, folder))
    app.test_client_class = Browser
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    # What the world's changes are stamped with lies before every test's present.
    with app.app_context(), clock.fixed_at(STARTED):
        db.create_all()
        make_world()
        db.session.remove()
        if not server:
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
            shutil.copy(live, kept)
    keeper = _keep_on_server(url) if server else None

    def reset() -> None:
        with app.app_context():
            db.engine.dispose()
        if keeper:
            keeper.put_back()
        else:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{live}{suffix}").unlink(missing_ok=True)
            shutil.copy(kept, live)

    yield SimpleNamespace(app=app, reset=reset, url=url)
    with app.app_context():
        db.engine.dispose()
    if keeper:
        keeper.engine.dispose()
        administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class Keeper:
    """Puts every row of a PostgreSQL database back by one statement list: a hundred times faster
    than making the database anew."""

    engine: Engine
    statements: str

    def put_back(self) -> None:
        with self.engine.connect() as connection:
            connection.exec_driver_sql(self.statements)


def _keep_on_server(url: str) -> Keeper:
    """Copy all rows into the schema `kept` and write down how to bring them back."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    names = [table.name for table in db.metadata.sorted_tables]
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE SCHEMA kept")
        for table in names:
            connection.exec_driver_sql(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"')
        counters = connection.exec_driver_sql(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        ).all()
    lines = [
        # Whoever was left behind by a test holds no lock any more.
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        # The one table that a test may add.
        "DROP TABLE IF EXISTS public.alembic_version",
        # Foreign keys are not looked at, so that the order of tables does not matter.
        "SET LOCAL session_replication_role = replica",
        *[f'DELETE FROM public."{table}"' for table in names],
        *[f'INSERT INTO public."{table}" SELECT * FROM kept."{table}"' for table in names],
        *[
            f"SELECT setval('public.\"{counter}\"', {last or 1}, {'true' if last else 'false'})"
            for counter, last in counters
        ],
    ]
    return Keeper(engine, "BEGIN; " + "; ".join(lines) + "; COMMIT")


@pytest.fixture
def app(database: SimpleNamespace) -> Iterator[Flask]:
    """The application on a fresh copy of the world, the clock standing at NOW."""
    database.reset()
    with clock.fixed_at(NOW):
        yield database.app


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """An application context for tests of use cases and queries."""
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def people(context: Flask) -> SimpleNamespace:
    """Everybody by their key: people.pm, people.owner1 …"""
    rows = db.session.scalars(db.select(Person)).all()
    return SimpleNamespace(**{row.email.split("@")[0]: row for row in rows})


@pytest.fixture
def plan(context: Flask) -> Plan:
    """The world's plan."""
    return db.session.get_one(Plan, 1)


class Browser(FlaskClient):
    """Sends each request in a context of its own, as on a server. What the test did before is
    kept first, and afterwards the test sees what the request wrote."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if has_app_context():
            db.session.commit()
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def client_of(app: Flask) -> Callable[..., FlaskClient]:
    """client_of("pm") is that person's signed-in browser; client_of(None) is nobody's."""

    def make(key: str | None, language: str | None = None) -> FlaskClient:
        client = app.test_client()
        if has_app_context():
            # The test's own transaction would not see the sign-in, nor be able to write after it.
            db.session.commit()
        if key is not None:
            with app.app_context():
                person = db.session.scalars(
                    db.select(Person).where(Person.email == f"{key}@example.com")
                ).one()
                if language:
                    person.language = language
                token = begin_sign_in(person, clock.now())
                db.session.commit()
            with client.session_transaction() as session:
                session["_user_id"] = token
                session["_fresh"] = True
        return client

    return make
