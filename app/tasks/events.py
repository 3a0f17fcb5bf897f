"""What the packages to the right may want to know of tasks and action items."""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.localtext import LocalText
from app.core.trying import Moved
from app.tasks.models import ActionState, ResourceState


@dataclass(frozen=True)
class TaskAssigned:
    """A task has another owner (or none)."""

    task_id: int
    plan_id: int
    owner_id: int | None
    former_owner_id: int | None
    by_id: int
    at: datetime


@dataclass(frozen=True)
class TaskDatesChanged:
    """Committed dates moved; response windows and meetings that hang on them may follow."""

    task_id: int
    plan_id: int
    number: int
    old_start_on: date
    old_finish_on: date
    new_start_on: date
    new_finish_on: date
    reason: str
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ItemMove:
    """A task or a step whose committed dates moved. `key` and `task_id` name it and its task;
    `label` is its number in the plan ("2", "2.1"); `is_asked`: it was named by the person, the
    others followed. `workdays`: how many working days later its finish is (earlier below 0)."""

    key: str
    task_id: int
    label: str
    title: LocalText
    old_start_on: date
    old_finish_on: date
    new_start_on: date
    new_finish_on: date
    workdays: int
    is_asked: bool


@dataclass(frozen=True)
class PlanRescheduled:
    """Committed dates moved together as one change. `moves` are the tasks and steps, `followed`
    everything that hangs on them (windows, measurements, …), see `registries.plan_dates`."""

    plan_id: int
    moves: tuple[ItemMove, ...]
    followed: tuple[Moved, ...]
    reason: str
    by_id: int
    at: datetime


@dataclass(frozen=True)
class TaskCompleted:
    task_id: int
    plan_id: int
    done_on: date
    by_id: int
    at: datetime


@dataclass(frozen=True)
class TaskReopened:
    task_id: int
    plan_id: int
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ResourceMoved:
    """A resource was asked for, promised or delivered."""

    resource_id: int
    task_id: int
    plan_id: int
    state: ResourceState
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ActionCreated:
    action_id: int
    plan_id: int
    owner_id: int
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ActionReassigned:
    action_id: int
    plan_id: int
    owner_id: int
    former_owner_id: int
    by_id: int
    at: datetime


@dataclass(frozen=True)
class ActionEnded:
    """An action item was closed or cancelled."""

    action_id: int
    plan_id: int
    state: ActionState
    by_id: int
    at: datetime


@dataclass(frozen=True)
class BaselineKept:
    """The committed schedule was kept under a name."""

    baseline_id: int
    plan_id: int
    by_id: int
    at: datetime
