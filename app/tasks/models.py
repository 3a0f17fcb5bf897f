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


class OffDay(StrEnum):
    """What becomes of a date that falls on a day off."""

    keep = "keep"
    following = "next"
    previous = "previous"

    @property
    def label(self) -> Any:
        return {
            "keep": _l("keep the day"), "next": _l("take the next working day"),
            "previous": _l("take the working day before"),
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
    # Constraints: start no earlier, finish no later, and dates that links do not move.
    not_before_on: Mapped[date | None]
    not_after_on: Mapped[date | None]
    is_fixed: Mapped[bool] = mapped_column(default=False)
    off_day: Mapped[OffDay] = enum_column(OffDay, default=OffDay.keep)
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


class LinkKind(StrEnum):
    """What of the one waits for what of the other (the Precedence Diagramming Method's four)."""

    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"

    @property
    def label(self) -> Any:
        return {
            "FS": _l("starts after it has finished"), "SS": _l("starts after it has started"),
            "FF": _l("finishes after it has finished"), "SF": _l("finishes after it has started"),
        }[self.value]  # fmt: skip


class Link(db.Model):
    """A dependency: `after` waits for `before`. Either end is a task, or one of its steps when the
    step's id stands too. `lag_workdays` below 0 is a lead. `pair` names both ends, so that the
    same two are linked once."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("pair"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    before_task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    before_step_id: Mapped[int | None] = mapped_column(ForeignKey("steps.id"))
    after_task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    after_step_id: Mapped[int | None] = mapped_column(ForeignKey("steps.id"))
    kind: Mapped[LinkKind] = enum_column(LinkKind, default=LinkKind.FS)
    lag_workdays: Mapped[int] = mapped_column(default=0)
    pair: Mapped[str] = mapped_column(String(60))

    @property
    def before_key(self) -> str:
        return item_key(self.before_task_id, self.before_step_id)

    @property
    def after_key(self) -> str:
        return item_key(self.after_task_id, self.after_step_id)


def item_key(task_id: int, step_id: int | None = None) -> str:
    """The name of a task or a step in the schedule: "task:3", "step:12"."""
    return f"task:{task_id}" if step_id is None else f"step:{step_id}"


def pair_of(before_key: str, after_key: str) -> str:
    """Both ends of a link in one word."""
    return f"{before_key}>{after_key}"


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
    forecast_finish_on: Mapped[date | None]
    done_on: Mapped[date | None]
    # None for a step that came after the baseline was taken.
    baseline_start_on: Mapped[date | None]
    baseline_finish_on: Mapped[date | None]
    not_before_on: Mapped[date | None]
    not_after_on: Mapped[date | None]
    is_fixed: Mapped[bool] = mapped_column(default=False)
    off_day: Mapped[OffDay] = enum_column(OffDay, default=OffDay.keep)

    task: Mapped[Task] = relationship()


class Baseline(db.Model):
    """The schedule as it stood at an instant, under a name; never changed. Lateness and planned
    value are measured against the one that `is_current`; at most one of a plan is."""

    __tablename__ = "baselines"
    __table_args__ = (UniqueConstraint("plan_id", "name"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    note: Mapped[LongText]
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    is_current: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Instant]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    created_by: Mapped[Person | None] = relationship()


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
    """A resource is asked for, promised or declined by the lending department, and delivered."""

    open = "open"
    asked = "asked"
    promised = "promised"
    declined = "declined"
    delivered = "delivered"

    @property
    def label(self) -> Any:
        return {
            "open": _l("not asked for yet"), "asked": _l("asked for"),
            "promised": _l("promised"), "declined": _l("declined"),
            "delivered": _l("delivered"),
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
    """What a task needs, from whom, from when to when, and whether it has come. The answer is the
    lending head's: the day that was promised (`promised_on`), or why it was declined."""

    __tablename__ = "resources"
    __table_args__ = (CheckConstraint("needed_until_on >= needed_on", name="until_after_from"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    kind: Mapped[ResourceKind] = enum_column(ResourceKind)
    title: Mapped[Words]
    source: Mapped[ResourceSource] = enum_column(ResourceSource, default=ResourceSource.internal)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    quantity: Mapped[str] = mapped_column(String(80), default="")
    needed_on: Mapped[date | None]
    needed_until_on: Mapped[date | None]
    state: Mapped[ResourceState] = enum_column(ResourceState, default=ResourceState.open)
    note: Mapped[LongText]
    answer: Mapped[LongText]
    promised_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    answered_at: Mapped[OptionalInstant]

    task: Mapped[Task] = relationship()
    department: Mapped[Department | None] = relationship()
    answered_by: Mapped[Person | None] = relationship()


class BudgetLine(db.Model):
    """Money of a task or of the plan, in integer cents of one currency (CNY)."""

    __tablename__ = "budget_lines"
    __table_args__ = (
        CheckConstraint("planned_cents >= 0 AND actual_cents >= 0 AND forecast_cents >= 0",
                        name="not_negative"),
        CheckConstraint("committed_cents >= 0", name="committed"),
    )  # fmt: skip

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    title: Mapped[Words]
    planned_cents: Mapped[int]
    # Ordered or signed for, paid or not: actual money is a part of it.
    committed_cents: Mapped[int] = mapped_column(default=0)
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
    report = "report"

    @property
    def label(self) -> Any:
        return {
            "plan": _l("the project manager"), "meeting": _l("a meeting"),
            "inspection": _l("an inspection"), "problem": _l("a problem"), "risk": _l("a risk"),
            "report": _l("a weekly report"),
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
