"""What the suite runs on, so that a run on PostgreSQL cannot quietly be one on SQLite."""

import pytest

from app.accounts.models import Person
from app.core.db import db
from tests.requirements import needs


@pytest.mark.postgres
def test_the_suite_runs_on_postgresql(context) -> None:
    needs("postgres")
    assert db.engine.dialect.name == "postgresql"


def test_each_test_finds_the_company_as_it_was_made(people) -> None:
    people.pm.name = "somebody else"
    db.session.commit()
    assert db.session.scalar(db.select(db.func.count()).select_from(Person)) == 15


def test_and_so_does_the_next(people) -> None:
    assert people.pm.name == "许文静"
