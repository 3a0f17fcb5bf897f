"""Use cases of a task: who owns it, when it runs, how far it is.

Committed dates never move silently: a change has a reason, is audited and announced. The baseline
stays where it is; what the owner expects is kept beside the commitment, not over it.
"""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Department, Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.events import announce
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.locks import check_unchanged
from app.core.permissions import Role
from app.plans.access import drop_role, ensure_role
from app.plans.calendars import work_calendar
from app.plans.models import Plan
from app.tasks.events import TaskAssigned, TaskCompleted, TaskDatesChanged, TaskReopened
from app.tasks.models import Step, Task, TaskState
from app.tasks.off_days import settled
from app.tasks.rights import must_manage, must_update


def assign_task(
    task: Task,
    *,
    owner_id: int | None,
    department_id: int | None,
    version: int | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Give the task to an owner and a department; the owner holds the owner role from then on,
    and whoever owns nothing any more loses it. Raises DomainError, Conflict."""
    must_manage(actor, task.plan_id)
    check_unchanged(
        version, task.version, {"owner_id": task.owner_id, "department_id": task.department_id}
    )
    if owner_id is not None and owner_id != task.owner_id:
        _must_be_able_to_own(owner_id)
    check_department(department_id)
    former = task.owner_id
    changes = audit.change(task, owner_id=owner_id, department_id=department_id)
    if not changes:
        return
    audit.record("assigned", task, actor_id=actor.id, now=now, changes=changes)
    if "owner_id" not in changes:
        return
    if owner_id is not None:
        ensure_role(task.plan_id, owner_id, Role.owner)
    if former is not None and not owns_a_task(task.plan_id, former):
        drop_role(task.plan_id, former, Role.owner)
    announce(TaskAssigned(task.id, task.plan_id, owner_id, former, actor.id, now))


def describe_task(
    task: Task,
    *,
    title: LocalText,
    description: str,
    weight: int,
    version: int | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a task's words and its weight in the plan's progress."""
    must_manage(actor, task.plan_id)
    check_unchanged(
        version,
        task.version,
        {"title": task.title, "description": task.description, "weight": task.weight},
    )
    if not title:
        raise DomainError(_l("Please fill this in."), "title")
    if not 0 <= weight <= 1000:
        raise DomainError(_l("The weight is a number from 0 to 1,000."), "weight")
    changes = audit.change(task, title=title, description=description, weight=weight)
    if changes:
        audit.record("described", task, actor_id=actor.id, now=now, changes=changes)


def change_task_dates(
    task: Task,
    *,
    start_on: date,
    finish_on: date,
    reason: str,
    version: int | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Move the committed dates; a day off gives way by the task's rule. The plan's end follows its
    last task; the day of putting into effect follows task 1's end for as long as it has not been
    set to another day.

    Steps stay where they are: they are shown as outside until somebody moves them.
    """
    must_manage(actor, task.plan_id)
    check_unchanged(version, task.version, {"start_on": task.start_on, "finish_on": task.finish_on})
    plan = db.session.get_one(Plan, task.plan_id)
    if finish_on < start_on:
        raise DomainError(_l("The finish lies before the start."), "finish_on")
    start_on, finish_on = settled(task, start_on, finish_on)
    if start_on < plan.start_on:
        raise DomainError(_l("This task would begin before the plan does."), "start_on")
    if (start_on, finish_on) == (task.start_on, task.finish_on):
        return
    if not reason:
        raise DomainError(_l("Please say why; it is kept with the change."), "reason")
    move_task(plan, task, start_on, finish_on, reason=reason, actor=actor, now=now)


def move_task(
    plan: Plan,
    task: Task,
    start_on: date,
    finish_on: date,
    *,
    reason: str,
    actor: Person,
    now: datetime,
) -> None:
    """Write down a checked move: audit it, let the plan follow, tell those to the right."""
    old_start, old_finish = task.start_on, task.finish_on
    changes = audit.change(
        task,
        start_on=start_on,
        finish_on=finish_on,
        duration_workdays=work_calendar().workdays_in(start_on, finish_on),
    )
    audit.record(
        "dates_changed",
        task,
        actor_id=actor.id,
        now=now,
        changes={**changes, "reason": (None, reason)},
    )
    let_plan_follow(plan, task, old_finish, actor, now)
    announce(
        TaskDatesChanged(
            task_id=task.id,
            plan_id=task.plan_id,
            number=task.number,
            old_start_on=old_start,
            old_finish_on=old_finish,
            new_start_on=start_on,
            new_finish_on=finish_on,
            reason=reason,
            by_id=actor.id,
            at=now,
        )
    )


def update_progress(
    task: Task,
    *,
    percent: int,
    forecast_finish_on: date | None = None,
    state: TaskState | None = None,
    done_on: date | None = None,
    version: int | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Say how far the task is and when it is expected to end (None = as committed).

    percent: 0–100. At 100 the task is finished and the day is asked for, unless `state` says that
    it is still under way (all done, not yet handed over). Raises DomainError, Forbidden, Conflict.
    """
    today = local_date(now)
    must_update(actor, task, today)
    check_unchanged(version, task.version, progress_values(task))
    if not 0 <= percent <= 100:
        raise DomainError(_l("Progress is a number from 0 to 100."), "percent")
    if state is TaskState.done and percent < 100:
        raise DomainError(_l("A finished task stands at 100%."), "percent")
    if state is TaskState.not_started and percent > 0:
        raise DomainError(_l("A task that has not started stands at 0%."), "percent")
    if percent == 100 and state in (None, TaskState.done):
        complete_task(task, done_on=done_on, actor=actor, now=now)
        return
    if task.is_done:
        raise DomainError(_l("This task is finished. Reopen it first."), "percent")
    if forecast_finish_on is not None and forecast_finish_on != task.forecast_finish_on:
        if forecast_finish_on < task.start_on:
            raise DomainError(_l("The finish lies before the start."), "forecast_finish_on")
        if forecast_finish_on < today:
            raise DomainError(_l("The expected finish lies in the past."), "forecast_finish_on")
    # The committed day is no forecast of its own: then the expectation follows the commitment.
    forecast = None if forecast_finish_on == task.finish_on else forecast_finish_on
    changes = audit.change(
        task,
        progress_percent=percent,
        forecast_finish_on=forecast,
        state=state or (TaskState.active if percent else task.state),
    )
    if changes:
        audit.record("progress", task, actor_id=actor.id, now=now, changes=changes)


def complete_task(task: Task, *, done_on: date | None, actor: Person, now: datetime) -> None:
    """Finish the task; its open steps are finished with it. Raises DomainError at "done_on"."""
    today = local_date(now)
    must_update(actor, task, today)
    if done_on is None:
        raise DomainError(_l("Please say on which day it was finished."), "done_on")
    if done_on > today:
        raise DomainError(_l("This day has not come yet."), "done_on")
    if done_on < db.session.get_one(Plan, task.plan_id).start_on:
        raise DomainError(_l("This day lies before the plan’s start."), "done_on")
    changes = audit.change(
        task,
        state=TaskState.done,
        progress_percent=100,
        done_on=done_on,
        forecast_finish_on=None,
    )
    if not changes:
        return
    for step in open_steps(task.id):
        audit.record(
            "completed",
            step,
            actor_id=actor.id,
            now=now,
            changes=audit.change(step, done_on=done_on, progress_percent=100),
        )
    audit.record("completed", task, actor_id=actor.id, now=now, changes=changes)
    announce(TaskCompleted(task.id, task.plan_id, done_on, actor.id, now))


def reopen_task(task: Task, *, percent: int, reason: str, actor: Person, now: datetime) -> None:
    """Take a finished task up again, with the reason."""
    must_manage(actor, task.plan_id)
    if not task.is_done:
        raise DomainError(_l("This task is not finished."))
    if not 0 <= percent < 100:
        raise DomainError(_l("Please give a number from 0 to 99."), "percent")
    if not reason:
        raise DomainError(_l("Please say why; it is kept with the change."), "reason")
    changes = audit.change(task, state=TaskState.active, progress_percent=percent, done_on=None)
    audit.record(
        "reopened",
        task,
        actor_id=actor.id,
        now=now,
        changes={**changes, "reason": (None, reason)},
    )
    announce(TaskReopened(task.id, task.plan_id, actor.id, now))


def progress_values(task: Task) -> dict[str, object]:
    """What the progress form shows of a task."""
    return {
        "percent": task.progress_percent,
        "forecast_finish_on": task.forecast_finish_on or task.finish_on,
        "state": task.state,
    }


def owns_a_task(plan_id: int, person_id: int) -> bool:
    """Whether the person owns any task of the plan."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Task)
            .where(Task.plan_id == plan_id, Task.owner_id == person_id)
        )
        != 0
    )


def open_steps(task_id: int) -> list[Step]:
    """Steps of the task that are not finished, in order."""
    return list(
        db.session.scalars(
            select(Step)
            .where(Step.task_id == task_id, Step.done_on.is_(None))
            .order_by(Step.number)
        )
    )


def check_department(department_id: int | None) -> None:
    """Raises DomainError at "department_id" unless it is a department of the company."""
    if department_id is not None and db.session.get(Department, department_id) is None:
        raise DomainError(_l("There is no such department."), "department_id")


def _must_be_able_to_own(person_id: int) -> None:
    # Owning a task is what brings a person into the plan, so no role is asked for.
    person = db.session.get(Person, person_id)
    if person is None or not person.is_enabled:
        raise DomainError(_l("This person has left. Choose somebody else."), "owner_id")


def let_plan_follow(
    plan: Plan, task: Task, old_finish: date, actor: Person, now: datetime
) -> None:
    """The plan ends with its last task; putting into effect follows the end of task 1."""
    db.session.flush()
    last = db.session.scalar(select(func.max(Task.finish_on)).where(Task.plan_id == plan.id))
    follows = {"finish_on": max(last or task.finish_on, plan.start_on)}
    if task.number == 1 and plan.go_live_on == old_finish:
        follows["go_live_on"] = task.finish_on
    changes = audit.change(plan, **follows)
    if changes:
        audit.record(
            "dates_followed", plan, actor_id=actor.id, now=now, plan_id=plan.id, changes=changes
        )
