"""Enters this package into the application."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.jobs import Job, jobs
from app.core.lights import Light
from app.core.permissions import set_plan_lookup
from app.core.registries import MenuItem, judges, menu
from app.core.unit_of_work import unit_of_work
from app.status import home_views, pack_views
from app.status.commands import pack_commands
from app.status.health import task_health
from app.status.pack_jobs import packs_job
from app.status.pack_queries import plan_of_pack
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
    app.register_blueprint(pack_views.bp)
    app.cli.add_command(pack_commands)
    set_plan_lookup("pack_id", plan_of_pack)
    menu.add(
        "packs",
        MenuItem("packs.index", _l("Packs"), "pack:read", icon="file-earmark-spreadsheet"),
        order=70,
    )
    jobs.add("packs", packs_job)
    jobs.add(
        "weeks", Job(_close_weeks, timedelta(hours=1), _l("Write each plan down at its week’s end"))
    )


def _close_weeks(now: datetime) -> str:
    with unit_of_work():
        return _l("%(num)d closed", num=close_weeks(now))


def judge_task(row: Any, today: date) -> Light:
    """The light of a task's row (tasks.state.TaskRow), for the pages of the tasks themselves."""
    return task_health(
        row.days_late,
        row.spi,
        is_started=row.state != "not_started",
        is_due=row.start_on <= today,
        is_done=row.state == "done",
    ).light
