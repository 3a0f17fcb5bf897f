"""Trying and applying new dates: several tasks and steps moved as one change.

The preview is the very change, made and taken back: what it shows is what would happen. Applied, it
is one entry "rescheduled" on the plan with all moves, one on each row with the same reason, and one
event, so that each person is told once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Person
from app.core import audit
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.events import announce
from app.core.formats import day_plain, day_short, local_date
from app.core.forms import LAST_YEAR
from app.core.locks import check_unchanged, stamp
from app.core.permissions import Role, Viewer
from app.core.reading import one_reading
from app.core.registries import PlanDate
from app.core.text import whole_number_or_none
from app.core.trying import dates_of, differences, trial
from app.tasks.consequences import Clash, Lights, Preview, consequences, lights_of
from app.tasks.events import ItemMove, PlanRescheduled
from app.tasks.ground import Ground, ground_of, own_tasks
from app.tasks.models import Task
from app.tasks.rescheduling import Change, Span, contradictions, is_point, reschedule
from app.tasks.rights import eyes
from app.tasks.services import let_plan_follow

MOST_CHANGES = 500
TOO_FAR = _l("Please give a day between the years 2000 and 2099.")
NOTHING_MOVES = _l("Nothing would move: these are the dates as they stand.")


def preview_moves(
    plan_id: int, changes: Sequence[Change], *, pull: bool = False, actor: Person, now: datetime
) -> Preview:
    """What would move if these changes were applied; nothing is kept.

    An owner may try steps of the own task; where the change is not theirs to apply, the preview's
    `refusal` says so. Raises DomainError, Forbidden, NotFound.
    """
    viewer = eyes(actor, plan_id)
    ground = ground_of(plan_id, local_date(now))
    changes = [_meant(ground, change) for change in changes]
    made = _work_out(ground, changes, pull, viewer)
    seen = _seen_of(ground)
    with trial():
        return _carry_out(ground, made, changes, pull, seen, "", viewer, now)


def apply_moves(
    plan_id: int,
    changes: Sequence[Change],
    *,
    pull: bool = False,
    reason: str,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> Preview:
    """Move everything, audit and announce it once; answers what moved.

    `seen` is the `Preview.seen` that the reader decided on. Raises DomainError at "reason" without
    one, Conflict when dates changed since, and what `preview_moves` raises.
    """
    viewer = eyes(actor, plan_id)
    ground = ground_of(plan_id, local_date(now))
    present = _seen_of(ground)
    if seen and _mark(seen) != _mark(present):
        check_unchanged(_mark(seen), _mark(present), _changed_since(ground, seen))
    changes = [_meant(ground, change) for change in changes]
    made = _work_out(ground, changes, pull, viewer)
    if made.refusal:
        raise Forbidden(made.refusal)
    if not made.moves:
        raise DomainError(NOTHING_MOVES)
    if not reason:
        raise DomainError(_l("Please say why; it is kept with the change."), "reason")
    return _carry_out(ground, made, changes, pull, present, reason, viewer, now)


@dataclass(frozen=True)
class Made:
    """What a change comes to, before anything is written."""

    moves: tuple[ItemMove, ...]
    clashes: tuple[Clash, ...]
    refusal: str | None


def _work_out(ground: Ground, changes: Sequence[Change], pull: bool, viewer: Viewer) -> Made:
    _check(ground, changes, viewer)
    spans = _follow(ground, changes, pull)
    _check_spans(ground, spans)
    asked = {change.key for change in changes}
    # A task, then its steps: 3, 3.3, 3.4, 5.
    found = sorted(
        spans.items(), key=lambda row: [int(n) for n in ground.labels[row[0]].split(".")]
    )
    moves = tuple(_move_of(ground, key, span, key in asked) for key, span in found)
    clashes = tuple(
        Clash(what, ground.name(what.key), ground.name(what.other) if what.other else "")
        for what in contradictions(ground.network, spans, ground.calendar)
    )
    return Made(moves, clashes, _refusal(ground, moves, viewer))


def _carry_out(
    ground: Ground,
    made: Made,
    changes: Sequence[Change],
    pull: bool,
    seen: str,
    reason: str,
    viewer: Viewer,
    now: datetime,
) -> Preview:
    """Write it down (rows, trail, the plan's end), ask every feature what followed, announce."""
    plan = ground.plan
    before, lights = _stand(ground, viewer, now)
    end = plan.finish_on
    after, lights_after = before, lights
    if made.moves:
        _write(ground, made.moves, reason, viewer.person_id, now)
        after, lights_after = _stand(ground, viewer, now)
    followed = differences(before, after)
    if made.moves:
        announce(
            PlanRescheduled(
                plan.id, made.moves, tuple(f for f in followed if f.kind not in ("task", "step")),
                reason, viewer.person_id, now,
            )
        )  # fmt: skip
    return consequences(
        plan_id=plan.id,
        changes=tuple(changes),
        pull=pull,
        seen=seen,
        moves=made.moves,
        finish=(end, plan.finish_on),
        differing=followed,
        lights=(lights, lights_after),
        clashes=made.clashes,
        refusal=made.refusal,
        calendar=ground.calendar,
    )


def _stand(ground: Ground, viewer: Viewer, now: datetime) -> tuple[tuple[PlanDate, ...], Lights]:
    """Where every date and light stands now; what several features ask is read once."""
    db.session.flush()
    with one_reading():
        return (
            dates_of(ground.plan.id, viewer, now),
            lights_of(ground.plan.id, ground.today),
        )


def _follow(ground: Ground, changes: Sequence[Change], pull: bool) -> dict[str, Span]:
    policies = {key: row.off_day.value for key, row in ground.rows.items()}
    try:
        return reschedule(
            ground.network, changes, calendar=ground.calendar, today=ground.today,
            off_days=policies, pull=pull,
        )  # fmt: skip
    except OverflowError:
        raise DomainError(TOO_FAR, "finish_on") from None


def _move_of(ground: Ground, key: str, span: Span, is_asked: bool) -> ItemMove:
    row, item = ground.rows[key], ground.network.items[key]
    return ItemMove(
        key=key, task_id=ground.task_of(key).id, label=ground.labels[key], title=row.title,
        old_start_on=row.start_on, old_finish_on=row.finish_on, new_start_on=span[0],
        new_finish_on=span[1], is_asked=is_asked,
        workdays=(item.calendar or ground.calendar).workdays_between(row.finish_on, span[1]),
    )  # fmt: skip


def _write(
    ground: Ground, moves: Sequence[ItemMove], reason: str, actor_id: int, now: datetime
) -> None:
    """New dates in the rows, in the trail of each and of the plan, and the plan's own end."""
    plan = ground.plan
    tasks = [row for row in ground.rows.values() if isinstance(row, Task)]
    former = tasks[0].finish_on
    changed: list[tuple[Any, dict[str, Any]]] = []
    for move in moves:
        row = ground.rows[move.key]
        values: dict[str, Any] = {"start_on": move.new_start_on, "finish_on": move.new_finish_on}
        if isinstance(row, Task):
            # As everywhere else, a task's length is told in the company's days.
            values["duration_workdays"] = ground.calendar.workdays_in(*values.values())
        changed.append((row, {**audit.change(row, **values), "reason": (None, reason)}))
    audit.record_all("dates_changed", changed, actor_id=actor_id, now=now, plan_id=plan.id)
    # Tasks stand by number: the first is task 1, whose end going live follows.
    let_plan_follow(plan, tasks[0], former, db.session.get_one(Person, actor_id), now)
    was = {m.key: f"{m.old_start_on} – {m.old_finish_on}" for m in moves}
    audit.record(
        "rescheduled", plan, actor_id=actor_id, now=now, plan_id=plan.id,
        changes={
            "reason": (None, reason),
            **{m.key: (was[m.key], f"{m.new_start_on} – {m.new_finish_on}") for m in moves},
        },
    )  # fmt: skip


def _meant(ground: Ground, change: Change) -> Change:
    """A milestone that ends several days of work is drawn as its last day: one new day for it is a
    new finish, and the work before it begins where it began."""
    item = ground.network.items.get(change.key)
    if item is None or not item.is_milestone or is_point(item):
        return change
    is_one_day = change.start_on is not None and change.start_on == change.finish_on
    return Change(change.key, None, change.finish_on) if is_one_day else change


def _check(ground: Ground, changes: Sequence[Change], viewer: Viewer) -> None:
    """Raise DomainError for a change that cannot be, Forbidden for one of somebody else's."""
    if not all(change.key for change in changes) or not changes:
        raise DomainError(_l("Please choose a task or a step and its new dates."), "key")
    if len(changes) > MOST_CHANGES:
        raise DomainError(_l("At most %(max)d changes at once.", max=MOST_CHANGES), "key")
    if len({change.key for change in changes}) < len(changes):
        raise DomainError(_l("The same task or step is named twice."), "key")
    if unknown := [change for change in changes if change.key not in ground.rows]:
        raise DomainError(_l("This plan has no such task or step."), "key") from KeyError(
            unknown[0].key
        )
    is_manager = viewer.has(Role.manager)
    own = set() if is_manager else own_tasks(ground, viewer)
    for change in changes:
        item, name = ground.network.items[change.key], ground.name(change.key)
        if not is_manager and (item.parent is None or ground.task_of(change.key).id not in own):
            raise Forbidden(
                _("%(name)s: only the project manager may move it. Owners move steps of their own "
                  "task.", name=name)
            )  # fmt: skip
        if change.start_on is None and change.finish_on is None:
            raise DomainError(_l("Please give a new start or a new finish."), "start_on")
        if item.done_on is not None:
            raise DomainError(_("%(name)s is finished; its dates stay.", name=name), "key")
        if item.is_fixed:
            raise DomainError(
                _("%(name)s is fixed. Take that off on its page before you move it.", name=name),
                "key",
            )
        if item.has_started and change.start_on not in (None, item.start_on):
            raise DomainError(
                _("%(name)s has begun on %(day)s; only its finish can move.", name=name,
                  day=day_plain(item.start_on)), "start_on",
            )  # fmt: skip
        first = change.start_on or item.start_on
        if change.finish_on is not None and change.finish_on < first and not (
            is_point(item) and change.start_on is None
        ):  # fmt: skip
            raise DomainError(_l("The finish lies before the start."), "finish_on")


def _check_spans(ground: Ground, spans: dict[str, Span]) -> None:
    for key, (first, last) in spans.items():
        if first < ground.plan.start_on:
            raise DomainError(
                _("%(name)s would begin on %(day)s, before the plan does.", name=ground.name(key),
                  day=day_plain(first)), "start_on",
            )  # fmt: skip
        if last < first:
            raise DomainError(_l("The finish lies before the start."), "finish_on")
        if last.year > LAST_YEAR:
            raise DomainError(TOO_FAR, "finish_on")


def _refusal(ground: Ground, moves: Iterable[ItemMove], viewer: Viewer) -> str | None:
    """Why the viewer may not apply these moves: they reach beyond the steps of the own tasks."""
    if viewer.has(Role.manager):
        return None
    own = own_tasks(ground, viewer)
    beyond = [m.key for m in moves if m.task_id not in own or m.key.startswith("task:")]
    if not beyond:
        return None
    return _(
        "This also moves %(names)s. Only the project manager may do that.",
        names=_(", ").join(ground.name(key) for key in beyond[:5]),
    )


def _seen_of(ground: Ground) -> str:
    """A mark of all committed dates, with how far the plan's trail reached when they were read."""
    last = db.session.scalar(
        select(func.max(AuditEntry.id)).where(AuditEntry.plan_id == ground.plan.id)
    )
    dates = {key: [row.start_on, row.finish_on] for key, row in ground.rows.items()}
    return f"{stamp(dates)}-{last or 0}"


def _mark(seen: str) -> str:
    return seen.partition("-")[0]


def _changed_since(ground: Ground, seen: str) -> dict[str, Any]:
    """The dates that others gave since, by name."""
    number = whole_number_or_none(seen.partition("-")[2])
    if number is None:
        return {}
    keys = {(row.__tablename__, row.id): key for key, row in ground.rows.items()}
    told = {}
    for entry in db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.plan_id == ground.plan.id, AuditEntry.id > number)
        .where(AuditEntry.object_type.in_(("tasks", "steps")))
        .order_by(AuditEntry.id)
    ):
        key = keys.get((entry.object_type, entry.object_id))
        dates = [entry.changes[f] for f in ("start_on", "finish_on") if f in entry.changes]
        if key is not None and dates:
            row = ground.rows[key]
            told[ground.name(key)] = f"{day_short(row.start_on)} – {day_short(row.finish_on)}"
    return told


def change_of(
    plan_id: int,
    key: str,
    start_on: date | None,
    finish_on: date | None,
    workdays: int | None,
    today: date,
) -> Change:
    """The change that a form asks for: a length in working days stands in for a finish.

    Raises DomainError at "key" or "workdays".
    """
    if workdays is None or finish_on is not None:
        return Change(key, start_on, finish_on)
    ground = ground_of(plan_id, today)
    item = ground.network.items.get(key)
    if item is None:
        raise DomainError(_l("This plan has no such task or step."), "key")
    if not 1 <= workdays <= 2000:
        raise DomainError(_l("Working days are a number from 1 to 2,000."), "workdays")
    calendar = item.calendar or ground.calendar
    first = start_on or item.start_on
    return Change(key, start_on, calendar.add_workdays(first, workdays - 1))
