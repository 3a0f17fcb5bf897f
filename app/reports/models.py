"""Tables of monitoring and evaluation."""

from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, Person
from app.core.db import (
    Instant,
    IntPk,
    LongText,
    OptionalInstant,
    Words,
    db,
    enum_column,
)
from app.tasks.models import Task


class ReportState(StrEnum):
    """A weekly report is a draft, with the manager, sent back, or accepted."""

    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    accepted = "accepted"

    @property
    def label(self) -> Any:
        return {
            "draft": _l("draft"), "submitted": _l("submitted"), "returned": _l("returned"),
            "accepted": _l("accepted"),
        }[self.value]  # fmt: skip


class WeeklyReport(db.Model):
    """One task's report of one ISO week. `first_submitted_at` alone decides whether it was on
    time: a return does not make it late."""

    __tablename__ = "weekly_reports"
    __table_args__ = (
        UniqueConstraint("task_id", "iso_year", "iso_week"),
        CheckConstraint("progress_percent BETWEEN 0 AND 100", name="progress"),
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    iso_year: Mapped[int]
    iso_week: Mapped[int]
    # Whose report it is, and who wrote it (a substitute during leave).
    owner_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    state: Mapped[ReportState] = enum_column(ReportState, default=ReportState.draft)
    done_text: Mapped[LongText]
    progress_percent: Mapped[int]
    forecast_finish_on: Mapped[date | None]
    saved_at: Mapped[Instant]
    first_submitted_at: Mapped[OptionalInstant]
    submitted_at: Mapped[OptionalInstant]
    decided_at: Mapped[OptionalInstant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    return_reason: Mapped[LongText]
    # Drafts of outcomes, next week's lines and problems, kept as typed until submission.
    draft: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    task: Mapped[Task] = relationship()
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id])
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])


class Outcome(StrEnum):
    """What became of a promise."""

    pending = "pending"
    done = "done"
    slipped = "slipped"
    dropped = "dropped"

    @property
    def label(self) -> Any:
        return {
            "pending": _l("not settled yet"), "done": _l("done"), "slipped": _l("slipped"),
            "dropped": _l("dropped"),
        }[self.value]  # fmt: skip


class Promise(db.Model):
    """A line of a report's "next week". It comes back in the week it was promised for.

    A slip ends this row as `slipped` and begins a new one for the later week (`follows_id`), with
    `slip_count` one higher.
    """

    __tablename__ = "promises"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("weekly_reports.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    made_year: Mapped[int]
    made_week: Mapped[int]
    due_year: Mapped[int]
    due_week: Mapped[int]
    outcome: Mapped[Outcome] = enum_column(Outcome, default=Outcome.pending)
    reason: Mapped[LongText]
    settled_in_id: Mapped[int | None] = mapped_column(ForeignKey("weekly_reports.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("promises.id"))
    slip_count: Mapped[int] = mapped_column(default=0)

    task: Mapped[Task] = relationship()


class ProblemState(StrEnum):
    """A problem is open until it is answered or becomes an action, a risk or a decision."""

    open = "open"
    answered = "answered"
    action = "action"
    risk = "risk"
    decision = "decision"

    @property
    def label(self) -> Any:
        return {
            "open": _l("open"), "answered": _l("answered"),
            "action": _l("became an action item"), "risk": _l("became a risk"),
            "decision": _l("decided in a meeting"),
        }[self.value]  # fmt: skip


class Problem(db.Model):
    """Something an owner met and needs an answer to. Shown as P-<number>."""

    __tablename__ = "problems"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    details: Mapped[LongText]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("weekly_reports.id"))
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    raised_at: Mapped[Instant]
    # Who owes the answer, and by when.
    owner_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    answer_due_on: Mapped[date]
    state: Mapped[ProblemState] = enum_column(ProblemState, default=ProblemState.open)
    answer: Mapped[LongText]
    ended_at: Mapped[OptionalInstant]

    task: Mapped[Task | None] = relationship()
    raised_by: Mapped[Person] = relationship(foreign_keys=[raised_by_id])
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id])

    def is_overdue(self, today: date) -> bool:
        return self.state is ProblemState.open and self.answer_due_on < today


class Inspection(db.Model):
    """An on-site inspection 现场巡查: how reception is really done."""

    __tablename__ = "inspections"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    inspector_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    planned_on: Mapped[date]
    done_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(120), default="")
    summary: Mapped[LongText]
    recorded_at: Mapped[OptionalInstant]
    # Something that anybody of the plan noticed in passing, outside the regular inspections.
    is_observation: Mapped[bool] = mapped_column(default=False)

    inspector: Mapped[Person] = relationship()
    findings: Mapped[list["Finding"]] = relationship(order_by="Finding.id")


class Finding(db.Model):
    """What an inspection found, fed back to a department; `action_id` when it needs doing."""

    __tablename__ = "findings"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspections.id"), index=True)
    stage: Mapped[str] = mapped_column(String(40), default="")
    text: Mapped[str] = mapped_column(Text)
    is_good: Mapped[bool] = mapped_column(default=False)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action_items.id"))

    department: Mapped[Department | None] = relationship()


class Cadence(StrEnum):
    """How often an indicator is measured."""

    month = "month"
    quarter = "quarter"
    half_year = "half_year"

    @property
    def label(self) -> Any:
        return {
            "month": _l("monthly"), "quarter": _l("quarterly"), "half_year": _l("half-yearly"),
        }[self.value]  # fmt: skip


class IndicatorKind(StrEnum):
    """A share of a sample, or a mean of measured values."""

    proportion = "proportion"
    mean = "mean"

    @property
    def label(self) -> Any:
        return {"proportion": _l("share of answers"), "mean": _l("mean value")}[self.value]


class Direction(StrEnum):
    """Which side of the target is good."""

    at_least = "at_least"
    at_most = "at_most"

    @property
    def label(self) -> Any:
        return {"at_least": _l("at least"), "at_most": _l("at most")}[self.value]


class Indicator(db.Model):
    """One of the plan's indicators. unit: percent, seconds or a person's own word.

    target is in the unit (a proportion's in percent); None = still a blank of the plan.
    """

    __tablename__ = "indicators"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    number: Mapped[int]
    key: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[Words]
    measured_as: Mapped[Words]
    cadence: Mapped[Cadence] = enum_column(Cadence)
    kind: Mapped[IndicatorKind] = enum_column(IndicatorKind)
    unit: Mapped[str] = mapped_column(String(20))
    direction: Mapped[Direction] = enum_column(Direction)
    target: Mapped[float | None]
    min_answers: Mapped[int] = mapped_column(default=30)
    # Measuring begins here (None: with the plan); periods before it are not missing.
    begins_on: Mapped[date | None]

    measurements: Mapped[list["Measurement"]] = relationship(
        order_by="Measurement.period_first", back_populates="indicator"
    )


class Measurement(db.Model):
    """One period's value. For a proportion: `good_count` of `sample_size`; value in percent."""

    __tablename__ = "measurements"
    __table_args__ = (
        UniqueConstraint("indicator_id", "period"),
        CheckConstraint("sample_size IS NULL OR sample_size >= 0", name="sample_size"),
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicators.id"), index=True)
    period: Mapped[str] = mapped_column(String(10))
    period_first: Mapped[date]
    period_last: Mapped[date]
    value: Mapped[float]
    good_count: Mapped[int | None]
    sample_size: Mapped[int | None]
    is_whole_population: Mapped[bool] = mapped_column(default=False)
    note: Mapped[LongText]
    measured_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    measured_at: Mapped[Instant]

    indicator: Mapped[Indicator] = relationship(back_populates="measurements")
