"""Enters this package into the application."""

from flask import Flask

from app.core.registries import plan_starters
from app.tasks.starting import start_tasks


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    plan_starters.add("tasks", start_tasks, order=10)
