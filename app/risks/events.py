"""What the packages to the right may want to know of risks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RiskReviewed:
    """A risk got a score; score_before is None at its first review."""

    risk_id: int
    plan_id: int
    score_before: int | None
    score: int
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ResponseCompleted:
    """A response is done; a new score of its risk is asked for."""

    response_id: int
    risk_id: int
    plan_id: int
    by_id: int
    at: datetime


@dataclass(frozen=True)
class RisksSigned:
    """A department (None: the project manager) signed its risks for a month ("2026-11")."""

    plan_id: int
    department_id: int | None
    month: str
    by_id: int
    at: datetime
