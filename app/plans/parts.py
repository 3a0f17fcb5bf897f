"""The document in parts: what a signature covers, and how a part is called and read.

A part is a key ("goal:2", "task:3:dates") and its canonical text. People and departments stand in
it by id, so that a name can be erased and a reader still sees it; words stand in both languages.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Department, Person
from app.core.db import db
from app.core.formats import words
from app.core.localtext import LocalText
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.plans.models import Plan, PlanText
from app.plans.template import load_template

KINDS: dict[str, Any] = {
    "cover": _l("Cover"),
    "purpose": _l("Purpose"),
    "goal": _l("Goal"),
    "key_task": _l("Key task"),
    "stage": _l("Stage"),
    "head": _l("Head of"),
    "resource_part": _l("Resource"),
    "resource_policy": _l("Use of resources"),
    "monitoring": _l("Monitoring"),
    "evaluation": _l("Evaluation"),
    "duty": _l("Duty"),
    "audience": _l("Audience"),
    "content": _l("Content"),
    "channel": _l("Channel"),
    "frequency": _l("Frequency"),
    "working_group": _l("Working group"),
    "duties": _l("Clear duties"),
    "platform": _l("Resource-sharing platform"),
    "practices": _l("Best practices"),
    "outcome": _l("Expected outcome"),
    "outlook": _l("Outlook"),
    "basis": _l("Basis of the plan"),
    "task": _l("Task"),
    "risk": _l("Risk"),
    "indicator": _l("Indicator"),
    "meeting": _l("Meeting"),
    "comms": _l("Communication plan, line"),
}
ASPECTS: dict[str, Any] = {
    "title": _l("title"),
    "company": _l("company"),
    "prepared_by": _l("prepared by"),
    "reviewed_by": _l("reviewed by"),
    "approved_by": _l("approved by"),
    "prepared_on": _l("date prepared"),
    "start_on": _l("start"),
    "go_live_on": _l("put into effect"),
    "report_time": _l("report time"),
    "inspection_interval": _l("inspection interval"),
    "owner": _l("owner"),
    "dates": _l("dates"),
    "resources": _l("resources"),
    "department": _l("department"),
    "response": _l("response"),
    "window": _l("window"),
    "impact": _l("impact"),
    "target": _l("target"),
    "cadence": _l("cadence"),
    "measured_as": _l("measured as"),
}

_PERSON = re.compile(r"\bperson:(\d+)")
_DEPARTMENT = re.compile(r"\bdepartment:(\d+)")
_WORDS = re.compile(r"\{[^{}]*\}")


def reads_part(viewer: Viewer, key: str) -> bool:
    """Whether the viewer reads the part; of what they do not, not even the name is told."""
    kind, *rest = key.split(":")
    if kind == "risk":
        return sight(viewer, "risk", "register") is not Sight.none
    return "resources" not in rest or sight(viewer, "resource", "row") is not Sight.none


def own_parts(plan_id: int) -> dict[str, str]:
    """The cover, the words and the heads of this plan, as a signature sees them."""
    plan = db.session.get_one(Plan, plan_id)
    parts = {
        "cover:title": plan.title.to_json(),
        "cover:company": plan.company,
        "cover:prepared_by": _person(plan.prepared_by_id),
        "cover:reviewed_by": _person(plan.reviewed_by_id),
        "cover:approved_by": _person(plan.approved_by_id),
        "cover:prepared_on": _day(plan.prepared_on),
        "cover:start_on": _day(plan.start_on),
        "cover:go_live_on": _day(plan.go_live_on),
        "cover:report_time": f"{plan.report_hour:02d}:{plan.report_minute:02d}",
        "cover:inspection_interval": str(plan.inspection_interval_weeks or ""),
        "purpose": plan.purpose.to_json(),
    }
    for text in db.session.scalars(
        select(PlanText).where(PlanText.plan_id == plan_id).order_by(PlanText.id)
    ):
        pieces = [piece.to_json() for piece in (text.title, text.body) if piece]
        parts[f"{text.section}:{text.position}"] = "; ".join(pieces)
    for department in plan_departments(plan):
        parts[f"head:{department.id}"] = _person(department.head_id)
    return parts


def plan_departments(plan: Plan) -> list[Department]:
    """The departments that the plan names, in its template's order."""
    keys = [row["key"] for row in load_template(plan.template_key)["departments"]]
    rows = db.session.scalars(select(Department).where(Department.key.in_(keys)))
    return sorted(rows, key=lambda row: keys.index(row.key or ""))


def _person(person_id: int | None) -> str:
    return f"person:{person_id}" if person_id else ""


def _day(value: Any) -> str:
    return value.isoformat() if value else ""


class Reader:
    """Says keys and texts of parts in the reader's language, with names in place of ids."""

    def __init__(self, texts: Iterable[str], keys: Iterable[str]) -> None:
        joined = "\n".join(texts)
        departments = {int(n) for n in _DEPARTMENT.findall(joined)}
        departments |= {int(k.split(":")[1]) for k in keys if k.startswith("head:")}
        self.people = _names(Person, {int(n) for n in _PERSON.findall(joined)})
        self.departments = _names(Department, departments)

    def label(self, key: str) -> str:
        """ "task:3:dates" → Task 3 · dates."""
        kind, *rest = key.split(":")
        if kind == "head":
            return _("Head of %(department)s", department=self.departments.get(int(rest[0]), "–"))
        name = str(KINDS.get(kind, kind))
        number = " ".join(part for part in rest if part.isdigit())
        aspects = [str(ASPECTS.get(part, part)) for part in rest if not part.isdigit()]
        return " · ".join([f"{name} {number}".strip(), *aspects])

    def text(self, value: str) -> str:
        """A part's text with words in the reader's language."""
        value = _WORDS.sub(lambda m: _localised(m.group()), value)
        value = _PERSON.sub(lambda m: self.people.get(int(m.group(1)), "–"), value)
        return _DEPARTMENT.sub(lambda m: self.departments.get(int(m.group(1)), "–"), value)


def _localised(json_text: str) -> str:
    try:
        return words(LocalText.from_json(json_text))
    except (ValueError, AttributeError):
        return json_text


def _names(table: Any, ids: set[int]) -> Mapping[int, str]:
    if not ids:
        return {}
    rows = db.session.execute(select(table.id, table.name).where(table.id.in_(ids)))
    return {key: words(name) for key, name in rows}
