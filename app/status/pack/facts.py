"""What every sheet is written from: the state, the names, the manifest. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from app.core.lights import Light
from app.core.localtext import LocalText
from app.plans.workcalendar import WorkCalendar
from app.status.state import PlanState


@dataclass(frozen=True)
class Manifest:
    """What makes a pack the one that it is; the same manifest makes the same bytes."""

    as_of: datetime
    made_at: datetime
    eyes: str
    language: str
    snapshot_sha256: str
    program_version: str


@dataclass(frozen=True)
class PackFacts:
    """A plan's state with the names of those in it."""

    state: PlanState
    people: Mapping[int, str]
    departments: Mapping[int, LocalText]
    calendar: WorkCalendar
    manifest: Manifest

    def person(self, person_id: int | None) -> str:
        return self.people.get(person_id, _("nobody yet")) if person_id else _("nobody yet")

    def department(self, department_id: int | None) -> LocalText | str:
        return self.departments.get(department_id, "") if department_id else ""

    def light(self, kind: str, object_id: int) -> Light:
        """The light of a task or an indicator, as the plan's findings have it."""
        return next(
            (f.light for f in self.state.findings if (f.kind, f.object_id) == (kind, object_id)),
            Light.grey,
        )

    def task_number(self, task_id: int | None) -> int | str:
        return next((t.number for t in self.state.tasks.tasks if t.id == task_id), "")

    def leaves_out(self, part: str) -> bool:
        return part in self.state.left_out
