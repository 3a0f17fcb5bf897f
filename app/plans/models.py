"""Tables of the plan itself: its cover, its words, its people, its days."""

from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, Person
from app.core.db import Instant, IntPk, OptionalInstant, Words, db, enum_column
from app.core.permissions import Role


class PlanPhase(StrEnum):
    """Where a plan stands in its life."""

    active = "active"
    closed = "closed"

    @property
    def label(self) -> Any:
        return {"active": _l("under way"), "closed": _l("closed")}[self.value]


class SignStep(StrEnum):
    """编制 → 审核 → 批准, the three signatures of the cover."""

    prepared = "prepared"
    reviewed = "reviewed"
    approved = "approved"

    @property
    def label(self) -> Any:
        return {
            "prepared": lazy_pgettext("sign step", "prepared"),
            "reviewed": lazy_pgettext("sign step", "reviewed"),
            "approved": lazy_pgettext("sign step", "approved"),
        }[self.value]  # fmt: skip


class Plan(db.Model):
    """A rollout plan: the document's cover and what its clockwork needs."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("finish_on >= start_on", name="finish_after_start"),
        CheckConstraint("report_hour BETWEEN 0 AND 23", name="report_hour"),
    )

    id: Mapped[IntPk]
    template_key: Mapped[str] = mapped_column(String(40))
    title: Mapped[Words]
    purpose: Mapped[Words]
    company: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[PlanPhase] = enum_column(PlanPhase, default=PlanPhase.active)
    start_on: Mapped[date]
    finish_on: Mapped[date]
    # "Put into effect": anchor of its own, proposed at the end of task 1.
    go_live_on: Mapped[date | None]
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    prepared_on: Mapped[date | None]
    # Weekly reports are due on the week's last working day at this time of the plan's zone.
    report_hour: Mapped[int] = mapped_column(default=17)
    report_minute: Mapped[int] = mapped_column(default=0)
    inspection_interval_weeks: Mapped[int | None]
    created_at: Mapped[Instant]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    prepared_by: Mapped[Person | None] = relationship(foreign_keys=[prepared_by_id])
    reviewed_by: Mapped[Person | None] = relationship(foreign_keys=[reviewed_by_id])
    approved_by: Mapped[Person | None] = relationship(foreign_keys=[approved_by_id])


class PlanText(db.Model):
    """One paragraph or line of the document, in its place.

    section is one of: goal, key_task, stage, resource_part, resource_policy, monitoring,
    evaluation, audience, content, channel, frequency, duty (one a department), working_group,
    duties, platform, practices, outcome, outlook, basis.
    """

    __tablename__ = "plan_texts"
    __table_args__ = (Index("ix_plan_texts_place", "plan_id", "section", "position"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    section: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    title: Mapped[Words]
    body: Mapped[Words]


class PlanMember(db.Model):
    """A person's role in a plan; one person may hold several.

    A department's head holds the head role by heading a department, a task's owner the owner role
    by owning a task: those rows are kept by the use cases that appoint them.
    """

    __tablename__ = "plan_members"
    __table_args__ = (UniqueConstraint("plan_id", "person_id", "role"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    role: Mapped[Role] = enum_column(Role)

    person: Mapped[Person] = relationship()


class SignOff(db.Model):
    """A signature under the document as it stood at that instant."""

    __tablename__ = "sign_offs"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    step: Mapped[SignStep] = enum_column(SignStep)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    signed_at: Mapped[Instant]
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    withdrawn_at: Mapped[OptionalInstant]

    person: Mapped[Person] = relationship()


class DaySource(StrEnum):
    """Where a day of the calendar comes from: entered by hand as the company's own, imported as an
    official day, or imported with the whole arrangement of its year, as it was published."""

    own = "own"
    imported = "imported"
    published = "published"


class CalendarDay(db.Model):
    """A day that differs from the built-in calendar, or settles what is only estimated there."""

    __tablename__ = "calendar_days"

    id: Mapped[IntPk]
    on: Mapped[date] = mapped_column(unique=True)
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(String(80), default="")
    source: Mapped[DaySource] = enum_column(DaySource, default=DaySource.own)


class DepartmentDay(db.Model):
    """A day on which one department's work rests although the company works, or the reverse."""

    __tablename__ = "department_days"
    __table_args__ = (UniqueConstraint("department_id", "on"),)

    id: Mapped[IntPk]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    on: Mapped[date]
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(String(80), default="")

    department: Mapped[Department] = relationship()


class Leave(db.Model):
    """A person is away on these days; a substitute may report for them."""

    __tablename__ = "leaves"
    __table_args__ = (CheckConstraint("last_on >= first_on", name="last_after_first"),)

    id: Mapped[IntPk]
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    substitute: Mapped[Person | None] = relationship(foreign_keys=[substitute_id])
