"""The audit trail of a task, put into sentences.

Only what changed is told, in the words of the forms; people and departments by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.audit import AuditEntry
from app.core.formats import day_short, words
from app.core.localtext import LocalText
from app.tasks.money import yuan_text

WHAT = {
    "tasks": _l("task"), "steps": _l("step"), "resources": _l("resource"),
    "budget_lines": _l("line of money"), "action_items": _l("action item"),
}  # fmt: skip
DID = {
    "created": _l("written"), "assigned": _l("assigned"), "described": _l("words changed"),
    "dates_changed": _l("dates changed"), "progress": _l("progress updated"),
    "completed": _l("finished"), "reopened": _l("reopened"), "changed": _l("changed"),
    "removed": _l("removed"), "open": _l("taken back"), "asked": _l("asked for"),
    "promised": _l("promised"), "declined": _l("declined"), "delivered": _l("delivered"),
    "closed": _l("closed"),
    "cancelled": _l("cancelled"), "reassigned": _l("handed on"),
    "date_changed": _l("date changed"),
    "baseline_changed": _l("measured against another baseline"),
}  # fmt: skip
FIELDS = {
    "owner_id": _l("owner"), "department_id": _l("department"), "title": _l("title"),
    "description": _l("description"), "weight": _l("weight"), "start_on": _l("start"),
    "finish_on": _l("finish"), "reason": _l("reason"), "progress_percent": _l("progress"),
    "forecast_finish_on": _l("expected finish"), "done_on": _l("finished on"),
    "quantity": _l("quantity"), "needed_on": _l("needed on"), "note": _l("note"),
    "needed_until_on": _l("needed until"), "answer": _l("answer"),
    "promised_on": _l("promised for"), "delivered_on": _l("delivered on"),
    "on_behalf": _l("on the lending side’s behalf"), "committed_cents": _l("ordered or signed"),
    "planned_cents": _l("budget"), "actual_cents": _l("used"), "forecast_cents": _l("expected"),
    "due_on": _l("due on"), "evidence": _l("evidence"), "is_milestone": _l("milestone"),
    "baseline_start_on": _l("baseline start"), "baseline_finish_on": _l("baseline finish"),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One line of history. `details`: (field, from, to) in words."""

    at: datetime
    who: str
    text: str
    details: tuple[tuple[str, str, str], ...]


def tell(
    rows: list[tuple[AuditEntry, str]],
    titles: dict[tuple[str, int], str],
    names: Callable[[str, Any], str],
) -> list[Told]:
    """Sentences for the entries. `titles`: names of steps and other rows by (table, id);
    `names(field, id)` answers the name of a person or department."""
    return [
        Told(
            at=entry.at,
            who=who,
            text=_text(entry, titles),
            details=tuple(
                (str(FIELDS[field]), _value(field, old, names), _value(field, new, names))
                for field, (old, new) in entry.changes.items()
                if field in FIELDS and entry.action not in ("removed", "created")
            ),
        )
        for entry, who in rows
    ]


def ids_in(rows: list[tuple[AuditEntry, str]], field: str) -> set[int]:
    """Ids of people or departments that the entries speak of."""
    return {
        value
        for entry, _who in rows
        for value in entry.changes.get(field, ())
        if isinstance(value, int)
    }


def _text(entry: AuditEntry, titles: dict[tuple[str, int], str]) -> str:
    kept = titles.get((entry.object_type, entry.object_id))
    if kept is None and "title" in entry.changes:
        kept = _words(entry.changes["title"][0] or entry.changes["title"][1])
    what, did = WHAT[entry.object_type], DID.get(entry.action, entry.action)
    if entry.object_type == "tasks":
        return str(did)
    return _("%(what)s “%(title)s”: %(did)s", what=what, title=kept or "", did=did)


def _words(value: Any) -> str:
    return words(LocalText.of(value)) if isinstance(value, dict) else str(value)


def _value(field: str, value: Any, names: Callable[[str, Any], str]) -> str:
    if value is None or value == "":
        return "–"
    if field in ("owner_id", "department_id"):
        return names(field, value)
    if field.endswith("_on"):
        return day_short(date.fromisoformat(value))
    if field.endswith("_cents"):
        return yuan_text(value)
    if field == "progress_percent":
        return f"{value}%"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _words(value)
