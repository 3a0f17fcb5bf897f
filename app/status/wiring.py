"""Enters this package into the application."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.jobs import Job, jobs
from app.core.lights import Light
from app.core.registries import MenuItem, judges, menu
from app.core.unit_of_work import unit_of_work
from app.status import home_views
from app.status.health import task_health
from app.status.week_lights import close_weeks


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    judges.add("task", judge_task)
    app.register_blueprint(home_views.bp)
    menu.add(
        "home",
        MenuItem("status.index", _l("Home"), "plan:read", icon="house", is_on_phone=True),
        order=10,
    )
    jobs.add(
        "weeks", Job(_close_weeks, timedelta(hours=1), _l("Write each plan down at its week’s end"))
    )


def _close_weeks(now: datetime) -> str:
    with unit_of_work():
        return f"{close_weeks(now)} closed"


def judge_task(row: Any, today: date) -> Light:
    """The light of a task's row (tasks.state.TaskRow), for the pages of the tasks themselves."""
    return task_health(
        row.days_late,
        row.spi,
        is_started=row.state != "not_started",
        is_due=row.start_on <= today,
        is_done=row.state == "done",
    ).light
