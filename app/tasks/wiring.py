"""Enters this package into the application."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.db import db
from app.core.events import subscribe
from app.core.permissions import SIGNED_IN, set_plan_lookup
from app.core.registries import (
    MenuItem,
    account_pages,
    agenda_points,
    blanks,
    document_parts,
    menu,
    plan_dates,
    plan_sections,
    plan_starters,
    role_ties,
    state_providers,
    still_owns,
    todos,
)
from app.plans.events import CalendarChanged
from app.tasks import (
    action_views,
    answers,
    baseline_views,
    gantt_views,
    link_views,
    part_views,
    progress_views,
    resource_answers,
    resource_views,
    views,
    what_if_views,
    why_views,
)
from app.tasks.models import ActionItem, BudgetLine, Link, Resource, Step, Task
from app.tasks.plan_dates import task_dates
from app.tasks.settling import follow_calendar
from app.tasks.starting import start_tasks
from app.tasks.state import tasks_state
from app.tasks.subjects import enter_subjects

# The views register themselves on the blueprint as they are imported.
VIEWS = (
    views, part_views, resource_views, link_views, action_views, gantt_views, baseline_views,
    progress_views, what_if_views, why_views,
)  # fmt: skip


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    app.register_blueprint(views.bp)
    for argument, table in (
        ("task_id", Task), ("step_id", Step), ("resource_id", Resource),
        ("budget_id", BudgetLine), ("action_id", ActionItem), ("link_id", Link),
    ):  # fmt: skip
        set_plan_lookup(argument, _plan_of(table))
    menu.add(
        "tasks",
        MenuItem("tasks.index", _l("Tasks"), "task:read", icon="list-task", is_on_phone=True),
        order=30,
    )
    menu.add(
        "task-table", MenuItem("tasks.index", _l("Tasks"), "task:read", parent="tasks"), order=31
    )
    menu.add(
        "tasks-gantt",
        MenuItem("tasks.gantt", _l("Gantt chart"), "task:read", parent="tasks"),
        order=32,
    )
    menu.add(
        "progress",
        MenuItem("tasks.plan_progress_page", _l("Progress"), "task:read", parent="tasks"),
        order=33,
    )
    menu.add(
        "actions",
        MenuItem("tasks.actions", _l("Action items"), "action:read", parent="tasks"),
        order=34,
    )
    menu.add(
        "resources",
        MenuItem("tasks.resources", _l("Resources"), "resource:read", parent="tasks"),
        order=35,
    )
    menu.add(
        "budget",
        MenuItem("tasks.budget", _l("Money"), "budget:read", parent="tasks"),
        order=36,
    )
    menu.add(
        "baselines",
        MenuItem("tasks.baselines", _l("Baselines"), "task:read", parent="tasks"),
        order=37,
    )
    account_pages.add(
        "actions", MenuItem("tasks.my_actions", _l("My action items"), SIGNED_IN), order=10
    )
    plan_starters.add("tasks", start_tasks, order=10)
    state_providers.add("tasks", tasks_state, order=20)
    todos.add("tasks", answers.task_todos, order=20)
    enter_subjects()
    plan_dates.add("tasks", task_dates, order=20)
    todos.add("resources", resource_answers.resource_todos, order=21)
    plan_dates.add("budget", resource_answers.budget_dates, order=25)
    blanks.add("tasks", answers.task_blanks, order=20)
    document_parts.add("tasks", answers.task_document_parts, order=20)
    plan_sections.add("tasks", answers.task_sections, order=20)
    role_ties.add("tasks", answers.why_owner_stays, order=20)
    still_owns.add("tasks", answers.what_a_person_owns, order=20)
    agenda_points.add("tasks", answers.task_agenda_points, order=20)
    subscribe(CalendarChanged, follow_calendar)


def _plan_of(table: Any) -> Callable[[int], int | None]:
    return lambda key: db.session.scalar(select(table.plan_id).where(table.id == key))
