"""Enters this package into the application."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.db import db
from app.core.permissions import Viewer, set_plan_lookup, set_row_sight
from app.core.registries import (
    MenuItem,
    action_origins,
    agenda_points,
    blanks,
    document_parts,
    menu,
    plan_dates,
    plan_sections,
    plan_starters,
    state_providers,
    still_owns,
    todos,
)
from app.reports import (
    indicator_views,
    inspection_views,
    monitoring_answers,
    origins,
    problem_views,
    report_answers,
    views,
)
from app.reports.inspections import reads_inspection
from app.reports.models import Finding, Indicator, Inspection, Measurement
from app.reports.monitoring_state import monitoring_state
from app.reports.plan_dates import monitoring_dates, report_dates
from app.reports.starting import start_indicators
from app.reports.state import reports_state
from app.reports.subjects import enter_subjects

# The views register themselves on the blueprint as they are imported.
VIEWS = (views, problem_views)


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    plan_starters.add("reports", start_indicators, order=30)
    app.register_blueprint(views.bp)
    _register_reports()
    _register_monitoring(app)
    enter_subjects()


def _register_reports() -> None:
    set_plan_lookup("report_id", report_answers.plan_of_report)
    set_plan_lookup("problem_id", report_answers.plan_of_problem)
    menu.add(
        "reports",
        MenuItem("reports.index", _l("Reports"), "report:read", icon="journal-text",
                 is_on_phone=True),
        order=50,
    )  # fmt: skip
    menu.add(
        "report-matrix",
        MenuItem("reports.index", _l("Weekly reports"), "report:read", parent="reports"),
        order=51,
    )
    menu.add(
        "problems",
        MenuItem("reports.problems", _l("Problems"), "problem:read", parent="reports"),
        order=52,
    )
    state_providers.add("reports", reports_state, order=50)
    todos.add("reports", report_answers.report_todos, order=10)
    plan_dates.add("reports", report_dates, order=50)
    agenda_points.add("reports", report_answers.report_agenda_points, order=50)
    for source, ask in (
        ("report", origins.report_origin), ("problem", origins.problem_origin),
        ("inspection", origins.inspection_origin),
    ):  # fmt: skip
        action_origins.add(source, ask)
    still_owns.add("reports", report_answers.what_a_person_owes, order=50)


def _reads_inspection(viewer: Viewer, inspection_id: int) -> bool:
    return reads_inspection(viewer, db.session.get_one(Inspection, inspection_id))


def _register_monitoring(app: Flask) -> None:
    app.register_blueprint(indicator_views.bp)
    app.register_blueprint(inspection_views.bp)
    for argument, table in (
        ("indicator_id", Indicator), ("measurement_id", Measurement),
        ("inspection_id", Inspection), ("finding_id", Finding),
    ):  # fmt: skip
        set_plan_lookup(argument, _plan_of(table))
    set_row_sight("inspection_id", _reads_inspection)
    for order, (name, endpoint, label, permission) in enumerate(
        (
            ("inspections", "inspections.index", _l("Inspections"), "inspection:read"),
            ("indicators", "indicators.index", _l("Indicators"), "indicator:read"),
        ),
        start=53,
    ):
        menu.add(name, MenuItem(endpoint, label, permission, parent="reports"), order=order)
    state_providers.add("monitoring", monitoring_state, order=60)
    todos.add("monitoring", monitoring_answers.monitoring_todos, order=40)
    plan_dates.add("monitoring", monitoring_dates, order=60)
    agenda_points.add("monitoring", monitoring_answers.monitoring_agenda_points, order=60)
    document_parts.add("monitoring", monitoring_answers.monitoring_document_parts, order=50)
    plan_sections.add("monitoring", monitoring_answers.monitoring_sections, order=40)
    blanks.add("monitoring", monitoring_answers.monitoring_blanks, order=50)
    still_owns.add("monitoring", monitoring_answers.what_a_person_inspects, order=60)


def _plan_of(table: Any) -> Callable[[int], int | None]:
    return lambda key: db.session.scalar(select(table.plan_id).where(table.id == key))
