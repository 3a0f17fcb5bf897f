"""Tables of the risk register."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Department, Person
from app.core.db import Instant, IntPk, LongText, OptionalInstant, Words, db, enum_column


class RiskState(StrEnum):
    """A risk is open until it is closed with a reason."""

    open = "open"
    closed = "closed"

    @property
    def label(self) -> Any:
        return {"open": _l("open"), "closed": _l("closed")}[self.value]


_RATING = "{0} IS NULL OR {0} BETWEEN 1 AND 5"
RATINGS = (
    "inherent_probability", "inherent_impact", "current_probability", "current_impact",
    "target_probability", "target_impact",
)  # fmt: skip


class Risk(db.Model):
    """One risk. Unrated until its first review: only the plan's impact is known.

    A risk without a department is reviewed by the project manager.
    """

    __tablename__ = "risks"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        *(CheckConstraint(_RATING.format(name), name=name) for name in RATINGS),
    )

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    number: Mapped[int]
    title: Mapped[Words]
    description: Mapped[LongText]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    # 4 and 3 for the plan's 高 and 中; what the first review starts from.
    plan_impact: Mapped[int | None]
    inherent_probability: Mapped[int | None]
    inherent_impact: Mapped[int | None]
    current_probability: Mapped[int | None]
    current_impact: Mapped[int | None]
    target_probability: Mapped[int | None]
    target_impact: Mapped[int | None]
    state: Mapped[RiskState] = enum_column(RiskState, default=RiskState.open)
    # Why a new review is asked for (a response completed, a window passed); empty when none is.
    review_asked: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[Instant]
    reviewed_at: Mapped[OptionalInstant]
    closed_reason: Mapped[LongText]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    department: Mapped[Department | None] = relationship()
    responses: Mapped[list["Response"]] = relationship(order_by="Response.id")

    @property
    def is_rated(self) -> bool:
        return self.current_probability is not None and self.current_impact is not None

    @property
    def score(self) -> int | None:
        """Current score, or None while unrated."""
        if self.current_probability is None or self.current_impact is None:
            return None
        return self.current_probability * self.current_impact


class ResponseState(StrEnum):
    """How far a response is."""

    planned = "planned"
    active = "active"
    done = "done"
    dropped = "dropped"

    @property
    def label(self) -> Any:
        return {
            "planned": _l("planned"), "active": _l("under way"), "done": _l("done"),
            "dropped": _l("dropped"),
        }[self.value]  # fmt: skip


class Response(db.Model):
    """What is done about a risk, and in which window (see `risks.windows` for its shape)."""

    __tablename__ = "risk_responses"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    risk_id: Mapped[int] = mapped_column(ForeignKey("risks.id"), index=True)
    title: Mapped[Words]
    # None: the head of the risk's department, or the project manager where there is none.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    window: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    window_text: Mapped[Words]
    state: Mapped[ResponseState] = enum_column(ResponseState, default=ResponseState.planned)
    done_at: Mapped[OptionalInstant]

    owner: Mapped[Person | None] = relationship()


class RiskReview(db.Model):
    """One review: what the reviewer thought at that instant. Never changed."""

    __tablename__ = "risk_reviews"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    risk_id: Mapped[int] = mapped_column(ForeignKey("risks.id"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    reviewed_at: Mapped[Instant]
    probability: Mapped[int]
    impact: Mapped[int]
    score_before: Mapped[int | None]
    comment: Mapped[LongText]

    reviewer: Mapped[Person] = relationship()


class RiskSignature(db.Model):
    """A department (None: the project manager) signed its risks for a month ("2026-11")."""

    __tablename__ = "risk_signatures"
    __table_args__ = (UniqueConstraint("plan_id", "department_id", "month"),)

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    month: Mapped[str] = mapped_column(String(7))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    signed_at: Mapped[Instant]

    person: Mapped[Person] = relationship()
