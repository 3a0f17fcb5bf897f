"""The audit trail: who, when, what, from, to.

Written in the transaction of the change itself. People are kept by id, so that a name can be
erased; secrets never enter.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Instant, IntPk, db
from app.core.localtext import LocalText

SECRET_FIELDS = frozenset({"password", "password_hash", "token", "secret"})


class AuditEntry(db.Model):
    """One change of one object. `changes` maps a field to [from, to]."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_object", "object_type", "object_id"),)

    id: Mapped[IntPk]
    at: Mapped[Instant]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    plan_id: Mapped[int | None] = mapped_column(index=True)
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int]
    action: Mapped[str] = mapped_column(String(40))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, LocalText):
        return value.to_plain()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def change(row: Any, **values: Any) -> dict[str, tuple[Any, Any]]:
    """Set `values` on a model row; answer what really changed as {field: (from, to)}."""
    changed = {}
    for field, new in values.items():
        old = getattr(row, field)
        if old != new:
            setattr(row, field, new)
            changed[field] = (old, new)
    return changed


def record(
    action: str,
    row: Any,
    *,
    actor_id: int | None,
    now: datetime,
    plan_id: int | None = None,
    changes: dict[str, tuple[Any, Any]] | None = None,
) -> None:
    """Write one entry about `row` (flushed first, so that it has an id).

    actor_id None is the system itself. Raises ValueError on a secret's field.
    """
    record_all(action, [(row, changes or {})], actor_id=actor_id, now=now, plan_id=plan_id)


def record_all(
    action: str,
    changed: Iterable[tuple[Any, dict[str, tuple[Any, Any]]]],
    *,
    actor_id: int | None,
    now: datetime,
    plan_id: int | None = None,
) -> None:
    """Write one entry for each (row, changes) of one act, with one flush for all."""
    changed = list(changed)
    if not all(SECRET_FIELDS.isdisjoint(changes) for _row, changes in changed):
        raise ValueError("a secret must not enter the audit trail")
    db.session.flush()
    db.session.add_all(
        AuditEntry(
            at=now,
            actor_id=actor_id,
            plan_id=plan_id if plan_id is not None else getattr(row, "plan_id", None),
            object_type=row.__tablename__,
            object_id=row.id,
            action=action,
            changes={field: [plain(a), plain(b)] for field, (a, b) in changes.items()},
        )
        for row, changes in changed
    )
