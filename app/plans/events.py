"""What this package tells those to its right."""

from dataclasses import dataclass
from datetime import date, datetime

from app.plans.models import SignStep


@dataclass(frozen=True)
class PlanStarted:
    """A plan was made from its template; every package has written its part."""

    plan_id: int
    by_id: int
    at: datetime


@dataclass(frozen=True)
class PlanSigned:
    """Somebody signed the document as it stood."""

    plan_id: int
    step: SignStep
    person_id: int
    at: datetime


@dataclass(frozen=True)
class CoverChanged:
    """Cover data changed: names of the plan's columns (go_live_on, report_hour, …)."""

    plan_id: int
    fields: tuple[str, ...]
    by_id: int
    at: datetime


@dataclass(frozen=True)
class CalendarChanged:
    """Days of the company's calendar, or of one department's, were set, removed or imported."""

    days: tuple[date, ...]
    by_id: int
    at: datetime
