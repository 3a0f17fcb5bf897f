"""Use cases of what waits for what, and of what constrains a date.

A link changes what is expected, never what is committed: committed dates that a link contradicts
stay until somebody moves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.formats import local_date, words
from app.core.locks import check_unchanged, fields_of, stamp
from app.core.permissions import Role
from app.plans.models import Plan
from app.tasks.models import Link, LinkKind, OffDay, Step, Task, item_key, pair_of
from app.tasks.network import circle_in
from app.tasks.rights import eyes, may_update, must_manage, must_update
from app.tasks.schedule import Dependency
from app.tasks.scheduling import PlanRows, calendars_of, dependency_of, items_of, plan_rows

LINK_FIELDS = ("kind", "lag_workdays")
RULE_FIELDS = ("not_before_on", "not_after_on", "is_fixed", "off_day")
# A year of working days: a longer wait is a date of its own.
LONGEST_LAG = 250


@dataclass(frozen=True)
class LinkWish:
    """A link that shall be: `after` waits for `before`, both keys such as "task:3", "step:12"."""

    before: str
    after: str
    kind: LinkKind = LinkKind.FS
    lag_workdays: int = 0


@dataclass(frozen=True)
class LinkEdit:
    """Another kind or lag for a link that stands."""

    link: Link
    kind: LinkKind
    lag_workdays: int


def link_stamp(link: Link) -> str:
    """What a form about this link carries, to see whether it changed meanwhile."""
    return stamp(fields_of(link, LINK_FIELDS))


def rule_stamp(item: Task | Step) -> str:
    """What a form about an item's constraints carries."""
    return stamp(fields_of(item, RULE_FIELDS))


def add_link(
    plan_id: int,
    before: str,
    after: str,
    kind: LinkKind = LinkKind.FS,
    lag_workdays: int = 0,
    *,
    actor: Person,
    now: datetime,
) -> Link:
    """Let `after` wait for `before`. Raises as `change_links` does."""
    wish = LinkWish(before, after, kind, lag_workdays)
    return change_links(plan_id, add=[wish], actor=actor, now=now)[0]


def edit_link(
    link: Link,
    kind: LinkKind,
    lag_workdays: int,
    *,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Another kind or lag. Raises as `change_links` does, and Conflict."""
    check_unchanged(seen, link_stamp(link), fields_of(link, LINK_FIELDS))
    change_links(link.plan_id, edit=[LinkEdit(link, kind, lag_workdays)], actor=actor, now=now)


def remove_link(link: Link, *, actor: Person, now: datetime) -> None:
    """Let the one no longer wait for the other. Raises Forbidden."""
    change_links(link.plan_id, remove=[link], actor=actor, now=now)


def change_links(
    plan_id: int,
    *,
    add: Sequence[LinkWish] = (),
    edit: Sequence[LinkEdit] = (),
    remove: Sequence[Link] = (),
    actor: Person,
    now: datetime,
) -> list[Link]:
    """Add, change and take away links of the plan at once; the new ones, in the order given.

    The manager links anything, an owner the steps of the own task. Raises Forbidden, and
    DomainError at "before", "after" or "lag_workdays": an end that is not in the plan, two that
    belong together anyway or are linked already, and a circle, which is said as a path.
    """
    # Two people who each add half of a circle must not both be let through.
    db.session.execute(select(Plan.id).where(Plan.id == plan_id).with_for_update())
    rows = plan_rows(plan_id)
    ends = _ends(rows)
    for link in [change.link for change in edit] + list(remove):
        _must_link(actor, rows, now, link.before_task_id, link.after_task_id)
    for link in remove:
        audit.record(
            "unlinked", link, actor_id=actor.id, now=now,
            changes={"before": (link.before_key, None), "after": (link.after_key, None),
                     "kind": (link.kind, None), "lag_workdays": (link.lag_workdays, None)},
        )  # fmt: skip
        db.session.delete(link)
    gone = {id(link) for link in remove}
    kept = [link for link in rows.links if id(link) not in gone]
    for change in edit:
        _check_lag(change.lag_workdays)
        changes = audit.change(change.link, kind=change.kind, lag_workdays=change.lag_workdays)
        if changes:
            audit.record("changed", change.link, actor_id=actor.id, now=now, changes=changes)
    known = {link.pair for link in kept}
    made = []
    for wish in add:
        link = _made(plan_id, wish, ends, known)
        _must_link(actor, rows, now, link.before_task_id, link.after_task_id)
        known.add(link.pair)
        made.append(link)
    _check_circle(rows, [dependency_of(link) for link in [*kept, *made]])
    # What is gone leaves first: the same two may be linked anew in one go.
    db.session.flush()
    for link in made:
        db.session.add(link)
        audit.record(
            "linked", link, actor_id=actor.id, now=now,
            changes={"before": (None, link.before_key), "after": (None, link.after_key),
                     "kind": (None, link.kind), "lag_workdays": (None, link.lag_workdays)},
        )  # fmt: skip
    return made


def constrain(
    item: Task | Step,
    *,
    not_before_on: date | None,
    not_after_on: date | None,
    is_fixed: bool,
    off_day: OffDay,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Say what holds an item's dates: start no earlier, finish no later, fixed, and what becomes of
    a date on a day off. The manager for a task, its owner too for a step.

    Raises Forbidden, Conflict, and DomainError at "not_after_on".
    """
    if isinstance(item, Task):
        must_manage(actor, item.plan_id)
    else:
        must_update(actor, item.task, local_date(now))
    check_unchanged(seen, rule_stamp(item), fields_of(item, RULE_FIELDS))
    if not_before_on and not_after_on and not_after_on < not_before_on:
        raise DomainError(_l("The finish lies before the start."), "not_after_on")
    changes = audit.change(
        item,
        not_before_on=not_before_on,
        not_after_on=not_after_on,
        is_fixed=is_fixed,
        off_day=off_day,
    )
    if changes:
        audit.record("constrained", item, actor_id=actor.id, now=now, changes=changes)


def unlink_step(step: Step, *, actor: Person, now: datetime) -> None:
    """Take away every link of a step that is about to go."""
    touching = db.session.scalars(
        select(Link).where(or_(Link.before_step_id == step.id, Link.after_step_id == step.id))
    ).all()
    for link in touching:
        audit.record(
            "unlinked", link, actor_id=actor.id, now=now,
            changes={"before": (link.before_key, None), "after": (link.after_key, None)},
        )  # fmt: skip
        db.session.delete(link)
    db.session.flush()


def names_of(rows: PlanRows) -> dict[str, str]:
    """What people call each item: "2 Train the clerks", "2.1 Material", by its key."""
    numbers = {task.id: task.number for task in rows.tasks}
    names = {item_key(task.id): f"{task.number} {words(task.title)}" for task in rows.tasks}
    names |= {
        item_key(step.task_id, step.id): (
            f"{numbers[step.task_id]}.{step.number} {words(step.title)}"
        )
        for step in rows.steps
    }
    return names


def _ends(rows: PlanRows) -> dict[str, tuple[int, int | None]]:
    ends: dict[str, tuple[int, int | None]] = {
        item_key(task.id): (task.id, None) for task in rows.tasks
    }
    ends |= {item_key(step.task_id, step.id): (step.task_id, step.id) for step in rows.steps}
    return ends


def _made(
    plan_id: int, wish: LinkWish, ends: dict[str, tuple[int, int | None]], known: set[str]
) -> Link:
    for field, key in (("before", wish.before), ("after", wish.after)):
        if key not in ends:
            raise DomainError(_l("This is not in the plan any more. Please choose again."), field)
    _check_lag(wish.lag_workdays)
    before, after = ends[wish.before], ends[wish.after]
    if wish.before == wish.after:
        raise DomainError(_l("Nothing can wait for itself."), "after")
    if before[0] == after[0] and None in (before[1], after[1]):
        raise DomainError(_l("A step belongs to its task already; link it to another."), "after")
    pair = pair_of(wish.before, wish.after)
    if pair in known:
        raise DomainError(_l("These two are linked already."), "after")
    return Link(
        plan_id=plan_id,
        before_task_id=before[0],
        before_step_id=before[1],
        after_task_id=after[0],
        after_step_id=after[1],
        kind=LinkKind(wish.kind),
        lag_workdays=wish.lag_workdays,
        pair=pair,
    )


def _check_lag(lag_workdays: int) -> None:
    if not -LONGEST_LAG <= lag_workdays <= LONGEST_LAG:
        raise DomainError(
            _l("Please give a number of working days from -250 to 250."), "lag_workdays"
        )


def _check_circle(rows: PlanRows, links: list[Dependency]) -> None:
    circle = circle_in(items_of(rows, calendars_of(rows.tasks)), links)
    if circle:
        names = names_of(rows)
        path = " → ".join(names[key] for key in circle)
        raise DomainError(_("This would go round in a circle: %(path)s", path=path), "after")


def _must_link(actor: Person, rows: PlanRows, now: datetime, *task_ids: int) -> None:
    """Raises Forbidden unless the actor manages the plan, or updates the one task concerned."""
    viewer = eyes(actor, rows.tasks[0].plan_id)
    if viewer.has(Role.manager):
        return
    tasks = {task.id: task for task in rows.tasks}
    concerned: list[Any] = [tasks[key] for key in set(task_ids)]
    if len(concerned) > 1 or not may_update(viewer, concerned[0], local_date(now)):
        must_manage(actor, concerned[0].plan_id)
