"""Snapshots: a state of the plan written down as canonical JSON with its SHA-256."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Instant, IntPk, db
from app.core.localtext import LocalText


class Snapshot(db.Model):
    """What stood in a plan at an instant; never changed after it was written."""

    __tablename__ = "snapshots"

    id: Mapped[IntPk]
    plan_id: Mapped[int] = mapped_column(index=True)
    taken_at: Mapped[Instant]
    reason: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)


def to_plain(value: Any) -> Any:
    """A frozen dataclass tree as JSON values: keys are field names, dates are ISO 8601."""
    if isinstance(value, LocalText):
        return value.to_plain()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(to_plain(v) for v in value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def canonical(value: Any) -> str:
    """The one spelling of a value: sorted keys, no spaces, no escapes of Chinese."""
    return json.dumps(to_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def take_snapshot(plan_id: int, value: Any, reason: str, now: datetime) -> Snapshot:
    """Write `value` down; the same value always has the same hash."""
    body = canonical(value)
    snapshot = Snapshot(
        plan_id=plan_id,
        taken_at=now,
        reason=reason,
        sha256=hashlib.sha256(body.encode()).hexdigest(),
        body=body,
    )
    db.session.add(snapshot)
    db.session.flush()
    return snapshot
