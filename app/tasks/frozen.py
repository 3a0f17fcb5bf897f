"""A plan's schedule as it stood at an instant, in plain values that never change.

What a baseline keeps. It is read back from JSON years later, so the form has a number: a field that
a later form brings is filled with its default when an older one is read, and a form from a newer
program is refused rather than misread.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from app.core.localtext import LocalText

FORMAT = 1


@dataclass(frozen=True)
class FrozenItem:
    """What a task and a step have in common. `workdays` is the length in working days as they were
    counted then, 0 for a milestone; `percent` 0–100."""

    id: int
    number: int
    title: LocalText
    start_on: date
    finish_on: date
    workdays: int
    percent: int
    done_on: date | None
    forecast_finish_on: date | None
    not_before_on: date | None
    not_after_on: date | None
    is_fixed: bool
    off_day: str


@dataclass(frozen=True)
class FrozenStep(FrozenItem):
    """A step or a milestone."""

    is_milestone: bool

    @property
    def key(self) -> str:
        return f"step:{self.id}"


@dataclass(frozen=True)
class FrozenTask(FrozenItem):
    """A task with its steps by number. `planned_cents` is the budget of its lines; None where the
    reader may not know it."""

    owner_id: int | None
    department_id: int | None
    state: str
    weight: int
    planned_cents: int | None
    steps: tuple[FrozenStep, ...]

    @property
    def key(self) -> str:
        return f"task:{self.id}"


@dataclass(frozen=True)
class FrozenLink:
    """`after` waits for `before`; both are keys such as "task:3". `lag` in working days."""

    before: str
    after: str
    kind: str
    lag: int


@dataclass(frozen=True)
class FrozenSchedule:
    """Tasks by number, links by their ends. `planned_cents` is the money of the plan as a whole,
    which belongs to no task."""

    format: int
    start_on: date
    finish_on: date
    tasks: tuple[FrozenTask, ...]
    links: tuple[FrozenLink, ...]
    planned_cents: int | None

    @property
    def items(self) -> dict[str, FrozenTask | FrozenStep]:
        """Every task and step by key, a task before its steps."""
        found: dict[str, FrozenTask | FrozenStep] = {}
        for task in self.tasks:
            found[task.key] = task
            found.update((step.key, step) for step in task.steps)
        return found

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "FrozenSchedule":
        """Read back what was written as JSON. Raises ValueError on a form that is not known."""
        form = plain.get("format")
        if not isinstance(form, int) or not 1 <= form <= FORMAT:
            raise ValueError(f"a schedule of form {form!r} cannot be read")
        schedule: FrozenSchedule = _read(cls, plain)
        return schedule


def without_money(schedule: FrozenSchedule) -> FrozenSchedule:
    """The same for whoever does not read all money."""
    return replace(
        schedule,
        planned_cents=None,
        tasks=tuple(replace(task, planned_cents=None) for task in schedule.tasks),
    )


@cache
def _shape(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    """(name, type, has a default) of a dataclass's fields."""
    hints = get_type_hints(kind)
    return tuple((f.name, hints[f.name], f.default is not MISSING) for f in fields(kind))


def _read(kind: Any, plain: Mapping[str, Any]) -> Any:
    values = {}
    for name, hint, has_default in _shape(kind):
        if name in plain or not has_default:
            values[name] = _value(hint, plain[name])
    return kind(**values)


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(hint, UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    if hint is date:
        return date.fromisoformat(value)
    if hint is LocalText:
        return LocalText.of(value)
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], part) for part in value)
    return value
