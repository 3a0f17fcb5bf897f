"""What happens to background jobs that others want to know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.localtext import LocalText


@dataclass(frozen=True)
class JobFailed:
    """A job that went well until now failed; `at` is the instant since when it is failing."""

    name: str
    label: Any
    error: LocalText
    at: datetime


@dataclass(frozen=True)
class JobRecovered:
    """A job that had been failing went well."""

    name: str
    label: Any
    failing_since: datetime
    at: datetime
