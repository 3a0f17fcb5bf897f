"""Use cases of steps and milestones, the parts of a task.

A step may lie outside its task's dates: the page says so, and nobody is stopped from writing down
what is really planned.
"""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import local_date
from app.core.localtext import LocalText
from app.core.locks import check_unchanged, fields_of, stamp
from app.tasks.link_services import unlink_step
from app.tasks.models import Step, Task
from app.tasks.off_days import settled
from app.tasks.rights import must_update

STEP_FIELDS = (
    "title", "start_on", "finish_on", "is_milestone", "progress_percent", "forecast_finish_on",
    "done_on",
)  # fmt: skip


def step_stamp(step: Step) -> str:
    """What a form about this step carries, to see whether it changed meanwhile."""
    return stamp(fields_of(step, STEP_FIELDS))


def add_step(
    task: Task,
    *,
    title: LocalText,
    start_on: date,
    finish_on: date,
    is_milestone: bool = False,
    actor: Person,
    now: datetime,
) -> Step:
    """A new step at the end of the task's list. Raises DomainError."""
    must_update(actor, task, local_date(now))
    _check(title, start_on, finish_on)
    last = db.session.scalar(select(func.max(Step.number)).where(Step.task_id == task.id))
    step = Step(
        plan_id=task.plan_id,
        task_id=task.id,
        number=(last or 0) + 1,
        title=title,
        start_on=start_on,
        finish_on=finish_on,
        is_milestone=is_milestone,
    )
    db.session.add(step)
    audit.record("created", step, actor_id=actor.id, now=now)
    return step


def edit_step(
    step: Step,
    *,
    title: LocalText,
    start_on: date,
    finish_on: date,
    is_milestone: bool,
    percent: int,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a step; a day off gives way by its rule. At 100% it is finished, today unless a day
    stands already; below it is open again. Raises DomainError, Conflict."""
    today = local_date(now)
    must_update(actor, step.task, today)
    check_unchanged(seen, step_stamp(step), fields_of(step, STEP_FIELDS))
    _check(title, start_on, finish_on)
    start_on, finish_on = settled(step, start_on, finish_on)
    if not 0 <= percent <= 100:
        raise DomainError(_l("Progress is a number from 0 to 100."), "percent")
    changes = audit.change(
        step,
        title=title,
        start_on=start_on,
        finish_on=finish_on,
        is_milestone=is_milestone,
        progress_percent=percent,
        done_on=(step.done_on or today) if percent == 100 else None,
    )
    if changes:
        audit.record("changed", step, actor_id=actor.id, now=now, changes=changes)


def expect_step(step: Step, *, finish_on: date | None, actor: Person, now: datetime) -> None:
    """Say when an open step is expected to end; None or the committed day = as committed.

    Raises DomainError at "forecast_finish_on", Forbidden.
    """
    must_update(actor, step.task, local_date(now))
    changes = audit.change(step, forecast_finish_on=forecast_of(step, finish_on, now))
    if changes:
        audit.record("progress", step, actor_id=actor.id, now=now, changes=changes)


def forecast_of(step: Step, finish_on: date | None, now: datetime) -> date | None:
    """What is kept when a step is expected to end on `finish_on`: None for the committed day and
    for a step that is done. Raises DomainError at "forecast_finish_on"."""
    if finish_on is None or finish_on == step.finish_on or step.done_on is not None:
        return None
    if finish_on != step.forecast_finish_on:
        if finish_on < step.start_on:
            raise DomainError(_l("The finish lies before the start."), "forecast_finish_on")
        if finish_on < local_date(now):
            raise DomainError(_l("The expected finish lies in the past."), "forecast_finish_on")
    return finish_on


def complete_step(step: Step, *, done_on: date | None = None, actor: Person, now: datetime) -> None:
    """Finish a step, today unless another day is given."""
    today = local_date(now)
    must_update(actor, step.task, today)
    if done_on is not None and done_on > today:
        raise DomainError(_l("This day has not come yet."), "done_on")
    if step.done_on is not None and done_on is None:
        return
    changes = audit.change(
        step, done_on=done_on or today, progress_percent=100, forecast_finish_on=None
    )
    if changes:
        audit.record("completed", step, actor_id=actor.id, now=now, changes=changes)


def reopen_step(step: Step, *, percent: int = 90, actor: Person, now: datetime) -> None:
    """Take a finished step up again."""
    must_update(actor, step.task, local_date(now))
    if step.done_on is None:
        return
    if not 0 <= percent < 100:
        raise DomainError(_l("Please give a number from 0 to 99."), "percent")
    changes = audit.change(step, done_on=None, progress_percent=percent)
    audit.record("reopened", step, actor_id=actor.id, now=now, changes=changes)


def remove_step(step: Step, *, actor: Person, now: datetime) -> None:
    """Take a step off the list; the audit trail keeps its words and dates."""
    must_update(actor, step.task, local_date(now))
    unlink_step(step, actor=actor, now=now)
    audit.record(
        "removed",
        step,
        actor_id=actor.id,
        now=now,
        changes={name: (value, None) for name, value in fields_of(step, STEP_FIELDS).items()},
    )
    db.session.delete(step)
    db.session.flush()


def is_outside(step: Step, task: Task) -> bool:
    """Whether the step begins before its task or ends after it."""
    return step.start_on < task.start_on or step.finish_on > task.finish_on


def _check(title: LocalText, start_on: date, finish_on: date) -> None:
    if not title:
        raise DomainError(_l("Please fill this in."), "title")
    if finish_on < start_on:
        raise DomainError(_l("The finish lies before the start."), "finish_on")
