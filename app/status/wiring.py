"""Enters this package into the application."""

from datetime import date
from typing import Any

from flask import Flask

from app.core.lights import Light
from app.core.registries import judges
from app.status.health import task_health


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    judges.add("task", judge_task)


def judge_task(row: Any, today: date) -> Light:
    """The light of a task's row (tasks.state.TaskRow), for the pages of the tasks themselves."""
    return task_health(
        row.days_late,
        row.spi,
        is_started=row.state != "not_started",
        is_due=row.start_on <= today,
        is_done=row.state == "done",
    ).light
