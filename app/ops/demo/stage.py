"""The stage on which the story is replayed: who is who, and what has been made so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from app.accounts.models import Department, Person
from app.core.db import db
from app.ops.demo.times import StoryTime
from app.plans.models import Plan
from app.tasks.models import Step, Task, item_key

# The same for all; said by the command, good for nothing else.
PASSWORD = "welcome-to-the-front-desk"
DOMAIN = "demo.example"


@dataclass
class Stage:
    """Ids of what the story names. Rows are read anew in each event's own transaction."""

    story: dict[str, Any]
    times: StoryTime
    plan_id: int = 0
    ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def person(self, key: str) -> Person:
        return db.session.scalars(select(Person).where(Person.email == f"{key}@{DOMAIN}")).one()

    def department(self, key: str | None) -> Department | None:
        if key is None:
            return None
        return db.session.scalars(select(Department).where(Department.key == key)).one_or_none()

    def department_id(self, key: str | None) -> int | None:
        row = self.department(key)
        return row.id if row else None

    def head_of(self, department: str) -> Person:
        """Who heads this department in the story."""
        rows = self.story["people"]
        return self.person(next(row["key"] for row in rows if row.get("heads") == department))

    @property
    def plan(self) -> Plan:
        return db.session.get_one(Plan, self.plan_id)

    def task(self, number: int) -> Task:
        return db.session.scalars(
            select(Task).where(Task.plan_id == self.plan_id, Task.number == number)
        ).one()

    def step(self, name: str) -> Step:
        """The step called "2.1"."""
        task, number = (int(part) for part in name.split("."))
        return db.session.scalars(
            select(Step).where(Step.task_id == self.task(task).id, Step.number == number)
        ).one()

    def item(self, name: str) -> str:
        """The key of the task "1" or of the step "2.1"."""
        if "." not in name:
            return item_key(self.task(int(name)).id)
        step = self.step(name)
        return item_key(step.task_id, step.id)

    def day(self, text: str) -> date:
        return self.times.day(text)

    def keep(self, kind: str, key: str, row_id: int) -> None:
        self.ids[kind, key] = row_id

    def kept(self, kind: str, key: str) -> int | None:
        """The id of what the story calls `key`; None when it has not come about (yet)."""
        return self.ids.get((kind, key))


@dataclass(frozen=True)
class Event:
    """One thing that happened. `run(stage, now)` does it through the use cases, in a transaction
    of its own unless it makes its own as jobs do."""

    at: datetime
    run: Callable[[Stage, datetime], None]
    label: str
    has_own_transactions: bool = False
