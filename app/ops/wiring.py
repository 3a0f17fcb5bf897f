"""Enters this package into the application."""

from datetime import timedelta

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.jobs import Job, jobs
from app.core.permissions import ADMINISTRATOR
from app.core.registries import MenuItem, admin_pages
from app.ops import health_views, job_views
from app.ops.backups import back_up
from app.ops.cleanup import clean_up
from app.ops.demo.commands import demo_command
from app.ops.serving import scheduler_command, serve_command

DAILY = timedelta(days=1)
# Two and three in the morning in China. They may take a while, so they come after the others.
COPIED_AT, CLEANED_AT, LAST = timedelta(hours=18), timedelta(hours=19), 90


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    app.register_blueprint(health_views.bp)
    app.register_blueprint(job_views.bp)
    admin_pages.add("jobs", MenuItem("jobs.index", _l("Background jobs"), ADMINISTRATOR), order=40)
    jobs.add("backup", Job(back_up, DAILY, _l("Copy the database"), at=COPIED_AT), order=LAST)
    jobs.add(
        "cleanup",
        Job(clean_up, DAILY, _l("Remove what is out of date"), at=CLEANED_AT),
        order=LAST,
    )
    app.cli.add_command(demo_command)
    app.cli.add_command(serve_command)
    app.cli.add_command(scheduler_command)
