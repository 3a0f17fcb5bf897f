"""What the packages to the right may want to know of reports and problems."""

from dataclasses import dataclass
from datetime import date, datetime

from app.reports.models import ProblemState


@dataclass(frozen=True)
class ReportSubmitted:
    """A weekly report waits for the manager. week: "2026-W48"; author_id differs from owner_id
    when a substitute wrote it; is_again after a return."""

    report_id: int
    task_id: int
    plan_id: int
    week: str
    owner_id: int
    author_id: int
    is_again: bool
    at: datetime


@dataclass(frozen=True)
class ReportReturned:
    """The manager sent a report back; `reason` is for its owner and author."""

    report_id: int
    task_id: int
    plan_id: int
    week: str
    owner_id: int
    author_id: int
    reason: str
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ReportAccepted:
    report_id: int
    task_id: int
    plan_id: int
    week: str
    owner_id: int
    author_id: int
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ProblemRaised:
    """P-<number> waits for an answer of owner_id."""

    problem_id: int
    plan_id: int
    number: int
    title: str
    owner_id: int
    raised_by_id: int
    answer_due_on: date
    at: datetime


@dataclass(frozen=True)
class ProblemPassedOn:
    """Somebody else is asked now, or by another day."""

    problem_id: int
    plan_id: int
    number: int
    title: str
    owner_id: int
    former_owner_id: int
    answer_due_on: date
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ProblemEnded:
    """Answered, or become an action, a risk or a decision."""

    problem_id: int
    plan_id: int
    number: int
    title: str
    state: ProblemState
    raised_by_id: int
    by_id: int
    at: datetime
