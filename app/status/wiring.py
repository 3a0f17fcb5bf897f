"""Enters this package into the application."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core import events
from app.core.jobs import Job, jobs
from app.core.kept import Shelf
from app.core.lights import Light
from app.core.permissions import ADMINISTRATOR, set_plan_lookup
from app.core.registries import MenuItem, admin_pages, judges, menu
from app.plans.events import PlanSigned
from app.status.commands import pack_commands
from app.status.comparison import views as compare_views
from app.status.distribution import views as distribution_views
from app.status.distribution.wiring import register_distribution
from app.status.findings import task_why
from app.status.health import Finding, task_health
from app.status.home import views as home_views
from app.status.home.keeping import MOST, SHELF
from app.status.look import views as look_views
from app.status.packs import verify_views
from app.status.packs import views as pack_views
from app.status.packs.jobs import packs_job
from app.status.packs.queries import plan_of_pack
from app.status.snapshots import baseline_kept, signed
from app.status.week_lights import close_weeks
from app.tasks.events import BaselineKept

# The views register themselves on the packs' blueprint as they are imported.
PACK_VIEWS = (pack_views, compare_views, verify_views, distribution_views)


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    judges.add("task", judge_task)
    judges.add("task_why", why_judged)
    app.register_blueprint(home_views.bp)
    app.extensions[SHELF] = Shelf(MOST)
    menu.add(
        "home",
        MenuItem("status.index", _l("Home"), "plan:read", icon="house", is_on_phone=True),
        order=10,
    )
    app.register_blueprint(pack_views.bp)
    app.register_blueprint(look_views.bp)
    admin_pages.add("look", MenuItem("look.index", _l("Look of packs"), ADMINISTRATOR), order=27)
    app.cli.add_command(pack_commands)
    set_plan_lookup("pack_id", plan_of_pack)
    menu.add(
        "packs",
        MenuItem("packs.index", _l("Packs"), "pack:read", icon="file-earmark-spreadsheet"),
        order=70,
    )
    events.subscribe(PlanSigned, signed)
    events.subscribe(BaselineKept, baseline_kept)
    jobs.add("packs", packs_job)
    register_distribution(app)
    jobs.add(
        "weeks", Job(_close_weeks, timedelta(hours=1), _l("Write each plan down at its week’s end"))
    )


def _close_weeks(now: datetime) -> str:
    return _l("%(num)d closed", num=close_weeks(now))


def judge_task(row: Any, today: date) -> Light:
    """The light of a task's row (tasks.state.TaskRow), for the pages of the tasks themselves."""
    return _judged(row, today).light


def why_judged(row: Any, today: date) -> str:
    """The rule behind that light, with its numbers."""
    return task_why(_judged(row, today).rule_key, row)


def _judged(row: Any, today: date) -> Finding:
    return task_health(
        row.days_late,
        row.spi,
        is_started=row.state != "not_started",
        is_due=row.start_on <= today,
        is_done=row.state == "done",
    )
