"""What communication tells the packages to its right."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class MeetingMoved:
    """A meeting that people were asked to is at another time or place."""

    meeting_id: int
    plan_id: int
    by_id: int
    at: datetime


@dataclass(frozen=True)
class MeetingCancelled:
    """A meeting that people were asked to will not be held."""

    meeting_id: int
    plan_id: int
    reason: str
    by_id: int
    at: datetime


@dataclass(frozen=True)
class MeetingHeld:
    """A meeting took place."""

    meeting_id: int
    plan_id: int
    by_id: int
    at: datetime
