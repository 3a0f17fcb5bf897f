"""What of a plan goes into a workbook, as plain values by row and column, in one reader's sight.

The same reading makes the export and says "now" when a workbook comes back. A bounded number of
statements, however long the plan is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from app.accounts.models import Department, Person
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.formats import words
from app.core.matrix import Sight, sight
from app.core.permissions import Viewer
from app.core.text import clean_line
from app.exchange.cells import Value, fold
from app.exchange.sheets import SHEETS, RowKind, SheetKind
from app.plans.calendars import work_calendar
from app.risks.models import Risk, RiskState
from app.status.sheets.book import safe_text
from app.tasks.models import ActionItem, BudgetLine, Link, Resource, Step, Task, item_key
from app.tasks.rights import sees_action, sees_line

Rows = dict[str, dict[str, Value]]


@dataclass(frozen=True)
class Choices:
    """The words by which people, departments, tasks and items go: key → label, in order.

    Keys are "person:3", "department:2", "task:1", "step:12".
    """

    labels: Mapping[str, Mapping[str, str]]

    def label(self, refers: str, key: str) -> str:
        return self.labels[refers].get(key, key)


@dataclass(frozen=True)
class PlanContent:
    """sheets: rows by id by sheet, those only that the viewer may read. left_out: sheets that the
    viewer may not read at all; partly: those of which the viewer reads the own rows alone.
    data_version: the newest entry of the plan's audit trail."""

    plan_id: int
    data_version: int
    sheets: Mapping[str, Rows]
    left_out: tuple[SheetKind, ...]
    partly: tuple[SheetKind, ...]
    choices: Choices


def read_plan(viewer: Viewer) -> PlanContent:
    """The plan as the viewer reads it, texts in the current language."""
    plan_id = viewer.plan_id
    tasks = _all(select(Task).where(Task.plan_id == plan_id).order_by(Task.number))
    steps = _all(select(Step).where(Step.plan_id == plan_id).order_by(Step.task_id, Step.number))
    readers: dict[str, Any] = {
        "tasks": lambda: _tasks(tasks, steps),
        "links": lambda: _links(plan_id),
        "resources": lambda: _resources(plan_id),
        "budget": lambda: _budget(viewer, {task.id: task for task in tasks}),
        "risks": lambda: _risks(plan_id),
        "actions": lambda: _actions(viewer),
    }
    seen = [sheet for sheet in SHEETS if sight(viewer, *sheet.reads) is not Sight.none]
    return PlanContent(
        plan_id=plan_id,
        data_version=data_version(plan_id),
        sheets={sheet.key: readers[sheet.key]() for sheet in seen},
        left_out=tuple(sheet for sheet in SHEETS if sheet not in seen),
        partly=tuple(sheet for sheet in seen if sight(viewer, *sheet.reads) is Sight.own),
        choices=_choices(tasks, steps),
    )


def data_version(plan_id: int) -> int:
    """The newest entry of the plan's audit trail; 0 before the first."""
    return db.session.scalar(
        select(func.max(AuditEntry.id)).where(AuditEntry.plan_id == plan_id)
    ) or 0  # fmt: skip


def _all(statement: Any) -> list[Any]:
    return list(db.session.scalars(statement))


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _line(value: Any) -> str | None:
    return clean_line(words(value)) or None


def _text(value: Any) -> str | None:
    return safe_text(value) or None


def _key(kind: str, number: int | None) -> str | None:
    return None if number is None else f"{kind}:{number}"


def _tasks(tasks: list[Task], steps: list[Step]) -> Rows:
    calendar = work_calendar()
    parts: dict[int, list[Step]] = {task.id: [] for task in tasks}
    for step in steps:
        parts[step.task_id].append(step)
    rows: Rows = {}
    for task in tasks:
        rows[f"task-{task.id}"] = {
            "number": str(task.number),
            "row_kind": RowKind.task.value,
            "task": None,
            "title": _line(task.title),
            "owner": _key("person", task.owner_id),
            "department": _key("department", task.department_id),
            "workdays": task.duration_workdays,
            "state": task.state.value,
            "weight": task.weight,
            "description": _text(task.description),
            **_dated(task),
        }
        for step in parts[task.id]:
            kind = RowKind.milestone if step.is_milestone else RowKind.step
            rows[f"step-{step.id}"] = {
                "number": f"{task.number}.{step.number}",
                "row_kind": kind.value,
                "task": f"task:{task.id}",
                "title": _line(step.title),
                "owner": None,
                "department": None,
                "workdays": calendar.workdays_in(step.start_on, step.finish_on),
                "state": None,
                "weight": None,
                "description": None,
                **_dated(step),
            }
    return rows


def _dated(item: Task | Step) -> dict[str, Value]:
    return {
        "start_on": _day(item.start_on),
        "finish_on": _day(item.finish_on),
        "percent": item.progress_percent,
        "forecast_on": _day(item.forecast_finish_on),
        "done_on": _day(item.done_on),
        "baseline_start_on": _day(item.baseline_start_on),
        "baseline_finish_on": _day(item.baseline_finish_on),
        "not_before_on": _day(item.not_before_on),
        "not_after_on": _day(item.not_after_on),
        "is_fixed": item.is_fixed,
        "off_day": item.off_day.value,
    }


def _links(plan_id: int) -> Rows:
    return {
        f"link-{link.id}": {
            "before": link.before_key,
            "after": link.after_key,
            "kind": link.kind.value,
            "lag": link.lag_workdays,
        }
        for link in _all(select(Link).where(Link.plan_id == plan_id).order_by(Link.id))
    }


def _resources(plan_id: int) -> Rows:
    statement = (
        select(Resource)
        .join(Task, Task.id == Resource.task_id)
        .where(Resource.plan_id == plan_id)
        .order_by(Task.number, Resource.kind, Resource.id)
    )
    return {
        f"resource-{row.id}": {
            "task": f"task:{row.task_id}",
            "kind": row.kind.value,
            "title": _line(row.title),
            "quantity": _line(row.quantity),
            "source": row.source.value,
            "department": _key("department", row.department_id),
            "needed_on": _day(row.needed_on),
            "needed_until_on": _day(row.needed_until_on),
            "state": row.state.value,
            "promised_on": _day(row.promised_on),
            "delivered_on": _day(row.delivered_on),
            "note": _text(row.note),
            "answer": _text(row.answer),
        }
        for row in _all(statement)
    }


def _budget(viewer: Viewer, tasks: Mapping[int, Task]) -> Rows:
    statement = (
        select(BudgetLine)
        .outerjoin(Task, Task.id == BudgetLine.task_id)
        .where(BudgetLine.plan_id == viewer.plan_id)
        .order_by(Task.number, BudgetLine.id)
    )
    return {
        f"budget-{row.id}": {
            "task": _key("task", row.task_id),
            "title": _line(row.title),
            "department": _key("department", row.department_id),
            "planned": row.planned_cents,
            "committed": row.committed_cents,
            "actual": row.actual_cents,
            "forecast": row.forecast_cents,
        }
        for row in _all(statement)
        if sees_line(viewer, row, tasks.get(row.task_id or 0))
    }


def _risks(plan_id: int) -> Rows:
    statement = select(Risk).where(Risk.plan_id == plan_id).order_by(Risk.number)
    return {
        f"risk-{row.id}": {
            "number": row.number,
            "title": _line(row.title),
            "department": _key("department", row.department_id),
            "plan_impact": None if row.plan_impact is None else str(row.plan_impact),
            "probability": row.current_probability,
            "impact": row.current_impact,
            "score": row.score,
            "is_open": row.state is RiskState.open,
            "description": _text(row.description),
        }
        for row in _all(statement)
    }


def _actions(viewer: Viewer) -> Rows:
    statement = (
        select(ActionItem)
        .where(ActionItem.plan_id == viewer.plan_id)
        .order_by(ActionItem.number)
    )
    return {
        f"action-{row.id}": {
            "number": row.number,
            "title": _line(row.title),
            "owner": _key("person", row.owner_id),
            "due_on": _day(row.due_on),
            "department": _key("department", row.department_id),
            "task": _key("task", row.task_id),
            "state": row.state.value,
            "evidence": _text(row.evidence),
            "details": _text(row.details),
        }
        for row in _all(statement)
        if sees_action(viewer, row)
    }


def _choices(tasks: list[Task], steps: list[Step]) -> Choices:
    people = db.session.execute(
        select(Person.id, Person.name, Person.email)
        .where(Person.is_enabled)
        .order_by(Person.sort_name, Person.name, Person.id)
    ).all()
    departments = db.session.execute(
        select(Department.id, Department.name)
        .where(Department.is_active)
        .order_by(Department.id)
    )
    numbers = {task.id: task.number for task in tasks}
    task_labels = {f"task:{t.id}": f"{t.number} {_line(t.title) or ''}".strip() for t in tasks}
    items = dict(task_labels)
    for step in sorted(steps, key=lambda s: (numbers[s.task_id], s.number)):
        number = f"{numbers[step.task_id]}.{step.number}"
        items[item_key(step.task_id, step.id)] = f"{number} {_line(step.title) or ''}".strip()
    return Choices({
        "person": _named((f"person:{p.id}", p.name, p.email) for p in people),
        "department": _named(
            (f"department:{d.id}", _line(d.name) or "", str(d.id)) for d in departments
        ),
        "task": task_labels,
        "item": items,
    })  # fmt: skip


def _named(rows: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Labels by key; who shares a name with somebody is told apart by what else is known."""
    found = list(rows)
    names = [fold(name) for _key, name, _more in found]
    return {
        key: f"{name} ({more})" if names.count(fold(name)) > 1 else name
        for key, name, more in found
    }


def with_missing_people(content: PlanContent) -> PlanContent:
    """The content, with labels too for people and departments that are named although they left."""
    wanted: dict[str, set[int]] = {"person": set(), "department": set()}
    for sheet in SHEETS:
        for column in sheet.columns:
            if column.refers not in wanted:
                continue
            for row in content.sheets.get(sheet.key, {}).values():
                key = row.get(column.key)
                if isinstance(key, str) and key not in content.choices.labels[column.refers]:
                    wanted[column.refers].add(int(key.split(":")[1]))
    if not any(wanted.values()):
        return content
    labels = {name: dict(rows) for name, rows in content.choices.labels.items()}
    people = select(Person.id, Person.name, Person.email).where(Person.id.in_(wanted["person"]))
    for row in db.session.execute(people):
        labels["person"][f"person:{row.id}"] = f"{row.name} ({row.email})"
    departments = select(Department.id, Department.name).where(
        Department.id.in_(wanted["department"])
    )
    for row in db.session.execute(departments):
        labels["department"][f"department:{row.id}"] = f"{_line(row.name)} ({row.id})"
    return replace(content, choices=Choices(labels))
