"""The guided start: a plan made from a template, with whom and from when.

What is left open stays a blank of the plan and is listed until somebody fills it. The packages to
the right fill their own parts through `plan_starters`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Department, Person
from app.core import audit
from app.core.db import db
from app.core.errors import DomainError, Forbidden
from app.core.events import announce
from app.core.i18n import LANGUAGES
from app.core.localtext import LocalText
from app.core.permissions import Role
from app.core.registries import plan_starters
from app.plans.access import ensure_role
from app.plans.calendars import work_calendar
from app.plans.daybook import FIRST_YEAR, LAST_YEAR
from app.plans.events import PlanStarted
from app.plans.members import fill_head
from app.plans.models import Plan, PlanText
from app.plans.services import enabled_person, give_cover_roles
from app.plans.template import load_template
from app.plans.timetable import ProposalItem, propose_dates


@dataclass(frozen=True)
class PlanStart:
    """What the guided start asks for; people by id, each may be left out.

    owners: task number → person; heads: department key → person; dates: task number → (first,
    last) where somebody changed the proposal.
    """

    template_key: str
    start_on: date
    company: str = ""
    manager_id: int | None = None
    prepared_by_id: int | None = None
    reviewed_by_id: int | None = None
    approved_by_id: int | None = None
    prepared_on: date | None = None
    owners: Mapping[int, int] = field(default_factory=dict)
    heads: Mapping[str, int] = field(default_factory=dict)
    executive_ids: tuple[int, ...] = ()
    member_ids: tuple[int, ...] = ()
    dates: Mapping[int, tuple[date, date]] = field(default_factory=dict)


def propose_task_dates(template_key: str, start_on: date) -> dict[int, tuple[date, date]]:
    """First and last day of each task by its duration in working days, by task number.

    Raises NotFound (template), DomainError (a start out of the calendar's reach).
    """
    if not FIRST_YEAR <= start_on.year < LAST_YEAR - 10:
        raise DomainError(
            _l("Please choose a start between the years 2010 and 2088."), "start_on"
        )
    tasks = load_template(template_key)["tasks"]
    items = [
        ProposalItem(
            key=str(task["number"]),
            duration_workdays=task["duration_workdays"],
            after=tuple(str(n) for n in task.get("after", [])),
            lag_workdays=task.get("lag_workdays", 0),
        )
        for task in tasks
    ]
    rows = propose_dates(items, start_on, work_calendar())
    return {task["number"]: row for task, row in zip(tasks, rows, strict=True)}


def start_plan(start: PlanStart, actor: Person, now: datetime) -> Plan:
    """Make a plan from its template. Raises Forbidden, NotFound, DomainError (finish before
    start, somebody who left, a department with another head)."""
    if not (actor.may_start_plans or actor.is_admin):
        raise Forbidden(_l("You may not start plans. An administrator can allow it."))
    template = load_template(start.template_key)
    _check_people(start)
    dates = {**propose_task_dates(start.template_key, start.start_on), **start.dates}
    for number, (first, last) in dates.items():
        if last < first:
            raise DomainError(_l("The finish lies before the start."), f"task_{number}_finish_on")
        if first < start.start_on:
            raise DomainError(
                _l("This task would begin before the plan does."), f"task_{number}_start_on"
            )
    go_live = dates.get(template.get("go_live_after_task", 0))
    plan = Plan(
        template_key=start.template_key,
        title=LocalText.of(template["title"]),
        purpose=LocalText.of(template["purpose"]),
        company=start.company,
        start_on=start.start_on,
        finish_on=max(last for _first, last in dates.values()),
        go_live_on=go_live[1] if go_live else None,
        prepared_by_id=start.prepared_by_id,
        reviewed_by_id=start.reviewed_by_id,
        approved_by_id=start.approved_by_id,
        prepared_on=start.prepared_on,
        inspection_interval_weeks=template.get("inspection", {}).get("interval_weeks"),
        created_at=now,
        created_by_id=actor.id,
    )
    db.session.add(plan)
    db.session.flush()
    _write_texts(plan, template)
    _appoint(plan, template, start, actor, now)
    audit.record("started", plan, actor_id=actor.id, now=now, plan_id=plan.id)
    for _name, starter in plan_starters:
        starter(plan, template, start, dates, actor, now)
    db.session.flush()
    announce(PlanStarted(plan.id, actor.id, now))
    return plan


def _check_people(start: PlanStart) -> None:
    """Everybody named can sign in; the error stands at the field of the guided start."""
    named = {
        "manager_id": start.manager_id,
        "prepared_by_id": start.prepared_by_id,
        "reviewed_by_id": start.reviewed_by_id,
        "approved_by_id": start.approved_by_id,
        **{f"owner_{number}": person_id for number, person_id in start.owners.items()},
        **{f"head_{key}": person_id for key, person_id in start.heads.items()},
    }
    for field_name, person_id in named.items():
        if person_id:
            enabled_person(person_id, field_name)
    for person_id in start.executive_ids:
        enabled_person(person_id, "executive_ids")
    for person_id in start.member_ids:
        enabled_person(person_id, "member_ids")


def department_by_key(key: str | None) -> Department | None:
    """The department that the template means; None for the project manager's own."""
    if key is None or key == "project_manager":
        return None
    return db.session.scalar(select(Department).where(Department.key == key))


def departments_of(template: dict[str, Any]) -> dict[str, Department]:
    """The company's departments that the template means: those tied to its keys, else those that
    an administrator entered under the same name."""
    rows = db.session.scalars(
        select(Department).order_by(Department.id).options(joinedload(Department.head))
    ).all()
    found = {row.key: row for row in rows if row.key}
    for wanted in template["departments"]:
        named = {*wanted["name"].values()}
        same = next(
            (row for row in rows if row.key is None and row.is_active
             and named & {row.name.in_language(lang) for lang in LANGUAGES}),
            None,
        )  # fmt: skip
        if same is not None:
            found.setdefault(wanted["key"], same)
    return {row["key"]: found[row["key"]] for row in template["departments"] if row["key"] in found}


def _appoint(
    plan: Plan, template: dict[str, Any], start: PlanStart, actor: Person, now: datetime
) -> None:
    ensure_role(plan.id, start.manager_id or actor.id, Role.manager)
    known = departments_of(template)
    for row in template["departments"]:
        department = known.get(row["key"])
        if department is None:
            department = Department(key=row["key"], name=LocalText.of(row["name"]))
            db.session.add(department)
        elif department.key is None:
            # From now on it is the plan's, and its name follows the reader's language.
            department.key, department.name = row["key"], LocalText.of(row["name"])
        db.session.flush()
        head_id = start.heads.get(row["key"])
        if head_id and department.head_id is None:
            fill_head(department, head_id, actor=actor, now=now)
        elif head_id and department.head_id != head_id:
            raise DomainError(
                _l("This department has a head. An administrator can change it."),
                f"head_{row['key']}",
            )
    for department in db.session.scalars(select(Department).where(Department.head_id.is_not(None))):
        if department.key in {row["key"] for row in template["departments"]}:
            ensure_role(plan.id, department.head_id, Role.head)  # type: ignore[arg-type]
    give_cover_roles(plan)
    for person_id in start.executive_ids:
        ensure_role(plan.id, person_id, Role.executive)
    for person_id in start.member_ids:
        ensure_role(plan.id, person_id, Role.member)


# 人力, 物力, 财力: the heading under which a resource stands in the document.
RESOURCE_KINDS = {
    "human": {"zh": "人力", "en": "People"},
    "material": {"zh": "物力", "en": "Material"},
    "financial": {"zh": "财力", "en": "Money"},
}

# Section of the document ← table of the template, name of the title, name of the body.
_TEXTS: tuple[tuple[str, tuple[str, ...], str | None, str], ...] = (
    ("goal", ("goals",), "title", "by"),
    ("key_task", ("key_tasks",), None, "text"),
    ("stage", ("stages",), "title", "text"),
    ("resource_part", ("resources",), None, "text"),
    ("monitoring", ("monitoring",), "title", "text"),
    ("evaluation", ("evaluation", "methods"), "title", "text"),
    ("duty", ("departments",), "name", "duty"),
    ("audience", ("communication", "audiences"), None, "text"),
    ("content", ("communication", "contents"), None, "text"),
    ("channel", ("communication", "channels"), None, "text"),
    ("frequency", ("communication", "frequencies"), None, "text"),
    ("outcome", ("outcomes",), None, "text"),
    ("outlook", ("outlook",), None, "text"),
)


def _write_texts(plan: Plan, template: dict[str, Any]) -> None:
    def add(section: str, position: int, title: Any, body: Any) -> None:
        db.session.add(
            PlanText(plan_id=plan.id, section=section, position=position,
                     title=LocalText.of(title or {}), body=LocalText.of(body or {}))
        )  # fmt: skip

    for section, path, title_name, body_name in _TEXTS:
        rows: Any = template
        for part in path:
            rows = rows.get(part, []) if isinstance(rows, dict) else []
        for position, row in enumerate(rows, start=1):
            title = row.get(title_name) if title_name else RESOURCE_KINDS.get(row.get("kind", ""))
            add(section, position, title, row.get(body_name))
    for position, body in enumerate(template.get("resource_policy", {}).values(), start=1):
        add("resource_policy", position, None, body)
    communication = template.get("communication", {})
    for name in ("working_group", "duties", "platform", "practices"):
        row = communication.get(name, {})
        add(name, 1, row.get("title"), row.get("text"))
    add("basis", 1, None, template.get("basis", {}).get("text"))
