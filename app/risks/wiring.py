"""Enters this package into the application."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.db import db
from app.core.permissions import set_plan_lookup
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
from app.risks import answers, response_views, views
from app.risks.models import Response, Risk
from app.risks.origins import risk_origin
from app.risks.plan_dates import window_dates
from app.risks.starting import start_risks
from app.risks.state import risks_state
from app.risks.subjects import enter_subjects

# The views register themselves on the blueprint as they are imported.
VIEWS = (views, response_views)


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    app.register_blueprint(views.bp)
    set_plan_lookup("risk_id", _plan_of(Risk))
    set_plan_lookup("response_id", _plan_of(Response))
    menu.add(
        "risks",
        MenuItem(
            "risks.index", _l("Risks"), "risk:read", icon="shield-exclamation", is_on_phone=True
        ),
        order=40,
    )
    plan_starters.add("risks", start_risks, order=20)
    state_providers.add("risks", risks_state, order=40)
    action_origins.add("risk", risk_origin)
    todos.add("risks", answers.risk_todos, order=40)
    enter_subjects()
    plan_dates.add("risks", window_dates, order=40)
    agenda_points.add("risks", answers.risk_agenda_points, order=40)
    document_parts.add("risks", answers.risk_document_parts, order=40)
    plan_sections.add("risks", answers.risk_sections, order=40)
    blanks.add("risks", answers.risk_blanks, order=40)
    still_owns.add("risks", answers.what_a_person_answers_for, order=40)


def _plan_of(table: Any) -> Callable[[int], int | None]:
    return lambda key: db.session.scalar(select(table.plan_id).where(table.id == key))
