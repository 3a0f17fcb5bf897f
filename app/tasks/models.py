"""Tables of the work plan. A *task* is always one of the plan's sub-tasks."""

from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, Person
from app.core.db import Instant, IntPk, LongText, OptionalInstant, Words, db, enum_column
from app.plans.models import Plan


class TaskState(StrEnum):
    """How far a task is."""

    not_started = "not_started"
    active = "active"
    done = "done"

    @property
    def label(self) -> Any:
        return {
            "not_started": _l("not started"), "active": _l("under way"), "done": _l("finished"),
        }[self.value]  # fmt: skip


class Task(db.Model):
    """One sub-task of the plan. Committed dates (`start_on`, `finish_on`) change only by a use
    case that is audited; `forecast_finish_on` is what its owner expects, None = as committed."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("finish_on >= start_on", name="finish_after_start"),
        CheckConstraint("progress_percent BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("weight >= 0", name="weight"),
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    number: Mapped[int]
    key: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[Words]
    description: Mapped[LongText]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    duration_workdays: Mapped[int]
    start_on: Mapped[date]
    finish_on: Mapped[date]
    baseline_start_on: Mapped[date]
    baseline_finish_on: Mapped[date]
    weight: Mapped[int] = mapped_column(default=1)
    state: Mapped[TaskState] = enum_column(TaskState, default=TaskState.not_started)
    progress_percent: Mapped[int] = mapped_column(default=0)
    forecast_finish_on: Mapped[date | None]
    done_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    plan: Mapped[Plan] = relationship()
    owner: Mapped[Person | None] = relationship()
    department: Mapped[Department | None] = relationship()

    @property
    def is_done(self) -> bool:
        return self.state is TaskState.done

    def is_overdue(self, today: date) -> bool:
        return not self.is_done and self.finish_on < today


class TaskDependency(db.Model):
    """`task` starts after `after_task` has finished, plus `lag_workdays`."""

    __tablename__ = "task_dependencies"
    __table_args__ = (UniqueConstraint("task_id", "after_task_id"),)

    id: Mapped[IntPk]
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    after_task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"))
    lag_workdays: Mapped[int] = mapped_column(default=0)


class Step(db.Model):
    """A step or a milestone under a task."""

    __tablename__ = "steps"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        CheckConstraint("finish_on >= start_on", name="finish_after_start"),
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    number: Mapped[int]
    title: Mapped[Words]
    start_on: Mapped[date]
    finish_on: Mapped[date]
    is_milestone: Mapped[bool] = mapped_column(default=False)
    progress_percent: Mapped[int] = mapped_column(default=0)
    done_on: Mapped[date | None]

    task: Mapped[Task] = relationship()


class ResourceKind(StrEnum):
    """人力, 物力, 财力."""

    human = "human"
    material = "material"
    financial = "financial"

    @property
    def label(self) -> Any:
        return {
            "human": _l("people"), "material": _l("material"), "financial": _l("money"),
        }[self.value]  # fmt: skip


class ResourceState(StrEnum):
    """A resource is asked for, promised by the lending department, and delivered."""

    open = "open"
    asked = "asked"
    promised = "promised"
    delivered = "delivered"

    @property
    def label(self) -> Any:
        return {
            "open": _l("not asked for yet"), "asked": _l("asked for"),
            "promised": _l("promised"), "delivered": _l("delivered"),
        }[self.value]  # fmt: skip


class ResourceSource(StrEnum):
    """内部调配 or 外部采购."""

    internal = "internal"
    external = "external"

    @property
    def label(self) -> Any:
        return {
            "internal": _l("internal transfer"), "external": _l("external purchase"),
        }[self.value]  # fmt: skip


class Resource(db.Model):
    """What a task needs, from whom, and whether it has come."""

    __tablename__ = "resources"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    kind: Mapped[ResourceKind] = enum_column(ResourceKind)
    title: Mapped[Words]
    source: Mapped[ResourceSource] = enum_column(ResourceSource, default=ResourceSource.internal)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    quantity: Mapped[str] = mapped_column(String(80), default="")
    needed_on: Mapped[date | None]
    state: Mapped[ResourceState] = enum_column(ResourceState, default=ResourceState.open)
    note: Mapped[LongText]

    task: Mapped[Task] = relationship()
    department: Mapped[Department | None] = relationship()


class BudgetLine(db.Model):
    """Money of a task or of the plan, in integer cents of one currency (CNY)."""

    __tablename__ = "budget_lines"
    __table_args__ = (
        CheckConstraint("planned_cents >= 0 AND actual_cents >= 0 AND forecast_cents >= 0",
                        name="not_negative"),
    )  # fmt: skip

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    title: Mapped[Words]
    planned_cents: Mapped[int]
    actual_cents: Mapped[int] = mapped_column(default=0)
    forecast_cents: Mapped[int]

    task: Mapped[Task | None] = relationship()
    department: Mapped[Department | None] = relationship()


class ActionState(StrEnum):
    """An action item is open until it is closed with evidence, or cancelled with a reason."""

    open = "open"
    closed = "closed"
    cancelled = "cancelled"

    @property
    def label(self) -> Any:
        return {
            "open": _l("open"), "closed": _l("closed"), "cancelled": _l("cancelled"),
        }[self.value]  # fmt: skip


class ActionSource(StrEnum):
    """Where an action item came from."""

    plan = "plan"
    meeting = "meeting"
    inspection = "inspection"
    problem = "problem"
    risk = "risk"

    @property
    def label(self) -> Any:
        return {
            "plan": _l("the project manager"), "meeting": _l("a meeting"),
            "inspection": _l("an inspection"), "problem": _l("a problem"), "risk": _l("a risk"),
        }[self.value]  # fmt: skip


class ActionItem(db.Model):
    """Something a person has to do by a day. Shown as A-<number>.

    source_id is the id of the meeting, finding, problem or risk that it came from.
    """

    __tablename__ = "action_items"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    details: Mapped[LongText]
    owner_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    due_on: Mapped[date]
    source: Mapped[ActionSource] = enum_column(ActionSource, default=ActionSource.plan)
    source_id: Mapped[int | None]
    state: Mapped[ActionState] = enum_column(ActionState, default=ActionState.open)
    evidence: Mapped[LongText]
    created_at: Mapped[Instant]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    ended_at: Mapped[OptionalInstant]

    owner: Mapped[Person] = relationship(foreign_keys=[owner_id])
    department: Mapped[Department | None] = relationship()
    task: Mapped[Task | None] = relationship()

    def is_overdue(self, today: date) -> bool:
        return self.state is ActionState.open and self.due_on < today
