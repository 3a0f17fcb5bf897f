"""Use cases of best practices 最佳实践: what worked in one department, told to the others.

Anybody of the plan may write one; its author and the manager change or remove it, and a removed
one can be put back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Person
from app.comms.models import Practice
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.locks import check_unchanged, stamp
from app.core.matrix import Sight, sight
from app.core.permissions import Role, Viewer
from app.tasks.rights import eyes
from app.tasks.services import check_department

FIELDS = ("title", "text", "department_id")


def add_practice(
    plan_id: int,
    *,
    title: str,
    text: str,
    department_id: int | None = None,
    actor: Person,
    now: datetime,
) -> Practice:
    """Share a practice, by default of the author's own department."""
    eyes(actor, plan_id)
    _check(title, text)
    check_department(department_id)
    practice = Practice(
        plan_id=plan_id, title=title, text=text, author_id=actor.id,
        department_id=department_id or actor.department_id, created_at=now,
    )  # fmt: skip
    db.session.add(practice)
    audit.record("created", practice, actor_id=actor.id, now=now)
    return practice


def edit_practice(
    practice: Practice,
    *,
    title: str,
    text: str,
    department_id: int | None,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change its words. Raises Forbidden, Conflict, DomainError."""
    _must_keep(practice, actor)
    check_unchanged(seen, practice_stamp(practice), _fields(practice))
    _check(title, text)
    check_department(department_id)
    changes = audit.change(practice, title=title, text=text, department_id=department_id)
    if changes:
        audit.record("changed", practice, actor_id=actor.id, now=now, changes=changes)


def remove_practice(practice: Practice, *, actor: Person, now: datetime) -> None:
    """Take it from the list; it can be put back."""
    _must_keep(practice, actor)
    changes = audit.change(practice, removed_at=now)
    audit.record("removed", practice, actor_id=actor.id, now=now, changes=changes)


def restore_practice(practice: Practice, *, actor: Person, now: datetime) -> None:
    """Put a removed practice back."""
    _must_keep(practice, actor)
    changes = audit.change(practice, removed_at=None)
    if changes:
        audit.record("restored", practice, actor_id=actor.id, now=now, changes=changes)


def practices_of(viewer: Viewer, *, is_removed: bool = False) -> Sequence[Practice]:
    """The plan's practices, newest first; or the removed ones that the viewer may put back."""
    if sight(viewer, "practice", "row") is Sight.none:
        return []
    wanted = (
        select(Practice)
        .options(joinedload(Practice.author), joinedload(Practice.department))
        .where(Practice.plan_id == viewer.plan_id)
        .order_by(Practice.created_at.desc(), Practice.id.desc())
    )
    if not is_removed:
        return db.session.scalars(wanted.where(Practice.removed_at.is_(None))).all()
    rows = db.session.scalars(wanted.where(Practice.removed_at.is_not(None)))
    return [row for row in rows if may_keep(viewer, row)]


def may_keep(viewer: Viewer, practice: Practice) -> bool:
    """Change or remove it: its author and the manager."""
    return viewer.has(Role.manager) or practice.author_id == viewer.person_id


def practice_stamp(practice: Practice) -> str:
    return stamp(_fields(practice))


def _check(title: str, text: str) -> None:
    for name, words in (("title", title), ("text", text)):
        if not words:
            raise DomainError(_l("Please fill this in."), name)


def _must_keep(practice: Practice, actor: Person) -> None:
    if not may_keep(eyes(actor, practice.plan_id), practice):
        raise Forbidden(_l("Only its author and the project manager may change it."))


def _fields(practice: Practice) -> dict[str, Any]:
    return {name: getattr(practice, name) for name in FIELDS}
