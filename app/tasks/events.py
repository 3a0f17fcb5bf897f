"""What the packages to the right may want to know of tasks and action items."""

from dataclasses import dataclass
from datetime import date, datetime

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
