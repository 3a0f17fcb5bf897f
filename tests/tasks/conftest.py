"""Shortcuts for the tests of tasks."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from app.core.db import db
from app.plans.access import viewer_of
from app.tasks.models import Task


@pytest.fixture
def tasks(plan) -> SimpleNamespace:
    """The plan's tasks by number: tasks.t1 … tasks.t5."""
    rows = db.session.scalars(db.select(Task).where(Task.plan_id == plan.id))
    return SimpleNamespace(**{f"t{task.number}": task for task in rows})


@pytest.fixture
def heard(context) -> Callable[[type], list]:
    """heard(TaskDatesChanged) → the list in which events of that kind are noted from now on."""
    from app.core import events

    noted = []

    def listen(kind: type) -> list:
        rows: list = []
        handler = rows.append
        noted.append((kind, handler))
        events.subscribe(kind, handler)
        return rows

    yield listen
    for kind, handler in noted:
        events._handlers[kind].remove(handler)


@pytest.fixture
def eyes_of_pm(plan, people):
    """The manager's eyes on the plan."""
    return viewer_of(people.pm, plan.id)
