"""Use cases of the communication plan: who is told what, how, how often, by whom.

Its first lines come from the template in both languages; a line that a person edits becomes that
person's words.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.accounts.models import Person
from app.comms.models import CommsRow
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.localtext import LocalText
from app.core.locks import check_unchanged, stamp
from app.tasks.rights import must_manage

FIELDS = ("audience", "content", "channel", "frequency", "responsible")


def add_row(
    plan_id: int,
    *,
    audience: LocalText,
    content: LocalText,
    channel: LocalText,
    frequency: LocalText,
    responsible: LocalText,
    actor: Person,
    now: datetime,
) -> CommsRow:
    """A new line at the end. Raises Forbidden, DomainError."""
    must_manage(actor, plan_id)
    values = {"audience": audience, "content": content, "channel": channel,
              "frequency": frequency, "responsible": responsible}  # fmt: skip
    _check(values)
    last = db.session.scalar(
        select(func.max(CommsRow.position)).where(CommsRow.plan_id == plan_id)
    )
    row = CommsRow(plan_id=plan_id, position=(last or 0) + 1, **values)
    db.session.add(row)
    audit.record("created", row, actor_id=actor.id, now=now)
    return row


def edit_row(
    row: CommsRow,
    *,
    audience: LocalText,
    content: LocalText,
    channel: LocalText,
    frequency: LocalText,
    responsible: LocalText,
    seen: str | None = None,
    actor: Person,
    now: datetime,
) -> None:
    """Change a line. Raises Forbidden, Conflict, DomainError."""
    must_manage(actor, row.plan_id)
    check_unchanged(seen, row_stamp(row), _fields(row))
    values = {"audience": audience, "content": content, "channel": channel,
              "frequency": frequency, "responsible": responsible}  # fmt: skip
    _check(values)
    changes = audit.change(row, **values)
    if changes:
        audit.record("changed", row, actor_id=actor.id, now=now, changes=changes)


def move_row(row: CommsRow, *, up: bool, actor: Person, now: datetime) -> None:
    """Change places with the line above or below; at the end nothing happens."""
    must_manage(actor, row.plan_id)
    rows = list(rows_of(row.plan_id))
    place = rows.index(row)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for position, each in enumerate(rows, start=1):
        each.position = position
    audit.record("moved", row, actor_id=actor.id, now=now)


def remove_row(row: CommsRow, *, actor: Person, now: datetime) -> None:
    """Take a line out; the audit trail keeps its words."""
    must_manage(actor, row.plan_id)
    audit.record(
        "removed", row, actor_id=actor.id, now=now,
        changes={name: (old, None) for name, old in _fields(row).items()},
    )  # fmt: skip
    db.session.delete(row)
    db.session.flush()


def rows_of(plan_id: int) -> Sequence[CommsRow]:
    """The lines in their order."""
    return db.session.scalars(
        select(CommsRow)
        .where(CommsRow.plan_id == plan_id)
        .order_by(CommsRow.position, CommsRow.id)
    ).all()


def row_stamp(row: CommsRow) -> str:
    return stamp(_fields(row))


def _check(values: dict[str, LocalText]) -> None:
    for name in ("audience", "content"):
        if not values[name]:
            raise DomainError(_l("Please fill this in."), name)


def _fields(row: CommsRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}
