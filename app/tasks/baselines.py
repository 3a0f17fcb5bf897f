"""Use cases of baselines: keep the schedule under a name, and choose which one counts.

A baseline is never changed nor removed: whoever compares with it must be able to rely on it. What
may change is which of them lateness is measured against, and that needs a reason.
"""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import event, inspect, select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.events import announce
from app.core.snapshots import Snapshot, take_snapshot
from app.plans.models import Plan
from app.tasks.baseline_queries import frozen_of, kept_name, new_baseline_dates
from app.tasks.events import BaselineKept
from app.tasks.freezing import committed_now
from app.tasks.models import Baseline, Task
from app.tasks.rights import must_manage

REASON = "baseline"
NAME_LENGTH = 80
FIRST_NAME = "Baseline 1"


def take_baseline(
    plan_id: int, *, name: str, note: str = "", actor: Person, now: datetime
) -> Baseline:
    """Keep the committed schedule as it stands, with progress, links and budget. Lateness is still
    measured against the baseline it was. Raises DomainError at "name"."""
    must_manage(actor, plan_id)
    name = kept_name(name)
    if not name:
        raise DomainError(_l("Please fill this in."), "name")
    if len(name) > NAME_LENGTH:
        raise DomainError(
            _l("At most %(max)d characters; please shorten it.", max=NAME_LENGTH), "name"
        )
    if db.session.scalar(
        select(Baseline.id).where(Baseline.plan_id == plan_id, Baseline.name == name)
    ):
        raise DomainError(_l("A baseline of this plan has this name. Choose another."), "name")
    baseline = _keep(plan_id, name, note, False, actor, now)
    announce(BaselineKept(baseline.id, plan_id, actor.id, now))
    return baseline


def keep_first_baseline(plan: Plan, actor: Person, now: datetime) -> Baseline:
    """The dates that a plan is started with are its first baseline, and the one that counts."""
    return _keep(plan.id, FIRST_NAME, "", True, actor, now)


def measure_against(baseline: Baseline, *, reason: str, actor: Person, now: datetime) -> None:
    """From now on lateness and planned value are measured against this baseline.

    Its dates are copied to tasks and steps. A step that came later has no baseline; a task that
    came later keeps its committed dates as its own. Nobody's work moves, so nothing is announced.
    Raises DomainError.
    """
    must_manage(actor, baseline.plan_id)
    former = _locked_current(baseline.plan_id)
    if baseline is former:
        raise DomainError(_l("Lateness is measured against this baseline already."))
    if not reason:
        raise DomainError(_l("Please say why; it is kept with the change."), "reason")
    if former is not None:
        former.is_current = False
    changes: dict[str, tuple[Any, Any]] = {
        "is_current": (False, True),
        "former": (former.name if former else None, baseline.name),
        "reason": (None, reason),
    }
    moved = []
    for new in new_baseline_dates(baseline.plan_id, frozen_of(baseline)):
        changed = audit.change(
            new.row, baseline_start_on=new.start_on, baseline_finish_on=new.finish_on
        )
        if changed and isinstance(new.row, Task):
            moved.append((new.row, changed))
        elif changed:
            changes.update((f"step:{new.row.id}:{name}", pair) for name, pair in changed.items())
    baseline.is_current = True
    db.session.flush()
    audit.record("measured_against", baseline, actor_id=actor.id, now=now, changes=changes)
    for task, changed in moved:
        audit.record(
            "baseline_changed",
            task,
            actor_id=actor.id,
            now=now,
            changes={**changed, "reason": (None, reason)},
        )


def _locked_current(plan_id: int) -> Baseline | None:
    """The baseline that counts. Whoever chooses another at the same moment waits, so that no two
    ever count."""
    rows = db.session.scalars(
        select(Baseline)
        .where(Baseline.plan_id == plan_id)
        .order_by(Baseline.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return next((row for row in rows if row.is_current), None)


def _keep(
    plan_id: int, name: str, note: str, is_current: bool, actor: Person, now: datetime
) -> Baseline:
    db.session.flush()
    snapshot = take_snapshot(plan_id, committed_now(plan_id), REASON, now)
    baseline = Baseline(
        plan_id=plan_id,
        name=name,
        note=note,
        snapshot_id=snapshot.id,
        is_current=is_current,
        created_at=now,
        created_by_id=actor.id,
    )
    db.session.add(baseline)
    db.session.flush()
    audit.record(
        "taken",
        baseline,
        actor_id=actor.id,
        now=now,
        changes={"name": (None, name), "sha256": (None, snapshot.sha256)},
    )
    return baseline


class BaselineIsKept(RuntimeError):
    """Something in the program tried to change or remove a baseline: a mistake of ours."""


@event.listens_for(Baseline, "before_update")
def _only_the_choice_may_change(_mapper: Any, _connection: Any, baseline: Baseline) -> None:
    state = inspect(baseline)
    for name in ("plan_id", "name", "note", "snapshot_id", "created_at", "created_by_id"):
        if state.attrs[name].history.has_changes():
            raise BaselineIsKept(f"{name} of baseline {baseline.id} was to be changed")


@event.listens_for(Baseline, "before_delete")
def _stays(_mapper: Any, _connection: Any, baseline: Baseline) -> None:
    raise BaselineIsKept(f"baseline {baseline.id} was to be removed")


@event.listens_for(Snapshot, "before_update")
@event.listens_for(Snapshot, "before_delete")
def _schedule_stays(_mapper: Any, _connection: Any, snapshot: Snapshot) -> None:
    if snapshot.reason == REASON:
        raise BaselineIsKept(f"the schedule of snapshot {snapshot.id} was to be changed")
