"""Enters this package into the application."""

from flask import Flask

from app.core.registries import plan_starters
from app.comms.starting import start_comms


def register(app: Flask) -> None:
    """Blueprints, answers to registries, event handlers and commands of this package."""
    plan_starters.add("comms", start_comms, order=40)
