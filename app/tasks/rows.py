"""What resources and lines of money share: their fields, and how they are taken off a task."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from app.accounts.models import Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError
from app.core.localtext import LocalText
from app.core.locks import fields_of, stamp
from app.tasks.models import BudgetLine, Resource

NEED_FIELDS = (
    "kind", "title", "source", "department_id", "quantity", "needed_on", "needed_until_on", "note",
)  # fmt: skip
ANSWER_FIELDS = ("state", "answer", "promised_on", "delivered_on")
RESOURCE_FIELDS = NEED_FIELDS + ANSWER_FIELDS
NO_ANSWER: dict[str, Any] = {
    "answer": "", "promised_on": None, "answered_by_id": None, "answered_at": None,
}  # fmt: skip


def resource_stamp(resource: Resource) -> str:
    """What a form about this resource carries, to see whether it changed meanwhile."""
    return stamp(fields_of(resource, RESOURCE_FIELDS))


def check_title(title: LocalText) -> None:
    """Raises DomainError for a row without words."""
    if not title:
        raise DomainError(_l("Please fill this in."), "title")


def take_off(
    row: Resource | BudgetLine, names: tuple[str, ...], actor: Person, now: datetime
) -> None:
    """Delete the row; the audit trail keeps these fields."""
    audit.record(
        "removed",
        row,
        actor_id=actor.id,
        now=now,
        changes={name: (value, None) for name, value in fields_of(row, names).items()},
    )
    db.session.delete(row)
    db.session.flush()
