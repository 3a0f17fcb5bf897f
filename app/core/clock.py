"""The only place that reads the clock.

Everything else is told the instant: once per request, once per job run, by `--at` on a command.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_fixed: ContextVar[datetime | None] = ContextVar("fixed_instant", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC, or the one that `fixed_at` set."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def fixed_at(instant: datetime | None) -> Iterator[None]:
    """Stand `instant` in for the clock; None leaves the clock alone."""
    token = _fixed.set(instant)
    try:
        yield
    finally:
        _fixed.reset(token)


def running_from(begin: datetime) -> Callable[[], datetime]:
    """A clock that shows `begin` now and goes on from there, for work that is told its instant but
    takes longer than a moment."""
    started = time.monotonic()
    return lambda: begin + timedelta(seconds=time.monotonic() - started)


def parse_instant(text: str, zone: object = UTC) -> datetime:
    """An ISO 8601 instant; without an offset it is in `zone`. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)  # type: ignore[arg-type]
    return instant.astimezone(UTC)
