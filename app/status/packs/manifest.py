"""What makes a pack the one that it is: from the same manifest come the same bytes.

Pure values. Everything that a pack shows beside the state itself is here: whose eyes, the names of
those in it, the days of the calendar, the figures of the weeks before, how the company looks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.core.localtext import LocalText
from app.core.snapshots import canonical, sha256_of
from app.plans.workcalendar import DayKind, WorkCalendar
from app.status.snapshots import TrendPoint
from app.status.state import PlanState

# The fields of the state that name people.
PERSON_FIELDS = {
    "owner_id", "person_id", "author_id", "decided_by_id", "raised_by_id", "chair_id", "eyes_id",
    "inspector_id", "measured_by_id",
}  # fmt: skip

# So far beside the plan's own span a pack knows the calendar.
AROUND = timedelta(days=400)


@dataclass(frozen=True)
class Look:
    """How the company's packs look. colour: "#0F6670" or empty for ours; logo_sha256 names the
    kept picture."""

    company: str = ""
    colour: str = ""
    logo_sha256: str | None = None


@dataclass(frozen=True)
class Compared:
    """The earlier state that "what changed" begins at: its hash, its instant, why it was kept."""

    sha256: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Manifest:
    """What a pack is made of.

    eyes: the name of whoever looks. snapshot_sha256: the state. lost_at: the instant of the earlier
    state, where there is one and it can no longer be read. people and departments by id.
    calendar: days that differ from the official ones; published: years that were announced.
    trend: figures of the weeks that were closed before, oldest first. own_parts: what of the plan
    ("task:money") these eyes read only where it concerns them.
    """

    plan_id: int
    as_of: datetime
    made_at: datetime
    eyes_id: int
    eyes: str
    language: str
    snapshot_sha256: str
    program_version: str
    base_url: str = ""
    timezone: str = "Asia/Shanghai"
    compared: Compared | None = None
    lost_at: datetime | None = None
    look: Look = field(default_factory=Look)
    people: Mapping[int, str] = field(default_factory=dict)
    departments: Mapping[int, LocalText] = field(default_factory=dict)
    calendar: Mapping[str, DayKind] = field(default_factory=dict)
    published: tuple[int, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    own_parts: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The one spelling, which is what is hashed."""
        return canonical(self)

    @property
    def sha256(self) -> str:
        return sha256_of(self.to_json())

    def work_calendar(self) -> WorkCalendar:
        """The calendar that the pack counts by."""
        days = {date.fromisoformat(on): kind for on, kind in self.calendar.items()}
        return WorkCalendar(overrides=days, published=frozenset(self.published))


def people_in(state: PlanState) -> set[int]:
    """Everybody whom the state names, by id."""
    found = set(state.plan.manager_ids)
    for name, value in _fields_of(state):
        if name in PERSON_FIELDS and isinstance(value, int):
            found.add(value)
    return found


def _fields_of(value: Any) -> Iterator[tuple[str, Any]]:
    if is_dataclass(value):
        for entry in fields(value):
            inner = getattr(value, entry.name)
            yield entry.name, inner
            if is_dataclass(inner) or isinstance(inner, tuple):
                yield from _fields_of(inner)
    elif isinstance(value, tuple):
        for inner in value:
            if is_dataclass(inner):
                yield from _fields_of(inner)
