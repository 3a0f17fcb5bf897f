"""What every sheet is written from: the state, what changed in it, the manifest. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask_babel import gettext as _

from app.core.lights import Light
from app.core.localtext import LocalText
from app.plans.workcalendar import WorkCalendar
from app.status.comparison.change import Change
from app.status.comparison.comparing import Comparison
from app.status.figures import Figure, figures_of
from app.status.packs.manifest import Manifest
from app.status.progress_lines import ProgressLines, progress_lines
from app.status.sheets.workdays import Exceptions, exceptions_of
from app.status.state import PlanState


@dataclass(frozen=True)
class PackFacts:
    """A plan's state with what its manifest adds.

    comparison: what changed since the pack before; None for the first pack, or where what that one
    showed can no longer be read. logo: the company's picture, if there is one.
    """

    state: PlanState
    manifest: Manifest
    comparison: Comparison | None = None
    logo: bytes | None = None

    @property
    def before_at(self) -> datetime | None:
        """The instant of the earlier state."""
        return self.comparison.since if self.comparison else None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed, most important first."""
        return self.comparison.changes if self.comparison else ()

    @property
    def people(self) -> Mapping[int, str]:
        return self.manifest.people

    @property
    def departments(self) -> Mapping[int, LocalText]:
        return self.manifest.departments

    @cached_property
    def calendar(self) -> WorkCalendar:
        return self.manifest.work_calendar()

    @cached_property
    def exceptions(self) -> Exceptions:
        """The days on which the calendar differs from the week."""
        return exceptions_of(self.state, self.calendar)

    @cached_property
    def progress(self) -> ProgressLines:
        return progress_lines(self.state, self.calendar)

    def person(self, person_id: int | None) -> str:
        return (self.people.get(person_id) if person_id else None) or _("nobody yet")

    def department(self, department_id: int | None) -> LocalText | str:
        return self.departments.get(department_id, "") if department_id else ""

    def light(self, kind: str, object_id: int) -> Light:
        """The light of a task or an indicator, as the plan's findings have it."""
        return self._lights.get((kind, object_id), Light.grey)

    @cached_property
    def _lights(self) -> dict[tuple[str, int], Light]:
        found: dict[tuple[str, int], Light] = {}
        for finding in self.state.findings:
            found.setdefault((finding.kind, finding.object_id), finding.light)
        return found

    def task_number(self, task_id: int | None) -> int | str:
        return self._numbers.get(task_id, "") if task_id else ""

    @cached_property
    def _numbers(self) -> dict[int, int]:
        return {task.id: task.number for task in self.state.tasks.tasks}

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """The state's single figures."""
        return figures_of(self.state)

    def leaves_out(self, part: str) -> bool:
        return part in self.state.left_out
